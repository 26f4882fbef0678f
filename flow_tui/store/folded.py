"""The state of a run as far as it is stored: what the rows are computed from, without replaying."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter

from flow_tui.dataclass import dataclass
from flow_tui.model.events import Recorded, RunResumed, StepRepeated
from flow_tui.model.fold import StepEvent, apply
from flow_tui.model.ids import StepPath
from flow_tui.model.reopening import tallied
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import StepStatus
from flow_tui.store.projections import ROLES, positions
from flow_tui.store.rows import RunRow

_PLAIN = tuple(one.name for one in fields(RunState) if one.name not in {"steps", "counts", "tally"})
_plain = attrgetter(*_PLAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A step before and after some events."""

    before: StepState | None
    after: StepState
    position: int
    """Of a step that has rows: the order in which those were first heard of, from 0."""


class Folded:
    """Follows one run; what was folded last can be taken back."""

    def __init__(self, state: RunState) -> None:
        self.state = state
        self.row: RunRow | None = None
        """The row of the run as it was last written, if that is known."""
        self._positions = positions(state)
        self._former: tuple[object, ...] | None = None
        self._counts: dict[StepStatus, int] = {}
        self._touched: dict[StepPath, StepState | None] = {}

    def fold(self, recorded: Sequence[Recorded]) -> Sequence[Change]:
        """Fold events; return what they changed, in the order in which the steps began."""
        state = self.state
        self._former, self._counts = _plain(state), dict(state.counts)
        self._touched = {}
        for one in recorded:
            if isinstance(one.event, StepEvent):
                path = one.event.path
                self._touched.setdefault(path, state.steps.get(path))
            elif isinstance(one.event, RunResumed | StepRepeated):
                self._touched = {**state.steps, **self._touched}
            changed = apply(state, one)
            if changed is not None and changed not in self._positions and state.steps[changed].kind in ROLES:
                self._positions[changed] = len(self._positions)
        return [
            Change(before=before, after=state.steps[path], position=self._positions.get(path, 0))
            for path, before in self._touched.items()
            if state.steps[path] is not before
        ]

    def keep(self) -> None:
        """Know that what was folded last is stored."""
        self._former = None

    def undo(self) -> None:
        """Take back what was folded and not kept."""
        if self._former is None:
            return
        for path, before in self._touched.items():
            if before is None:
                self.state.steps.pop(path, None)
                self._positions.pop(path, None)
            else:
                self.state.steps[path] = before
        for name, value in zip(_PLAIN, self._former, strict=True):
            setattr(self.state, name, value)
        self.state.counts = Counter(self._counts)
        self.state.tally = tallied(self.state)
        self._former = self.row = None
