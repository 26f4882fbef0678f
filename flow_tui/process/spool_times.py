"""When the output of an attempt came: instants by place, in a file beside it.

Each is two numbers of eight bytes: the place of a byte of the output, and the milliseconds since 1970 when it
came; none, where nobody knows. What follows a place, up to the next one, came at most a gap later.
"""

import os
import stat
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from struct import Struct
from typing import TypeAlias

from flow_tui import clock, limits

Mark: TypeAlias = tuple[int, int]
"""A place, and an instant."""
ENTRY = Struct("<QQ")
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def times_file(log: Path) -> Path:
    """Return where it says when the output in ``log`` came."""
    return log.with_suffix(".times")


class SpoolTimes:
    """Notes instants, the farther apart the more there are; what goes wrong with that harms nobody.

    Output of which only the end is kept has no place in the file yet: its instants are held until it has.
    """

    def __init__(self, file: Path, now: Callable[[], int] = clock.milliseconds) -> None:
        self._file = file
        self._now = now
        self._last = -1
        self._gap = limits.SPOOL_TIMES_GAP
        self._count = 0
        self._fd: int | None = None
        """Negative where it could not be made."""
        self._held: deque[Mark] = deque()

    def note(self, place: int) -> None:
        """Note that the byte at ``place`` of the file comes now, unless that is known well enough."""
        now = self._now()
        if 0 <= now - self._last < self._gap:
            return
        self._append([(place, now)])

    def hold(self, place: int, kept_from: int) -> None:
        """Note it of a byte of the stream; forget what was held of those before ``kept_from``."""
        now = self._now()
        held = self._held
        if not held or not 0 <= now - self._last < self._gap:
            self._grew(now)
            held.append((place, now))
        while len(held) > 1 and held[1][0] <= kept_from:
            held.popleft()

    def place(self, kept_from: int, at: int, notice: int) -> None:
        """Note what was held: the bytes from ``kept_from`` on are at ``at``, a line of ours at ``notice``."""
        marks = [(notice, 0)] if notice >= 0 else []
        marks += [(at + max(0, place - kept_from), instant) for place, instant in self._held]
        self._held.clear()
        if marks:
            self._append(marks)

    def close(self) -> None:
        """Let go of the file."""
        if self._fd is not None and self._fd >= 0:
            with suppress(OSError):
                os.close(self._fd)
        self._fd = -1

    def _grew(self, now: int) -> None:
        self._last = now
        self._count += 1
        self._gap = limits.SPOOL_TIMES_GAP << (self._count // limits.SPOOL_TIMES)

    def _append(self, marks: Iterable[Mark]) -> None:
        if self._fd is None:
            self._fd, self._count = _opened(self._file)
        if self._fd < 0:
            return
        data = b"".join(ENTRY.pack(*mark) for mark in marks)
        try:
            written = os.write(self._fd, data)
        except OSError:
            written = 0
        if written < len(data):
            self.close()
        self._grew(max(instant for _, instant in marks))


def _opened(file: Path) -> tuple[int, int]:
    """Open a private file of ours, without half an entry at its end; return how many it has."""
    try:
        descriptor = os.open(file, _FLAGS, 0o600)
    except OSError:
        return -1, 0
    found = os.fstat(descriptor)
    try:
        is_ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
        if is_ours and stat.S_IMODE(found.st_mode) != 0o600:
            os.fchmod(descriptor, 0o600)
        if is_ours and found.st_size % ENTRY.size:
            os.ftruncate(descriptor, found.st_size - found.st_size % ENTRY.size)
    except OSError:
        is_ours = False
    if not is_ours:
        os.close(descriptor)
        return -1, 0
    return descriptor, found.st_size // ENTRY.size
