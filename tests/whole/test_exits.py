"""Whatever ends the program on its screen: terminal and machine are as they were, and the status is right."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from flow_tui.exit_codes import ExitCode
from tests.whole.terminal import Terminal, await_end, guard_of, processes_with

pytestmark = [pytest.mark.real_time, pytest.mark.slow, pytest.mark.timeout(600)]

TIMES = 20
LONG = 'workflow w { script s { run = "echo ready $((6 * 7)); exec sleep 1000" } }'
SHORT = 'workflow w { script s { run = "echo ready $((6 * 7))" } }'
BROKEN = """
import sys
from flow_tui.app.app import FlowApp
from flow_tui.cli.main import program
taken = FlowApp.receive
def receive(self, item):
    taken(self, item)
    if type(item).__name__ == "Recorded" and type(item.event).__name__ == "AttemptStarted":
        1 / 0
FlowApp.receive = receive
sys.exit(program())
"""
PANICKING = """
import sys
from flow_tui.cli.main import program
from flow_tui.runtime import assembly
assembly.assemble = lambda *_args, **_options: 1 / 0
sys.exit(program())
"""


class Way(NamedTuple):
    """A way out."""

    code: ExitCode
    leave: Callable[[Terminal], None]
    flow: str = LONG
    options: tuple[str, ...] = ()
    shows: str = "ready 42"
    script: str = ""
    """What is run instead of the program as it is."""


def told(number: signal.Signals) -> Callable[[Terminal], None]:
    """Return what sends a signal."""
    return lambda terminal: terminal.process.send_signal(number)


def quits(terminal: Terminal) -> None:
    """Leave by the key, and have the run cancelled."""
    terminal.press("q")
    terminal.wait_for("Quit while something runs?")
    terminal.press("c")


def interrupts(terminal: Terminal) -> None:
    """Press the key that asks, and again."""
    terminal.press("ctrl+c")
    terminal.wait_for("Quit while something runs?")
    terminal.press("ctrl+c")


def suspends(terminal: Terminal) -> None:
    """Go to the shell, come back, and leave."""
    terminal.wait_for("completed")
    terminal.press("ctrl+z")
    terminal.until(lambda: os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT))
    while terminal.read():
        pass
    assert terminal.is_restored()
    terminal.screen.reset()
    terminal.process.send_signal(signal.SIGCONT)
    terminal.wait_for("completed")
    terminal.press("q")


def child_of(pid: int) -> int:
    """Return the only process that another one has begun."""
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def nothing(terminal: Terminal) -> None:
    """Wait."""


WAYS = {
    "q": Way(ExitCode.CANCELLED, quits),
    "ctrl+c": Way(ExitCode.CANCELLED, interrupts),
    "TERM": Way(ExitCode.TERMINATED, told(signal.SIGTERM)),
    "HUP": Way(ExitCode.HANGUP, told(signal.SIGHUP)),
    "QUIT": Way(ExitCode.QUIT, told(signal.SIGQUIT)),
    "INT": Way(ExitCode.CANCELLED, told(signal.SIGINT)),
    "closed": Way(ExitCode.HANGUP, Terminal.close),
    "ctrl+z": Way(ExitCode.COMPLETED, suspends, SHORT),
    "end": Way(ExitCode.COMPLETED, nothing, SHORT, ("--exit",), shows=""),
    "fault": Way(ExitCode.ENGINE, nothing, shows="", script=BROKEN),
    "engine": Way(ExitCode.ENGINE, nothing, shows="", script=PANICKING),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_out_leaves_the_terminal_and_the_machine_as_they_were(tmp_path: Path, way: str) -> None:
    """Twenty times each: what happens to come first must not matter."""
    code, leave, flow, options, shows, script = WAYS[way]
    (tmp_path / "w.wf").write_text(flow)
    program = ("-c", script) if script else ("-m", "flow_tui")
    if way == "ctrl+z":
        program = ("-m", "tests.job", sys.executable, *program)
    for _ in range(TIMES):
        with Terminal(
            "run", "w.wf", "--ui", "tui", *options, state=tmp_path / "state", cwd=tmp_path, program=program
        ) as terminal:
            if shows:
                terminal.wait_for(shows)
            pid = terminal.process.pid if way != "ctrl+z" else child_of(terminal.process.pid)
            guard = guard_of(pid) if shows == "ready 42" else 0
            leave(terminal)
            if way == "closed":
                assert terminal.process.wait(20) == code
            else:
                assert terminal.end() == code, terminal.text()
                assert terminal.is_restored()
            if guard:
                await_end(guard)
        assert processes_with(str(tmp_path)) == []
