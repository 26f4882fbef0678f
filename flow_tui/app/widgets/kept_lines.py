"""Lines that a widget keeps itself: when it scrolls, Textual does not go through each of them again."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip
from typing_extensions import override

_SHARES = 8
"""Into so many parts a cell of a bar is divided."""


class KeptStrip(Strip):
    """A line that is gone as soon as nobody keeps it; others hold themselves once they have been painted."""

    @override
    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Return the parts between ``cuts``; the line itself where that is all of it."""
        within = [cut for cut in cuts if cut <= self.cell_length]
        return [self] if within == [self.cell_length] else super().divide(within)


class KeptLines(ScrollView, inherit_bindings=False):
    """Something that scrolls up and down, without border, padding or transparency.

    Whatever Textual works out for a line stays with the strip, so that one that is handed out again, wherever
    it is on screen by then, costs next to nothing.
    """

    _look: tuple[Color, tuple[LineFilter, ...]] = (Color(0, 0, 0), ())
    """What all lines lie on, and are sent through."""
    base = Style()
    """How a piece looks of which nothing is said; worked out once for all lines, for that takes long."""

    @property
    def line_width(self) -> int:
        """Return how many cells a line has."""
        return self.scrollable_content_region.width  # beside the scrollbar, where there is one

    @abstractmethod
    def kept_line(self, index: int, width: int) -> Strip:
        """Return a line of all there are, in ``width`` cells: the same strip as long as it says the same."""

    @abstractmethod
    def forget_lines(self) -> None:
        """Keep no line any more: all look different now."""

    def finished(self, segments: list[Segment], width: int) -> Strip:
        """Return a line of ``width`` cells that can be kept, in as few pieces as it takes to paint it."""
        ground, filters = self._look
        for each in filters:
            segments = each.apply(segments, ground)
        return KeptStrip(list(Segment.simplify(segments)), width)

    @override
    def notify_style_update(self) -> None:
        """Forget what was painted with other colours."""
        super().notify_style_update()
        self.forget_lines()

    @override
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Show other lines; the bar beside them is painted again where that makes a difference."""
        if self.show_vertical_scrollbar:
            bar = self.vertical_scrollbar
            seen = max(1, self.virtual_size.height) / (_SHARES * max(1, self.size.height))
            if int(bar.position / seen) != int(new_value / seen):
                bar.position = new_value
        if round(old_value) != round(new_value):
            self.refresh(self.size.region)

    @override
    def render_line(self, y: int) -> Strip:
        """Return one visible line."""
        self.base = self.rich_style
        return self.kept_line(self.scroll_offset.y + y, self.line_width)

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        """Return visible lines."""
        look = (self.background_colors[1], tuple(self.get_line_filters()))
        if look != self._look:
            self._look = look
            self.forget_lines()
        self.base = self.rich_style
        width, top = self.line_width, self.scroll_offset.y
        strips = [self.kept_line(top + y, width) for y in crop.line_range]
        begin, end = crop.column_span
        return (
            strips if (begin, end) == (0, self.size.width) else [strip.crop(begin, end) for strip in strips]
        )
