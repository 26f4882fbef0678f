"""The file that takes the raw output of one attempt."""

import errno
import logging
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from flow_tui import clock, limits
from flow_tui.errors import StoreDamagedError, StoreFullError
from flow_tui.process.spool_times import SpoolTimes, times_file

logger = logging.getLogger(__name__)

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG, errno.EMFILE, errno.ENFILE}
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class FileSpool:
    """A private file that keeps the beginning and the end of what it is given, and says what it left out."""

    def __init__(
        self,
        file: Path,
        *,
        cap: int = limits.SPOOL_BYTES,
        tail: int = limits.SPOOL_TAIL_BYTES,
        now: Callable[[], int] = clock.milliseconds,
    ) -> None:
        self.file = file
        self._failure = ""
        self._head = max(0, cap - tail)
        self._tail = _Tail(min(cap, tail))
        self._size = 0
        self._stored = 0
        self._fd = _opened(file)
        self._begin = os.fstat(self._fd).st_size
        self._times = SpoolTimes(times_file(file), now)

    @property
    def size(self) -> int:
        """Return how many bytes were taken, cut ones included."""
        return self._size

    @property
    def note(self) -> str:
        """Return what people should know of this file, such as that it is not all there."""
        cut = "the middle of the output was cut" if self._tail.lost else ""
        return self._failure or cut

    def write(self, data: bytes) -> None:
        """Append; past the cap only the newest bytes are kept. A full disk is noted, not raised."""
        if self._fd < 0 or not data:
            return
        begin = self._size
        self._size += len(data)
        room = max(0, self._head - self._stored)
        if room:
            self._times.note(self._begin + begin)  # first, so that no byte is there without its time
            self._store(data[:room])
            self._stored += min(room, len(data))
        if len(data) > room:
            self._tail.add(data[room:])
            self._times.hold(begin + room, self._size - len(self._tail.kept))

    def close(self) -> None:
        """Write what was kept of the end, with a line that says how much is missing before it."""
        if self._fd < 0:
            return
        cut = f"\n… {self._tail.lost:,} bytes of output were cut here …\n" if self._tail.lost else ""
        notice = cut.encode()
        end = self._begin + self._stored
        kept_from = self._size - len(self._tail.kept)
        self._times.place(kept_from, end + len(notice), end + 1 if notice else -1)
        self._times.close()
        self._store(notice)
        self._store(bytes(self._tail.kept))
        with suppress(OSError):
            os.close(self._fd)
        self._fd = -1

    def _store(self, data: bytes) -> None:
        """Write all of it, or give up for good."""
        rest = memoryview(data)
        while rest and not self._failure:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except OSError as reason:
                self._failure = f"the output could not be kept: {reason.strerror}"
                logger.warning("%s: %s", self.file, self._failure)


class _Tail:
    """The last bytes of a stream."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.kept = bytearray()
        self.lost = 0

    def add(self, data: bytes) -> None:
        """Take bytes in, and let the oldest go."""
        self.kept += data
        excess = len(self.kept) - self._limit
        if excess > 0:
            del self.kept[:excess]
            self.lost += excess


def _opened(file: Path) -> int:
    """Open a regular file of ours that nobody else can read, whatever the umask, never through a link."""
    try:
        try:
            descriptor = os.open(file, _FLAGS, 0o600)
        except FileNotFoundError:
            _make_private(file.parent)
            descriptor = os.open(file, _FLAGS, 0o600)
    except OSError as reason:
        raise _refusal(file, reason) from reason
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        os.close(descriptor)
        raise StoreDamagedError(str(file), "it is not a file of our own")
    if stat.S_IMODE(found.st_mode) != 0o600:
        os.fchmod(descriptor, 0o600)
    return descriptor


def _refusal(file: Path, reason: OSError) -> StoreFullError | StoreDamagedError:
    if reason.errno in _FULL:
        return StoreFullError(f"{file}: {reason.strerror}")
    if reason.errno == errno.ELOOP:
        return StoreDamagedError(str(file), "it is a link")
    return StoreDamagedError(str(file), reason.strerror or str(reason))


def _make_private(folder: Path) -> None:
    """Make the folders that are missing, for nobody but us."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        with suppress(FileExistsError):
            place.mkdir(mode=0o700)
            place.chmod(0o700)
