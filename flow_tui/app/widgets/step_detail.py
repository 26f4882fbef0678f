"""The pane that says everything about one step, and scrolls when that is much."""

from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:  # loaded with the first step
    from flow_tui.app.widgets.vitals import Around
    from flow_tui.view.row import Row


class StepDetail(VerticalScroll, can_focus=True):
    """Shows the row it is given."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._text = Static(Content(), markup=False)
        self._shown = Content()

    def compose(self) -> ComposeResult:
        """Hold one text."""
        yield self._text

    @property
    def text(self) -> str:
        """Return what is shown."""
        return self._shown.plain

    def show(self, row: "Row | None", chosen: int, now: datetime, around: "Around | None" = None) -> None:
        """Show what is known of the step now."""
        width = self.scrollable_content_region.width
        content = Content()
        if row is not None:
            from flow_tui.app.widgets.vitals import NOTHING, vitals  # noqa: PLC0415 - only beside a step

            content = vitals(row, chosen, now, width, around or NOTHING)
        if content.is_same(self._shown):
            return
        same_height = content.plain.count("\n") == self._shown.plain.count("\n")
        wraps = max(map(len, content.plain.split("\n")), default=0) >= width
        self._shown = content
        self._text.update(content, layout=wraps or not same_height)
