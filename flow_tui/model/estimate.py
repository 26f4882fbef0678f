"""How long a run may take, or still take, from how runs of the same workflow went; pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import walk
from flow_tui.model.state import RunState, worked
from flow_tui.model.values import RunSummary, StepLine

ENOUGH = 20
"""More runs than these, the newest, tell nothing new."""
_MANY = 4
"""From so many runs on, the shortest and the longest quarter are left out of the range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """How one run went that has completed."""

    took: timedelta
    ends: Mapping[StepPath, timedelta]
    """How long after its start each step was over that is come to once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A length of time, as far as others tell."""

    typical: timedelta
    """Half of them took longer."""
    least: timedelta
    most: timedelta
    """The range: of all, or once they are a few, of the middle half."""
    runs: int
    """How many it was made from."""

    @property
    def is_narrowed(self) -> bool:
        """Say whether the range leaves exceptions out."""
        return self.runs >= _MANY


def past(run: RunSummary, lines: Iterable[StepLine]) -> Past:
    """Return how a run went that is over."""
    ends = {
        line.path: line.ended_at - run.started_at
        for line in lines
        if line.times == 1 and line.ended_at is not None
    }
    return Past(took=run.took(run.ended_at or run.started_at), ends=ends)


def whole(pasts: Sequence[Past]) -> Estimate | None:
    """Return how long a new run may take; nothing where no run tells."""
    return _estimate([past.took for past in pasts])


def left(pasts: Sequence[Past], ended: Mapping[StepPath, timedelta], elapsed: timedelta) -> Estimate | None:
    """Return how long a run may still take, ``elapsed`` after its start.

    ``ended`` are its steps that are over, each with when, after the start. Of every run before, that counts
    what followed once the same steps were over; less for how long that is ago here.
    """
    return _estimate([_left(past, ended, elapsed) for past in pasts])


def ended(state: RunState) -> dict[StepPath, timedelta]:
    """Return the steps of a run that are over and are come to once, each with when, after its start."""
    if state.started_at is None:
        return {}
    found: dict[StepPath, timedelta] = {}
    for node in walk(state.plan):
        step = state.steps.get(node.path) if node.is_leaf else None
        if step is not None and step.ended_at is not None and step.status.is_over:
            found[node.path] = worked(state.started_at, step.ended_at, state.pauses)
    return found


def _left(past: Past, ended: Mapping[StepPath, timedelta], elapsed: timedelta) -> timedelta:
    common = ended.keys() & past.ends.keys()
    reached = max((past.ends[path] for path in common), default=timedelta())
    here = max((ended[path] for path in common), default=timedelta())
    return max(timedelta(), past.took - reached - max(timedelta(), elapsed - here))


def _estimate(lengths: Sequence[timedelta]) -> Estimate | None:
    if not lengths:
        return None
    ordered = sorted(lengths)
    is_few = len(ordered) < _MANY
    return Estimate(
        typical=_share(ordered, 0.5),
        least=_share(ordered, 0 if is_few else 0.25),
        most=_share(ordered, 1 if is_few else 0.75),
        runs=len(ordered),
    )


def _share(ordered: Sequence[timedelta], share: float) -> timedelta:
    """Return the length below which this share of them lies."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
