"""Steps that are to run again, and how much is done then."""

from datetime import datetime

from flow_tui.dataclass import replace
from flow_tui.model.resuming import Again
from flow_tui.model.state import AttemptState, RunState, StepState
from flow_tui.model.status import AttemptStatus, Reason, StepStatus
from flow_tui.model.tally import Tally

_SKIPPED, _INTERRUPTED = StepStatus.SKIPPED, AttemptStatus.INTERRUPTED


def tallied(state: RunState) -> Tally:
    """Return how much is done, counted anew."""
    tally = Tally(state.plan)
    for step in state.steps.values():
        note_in(tally, step)
    return tally


def note_in(tally: Tally, step: StepState) -> None:
    """Note in a tally where a step stands."""
    if step.status is _SKIPPED:
        tally.settle_all(step.path)
    elif step.status.is_over:
        tally.settle(step.path)
    else:
        tally.reopen(step.path)


def reopen(state: RunState, left_at: datetime, again: Again) -> None:
    """Make steps ready to run again; what was tried until ``left_at`` stays on record."""
    for path, step in state.steps.items():
        if path in again.anew:
            after = _anew(step, left_at)
        elif path in again.further:
            after = _further(step, left_at)
        elif path in again.turns:
            after = step
        else:
            continue
        if path in again.turns:
            after = replace(after, passes=min(after.passes, again.turns[path]))
        if after.status is not step.status:
            for each, by in ((step.counted, -1), (after.counted, 1)):
                if each is not None:
                    state.counts[each] += by
        state.steps[path] = after
    state.tally = tallied(state)


def _further(step: StepState, left_at: datetime) -> StepState:
    """Return a step that goes on; a gate that ran out of time asks anew."""
    attempts = ended(step, _INTERRUPTED, "", left_at)
    return replace(
        step,
        status=StepStatus.PENDING,
        attempts=attempts,
        ended_at=None,
        retry_at=None if step.status.is_over else step.retry_at,
        error="",
        reason=Reason.NONE,
        output=None,
        held=None,
        edit=None if step.status.is_over else step.edit,
        is_touched=step.is_touched and not step.status.is_over,
        cancel_requested=False,
        cancelled_by="",
        gate=None if step.status is StepStatus.TIMED_OUT else step.gate,
        tried_before=len(attempts) if step.status.is_over else step.tried_before,
        begun_at=None,
        worked_before=step.worked(left_at),
    )


def _anew(step: StepState, left_at: datetime) -> StepState:
    """Return a step that begins from scratch: only its attempts are still known, and go on counting."""
    attempts = ended(step, _INTERRUPTED, "", left_at)
    tried = len(attempts)
    return StepState(
        path=step.path,
        name=step.name,
        kind=step.kind,
        max_attempts=step.max_attempts,
        max_passes=step.max_passes,
        attempts=attempts,
        tried_before=tried,
        begun_over=tried,
    )


def ended(step: StepState, status: AttemptStatus, error: str, at: datetime) -> tuple[AttemptState, ...]:
    """Return the attempts at a step, the one in progress ended."""
    if (current := step.current) is None:
        return step.attempts
    return (*step.attempts[:-1], replace(current, status=status, ended_at=at, error=error, used={}))
