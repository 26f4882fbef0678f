"""What the screen has others do besides running: forget runs, call people; and what comes of it."""

from pathlib import Path

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetRuns:
    """Remove everything that was recorded of runs that are over."""

    run_ids: tuple[RunId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Call people who may be looking elsewhere."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attend:
    """Tell when this file may have changed, and no other one."""

    file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTurns:
    """Forget the runs that wait for their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnsChanged:
    """Other runs wait now until nothing else runs."""

    workflows: tuple[str, ...]
    """What they run, the next one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsForgotten:
    """Nothing is recorded any more of these runs."""

    run_ids: tuple[RunId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOnDesktop:
    """There is no desktop to call people on: the terminal may have a way."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunGone:
    """What was recorded of a run is deleted, by another process perhaps."""

    run_id: RunId
    why: str = ""
    """What else has become of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """Something that the settings ask for is not used, such as a sink."""

    why: str
