"""Long lines over several rows: how many rows each one takes, and which row is how far from which."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, get_character_cell_size
from rich.text import Text


class Place(NamedTuple):
    """A row of the screen in terms of the output."""

    line: int
    row: int
    """Of that line, from 0."""
    beyond: int = 0
    """How many rows further on it should have been, where the output ends."""


def moved(place: Place, by: int, rows: Callable[[int], int], total: int) -> Place:
    """Return the place so many rows further on, or with a negative ``by`` before; never outside."""
    line, row, _ = place
    while by < 0:
        if row + by >= 0 or not line:
            return Place(line, max(0, row + by))
        by += row + 1
        line -= 1
        row = rows(line) - 1
    while by:
        rest = rows(line) - 1 - row
        if by <= rest:
            return Place(line, row + by)
        if line + 1 >= total:
            return Place(line, row + rest, by - rest)
        by -= rest + 1
        line, row = line + 1, 0
    return Place(line, row)


Fold: TypeAlias = Callable[[Text, int], list[tuple[int, Text]]]
"""Divides a line into rows of a width, each with the place of its first character."""


def folded(line: Text, width: int) -> list[tuple[int, Text]]:
    """Return a line in pieces of at most ``width`` cells, wherever those end: for output."""
    return _divided(line, list(_starts(line.plain, width)))


def folded_at_words(line: Text, width: int) -> list[tuple[int, Text]]:
    """Return a line in pieces that end behind blanks, as far as words are not too long: for sentences.

    Blanks at the end of a piece may be beyond ``width``.
    """
    return _divided(line, list(_word_starts(line.plain, width)))


def _divided(line: Text, starts: list[int]) -> list[tuple[int, Text]]:
    return list(zip(starts, line.divide(starts[1:]), strict=True)) if len(starts) > 1 else [(0, line)]


def _starts(text: str, width: int) -> Iterator[int]:
    """Yield where each row begins; a wide character never stands half on one."""
    yield 0
    if text.isascii():
        yield from range(width, len(text), width)
        return
    used = 0
    for index, character in enumerate(text):
        size = get_character_cell_size(character)
        if used + size > width and used:
            yield index
            used = 0
        used += size


def _word_starts(text: str, width: int) -> Iterator[int]:
    """Yield where each row begins: with a word, or within one that is wider than a row."""
    begin, used, word, has_word = 0, 0, 0, False
    yield 0
    for index, character in enumerate(text):
        if character == " ":
            used += 1
            continue
        if index and text[index - 1] == " ":
            word, has_word = index, bool(text[begin:index].strip(" "))
        size = get_character_cell_size(character)
        if used + size > width and index > begin:
            begin = word if has_word else index
            has_word = False
            used = cell_len(text[begin:index])
            yield begin
        used += size
