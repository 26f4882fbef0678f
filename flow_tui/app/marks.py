"""Which colour stands for which status; the glyph and the word beside it say the same."""

from collections.abc import Mapping
from types import MappingProxyType

from flow_tui.model.state import RunState
from flow_tui.model.status import AttemptStatus, RunStatus, StepStatus

ACCENT = "$accent"
FAINT = "$foreground 55%"
STRONG = "bold $foreground"
WARNING = "$warning"
ERROR = "$error"
SUCCESS = "$success"

STEPS: Mapping[StepStatus, str] = MappingProxyType(
    {
        StepStatus.PENDING: FAINT,
        StepStatus.RUNNING: ACCENT,
        StepStatus.WAITING: WARNING,
        StepStatus.PAUSED: WARNING,
        StepStatus.COMPLETED: SUCCESS,
        StepStatus.FAILED: ERROR,
        StepStatus.SKIPPED: FAINT,
        StepStatus.TIMED_OUT: ERROR,
        StepStatus.CANCELLED: WARNING,
    }
)
RUNS: Mapping[RunStatus, str] = MappingProxyType(
    {
        RunStatus.PENDING: FAINT,
        RunStatus.RUNNING: ACCENT,
        RunStatus.WAITING: WARNING,
        RunStatus.CANCELLING: WARNING,
        RunStatus.COMPLETED: SUCCESS,
        RunStatus.FAILED: ERROR,
        RunStatus.CANCELLED: WARNING,
    }
)
ATTEMPTS: Mapping[AttemptStatus, str] = MappingProxyType(
    {
        AttemptStatus.RUNNING: ACCENT,
        AttemptStatus.COMPLETED: SUCCESS,
        AttemptStatus.FAILED: ERROR,
        AttemptStatus.TIMED_OUT: ERROR,
        AttemptStatus.CANCELLED: WARNING,
        AttemptStatus.INTERRUPTED: WARNING,
    }
)


def run(state: RunState) -> str:
    """Return the colour of how a run stands."""
    return WARNING if state.is_left else RUNS[state.status]
