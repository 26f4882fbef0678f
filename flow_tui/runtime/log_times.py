"""When the lines of a recorded output came, as far as that is known."""

import os
import stat
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path

from flow_tui import limits
from flow_tui.process.spool_times import ENTRY, times_file

_LATEST = 253_402_214_400_000
"""The last day that a calendar here knows."""


class LogTimes:
    """Knows which byte of a growing output came when; of an output without such a file, nothing."""

    def __init__(self, log: Path) -> None:
        self._file = times_file(log)
        self._read = 0
        self.places = array("Q")
        self.instants = array("Q")
        """Milliseconds since 1970, for the bytes from each place on; 0 is not known."""

    def __bool__(self) -> bool:
        """Say whether anything is known."""
        return bool(self.places)

    def look(self) -> None:
        """Take in what has been noted since."""
        data = self._news()
        numbers = array("Q")
        numbers.frombytes(data[: len(data) - len(data) % ENTRY.size])
        if sys.byteorder == "big":
            numbers.byteswap()
        self._read += len(numbers) * numbers.itemsize
        for place, instant in zip(numbers[::2], numbers[1::2], strict=True):
            while self.places and self.places[-1] >= place:  # the output was cut short, and written anew
                self.places.pop()
                self.instants.pop()
            self.places.append(place)
            self.instants.append(instant if instant < _LATEST else 0)

    def at(self, place: int) -> int:
        """Return when the byte at a place came, in milliseconds since 1970; 0 if that is not known."""
        index = bisect_right(self.places, place)
        return self.instants[index - 1] if index else 0

    def later_than(self, instant: int) -> int | None:
        """Return the place of the first byte that came after an instant; nothing where none did."""
        both = zip(self.places, self.instants, strict=True)
        return next((place for place, came in both if came > instant), None)

    def of(self, places: Iterable[int]) -> tuple[int, ...]:
        """Return the same for each of many; nothing at all where nothing is known."""
        return tuple(map(self.at, places)) if self else ()

    def _news(self) -> bytes:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            descriptor = os.open(self._file, flags)
        except OSError:
            return b""
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return b""
            return os.pread(descriptor, max(0, limits.SPOOL_TIMES_BYTES - self._read), self._read)
        except OSError:
            return b""
        finally:
            os.close(descriptor)
