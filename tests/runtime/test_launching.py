"""What is known before a workflow is started."""

from datetime import UTC, datetime, timedelta

import pytest

from flow_tui.model import events as ev
from flow_tui.model.estimate import Estimate
from flow_tui.model.ids import RunId
from flow_tui.model.status import RunStatus
from flow_tui.model.values import InputField, RunOptions
from flow_tui.runtime import history, launching
from flow_tui.store.memory import MemoryStore
from tests.cli.program import Project
from tests.runtime.test_history import ME

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
FLOW = """
workflow w {
  meta { title = "Work" }
  inputs { env required description = "where" loud boolean ref default = "main" }
  script build { run = "make all" }
}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a project with one workflow, in whose folder somebody is."""
    project = Project(tmp_path / "project", tmp_path / "state")
    project.write(".flow/workflows/w.wf", FLOW)
    monkeypatch.chdir(project.folder)
    return project


def kept(root: str, *runs: tuple[int, RunStatus, RunOptions]) -> MemoryStore:
    """Return a history of runs that took so many minutes."""
    store = MemoryStore(is_alive=lambda _process: True)
    for number, (minutes, outcome, options) in enumerate(runs):
        warm_from = RunId("01AAAAAAAAAAAAAAAAAAAAAAA0") if options.trigger == "watch" else None
        begun = NOON + timedelta(hours=number)
        run_id = RunId(f"01AAAAAAAAAAAAAAAAAAAAAAA{number}")
        lease = store.acquire(run_id, ME, begun)
        assert lease is not None
        store.append(
            lease, [ev.RunStarted(workflow="w", root=root, options=options, warm_from=warm_from)], begun
        )
        store.append(lease, [ev.RunFinished(outcome=outcome)], begun + timedelta(minutes=minutes))
    return store


def test_a_sound_workflow_tells_its_inputs_what_it_executes_and_how_long_that_took(project):
    """Runs that were mocked, dry, warm or did not complete tell nothing of how long it takes."""
    store = kept(
        str(project.folder),
        (5, RunStatus.COMPLETED, RunOptions()),
        (7, RunStatus.COMPLETED, RunOptions()),
        (1, RunStatus.COMPLETED, RunOptions(mock=True)),
        (1, RunStatus.COMPLETED, RunOptions(dry_run=True)),
        (0, RunStatus.COMPLETED, RunOptions(trigger="watch")),
        (2, RunStatus.FAILED, RunOptions()),
    )
    for asked in ("w", str(project.folder / ".flow/workflows/w.wf")):
        known = launching.prepared(-3, asked, store)
        assert (known.token, known.workflow, known.title) == (-3, "w", "Work")
        assert known.inputs == (
            InputField(name="env", description="where"),
            InputField(name="loud", is_required=False, is_boolean=True),
            InputField(name="ref", is_required=False, default="main"),
        )
        assert known.executes == ("script build: make all",)
        assert known.expected == Estimate(
            typical=timedelta(minutes=6), least=timedelta(minutes=5), most=timedelta(minutes=7), runs=2
        )
        assert known.last is not None
        assert known.last.status is RunStatus.FAILED
        assert known.problems == ()


def test_a_workflow_that_cannot_run_says_why(project):
    """With the place in its text; one that is not there at all, by its name."""
    project.write(".flow/workflows/w.wf", FLOW.replace("script build", "skript build"))
    (broken,) = launching.prepared(1, "w", history.nothing()).problems
    assert "skript build" in broken
    assert "^" in broken
    (missing,) = launching.prepared(1, "nothing-here", history.nothing()).problems
    assert "nothing-here" in missing


def test_a_workflow_is_called_what_one_would_type_here(project, monkeypatch):
    """Its name in its project, else the path, from here where it lies below."""
    file = project.folder / ".flow/workflows/w.wf"
    loose = project.folder / "sub/loose.wf"
    loose.parent.mkdir()
    loose.write_text(FLOW.replace("workflow w", "workflow loose"))
    assert launching.reference(file) == "w"
    assert launching.reference(loose) == "sub/loose.wf"
    monkeypatch.chdir(project.folder.parent)
    assert launching.reference(file) == "project/.flow/workflows/w.wf"
    monkeypatch.chdir(project.state.parent / "project/sub")
    assert launching.reference(project.state / "else.wf") == str(project.state / "else.wf")
