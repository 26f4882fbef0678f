"""Retries, time limits and heartbeats: the only code that knows them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TypeAlias

from flow_tui import limits
from flow_tui.engine.ports import Stop
from flow_tui.engine.run import Live, Run
from flow_tui.engine.signs import Signs
from flow_tui.errors import LeaseLostError, StepCancelledError, StepFailedError, StepTimedOutError
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.state import StepState
from flow_tui.model.status import AttemptStatus, Reason, StepStatus
from flow_tui.model.values import ActionOutput

EXECUTOR_SHUTDOWN = "executor shutdown requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How often and how long a step may be tried."""

    label: str
    kind: str
    retries: int = 0
    delay: timedelta = timedelta()
    backoff: float = 1.0
    longest_delay: timedelta | None = None
    limit: timedelta | None = None
    limit_text: str = ""
    """The limit as it was written."""
    limit_ends_run: bool = False
    """Running out of time is not a failed attempt, but the end of the run."""
    silence: timedelta | None = None
    """How long an attempt may give no sign of life."""
    on_crash: str = "rerun"
    survivable: bool = False
    """When the attempts are used up, the run goes on as if the step had been left out."""

    def delay_before(self, failures: int) -> timedelta:
        """Return how long to wait for the next attempt after so many failures."""
        if not self.delay:
            return timedelta()
        longest = min(self.longest_delay or limits.LONGEST, limits.LONGEST)
        seconds = longest.total_seconds()
        try:
            seconds = min(seconds, self.delay.total_seconds() * self.backoff ** (failures - 1))
        except OverflowError:
            pass
        return timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try, as the work sees it."""

    number: int
    max_attempts: int
    retries_remaining: int
    retry_error: str | None
    stop: Stop
    signs: Signs


Work: TypeAlias = Callable[[Attempt], Awaitable[ActionOutput]]


class SkippedByPersonError(Exception):
    """Somebody cancelled the step and let the run go on without it; control flow inside the engine."""


class _End(Enum):
    DONE = auto()
    OUT_OF_TIME = auto()
    SILENT = auto()
    CANCELLED = auto()


@dataclass(slots=True, kw_only=True)
class _Try:
    """Where the attempts at one step stand."""

    run: Run
    path: StepPath
    policy: Policy
    failures: int = 0
    error: str | None = None
    number: int = 0
    first: bool = True
    after_crash: bool = False
    wait_until: datetime | None = None

    @property
    def max_attempts(self) -> int:
        """Return what the row shows as the highest attempt number."""
        return self.number + self.policy.retries - self.failures


async def attempts(run: Run, path: StepPath, policy: Policy, work: Work) -> ActionOutput:
    """Do ``work`` as often as the policy allows; return what the successful attempt hands back.

    Every attempt and the outcome are recorded. Raises ``StepFailedError`` when the attempts are used up,
    ``StepTimedOutError`` when a limit ends the run, ``SkippedByPersonError``, and ``CancelledError`` after the work
    has ended. The attempts of an earlier part of the run count, unless the run had finished since.
    """
    trying = _take_up(run, path, policy)
    await _refuse_after_crash(trying)
    while True:
        await _wait(trying)
        output = await _one(trying, work)
        if output is not None:
            return output


def _take_up(run: Run, path: StepPath, policy: Policy) -> _Try:
    step = run.state.steps.get(path) or StepState(path=path)
    last = step.attempts[-1] if step.attempts else None
    counted = step.attempts[step.tried_before :]
    failed = [a for a in counted if a.status in (AttemptStatus.FAILED, AttemptStatus.TIMED_OUT)]
    return _Try(
        run=run,
        path=path,
        policy=policy,
        failures=len(failed),
        error=failed[-1].error if failed else None,
        number=step.attempt,
        after_crash=last is not None and last.status is AttemptStatus.INTERRUPTED,
        wait_until=step.retry_at,
    )


async def _refuse_after_crash(trying: _Try) -> None:
    """Respect ``on_crash``: not everything may run a second time unasked."""
    if not trying.after_crash or trying.policy.on_crash == "rerun":
        return
    if trying.policy.on_crash == "ask" and trying.run.confirmed:
        return
    reason = "it was cut short when the program died, and may not run again unasked (on_crash)"
    if trying.policy.on_crash == "ask":
        reason += "; resume with --confirm to run it again"
    await trying.run.record(
        _started(trying),
        ev.StepFinished(path=trying.path, outcome=StepStatus.FAILED, error=reason),
    )
    raise StepFailedError(trying.policy.label, trying.number, reason)


def _started(trying: _Try) -> ev.StepStarted:
    policy = trying.policy
    return ev.StepStarted(
        path=trying.path,
        name=policy.label,
        kind=policy.kind,
        max_attempts=trying.number + 1 + policy.retries - trying.failures,
    )


async def _wait(trying: _Try) -> None:
    """Wait until the next attempt may start; between attempts a step can be cancelled, too."""
    run, now = trying.run, trying.run.clock.now()
    if trying.wait_until is None or trying.wait_until <= now:
        return
    live = _go_live(run, trying.path, Stop())
    try:
        waiting = asyncio.ensure_future(run.clock.sleep(trying.wait_until - now))
        try:
            await asyncio.wait({waiting, live.cancelled}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if live.cancelled.done():
            await _cancelled_by_person(trying, skip=live.cancelled.result())
    except asyncio.CancelledError:
        await _record_cancel(trying)
        raise
    finally:
        run.live.pop(trying.path, None)


def _go_live(run: Run, path: StepPath, stop: Stop) -> Live:
    live = Live(path=path, stop=stop, cancelled=asyncio.get_running_loop().create_future())
    run.live[path] = live
    if run.killed:
        stop.force()
    return live


async def _one(trying: _Try, work: Work) -> ActionOutput | None:
    """Make one attempt; return its output, or ``None`` when it failed and another one follows."""
    run, path, policy = trying.run, trying.path, trying.policy
    started = (_started(trying),) if trying.first else ()
    trying.number += 1
    now = run.clock.now()
    deadline = now + policy.limit if policy.limit is not None else None
    begun = ev.AttemptStarted(
        path=path,
        attempt=trying.number,
        deadline=deadline,
        heartbeat_timeout=policy.silence,
        after_crash=trying.after_crash,
    )
    await run.record(*started, begun)
    trying.first, trying.after_crash = False, False
    stop = Stop(deadline=deadline)
    live = _go_live(run, path, stop)
    signs = Signs(run, path, trying.number)
    attempt = Attempt(
        number=trying.number,
        max_attempts=trying.max_attempts,
        retries_remaining=policy.retries - trying.failures,
        retry_error=trying.error,
        stop=stop,
        signs=signs,
    )
    signs.alive()
    run.around.beat(run.id)
    task = asyncio.ensure_future(work(attempt))
    try:
        end = await _watch(trying, task, live, signs)
    except asyncio.CancelledError:
        await _end(run, task, stop, run.cancel_reason or Reason.FAIL_FAST)
        if (output := _result(task)) is not None:
            await _succeed(trying, output)
        else:
            await _record_cancel(trying)
        raise
    finally:
        run.live.pop(path, None)
        run.signs.pop(path, None)
        signs.close()
    return await _conclude(trying, task, end, live)


async def _watch(trying: _Try, task: "asyncio.Future[ActionOutput]", live: Live, signs: Signs) -> _End:
    """Wait for the work, its time limit, its silence or a person; end the work unless it ended itself."""
    run, policy = trying.run, trying.policy
    clock = run.clock
    over = None if policy.limit is None else clock.monotonic() + policy.limit.total_seconds()
    while True:
        silent = None if policy.silence is None else signs.last + policy.silence.total_seconds()
        ends = [at for at in (over, silent) if at is not None]
        timeout = max(0.0, min(ends) - clock.monotonic()) if ends else None
        await asyncio.wait({task, live.cancelled}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return _End.DONE
        if live.cancelled.done():
            await _end(run, task, live.stop, Reason.USER)
            return _End.DONE if _result(task) is not None else _End.CANCELLED
        now = clock.monotonic()
        if over is not None and now >= over:
            await _end(run, task, live.stop, Reason.TIMEOUT)
            return _End.OUT_OF_TIME
        if policy.silence is not None and now >= signs.last + policy.silence.total_seconds():
            await _end(run, task, live.stop, Reason.TIMEOUT)
            return _End.SILENT


async def _end(run: Run, task: "asyncio.Future[ActionOutput]", stop: Stop, reason: Reason) -> None:
    """End the work: ask, cancel, wait for as long as ending may take, then leave it behind.

    A further cancellation does not shorten the wait: whoever is in a hurry forces the stop.
    """
    stop.set(reason)
    task.cancel()
    patience = asyncio.ensure_future(run.clock.sleep(stop.grace + limits.ABANDON_AFTER))
    try:
        while not (task.done() or patience.done()):
            try:
                await asyncio.wait({task, patience}, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                continue
    finally:
        patience.cancel()
    if not task.done():
        task.add_done_callback(lambda late: late.cancelled() or late.exception())


def _result(task: "asyncio.Future[ActionOutput]") -> ActionOutput | None:
    if not task.done() or task.cancelled() or task.exception() is not None:
        return None
    return task.result()


async def _conclude(
    trying: _Try, task: "asyncio.Future[ActionOutput]", end: _End, live: Live
) -> ActionOutput | None:
    policy = trying.policy
    match end:
        case _End.CANCELLED:
            await _cancelled_by_person(trying, skip=live.cancelled.result())
            return None
        case _End.OUT_OF_TIME:
            limit = policy.limit_text or str(policy.limit)
            return await _fail(trying, f"step '{policy.label}' timed out after {limit}", limit=limit)
        case _End.SILENT:
            limit = f"{policy.silence} without a sign of life"
            return await _fail(trying, f"step '{policy.label}' timed out after {limit}", limit=limit)
        case _End.DONE:
            if (output := _result(task)) is not None:
                return await _succeed(trying, output)
            return await _fail(trying, _error_text(task))


def _error_text(task: "asyncio.Future[ActionOutput]") -> str:
    if task.cancelled():
        return "the action cancelled itself"
    error = task.exception()
    if isinstance(error, LeaseLostError):
        raise error
    text = str(error).strip()
    return text or type(error).__name__


async def _succeed(trying: _Try, output: ActionOutput) -> ActionOutput:
    trying.run.add_metrics(output)
    await trying.run.record(ev.StepFinished(path=trying.path, outcome=StepStatus.COMPLETED, output=output))
    return output


async def _fail(trying: _Try, error: str, *, limit: str = "") -> None:
    """Record a failed attempt; return if another one follows, else record the outcome and raise."""
    run, path, policy = trying.run, trying.path, trying.policy
    trying.failures += 1
    trying.error = error
    ends_run = bool(limit) and policy.limit_ends_run
    more = not ends_run and trying.failures <= policy.retries
    if more:
        trying.wait_until = run.clock.now() + policy.delay_before(trying.failures)
    failed = ev.AttemptFailed(
        path=path,
        attempt=trying.number,
        error=error,
        timed_out=bool(limit),
        retry_at=trying.wait_until if more else None,
    )
    if more:
        await run.record(failed)
        return
    outcome, reason = StepStatus.FAILED, Reason.NONE
    if limit:
        outcome, reason = StepStatus.TIMED_OUT, Reason.TIMEOUT
    if policy.survivable and not ends_run:
        outcome, reason = StepStatus.SKIPPED, Reason.ON_FAIL
    output = ActionOutput(result_text=f"timed out after {limit}") if limit else None
    await run.record(
        failed, ev.StepFinished(path=path, outcome=outcome, output=output, error=error, reason=reason)
    )
    if ends_run:
        raise StepTimedOutError(policy.label, limit)
    raise StepFailedError(policy.label, trying.failures, error)


async def _record_cancel(trying: _Try) -> None:
    await trying.run.record(
        ev.StepFinished(
            path=trying.path,
            outcome=StepStatus.CANCELLED,
            output=ActionOutput(result_text=EXECUTOR_SHUTDOWN),
            reason=trying.run.cancel_reason or Reason.FAIL_FAST,
        )
    )


async def _cancelled_by_person(trying: _Try, *, skip: bool) -> None:
    """Record that a person ended the step, as failed or as left out; always raises."""
    outcome = StepStatus.SKIPPED if skip else StepStatus.CANCELLED
    await trying.run.record(
        ev.StepFinished(
            path=trying.path,
            outcome=outcome,
            output=ActionOutput(result_text=EXECUTOR_SHUTDOWN),
            error="cancelled by a person",
            reason=Reason.USER,
        )
    )
    if skip:
        raise SkippedByPersonError
    raise StepCancelledError(trying.policy.label, trying.failures + 1, "cancelled by a person")
