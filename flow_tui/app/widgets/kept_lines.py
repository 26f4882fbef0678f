"""Lines that a widget keeps itself: when it scrolls, Textual does not go through each of them again."""

from abc import abstractmethod

from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip
from typing_extensions import override


class KeptLines(ScrollView, inherit_bindings=False):
    """Something that scrolls up and down, without border, padding or transparency.

    Whatever Textual works out for a line stays with the strip, so that one that is handed out again, wherever
    it is on screen by then, costs next to nothing.
    """

    @property
    def line_width(self) -> int:
        """Return how many cells a line has."""
        return self.scrollable_content_region.width  # beside the scrollbar, where there is one

    @abstractmethod
    def kept_line(self, index: int, width: int) -> Strip:
        """Return a line of all there are, in ``width`` cells: the same strip as long as it says the same."""

    @override
    def render_line(self, y: int) -> Strip:
        """Return one visible line."""
        return self.kept_line(self.scroll_offset.y + y, self.line_width)

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        """Return visible lines."""
        width, top = self.line_width, self.scroll_offset.y
        strips = [self.kept_line(top + y, width) for y in crop.line_range]
        ground = self.background_colors[1]
        for each in self.get_line_filters():
            strips = [strip.apply_filter(each, ground) for strip in strips]
        begin, end = crop.column_span
        return (
            strips if (begin, end) == (0, self.size.width) else [strip.crop(begin, end) for strip in strips]
        )
