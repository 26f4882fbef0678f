"""Events about gates into what is known of a gate."""

from datetime import datetime

from flow_tui.dataclass import replace
from flow_tui.model import events as ev
from flow_tui.model.state import GateState


def opened(event: ev.GateOpened, at: datetime) -> GateState:
    """Return what a gate asks that was opened at an instant."""
    return GateState(
        gate=event.gate,
        prompt=event.prompt,
        options=event.options,
        deadline=event.deadline,
        on_timeout=event.on_timeout,
        feedback_wanted=event.feedback,
        opened_at=at,
        looks_at=event.looks_at,
        every=event.every,
    )


def answered(gate: GateState, event: ev.GateResolved, at: datetime) -> GateState:
    """Return the same gate with what was answered."""
    return replace(
        gate,
        approved=event.approved,
        feedback=event.feedback,
        selections=event.selections,
        by=event.by,
        answered_at=at,
    )
