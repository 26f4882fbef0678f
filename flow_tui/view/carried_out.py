"""How the runs stand that carry a step out: one for a called workflow, one for each item of a fan-out."""

from collections.abc import Mapping
from dataclasses import field

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import RunId
from flow_tui.model.status import StepStatus
from flow_tui.view import format as fmt
from flow_tui.view.glyphs import UNICODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How the run stands that carries a step out, as far as it is known."""

    run_id: RunId
    workflow: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    done: int = 0
    total: int = 0
    current: str = ""
    """What goes on in it."""
    waits_for: str = ""
    """The gate in it, or in a part of it, that waits for a person."""
    held_at: str = ""
    """The step in it, or in a part of it, at which it pauses."""

    @property
    def share(self) -> str:
        """Return how much of it is done: ``2/5 steps``; nothing where that is not known."""
        return f"{self.done:,}/{fmt.counted(self.total, 'step')}" if self.total else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """How the items of a fan-out stand."""

    total: int
    completed: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    running: int = 0
    left: int = 0
    """How many have not begun, where the fan-out itself is over."""

    @property
    def over(self) -> int:
        """Return how many of them are over."""
        return self.completed + self.failed + self.skipped + self.cancelled

    @property
    def share(self) -> str:
        """Return how many of how many are over: ``12/40``."""
        return fmt.share(self.over, self.total)

    @property
    def marks(self) -> dict[str, str]:
        """Return what became of them, and how many are at work, by status: ``✗1``; only what there is."""
        counts = {
            StepStatus.FAILED: self.failed,
            StepStatus.CANCELLED: self.cancelled,
            StepStatus.SKIPPED: self.skipped,
            StepStatus.PENDING: self.left,
            StepStatus.RUNNING: self.running,
        }
        return {each.value: f"{UNICODE.step(each)}{count}" for each, count in counts.items() if count}

    def bar(self, width: int) -> str:
        """Return a bar of so many cells, filled as far as items are over; all of it only at the end."""
        filled = self.over * width // self.total if self.total else width
        return UNICODE.span * filled + "─" * (width - filled)

    def __str__(self) -> str:
        """Return it in a few words: ``12/40 ✗1 –2 ▶3``."""
        return " ".join([self.share, *self.marks.values()])
