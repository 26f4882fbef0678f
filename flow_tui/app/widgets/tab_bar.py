"""The line with the tabs of a step; a click turns to one."""

from collections.abc import Iterator

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from flow_tui.app import marks
from flow_tui.app.tabs import TABS, Tab, names
from flow_tui.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One tab on the line."""

    tab: Tab
    text: str
    begin: int
    """Its first cell."""


class TabBar(Widget):
    """Paints the tabs; the one that is open stands in brackets."""

    class Turned(Message):
        """Somebody wants to read something else."""

        def __init__(self, tab: Tab) -> None:
            super().__init__()
            self.tab: Tab = tab

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._tab: Tab = "log"
        self._tries = 0
        self._is_focused = False

    def show(self, tab: Tab, *, tries: int, is_focused: bool) -> None:
        """Show which tab is open, and how many attempts there are."""
        if (tab, tries, is_focused) != (self._tab, self._tries, self._is_focused):
            self._tab, self._tries, self._is_focused = tab, tries, is_focused
            self.refresh()

    def _pieces(self) -> Iterator[Piece]:
        at = 2
        for tab, name in zip(TABS, names(self.content_size.width, self._tries, self._tab), strict=True):
            yield Piece(tab=tab, text=name, begin=at)
            at += len(name) + 1

    def render(self) -> Content:
        """Return the line."""
        parts: list[Content] = [Content.styled("▎" if self._is_focused else " ", marks.ACCENT)]
        after, last = "", ""
        for piece in self._pieces():
            is_open = piece.tab == self._tab
            style = (f"bold {marks.ACCENT}" if self._is_focused else marks.STRONG) if is_open else marks.FAINT
            parts.append(Content.styled(after or "[", last) if after or is_open else Content(" "))
            parts.append(Content.styled(piece.text, style))
            after, last = ("]", style) if is_open else ("", "")
        return Content("").join([*parts, Content.styled(after, last)])

    def on_click(self, event: events.Click) -> None:
        """Turn to the tab that was clicked."""
        place = event.get_content_offset(self)
        if place is None:
            return
        for piece in self._pieces():
            if piece.begin - 1 <= place.x < piece.begin + len(piece.text):
                self.post_message(self.Turned(piece.tab))
