"""How long a run may take, or still take, from how runs of the same workflow went; pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import LEAVES, walk
from flow_tui.model.state import Pauses, RunState, worked
from flow_tui.model.values import RunSummary, StepLine

ENOUGH = 20
"""More runs than these, the newest, tell nothing new."""
_MANY = 4
"""From so many runs on, the shortest and the longest quarter are left out of the range."""


_GATE = "gate"


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
    return so_far(run, lines, run.ended_at or run.started_at)


def so_far(run: RunSummary, lines: Iterable[StepLine], now: datetime) -> Past:
    """Return how a run has gone until ``now``; what it waited for a person alone counts for nothing."""
    told = [*lines]
    spans = [(line.kind == _GATE, line.started_at, line.ended_at or now) for line in told]
    waits = _alone(spans)
    ends = {
        line.path: worked(run.started_at, line.ended_at, waits)
        for line in told
        if line.times == 1 and line.ended_at is not None
    }
    waited = sum((until - since for since, until in waits), timedelta())
    return Past(took=max(timedelta(), run.took(now) - waited), ends=ends)


def whole(pasts: Sequence[Past]) -> Estimate | None:
    """Return how long a new run may take; nothing where no run tells."""
    return _estimate([past.took for past in pasts])


def left(pasts: Sequence[Past], ended: Mapping[StepPath, timedelta], elapsed: timedelta) -> Estimate | None:
    """Return how long a run may still take, ``elapsed`` after its start.

    ``ended`` are its steps that are over, each with when, after the start. Of every run before, that counts
    what followed once the same steps were over; less for how long that is ago here.
    """
    return _estimate([_left(past, ended, elapsed) for past in pasts])


def idle(state: RunState, now: datetime) -> Pauses:
    """Return from when until when nothing of a run went on: nobody worked on it, or a person was awaited."""
    if not any(node.kind == _GATE for node in walk(state.plan)):
        return state.pauses
    leaves = (step for step in state.steps.values() if step.kind in LEAVES)
    waits = _alone([(step.kind == _GATE, step.started_at, step.ended_at or now) for step in leaves])
    return _merged([*state.pauses, *waits])


def ended(state: RunState) -> dict[StepPath, timedelta]:
    """Return the steps of a run that are over and are come to once, each with when, after its start."""
    if state.started_at is None:
        return {}
    pauses = idle(state, state.last_event_at or state.started_at)
    found: dict[StepPath, timedelta] = {}
    for node in walk(state.plan):
        step = state.steps.get(node.path) if node.is_leaf else None
        if step is not None and step.ended_at is not None and step.status.is_over:
            found[node.path] = worked(state.started_at, step.ended_at, pauses)
    return found


def _alone(spans: Iterable[tuple[bool, datetime | None, datetime]]) -> Pauses:
    """Return when gates waited and nothing else went on; of each span, whether it is that of a gate."""
    gates, others = list[tuple[datetime, datetime]](), list[tuple[datetime, datetime]]()
    for is_gate, since, until in spans:
        if since is not None and since < until:
            (gates if is_gate else others).append((since, until))
    if not gates:
        return ()
    busy, found = _merged(others), list[tuple[datetime, datetime]]()
    for begin, end in _merged(gates):
        free = begin
        for since, until in busy:
            if since < end and until > free:
                if since > free:
                    found.append((free, since))
                free = until
        if free < end:
            found.append((free, end))
    return tuple(found)


def _merged(spans: Iterable[tuple[datetime, datetime]]) -> Pauses:
    """Return the same time as stretches in order that do not overlap."""
    found: list[tuple[datetime, datetime]] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return tuple(found)


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
