"""Programs in a pseudo-terminal: when do they paint?"""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def first_paint(
    argv: Sequence[str], marker: bytes, *, env: dict[str, str] | None = None, limit: float = 30
) -> float:
    """Return the seconds from starting a program to ``marker`` on its terminal, then end it."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    surroundings = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
    surroundings.pop("CI", None)
    begun = time.perf_counter()
    child = subprocess.Popen(
        list(argv),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=surroundings,
        cwd=ROOT,
        start_new_session=True,
    )
    os.close(slave)
    seen = b""
    try:
        while marker not in seen:
            left = begun + limit - time.perf_counter()
            if left <= 0 or not select.select([master], [], [], left)[0]:
                raise TimeoutError(f"{argv} never painted {marker!r}: {seen[-300:]!r}")
            try:
                seen += os.read(master, 65536)
            except OSError as error:
                raise RuntimeError(f"{argv} ended: {seen[-2000:].decode(errors='replace')}") from error
        return time.perf_counter() - begun
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        os.close(master)


def wall(argv: Sequence[str], *, env: dict[str, str] | None = None) -> float:
    """Return the seconds that a program takes."""
    begun = time.perf_counter()
    subprocess.run(
        list(argv), env={**os.environ, **(env or {})}, cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - begun


PYTHON = sys.executable
