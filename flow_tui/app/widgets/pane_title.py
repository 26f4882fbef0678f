"""The line over a pane: what it shows, and whether keys go there."""

from textual.content import Content
from textual.widget import Widget

from flow_tui.app import marks
from flow_tui.app.text import short


class PaneTitle(Widget):
    """Paints a number, a title and something faint beside it."""

    def __init__(self, number: int, title: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._number = number
        self._title = title
        self._beside = ""
        self._is_focused = False

    def show(self, *, title: str, beside: str = "", is_focused: bool) -> None:
        """Show this from now on."""
        if (title, beside, is_focused) != (self._title, self._beside, self._is_focused):
            self._title = title
            self._beside = beside
            self._is_focused = is_focused
            self.refresh()

    def render(self) -> Content:
        """Return the line."""
        mark = "▎" if self._is_focused else " "
        style = f"bold {marks.ACCENT}" if self._is_focused else marks.STRONG
        return Content.assemble(
            (mark, marks.ACCENT),
            (f"{self._number} ", marks.FAINT),
            short(self._title, 60, style),
            "  ",
            short(self._beside, 80, marks.FAINT),
        )
