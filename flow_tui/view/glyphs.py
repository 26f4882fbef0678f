"""The marks that stand for statuses and facts, in unicode and in ASCII, each with its word."""

from flow_tui.dataclass import dataclass
from flow_tui.model.status import RunStatus, StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """One set of marks, each one cell wide."""

    running: str = "▶"
    completed: str = "✓"
    failed: str = "✗"
    skipped: str = "–"
    cancelled: str = "⊘"
    waiting: str = "▲"
    pending: str = "○"
    retry: str = "↻"
    time_left: str = "◷"
    heartbeat: str = "♥"
    stale: str = "!"
    folded: str = "▸"
    unfolded: str = "▾"
    tee: str = "├"
    """Beside a row that has siblings below it."""
    corner: str = "└"
    """Beside the last row of a block."""
    bar: str = "│"
    full: str = "█"
    empty: str = "░"
    tried: str = "▓"
    """A piece of an attempt that was not the last."""
    rest: str = "▒"
    """A piece of the time that is left."""
    span: str = "━"
    """A piece of a block whose inside is shown."""
    away: str = "┊"
    """Where nobody worked on the run."""
    ellipsis: str = "…"
    down: str = "▼"
    dot: str = "·"

    def step(self, status: StepStatus) -> str:
        """Return the mark of a step's status."""
        marks = {
            StepStatus.PENDING: self.pending,
            StepStatus.RUNNING: self.running,
            StepStatus.WAITING: self.waiting,
            StepStatus.COMPLETED: self.completed,
            StepStatus.FAILED: self.failed,
            StepStatus.SKIPPED: self.skipped,
            StepStatus.TIMED_OUT: self.failed,
            StepStatus.CANCELLED: self.cancelled,
        }
        return marks[status]

    def run(self, status: RunStatus) -> str:
        """Return the mark of a run's status."""
        marks = {
            RunStatus.PENDING: self.pending,
            RunStatus.RUNNING: self.running,
            RunStatus.WAITING: self.waiting,
            RunStatus.CANCELLING: self.cancelled,
            RunStatus.COMPLETED: self.completed,
            RunStatus.FAILED: self.failed,
            RunStatus.CANCELLED: self.cancelled,
        }
        return marks[status]

    def translate(self, text: str) -> str:
        """Return ``text``, which uses the unicode marks, with the marks of this set."""
        return text if self is UNICODE else text.translate(_TO_ASCII)


UNICODE = Glyphs()
ASCII = Glyphs(
    running=">",
    completed="+",
    failed="x",
    skipped="-",
    cancelled="/",
    waiting="^",
    pending=".",
    retry="@",
    time_left="T",
    heartbeat="H",
    folded=">",
    unfolded="v",
    tee="|",
    corner="`",
    bar="|",
    full="#",
    empty=".",
    tried="%",
    rest=":",
    span="=",
    away="'",
    ellipsis="~",
    down="v",
    dot="-",
)
_TO_ASCII = str.maketrans("─┬┼╮╯◂◇", "-+++'<<") | str.maketrans(
    {
        getattr(UNICODE, name): getattr(ASCII, name)
        for name in Glyphs.__dataclass_fields__
        if not getattr(UNICODE, name).isascii()
    }
)

_WORDS = {StepStatus.TIMED_OUT: "timed out"}


def word(status: StepStatus | RunStatus) -> str:
    """Return the word people read beside the mark."""
    return _WORDS.get(status, str(status.value)) if isinstance(status, StepStatus) else str(status.value)
