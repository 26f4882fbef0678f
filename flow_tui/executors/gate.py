"""``gate``: waits for somebody's word."""

import asyncio

from flow_tui.dsl import ast, templates
from flow_tui.engine.run import Run, Scope
from flow_tui.errors import GateExpiredError, GateRejectedError
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.state import GateState
from flow_tui.model.status import Reason, StepStatus
from flow_tui.model.values import ActionOutput, Decision

REVIEW = "human_review"
AUTO_APPROVED = "auto-approved"


async def execute(run: Run, node: ast.Gate, path: StepPath, scope: Scope) -> None:
    """Wait until the gate is approved, rejected or out of time."""
    if (known := run.completed(path)) is not None:
        _take_feedback(run, known.gate)
        return
    if run.state.options.dry_run or run.state.options.mock:
        await run.record(
            ev.StepStarted(path=path, name=node.name, kind="gate"),
            ev.StepFinished(
                path=path,
                outcome=StepStatus.COMPLETED,
                output=ActionOutput(result_text=AUTO_APPROVED),
            ),
        )
        return
    decision = await _ask(run, node, path, scope)
    if decision is None:
        await _expire(run, node, path)
    elif decision.approved:
        await _conclude(run, path, decision, StepStatus.COMPLETED)
        _take_feedback(run, run.state.steps[path].gate)
    else:
        await _conclude(run, path, decision, StepStatus.FAILED)
        raise GateRejectedError(node.name, decision.feedback)


async def _ask(run: Run, node: ast.Gate, path: StepPath, scope: Scope) -> Decision | None:
    """Return the answer, or ``None`` when time ran out; a deadline holds across a resume."""
    before = run.state.steps.get(path)
    now = run.clock.now()
    deadline = now + node.timeout
    if before is not None and before.gate is not None and before.gate.approved is None:
        deadline = before.gate.deadline
    answer: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
    run.gates[path] = answer
    try:
        await run.record(
            ev.StepStarted(path=path, name=node.name, kind="gate"),
            ev.GateOpened(
                path=path,
                gate=node.gate_type,
                prompt=templates.substitute(node.prompt or "", run.variables(path, scope)).text,
                options=node.options if isinstance(node.options, dict) else {},
                deadline=deadline,
                on_timeout=node.on_timeout,
                feedback=node.gate_type == REVIEW,
            ),
        )
        async with asyncio.timeout(max(0.0, (deadline - now).total_seconds())):
            return await answer
    except TimeoutError:
        return answer.result() if answer.done() and not answer.cancelled() else None
    except asyncio.CancelledError:
        await run.record(
            ev.StepFinished(
                path=path, outcome=StepStatus.CANCELLED, reason=run.cancel_reason or Reason.FAIL_FAST
            )
        )
        raise
    finally:
        del run.gates[path]


async def _expire(run: Run, node: ast.Gate, path: StepPath) -> None:
    goes_on = node.on_timeout == "continue"
    result = "gate timed out" + (", continuing" if goes_on else "")
    error = f"gate {node.name!r} timed out"
    await run.record(
        ev.StepFinished(
            path=path,
            outcome=StepStatus.TIMED_OUT,
            output=ActionOutput(result_text=result),
            error="" if goes_on else error,
            reason=Reason.GATE_EXPIRED,
        )
    )
    if not goes_on:
        raise GateExpiredError(node.name, node.timeout)


async def _conclude(run: Run, path: StepPath, decision: Decision, outcome: StepStatus) -> None:
    rejected = outcome is StepStatus.FAILED
    await run.record(
        ev.GateResolved(
            path=path,
            approved=decision.approved,
            feedback=decision.feedback,
            selections=decision.selections,
            by=decision.by,
        ),
        ev.StepFinished(
            path=path,
            outcome=outcome,
            output=ActionOutput(context=_chosen(decision.selections)),
            error=(decision.feedback or "rejected") if rejected else "",
            reason=Reason.GATE_REJECTED if rejected else Reason.NONE,
        ),
    )


def _chosen(selections: tuple[str, ...]) -> str:
    return "\n".join(["Selected:", *(f"- {chosen}" for chosen in selections)]) if selections else ""


def _take_feedback(run: Run, gate: GateState | None) -> None:
    """Hand the answer's words to the steps that follow; selections count for more than free text."""
    if gate is None:
        return
    if gate.feedback:
        run.gate_feedback = gate.feedback
    if gate.selections:
        run.gate_feedback = ", ".join(gate.selections)
