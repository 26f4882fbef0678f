"""A program in a terminal of its own, and how long it takes to answer keys."""

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flow_tui.cli.screen import FRAMES


@dataclass
class Terminal:
    """A child on a pseudo-terminal; what it paints is only searched, not shown."""

    pid: int
    fd: int
    seen: bytes = b""
    painted: int = 0
    latencies: list[float] = field(default_factory=list)

    def wait_for(self, mark: bytes, timeout: float = 30.0) -> bytes:
        """Read until ``mark`` has been painted; return what was painted before it."""
        end = time.perf_counter() + timeout
        while mark not in self.seen:
            left = end - time.perf_counter()
            if left <= 0 or not self._read(left):
                message = f"{mark!r} was not painted; the last output was {self.seen[-500:]!r}"
                raise TimeoutError(message)
        before, self.seen = self.seen.split(mark, 1)
        return before

    def pause(self, seconds: float) -> None:
        """Read what comes for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)
            self.seen = self.seen[-1_000:]

    def press(self, key: bytes, mark: bytes) -> None:
        """Press a key and note how long it takes until ``mark`` is painted."""
        began = time.perf_counter()
        os.write(self.fd, key)
        self.wait_for(mark)
        self.latencies.append(1_000 * (time.perf_counter() - began))

    def _read(self, timeout: float) -> bool:
        ready, _, _ = select.select([self.fd], [], [], timeout)
        if not ready:
            return True
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            return False
        self.painted += len(data)
        self.seen += data
        return bool(data)

    def close(self) -> None:
        """End the child."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def opened(arguments: list[str], *, columns: int = 100, lines: int = 40) -> Terminal:
    """Start ``python ARGUMENTS`` on a terminal."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
        os.environ.setdefault("TEXTUAL_FPS", FRAMES)  # as the program sets it
        os.execv(sys.executable, [sys.executable, *arguments])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    return Terminal(pid, fd)


def cpu_seconds(pid: int) -> float:
    """Return how much of a processor a process has used; where that is unknown, nothing."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pauses(seconds: float) -> Iterator[float]:
    """Yield pauses of no regular length that add up to ``seconds``."""
    spent, step = 0.0, 0
    while spent < seconds:
        pause = 0.05 + 0.013 * (step % 7)
        step += 1
        spent += pause
        yield pause


def figures(latencies: list[float]) -> dict[str, Any]:
    """Return the middle, the slow end and the worst of some latencies in ms."""
    ordered = sorted(latencies)
    return {
        "keys": len(ordered),
        "p50_ms": round(statistics.median(ordered), 1),
        "p99_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 1),
        "worst_ms": round(ordered[-1], 1),
    }
