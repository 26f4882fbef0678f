"""The attempts at a step, one a line; opening one shows what it printed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from flow_tui.app import marks, step_keys
from flow_tui.app.text import short
from flow_tui.app.widgets.entries import Entries, Entry
from flow_tui.model import ids
from flow_tui.model.state import AttemptState, StepState
from flow_tui.model.status import AttemptStatus
from flow_tui.view import format as fmt
from flow_tui.view import outcome, usage
from flow_tui.view.glyphs import UNICODE

ENDS = {
    AttemptStatus.RUNNING: "running",
    AttemptStatus.COMPLETED: "completed",
    AttemptStatus.FAILED: "failed",
    AttemptStatus.TIMED_OUT: "timed out",
    AttemptStatus.CANCELLED: "cancelled",
    AttemptStatus.INTERRUPTED: "cut off",
}
_MARKS = {
    AttemptStatus.RUNNING: UNICODE.running,
    AttemptStatus.COMPLETED: UNICODE.completed,
    AttemptStatus.FAILED: UNICODE.failed,
    AttemptStatus.TIMED_OUT: UNICODE.failed,
    AttemptStatus.CANCELLED: UNICODE.cancelled,
    AttemptStatus.INTERRUPTED: UNICODE.cancelled,
}
_WAIT = timedelta(milliseconds=500)
"""Shorter waits are no waits."""


class Attempts(Entries):
    """Lists the attempts at a step."""

    BINDINGS: ClassVar[list[BindingType]] = [*step_keys.ATTEMPTS]

    def show_step(self, step: StepState | None, chosen: int, now: datetime) -> None:
        """Show the attempts at ``step`` as they stand ``now``; ``chosen`` is the one that is looked at."""
        self.show([*_entries(step, chosen, now)])

    @property
    def text(self) -> str:
        """Return all lines."""
        return "\n".join(entry.draw(200).plain for entry in self._entries)


def _entries(step: StepState | None, chosen: int, now: datetime) -> Iterator[Entry]:
    if step is None or not step.attempts:
        kept = step.reused_from if step is not None else None
        none = f"kept from {ids.short(kept)}" if kept is not None else "no attempt yet"
        yield Entry(key="", draw=lambda _: Content.styled(none, marks.FAINT))
    for index, attempt in enumerate(step.attempts if step is not None else ()):
        before = step.attempts[index - 1] if index and step is not None else None
        said = line(step, index, attempt, before, now, is_chosen=index == chosen)
        yield Entry(key=str(index), draw=said.truncate)
    if step is not None and step.retry_at is not None and step.current is None:
        wait = f"next try in {fmt.short(fmt.left(step.retry_at, now))}"
        yield Entry(key="", draw=lambda _: Content.styled(wait, marks.WARNING))


def line(
    step: StepState | None,
    index: int,
    attempt: AttemptState,
    before: AttemptState | None,
    now: datetime,
    *,
    is_chosen: bool,
) -> Content:
    """Return one attempt: how it ended, how long it took, how long before it nothing was tried, and why."""
    took = fmt.clock(fmt.age(attempt.started_at, attempt.ended_at or now))
    waited = attempt.started_at - before.ended_at if before is not None and before.ended_at else timedelta()
    used = usage.told(usage.of_attempt(step, index)) if step is not None else ""
    error = outcome.told_apart(attempt.error)
    parts = (
        Content.styled(f"waited {fmt.limit(waited)}" if waited >= _WAIT else "", marks.FAINT),
        Content.styled("after a crash" if attempt.after_crash else "", marks.WARNING),
        Content.styled(used, marks.FAINT),
        short(error, 200),
    )
    return Content.assemble(
        "▸" if is_chosen else " ",
        f"{index + 1:>2}  ",
        (f"{_MARKS[attempt.status]} {ENDS[attempt.status]:<9}", marks.ATTEMPTS[attempt.status]),
        f"  {took}  ",
        Content("  ").join(part for part in parts if part),
    )
