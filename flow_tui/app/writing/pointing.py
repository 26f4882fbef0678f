"""What the mouse rests on in a text, and what is told of it there."""

import re

from textual.content import Content
from textual.geometry import Offset
from textual.widget import Widget
from typing_extensions import override

from flow_tui.app.writing.shapes import shape_of
from flow_tui.app.writing.source_view import SourceView
from flow_tui.dataclass import dataclass

_WORD = re.compile(r"[\w./-]+")
_HIGHEST, _WIDEST = 12, 72


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, and where it is painted."""

    line: int
    start: int
    end: int
    at: Offset
    """Of its first cell, on the screen."""


def word_at(source: SourceView, x: int, y: int) -> Word | None:
    """Return the word that is painted at a place of the screen; nothing where there is none."""
    region = source.content_region
    if not source.display or not region.contains(x, y):
        return None
    row = y - region.y + source.scroll_offset.y
    cell = x - region.x + source.scroll_offset.x - source.gutter_width
    if row >= source.rows.height or x - region.x < source.gutter_width:
        return None
    line, of_line = source.rows.at_row(row)
    text = source.document[line]
    shape = shape_of(text)
    column = shape.column_at(cell)
    for found in _WORD.finditer(text) if not of_line and cell < shape.width else ():
        if found.start() <= column < found.end():
            left = max(0, shape.x_of(found.start()) - source.scroll_offset.x)
            at = Offset(region.x + source.gutter_width + left, y)
            return Word(line, found.start(), found.end(), at)
    return None


class Told(Widget):
    """Lies over the text, below a word, and says what is known of it."""

    DEFAULT_CSS = f"""
    Told {{
        display: none;
        position: absolute;
        overlay: screen;
        constrain: inside inflect;
        width: auto;
        max-width: {_WIDEST};
        height: auto;
        max-height: {_HIGHEST};
        padding: 0 1;
        background: $panel;
        border-left: outer $accent;
    }}
    """

    def __init__(self) -> None:
        super().__init__()
        self._said = Content()

    def open(self, said: Content, at: Offset) -> None:
        """Say something below a place of the screen."""
        self._said = said
        self.display = True
        self.styles.offset = (at.x, at.y + 1)
        self.refresh(layout=True)

    def close(self) -> None:
        """Say nothing."""
        self.display = False

    @override
    def render(self) -> Content:
        return self._said
