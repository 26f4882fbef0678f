"""Retries and time limits of a step: how its attempts follow each other, and what is recorded of them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NoReturn, TypeAlias

from flow_tui.dataclass import dataclass, replace
from flow_tui.engine import hiding, intake
from flow_tui.engine.policy import Policy
from flow_tui.engine.run import Live, Run
from flow_tui.engine.signs import Signs
from flow_tui.engine.stop import Stop
from flow_tui.engine.work import End, end, watch
from flow_tui.errors import (
    ActionError,
    HopelessError,
    LeaseLostError,
    SpawnBusyError,
    SpawnError,
    StepCancelledError,
    StepFailedError,
    StepTimedOutError,
    TemplateError,
    UnconfirmedError,
)
from flow_tui.model import events as ev
from flow_tui.model.ids import ROOT, StepPath
from flow_tui.model.state import StepState
from flow_tui.model.status import AttemptStatus, Reason, StepStatus
from flow_tui.model.values import ActionOutput

TIMED_OUT = "timed out after "
BY_A_PERSON = "cancelled by a person"
HOPELESS = "not tried again: every attempt would fail alike"
_BAD = (AttemptStatus.FAILED, AttemptStatus.TIMED_OUT)
_NEW = StepState(path=ROOT)
"""A step of which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try, as the work sees it."""

    number: int
    max_attempts: int
    retries_remaining: int
    retry_error: str | None
    stop: Stop
    signs: Signs


Work: TypeAlias = Callable[[Attempt], Awaitable[object]]
"""Does what an attempt is for; hands back an ``ActionOutput`` if all is well."""


class SkippedByPersonError(Exception):
    """Somebody cancelled the step and let the run go on without it; control flow inside the engine."""


@dataclass(slots=True, kw_only=True)
class _Try:
    """Where the attempts at one step stand."""

    run: Run
    path: StepPath
    policy: Policy
    live: Live
    failures: int
    error: str | None
    number: int
    first: int
    """The number of the first attempt since the run began or was resumed."""
    is_new: bool
    """Nothing is recorded of the step since then."""
    after_crash: bool
    wait_until: datetime | None
    has_outcome: bool = False

    async def finish(
        self,
        outcome: StepStatus,
        *before: ev.Event,
        output: ActionOutput | None = None,
        error: str = "",
        reason: Reason = Reason.NONE,
    ) -> None:
        """Record the outcome of the step."""
        self.has_outcome = True
        finished = ev.StepFinished(path=self.path, outcome=outcome, output=output, error=error, reason=reason)
        await self.run.record(*before, finished)


async def attempts(run: Run, path: StepPath, policy: Policy, work: Work) -> ActionOutput:
    """Do ``work`` as often as the policy allows; return what the successful attempt hands back.

    Every attempt and the outcome are recorded. Raises ``StepFailedError`` when the attempts are used up,
    ``StepTimedOutError`` when a limit ends the run, ``SkippedByPersonError``, and ``CancelledError`` after
    the work has ended. The attempts of an earlier part of the run count, unless it had finished since.
    """
    trying = _take_up(run, path, policy)
    await _refuse_after_crash(trying)
    run.live[path] = trying.live
    try:
        while True:
            await _wait(trying)
            if (output := await _one(trying, work)) is not None:
                return output
    except asyncio.CancelledError:
        if not trying.has_outcome and path in run.state.steps:
            await _record_cancel(trying)
        raise
    finally:
        del run.live[path]


def _take_up(run: Run, path: StepPath, policy: Policy) -> _Try:
    step = run.state.steps.get(path, _NEW)
    last = step.attempts[-1] if step.attempts else None
    failed = [attempt for attempt in step.attempts[step.tried_before :] if attempt.status in _BAD]
    return _Try(
        run=run,
        path=path,
        policy=policy,
        live=Live(stop=Stop(), cancelled=asyncio.get_running_loop().create_future()),
        failures=len(failed),
        error=failed[-1].error if failed else None,
        number=step.attempt,
        first=step.attempt + 1,
        is_new=True,
        after_crash=last is not None and last.status is AttemptStatus.INTERRUPTED,
        wait_until=step.retry_at,
    )


async def _refuse_after_crash(trying: _Try) -> None:
    """Respect ``on_crash``: not everything may run a second time unasked."""
    policy = trying.policy
    if not trying.after_crash or policy.on_crash == "rerun":
        return
    error = "it was cut short when the program died, and may not run again unasked (on_crash)"
    if policy.on_crash != "ask":
        await trying.finish(StepStatus.FAILED, _started(trying), error=error)
        raise StepFailedError(policy.label, trying.number, error)
    if trying.run.confirmed:
        return
    error += "; resume with --confirm to run it again"
    await trying.finish(StepStatus.FAILED, _started(trying), error=error, reason=Reason.UNCONFIRMED)
    raise UnconfirmedError(policy.label, trying.number, error)


def _started(trying: _Try) -> ev.StepStarted:
    policy = trying.policy
    return ev.StepStarted(
        path=trying.path,
        name=policy.label,
        kind=policy.kind,
        max_attempts=trying.number + 1 + policy.retries - trying.failures,
        why=policy.why,
    )


async def _wait(trying: _Try) -> None:
    """Wait until the next attempt may start; between attempts a step can be cancelled, too."""
    run, live = trying.run, trying.live
    if trying.wait_until is not None:
        # A clock that was set back does not make anybody wait for longer than was asked.
        delay = min(trying.wait_until - run.clock.now(), trying.policy.delay_before(trying.failures))
        if delay.total_seconds() > 0:
            waiting = asyncio.ensure_future(run.clock.sleep(delay))
            try:
                await asyncio.wait((waiting, live.cancelled), return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
    _stop_if_told()
    if live.cancelled.done():
        await _cancelled_by_person(trying)


def _stop_if_told() -> None:
    """Raise ``CancelledError`` again if it was raised before, while something had to be waited for."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _one(trying: _Try, work: Work) -> ActionOutput | None:
    """Make one attempt; return its output, or ``None`` when it failed and another one follows."""
    run, path, policy = trying.run, trying.path, trying.policy
    started = (_started(trying),) if trying.is_new else ()
    trying.number += 1
    deadline = run.clock.now() + policy.limit if policy.limit is not None else None
    begun = ev.AttemptStarted(
        path=path,
        attempt=trying.number,
        deadline=deadline,
        heartbeat_timeout=policy.silence,
        after_crash=trying.after_crash,
    )
    await run.journal.begin(*started, begun)
    trying.is_new = trying.after_crash = False
    if begun.attempt > trying.first:
        trying.live.stop = Stop()
    stop = trying.live.stop
    stop.deadline, stop.silence, stop.grace = deadline, policy.silence, run.grace + policy.clean_up
    if run.killed:
        stop.force()
    signs = Signs(run, path, trying.number)
    run.around.beat(run.id)
    left = policy.retries - trying.failures
    attempt = Attempt(
        number=trying.number,
        max_attempts=trying.number + left,
        retries_remaining=left,
        retry_error=trying.error,
        stop=stop,
        signs=signs,
    )
    task = asyncio.ensure_future(work(attempt))
    try:
        how = await watch(run.clock, task, trying.live, signs, limit=policy.limit, silence=policy.silence)
    except asyncio.CancelledError:
        await end(run.clock, task, stop, run.cancel_reason or Reason.FAIL_FAST)
        if (output := _output(run, task)) is not None:
            _succeed(trying, output)
        raise
    finally:
        signs.close()
    return await _conclude(trying, task, how)


