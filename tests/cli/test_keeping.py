"""Runs exported and forgotten, and the doctor."""

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flow_tui.model.codec import recorded_from_json
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId
from flow_tui.runtime.history import state_of
from flow_tui.store.sqlite_reading import SqliteHistories
from tests.cli.program import Project

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]
OUTER = """
workflow outer {
  script say { run = "printf 'hello \\\\033[31mred\\\\033[0m\\\\n'" }
  script tool { run = "./tool" }
  call workflow inner
}
"""
INNER = 'workflow inner { script deep { run = "echo deep" } }'


@pytest.fixture
def ran(project: Project) -> Project:
    """Return a project in which a run with a part has completed."""
    project.write(".flow/workflows/outer.wf", OUTER)
    project.write(".flow/workflows/inner.wf", INNER)
    project.write("tool", "#!/bin/sh\necho \xff\n", mode=0o755)
    assert project.run("run", "outer", "--ui", "quiet").code == 0
    return project


def database(project: Project) -> Path:
    """Return where the runs are."""
    return project.state / "runs.db"


def test_an_export_holds_everything_that_is_known_of_a_run(ran: Project) -> None:
    """Its events fold to the state that is stored; files, output and parts are there."""
    file = ran.folder / "run.json"
    said = ran.run("export", "last", "-o", str(file))
    assert (said.code, said.out, said.err) == (0, "", "")
    assert file.stat().st_mode & 0o777 == 0o600
    found = json.loads(file.read_text())
    run_id = RunId(found["run"]["run"]["run_id"])
    kept = SqliteHistories(database(ran))
    events = [recorded_from_json(json.dumps(each)) for each in found["events"]]
    assert replay(run_id, events) == state_of(kept, run_id)
    kept.close()
    assert found["source"] == OUTER
    assert INNER in [each.get("text") for each in found["files"].values()]
    assert [each["text"] for each in found["output"] if each["name"] == "say"] == ["hello red\n"]
    ((line, came),) = next(each["times"] for each in found["output"] if each["name"] == "say")
    assert line == 0
    assert events[0].at - timedelta(seconds=0.1) <= datetime.fromisoformat(came) <= events[-1].at
    (part,) = found["parts"]
    assert [each["text"] for each in part["output"]] == ["deep\n"]


def test_an_export_says_what_it_leaves_out(ran: Project) -> None:
    """Of long output the end is there; as it was written only when asked for."""
    said = ran.run("export", "--output-limit", "4", "--raw")
    assert said.code == 0
    assert "output left out" in said.err
    (one,) = [each for each in json.loads(said.out)["output"] if each["name"] == "say"]
    assert (one["text"], one["left_out"]) == ("[0m\n", one["size"] - 4)


def test_an_export_that_cannot_be_written_leaves_nothing(ran: Project) -> None:
    """The reason is said in one line."""
    said = ran.run("export", "-o", "missing/run.json")
    assert said.code == 2
    assert "cannot write missing/run.json" in said.err


def test_purge_says_what_it_would_forget_and_then_forgets_it(ran: Project) -> None:
    """Nothing changes before; afterwards neither events nor output are left."""
    assert ran.run("purge").err.strip() == "there is nothing to forget"
    would = ran.run("purge", "--older", "0m", "--dry-run")
    assert "1 run would be forgotten" in would.err
    assert len(json.loads(ran.run("runs", "--json").out)) == 1
    done = ran.run("purge", "--older", "0m")
    assert "1 run forgotten" in done.err
    assert json.loads(ran.run("runs", "--json").out) == []
    assert list((ran.state / "runs").iterdir()) == []
    with sqlite3.connect(database(ran)) as db:
        for table in ("events", "blobs", "run_states", "workflow_run_steps"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    db.close()
    assert ran.run("doctor").code == 0


def test_an_age_that_is_none_is_refused(project: Project) -> None:
    """With an example of one that is."""
    said = project.run("purge", "--older", "soon")
    assert said.code == 2
    assert "such as 12h, 30d or 8w" in said.err


def test_the_doctor_finds_nothing_where_nothing_is_wrong(ran: Project) -> None:
    """Versions and places are said; nothing is changed."""
    said = ran.run("doctor")
    assert said.code == 0
    assert "SQLite" in said.out
    assert str(database(ran)) in said.out
    assert "✓ nothing is wrong" in said.out


def test_the_doctor_finds_nothing_where_nothing_is_kept(project: Project) -> None:
    """It does not make a database to look at."""
    assert project.run("doctor").code == 0
    assert not project.state.exists()


def test_the_doctor_mends_rows_and_removes_output_without_a_run(ran: Project) -> None:
    """What it finds it says first; without being asked it changes nothing."""
    with sqlite3.connect(database(ran)) as db:
        db.execute("UPDATE workflow_run_steps SET status = 'failed'")
        db.execute("DELETE FROM workflow_run_steps WHERE path = '1'")
        db.execute("UPDATE run_states SET status = 'failed', steps_done = 7")
    db.close()
    stray = ran.state / "runs" / "01GONE"
    stray.mkdir()
    said = ran.run("doctor")
    assert said.code == 5
    assert "its row does not agree with its events" in said.out
    assert str(stray) in said.out
    assert stray.exists()
    mended = ran.run("doctor", "--fix")
    assert mended.code == 0
    assert "rows of 2 runs" in mended.err
    assert not stray.exists()
    assert ran.run("doctor").code == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no database at all, but some other file" * 50, "database"),
        (b"SQLite format 3\0" + b"\xff" * 5_000, ""),
    ],
)
def test_a_database_that_cannot_be_read_is_told_in_words(
    project: Project, content: bytes, words: str
) -> None:
    """One that is damaged or not ours is no reason for a traceback."""
    project.state.mkdir(mode=0o700)
    database(project).write_bytes(content)
    said = project.run("doctor")
    assert said.code == 5
    assert "✗" in said.out
    assert words in said.out
    assert "Traceback" not in said.out + said.err


def test_a_database_of_a_newer_program_is_told_in_words(ran: Project) -> None:
    """With what to do about it, and untouched."""
    with sqlite3.connect(database(ran)) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    said = ran.run("doctor", "--fix")
    assert said.code == 5
    assert "99" in said.out
    assert "Traceback" not in said.err


def test_two_purges_at_once_forget_everything_once(ran: Project) -> None:
    """Neither fails, and nothing is left of any run."""
    for _ in range(3):
        ran.run("run", "inner", "--ui", "quiet")
    both = [ran.start("purge", "--older", "0m") for _ in range(2)]
    said = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert json.loads(ran.run("runs", "--json").out) == []
    assert ran.run("doctor").code == 0


def test_a_run_whose_program_was_killed_is_found_and_goes_on(project: Project) -> None:
    """The list and the doctor say so at once, and ``resume last`` picks it."""
    project.write("slow.wf", 'workflow slow { script wait { run = "test -e go || sleep 60" } }')
    process = project.start("run", "slow.wf", "--ui", "plain")
    assert process.stdout is not None
    while "started" not in (line := process.stdout.readline()) or "wait" not in line:
        assert line, "it ended early"
    process.kill()
    process.communicate(timeout=60)
    (run,) = json.loads(project.run("runs", "--json", "status:interrupted").out)
    assert run["workflow"] == "slow"
    told = project.run("doctor")
    assert told.code == 5
    assert f"resume {run['run_id'][-4:].lower()}" in told.out
    project.write("go", "")
    resumed = project.run("resume", "last", "--ui", "quiet")
    assert resumed.code == 0
    assert "goes on where it stopped: 1 step again (wait)" in resumed.err
    assert project.run("doctor").code == 0
