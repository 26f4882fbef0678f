"""A run as lines that come one after the other: ``HH:MM:SS step  text``, for terminals without a screen."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import assert_never

from flow_tui.dsl import durations
from flow_tui.model import events as ev
from flow_tui.model import ids
from flow_tui.model.naming import Known, full, lead, unknown
from flow_tui.model.plan import WORK
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.sanitize import line, visible
from flow_tui.view import format as fmt
from flow_tui.view import outcome, pauses, usage
from flow_tui.view.choices import options_of
from flow_tui.view.glyphs import UNICODE, word
from flow_tui.view.summary import how_to_answer, still_at_work

OUTPUT = UNICODE.bar
"""Before what a step itself has printed."""
ALIVE = UNICODE.dot
"""Who says that something goes on."""
_HALF = timedelta(milliseconds=500)
_WHY = {
    Reason.CONDITION: "its condition does not hold",
    Reason.ON_FAIL: "the run goes on",
    Reason.USER: "by a person",
    Reason.SHUTDOWN: "the program leaves",
    Reason.FAIL_FAST: "another branch failed",
    Reason.TIMEOUT: "out of time",
    Reason.PARENT: "with its parent",
    Reason.LEASE_LOST: "taken over by another process",
    Reason.GIVEN: "given by a person",
}


def stamped(at: datetime, who: str, text: str, zone: tzinfo | None = None) -> str:
    """Return one line; ``text`` is never cut."""
    return f"{at.astimezone(zone):%H:%M:%S} {who}  {text}"


def _paragraph(text: str, more: str) -> Iterator[str]:
    """Yield ``text`` and ``more`` as lines, the second and all further ones set in."""
    first, *others = more.rstrip().split("\n") if more else [""]
    yield f"{text}: {visible(first)}" if first else text
    yield from (f"  {visible(other)}" for other in others)


def lines(state: RunState, recorded: ev.Recorded, known: Known = unknown) -> Iterator[tuple[str, str]]:
    """Yield who says what after ``recorded`` was folded into ``state``; most events need no word.

    ``known`` are the runs around it: steps of parts are called after them.
    """
    event = recorded.event
    match event:
        case ev.StepStarted() | ev.AttemptStarted() | ev.AttemptFailed() | ev.StepFinished():
            if state.steps[event.path].kind in WORK or state.steps[event.path].is_broken:
                who = full(state, event.path, known)
                yield from ((who, text) for text in _of_step(state, event))
        case ev.GateOpened() | ev.GateResolved():
            who = full(state, event.path, known)
            yield from ((who, text) for text in _of_gate(state, event))
        case ev.StepCancelRequested(path=path, skip=skip):
            yield full(state, path, known), "is to be skipped" if skip else "is to be cancelled"
        case ev.StepPaused() | ev.StepReleased() | ev.StepRepeated():
            who = full(state, event.path, known)
            yield from ((who, text) for text in pauses.of_step(event))
        case ev.BreakpointsSet():
            yield lead(state, known).rstrip("/") or line(state.name, 60), pauses.of_run(state)
        case ev.StepNoted(path=path, text=text):
            yield full(state, path, known), visible(text)
        case ev.PassStarted(path=path, number=number, of=of):
            yield full(state, path, known), f"pass {number} of {of}"
        case ev.FanOutCollected(path=path, items=items):
            yield full(state, path, known), fmt.counted(len(items), "item")
        case (
            ev.ConditionChecked()
            | ev.ProcessStarted()
            | ev.ChildRunStarted()
            | ev.StepTouched()
            | ev.MetricsUpdated()
            | ev.RunFinished()
        ):
            return  # of the end, the summary speaks
        case ev.RunStarted() | ev.RunResumed() if state.parent is not None:
            return  # the step that it carries out says so
        case ev.Heartbeat() | ev.OutputGrew() | ev.AttemptMeasured():
            return
        case _:
            who = lead(state, known).rstrip("/") or line(state.name, 60)
            yield from ((who, text) for text in _of_run(state, event))


def _of_run(
    state: RunState,
    event: ev.RunStarted | ev.RunResumed | ev.RunCancelRequested | ev.EngineFailed | ev.StorageWaited,
) -> Iterator[str]:
    match event:
        case ev.RunStarted():
            yield f"run {ids.short(state.run_id)} started in {visible(state.root)}"
        case ev.RunResumed(generation=generation, only=only):
            which = f" for {fmt.counted(len(only), 'step')} only" if only else ""
            yield f"run {ids.short(state.run_id)} goes on{which} (resumed {fmt.counted(generation, 'time')})"
        case ev.RunCancelRequested(reason=reason, by=by):
            why = f" by {line(by)}" if by else f": {_WHY[reason]}" if reason in _WHY else ""
            yield f"is being cancelled{why}"
        case ev.EngineFailed(error=error):
            yield f"the engine failed: {visible(error)}"
        case ev.StorageWaited(reason=reason):
            yield f"stands still: {visible(reason)}" if reason else "goes on again"
        case _:
            assert_never(event)


def _of_step(
    state: RunState, event: ev.StepStarted | ev.AttemptStarted | ev.AttemptFailed | ev.StepFinished
) -> Iterator[str]:
    step = state.steps[event.path]
    match event:
        case ev.StepStarted():
            if step.kind != "gate" and step.reused_from is None:
                yield f"{UNICODE.running} started" + (f": {visible(step.why)}" if step.why else "")
        case ev.AttemptStarted(attempt=attempt, after_crash=after_crash):
            again = " after a crash" if after_crash else ""
            if attempt > 1 or again:
                yield f"{UNICODE.retry} attempt {attempt} of {step.max_attempts}{again}"
        case ev.AttemptFailed(attempt=attempt, error=error, retry_at=retry_at):
            if retry_at is not None or step.max_attempts > 1:  # else the end of the step says it
                yield from _paragraph(f"attempt {attempt} of {step.max_attempts} failed", error)
            if retry_at is not None and step.attempts and (ended := step.attempts[-1].ended_at) is not None:
                yield f"next attempt in {fmt.short(retry_at - ended + _HALF)}"
        case ev.StepFinished():
            yield from _finished(state, step)
        case _:
            assert_never(event)


def _finished(state: RunState, step: StepState) -> Iterator[str]:
    if step.reused_from is not None:
        kept = f"{UNICODE.step(step.counts_as)} kept from run {ids.short(step.reused_from)}"
        yield from _paragraph(kept, _said(step))
        return
    text = f"{UNICODE.step(step.counts_as)} {word(step.status)}"
    if step.reason is Reason.GIVEN:
        text = f"{UNICODE.skipped} did not run"
    if step.ended_at is not None and step.status is not StepStatus.SKIPPED:
        text += f" after {fmt.short(step.worked(step.ended_at))}"
    if step.reason is Reason.USER and state.status is RunStatus.CANCELLING and not step.cancel_requested:
        text += " (with the run)"  # who or what ended that was said of it
    elif step.reason is Reason.USER and step.cancelled_by:
        text += f" (by {line(step.cancelled_by, 60)})"
    elif step.reason in _WHY and step.status is not StepStatus.TIMED_OUT:
        text += f" ({_WHY[step.reason]})"
    if used := usage.told(usage.of_attempt(step, -1)):
        text += f" ({used})"
    yield from _paragraph(text, _said(step))
    if step.output is not None and step.output.note:
        yield f"{UNICODE.stale} {visible(step.output.note)}"


def _said(step: StepState) -> str:
    """Return the words that belong to an outcome; of what was ended, the reason says everything."""
    if step.status is StepStatus.CANCELLED or step.reason is Reason.USER:
        return "" if step.reason in _WHY else step.error
    return step.error or outcome.result(step)


def _of_gate(state: RunState, event: ev.GateOpened | ev.GateResolved) -> Iterator[str]:
    match event:
        case ev.GateOpened(prompt=prompt, deadline=deadline, options=options, looks_at=looks_at, every=every):
            often = f", looked at every {durations.show(every)}" if every is not None else ""
            yield (
                f"{UNICODE.waiting} waits for {visible(looks_at) or 'an answer'}{often}, "
                f"until {deadline.astimezone():%Y-%m-%d %H:%M:%S}"
            )
            yield from (f"  {visible(text)}" for text in prompt.splitlines())
            yield from (f"  {text}" for text in options_of(options))
            how = how_to_answer(state, state.steps[event.path])
            yield f"  answer with:  {how}" if not looks_at else f"  or decide yourself:  {how}"
        case ev.GateResolved(approved=approved, by=by, feedback=feedback):
            said = "approved" if approved else "rejected"
            yield from _paragraph(f"{said} by {line(by)}" if by else said, feedback)
        case _:
            assert_never(event)


def alive(state: RunState, now: datetime, known: Known = unknown) -> str:
    """Return what still goes on, in one line: the sign of life of a run that has nothing to say."""
    return ", ".join(still_at_work(state, now, known)) or "nothing has happened lately; the run goes on"
