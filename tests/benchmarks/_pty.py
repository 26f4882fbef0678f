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
) -> tuple[float, float]:
    """Return the seconds from starting a program to ``marker`` on its terminal, and those it has worked.

    Then the program is ended. The work includes what it had begun beyond the frame when it was ended.
    """
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
    waited = 0.0
    try:
        while marker not in seen:
            left = begun + limit - time.perf_counter()
            if left <= 0 or not select.select([master], [], [], left)[0]:
                raise TimeoutError(f"{argv} never painted {marker!r}: {seen[-300:]!r}")
            try:
                seen += os.read(master, 65536)
            except OSError as error:
                raise RuntimeError(f"{argv} ended: {seen[-2000:].decode(errors='replace')}") from error
        waited = time.perf_counter() - begun
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        worked = _ended(child)
        os.close(master)
    return waited, worked


def spent(argv: Sequence[str], *, env: dict[str, str] | None = None) -> tuple[float, float]:
    """Return the seconds that a program takes, and those it works."""
    begun = time.perf_counter()
    surroundings = {**os.environ, **(env or {})}
    child = subprocess.Popen(
        list(argv), env=surroundings, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    worked = _ended(child)
    waited = time.perf_counter() - begun
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, list(argv))
    return waited, worked


def _ended(child: "subprocess.Popen[bytes]") -> float:
    """Wait for a child; return the seconds it has worked."""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


PYTHON = sys.executable
