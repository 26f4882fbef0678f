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
    argv: Sequence[str],
    marker: bytes,
    *,
    env: dict[str, str] | None = None,
    folder: Path = ROOT,
    limit: float = 30,
) -> tuple[float, float]:
    """Return the seconds from starting a program to ``marker`` on its terminal, and those it has worked.

    Then the program is ended. The work includes what it had begun beyond the frame when it was ended.
    """
    began = time.perf_counter()
    child, master = in_terminal(argv, env, folder)
    try:
        _await(master, marker, limit, argv)
        waited = time.perf_counter() - began
    finally:
        worked = killed(child, master)
    return waited, worked


def resident(
    argv: Sequence[str],
    marker: bytes,
    *,
    env: dict[str, str] | None = None,
    folder: Path = ROOT,
    settled: float = 2,
) -> float:
    """Return the MiB that a program keeps in memory ``settled`` seconds after ``marker`` was painted."""
    child, master = in_terminal(argv, env, folder)
    try:
        _await(master, marker, 30, argv)
        _drain(master, settled)
        kept = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(child.pid)], capture_output=True, text=True, check=True
        )
    finally:
        killed(child, master)
    return int(kept.stdout) / 1024


def in_terminal(
    argv: Sequence[str], env: dict[str, str] | None, folder: Path
) -> "tuple[subprocess.Popen[bytes], int]":
    """Start a program in a terminal; return it with the terminal's other side."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    surroundings = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
    surroundings.pop("CI", None)
    child = subprocess.Popen(
        list(argv),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=surroundings,
        cwd=folder,
        start_new_session=True,
    )
    os.close(slave)
    return child, master


def _await(master: int, marker: bytes, limit: float, argv: Sequence[str]) -> None:
    """Read what is painted until ``marker`` is there."""
    end = time.perf_counter() + limit
    seen = b""
    while marker not in seen:
        left = end - time.perf_counter()
        if left <= 0 or not select.select([master], [], [], left)[0]:
            raise TimeoutError(f"{argv} never painted {marker!r}: {seen[-300:]!r}")
        try:
            seen += os.read(master, 65536)
        except OSError as error:
            raise RuntimeError(f"{argv} ended: {seen[-2000:].decode(errors='replace')}") from error


def _drain(master: int, seconds: float) -> None:
    """Read, and forget, what is painted for so long."""
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        if select.select([master], [], [], left)[0]:
            os.read(master, 65536)


def killed(child: "subprocess.Popen[bytes]", master: int) -> float:
    """End a program; return the seconds it has worked."""
    os.killpg(child.pid, signal.SIGKILL)
    worked = _ended(child)
    os.close(master)
    return worked


def spent(
    argv: Sequence[str], *, env: dict[str, str] | None = None, folder: Path = ROOT
) -> tuple[float, float]:
    """Return the seconds that a program takes, and those it works."""
    begun = time.perf_counter()
    surroundings = {**os.environ, **(env or {})}
    child = subprocess.Popen(
        list(argv), env=surroundings, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
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
