"""Where a run and its parts pause, and how somebody lets them go on."""

import asyncio
from collections.abc import Callable, Iterable

from flow_tui.dataclass import dataclass
from flow_tui.engine.commands import ReleaseStep
from flow_tui.errors import NotPossibleError
from flow_tui.model.breakpoints import Breakpoint, Release, breakpoint_at
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.values import ActionOutput

_BEFORE = frozenset({Release.GO_ON, Release.STEP, Release.SKIP, Release.EDIT})
_AFTER = frozenset({Release.GO_ON, Release.STEP, Release.AGAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What somebody said to a step that was held."""

    how: Release
    output: ActionOutput | None = None
    """What it hands over although it does not run."""


Judge = Callable[[ReleaseStep], Released]
"""Returns what a command means for the step; raises ``NotPossibleError`` for what cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A step that waits for somebody's word."""

    judge: Judge
    answer: "asyncio.Future[Released]"


class Breakpoints:
    """The breakpoints of a run and all that is part of it, for as long as the program. Lives on the loop."""

    def __init__(self) -> None:
        self.points: frozenset[Breakpoint] = frozenset()
        self.pauses_next = False
        """Whether it pauses before whichever step comes next."""
        self.holding: dict[tuple[RunId, StepPath], Holding] = {}

    def change(self, add: Iterable[Breakpoint], remove: Iterable[Breakpoint]) -> tuple[Breakpoint, ...]:
        """Set some and remove others; return all there are, in order."""
        self.points = self.points.union(add).difference(remove)
        return tuple(sorted(self.points))

    def holds(self, workflow: str, path: StepPath) -> bool:
        """Say whether a step that is about to begin is to be held."""
        if not (self.points or self.pauses_next):
            return False
        return self.pauses_next or breakpoint_at(workflow, path) in self.points


def require_way(how: Release, *, is_after: bool) -> None:
    """Raise ``NotPossibleError`` when a step that was held there cannot go on like this."""
    if how not in (_AFTER if is_after else _BEFORE):
        reason = "it has run already" if is_after else "it has not run yet"
        raise NotPossibleError(f"let the step go on as {how.value!r}", reason)
