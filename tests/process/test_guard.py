"""A program that is killed leaves nothing of its steps behind, and neither does its guard."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from flow_tui import limits
from flow_tui.process import remains, shim
from flow_tui.process.child import ChildLauncher
from flow_tui.process.guard import Guard
from flow_tui.process.identity import COOKIE, identify
from tests.process.conftest import Programs, living_in, off_main, pipe_held, survivors
from tests.process.test_trees import SHAPES, left_by
from tests.whole.terminal import ROOT, await_end

pytestmark = pytest.mark.real_time

FIVE = """
sleep 600 &
setsid sh -c 'sleep 600' &
( setsid sh -c "trap '' TERM; echo ready; while :; do sleep 600; done" & )
wait
"""
"""A tree of some processes of which two made sessions of their own, one of them deaf and an orphan."""
SOME = ("plain", "daemon ignoring TERM", "stopped", "double fork", "two hundred", "runs away in sessions")


@dataclass
class Host:
    """A program with steps in progress."""

    process: subprocess.Popen[str]
    folder: Path
    guard: int
    cookies: list[str]

    def left(self) -> list[int]:
        """Return what lives of its steps, and of itself, once its guard is gone."""
        await_end(self.guard)
        found = [pid for cookie in self.cookies for pid in survivors(cookie)]
        return sorted({*found, *living_in(self.folder)})


@contextmanager
def hosting(folder: Path, *scripts: str) -> Iterator[Host]:
    """Run these steps in a program of their own; whatever happens to the test, they are ended."""
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.process.host", str(folder), *scripts],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            told = json.loads(process.stdout.readline())
            yield Host(process, folder, told["guard"], told["cookies"])
        finally:
            process.kill()
            for pid in living_in(folder):
                os.kill(pid, signal.SIGKILL)


def left_when_killed(folder: Path, *scripts: str) -> list[int]:
    """Return what lives of these steps once their program was killed and its guard is gone."""
    folder.mkdir()
    with pipe_held(folder) as held:
        begun = [f"{held.by_all}; {script}" for script in scripts]
        with hosting(folder, *begun) as host:
            host.process.kill()
            host.process.wait()
            left = host.left()
            assert not held.by_anybody()
    return left


@pytest.mark.parametrize("shape", SOME)
def test_a_program_that_is_killed_leaves_nothing_of_a_tree(tmp_path: Path, shape: str):
    """Its guard ends whatever its steps have led to, and then itself."""
    assert left_when_killed(tmp_path / "steps", SHAPES[shape]) == []


def test_all_steps_of_a_program_that_is_killed_are_ended(tmp_path: Path):
    """One guard serves them all."""
    with hosting(tmp_path / "steps", *[FIVE] * 5) as host:
        assert len(living_in(host.folder)) >= 25
        host.process.kill()
        host.process.wait()
        assert host.left() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGSEGV])
def test_a_program_that_ends_of_a_signal_it_does_not_handle_leaves_nothing(tmp_path: Path, number):
    """However it ends, the system closes the pipe that the guard listens to."""
    with hosting(tmp_path / "steps", FIVE) as host:
        host.process.send_signal(number)
        host.process.wait()
        assert host.left() == []


def test_a_program_that_leaves_in_an_orderly_way_takes_its_guard_with_it(tmp_path: Path):
    """When the program is gone, so is the guard: nothing is waited for."""
    with hosting(tmp_path / "steps", FIVE) as host:
        host.process.communicate("leave\n")
        assert host.process.returncode == 0
        assert not Path(f"/proc/{host.guard}").exists()
        assert host.left() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_the_guard_is_deaf_to_what_ends_the_program(guard: Guard, number):
    """A signal to everybody ends the program, and only then is it the guard's turn."""
    guard.announce("word")
    os.kill(guard.pid, number)
    assert os.waitpid(guard.pid, os.WNOHANG) == (0, 0)
    guard.forget(0)


def test_a_guard_that_was_killed_is_replaced_and_knows_what_runs(programs: Programs, guard: Guard, a_sleeper):
    """The next step's start notices; the new one ends also what began under the old one."""
    programs.launcher = ChildLauncher(guard=lambda: guard)

    async def work() -> None:
        sleeping = subprocess.Popen(
            ["sleep", "600"],
            cwd=programs.folder,
            env={**os.environ, COOKIE: "before"},
            start_new_session=True,
        )
        slot = guard.announce("before")
        guard.started(slot, "before", sleeping.pid, identify(sleeping.pid).start_time)
        old = guard.pid
        os.kill(old, signal.SIGKILL)
        os.waitid(os.P_PID, old, os.WEXITED | os.WNOWAIT)
        assert (await programs.shell("exit 3").run()).code == 3
        assert guard.pid != old
        guard.close()
        assert sleeping.wait() == -signal.SIGTERM

    off_main(work)


