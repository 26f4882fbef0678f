"""What a power failure must not undo, and so has to be on the disk itself before anything follows from it.

Everything stored survives the death of this program. The rest of what is lost with the machine is what its
next start makes of no use, or works out anew: which processes ran, and what began without any effect so far.
The storage keeps the order, so that whatever lasts takes all before it along.
"""

from collections.abc import Sequence
from typing import assert_never

from flow_tui.engine.keeping import Lease
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import ITEM

_WORKFLOWS = frozenset({ITEM, "call_workflow"})
"""The kinds of steps of which nothing runs before a step inside of them has begun, too."""


def must_last(lease: Lease, events: Sequence[ev.Event]) -> bool:
    """Say whether one of these tells of something outside of us: that it begins, was wished or is over."""
    inside = {
        event.path for event in events if isinstance(event, ev.StepStarted) and event.kind in _WORKFLOWS
    }
    return any(_tells(event, is_part=lease.root is not None, inside=inside) for event in events)


def _tells(event: ev.Event, *, is_part: bool, inside: set[StepPath]) -> bool:
    match event:
        case (
            ev.ProcessStarted()
            | ev.ChildRunStarted()
            | ev.StepStarted()
            | ev.StepPaused()
            | ev.StepTouched()
            | ev.ConditionChecked()
            | ev.PassStarted()
            | ev.MetricsUpdated()
        ):
            return False
        case ev.RunStarted() | ev.RunFinished():  # of a part, the step that it carries out says so, too
            return not is_part
        case ev.AttemptStarted(path=path):
            return path not in inside
        case (
            ev.RunResumed()
            | ev.RunCancelRequested()
            | ev.EngineFailed()
            | ev.BreakpointsSet()
            | ev.StepReleased()
            | ev.StepRepeated()
            | ev.AttemptFailed()
            | ev.StepCancelRequested()
            | ev.StepFinished()
            | ev.GateOpened()
            | ev.GateResolved()
            | ev.FanOutCollected()
            | ev.StepNoted()
            | ev.Heartbeat()
            | ev.OutputGrew()
            | ev.AttemptMeasured()
            | ev.StorageWaited()
        ):
            return True
        case _:
            assert_never(event)
