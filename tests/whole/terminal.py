"""A real terminal for the whole program: a pty, and pyte to see what it shows."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

ROOT = Path(__file__).parents[2]

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "down": "\x1b[B",
    "up": "\x1b[A",
    "ctrl+c": "\x03",
    "ctrl+p": "\x10",
    "ctrl+z": "\x1a",
    "space": " ",
}
PATIENCE = 20.0
"""Seconds to wait for something that should come at once: machines are shared."""


class Terminal:
    """Runs ``python -m flow_tui`` in a terminal of its own."""

    def __init__(
        self,
        *arguments: str,
        state: Path,
        cwd: Path = ROOT,
        size: tuple[int, int] = (80, 24),
        env: dict[str, str] | None = None,
        program: tuple[str, ...] = ("-m", "flow_tui"),
    ) -> None:
        width, height = size
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self._master, slave = pty.openpty()
        self.resize(width, height)
        self.before = termios.tcgetattr(slave)
        surroundings = {
            **os.environ,
            "TERM": "xterm-256color",
            "FLOW_TUI_STATE": str(state),
            "PYTHONPATH": str(ROOT),
            **(env or {}),
        }
        surroundings.pop("CI", None)
        self.process = subprocess.Popen(
            [sys.executable, *program, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env=surroundings,
            start_new_session=True,
        )
        self._slave = slave

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._master >= 0:
            os.close(self._master)
            os.close(self._slave)

    def resize(self, width: int, height: int) -> None:
        """Make the terminal another size, as a person would by dragging its corner."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        if hasattr(self, "process"):
            self.screen.resize(height, width)
            os.kill(self.process.pid, signal.SIGWINCH)

    def text(self) -> str:
        """Return what the screen shows, as lines."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def read(self, seconds: float = 0.05) -> bool:
        """Take in what the program has painted; return whether there was anything."""
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def wait_for(self, *texts: str, patience: float = PATIENCE) -> str:
        """Return the screen once it shows every one of ``texts``."""
        until = time.monotonic() + patience
        while not all(text in self.text() for text in texts):
            if time.monotonic() > until:
                missing = [text for text in texts if text not in self.text()]
                raise AssertionError(f"never saw {missing} on:\n{self.text()}")
            if not self.read() and self.process.poll() is not None and not self.read():
                missing = [text for text in texts if text not in self.text()]
                raise AssertionError(f"ended with {self.process.returncode} before {missing}:\n{self.text()}")
        return self.text()

    def until(self, true: Callable[[], object], patience: float = PATIENCE) -> None:
        """Go on reading until a function says so."""
        end = time.monotonic() + patience
        while not true():
            if time.monotonic() > end:
                raise AssertionError(f"it never came true; the screen shows:\n{self.text()}")
            self.read()

    def press(self, *keys: str) -> None:
        """Press keys, by name or as the letters they are."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def end(self, patience: float = PATIENCE) -> int:
        """Return the exit status once the program has ended by itself."""
        until = time.monotonic() + patience
        while self.process.poll() is None:
            self.read()
            if time.monotonic() > until:
                raise AssertionError(f"did not end:\n{self.text()}")
        while self.read():
            pass
        return self.process.returncode

    def close(self) -> None:
        """Close the terminal under the program, as a person closes a window."""
        os.close(self._slave)
        os.close(self._master)
        self._slave = self._master = -1

    def is_restored(self) -> bool:
        """Say whether the terminal is as it was: cooked, cursor shown, mouse off, main screen, paste off."""
        return termios.tcgetattr(self._slave) == self.before and not left_on(bytes(self.raw))


_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_KEYS = re.compile(rb"\x1b\[([<>])\d*u")
_USUAL = {"7", "25"}
"""What is on in any terminal: long lines wrap, and the cursor is shown."""


def left_on(raw: bytes) -> list[str]:
    """Return what a program switched on in its terminal and not off again, by what it has written.

    Modes go by their numbers: 1049 is the other screen, 1000 to 1015 the mouse, 1004 the focus, 2004 pasting;
    25 is a cursor that is not shown any more, and 'keys' another way to send keys.
    """
    modes = {
        number.decode(): match[2] == b"h" for match in _MODE.finditer(raw) for number in match[1].split(b";")
    }
    assert {"1049", "1000", "2004", *_USUAL} <= set(modes), "the screen was never there"
    found = [number for number, is_on in modes.items() if is_on is not (number in _USUAL)]
    layers = [match[1] for match in _KEYS.finditer(raw)]
    return found + ["keys"] * (layers.count(b">") > layers.count(b"<"))


def run(
    *arguments: str, state: Path, cwd: Path = ROOT, patience: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run the program without a terminal and return what it said."""
    return subprocess.run(
        [sys.executable, "-m", "flow_tui", *arguments],
        cwd=cwd,
        env={**os.environ, "FLOW_TUI_STATE": str(state), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=patience,
        check=False,
    )


def processes_with(text: str) -> list[int]:
    """Return the processes whose environment or command line holds ``text``."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            whole = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if state != "Z" and text.encode() in whole:
            found.append(int(entry.name))
    return found


def guard_of(pid: int) -> int:
    """Return the process that guards the program with this pid."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if int(parent) == pid and any(word.endswith(b"/process/shim.py") for word in words):
                return int(entry.name)
    raise AssertionError(f"process {pid} has no guard")


def await_end(pid: int, patience: float = PATIENCE) -> None:
    """Return once a process, which need not be a child, has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([handle], [], [], patience)[0]:
            raise AssertionError(f"process {pid} does not end")
    finally:
        os.close(handle)
