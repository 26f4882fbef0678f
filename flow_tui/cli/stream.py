"""Standard output next to a running loop: whoever reads it slowly, or not at all, holds nothing up."""

import asyncio
import os
import select
import sys
from collections import deque
from typing import TextIO

from flow_tui.cli import out

_PIECE = select.PIPE_BUF
"""What can be written without waiting when the system says that anything can."""
ENOUGH = 1024 * 1024
"""With so many bytes waiting, nothing more should be gathered."""


class Stream:
    """Writes lines in order, as fast as they are taken; lives on the running loop."""

    def __init__(self, stream: TextIO | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._written = asyncio.Event()
        self._written.set()
        self._listening = False
        self._fd = _descriptor(stream)
        self.is_deaf = self._fd < 0
        """Nobody can read any more; what is written goes nowhere."""

    @property
    def is_full(self) -> bool:
        """Say whether whoever gathers text should wait."""
        return self._size >= ENOUGH

    def write(self, text: str) -> None:
        """Write ``text`` and a line end, now or as soon as there is room."""
        if self.is_deaf:
            return
        data = f"{text}\n".encode(errors="backslashreplace")
        self._waiting.extend(data[at : at + _PIECE] for at in range(0, len(data), _PIECE))
        self._size += len(data)
        self._written.clear()
        if not self._listening:
            self._listen()

    async def written(self, seconds: float | None = None) -> None:
        """Return when everything was taken, or when that takes too long."""
        try:
            async with asyncio.timeout(seconds):
                await self._written.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        """Write nothing more."""
        self._stop_listening()
        self._lose()

    def _listen(self) -> None:
        try:
            self._loop.add_writer(self._fd, self._write_some)
        except (PermissionError, OSError):  # a regular file, which is always ready
            while self._waiting:
                self._write_some()
        else:
            self._listening = True

    def _stop_listening(self) -> None:
        if self._listening:
            self._loop.remove_writer(self._fd)
            self._listening = False

    def _write_some(self) -> None:
        piece = self._waiting.popleft()
        try:
            count = os.write(self._fd, piece)
        except (BlockingIOError, InterruptedError):
            count = 0
        except OSError as error:
            self._stop_listening()
            self._lose()
            if not isinstance(error, BrokenPipeError):  # then nobody wants to know any more
                out.words(f"flow-tui: the output cannot be written: {error.strerror}; the run goes on")
            return
        if count < len(piece):
            self._waiting.appendleft(piece[count:])
        self._size -= count
        if not self._waiting:
            self._stop_listening()
            self._written.set()

    def _lose(self) -> None:
        self._waiting.clear()
        self._size = 0
        self.is_deaf = True
        self._written.set()


def _descriptor(stream: TextIO | None) -> int:
    if stream is None:
        return -1
    try:
        stream.flush()
        return stream.fileno()
    except (OSError, ValueError):
        return -1


def stdout() -> Stream:
    """Return the stream for data."""
    return Stream(sys.stdout)
