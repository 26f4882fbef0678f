"""Where things are kept and who we are, from the environment and the command line."""

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from flow_tui.dataclass import dataclass
from flow_tui.errors import StoreFullError, UsageError

CONFIG = "config.toml"
LOCATION = "FLOW_TUI_CONFIG"
"""Names the user's file, instead of the one in the folder for configurations."""
MEMORY = ":memory:"
STATE = "FLOW_TUI_STATE"
DATABASE = "runs.db"
_OURS = "PYDANTIC_DISABLE_PLUGINS"
"""Is set at the start for this program alone: no step is to inherit it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the program goes by."""

    state: Path | None
    """The folder for the database and what lies beside it; ``None`` keeps nothing."""
    user: str
    environ: Mapping[str, str] = field(repr=False)
    """What steps inherit."""

    @property
    def database(self) -> Path | None:
        """Return where the database is."""
        return None if self.state is None else self.state / DATABASE


def settings(state: str = "", environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in force: ``state`` as given on the command line, else from ``FLOW_TUI_STATE``."""
    env = dict(os.environ if environ is None else environ)
    if env.get(_OURS) == "true":
        del env[_OURS]
    chosen = state or env.get(STATE, "")
    if chosen == MEMORY:
        folder = None
    elif chosen:
        folder = Path(chosen).expanduser().absolute()
    else:
        from platformdirs import user_state_path  # noqa: PLC0415 - not needed when the folder is named

        folder = user_state_path("flow-tui", appauthor=False)
    return Settings(state=folder, user=_user(env), environ=env)


def user_file(environ: Mapping[str, str]) -> Path:
    """Return where the user's file is, or would be."""
    if named := environ.get(LOCATION):
        return Path(named).expanduser().absolute()
    from platformdirs import user_config_path  # noqa: PLC0415 - not needed when the file is named

    return user_config_path("flow-tui", appauthor=False) / CONFIG


def _user(env: Mapping[str, str]) -> str:
    for name in ("LOGNAME", "USER"):
        if env.get(name):
            return env[name]
    import getpass  # noqa: PLC0415 - only where the environment does not say it

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        return f"user {os.getuid()}"


def make_private(folder: Path) -> Path:
    """Return ``folder``, made if need be and readable by its owner only, whatever the umask.

    Raises ``StoreFullError`` when it cannot be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not folder.is_dir():
            raise UsageError(f"{folder} is not a folder", "point FLOW_TUI_STATE at one")
        folder.chmod(0o700)
    except FileExistsError:
        raise UsageError(f"{folder} is not a folder", "point FLOW_TUI_STATE at one") from None
    except OSError as error:
        raise _unwritable(folder, error.strerror or str(error)) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unwritable(folder, "permission denied")
    return folder


def _unwritable(folder: Path, reason: str) -> StoreFullError:
    error = StoreFullError(f"the state folder {folder} cannot be written: {reason}")
    error.hint = (
        "make it writable, point FLOW_TUI_STATE or --state at another folder, or use --state :memory:"
    )
    return error
