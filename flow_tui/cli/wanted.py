"""What the command line asks for, before anything is loaded."""

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.status import Redo
from flow_tui.model.values import RunOptions

if TYPE_CHECKING:  # it comes with all that engine and screen say to each other
    from flow_tui.engine.commands import ResumeRun
    from flow_tui.runtime.messages import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Start again whenever a file changes."""

    policy: "Policy" = "queue"
    patterns: tuple[str, ...] = ()
    settle: timedelta = limits.RERUN_SETTLE
    is_cold: bool = False
    """Nothing is taken over from the run before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A new run."""

    workflow: str
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    options: RunOptions = RunOptions()
    watching: Watching | None = None
    warm_from: str | None = None
    """A run whose results stand for what has not changed, or nothing for the newest like it; else none."""
    pauses: tuple[str, ...] = ()
    """Before which steps it pauses, as they were typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """A run that is to go on."""

    run_id: RunId
    title: str
    confirmed: bool = False
    redo: Redo = Redo.UNFINISHED
    start: StepPath = ROOT
    only: tuple[StepPath, ...] = ()

    def command(self, by: str) -> "ResumeRun":
        """Return what the engine is told when ``by`` wants it."""
        from flow_tui.engine.commands import ResumeRun

        return ResumeRun(
            run_id=self.run_id,
            by=by,
            confirmed=self.confirmed,
            redo=self.redo,
            start=self.start,
            only=self.only,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A run to look at, whoever works on it; or to see again, at this speed."""

    run_id: RunId
    title: str
    speed: float = 0


Task: TypeAlias = Start | Resume
"""What needs no dashboard."""
Wanted: TypeAlias = Task | Look