async def _conclude(trying: _Try, task: "asyncio.Future[object]", how: End) -> ActionOutput | None:
    run, policy = trying.run, trying.policy
    match how:
        case End.DONE:
            if (output := _output(run, task)) is not None:
                _succeed(trying, output)
                return output
            if trying.live.cancelled.done():
                await _cancelled_by_person(trying)
            error = run.around.secrets.text(_error_text(task))
            is_hopeless = _is_hopeless(task) and trying.failures < policy.retries
            if is_hopeless:
                trying.policy = replace(policy, retries=trying.failures)
            noted = (ev.StepNoted(path=trying.path, text=HOPELESS),) if is_hopeless else ()
            await _fail(trying, error, *noted, output=_left(run, task))
        case End.OUT_OF_TIME:
            await _fail(trying, policy.timed_out_text(), limit=policy.limit_text)
        case End.SILENT:
            await _fail(trying, policy.silent_text(), limit=policy.silence_text())
    return None


def _output(run: Run, task: "asyncio.Future[object]") -> ActionOutput | None:
    """Return what the work handed back, unless it failed, did not end, or handed back something else."""
    if not task.done() or task.cancelled() or task.exception() is not None:
        return None
    try:
        return hiding.output(run.around.secrets, intake.output(task.result()))
    except Exception:  # noqa: BLE001 - the reason is told by _error_text
        return None


