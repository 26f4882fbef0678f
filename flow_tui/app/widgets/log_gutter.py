"""What stands before the lines of a recorded output: no part of them, so that nobody copies it."""

from collections.abc import Iterator

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from flow_tui.view import format as fmt

WIDTH = 11
"""A time, and a space."""


def time(instant: int, style: Style, line: Strip) -> Iterator[Segment]:
    """Yield when a line came; who begins to select there begins at the line."""
    text = f"{fmt.time_of_day(instant)} "
    begin = next(
        (each.style for each in line if each.style is not None and "offset" in each.style.meta), None
    )
    if begin is None:
        yield Segment(text, style)
        return
    there = style + Style.from_meta({"offset": begin.meta["offset"]})
    for cell in text:  # a place within a piece of text counts from its begin
        yield Segment(cell, there)
