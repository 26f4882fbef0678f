"""What people say to single steps: answers to gates, and that a step is to end."""

from collections.abc import Sequence

from flow_tui.dataclass import replace
from flow_tui.engine import intake
from flow_tui.engine.commands import CancelStep, ResolveGate
from flow_tui.engine.run import Run
from flow_tui.errors import NotPossibleError
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.state import GateState
from flow_tui.model.status import Reason, StepStatus
from flow_tui.model.values import ActionOutput, Decision


def cancel_step(run: Run, command: CancelStep) -> None:
    """Have one step end; raises ``NotPossibleError`` when it is not in progress."""
    step, live = run.state.steps.get(command.path), run.live.get(command.path)
    if live is None:
        name = step.name if step is not None else command.path
        waits = step is not None and step.status is StepStatus.WAITING
        reason = "it waits for an answer: approve or reject it" if waits else "it is not running"
        raise NotPossibleError(f"cancel step {name!r}", reason)
    if not live.cancelled.done():
        run.record_soon(ev.StepCancelRequested(path=command.path, by=command.by, skip=command.skip))
        live.cancelled.set_result(command.skip)
    if command.kill:
        live.stop.force()


def resolve(run: Run, command: ResolveGate) -> None:
    """Take an answer to a gate; raises ``NotPossibleError`` when it waits for none, or not for this one."""
    step = run.state.steps.get(command.path)
    gate, waiting = step.gate if step is not None else None, run.gates.get(command.path)
    if step is None or gate is None or gate.approved is not None or (waiting and waiting.done()):
        raise NotPossibleError("answer the gate", "it does not wait for an answer")
    if waiting is None and (step.status is not StepStatus.PENDING or command.path in run.answered):
        raise NotPossibleError("answer the gate", "it does not wait for an answer")
    if waiting is None and run.cancel_reason:
        raise NotPossibleError("answer the gate", "its run is being cancelled")
    decision = replace(
        command.decision,
        feedback=intake.text(command.decision.feedback, "feedback"),
        selections=_selected(command.decision.selections, gate),
    )
    decision = replace(decision, feedback=intake.cut(decision.feedback))
    if waiting is None:  # it was open when the run was interrupted: there is no need to open it again
        run.answered.add(command.path)
        run.record_soon(*answered(command.path, decision))
    else:
        waiting.set_result(decision)


def _selected(selections: Sequence[str], gate: GateState) -> tuple[str, ...]:
    """Return what was chosen; raises ``NotPossibleError`` for what is no option."""
    for chosen in selections:
        if chosen not in gate.options:
            listed = ", ".join(gate.options) or "there are none"
            raise NotPossibleError(f"select {chosen!r}", f"the options are: {listed}")
    return tuple(selections)


def answered(path: StepPath, decision: Decision) -> tuple[ev.GateResolved, ev.StepFinished]:
    """Return the answer, and the outcome that it means."""
    rejected = not decision.approved
    return (
        ev.GateResolved(
            path=path,
            approved=decision.approved,
            feedback=decision.feedback,
            selections=decision.selections,
            by=decision.by,
        ),
        ev.StepFinished(
            path=path,
            outcome=StepStatus.FAILED if rejected else StepStatus.COMPLETED,
            output=ActionOutput(context=_chosen(decision.selections)),
            error=(decision.feedback or "rejected") if rejected else "",
            reason=Reason.GATE_REJECTED if rejected else Reason.NONE,
        ),
    )


def _chosen(selections: tuple[str, ...]) -> str:
    return "\n".join(["Selected:", *(f"- {chosen}" for chosen in selections)]) if selections else ""
