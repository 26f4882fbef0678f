"""Events into state: the only reader of events."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from flow_tui.dataclass import replace
from flow_tui.model import events as ev
from flow_tui.model import gates, pausing
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.reopening import ended, note_in, reopen
from flow_tui.model.resuming import Again, again, chosen_only
from flow_tui.model.state import AttemptState, FanOutState, RunState, StepState
from flow_tui.model.status import AttemptStatus, Reason, RunStatus, StepStatus
from flow_tui.model.tally import Tally

StepEvent = (
    ev.StepStarted
    | ev.AttemptStarted
    | ev.ProcessStarted
    | ev.ChildRunStarted
    | ev.AttemptFailed
    | ev.StepCancelRequested
    | ev.StepFinished
    | ev.StepPaused
    | ev.StepReleased
    | ev.StepTouched
    | ev.ConditionChecked
    | ev.PassStarted
    | ev.GateOpened
    | ev.GateResolved
    | ev.FanOutCollected
    | ev.StepNoted
    | ev.Heartbeat
    | ev.OutputGrew
    | ev.AttemptMeasured
)
"""Events that speak of one step: those with a path."""

RunEvent = (
    ev.RunStarted
    | ev.RunCancelRequested
    | ev.MetricsUpdated
    | ev.RunFinished
    | ev.EngineFailed
    | ev.BreakpointsSet
    | ev.StorageWaited
)
"""Events that speak of the run as a whole, but for those that let something run again."""

_PAUSES = (ev.StepPaused, ev.StepReleased, ev.StepTouched)
_LATE = (ev.StepCancelRequested, ev.StepNoted, ev.PassStarted, *_PAUSES)
"""What may still be said of a step that has an outcome."""

_ENDS = {
    StepStatus.COMPLETED: AttemptStatus.COMPLETED,
    StepStatus.TIMED_OUT: AttemptStatus.TIMED_OUT,
    StepStatus.FAILED: AttemptStatus.FAILED,
    StepStatus.CANCELLED: AttemptStatus.CANCELLED,
    StepStatus.SKIPPED: AttemptStatus.FAILED,
}

# An enumeration takes as long to find a member as a call of a function does.
_RUNNING, _WAITING, _SKIPPED = StepStatus.RUNNING, StepStatus.WAITING, StepStatus.SKIPPED
_FAILED, _INTERRUPTED = AttemptStatus.FAILED, AttemptStatus.INTERRUPTED
_RUN_RUNNING, _RUN_WAITING = RunStatus.RUNNING, RunStatus.WAITING
_GOING = (_RUN_RUNNING, _RUN_WAITING)
_USER = Reason.USER


def replay(run_id: RunId, history: Iterable[ev.Recorded]) -> RunState:
    """Return the state of a run after all of ``history``."""
    state = RunState(run_id=run_id)
    for recorded in history:
        apply(state, recorded)
    return state


def apply(state: RunState, recorded: ev.Recorded) -> StepPath | None:
    """Bring ``state`` up to date in place; return the path of the step that changed.

    ``None`` means that the run as a whole changed.
    """
    event = recorded.event
    heard_at, state.last_event_at = state.last_event_at, recorded.at
    if not recorded.is_transient:
        state.seq = recorded.seq
    if not isinstance(event, StepEvent):
        if isinstance(event, ev.RunResumed):
            _resume(state, event, recorded.at, heard_at or recorded.at)
        elif isinstance(event, ev.StepRepeated):
            _repeat(state, event.path, recorded.at)
        else:
            _apply_to_run(state, event, recorded.at)
        return None
    before = state.steps.get(event.path)
    after = evolve(before or StepState(path=event.path), event, recorded.at)
    if after.reason is _USER and not after.cancelled_by:  # it was ended with the run
        after = replace(after, cancelled_by=state.cancelled_by)
    state.steps[event.path] = after = pausing.settled(after) if after.held is not None else after
    if after.held is not (before.held if before is not None else None):
        pausing.note(state, after)
        _stand(state)
    if before is None or before.status is not after.status or before.kind != after.kind:
        _count(state, before, after)
        note_in(state.tally, after)
    return event.path


def _count(state: RunState, before: StepState | None, after: StepState) -> None:
    was = before.counted if before is not None else None
    now = after.counted
    if was is now:
        return
    if was is not None:
        state.counts[was] -= 1
    if now is not None:
        state.counts[now] += 1
    _stand(state)


def _stand(state: RunState) -> None:
    """Let what the run as a whole does follow from its steps: it waits while one does and nothing runs."""
    if state.status in _GOING:
        waits = (state.counts.get(_WAITING) or state.held_at) and not state.counts.get(_RUNNING)
        state.status = _RUN_WAITING if waits else _RUN_RUNNING


def _resume(state: RunState, event: ev.RunResumed, at: datetime, heard_at: datetime) -> None:
    """Let the run go on, which nobody has worked on since its end, or since it was last heard of."""
    signs = (step.last_sign for step in state.steps.values() if step.current is not None)
    last = max(filter(None, (heard_at, event.heard_at, *signs)))
    left_at = state.ended_at or min(at, last)
    chosen = again(state, event.redo, event.start, event.only)
    state.only = chosen_only(state, event.redo, event.only, chosen)
    state.pauses = (*state.pauses, (left_at, at))
    state.status, state.generation = RunStatus.RUNNING, event.generation
    state.resumed_at, state.ended_at, state.cancel_requested_at = at, None, None
    state.error, state.reason, state.storage_waits, state.left_at = "", Reason.NONE, "", None
    state.cancelled_by = state.left_because = ""
    pausing.let_go(state)
    reopen(state, left_at, chosen)


def _repeat(state: RunState, path: StepPath, at: datetime) -> None:
    """Let a step that has run begin from scratch, with all that is inside."""
    step = state.steps.get(path)
    if step is None or not step.status.is_over:
        return
    state.repeated += 1
    reopen(state, at, Again(anew=frozenset(one for one in state.steps if f"{one}/".startswith(f"{path}/"))))
    pausing.note(state, state.steps[path])
    _stand(state)


def _apply_to_run(state: RunState, event: RunEvent, at: datetime) -> None:
    match event:
        case ev.RunStarted():
            state.status = RunStatus.RUNNING
            state.workflow, state.title = event.workflow, event.title
            state.file, state.root, state.source = event.file, event.root, event.source
            state.plan, state.inputs, state.files = event.plan, event.inputs, event.files
            state.options = event.options
            state.parent, state.parent_path = event.parent, event.parent_path
            state.warm_from = event.warm_from
            state.tally = Tally(event.plan)
            state.started_at = at
        case ev.RunCancelRequested(reason=reason, by=by):
            if not state.status.is_over:
                state.status, state.reason = RunStatus.CANCELLING, reason
                state.cancelled_by = state.cancelled_by or by
                state.cancel_requested_at = state.cancel_requested_at or at
        case ev.MetricsUpdated(totals=totals):
            state.totals = totals
        case ev.BreakpointsSet(points=points):
            state.breakpoints = points
        case ev.RunFinished() | ev.EngineFailed() if state.status.is_over:
            return  # the first outcome stands
        case ev.RunFinished(outcome=outcome, error=error, reason=reason):
            state.status, state.ended_at = outcome, at
            state.error, state.reason, state.storage_waits = error, reason, ""
        case ev.EngineFailed(error=error, is_kept=is_kept):
            state.status, state.ended_at, state.is_kept = RunStatus.FAILED, at, is_kept
            state.error, state.reason, state.storage_waits = error, Reason.ENGINE, ""
        case ev.StorageWaited(reason=text):
            state.storage_waits = text
        case _:
            assert_never(event)


def evolve(step: StepState, event: StepEvent, at: datetime) -> StepState:
    """Return what is known of a step after ``event``; pure.

    The first outcome stands until the run is resumed: whatever would begin the step again is ignored.
    """
    if step.status.is_over and not isinstance(event, _LATE):
        return step
    match event:
        case ev.StepStarted():
            return _begin(step, event, at)
        case (
            ev.AttemptStarted()
            | ev.ProcessStarted()
            | ev.ChildRunStarted()
            | ev.OutputGrew()
            | ev.AttemptMeasured()
            | ev.Heartbeat()
            | ev.AttemptFailed()
        ):
            return _evolve_attempt(step, event, at)
        case ev.StepCancelRequested(by=by):
            return replace(step, cancel_requested=True, cancelled_by=by)
        case ev.StepFinished():
            return _finish(step, event, at)
        case ev.ConditionChecked(holds=holds):
            known = replace(step, holds=holds, started_at=step.started_at or at, begun_at=step.begun_at or at)
            if holds:
                return known
            attempts = ended(known, _INTERRUPTED, "", at)
            return replace(known, attempts=attempts, status=_SKIPPED, reason=Reason.CONDITION)
        case ev.PassStarted(number=number, of=of):
            began, begun = step.started_at or at, step.begun_at or at
            passes = max(step.passes, number)
            return replace(step, passes=passes, max_passes=of, started_at=began, begun_at=begun)
        case ev.GateOpened():
            return replace(step, status=_WAITING, gate=gates.opened(event, at))
        case ev.GateResolved():
            return _resolve(step, event, at)
        case ev.FanOutCollected(items=items, edges=edges):
            return replace(step, fan_out=FanOutState(items=items, edges=edges))
        case ev.StepNoted(text=text):
            return replace(step, notes=(*step.notes, text))
        case ev.StepPaused() | ev.StepReleased() | ev.StepTouched():
            return pausing.evolve(step, event, at)
        case _:
            assert_never(event)


def _begin(step: StepState, event: ev.StepStarted, at: datetime) -> StepState:
    return replace(
        step,
        name=event.name,
        kind=event.kind,
        status=_RUNNING,
        max_attempts=event.max_attempts,
        why=event.why,
        reused_from=event.reused_from,
        reused_part=event.reused_part,
        reused_path=event.reused_path,
        reused_attempt=event.reused_attempt,
        started_at=step.started_at or at,
        begun_at=step.begun_at or at,
        ended_at=None,
        last_sign=at,
    )


def _evolve_attempt(
    step: StepState,
    event: ev.AttemptStarted
    | ev.AttemptFailed
    | ev.ProcessStarted
    | ev.ChildRunStarted
    | ev.OutputGrew
    | ev.AttemptMeasured
    | ev.Heartbeat,
    at: datetime,
) -> StepState:
    match event:
        case ev.AttemptStarted():
            begun = AttemptState(
                attempt=event.attempt,
                started_at=at,
                deadline=event.deadline,
                heartbeat_timeout=event.heartbeat_timeout,
                after_crash=event.after_crash,
            )
            return replace(
                step,
                status=_RUNNING,
                begun_at=step.begun_at or at,
                attempts=(*ended(step, _INTERRUPTED, "", at), begun),
                retry_at=None,
                last_sign=at,
                error="",
            )
        case ev.AttemptFailed(error=error, timed_out=timed_out, metrics=metrics):
            status = AttemptStatus.TIMED_OUT if timed_out else AttemptStatus.FAILED
            attempts = ended(step, status, error, at)
            if metrics and attempts:
                attempts = (*attempts[:-1], replace(attempts[-1], metrics=metrics))
            return replace(step, attempts=attempts, retry_at=event.retry_at, error=error)
        case ev.ProcessStarted(identity=identity):
            return _change_attempt(step, event.attempt, at, process=identity)
        case ev.ChildRunStarted(child_run=child_run):
            return _change_attempt(step, event.attempt, at, child_run=child_run)
        case ev.OutputGrew(size=size):
            return _change_attempt(step, event.attempt, at, output_size=size)
        case ev.AttemptMeasured(metrics=metrics):
            return _change_attempt(step, event.attempt, at, used=metrics)
        case ev.Heartbeat():
            return _change_attempt(step, event.attempt, at)
        case _:
            assert_never(event)


def _change_attempt(step: StepState, attempt: int, at: datetime, **changes: object) -> StepState:
    """Change the attempt in progress, which has just given a sign of life; late words are ignored."""
    current = step.current
    if current is None or current.attempt != attempt:
        return step
    attempts = (*step.attempts[:-1], replace(current, **changes)) if changes else step.attempts  # type: ignore[arg-type]  # the callers name fields of AttemptState
    return replace(step, attempts=attempts, last_sign=at)


def _finish(step: StepState, event: ev.StepFinished, at: datetime) -> StepState:
    status = _ENDS.get(event.outcome, _FAILED)
    if event.outcome is _SKIPPED and event.reason is _USER:
        status = AttemptStatus.CANCELLED  # the run goes on without it
    return replace(
        step,
        status=event.outcome,
        attempts=ended(step, status, event.error, at),
        ended_at=at,
        started_at=step.started_at or at,
        begun_at=step.begun_at or at,
        retry_at=None,
        output=event.output,
        error=event.error,
        reason=event.reason,
    )


def _resolve(step: StepState, event: ev.GateResolved, at: datetime) -> StepState:
    if step.gate is None or step.gate.approved is not None:
        return step
    return replace(step, status=_RUNNING, gate=gates.answered(step.gate, event, at))
