"""What the reader finds out about recorded output, besides its lines."""

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import RunId, StepPath


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMatches:
    """Where a text occurs in a recorded output."""

    token: int
    run_id: RunId
    path: StepPath
    attempt: int
    pattern: str
    lines: tuple[int, ...]
    """Indexes of the lines that match, from 0, in order; at most 10,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSaved:
    """How far the lines of a recorded output have been written to a file of somebody's own."""

    token: int
    file: str
    lines: int
    is_over: bool = False
    why: str = ""
    """Why it could not be finished; then nothing is left of it."""
