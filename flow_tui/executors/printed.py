"""What an earlier step of the run has printed."""

from datetime import datetime

from flow_tui.dsl.files import UnreadableError
from flow_tui.engine.run import Run
from flow_tui.errors import ActionError
from flow_tui.model.state import StepState
from flow_tui.model.status import StepStatus


def printed(run: Run, name: str) -> bytes | None:
    """Return all that the last completed step of a name has printed, or ``None`` when there is none.

    Raises ``ActionError`` when it cannot be read.
    """
    ran = [
        step
        for step in run.state.steps.values()
        if step.name == name
        and step.status is StepStatus.COMPLETED
        and (step.attempts or step.reused_attempt)
    ]
    if not ran:
        return None
    last = max(ran, key=_began)
    workspace = run.around.workspace
    try:
        if last.reused_from is not None and not last.attempts:
            return workspace.printed(last.reused_from, last.reused_path, last.reused_attempt)
        return workspace.printed(run.id, last.path, last.attempts[-1].attempt)
    except UnreadableError as error:
        raise ActionError(f"what step {name!r} has printed cannot be read: {error}") from None


def _began(step: StepState) -> tuple[bool, datetime | None]:
    at = step.attempts[-1].started_at if step.attempts else step.begun_at
    return at is not None, at
