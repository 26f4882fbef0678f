"""What checks may ask of the world around a definition; left out, the checks that need it say nothing."""

from collections.abc import Callable
from pathlib import Path

from flow_tui.dataclass import dataclass
from flow_tui.dsl.ast import AgentRef, Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """Whether something was found, and where it was looked for."""

    found: bool
    places: tuple[str, ...] = ()
    idle: str = ""
    """The file that would be run if it were executable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFile:
    """What a script's first word leads to."""

    path: Path | None = None
    """The file, its links resolved."""
    refused: str = ""
    """Why the word may not name a file."""
    places: tuple[str, ...] = ()
    """Where it was looked for."""
    executable: bool = True
    mode: int = 0
    unreadable: str = ""
    """Why the file's permissions cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The world around one definition."""

    find_action: Callable[[AgentRef], Searched] | None = None
    """Say whether anything runs a ``call`` of this agent."""
    find_script: Callable[[str], ScriptFile] | None = None
    """Look up the first word of a script's command."""
    is_program: Callable[[str], bool] | None = None
    """Say whether the shell finds a program of this name."""
    load: Callable[[str], Workflow | None] | None = None
    """Return another definition by name."""
    variables: frozenset[str] = frozenset()
    """Names of values that the host provides in texts."""


NOTHING = Ground()
