"""What can be done with a run at an instant; pure."""

from typing import TypeGuard

from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import RunStatus, StepStatus


def is_active(state: RunState | None) -> bool:
    """Say whether there is something to stop."""
    return state is not None and state.started_at is not None and not state.is_stopped


def can_resume(state: RunState | None) -> bool:
    """Say whether a run can go on: nobody works on it, it did not complete, and it is stored."""
    return can_run_again(state) and state.status is not RunStatus.COMPLETED


def can_run_again(state: RunState | None) -> TypeGuard[RunState]:
    """Say whether a run may run again: nobody works on it, and it can be looked up what it was."""
    return state is not None and state.is_stopped and state.is_kept


def can_cancel_step(step: StepState | None) -> TypeGuard[StepState]:
    """Say whether one step can be stopped by itself."""
    if step is None or step.status is StepStatus.PAUSED:
        return step is not None
    return step.status is StepStatus.RUNNING and bool(step.attempts)


def has_prompt(step: StepState | None) -> bool:
    """Say whether an agent may have been told something, as far as can be known without looking."""
    return step is not None and step.kind == "call" and bool(step.attempts)
