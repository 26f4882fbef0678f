"""Options of a step to the policy of its attempts, and what follows when they are used up."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from flow_tui.dsl import ast
from flow_tui.engine.attempts import Policy, SkippedByPersonError
from flow_tui.engine.run import Run, Scope
from flow_tui.errors import (
    EngineError,
    LeaseLostError,
    StepCancelledError,
    StepFailedError,
    StepTimedOutError,
)
from flow_tui.model import events as ev
from flow_tui.model.ids import ON_FAIL, StepPath, child
from flow_tui.model.status import StepStatus
from flow_tui.model.values import ActionOutput


def policy(node: ast.Call | ast.ParallelCall | ast.Script, *, kind: str, label: str) -> Policy:
    """Return how often and how long the step may be tried.

    Running out of time ends the run for a ``call`` outside of ``parallel``, and fails the attempt elsewhere, unless
    ``on_timeout`` says otherwise.
    """
    on_timeout = node.on_timeout or ("cancel" if isinstance(node, ast.Call) else "fail")
    return Policy(
        label=label,
        kind=kind,
        retries=node.retries,
        delay=node.retry_delay or timedelta(),
        backoff=node.retry_backoff,
        longest_delay=node.retry_max_delay,
        limit=node.limit,
        limit_text=node.timeout or "",
        limit_ends_run=on_timeout == "cancel",
        silence=node.heartbeat_timeout,
        on_crash=node.on_crash,
        survivable=isinstance(node.on_fail, ast.OnFailContinue),
    )


async def with_on_fail(
    run: Run,
    node: ast.Call | ast.ParallelCall | ast.Script,
    path: StepPath,
    scope: Scope,
    work: Callable[[], Awaitable[ActionOutput]],
) -> ActionOutput | None:
    """Return what the attempts hand back, or ``None`` when the run goes on without it.

    When they are used up, ``on_fail`` decides: go on, or start the agent it names, once, and fail nevertheless.
    """
    key = node.name if isinstance(node, ast.Script) else node.key
    try:
        return await work()
    except SkippedByPersonError:
        run.remember_failure(key=key, status=StepStatus.SKIPPED)
        return None
    except (StepCancelledError, StepTimedOutError, LeaseLostError):
        run.remember_failure(key=key, status=StepStatus.FAILED)
        raise
    except StepFailedError as failure:
        if isinstance(node.on_fail, ast.OnFailContinue):
            run.remember_failure(key=key, status=StepStatus.SKIPPED)
            return None
        run.remember_failure(key=key, status=StepStatus.FAILED)
        if node.on_fail is not None:
            await _call_for_help(run, node.on_fail.agent, path, scope, failure)
        raise


async def _call_for_help(
    run: Run, agent: ast.AgentRef, path: StepPath, scope: Scope, failure: StepFailedError
) -> None:
    overlay = {
        **scope.overlay,
        "failed_step": failure.step,
        "failure_reason": failure.reason,
        "retry_count": str(failure.attempts - 1),
    }
    helper = ast.Call(agent=agent)
    try:
        await run.execute(helper, child(path, ON_FAIL), replace(scope, overlay=overlay))
    except LeaseLostError:
        raise
    except EngineError as error:  # the first failure is the one that counts
        await run.record(ev.StepNoted(path=path, text=f"on_fail: {error}"))
