"""A recorded output, read by line number while it grows.

The file is looked at in chunks; of each, only the number of line ends is kept, so that the index of a
gigabyte takes a quarter of a megabyte. A chunk without any line end is the end of a piece: so very long lines
come apart at places that do not depend on when one looks.
"""

import os
import stat
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path

CHUNK = 32 * 1024
STEP = 32 * CHUNK
"""How much is read at once; in between, others get their turn."""
PAGE_BYTES = 4 * 1024 * 1024
"""A page of very long lines is shorter than was asked for."""


class LogFile:
    """Reads one file; every method may raise ``OSError`` with a text fit for people."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        kept = os.fstat(self._fd)
        if not stat.S_ISREG(kept.st_mode):
            os.close(self._fd)
            raise OSError(0, "not a regular file")
        self._identity = (kept.st_dev, kept.st_ino)
        self._longest = kept.st_size
        self._breaks = array("Q")
        """For each chunk, how many pieces have ended up to its end."""

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)

    def is_same(self) -> bool:
        """Say whether the file under this name is still the one that was opened, and no shorter."""
        now = self.file.stat()
        is_same = (now.st_dev, now.st_ino) == self._identity and now.st_size >= self._longest
        self._longest = max(self._longest, now.st_size)
        return is_same

    @property
    def size(self) -> int:
        """Return how many bytes there are at the moment."""
        return os.fstat(self._fd).st_size

    @property
    def indexed(self) -> int:
        """Return up to which byte the lines are counted."""
        return len(self._breaks) * CHUNK

    def index(self) -> bool:
        """Count the lines of the next megabyte; return whether there is more."""
        begin = self.indexed
        data = self._read(begin, STEP)
        ended = self._breaks[-1] if self._breaks else 0
        for at in range(0, len(data) - CHUNK + 1, CHUNK):
            ended += data.count(b"\n", at, at + CHUNK) or 1
            self._breaks.append(ended)
        return len(data) == STEP

    def total(self) -> int:
        """Return how many lines there are, the last one even if it has not ended."""
        rest = self._read(self.indexed, self.size - self.indexed)
        ended = self._breaks[-1] if self._breaks else 0
        if not rest:
            return ended + (1 if self._ends_inside() else 0)
        return ended + rest.count(b"\n") + (not rest.endswith(b"\n"))

    def _ends_inside(self) -> bool:
        """Say whether the last whole chunk ends in the middle of a line."""
        if not self._breaks:
            return False
        last = self._read(self.indexed - CHUNK, CHUNK)
        return b"\n" in last and not last.endswith(b"\n")

    def page(self, first: int, count: int) -> tuple[bytes, ...]:
        """Return ``count`` lines from the one with index ``first``, as far as there are any."""
        begin = self._offset(first)
        lines: list[bytes] = []
        size = CHUNK
        while True:
            data = self._read(begin, size)
            at_end = len(data) < size
            lines = _pieces(data, begin)
            if len(lines) > count or at_end or size >= PAGE_BYTES:
                break
            size *= 4
        if not at_end and len(lines) > 1:
            lines.pop()  # the last one may go on
        return tuple(lines[:count])

    def begins(self, first: int, lines: Sequence[bytes]) -> list[int]:
        """Return where in the file each of these lines begins, that follow each other from ``first`` on."""
        at = self._offset(first)
        begins: list[int] = []
        for line in lines:
            begins.append(at)
            end = at + len(line)
            at = end if end == _cut(at) else end + 1
        return begins

    def tail(self, count: int) -> tuple[bytes, ...]:
        """Return the last ``count`` lines without knowing how many there are before them."""
        end = self.size
        size = 2 * CHUNK
        while True:
            begin = max(0, end - size) // CHUNK * CHUNK
            lines = _pieces(self._read(begin, end - begin), begin)
            if begin and len(lines) > 1:
                lines.pop(0)  # it began before
            if not begin or len(lines) >= count or size >= PAGE_BYTES:
                return tuple(lines[-count:])
            size *= 4

    def line_of(self, offset: int) -> int:
        """Return the index of the line that the byte at ``offset`` belongs to; it must have been counted."""
        chunk = offset // CHUNK
        before = self._breaks[chunk - 1] if chunk else 0
        return before + self._read(chunk * CHUNK, offset - chunk * CHUNK).count(b"\n")

    def lines_of(self, offsets: Sequence[int]) -> Iterator[int]:
        """Yield the same for each of many, in ascending order; every chunk is read once."""
        chunk, at, ended, data = -1, 0, 0, b""
        for offset in offsets:
            if offset // CHUNK != chunk:
                chunk, at = offset // CHUNK, 0
                ended = self._breaks[chunk - 1] if chunk else 0
                data = self._read(chunk * CHUNK, CHUNK)
            ended += data.count(b"\n", at, offset - chunk * CHUNK)
            at = offset - chunk * CHUNK
            yield ended

    def read(self, begin: int, size: int) -> bytes:
        """Return at most ``size`` bytes from ``begin`` on; fewer only at the end."""
        return self._read(begin, size)

    def _offset(self, line: int) -> int:
        """Return where the line with this index begins."""
        if line <= 0:
            return 0
        chunk = bisect_left(self._breaks, line)
        ended = self._breaks[chunk - 1] if chunk else 0
        data = self._read(chunk * CHUNK, CHUNK)
        if chunk < len(self._breaks) and b"\n" not in data:
            return (chunk + 1) * CHUNK
        at = -1
        for _ in range(line - ended):
            at = data.find(b"\n", at + 1)
            if at < 0:
                return chunk * CHUNK + len(data)
        return chunk * CHUNK + at + 1

    def _read(self, begin: int, size: int) -> bytes:
        pieces: list[bytes] = []
        while size > 0:
            piece = os.pread(self._fd, size, begin)
            if not piece:
                break
            pieces.append(piece)
            begin += len(piece)
            size -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _cut(begin: int) -> int:
    """Return where a line that begins there comes apart, if it is that long."""
    return (-(-begin // CHUNK) + 1) * CHUNK


def _pieces(data: bytes, begin: int) -> list[bytes]:
    """Return the lines of ``data``, which stands at byte ``begin`` of its file; long ones come apart."""
    pieces: list[bytes] = []
    at = 0
    for line in data.split(b"\n"):
        start, end = at, at + len(line)
        cut = _cut(begin + start) - begin
        while cut <= end:
            pieces.append(data[start:cut])
            start, cut = cut, cut + CHUNK
        pieces.append(data[start:end])
        at = end + 1
    if not pieces[-1]:  # nothing follows the last line end
        pieces.pop()
    return pieces
