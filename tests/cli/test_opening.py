"""The first line: painted before anything heavy is loaded, and gone without a trace when nothing follows."""

import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from flow_tui.app.themes import DUSK
from flow_tui.cli.opening import BACKGROUND, PANEL, TEXT, give_size, painted
from tests.cli.program import Project

_PROGRAM = """
import sys
from importlib.abc import MetaPathFinder

class Watch(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "flow_tui.cli.screen":
            print(*sorted({each.partition(".")[0] for each in sys.modules}), "LOADED", flush=True)
            if "waits" in sys.argv:
                signal.pause()
            if "fails" in sys.argv:
                raise ValueError("broken")

import signal
sys.meta_path.insert(0, Watch())
from flow_tui.cli.main import main
sys.exit(main(["run", "w.wf", "--ui", "tui"]))
"""
HEAVY = {"textual", "rich", "pydantic", "lark", "asyncio", "sqlite3", "watchfiles", "yaml", "logging"}


@contextmanager
def started(
    project: Project, how: str, told: int | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start the program in a terminal of its own; yield it and what to read from.

    ``told`` takes what goes to stderr, where that is not the terminal.
    """
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    project.write("w.wf", 'workflow w { script hello { run = "echo hello" } }')
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, how],
        cwd=project.folder,
        env={**project.environment(), "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        stdin=slave,
        stdout=slave,
        stderr=slave if told is None else told,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield process, master
    finally:
        process.kill()
        process.wait()
        os.close(master)


def read(master: int, until: bytes = b"") -> bytes:
    """Return what is painted up to ``until``, or to the end."""
    seen = b""
    while not until or until not in seen:
        try:
            seen += os.read(master, 65_536)
        except OSError:
            assert not until, f"the program ended: {seen!r}"
            break
    return seen


@pytest.mark.real_time
@pytest.mark.usefixtures("unmeasured")
def test_the_first_line_waits_for_nothing_heavy(project: Project) -> None:
    """It is on screen before the parser, the models, the engine or the screen are loaded."""
    with started(project, "waits") as (_, master):
        first, _, loaded = read(master, b"LOADED").partition("○ starting".encode())
    assert first.startswith(b"\x1b[?1049h")
    assert b" w  " in first
    assert set(loaded.decode().split()) & HEAVY == set()


@pytest.mark.real_time
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_the_dashboard_is_there_leaves_the_terminal_as_it_was(
    project: Project, number: signal.Signals
) -> None:
    """The exit status is that of the signal."""
    with started(project, "waits") as (process, master):
        read(master, b"LOADED")
        process.send_signal(number)
        rest = read(master)
        assert process.wait() == 128 + number
    assert rest.count(b"\x1b[?1049l") == rest.count(b"\x1b[?25h") == 1


@pytest.mark.real_time
def test_a_dashboard_that_cannot_be_loaded_leaves_the_terminal_as_it_was(project: Project) -> None:
    """What is wrong is said where people can read it."""
    with started(project, "fails") as (process, master):
        painted, _, said = read(master).partition(b"\x1b[?1049l")
        assert process.wait() == 5
    assert painted.startswith(b"\x1b[?1049h")
    assert b"broken" in said


@pytest.mark.real_time
def test_the_dashboard_takes_the_screen_over_without_wiping_it(project: Project) -> None:
    """The alternate screen is entered once and left once."""
    with started(project, "goes on") as (process, master):
        seen = read(master, b"Steps")
        process.send_signal(signal.SIGTERM)
        seen += read(master)
        process.wait()
    assert seen.count(b"\x1b[?1049h") == seen.count(b"\x1b[?1049l") == 1


@pytest.mark.real_time
def test_the_dashboard_is_painted_on_the_terminal_wherever_messages_go(project: Project) -> None:
    """With ``2> file`` a person sees it all the same, and nothing of it is in the file."""
    with (project.folder / "told").open("w+b") as told:
        with started(project, "goes on", told.fileno()) as (process, master):
            seen = read(master, b"Steps")
            process.send_signal(signal.SIGTERM)
            seen += read(master)
            process.wait()
        assert seen.count(b"\x1b[?1049h") == seen.count(b"\x1b[?1049l") == 1
        told.seek(0)
        assert b"\x1b" not in told.read()


@pytest.mark.parametrize("environ", [{}, {"COLORTERM": "truecolor", "NO_COLOR": "1"}])
def test_there_are_colours_only_where_they_are_welcome(environ: dict[str, str]) -> None:
    """A plain terminal gets plain text."""
    assert "48;2" not in painted("hello", 80, environ)
    assert "48;2" in painted("hello", 80, {"COLORTERM": "truecolor"})


def test_a_name_cannot_steer_the_terminal_and_does_not_wrap() -> None:
    """The line is made harmless and cut to the width."""
    shown = painted("evil\x1b]0;title\x07" + "x" * 200, 20, {})
    assert "\x1b]" not in shown
    assert shown.endswith("\x1b[1m evil␛]0;title␇xxxx\x1b[0m")


def test_the_colours_are_those_of_the_dashboard() -> None:
    """Nothing changes its colour when the dashboard takes over."""
    of_theme = (DUSK.background, DUSK.panel, DUSK.foreground)
    assert of_theme == tuple(f"#{r:02x}{g:02x}{b:02x}" for r, g, b in (BACKGROUND, PANEL, TEXT))


@pytest.mark.parametrize(("size", "then"), [((0, 0), (24, 80)), ((0, 132), (24, 132)), ((10, 40), (10, 40))])
def test_a_terminal_without_a_size_gets_the_usual_one(size: tuple[int, int], then: tuple[int, int]) -> None:
    """One that has a size keeps it."""
    ours, theirs = os.openpty()
    try:
        termios.tcsetwinsize(theirs, size)
        give_size(theirs)
        assert termios.tcgetwinsize(ours) == then
    finally:
        os.close(ours)
        os.close(theirs)
    give_size(theirs)  # what is gone is left alone
