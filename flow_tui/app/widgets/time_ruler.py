"""The line over a timeline: when what is below it happened."""

from datetime import datetime

from textual.content import Content
from textual.widget import Widget

from flow_tui.app import marks
from flow_tui.app.text import plain
from flow_tui.app.widgets.timeline_drawing import Timeline
from flow_tui.view.piece import Piece

_STYLES = {"now": f"bold {marks.ACCENT}"}


class TimeRuler(Widget):
    """Paints the ticks of a timeline and where now is."""

    _pieces: tuple[Piece, ...] = ()

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self._timeline = timeline

    def show(self, now: datetime, width: int) -> None:
        """Show what fits lines of ``width`` cells."""
        pieces = tuple(self._timeline.ruler(now, width))
        if pieces != self._pieces:
            self._pieces = pieces
            self.refresh()

    def render(self) -> Content:
        """Return the line."""
        return Content.assemble(
            *(plain(piece.text, _STYLES.get(piece.role, marks.FAINT)) for piece in self._pieces)
        )
