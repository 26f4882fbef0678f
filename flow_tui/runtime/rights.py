"""What the user's settings say of the programs of steps: what they inherit, who they are, what is secret."""

from collections.abc import Collection, Mapping

from flow_tui import masking
from flow_tui.dataclass import dataclass
from flow_tui.engine.ports import EnvironmentProvider
from flow_tui.masking import Secrets
from flow_tui.process.child import ChildLauncher
from flow_tui.runtime.settings import Settings, user_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What an engine goes by."""

    environ: Mapping[str, str]
    """What programs of steps inherit."""
    environment: EnvironmentProvider | None
    """Adds to that, for one attempt."""
    identities: Collection[str] | None
    """As whom steps can act; not known where the caller adds to what they inherit."""
    secrets: Secrets
    launcher: ChildLauncher


def rights(settings: Settings, other: EnvironmentProvider | None) -> Rights:
    """Return them, as the user's file is now; raises ``UsageError`` for one that is wrong.

    ``other`` is what the caller adds to the environment of programs.
    """
    secrets = masking.of_program()
    launcher = ChildLauncher(secrets=secrets)
    file = user_file(settings.environ)
    if not file.exists():
        return Rights(
            environ=settings.environ,
            environment=other,
            identities=() if other is None else None,
            secrets=secrets,
            launcher=launcher,
        )
    from flow_tui.runtime import config, inherited  # noqa: PLC0415 - only for those who have set something
    from flow_tui.runtime.identities import Identities  # noqa: PLC0415 - as above

    user = config.read_user(settings.environ)
    secrets.add(inherited.secret_values(user, settings.environ))
    return Rights(
        environ=inherited.inherited(user.env, settings.environ),
        environment=Identities(
            user.identities,
            folder=file.parent,
            environ=settings.environ,
            launcher=launcher,
            secrets=secrets,
            other=other,
        ),
        identities=tuple(user.identities) if other is None else None,
        secrets=secrets,
        launcher=launcher,
    )