def test_a_step_runs_also_where_no_guard_can_be_started(
    programs: Programs, guard: Guard, monkeypatch, caplog
):
    """It is said in the log, and the step does its work."""
    monkeypatch.setattr(sys, "executable", "/there/is/none")
    programs.launcher = ChildLauncher(guard=lambda: guard)

    async def work() -> None:
        assert (await programs.shell("exit 3").run()).code == 3

    off_main(work)
    assert "no guard could be started" in caplog.text


def test_a_guard_that_somebody_stopped_does_not_keep_the_program_from_leaving(guard: Guard):
    """It is woken to end."""
    guard.announce("word")
    pid = guard.pid
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED)
    guard.close()
    assert not Path(f"/proc/{pid}").exists()


def test_a_guard_that_does_not_end_is_not_waited_for_for_ever(guard: Guard, monkeypatch):
    """The program leaves; the guard still knows that it is alone."""
    monkeypatch.setattr(limits, "GUARD_PATIENCE", timedelta())
    guard.announce("word")
    pid = guard.pid
    guard.close()
    assert guard.pid == 0
    await_end(pid)


def test_a_fork_of_the_program_does_not_keep_its_guard_waiting(tmp_path: Path):
    """Who forked and lives on is not the program."""
    forking = (
        "import os, sys; from flow_tui.process import guard; g = guard.of_program(); g.announce('word')\n"
        "if os.fork(): print(g.pid, flush=True); os._exit(0)\n"
        "else: sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", forking], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        await_end(int(process.stdout.readline()))
        process.wait()


def test_the_ledger_holds_what_runs_and_no_more(guard: Guard):
    """Slots are used again, so that it grows with what runs at once."""
    first, second = guard.announce("first"), guard.announce("second")
    guard.started(second, "second", 1, "77")
    assert shim.records(guard._ledger) == [("first",), ("second", "1", "77")]
    guard.forget(first)
    assert shim.records(guard._ledger) == [("second", "1", "77")]
    assert guard.announce("third") == first
    guard.forget(first)
    guard.forget(second)
    assert shim.records(guard._ledger) == []


def test_what_was_about_to_start_when_the_program_died_is_ended(a_sleeper):
    """Nothing but its word is known, and its environment carries that."""
    process = a_sleeper("inner.announced")
    remains.end_of_dead_program([("announced",)], 0.2)
    assert process.wait() == -signal.SIGTERM


def test_a_process_that_took_the_number_of_a_recorded_one_is_left_alone(a_sleeper):
    """A pid alone is nobody; with the start time it is."""
    stranger = a_sleeper("")
    start = identify(stranger.pid).start_time
    remains.end_of_dead_program([("word", str(stranger.pid), str(int(start) - 1))], 0.2)
    assert stranger.poll() is None
    remains.end_of_dead_program([("word", str(stranger.pid), start)], 0.2)
    assert stranger.wait() == -signal.SIGTERM


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("shape", SHAPES)
def test_twenty_cancels_leave_nothing_of_any_tree(programs: Programs, shape: str):
    """Whatever a tree does with signals, sessions and pipes, and however often."""
    assert left_by(programs, shape, times=20) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(100))
def test_a_hundred_programs_that_are_killed_leave_nothing(tmp_path: Path, number: int):
    """Each with a tree of five that has two daemons, and every shape there is."""
    shape = list(SHAPES.values())[number % len(SHAPES)]
    assert left_when_killed(tmp_path / "steps", FIVE, shape) == []


@pytest.fixture
def guard() -> Iterator[Guard]:
    """Return a guard that the test has for itself."""
    made = Guard()
    yield made
    made.close()


@pytest.fixture
def a_sleeper(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Return what starts a process that sleeps and carries a cookie."""
    made: list[subprocess.Popen[bytes]] = []

    def start(cookie: str) -> subprocess.Popen[bytes]:
        env = {**os.environ, COOKIE: cookie}
        made.append(subprocess.Popen(["sleep", "600"], cwd=tmp_path, env=env, start_new_session=True))
        return made[-1]

    yield start
    for process in made:
        process.kill()
        process.wait()
