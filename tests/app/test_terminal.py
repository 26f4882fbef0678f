"""In a real terminal: whatever ends the program, the terminal is as it was before."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flow_tui.exit_codes import ExitCode
from tests.whole.terminal import left_on

pytestmark = pytest.mark.real_time

ROOT = Path(__file__).parents[2]
TITLE_BACK = b"\x1b[23;2t"


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, *options: str) -> None:
        self.master, slave = pty.openpty()
        self.slave = slave
        self.before = termios.tcgetattr(slave)
        termios.tcsetwinsize(slave, (24, 80))
        self.process = subprocess.Popen(
            [
                *([sys.executable, "-m", "tests.job"] if "job" in options else []),
                *(sys.executable, "-m", "tests.app.terminal_program", *options),
            ],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            start_new_session=True,
        )
        self.output = b""

    def read_until(self, text: bytes) -> None:
        """Read until ``text`` has been painted."""
        while text not in self.output:
            ready, _, _ = select.select([self.master], [], [], 15)
            assert ready, f"{text!r} was not painted; the end was {self.output[-300:]!r}"
            self.output += os.read(self.master, 65_536)

    def wait(self) -> int:
        """Read until the program has ended; return its exit status."""
        while self.process.poll() is None:
            ready, _, _ = select.select([self.master], [], [], 0.05)
            if ready:
                self.output += os.read(self.master, 65_536)
        while select.select([self.master], [], [], 0)[0]:
            self.output += os.read(self.master, 65_536)
        return self.process.returncode

    def wait_until_stopped(self) -> None:
        """Read until the program stands still."""
        while not os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOHANG):
            ready, _, _ = select.select([self.master], [], [], 0.05)
            if ready:
                self.output += os.read(self.master, 65_536)
        while select.select([self.master], [], [], 0)[0]:
            self.output += os.read(self.master, 65_536)

    def is_restored(self) -> bool:
        """Say whether the terminal is in the state in which it was found."""
        modes_off = left_on(self.output) == [] and TITLE_BACK in self.output
        return modes_off and termios.tcgetattr(self.slave)[:4] == self.before[:4]


@contextmanager
def terminal(*options: str, shows: bytes = b"test-api") -> Iterator[Terminal]:
    """Start the program; end it whatever happens."""
    started = Terminal(*options)
    try:
        started.read_until(shows)
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
        started.process.wait()
        for descriptor in (started.master, started.slave):
            try:
                os.close(descriptor)
            except OSError:
                continue


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, ExitCode.TERMINATED),
        (signal.SIGHUP, ExitCode.HANGUP),
        (signal.SIGQUIT, ExitCode.QUIT),
        (signal.SIGINT, ExitCode.CANCELLED),
    ],
)
def test_a_signal_restores_the_terminal_and_is_the_exit_status(
    number: signal.Signals, code: ExitCode
) -> None:
    """Not a trace of the screen, the mouse or the raw mode is left."""
    with terminal() as tty:
        tty.process.send_signal(number)
        assert tty.wait() == code
        assert tty.is_restored()


def test_a_second_signal_kills_what_does_not_end() -> None:
    """A run that cannot be cancelled does not hold the terminal for ever."""
    with terminal("stubborn") as tty:
        tty.process.send_signal(signal.SIGTERM)
        tty.read_until(b"stopping")
        tty.process.send_signal(signal.SIGTERM)
        assert tty.wait() == ExitCode.TERMINATED
        assert tty.is_restored()


def test_ctrl_c_three_times_ends_even_a_stubborn_run() -> None:
    """The keys of the terminal climb the same ladder."""
    with terminal("stubborn") as tty:
        os.write(tty.master, b"\x03")
        tty.read_until(b"Quit while something runs?")
        os.write(tty.master, b"\x03")
        tty.read_until(b"stopping")
        os.write(tty.master, b"\x03")
        assert tty.wait() == ExitCode.CANCELLED
        assert tty.is_restored()


@pytest.mark.parametrize("options", [("controlling",), ()])
def test_a_terminal_that_is_closed_ends_the_program(options: tuple[str, ...]) -> None:
    """With or without a signal to say so, the program does not stay behind."""
    with terminal(*options) as tty:
        os.close(tty.slave)
        os.close(tty.master)
        assert tty.process.wait(15) == ExitCode.HANGUP


def test_a_screen_on_which_nothing_runs_goes_to_the_shell_and_comes_back_whole() -> None:
    """``ctrl+z`` leaves the terminal as it was found; after ``fg`` all of the screen is painted again."""
    with terminal("over", "job") as tty:
        tty.read_until(b"run again")  # it is known that the run is over
        os.write(tty.master, b"\x1a")
        tty.wait_until_stopped()
        assert tty.is_restored()
        tty.output = b""
        tty.process.send_signal(signal.SIGCONT)
        tty.read_until(b"test-api")
        tty.read_until(b"Quit")
        os.write(tty.master, b"q")
        assert tty.wait() == ExitCode.COMPLETED
        assert tty.is_restored()


def test_a_screen_without_a_shell_does_not_stand_still_for_ever_but_says_why() -> None:
    """Such as the only program of a window: nothing could wake it."""
    with terminal("over", "controlling") as tty:
        tty.read_until(b"run again")
        os.write(tty.master, b"\x1a")
        tty.read_until(b"could wake it")
        os.write(tty.master, b"q")
        assert tty.wait() == ExitCode.COMPLETED
        assert tty.is_restored()


def test_an_engine_that_breaks_leaves_a_screen_that_can_be_left_in_order() -> None:
    """Its thread is gone; what is on screen stays, and the terminal is restored."""
    with terminal("panicking") as tty:
        tty.read_until(b"the engine stopped: ZeroDivisionError")
        os.write(tty.master, b"q")
        assert tty.wait() == ExitCode.ENGINE
        assert tty.is_restored()


def test_nothing_hostile_reaches_a_real_terminal() -> None:
    """Of all that was written to it, from the first byte to the last, nothing came out of a text."""
    with terminal("hostile", shows=b"Answer") as tty:
        os.write(tty.master, b"a")
        tty.read_until(b"Later")
        tty.process.send_signal(signal.SIGTERM)
        tty.wait()
        assert tty.is_restored()
    written = tty.output.decode()
    acting = ("\x1b]52", "\x1b]0;", "\x1b[201~", "\x9b", "\x00", "\x7f", "\u202e", "\u2066", "\u200b")
    assert [each for each in acting if each in written] == []
    assert written.count("\x1b[2J") == 0


def test_a_fault_of_our_own_restores_the_terminal() -> None:
    """Nothing is spilled over the shell, and the exit status says that it was us."""
    tty = Terminal("broken")
    try:
        assert tty.wait() == ExitCode.ENGINE
        assert tty.is_restored()
        assert b"Traceback" not in tty.output
    finally:
        os.close(tty.master)
        os.close(tty.slave)
