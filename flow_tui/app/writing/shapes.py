"""A line of text as cells: what is painted for each character, and where that begins."""

from bisect import bisect_right
from functools import lru_cache

from rich.cells import cell_len

from flow_tui.dataclass import dataclass
from flow_tui.sanitize import visible

TAB = 4
_SELECTORS = "\ufe0e\ufe0f"
"""Choose between forms of the sign before them: what is painted has the width it is counted with."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One line."""

    pieces: tuple[str, ...]
    """What is painted, by character; nothing in it acts."""
    starts: tuple[int, ...]
    """At which cell each of them begins; the last number is where the line ends."""

    @property
    def width(self) -> int:
        """Return how many cells the line takes."""
        return self.starts[-1]

    def x_of(self, column: int) -> int:
        """Return at which cell a character begins."""
        return self.starts[max(0, min(column, len(self.pieces)))]

    def column_at(self, x: int) -> int:
        """Return which character is at a cell; behind the end, the one that would be next."""
        if x >= self.width:
            return len(self.pieces)
        return max(0, bisect_right(self.starts, x) - 1)


@lru_cache(maxsize=8_192)
def width_of(line: str) -> int:
    """Return how many cells a line takes."""
    return len(line) if line.isascii() and line.isprintable() else shape_of(line).width


@lru_cache(maxsize=1_024)
def shape_of(line: str) -> Shape:
    """Return a line as cells: tabs as far as the next stop, and what has no sign of its own made visible."""
    if line.isascii() and line.isprintable():
        return Shape(tuple(line), tuple(range(len(line) + 1)))
    pieces: list[str] = []
    starts = [0]
    x = 0
    for character in line:
        if character == "\t":
            piece = " " * (TAB - x % TAB)
        else:
            piece = "" if character in _SELECTORS else visible(character)
        x += cell_len(piece)
        pieces.append(piece)
        starts.append(x)
    return Shape(tuple(pieces), tuple(starts))
