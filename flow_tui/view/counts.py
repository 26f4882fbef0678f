"""How the steps of a run stand, counted."""

from datetime import datetime

from flow_tui.dataclass import dataclass
from flow_tui.view import format as fmt
from flow_tui.view.glyphs import UNICODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How the steps of a run stand."""

    total: int = 0
    """How many steps the definition has; a step inside a loop is one, however often the loop turns."""
    done: int = 0
    """How many of them have an outcome, good or bad."""
    failed: int = 0
    """Or out of time, in each turn of a loop by itself; with the loops that failed themselves."""
    cancelled: int = 0
    """By a person, or with the run; none of them is among those that are interrupted."""
    running: int = 0
    waiting: int = 0
    paused: int = 0
    """At a breakpoint."""
    skipped: int = 0
    retried: int = 0
    """Begun more than once."""
    all_wait: bool = False
    """Nothing goes on, in the runs that carry steps out either, until a person says something."""

    next_try: datetime | None = None
    """When the next attempt begins, where nothing goes on but such waits."""

    def __str__(self) -> str:
        """Return them as a header shows them: ``4/11 steps ✗1 ▲1 ↻1``."""
        return " ".join([self.share, *(f"{mark}{n}" for mark, n in self.marked)])

    @property
    def share(self) -> str:
        """Return how much is done: ``4/11 steps``."""
        return f"{self.done:,}/{fmt.counted(self.total, 'step')}"

    @property
    def marked(self) -> tuple[tuple[str, int], ...]:
        """Return what is out of the ordinary, with its marks."""
        marks = (
            (UNICODE.failed, self.failed),
            (UNICODE.cancelled, self.cancelled),
            (UNICODE.waiting, self.waiting),
            (UNICODE.paused, self.paused),
            (UNICODE.retry, self.retried),
        )
        return tuple((mark, count) for mark, count in marks if count)
