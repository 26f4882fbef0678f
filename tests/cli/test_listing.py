"""The workflows of the project, looked at again and again."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from flow_tui.cli import glancing, listing
from flow_tui.engine.keeping import RunQuery
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId
from flow_tui.runtime import history
from flow_tui.store.memory import MemoryStore
from tests.cli.program import Project
from tests.runtime.test_history import ME

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a project with two workflows, in whose folder somebody is."""
    project = Project(tmp_path / "project", tmp_path / "state")
    for name in ("a", "b"):
        project.write(f".flow/workflows/{name}.wf", f'workflow {name} {{ script s {{ run = "true" }} }}')
    monkeypatch.chdir(project.folder)
    return project


def test_definitions_are_read_again_when_a_file_changed_or_after_a_while(project, monkeypatch):
    """In between only how they ran last is looked up."""
    read: list[int] = []
    before = listing.entries
    monkeypatch.setattr(listing, "entries", lambda *given: (read.append(1), before(*given))[1])
    catalogue, kept = listing.Catalogue(), MemoryStore(is_alive=lambda _process: True)
    for _ in range(3):
        assert [entry.name for entry in catalogue.entries(kept, NOON)] == ["a", "b"]
    assert len(read) == 1
    lease = kept.acquire(RunId("01AAAAAAAAAAAAAAAAAAAAAAAA"), ME, NOON)
    assert lease is not None
    kept.append(lease, [ev.RunStarted(workflow="b", root=str(project.folder))], NOON)
    first, second = catalogue.entries(kept, NOON)
    assert first.last is None
    assert second.last is not None
    project.write(".flow/workflows/a.wf", "workflow a {")
    os.utime(project.folder / ".flow/workflows/a.wf", ns=(1, 1))
    assert [entry.errors > 0 for entry in catalogue.entries(kept, NOON)] == [True, False]
    (project.folder / "loose.wf").write_text('workflow loose { script s { run = "true" } }')
    assert [entry.name for entry in catalogue.entries(kept, NOON)] == ["a", "b", "loose.wf"]
    assert len(read) == 3
    catalogue.entries(kept, NOON + timedelta(minutes=2))
    assert len(read) == 4


def test_at_a_glance_workflows_are_listed_in_their_order_before_anything_is_checked(project):
    """What cannot be read is left to the full list; what cannot run is not told yet."""
    project.write(".flow/workflows/b.wf", 'workflow b { meta { title = "Bees" } call nobody }')
    project.write(".flow/workflows/broken.wf", "workflow broken {")
    (project.folder / "loose.wf").write_text(
        'workflow loose { meta { group = "odd" } script s { run = "true" } }'
    )
    kept = MemoryStore(is_alive=lambda _process: True)
    whole = [(each.name, each.title, each.group) for each in listing.entries(listing.here(), kept)]
    assert [*glancing.workflows()] == [each for each in whole if each[0] != "broken"]
    assert [name for name, *_ in whole] == ["a", "b", "broken", "loose.wf"]


def test_few_questions_find_the_last_runs_of_many_workflows(project):
    """Where the newest runs are all there are, a workflow that is not among them has never run."""
    asked: list[RunQuery] = []
    kept = history.nothing()
    runs = kept.runs
    kept.runs = lambda query: (asked.append(query), runs(query))[1]
    assert [entry.last for entry in listing.entries(listing.here(), kept)] == [None, None]
    assert len(asked) == 1