def _error_text(task: "asyncio.Future[object]") -> str:
    if task.cancelled():
        return "the action cancelled itself"
    error = task.exception()
    if isinstance(error, LeaseLostError):
        raise error
    if error is not None:
        return intake.error(error)
    try:
        intake.output(task.result())
    except Exception as reason:  # noqa: BLE001 - whatever an action hands back is its own fault
        return intake.error(reason)
    return ""


def _is_hopeless(task: "asyncio.Future[object]") -> bool:
    """Say whether the work failed for a reason that another attempt would meet as well."""
    error = None if task.cancelled() else task.exception()
    if isinstance(error, SpawnError):
        return not isinstance(error, SpawnBusyError)
    return isinstance(error, HopelessError | TemplateError)


def _left(run: Run, task: "asyncio.Future[object]") -> ActionOutput | None:
    """Return what the work left although it failed."""
    error = None if task.cancelled() else task.exception()
    if not isinstance(error, ActionError) or error.output is None:
        return None
    try:
        return hiding.output(run.around.secrets, intake.output(error.output))
    except ActionError:  # the failure itself is what counts
        return None


def _succeed(trying: _Try, output: ActionOutput) -> None:
    """Record the success together with what begins next, if that is at once."""
    trying.has_outcome = True
    finished = ev.StepFinished(path=trying.path, outcome=StepStatus.COMPLETED, output=output)
    trying.run.journal.hold(finished)


async def _fail(
    trying: _Try, error: str, *noted: ev.Event, limit: str = "", output: ActionOutput | None = None
) -> None:
    """Record a failed attempt; return if another one follows, else record the outcome and raise."""
    policy = trying.policy
    trying.failures += 1
    trying.error = error
    ends_run = bool(limit) and policy.limit_ends_run
    more = not ends_run and trying.failures <= policy.retries
    trying.wait_until = trying.run.clock.now() + policy.delay_before(trying.failures) if more else None
    failed = ev.AttemptFailed(
        path=trying.path,
        attempt=trying.number,
        error=error,
        timed_out=bool(limit),
        retry_at=trying.wait_until,
        metrics=dict(output.metrics) if output is not None else {},
        model=output.model if output is not None else "",
    )
    if more:
        await trying.run.record(failed)
        return
    outcome, reason = StepStatus.FAILED, Reason.NONE
    if limit:
        outcome, reason = StepStatus.TIMED_OUT, Reason.TIMEOUT
    if policy.survivable and not ends_run:
        outcome, reason = StepStatus.SKIPPED, Reason.ON_FAIL
    output = ActionOutput(result_text=f"{TIMED_OUT}{limit}") if limit else _without_metrics(output)
    await trying.finish(outcome, failed, *noted, output=output, error=error, reason=reason)
    if ends_run:
        raise StepTimedOutError(policy.label, limit)
    raise StepFailedError(policy.label, trying.failures, error)


def _without_metrics(output: ActionOutput | None) -> ActionOutput | None:
    """Return what a failed attempt left besides what it has used up, which is told of the attempt."""
    kept = None if output is None else replace(output, metrics={}, model="")
    return None if kept == ActionOutput() else kept


async def _record_cancel(trying: _Try) -> None:
    await trying.finish(StepStatus.CANCELLED, reason=trying.run.cancel_reason or Reason.FAIL_FAST)


async def _cancelled_by_person(trying: _Try) -> NoReturn:
    """Record that a person ended the step, as failed or as left out."""
    skip = trying.live.cancelled.result()
    outcome = StepStatus.SKIPPED if skip else StepStatus.CANCELLED
    await trying.finish(outcome, error=BY_A_PERSON, reason=Reason.USER)
    if skip:
        raise SkippedByPersonError
    raise StepCancelledError(trying.policy.label, max(1, trying.number), BY_A_PERSON)
