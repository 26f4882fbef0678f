"""Some lines of a recorded output instead of all: those that match, or those from a line on.

Of a filter only the numbers of the lines that match are kept; the lines themselves stay in the file.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Protocol

from flow_tui.runtime.log_file import LogFile
from flow_tui.runtime.log_search import Search
from flow_tui.runtime.messages import Sight

MOST_KEPT = 1_000_000
"""How many lines that match a filter takes in: eight megabytes of numbers."""
_AHEAD = 16
"""How many lines are read at a time, in the hope that the next one wanted is among them."""
_PAGE_BYTES = 4 * 1024 * 1024


class Sieve:
    """Finds, a step at a time, which lines of a growing file match a pattern.

    Raises ``ValueError``, fit for people, if that is not a regular expression.
    """

    def __init__(self, log: LogFile, pattern: str) -> None:
        self.log = log
        self.pattern = pattern
        self.is_full = False
        self.found = array("Q")
        """The numbers of the lines that match the words, also when it is the others that are wanted."""
        self._search = Search(pattern.removeprefix("!"))
        self._begin = 0
        self._settled = 0

    @property
    def wants_others(self) -> bool:
        """Say whether the lines that do not match are the ones to show."""
        return self.pattern.startswith("!")

    def advance(self) -> bool:
        """Look through the next block, or once more at what has grown; return whether there is more."""
        if self.is_full:
            return False
        block = self._search.step(self.log, self._begin)
        while block.offsets and self.log.indexed <= block.offsets[-1] and self.log.index():
            pass
        del self.found[self._settled :]
        last = self.found[-1] if self.found else -1
        for offset, number in zip(block.offsets, self.log.lines_of(block.offsets), strict=True):
            if number > last:
                self.found.append(number)
                last = number
            if offset < block.next:
                self._settled = len(self.found)
        self._begin = block.next
        self.is_full = len(self.found) > MOST_KEPT
        del self.found[MOST_KEPT:]
        return not (block.is_last or self.is_full)


class Rows:
    """The lines in sight, by their place among each other."""

    def __init__(self, sight: Sight, lines: int, sieve: "Sifter | None") -> None:
        self._found = sieve.found if sieve is not None else array("Q")
        self._others = sieve is None or sieve.wants_others
        self.is_cut = sieve is not None and sieve.is_full
        self.lines = lines
        """Of how many there are some in sight."""
        seen = min(self._found[-1] + 1, lines) if self.is_cut else lines
        self._before = self._rank(min(sight.since, lines))
        self.total = max(0, self._rank(seen) - self._before)

    def _rank(self, line: int) -> int:
        """Return how many lines before this one pass the filter."""
        matching = bisect_left(self._found, line)
        return line - matching if self._others else matching

    def line(self, row: int) -> int:
        """Return which line of the file stands at ``row``."""
        rank = self._before + row
        if not self._others:
            return self._found[rank]
        return rank + bisect_right(range(len(self._found)), rank, key=lambda at: self._found[at] - at)

    def row(self, line: int) -> int:
        """Return where a line of the file stands, or else the first one in sight after it."""
        return max(0, min(self._rank(line) - self._before, self.total - 1))

    def has(self, line: int) -> bool:
        """Say whether a line of the file is in sight."""
        row = self._rank(line) - self._before
        return 0 <= row < self.total and self.line(row) == line


class Paged(Protocol):
    """Something that has lines with numbers."""

    def page(self, first: int, count: int) -> tuple[bytes, ...]:
        """Return ``count`` lines from the one with index ``first``, as far as there are any."""
        ...


class Sifter(Protocol):
    """Knows which lines match."""

    found: "array[int]"
    is_full: bool

    @property
    def wants_others(self) -> bool:
        """Say whether the lines that do not match are the ones to show."""
        ...


def read(log: Paged, rows: Rows, first: int, count: int) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    """Return the numbers and the texts of ``count`` rows, as far as there are any and they are not huge."""
    numbers: list[int] = []
    lines: list[bytes] = []
    ahead: tuple[bytes, ...] = ()
    start, size = 0, 0
    for row in range(first, min(first + count, rows.total)):
        number = rows.line(row)
        if not start <= number < start + len(ahead):
            last = min(first + count, rows.total) - 1
            is_dense = rows.line(last) - number == last - row
            start, ahead = number, log.page(number, last - row + 1 if is_dense else _AHEAD)
        if number >= start + len(ahead) or size > _PAGE_BYTES:
            break
        numbers.append(number)
        lines.append(ahead[number - start])
        size += len(lines[-1])
    return tuple(numbers), tuple(lines)


def begins(log: LogFile, numbers: Sequence[int], lines: Sequence[bytes]) -> Iterator[int]:
    """Yield where in the file each of these lines begins, that :func:`read` has returned."""
    start = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
            yield from log.begins(numbers[start], lines[start:at])
            start = at
