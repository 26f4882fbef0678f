"""The text behind the editor, and on which rows its lines are, with rows of notes in between."""

from bisect import bisect_right
from collections.abc import Mapping

from textual.document._document import Document, EditResult, Location
from textual.document._wrapped_document import WrappedDocument
from textual.geometry import Offset, Size
from typing_extensions import override

from flow_tui.app.writing.shapes import shape_of, width_of


class WrittenText(Document):
    """Lines that end in a line feed and in nothing else: whatever else is in them stays there."""

    @override
    def __init__(self, text: str) -> None:
        super().__init__("")
        self._newline = "\n"
        self._lines = text.split("\n")

    @override
    def get_size(self, tab_width: int) -> Size:
        return Size(max(map(width_of, self._lines), default=0), len(self._lines))

    @override
    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        (top, first), (bottom, last) = sorted((start, end))
        taken = self.get_text_range((top, first), (bottom, last))
        lines = self._lines
        before = lines[top][:first] if top < len(lines) else ""
        after = lines[bottom][last:] if bottom < len(lines) else ""
        new = text.split("\n")
        column = len(new[-1]) + (len(before) if len(new) == 1 else 0)
        new[0] = before + new[0]
        new[-1] += after
        lines[top : bottom + 1] = new
        return EditResult((top + len(new) - 1, column), taken)


class Rows(WrappedDocument):
    """Which row of the picture a line is on: each has one, and notes have rows below their lines."""

    document: WrittenText

    def __init__(self, document: WrittenText) -> None:
        self._noted: list[int] = []
        """The lines below which there are notes, in order."""
        self._ends: list[int] = []
        """For each of them, the row behind its notes."""
        super().__init__(document)

    def note(self, heights: Mapping[int, int]) -> None:
        """Leave so many rows below these lines."""
        self._noted = sorted(line for line, height in heights.items() if height > 0)
        self._ends = []
        more = 0
        for line in self._noted:
            more += heights[line]
            self._ends.append(line + 1 + more)

    def row_of(self, line: int) -> int:
        """Return on which row a line is."""
        at = bisect_right(self._noted, line - 1)
        return line if not at else line + self._ends[at - 1] - self._noted[at - 1] - 1

    def at_row(self, row: int) -> tuple[int, int]:
        """Return which line is on a row, and which row of it that is: 0 is its text, the others its notes."""
        at = bisect_right(self._ends, row)
        line = row - self._extra(at)
        if at < len(self._noted) and line > self._noted[at]:
            return self._noted[at], line - self._noted[at]
        return line, 0

    def _extra(self, at: int) -> int:
        """Return how many rows of notes there are before those of the line of this rank."""
        return self._ends[at - 1] - self._noted[at - 1] - 1 if at else 0

    @property
    @override
    def height(self) -> int:
        return len(self.document.lines) + self._extra(len(self._noted))

    # What the editor asks, of lines that are never wrapped

    @override
    def wrap(self, width: int, tab_width: int | None = None) -> None:
        pass

    @override
    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        pass

    @override
    def get_sections(self, line_index: int) -> list[str]:
        return [self.document[line_index]]

    @override
    def get_offsets(self, line_index: int) -> list[int]:
        return []

    @override
    def get_tab_widths(self, line_index: int) -> list[int]:
        return []

    @override
    def get_target_document_column(self, line_index: int, x_offset: int, y_offset: int) -> int:
        return shape_of(self.document[line_index]).column_at(x_offset)

    @override
    def location_to_offset(self, location: Location) -> Offset:
        line = max(0, min(location[0], len(self.document.lines) - 1))
        return Offset(shape_of(self.document[line]).x_of(location[1]), self.row_of(line))

    @override
    def offset_to_location(self, offset: Offset) -> Location:
        line = min(self.at_row(max(0, offset.y))[0], len(self.document.lines) - 1)
        return line, shape_of(self.document[line]).column_at(max(0, offset.x))
