"""The one door from text to widget, and what stands behind it: nothing that acts is ever painted."""

import re
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter

from flow_tui.sanitize import line, visible, visible_lines
from flow_tui.view import glyphs

_ACTS = (
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)


def plain(text: str, style: str = "") -> Content:
    """Return ``text`` as content on one line, whatever is in it; it is never markup."""
    return Content.styled(visible(text), style) if style else Content(visible(text))


def short(text: str, limit: int = 200, style: str = "") -> Content:
    """Return the beginning of ``text`` on one line."""
    cut = line(text, limit)
    return Content.styled(cut, style) if style else Content(cut)


def lines(text: str, style: str = "") -> Content:
    """Return ``text`` as content with its lines kept."""
    shown = visible_lines(text)
    return Content.styled(shown, style) if style else Content(shown)


@lru_cache(maxsize=4_096)
def _harmless(text: str) -> str:
    """Return ``text`` of the same width in cells, with nothing in it that acts."""
    return re.sub(_ACTS, lambda match: "\ufffd" * cell_len(match[0]), text)


class AsciiFilter(LineFilter):
    """Draws with ASCII alone: lines, marks and bars, each as wide as before; words stay as they are."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - part of the interface
        """Return ``segments`` with nothing drawn that a plain terminal cannot show."""
        if all(segment.text.isascii() for segment in segments):
            return segments
        return [Segment(glyphs.in_ascii(text), style, control) for text, style, control in segments]


class ControlFilter(LineFilter):
    """The last line of defence: takes every control character out of what is about to be painted.

    Text is made harmless on its way in; this holds even where somebody forgot.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - part of the interface
        """Return ``segments`` without anything that acts, each as wide as before."""
        if all(segment.control is None and segment.text.isprintable() for segment in segments):
            return segments
        return [Segment(_harmless(text), style) for text, style, control in segments if control is None]
