"""What can be done with a run at an instant; pure."""

from datetime import datetime

from flow_tui import limits
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import RunStatus, StepStatus


def is_active(state: RunState | None) -> bool:
    """Say whether there is something to stop."""
    return state is not None and state.started_at is not None and not state.status.is_over


def can_resume(state: RunState | None, now: datetime, *, is_live: bool) -> bool:
    """Say whether a run can go on: it did not complete, or nobody seems to have worked on it for a while.

    Whether somebody does is for the engine to say: it knows the owner.
    """
    if state is None or state.started_at is None or state.status is RunStatus.COMPLETED:
        return False
    last = state.last_event_at
    is_abandoned = not is_live and last is not None and now - last > limits.LEASE_TTL
    return state.status.is_over or is_abandoned


def can_run_again(state: RunState | None) -> bool:
    """Say whether a new run like this one may be started."""
    return state is not None and state.status.is_over


def can_cancel_step(step: StepState | None) -> bool:
    """Say whether one step can be stopped by itself."""
    return step is not None and step.status is StepStatus.RUNNING and bool(step.attempts)


def cut_off(state: RunState) -> tuple[StepState, ...]:
    """Return the steps that were in the middle of an attempt when the run was last heard of."""
    return tuple(step for step in state.steps.values() if step.current is not None)
