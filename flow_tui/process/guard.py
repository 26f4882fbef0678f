"""The program's side of its guard: what it must end if this program is killed, and that there is one."""

import atexit
import fcntl
import functools
import logging
import os
import select
import signal
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from flow_tui import limits
from flow_tui.process import shim
from flow_tui.process.identity import COOKIE

logger = logging.getLogger(__name__)


class Guard:
    """Keeps the ledger of what runs, and a process that ends that once this program is no more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ledger = -1
        self._lifeline = -1
        self._free: list[int] = []
        self._slots = 0
        self.pid = 0
        """Of the guarding process; zero while there is none."""

    def announce(self, word: str) -> int:
        """Note that a program which carries ``word`` in its cookie is about to start; return its slot.

        Without a guard, which is told in the log, steps still run.
        """
        with self._lock:
            try:
                self._see_to_it()
                slot = self._free.pop() if self._free else self._slots
                self._write(slot, word)
            except OSError as reason:
                logger.warning("no guard could be started: %s", reason)
                return -1
            self._slots = max(self._slots, slot + 1)
            return slot

    def started(self, slot: int, word: str, pid: int, start: str) -> None:
        """Note which process it is."""
        with self._lock, suppress(OSError):
            if slot >= 0 and start:
                self._write(slot, f"{word} {pid} {start.replace(' ', '_')}")

    def forget(self, slot: int) -> None:
        """Note that nothing of it is left."""
        with self._lock, suppress(OSError):
            if slot >= 0 and self._ledger >= 0:
                self._write(slot, "")
                self._free.append(slot)

    def close(self) -> None:
        """Let the guard end what is left, and itself; return when it has, or does not for too long."""
        with self._lock:
            pid = self.pid
            self.abandon()
            if pid:
                _await(pid)

    def abandon(self) -> None:
        """Let go of the guard, as a fork of this program must: only the program itself keeps it waiting."""
        for descriptor in (self._lifeline, self._ledger):
            if descriptor >= 0:
                os.close(descriptor)
        self._lifeline = self._ledger = -1
        self._free, self._slots, self.pid = [], 0, 0

    def _see_to_it(self) -> None:
        """Start the guard, unless it lives; another takes over the ledger of one that was killed."""
        if self.pid:
            with suppress(ChildProcessError):
                if os.waitpid(self.pid, os.WNOHANG) == (0, 0):
                    return
            self.pid = 0
        if self._ledger < 0:
            self._ledger = _above_standard(_nameless_file())
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        heard, self._lifeline = map(_above_standard, os.pipe())
        try:
            self.pid = _start(heard, self._ledger)
        finally:
            os.close(heard)

    def _write(self, slot: int, text: str) -> None:
        os.pwrite(self._ledger, text.encode()[: shim.SLOT].ljust(shim.SLOT, b"\0"), slot * shim.SLOT)


@functools.cache
def of_program() -> Guard:
    """Return this program's guard, which ends with it."""
    guard = Guard()
    atexit.register(guard.close)
    os.register_at_fork(after_in_child=guard.abandon)
    return guard


def _start(lifeline: int, ledger: int) -> int:
    """Start the process in a session of its own, where no terminal's signals arrive; return its pid."""
    grace = str(limits.GRACE_AFTER_DEATH.total_seconds())
    folders = [str(Path(folder).absolute()) for folder in sys.path]
    # Its input and output are ours to choose, and no other descriptor of Python's is inherited.
    wiring = [
        (os.POSIX_SPAWN_DUP2, ledger, 1),
        (os.POSIX_SPAWN_DUP2, lifeline, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    # It is no part of a step around this program: it ends by itself.
    env = {name: value for name, value in os.environ.items() if name != COOKIE}
    argv = [sys.executable, "-I", "-S", shim.__file__, grace, *folders]
    return os.posix_spawn(sys.executable, argv, env, file_actions=wiring, setsid=True)


def _await(pid: int) -> None:
    """Return when a child has ended, at the latest when patience has; where that cannot be had, at once."""
    with suppress(OSError, AttributeError):
        os.kill(pid, signal.SIGCONT)  # somebody may have stopped it
        handle = os.pidfd_open(pid)
        try:
            ended = select.poll()
            ended.register(handle, select.POLLIN)
            ended.poll(limits.GUARD_PATIENCE.total_seconds() * 1_000)
        finally:
            os.close(handle)
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _above_standard(descriptor: int) -> int:
    """Return the same, but for no number that a program takes for its input or outputs."""
    if descriptor > 2:
        return descriptor
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(descriptor)
    return moved


def _nameless_file() -> int:
    """Return a file that is gone with the last who has it open."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("flow-tui")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
