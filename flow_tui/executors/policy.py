"""Options of a step to the policy of its attempts, and what follows when they are used up."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import TypeAlias

from flow_tui import limits
from flow_tui.dataclass import replace
from flow_tui.dsl import ast
from flow_tui.dsl.walk import step_key
from flow_tui.engine import only, pausing
from flow_tui.engine.attempts import TIMED_OUT, Attempt, SkippedByPersonError, Work, attempts
from flow_tui.engine.breakpoints import Released
from flow_tui.engine.pausing import Pausable
from flow_tui.engine.policy import Policy
from flow_tui.engine.run import Run, Scope
from flow_tui.engine.telling import Telling
from flow_tui.engine.variables import refused
from flow_tui.engine.warm import Warm
from flow_tui.errors import (
    EngineError,
    StepCancelledError,
    StepFailedError,
    StepTimedOutError,
    UnconfirmedError,
)
from flow_tui.model import events as ev
from flow_tui.model.breakpoints import Release
from flow_tui.model.ids import ON_FAIL, StepPath, child
from flow_tui.model.state import StepState
from flow_tui.model.status import Reason, StepStatus
from flow_tui.model.values import ActionOutput

CLEAN_UP = limits.ALWAYS_TIMEOUT
"""How long a workflow that was called may take to clean up when it is cancelled."""
Step: TypeAlias = ast.Call | ast.ParallelCall | ast.Script | ast.CallWorkflow | ast.ForEach
"""What is tried, and tried again."""

Other: TypeAlias = Callable[[StepState], Awaitable[str]]
"""Returns what only a look can tell is other than at a step of an earlier run, or nothing."""
Doing: TypeAlias = Callable[[Run, StepPath, Policy, Work], Awaitable[ActionOutput]]
"""Has the work of a step done as its policy says, and records that."""


def policy(node: Step) -> Policy:
    """Return how often and how long the step may be tried.

    Running out of time ends the run for a ``call`` outside of ``parallel``, and fails the attempt elsewhere,
    unless ``on_timeout`` says otherwise.
    """
    if isinstance(node, ast.ForEach):
        return Policy(label=node.name, kind="foreach", clean_up=CLEAN_UP)
    name = node.label if isinstance(node, ast.Call | ast.ParallelCall) else step_key(node) or ""
    tried = partial(
        Policy,
        label=name,
        kind="call" if isinstance(node, ast.ParallelCall) else node.type,
        retries=node.retries,
        delay=node.retry_delay or timedelta(),
        backoff=node.retry_backoff,
        longest_delay=node.retry_max_delay,
        survivable=isinstance(node.on_fail, ast.OnFailContinue),
    )
    if isinstance(node, ast.CallWorkflow):
        return tried(clean_up=CLEAN_UP)
    on_timeout = node.on_timeout or ("cancel" if isinstance(node, ast.Call) else "fail")
    return tried(
        limit=node.limit,
        limit_text=node.timeout or "",
        limit_ends_run=on_timeout == "cancel",
        silence=node.heartbeat_timeout,
        on_crash=node.on_crash,
    )


async def carry_out(
    run: Run,
    node: Step,
    path: StepPath,
    scope: Scope,
    work: Work,
    how: Policy | None = None,
    do: Doing = attempts,
    told: Telling | None = None,
    other: Other | None = None,
) -> ActionOutput | None:
    """Return what the step hands back, or ``None`` when the run goes on without it.

    An outcome from an earlier part of the run stands, as does one of the run that it is warm from, unless
    ``other`` knows better. When the attempts are used up, ``on_fail`` decides: go
    on, or start the agent it names, once, and fail nevertheless.
    """
    how = how or policy(node)
    try:
        if (known := run.concluded(path)) is not None:
            return _as_before(known, how, stands=only.stands(run, path))
        if run.warm is not None:
            taken = run.warm.take(path, how.label)
            why = taken.why
            if taken.step is not None:
                why = await other(taken.step) if other is not None else ""
                if not why:
                    return _taken_over(run, run.warm, taken.step, path, how)
                run.warm.ran(how.label)
            how = replace(how, why=why)
        trying = partial(do, run, path, how, partial(_with_note, run, work))
        return await _through(run, path, _pausable(run, node, path, scope, how.label, how.kind, told), trying)
    except SkippedByPersonError:
        _remember(run, node, StepStatus.SKIPPED)
        return None
    except (StepCancelledError, StepTimedOutError, UnconfirmedError):
        _remember(run, node, StepStatus.FAILED)
        raise
    except StepFailedError as failure:
        if how.survivable:
            _remember(run, node, StepStatus.SKIPPED)
            return None
        _remember(run, node, StepStatus.FAILED)
        if not isinstance(node, ast.ForEach) and isinstance(node.on_fail, ast.OnFailAgent):
            if only.stands(run, path) and not _has_completed(run, child(path, ON_FAIL)):
                raise
            await _call_for_help(run, node.on_fail.agent, path, scope, failure)
        raise


async def _through(
    run: Run, path: StepPath, step: Callable[[], Pausable], trying: Callable[[], Awaitable[ActionOutput]]
) -> ActionOutput:
    """Hold the step if a breakpoint says so, then try it; who goes step by step is asked again afterwards."""
    released = await _pause(run, path, step)
    if released is None or released.how is Release.GO_ON:
        return await trying()
    if released.output is not None:
        given = ev.StepFinished(
            path=path, outcome=StepStatus.COMPLETED, output=released.output, reason=Reason.GIVEN
        )
        await run.record(given)
        return released.output
    while True:
        try:
            output = await trying()
        except (StepCancelledError, UnconfirmedError):
            raise
        except (StepFailedError, StepTimedOutError):
            if not await pausing.after(run, path, step()):
                raise
        else:
            if not await pausing.after(run, path, step()):
                return output


async def _pause(run: Run, path: StepPath, step: Callable[[], Pausable]) -> Released | None:
    """Hold a step that is about to begin if a breakpoint says so; return how it goes on then."""
    if not run.breakpoints.holds(run.workflow.name, path):
        return None
    return await pausing.before(run, path, step())


async def pause_at_gate(run: Run, node: ast.Gate, path: StepPath, scope: Scope) -> None:
    """Hold a gate before it is opened if a breakpoint says so."""
    await _pause(run, path, _pausable(run, node, path, scope, node.name, "gate"))


def _pausable(
    run: Run,
    node: Step | ast.Gate,
    path: StepPath,
    scope: Scope,
    name: str,
    kind: str,
    told: Telling | None = None,
) -> Callable[[], Pausable]:
    """Return what makes of a step what a breakpoint sees."""

    def make() -> Pausable:
        from flow_tui.executors.held import pausable  # noqa: PLC0415 - only where a run pauses

        return pausable(run, node, path, scope, name=name, kind=kind, told=told)

    return make


def _remember(run: Run, node: Step, status: StepStatus) -> None:
    run.remember_failure(key=step_key(node) or "", status=status)


def _taken_over(run: Run, warm: Warm, step: StepState, path: StepPath, how: Policy) -> ActionOutput:
    """Return what a step handed back in an earlier run; it has cost nothing in this one."""
    output = replace(step.output or ActionOutput(), metrics={})
    run.journal.hold(
        ev.StepStarted(
            path=path,
            name=how.label,
            kind=how.kind,
            reused_from=step.reused_from or warm.before.run_id,
            reused_part=step.child_run,
            reused_path=step.reused_path if step.reused_from is not None else step.path,
            reused_attempt=step.attempts[-1].attempt if step.attempts else step.reused_attempt,
        )
    )
    run.journal.hold(ev.StepFinished(path=path, outcome=StepStatus.COMPLETED, output=output))
    return output


async def _with_note(run: Run, work: Work, attempt: Attempt) -> object:
    """Do the work; say which of its exports are variables already, and stay what they are."""
    output = await work(attempt)
    if not isinstance(output, ActionOutput) or not output.structured:
        return output
    names = refused(output.structured, run.state.inputs)
    if not names:
        return output
    told = f"not exported, because the run has values of these names: {', '.join(names)}"
    return replace(output, note=f"{output.note}; {told}" if output.note else told)


def _as_before(known: StepState, how: Policy, *, stands: bool) -> ActionOutput:
    """Return what a step handed back before the run was interrupted, or raise what it raised then."""
    match known.status:
        case StepStatus.COMPLETED:
            return known.output or ActionOutput()
        case StepStatus.SKIPPED:
            raise SkippedByPersonError
        case StepStatus.TIMED_OUT if how.limit_ends_run:
            said = known.output.result_text if known.output is not None else ""
            raise StepTimedOutError(how.label, said.removeprefix(TIMED_OUT))
        case StepStatus.CANCELLED if stands and known.reason is not Reason.FAIL_FAST:
            raise StepCancelledError(how.label, known.failures, known.error)
        case _:
            raise StepFailedError(how.label, known.failures, known.error)


def _has_completed(run: Run, path: StepPath) -> bool:
    known = run.concluded(path)
    return known is not None and known.status is StepStatus.COMPLETED


async def _call_for_help(
    run: Run, agent: ast.AgentRef, path: StepPath, scope: Scope, failure: StepFailedError
) -> None:
    overlay = {
        **scope.overlay,
        "failed_step": failure.step,
        "failure_reason": failure.reason,
        "retry_count": str(max(0, failure.attempts - 1)),
    }
    helper = ast.Call(agent=agent)
    try:
        await run.execute(helper, child(path, ON_FAIL), replace(scope, overlay=overlay))
    except EngineError as error:  # the first failure is the one that counts
        run.record_soon(ev.StepNoted(path=path, text=f"on_fail: {error}"))
