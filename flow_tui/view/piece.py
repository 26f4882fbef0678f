"""Text in pieces, each with what it is, which decides how it looks."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple


class Piece(NamedTuple):
    """Some text and what it is."""

    role: str
    text: str


class Cells:
    """A line of so many cells to draw on; what lies outside of it is left out."""

    def __init__(self, count: int, role: str) -> None:
        """Begin with blanks that are ``role``."""
        self._text = [" "] * max(0, count)
        self._roles = [role] * max(0, count)

    def __len__(self) -> int:
        return len(self._text)

    def __getitem__(self, cell: int) -> str:
        return self._text[cell]

    def put(self, cell: int, mark: str, role: str) -> None:
        """Draw a mark of one cell."""
        if 0 <= cell < len(self._text):
            self._text[cell] = mark
            self._roles[cell] = role

    def fill(self, begin: int, end: int, mark: str, role: str) -> None:
        """Draw the same mark from ``begin`` to before ``end``."""
        for cell in range(max(0, begin), min(end, len(self._text))):
            self._text[cell] = mark
            self._roles[cell] = role

    def write(self, begin: int, text: str, role: str) -> None:
        """Draw text whose characters take one cell each."""
        for cell, mark in enumerate(text, begin):
            self.put(cell, mark, role)

    def is_free(self, begin: int, end: int) -> bool:
        """Say whether there is room for what stands from ``begin`` to before ``end``; nothing is outside."""
        return begin >= 0 and end <= len(self._text) + 1 and set(self._text[begin:end]) <= {" "}

    def is_taken(self, cell: int) -> bool:
        """Say whether something stands in a cell."""
        return 0 <= cell < len(self._text) and self._text[cell] != " "

    @property
    def end(self) -> int:
        """Return the first cell behind everything that was drawn."""
        return next((n for n in range(len(self._text), 0, -1) if self._text[n - 1] != " "), 0)

    def pieces(self) -> list[Piece]:
        """Return what was drawn."""
        return list(self._runs())

    def _runs(self) -> Iterator[Piece]:
        for role, run in groupby(zip(self._roles, self._text, strict=True), key=lambda each: each[0]):
            yield Piece(role, "".join(mark for _, mark in run))
