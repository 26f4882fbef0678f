"""What is told of runs that are on record: a page of them, and how two of them compare."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from flow_tui.dataclass import dataclass
from flow_tui.engine.traits import Order
from flow_tui.model.events import Recorded
from flow_tui.model.ids import RunId
from flow_tui.model.values import RunSummary, StepLine
from flow_tui.runtime.messages import OfPast

if TYPE_CHECKING:  # what a definition is made of is not loaded with the screen
    from flow_tui.dsl.diff import Changes
    from flow_tui.runtime.comparing import FileChange


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryWanted:
    """Which runs are to be shown, in which order."""

    text: str = ""
    """A search."""
    order: Order = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage(OfPast):
    """Some of the runs that a search finds."""

    token: int
    wanted: HistoryWanted
    first: int
    """The index of the first of them."""
    runs: tuple[RunSummary, ...]
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many are found, by how they stand."""
    left: frozenset[RunId] = frozenset()
    """Those that nobody works on any more though they are not over."""

    @property
    def total(self) -> int:
        """Return how many are found."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPair:
    """One step of two runs; one of them may not have come to it, or not know it."""

    name: str
    mine: StepLine | None
    other: StepLine | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(OfPast):
    """A run beside another one, and among those before it."""

    token: int
    run: RunSummary
    other: RunSummary | None = None
    """The last one before it that completed, unless somebody chose; nothing where there is none."""
    steps: tuple[StepPair, ...] = ()
    changes: "tuple[FileChange, ...]" = ()
    rewritten: "Changes | None" = None
    """What is different in the steps of the definition, where both can be read."""
    inputs: tuple[tuple[str, str, str], ...] = ()
    """The names of the inputs that differ, with the other's value and its own."""
    trend: tuple[RunSummary, ...] = ()
    """The last runs of the workflow up to this one, the oldest first."""
    flaky: tuple[tuple[str, int], ...] = ()
    """The steps that needed another try in some of these runs, and in how many; the worst first."""
    failed: tuple[str, str] = ("", "")
    """The first step that failed in it, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunExported(OfPast):
    """A run was written to a file, or why it could not be."""

    token: int
    run_id: RunId
    file: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRead(OfPast):
    """What happened in a run, as far as it has been read; the last piece says so."""

    token: int
    run_id: RunId
    events: tuple[Recorded, ...]
    is_over: bool = False
    until: datetime | None = None
    """When a run that is not over was last heard of, or if it goes on, when that was read."""
    is_left: bool = False
    """Nobody works on it any more, although it is not over."""
