"""Old runs are forgotten, and nothing else is."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flow_tui import limits
from flow_tui.engine.keeping import RunQuery
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus
from flow_tui.process.spool_times import ENTRY
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.runtime import retention
from tests.store.stores import ME, STORES, World, started

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

KEPT = 100 + ENTRY.size
"""Bytes of output, and the time at which they came."""


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path):
    """Every store there is, one after the other."""
    made = STORES[request.param](tmp_path, World())
    yield made
    made.close()


def ran(store, name, outcome, days, folder=None, parent=None, content=b""):
    """Record a run that ended so many days ago, and its output."""
    at = NOW - days * DAY
    whole = store.acquire(RunId(name), ME, at) if parent is None else store.adopt(parent, RunId(name), at)
    files = {}
    if content:
        store.put_blobs([content])
        files = {"file": retention_digest(content)}
    ends = [ev.RunFinished(outcome=outcome)] if outcome is not None else []
    begun = started(
        parent=parent.run_id if parent is not None else None, parent_path=StepPath("0"), files=files
    )
    store.append(whole, [begun, *ends], at)
    if folder is not None:
        spool = FolderWorkspace(folder).spool(RunId(name), StepPath("0"), 1)
        spool.write(b"x" * 100)
        spool.close()
    return whole


def retention_digest(content: bytes) -> str:
    """Return the name of a content."""
    from hashlib import sha256

    return sha256(content).hexdigest()


def names(store):
    """Return the runs there are."""
    return {run.run_id for run in store.runs(RunQuery(parts=True))}


def test_only_old_runs_that_ended_well_are_forgotten(store, tmp_path):
    """Those that failed, that are not over, or that are young, stay, with their output."""
    folder = tmp_path / "kept"
    for name, outcome, days in (
        ("OLD", RunStatus.COMPLETED, 100),
        ("CANCELLED", RunStatus.CANCELLED, 100),
        ("FAILED", RunStatus.FAILED, 100),
        ("RUNNING", None, 100),
        ("YOUNG", RunStatus.COMPLETED, 89),
    ):
        store.release(ran(store, name, outcome, days, folder))
    old = retention.outdated(store, NOW, limits.RETENTION)
    purged = retention.purge(store, folder, old)
    assert (purged.runs, purged.size) == (2, 2 * KEPT)
    assert names(store) == {"FAILED", "RUNNING", "YOUNG"}
    assert {place.name for place in (folder / "runs").iterdir()} == names(store)


def test_failed_runs_go_when_somebody_says_so_and_running_ones_never(store):
    """Whatever is asked for, a run that is not over stays."""
    store.release(ran(store, "FAILED", RunStatus.FAILED, 5))
    store.release(ran(store, "RUNNING", None, 5))
    old = retention.outdated(store, NOW, DAY, frozenset(RunStatus))
    assert [each.run.run_id for each in old] == ["FAILED"]


def test_parts_go_with_the_run_they_belong_to(store, tmp_path):
    """With their output."""
    lease = ran(store, "WHOLE", RunStatus.COMPLETED, 100, tmp_path)
    store.release(ran(store, "PART", RunStatus.FAILED, 100, tmp_path, parent=lease))
    store.release(lease)
    (old,) = retention.outdated(store, NOW, limits.RETENTION)
    assert old.parts == ("PART",)
    assert retention.forget(store, tmp_path, old) == 2 * KEPT
    assert names(store) == set()
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_run_that_somebody_has_taken_up_meanwhile_stays(store):
    """And the others are forgotten nevertheless."""
    for name in ("ONE", "TWO"):
        store.release(ran(store, name, RunStatus.COMPLETED, 100))
    old = retention.outdated(store, NOW, limits.RETENTION)
    assert store.acquire(RunId("ONE"), ME, NOW) is not None
    told = []
    purged = retention.purge(store, None, old, lambda *how_far: told.append(how_far))
    assert (purged.runs, purged.in_use) == (1, 1)
    assert names(store) == {"ONE"}
    assert told == [(1, 2), (2, 2)]


def test_what_two_forget_at_once_is_gone_once(store, tmp_path):
    """Nobody minds that it is gone already."""
    store.release(ran(store, "ONE", RunStatus.COMPLETED, 100, tmp_path))
    old = retention.outdated(store, NOW, limits.RETENTION)
    assert retention.purge(store, tmp_path, old).size == KEPT
    assert retention.purge(store, tmp_path, old).size == 0
    assert names(store) == set()


def test_copies_of_programs_go_with_the_last_run_that_needs_them(store, tmp_path):
    """Only what no stored content stands for is removed."""
    workspace = FolderWorkspace(tmp_path)
    for name, content, days in (("OLD", b"old", 100), ("YOUNG", b"young", 1)):
        workspace.copy(retention_digest(content), content, "tool")
        store.release(ran(store, name, RunStatus.COMPLETED, days, content=content))
    retention.purge(store, tmp_path, retention.outdated(store, NOW, limits.RETENTION))
    left = [place.name for place in (tmp_path / "programs").iterdir()]
    if type(store).__name__ == "SqliteStore":
        assert left == [retention_digest(b"young")]
    else:  # a store that ends with its process keeps every content
        assert len(left) == 2


def test_it_happens_by_the_way_once_a_day(store, tmp_path):
    """Whichever process comes first does it; what is noted cannot be read stops nobody."""

    def forgotten(now):
        return asyncio.run(retention.by_the_way(store, tmp_path, now))

    store.release(ran(store, "ONE", RunStatus.COMPLETED, 100))
    assert forgotten(NOW) == 1
    store.release(ran(store, "TWO", RunStatus.COMPLETED, 100))
    assert forgotten(NOW + limits.RETENTION_EVERY / 2) == 0
    assert forgotten(NOW + limits.RETENTION_EVERY) == 1
    (tmp_path / retention.MARK).write_text("nonsense")
    assert forgotten(NOW) == 0
    assert (tmp_path / retention.MARK).read_text() == NOW.isoformat()


def test_output_without_a_run_is_found(store, tmp_path):
    """Output of a run that is there is not."""
    store.release(ran(store, "THERE", RunStatus.COMPLETED, 1, tmp_path))
    stray = tmp_path / "runs" / "GONE"
    stray.mkdir()
    assert list(retention.strays(store, tmp_path)) == [stray]
    retention.remove(stray)
    assert list(retention.strays(store, tmp_path)) == []
