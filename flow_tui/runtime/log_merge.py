"""Several recorded outputs as one, in the order in which their lines came.

Of a piece of output that came at once, only its place is kept; the lines themselves stay in their files. What
has its place keeps it: lines that come later stand below, so that nobody loses what is being read.
"""

import os
from array import array
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from flow_tui.model.ids import RunId, StepPath
from flow_tui.runtime.log_sources import Source
from flow_tui.runtime.log_times import LogTimes

STEP = 256 * 1024
"""How much is read at once, and the longest piece."""
MOST = 250_000
"""How many pieces are kept: seven megabytes of numbers."""
_PAGE_BYTES = 4 * 1024 * 1024
_TIMES = 64
"""Of how many outputs it is remembered when their bytes came."""

Piece: TypeAlias = tuple[int, int, int, int, int]
"""When it came, whose it is, where it begins, how many bytes and how many lines it has."""


class Merge:
    """Belongs to one thread; outputs may be added, and grow."""

    def __init__(self, file: Callable[[Source], Path]) -> None:
        self._file = file
        self._sources: list[Source] = []
        self._index: dict[tuple[RunId, StepPath, int], int] = {}
        self._read = array("Q")
        """For each source, how many bytes have their place."""
        self._times: dict[int, LogTimes] = {}
        self._whose, self._begins = array("L"), array("Q")
        self._sizes, self._firsts = array("L"), array("Q")
        self._met: dict[int, tuple[int, int]] = {}
        """Of the lines of the last page, whose each is, and where it begins."""
        self.lines = 0
        self.is_full = False
        self.is_looking = False
        self.has_looked = False

    def total(self) -> int:
        """Return how many lines there are."""
        return self.lines

    @property
    def size(self) -> int:
        """Return how many bytes they have."""
        return sum(self._read)

    @property
    def pieces(self) -> int:
        """Return how many pieces there are; they never change."""
        return len(self._firsts)

    def look(self, sources: Sequence[Source]) -> Iterator[None]:
        """Take in what has been added since, a step at a time; given up half way, it takes in nothing."""
        if self.is_full:
            return
        self.is_looking = True
        try:
            found: list[Piece] = []
            read: dict[int, int] = {}
            for source in sources:
                whose = self._known(source)
                for piece in self._pieces(whose, source):
                    if piece is None:
                        yield
                        continue
                    found.append(piece)
                    read[whose] = piece[2] + piece[3]
                    if self.pieces + len(found) >= MOST:
                        break
            self._take(sorted(found))
            for whose, end in read.items():
                self._read[whose] = end
            self.is_full = self.pieces >= MOST
            self.has_looked = True
        finally:
            self.is_looking = False

    def _known(self, source: Source) -> int:
        key = (source.run_id, source.path, source.attempt)
        whose = self._index.setdefault(key, len(self._sources))
        if whose == len(self._sources):
            self._sources.append(source)
            self._read.append(0)
        self._sources[whose] = source
        return whose

    def _pieces(self, whose: int, source: Source) -> Iterator[Piece | None]:
        """Yield what has come of one output, up to its last line end, in pieces that came at once."""
        at, last = self._read[whose], 0
        with _opened(self._file(source)) as descriptor:
            if descriptor < 0 or os.fstat(descriptor).st_size <= at:
                return
            times = self._times_of(whose)
            times.look()
            while data := os.pread(descriptor, STEP, at):
                end = data.rfind(b"\n") + 1
                if not end or (source.is_over and len(data) < STEP):
                    if len(data) < STEP and not source.is_over:
                        return
                    end = len(data)
                begin = 0
                while begin < end:
                    cut = _until(times, data, at, begin, end)
                    last = max(last, times.at(at + begin) or source.began)
                    lines = data.count(b"\n", begin, cut) + (data[cut - 1 : cut] != b"\n")
                    yield last, whose, at + begin, cut - begin, lines
                    begin = cut
                at += end
                yield None

    def _take(self, found: Sequence[Piece]) -> None:
        """Give pieces their places; those that follow each other in their file become one."""
        begin = self.pieces
        for _, whose, place, size, lines in found:
            last = self.pieces - 1
            if (
                last >= begin
                and self._whose[last] == whose
                and self._begins[last] + self._sizes[last] == place
                and self._sizes[last] + size <= STEP
            ):
                self._sizes[last] += size
            else:
                self._whose.append(whose)
                self._begins.append(place)
                self._sizes.append(size)
                self._firsts.append(self.lines)
            self.lines += lines

    def page(self, first: int, count: int) -> tuple[bytes, ...]:
        """Return ``count`` lines from the one with index ``first``, as far as there are any."""
        lines: list[bytes] = []
        size = 0
        piece = max(0, bisect_right(self._firsts, first) - 1)
        while len(lines) < count and size < _PAGE_BYTES and piece < self.pieces:
            data = self.data(piece)
            size += len(data)
            place = self._begins[piece]
            for number, line in enumerate(_lines(data), self._firsts[piece]):
                if number >= first and len(lines) < count:
                    lines.append(line)
                    self._met[number] = (self._whose[piece], place)
                place += len(line) + 1
            piece += 1
        return tuple(lines)

    def about(self, numbers: Sequence[int]) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """Return when lines that were read just now came, and whose they are; the others are forgotten."""
        met = [self._met[number] for number in numbers]
        self._met.clear()
        times = tuple(self._times_of(whose).at(place) for whose, place in met)
        return times, tuple(self._sources[whose].name for whose, _ in met)

    def came_by(self, instant: int) -> int:
        """Return how many lines had come by an instant."""
        return bisect_right(range(self.lines), instant, key=self._came)

    def _came(self, line: int) -> int:
        self.page(line, 1)
        whose, place = self._met.pop(line)
        return self._times_of(whose).at(place) or self._sources[whose].began

    def data(self, piece: int) -> bytes:
        """Return a piece; as many empty lines if its file is gone."""
        first, size = self._firsts[piece], self._sizes[piece]
        with _opened(self._file(self._sources[self._whose[piece]])) as descriptor:
            data = os.pread(descriptor, size, self._begins[piece]) if descriptor >= 0 else b""
        if len(data) == size:
            return data
        beyond = self._firsts[piece + 1] if piece + 1 < self.pieces else self.lines
        return b"\n" * (beyond - first)

    def first(self, piece: int) -> int:
        """Return the index of the first line of a piece."""
        return self._firsts[piece]

    def _times_of(self, whose: int) -> LogTimes:
        times = self._times.pop(whose, None)
        if times is None:
            times = LogTimes(self._file(self._sources[whose]))
            times.look()
            if len(self._times) >= _TIMES:
                self._times.pop(next(iter(self._times)))
        self._times[whose] = times
        return times


def _until(times: LogTimes, data: bytes, at: int, begin: int, end: int) -> int:
    """Return where, up to ``end``, the next line begins that came later than the one at ``begin``."""
    index = bisect_right(times.places, at + begin)
    if index == len(times.places) or times.places[index] >= at + end:
        return end
    ended = data.find(b"\n", max(begin, times.places[index] - at - 1), end)
    return ended + 1 if ended >= 0 else end


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


@contextmanager
def _opened(file: Path) -> Generator[int]:
    """Open a file to be read; a negative number stands for one that is not there."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield -1
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)
