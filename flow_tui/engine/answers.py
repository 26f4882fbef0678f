"""What is recorded of a gate that somebody has answered."""

from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Reason, StepStatus
from flow_tui.model.values import ActionOutput, Decision


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
