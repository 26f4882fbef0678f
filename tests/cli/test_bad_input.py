"""What people get wrong: one clear message, the right exit code, no traceback."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from flow_tui.cli.main import main
from tests.cli.program import Project, Said

pytestmark = pytest.mark.real_time

SOUND = 'workflow w { script hello { run = "echo hello" } }'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(b"workflow w { call }", ["w.wf:1:19", "P-AGENT", "^"], id="syntax"),
        pytest.param(b"", ["w.wf:1:1", "P-EXPECTED"], id="empty"),
        pytest.param(b'workflow w { script s { run = "\xff" } }', ["w.wf", "not UTF-8"], id="not UTF-8"),
        pytest.param(b"workflow w { call nothing }", ["S-AGENT", "'nothing'", ".flow/actions"], id="action"),
        pytest.param(
            b'workflow w { inputs { who required } script s { run = "echo {{who}}" } }',
            ["missing required input 'who'", "-i who=VALUE"],
            id="input",
        ),
    ],
)
def test_a_definition_that_cannot_run_is_explained(project: Project, text: bytes, words: list[str]) -> None:
    """Every way a file can be wrong ends in 2, with the place, the reason and what to do."""
    (project.folder / "w.wf").write_bytes(text)
    said = project.run("run", "w.wf", "--ui", "plain")
    assert (said.code, said.out) == (2, "")
    assert [word for word in words if word not in said.err] == []
    assert said.is_clean()


def test_a_run_without_a_name_is_of_the_only_workflow(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there is none, or a choice, people are told."""
    monkeypatch.chdir(project.folder)
    run = ["--state", str(project.state), "run"]
    project.write("w.wf", SOUND)
    assert main(run) == 2
    assert "say which WORKFLOW: there is no project here" in (words := capsys.readouterr().err)
    assert "flow-tui run --help" in words
    project.write(".flow/workflows/w.wf", SOUND)
    project.write(".flow/workflows/other.wf", SOUND.replace("w {", "other {", 1))
    assert main(run) == 2
    assert "say which WORKFLOW: there are other, w" in capsys.readouterr().err
    (project.folder / ".flow/workflows/other.wf").unlink()
    said = project.run("run", "--mock", "--ui", "quiet")
    assert (said.code, said.out) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "w", "--ui", "tui"], ["the dashboard cannot be shown", "--ui plain"]),
        (["run", "w", "-i", "who"], ["-i takes NAME=VALUE, not 'who'"]),
        (["run", "w", "--inputs", "missing.json"], ["cannot read missing.json"]),
        (["run", "w", "--inputs", "w.wf"], ["cannot tell what w.wf holds"]),
        (["run", "w", "--ui", "dots"], ["invalid choice", "flow-tui run --help"]),
        (["rnu"], ["there is no verb 'rnu'", "did you mean 'run'?"]),
        (["--stat", "x", "list"], ["there is no verb 'x'"]),
        (["-C", "missing", "list"], ["cannot go to missing"]),
        (["resume"], ["there is no run 'last'"]),
        (["show", "zzzz"], ["there is no run 'zzzz'", "flow-tui runs"]),
        (["cancel", "--skip"], ["--skip needs a STEP"]),
        (["approve"], ["there is no run 'last'"]),
        (["bogus"], ["there is no verb 'bogus'", "= help: 'flow-tui --help' lists what there is"]),
        (["runs", "-n", "0"], ["argument -n: '0' is no whole number from 1", "flow-tui runs --help"]),
        (["runs", "-n", "-3"], ["argument -n: '-3' is no whole number from 1"]),
        (["runs", "-n", "many"], ["argument -n: 'many' is no whole number from 1"]),
        (["run", "w", "--watch", "--settle", "-5"], ["argument --settle: '-5' is no whole number from 0"]),
        (["run", "w", "--watch", "--settle", "9" * 30], ["--settle", "to 3,600,000"]),
        (
            ["run", "w", "--watch", "--on-busy", "manual", "--ui", "plain"],
            ["needs the screen", "with --ui tui, a change is shown"],
        ),
        (["runs", "status:nice"], ["a run cannot be 'nice'"]),
        (["runs", "since:soon"], ["'soon' is no time"]),
        (["runs", "colour:red"], ["status:", "since:"]),
        ([], ["the dashboard cannot be shown", "flow-tui --help"]),
    ],
    ids=" ".join,
)
def test_a_command_line_that_makes_no_sense_is_explained(
    project: Project,
    arguments: list[str],
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Wrong use ends in 2 with words on stderr and nothing on stdout."""
    project.write("w.wf", SOUND)
    project.write(".flow/workflows/w.wf", SOUND)
    monkeypatch.chdir(project.folder)
    code = main(["--state", str(project.state), *arguments])
    said = Said(code, *capsys.readouterr())
    assert (said.code, said.out) == (2, "")
    assert [word for word in words if word not in said.err] == []
    assert said.is_clean()


@pytest.mark.parametrize(
    ("workflow", "words"),
    [
        ("missing.wf", ["missing.wf", "no such file"]),
        ("nobody", ["there is no workflow 'nobody'", "= help: 'flow-tui list' lists what there is"]),
        ("hallo", ["there is no workflow 'hallo'", "did you mean 'hello'? 'flow-tui list'"]),
    ],
)
def test_a_workflow_that_is_not_there_is_named(project: Project, workflow: str, words: list[str]) -> None:
    """A file or a name that leads nowhere ends in 2, with where to look."""
    project.write(".flow/workflows/hello.wf", SOUND)
    said = project.run("run", workflow)
    assert (said.code, said.out, said.is_clean()) == (2, "", True)
    assert [word for word in words if word not in said.err] == []


def test_a_workflow_without_steps_runs(project: Project) -> None:
    """Nothing to do is done at once."""
    project.write("w.wf", "workflow w { }")
    said = project.run("run", "w.wf")
    assert (said.code, said.is_clean()) == (0, True)
    assert "completed" in said.out


def test_an_input_that_nobody_declared_is_pointed_out(project: Project) -> None:
    """It is handed to the steps all the same, but a misspelt name does not go unnoticed."""
    project.write("w.wf", 'workflow w { inputs { who default = "you" } script s { run = "echo {{who}}" } }')
    said = project.run("run", "w.wf", "-i", "hwo=me")
    assert said.code == 0
    assert "declares no input 'hwo'; did you mean 'who'?" in said.err


@pytest.mark.parametrize("below", ["", "/deeper"])
def test_a_state_folder_that_cannot_be_one_is_named(project: Project, tmp_path: Path, below: str) -> None:
    """A file where the folder should be: nothing runs, and what to do is said."""
    (tmp_path / "file").write_text("mine")
    project.write("w.wf", SOUND)
    said = project.run("run", "w.wf", "--state", f"{tmp_path}/file{below}")
    assert said.code in {2, 5}
    assert "= help:" in said.err
    assert str(tmp_path / "file") in said.err
    assert said.is_clean()
    assert (tmp_path / "file").read_text() == "mine"


def test_a_database_of_a_newer_version_is_left_alone(project: Project) -> None:
    """It is neither read nor changed; the message says what to do."""
    project.write("w.wf", SOUND)
    assert project.run("run", "w.wf").code == 0
    file = project.state / "runs.db"
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 4711")
    db.close()
    said = project.run("run", "w.wf")
    assert (said.code, said.out) == (5, "")
    assert "newer" in said.err
    assert "= help:" in said.err
    assert said.is_clean()


def test_a_file_that_is_no_database_is_left_alone(project: Project) -> None:
    """Somebody else's file under our name is not touched."""
    project.write("w.wf", SOUND)
    project.state.mkdir(mode=0o700)
    (project.state / "runs.db").write_text("this is a diary, not a database; it is long enough to tell" * 20)
    before = (project.state / "runs.db").read_bytes()
    said = project.run("run", "w.wf")
    assert (said.code, said.is_clean()) == (5, True)
    assert (project.state / "runs.db").read_bytes() == before


def test_a_fault_of_our_own_is_told_in_a_sentence(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody expected ends in 5 with a pointer to the log, where all of it is."""
    from flow_tui.cli import list as listing

    def fail(options: object) -> int:
        message = "a \x1b[31mhostile\x1b[0m fault"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(listing, "execute", fail)
    assert main(["--state", str(project.state), "list"]) == 5
    said = capsys.readouterr()
    log = project.state / "flow-tui.log"
    assert "ZeroDivisionError: a ␛[31mhostile" in said.err
    assert str(log) in said.err
    assert "Traceback" not in said.err
    assert "Traceback" in log.read_text("utf-8")
    assert log.stat().st_mode & 0o077 == 0


def test_windows_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program says that it does not run there, and nothing else."""
    monkeypatch.setattr(sys, "platform", "win32")
    assert main(["list"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "Windows" in said.err


_STALLS = """
import sys
from datetime import timedelta
from flow_tui import limits
from flow_tui.engine import lease
from flow_tui.errors import StoreFullError
from flow_tui.store.sqlite import SqliteStore

def full(*_):
    raise StoreFullError("disk is full")

def append(self, held, events, at):
    if any(event.type == "step_finished" for event in events):
        SqliteStore.renew = full
        full()
    return kept(self, held, events, at)

lease._SAFE = 0.2
limits.HEARTBEAT = timedelta(milliseconds=50)
kept, SqliteStore.append = SqliteStore.append, append
from flow_tui.cli.main import main
sys.exit(main(["run", "w.wf", "--ui", "plain"]))
"""


def test_a_run_that_a_full_disk_stops_is_not_said_to_be_taken_over(project: Project) -> None:
    """What happened is told, the run counts as interrupted, and how to go on is said."""
    project.write("w.wf", 'workflow w { script a { run = "echo hello" } script b { run = "echo no" } }')
    done = subprocess.run(
        [sys.executable, "-c", _STALLS],
        cwd=project.folder,
        env=project.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 5, done
    assert "stands still: the storage cannot write: disk is full" in done.stdout
    assert "goes on again" not in done.stdout
    assert "interrupted after" in done.stdout
    assert "running after" not in done.stdout
    assert "go on:  flow-tui resume" in done.stdout
    assert "flow-tui: the storage took nothing for too long" in done.stderr
    assert "another process" not in done.stdout + done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full disk to write to")
def test_output_that_cannot_be_written_is_told_in_a_sentence(project: Project) -> None:
    """A verb that only prints fails with it; a run goes on, and says that nobody can read what it prints."""
    project.write("w.wf", 'workflow w { script a { run = "echo hello" } }')
    for arguments, code in ((("run", "w.wf", "--ui", "plain"), 0), (("runs",), 5), (("runs", "--json"), 5)):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "flow_tui", *arguments],
                cwd=project.folder,
                env=project.environment(),
                stdin=subprocess.DEVNULL,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                timeout=60,
                check=False,
            )
        assert done.returncode == code, done
        assert done.stderr.count("flow-tui: the output cannot be written: No space left on device") == 1
        assert "fault" not in done.stderr
