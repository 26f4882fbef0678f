"""How a run ended, as an exit status."""

from flow_tui.exit_codes import ExitCode
from flow_tui.model.status import Reason, RunStatus

_REASONS = {
    Reason.TIMEOUT: ExitCode.TIMED_OUT,
    Reason.GATE_REJECTED: ExitCode.GATE,
    Reason.GATE_EXPIRED: ExitCode.GATE,
    Reason.ENGINE: ExitCode.ENGINE,
    Reason.LEASE_LOST: ExitCode.OWNED,
}


def exit_code(status: RunStatus, reason: Reason) -> ExitCode:
    """Return the exit status of a program whose only job was this run."""
    if status is RunStatus.COMPLETED:
        return ExitCode.COMPLETED
    if reason in _REASONS:
        return _REASONS[reason]
    return ExitCode.CANCELLED if status is RunStatus.CANCELLED else ExitCode.FAILED
