"""The styles of a line, character by character."""

from collections.abc import Iterator, Sequence

from rich.segment import Segment
from rich.style import Style

from flow_tui.app.writing.shapes import Shape


def places(text: str, wanted: str) -> Iterator[int]:
    """Yield where a text occurs in a line, whatever the case of its letters."""
    folded, wanted = text.casefold(), wanted.casefold()
    if not wanted or len(folded) != len(text):
        return
    at = folded.find(wanted)
    while at >= 0:
        yield at
        at = folded.find(wanted, at + len(wanted))


def lay(styles: list[Style], start: int, end: int, style: Style) -> None:
    """Put a style over those of some characters."""
    for at in range(max(0, start), min(end, len(styles))):
        styles[at] += style


def segments(shape: Shape, styles: Sequence[Style]) -> list[Segment]:
    """Return a line, neighbours of one style together, with a cell for the cursor at its end."""
    found: list[Segment] = []
    pieces: list[str] = []
    last: Style | None = None
    for piece, style in zip((*shape.pieces, " "), styles, strict=True):
        if style is not last and style != last and pieces:
            found.append(Segment("".join(pieces), last))
            pieces = []
        pieces.append(piece)
        last = style
    found.append(Segment("".join(pieces), last))
    return found
