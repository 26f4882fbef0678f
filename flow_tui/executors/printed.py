"""What an earlier step of the run has printed."""

from flow_tui.dsl.files import UnreadableError
from flow_tui.engine.run import Run
from flow_tui.errors import ActionError
from flow_tui.model.status import StepStatus


def printed(run: Run, name: str) -> bytes | None:
    """Return all that the last completed step of a name has printed, or ``None`` when there is none.

    Raises ``ActionError`` when it cannot be read.
    """
    ran = [
        step
        for step in run.state.steps.values()
        if step.name == name and step.status is StepStatus.COMPLETED and step.attempts
    ]
    if not ran:
        return None
    last = max(ran, key=lambda step: step.attempts[-1].started_at)
    try:
        return run.around.workspace.printed(run.id, last.path, last.attempts[-1].attempt)
    except UnreadableError as error:
        raise ActionError(f"what step {name!r} has printed cannot be read: {error}") from None
