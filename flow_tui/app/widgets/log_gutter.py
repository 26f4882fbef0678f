"""What stands before the lines of a recorded output: no part of them, so that nobody copies it."""

from collections.abc import Iterator
from zlib import crc32

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from flow_tui.view import format as fmt

TIME = 11
"""How many cells a time takes, with a space."""
NAME = 24
"""The most that the name of a step takes, with a space."""
COLOURS = 4
"""How many there are to tell names apart with at a glance."""


def colour(name: str) -> int:
    """Return which of the colours a name has: always the same one."""
    return crc32(name.encode(errors="replace")) % COLOURS


def drawn(parts: tuple[tuple[str, Style], ...], line: Strip) -> Iterator[Segment]:
    """Yield what stands before a line; who begins to select there begins at the line."""
    begin = next(
        (each.style for each in line if each.style is not None and "offset" in each.style.meta), None
    )
    for text, style in parts:
        if begin is None:
            yield Segment(text, style)
            continue
        there = style + Style.from_meta({"offset": begin.meta["offset"]})
        for cell in text:  # a place within a piece of text counts from its begin
            yield Segment(cell, there)


def name(text: str, width: int) -> str:
    """Return a name in so many cells, the last one a space."""
    return f"{fmt.fit(text, width - 1)} "
