"""The recorded output of attempts in progress, as lines, while it grows."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from flow_tui.limits import KIB
from flow_tui.model.ids import RunId, StepPath
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.sanitize import plain_log_line

_READ = 256 * KIB
_LONGEST = 64 * KIB
"""A line that is longer comes in pieces."""

Key = tuple[RunId, StepPath, int]


class Tail:
    """Follows one file, from where it stood."""

    def __init__(self, file: Path, begin: int = 0) -> None:
        self._file = file
        self._at = begin
        self._rest = b""

    def lines(self) -> Iterator[str]:
        """Yield the lines that are complete by now, and have not been yielded before."""
        end = self._size()
        while self._at < end and (data := self._read()):
            *whole, self._rest = (self._rest + data).split(b"\n")
            while len(self._rest) > _LONGEST:
                whole.append(self._rest[:_LONGEST])
                self._rest = self._rest[_LONGEST:]
            yield from map(plain_log_line, whole)

    def rest(self) -> Iterator[str]:
        """Yield what is left of a last line that has no end."""
        if self._rest:
            yield plain_log_line(self._rest)
            self._rest = b""

    def _size(self) -> int:
        try:
            return self._file.stat().st_size
        except OSError:
            return 0

    def _read(self) -> bytes:
        try:
            descriptor = os.open(self._file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return b""
        try:
            data = os.pread(descriptor, _READ, self._at)
        except OSError:
            data = b""
        finally:
            os.close(descriptor)
        self._at += len(data)
        return data


class Tails:
    """Follows the attempts in progress; each until it ends."""

    def __init__(self, folder: Path) -> None:
        self._workspace = FolderWorkspace(folder)
        self._following: dict[Key, Tail] = {}

    def begin(self, key: Key) -> None:
        """Follow the output of an attempt from now on; what was there before is not told again."""
        file = self._workspace.log_file(*key)
        size = 0
        with suppress(OSError):
            size = file.stat().st_size
        self._following[key] = Tail(file, size)

    def lines(self, key: Key) -> Iterator[str]:
        """Yield the lines that have come since."""
        if (tail := self._following.get(key)) is not None:
            yield from tail.lines()

    def end(self, key: Key) -> Iterator[str]:
        """Yield what is left, and follow it no more."""
        if (tail := self._following.get(key)) is not None:
            yield from tail.lines()
            yield from tail.rest()
            del self._following[key]


def heading(name: str, path: str, number: int) -> str:
    """Return what stands above the output of an attempt."""
    return f"── {name} ({path}), attempt {number}"


def last_lines(folder: Path, key: Key, count: int) -> tuple[str, ...]:
    """Return the last lines of a recorded output, harmless and without blank ones at the end."""
    file = FolderWorkspace(folder).log_file(*key)
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, os.fstat(opened.fileno()).st_size - _LONGEST))
            data = opened.read(_LONGEST)
    except OSError:
        return ()
    lines = data.rstrip().split(b"\n")[-count:] if count > 0 and data.strip() else []
    return tuple(plain_log_line(line)[:400] for line in lines)
