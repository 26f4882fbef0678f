"""``gate``: waits for somebody's word."""

import asyncio
import json
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import cast

from flow_tui import limits
from flow_tui.clock import Clock
from flow_tui.dsl import ast, templates
from flow_tui.engine import intake, only
from flow_tui.engine.answers import answered
from flow_tui.engine.attempts import SkippedByPersonError
from flow_tui.engine.run import Run, Scope
from flow_tui.engine.stop import Stop
from flow_tui.engine.work import end
from flow_tui.errors import GateExpiredError, GateFailedError, GateRejectedError, StepCancelledError
from flow_tui.executors import looking, policy, quality_gate
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.state import GateState, StepState
from flow_tui.model.status import Reason, StepStatus
from flow_tui.model.values import AUTO_APPROVED, ActionOutput, Decision

REVIEW = "human_review"


async def execute(run: Run, node: ast.Gate, path: StepPath, scope: Scope) -> None:
    """Wait until the gate is approved, rejected or out of time."""
    if path in run.answered:
        await run.record()  # until that is stored, and known
    if (known := run.concluded(path)) is not None:
        _as_before(run, node, known)
        return
    try:
        await policy.pause_at_gate(run, node, path, scope)
    except SkippedByPersonError:
        _take_feedback(run, None)
        return
    if node.quality_gate is not None:
        await quality_gate.execute(run, node, node.quality_gate, path)
        return
    if run.state.options.dry_run or run.state.options.mock:
        output = ActionOutput(result_text=AUTO_APPROVED)
        await run.record(
            _started(node, path),
            ev.StepFinished(path=path, outcome=StepStatus.COMPLETED, output=output),
        )
        _take_feedback(run, None)
        return
    opened, asked = await _opened(run, node, path, scope)
    stop = Stop(grace=min(run.grace, limits.LEFTOVER_GRACE))
    answer = looking.answer(run, node, scope, asked, opened, stop)
    decision = await _ask(run, path, opened, answer, stop)
    if decision is None and run.warm is not None:
        run.warm.decided(path, node.name, run.state.steps[path].gate)
    if decision is None:
        _take_feedback(run, None)
        await _expire(run, node, path)
        return
    await run.record(*answered(path, decision))
    gate = run.state.steps[path].gate
    _take_feedback(run, gate)
    if run.warm is not None:
        run.warm.decided(path, node.name, gate)
    if not decision.approved:
        raise GateRejectedError(node.name, decision.feedback)


def _as_before(run: Run, node: ast.Gate, known: StepState) -> None:
    """Do what was done when the gate was answered, or ran out of time, before the run was interrupted."""
    _take_feedback(run, known.gate)
    if known.status is StepStatus.FAILED:
        if known.gate is not None and known.gate.approved is False:
            raise GateRejectedError(node.name, known.gate.feedback)
        raise GateFailedError(node.name, known.error)
    if known.status is StepStatus.CANCELLED and only.stands(run, known.path):
        raise StepCancelledError(node.name, 0, "nobody had answered")
    if known.status is not StepStatus.COMPLETED and node.on_timeout != "continue":
        raise GateExpiredError(node.name, node.timeout)


def _started(node: ast.Gate, path: StepPath) -> ev.StepStarted:
    return ev.StepStarted(path=path, name=node.name, kind="gate")


async def _opened(
    run: Run, node: ast.Gate, path: StepPath, scope: Scope
) -> tuple[ev.GateOpened, looking.Question]:
    """Return what the gate asks people, and what it asks others; a deadline holds across a resume."""
    before = run.state.steps.get(path)
    deadline = run.clock.now() + node.timeout
    if before is not None and before.gate is not None and before.gate.approved is None:
        deadline = before.gate.deadline
    try:
        options = _options(run, node)
        asked = looking.question(run, node, path, scope)
    except GateFailedError as error:
        await run.record(
            _started(node, path), ev.StepFinished(path=path, outcome=StepStatus.FAILED, error=error.reason)
        )
        raise
    prompt = templates.substitute(node.prompt or "", run.variables(path, scope)).text
    opened = ev.GateOpened(
        path=path,
        gate=node.gate_type,
        prompt=intake.cut(intake.text(prompt)),
        options=options,
        deadline=deadline,
        on_timeout=node.on_timeout,
        feedback=node.gate_type == REVIEW,
        looks_at=asked.about,
        every=node.every if asked.resolver is not None else None,
    )
    return opened, asked


def _options(run: Run, node: ast.Gate) -> dict[str, str]:
    """Return what can be chosen; raises ``GateFailedError`` when an earlier step should have said so."""
    if not isinstance(node.options, str):
        return dict(node.options or {})
    step, _, field = node.options.partition(".")
    result = run.results.get(step)
    if result is None:
        raise _without(node, f"there is no result of {step!r}")
    if not result.structured:
        raise _without(node, f"{step!r} has left no structured output")
    found: object = json.loads(result.structured).get(field)
    if isinstance(found, list):
        words = cast("list[object]", found)
        return {word: word for word in words if isinstance(word, str)}
    if not isinstance(found, dict):
        raise _without(node, f"{field!r} is neither an object nor a list of texts")
    pairs = cast("dict[str, object]", found).items()
    return {name: value for name, value in pairs if isinstance(value, str)}


def _without(node: ast.Gate, reason: str) -> GateFailedError:
    return GateFailedError(node.name, f"its options come from {str(node.options)!r}: {reason}")


async def _ask(
    run: Run, path: StepPath, opened: ev.GateOpened, polled: Coroutine[None, None, Decision], stop: Stop
) -> Decision | None:
    """Return the answer, or ``None`` when time ran out."""
    looks = asyncio.ensure_future(polled)
    run.looking[path] = stop
    answer: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
    run.gates[path] = answer
    try:
        await run.record(ev.StepStarted(path=path, name=opened.gate, kind="gate"), opened)
        await _over(run.clock, opened.deadline, answer, looks)
        if answer.done():
            return answer.result()
        return looks.result() if looks.done() else None
    except asyncio.CancelledError:
        if answer.done():  # whoever answered was told that it counts
            await run.record(*answered(path, answer.result()))
            raise
        reason = run.cancel_reason or Reason.FAIL_FAST
        await run.record(ev.StepFinished(path=path, outcome=StepStatus.CANCELLED, reason=reason))
        raise
    finally:
        del run.gates[path]
        await end(run.clock, looks, stop, run.cancel_reason)
        del run.looking[path]


async def _over(clock: Clock, deadline: datetime, *decided: "asyncio.Future[Decision]") -> None:
    """Return when one of these is decided, or the deadline has passed.

    That is an instant of the wall clock, which people are told: what the machine slept through counts, and
    when the clock is set, so does that.
    """
    left = deadline - clock.now()
    while left > timedelta() and not any(one.done() for one in decided):
        length = min(left, limits.DEADLINE_LOOK).total_seconds()
        await asyncio.wait(decided, timeout=length, return_when=asyncio.FIRST_COMPLETED)
        left = deadline - clock.now()


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


def _take_feedback(run: Run, gate: GateState | None) -> None:
    """Hand the answer's words to the steps that follow; selections count for more than free text.

    Where nothing was said, and never before, there are none.
    """
    run.gate_feedback = run.gate_feedback or ""
    if gate is None:
        return
    if gate.feedback:
        run.gate_feedback = gate.feedback
    if gate.selections:
        run.gate_feedback = ", ".join(gate.selections)
