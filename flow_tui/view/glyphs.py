"""The marks that stand for statuses and facts, in unicode and in ASCII, each with its word."""

import unicodedata
from functools import cache

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
    paused: str = "‖"
    pending: str = "○"
    breakpoint: str = "●"
    """Beside a step that the run pauses before."""
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
            StepStatus.PAUSED: self.paused,
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
        return text if self is UNICODE else in_ascii(text)


UNICODE = Glyphs()
ASCII = Glyphs(
    running=">",
    completed="+",
    failed="x",
    skipped="-",
    cancelled="/",
    waiting="^",
    paused="P",
    pending=".",
    breakpoint="*",
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
_BARS = "_.,-=+*#"
"""For the eight heights of a bar."""
_MORE = dict(zip("◉●◂◇◆•→←↑↓×▎█▀≠≈▌▐■□’“”—≥≤", "**<<**><^vx>#'#~||#.'\"\"-><", strict=True))


@cache
def _to_ascii() -> dict[int, str]:
    """Return what is drawn instead of each character that draws."""
    found = {code: _of_line(unicodedata.name(chr(code))) for code in range(0x2500, 0x2580)}
    found |= {0x2581 + height: mark for height, mark in enumerate(_BARS)}
    found |= dict.fromkeys(range(9609, 9616), "|")
    found |= dict.fromkeys(range(0x2596, 0x25A0), "#")
    found |= {0x2594: "-", 0x2595: "|"}
    found |= {ord(mark): instead for mark, instead in _MORE.items()}
    names = [name for name in Glyphs.__dataclass_fields__ if not getattr(UNICODE, name).isascii()]
    return found | {ord(getattr(UNICODE, name)): getattr(ASCII, name) for name in names}


def _of_line(name: str) -> str:
    """Return what stands for a piece of a line or a box."""
    if "DIAGONAL" in name:
        return "/" if "UPPER RIGHT TO LOWER LEFT" in name else "\\"
    is_flat = "HORIZONTAL" in name or name.endswith(("LEFT", "RIGHT"))
    is_steep = "VERTICAL" in name or name.endswith(("UP", "DOWN"))
    is_corner = " AND " in name or "ARC" in name
    if is_corner or is_flat is is_steep:
        return "+"
    return "-" if is_flat else "|"


def in_ascii(text: str) -> str:
    """Return ``text`` with everything that draws drawn in ASCII, as wide as before; letters stay."""
    return text if text.isascii() else text.translate(_to_ascii())


_WORDS = {StepStatus.TIMED_OUT: "timed out"}


def word(status: StepStatus | RunStatus) -> str:
    """Return the word people read beside the mark."""
    return _WORDS.get(status, str(status.value)) if isinstance(status, StepStatus) else str(status.value)
