"""The steps that matter most over time, in a few lines under the panes of a large terminal."""

from datetime import datetime

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from typing_extensions import override

from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.app.widgets.timeline_drawing import Timeline
from flow_tui.app.widgets.tree_style import StepPane
from flow_tui.dataclass import replace
from flow_tui.model.ids import StepPath
from flow_tui.view.glyphs import UNICODE, Glyphs
from flow_tui.view.timeline import foremost

_MOST = 8


class TimelineStrip(StepPane, can_focus=False):
    """Shows a few of the rows of a tree over time."""

    def __init__(self, tree: StepTree, *, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self._tree = tree
        self._glyphs = glyphs
        self._timeline = Timeline()
        self._paths: list[StepPath] = []
        self._now: datetime | None = None
        self._lines = 0
        self._shown: tuple[int, StepPath | None] | None = None

    def show(self, now: datetime) -> None:
        """Show what matters most now."""
        table, self._now = self._tree.table, now
        if table is None:
            return
        self._paths = foremost(table.state, table.active, table.failures, _MOST)
        differs = self._timeline.take(table, now, self.size.width)
        shown = (table.state.seq, self._tree.path)
        height = 1 + len(self._paths) if self._paths else 0
        if height != self._lines:
            self._lines = self.styles.height = height
        if differs or shown != self._shown:
            self._shown = shown
            self.refresh()

    @override
    def render_line(self, y: int) -> Strip:
        """Return the ruler, or one of the rows."""
        width, table, now = self.size.width, self._tree.table, self._now
        if table is None or now is None or y > len(self._paths):
            return Strip.blank(width, self.rich_style)
        ground = self.rich_style
        row = table.at(self._paths[y - 1]) if y else None
        if row is None:
            pieces = self._timeline.ruler(now, width, self._glyphs)
        else:
            alone = replace(row, guides=(), has_children=False)
            pieces = self._timeline.line(alone, now, width, self._glyphs)
            ground += self.look("cursor") if row.path == self._tree.path else Style()
        return Strip([Segment(piece.text, ground + self.look(piece.role)) for piece in pieces], width)

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        if place is not None and 1 <= place.y <= len(self._paths):
            self._tree.go_to(self._paths[place.y - 1])
