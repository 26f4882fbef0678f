"""How alive a run is: the longest silence among its attempts in progress, and who is silent for too long."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.model.ids import StepPath, parent
from flow_tui.model.naming import Known, held_within, unknown, waiting_within
from flow_tui.model.plan import ITEM, WORK
from flow_tui.model.state import RunState, StepState

FEW = 256
"""With more attempts in progress than this, they are looked through once a second only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What was found at an instant."""

    oldest: timedelta | None = None
    """The longest silence; nothing where nothing is at work."""
    stale: tuple[StepState, ...] = ()
    """The steps that give no sign of life, in the order in which they began."""


def pulse(state: RunState, active: Iterable[StepPath], now: datetime, known: Known = unknown) -> Pulse:
    """Return how alive the run is at ``now``; what waits for a person inside owes no sign of life."""
    oldest: timedelta | None = None
    stale: list[StepState] = []
    excused: set[StepPath] = set()
    for path in reversed(tuple(active)):  # items come before the fan-out that they belong to
        step = state.steps.get(path)
        if step is None or step.kind not in WORK or step.last_sign is None:
            continue
        current = step.current
        if current is None or path in excused or _waits_inside(step, known):
            if step.kind == ITEM:
                excused.add(parent(path))
            continue
        silence = now - step.last_sign
        if oldest is None or silence > oldest:
            oldest = silence
        if silence >= (current.heartbeat_timeout or limits.STALE):
            stale.insert(0, step)
    return Pulse(oldest=oldest, stale=tuple(stale))


def _waits_inside(step: StepState, known: Known) -> bool:
    part = known(step.child_run) if step.child_run is not None else None
    return part is not None and any(
        True for _ in chain(waiting_within(part, known), held_within(part, known))
    )
