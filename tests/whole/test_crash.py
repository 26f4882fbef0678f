"""The program dies; what was done stays done, and what was running is proven gone before it runs again."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.whole.terminal import ROOT, Terminal, await_end, guard_of, processes_with, run

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(120)]

CRASHING = """
workflow crashing {
  script first { run = "echo first >> ledger" }
  parallel { call quick call slow }
  script last { run = "echo last >> ledger" }
}
"""
QUICK = "#!/bin/sh\necho quick >> ledger\n"
SLOW = "#!/bin/sh\necho slow >> ledger\n[ -e go ] && exit 0\nsleep 600 & sleep 600\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project whose slow step goes on for ever until there is a file named go."""
    folder = tmp_path / "project"
    actions = folder / ".flow" / "actions"
    actions.mkdir(parents=True)
    for name, text in {"quick": QUICK, "slow": SLOW}.items():
        (actions / name).write_text(text)
        (actions / name).chmod(0o755)
    (folder / "crashing.wf").write_text(CRASHING)
    return folder


def ledger(project: Path) -> list[str]:
    """Return what the steps have done so far."""
    file = project / "ledger"
    return file.read_text().split() if file.exists() else []


def newest(state: Path, project: Path) -> str:
    """Return the id of the newest run."""
    run_id: str = json.loads(run("runs", "--json", state=state, cwd=project).stdout)[0]["run_id"]
    return run_id


def events(state: Path, project: Path) -> str:
    """Return what is stored of the newest run."""
    return run("show", "last", "--events", state=state, cwd=project).stdout


def shown(state: Path, project: Path) -> dict[str, Any]:
    """Return what ``show --json`` says of the newest run."""
    return json.loads(run("show", "last", "--json", state=state, cwd=project).stdout)


@contextmanager
def watching(state: Path, project: Path) -> Iterator[tuple[Terminal, str]]:
    """Yield the dashboard while the slow step runs, and the id of its run."""
    with Terminal("run", "crashing.wf", "--ui", "tui", state=state, cwd=project) as terminal:
        terminal.until(lambda: "slow" in ledger(project))
        terminal.wait_for("slow")
        yield terminal, newest(state, project)


def test_a_run_whose_program_was_killed_goes_on_without_doing_anything_twice(project, tmp_path):
    """Killed with its guard: resume ends what was left running, then runs only what had not completed."""
    state = tmp_path / "state"
    with Terminal("run", "crashing.wf", "--ui", "tui", state=state, cwd=project) as terminal:
        terminal.until(lambda: "slow" in ledger(project))
        terminal.wait_for("✓ quick")
        terminal.until(lambda: events(state, project).count("process_started") == 3)
        os.kill(guard_of(terminal.process.pid), signal.SIGKILL)
        os.kill(terminal.process.pid, signal.SIGKILL)
        terminal.process.wait()
        run_id = newest(state, project)
        assert processes_with(run_id)
        (project / "go").touch()
        resumed = run("resume", "last", "--ui", "json", state=state, cwd=project)
    assert resumed.returncode == 0, resumed.stderr
    assert sorted(ledger(project)) == ["first", "last", "quick", "slow", "slow"]
    assert not processes_with(run_id)


def test_nothing_survives_a_program_that_is_killed(project, tmp_path):
    """Nobody resumes, and yet the steps' processes end; so does the guard that has ended them."""
    state = tmp_path / "state"
    with Terminal("run", "crashing.wf", "--ui", "tui", state=state, cwd=project) as terminal:
        terminal.until(lambda: "slow" in ledger(project))
        terminal.wait_for("✓ quick")
        run_id = newest(state, project)
        assert processes_with(run_id)
        guard = guard_of(terminal.process.pid)
        os.kill(terminal.process.pid, signal.SIGKILL)
        terminal.process.wait()
        await_end(guard)
    assert not processes_with(run_id)


LONELY = """
workflow lonely {
  script only { run = "[ -e go ] || { sleep 600 & echo began >> ledger; sleep 600; }; echo over >> ledger" }
}
"""


def test_a_process_that_nobody_could_record_is_ended_before_its_step_runs_again(project, tmp_path):
    """Killed between the start of a process and the record of it, the program still finds it on a resume."""
    state = tmp_path / "state"
    (project / "lonely.wf").write_text(LONELY)
    killed = subprocess.run(
        [sys.executable, "-m", "tests.whole.dying", "run", "lonely.wf", "--ui", "json"],
        cwd=project,
        env={**os.environ, "FLOW_TUI_STATE": str(state), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    stored = events(state, project)
    assert "attempt_started" in stored
    assert "process_started" not in stored
    run_id = newest(state, project)
    assert processes_with(run_id)
    (project / "go").touch()
    resumed = run("resume", "last", "--ui", "json", state=state, cwd=project)
    left = processes_with(run_id)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left
    assert resumed.returncode == 0, resumed.stderr
    assert ledger(project).count("over") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT], ids=lambda n: n.name)
def test_nothing_survives_a_program_that_is_told_to_go(project, tmp_path, number):
    """The steps' processes end, the terminal is as it was, and the exit status says why."""
    state = tmp_path / "state"
    with watching(state, project) as (terminal, run_id):
        os.kill(terminal.process.pid, number)
        assert terminal.end() == 128 + number
        assert terminal.is_restored()
    assert not processes_with(run_id)
    assert shown(state, project)["run"]["status"] == "cancelled"


def test_nothing_survives_a_terminal_that_is_closed(project, tmp_path):
    """Closing the window ends the steps and the program; what was done is recorded."""
    state = tmp_path / "state"
    with watching(state, project) as (terminal, run_id):
        terminal.close()
        assert terminal.process.wait(20) == 128 + signal.SIGHUP
    assert not processes_with(run_id)
    assert shown(state, project)["run"]["status"] == "cancelled"


def test_a_cancelled_step_leaves_no_process(project, tmp_path):
    """The key and the answer that the run is meant end the whole tree of a sleeping script with children."""
    state = tmp_path / "state"
    with watching(state, project) as (terminal, run_id):
        terminal.press("x")
        terminal.wait_for("c The run")
        terminal.press("c")
        terminal.wait_for("cancelled")
        terminal.until(lambda: not processes_with(run_id))
        terminal.press("q")
        assert terminal.end() == 130
        assert terminal.is_restored()
