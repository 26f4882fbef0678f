"""Which variables of whoever starts the program reach the programs of steps, and which are secret."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from flow_tui.process.identity import COOKIE
from flow_tui.runtime.config import EnvSettings, UserConfig

_CLEAN = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LC_*"),
    COOKIE,  # who runs inside of a step of another program is found by it
)
_PLAIN_TERMINAL = {"TERM": "dumb"}


def inherited(rules: EnvSettings, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what programs of steps get of ``environ``."""
    kept_back = (*rules.deny, *rules.secrets)
    passed = {name: value for name, value in environ.items() if not _fits(name, kept_back)}
    if rules.mode == "inherit":
        return passed
    allowed = (*_CLEAN, *rules.allow)
    return {**_PLAIN_TERMINAL, **{name: value for name, value in passed.items() if _fits(name, allowed)}}


def secret_values(config: UserConfig, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield every value that is known to be secret before any step asks for it."""
    own = (each.env for each in config.runtimes.values())
    for variables in (environ, *own):
        yield from (value for name, value in variables.items() if _fits(name, config.env.secrets))
    for identity in config.identities.values():
        for source in identity.values():
            known = source.value if source.env is None else environ.get(source.env)
            if source.secret and known is not None:
                yield known


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
