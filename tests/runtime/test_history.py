"""Finding runs by name and by a few words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flow_tui import limits
from flow_tui.engine.keeping import Owner, RunQuery
from flow_tui.errors import RunNotFoundError
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import RunStatus
from flow_tui.model.values import ProcessIdentity, RunSummary
from flow_tui.process.identity import identify
from flow_tui.runtime import history, run_query
from flow_tui.store.memory import MemoryStore
from flow_tui.view.outcome import standing

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ME = Owner(
    token="me", process=ProcessIdentity(pid=1, start_time="1", boot_id="b", host="h", cookie=""), label="me"
)


@pytest.fixture
def store() -> MemoryStore:
    """Return a history of four runs, one an hour; the last one belongs to another project."""
    kept = MemoryStore(is_alive=lambda _process: True)
    runs = [
        ("01AAAAAAAAAAAAAAAAAAAA0XYZ", "build", "/p", RunStatus.FAILED, {"env": "prod"}),
        ("01AAAAAAAAAAAAAAAAAAAB0XYZ", "build", "/p", RunStatus.COMPLETED, {"env": "test"}),
        ("01AAAAAAAAAAAAAAAAAAAC0ABC", "deploy", "/p", RunStatus.CANCELLED, {"env": "prod"}),
        ("01AAAAAAAAAAAAAAAAAAAD0DEF", "deploy", "/q", None, {}),
    ]
    for hour, (name, workflow, root, outcome, inputs) in enumerate(runs):
        at = NOON + timedelta(hours=hour)
        lease = kept.acquire(RunId(name), ME, at)
        assert lease is not None
        begun = ev.RunStarted(workflow=workflow, root=root, inputs=inputs)
        kept.append(lease, [begun, *([ev.RunFinished(outcome=outcome, error="boom")] if outcome else [])], at)
    return kept


def found(store: MemoryStore, text: str, root: str = "/p") -> list[str]:
    """Return the last four characters of what a search finds."""
    return [run.run_id[-6:] for run in looked_for(store, text, root, NOON + timedelta(hours=4))]


def looked_for(store: MemoryStore, text: str, root: str, now: datetime) -> tuple[RunSummary, ...]:
    """Return what a search finds."""
    return history.search(store, run_query.parsed(text, now).query(root, history.left(store, root, now)))


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("", ["AC0ABC", "AB0XYZ", "AA0XYZ"]),
        ("status:failed", ["AA0XYZ"]),
        ("status:failed status:cancelled", ["AC0ABC", "AA0XYZ"]),
        ("workflow:build", ["AB0XYZ", "AA0XYZ"]),
        ("workflow:build input:env=prod", ["AA0XYZ"]),
        ("since:3h", ["AC0ABC", "AB0XYZ"]),
        ("since:9999w", ["AC0ABC", "AB0XYZ", "AA0XYZ"]),
        ("since:2026-01-02T13:30:00+00:00", ["AC0ABC"]),
        ("BUILD test", ["AB0XYZ"]),
        ("nothing-like-it", []),
        ("status:active", []),
    ],
)
def test_a_search_finds_what_it_says(store: MemoryStore, text: str, runs: list[str]) -> None:
    """Words narrow the history down, newest first."""
    assert found(store, text) == runs


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("status:interrupted", ["AD0DEF"]),
        ("status:interrupted status:failed", ["AD0DEF", "AA0XYZ"]),
        ("status:active", ["AD0DEF"]),
        ("status:running", []),
    ],
)
def test_a_run_is_found_by_how_it_is_shown(store: MemoryStore, text: str, runs: list[str]) -> None:
    """A run that nobody works on any more is interrupted, whatever is on record."""
    assert found(store, text, root="") == runs


def test_a_run_that_somebody_works_on_is_not_interrupted(store: MemoryStore) -> None:
    """As long as it is heard of, it runs."""
    store_now = NOON + timedelta(hours=3)
    for text, count in (("status:running", 1), ("status:interrupted", 0)):
        assert len(looked_for(store, text, "", store_now)) == count


def test_a_search_without_a_project_finds_all(store: MemoryStore) -> None:
    """No root means every root."""
    assert found(store, "", root="") == ["AD0DEF", "AC0ABC", "AB0XYZ", "AA0XYZ"]


def test_no_more_than_asked_for_is_read(store: MemoryStore) -> None:
    """The limit holds after the words."""
    wanted = run_query.parsed("input:env=prod", NOON).query("/p", frozenset())
    assert [run.workflow for run in history.search(store, wanted, limit=1)] == ["deploy"]
    assert history.search(store, wanted, limit=0) == ()


@pytest.mark.parametrize(
    ("name", "run"),
    [
        ("last", "AC0ABC"),
        ("", "AC0ABC"),
        ("#0abc", "AC0ABC"),
        ("ABC", "AC0ABC"),
        ("a0xyz", "AA0XYZ"),
        ("0def", "AD0DEF"),
    ],
)
def test_a_run_is_found_by_the_end_of_its_id(store: MemoryStore, name: str, run: str) -> None:
    """``last`` is of this project, an id may be of any; case and ``#`` do not matter."""
    assert history.find(store, name, "/p").run_id.endswith(run)


@pytest.mark.parametrize("name", ["xyz", "zzzz", "#", "a%", "_", "é"])
def test_a_name_that_means_none_or_several_is_refused(store: MemoryStore, name: str) -> None:
    """Nothing is done to a run that was only perhaps meant."""
    with pytest.raises(RunNotFoundError):
        history.find(store, name, "/p")


def test_of_several_the_one_of_this_project_is_meant(store: MemoryStore) -> None:
    """A short name is unique enough when it is unique here."""
    lease = store.acquire(RunId("01AAAAAAAAAAAAAAAAAAAE0ABC"), ME, NOON)
    assert lease is not None
    store.append(lease, [ev.RunStarted(workflow="other", root="/q")], NOON)
    assert history.find(store, "0abc", "/p").workflow == "deploy"
    assert history.find(store, "0abc", "/q").workflow == "other"


def test_nothing_is_known_of_a_run_that_never_was(store: MemoryStore) -> None:
    """An id without events is no run."""
    with pytest.raises(RunNotFoundError):
        history.state_of(store, RunId("01ZZZZZZZZZZZZZZZZZZZZ0000"))


def test_a_run_that_nobody_works_on_is_interrupted(store: MemoryStore) -> None:
    """It stands as running on disk, but people are told the truth."""
    (run,) = store.runs(RunQuery(root="/q"))
    beat = run.last_heartbeat_at
    assert beat is not None
    assert history.standing(run, beat + timedelta(seconds=5)) == "running"
    assert history.standing(run, beat + limits.LEASE_TTL + timedelta(seconds=1)) == history.INTERRUPTED
    over: RunSummary = store.runs(RunQuery(workflow="build"))[0]
    assert history.standing(over, NOON + timedelta(days=9)) == "completed"


def test_what_is_heard_of_a_part_is_heard_of_the_whole(store: MemoryStore) -> None:
    """Parts have events of their own."""
    whole, part = (RunId(f"01AAAAAAAAAAAAAAAAAAAE0{name}") for name in ("ALL", "ONE"))
    step = StepPath("0")
    lease = store.acquire(whole, ME, NOON)
    assert lease is not None
    begun = ev.ChildRunStarted(path=step, attempt=1, child_run=part)
    waits = [ev.StepStarted(path=step, name="sub", kind="call_workflow")]
    store.append(lease, [ev.RunStarted(workflow="w", root="/h"), *waits], NOON)
    store.append(lease, [ev.AttemptStarted(path=step, attempt=1), begun], NOON)
    later = NOON + timedelta(minutes=5)
    store.append(store.adopt(lease, part, later), [ev.RunStarted(workflow="sub", root="/h")], later)
    (run,) = store.runs(RunQuery(root="/h", workflow="w"))
    assert history.heard_at(store, run, history.state_of(store, whole)) == later


def test_a_run_whose_program_went_when_it_was_done_is_not_interrupted(store: MemoryStore) -> None:
    """It may end between a look at it and a look for its program: then that is what people are told."""
    run_id, gone = RunId("01AAAAAAAAAAAAAAAAAAAE0END"), replace(ME, process=identify(2**22 + 1))
    lease = store.acquire(run_id, gone, NOON)
    assert lease is not None
    store.append(lease, [ev.RunStarted(workflow="quick", root="/r")], NOON)
    (run,) = store.runs(RunQuery(root="/r"))
    assert history.settled(store, run, NOON).status is RunStatus.RUNNING
    assert history.left(store, "/r", NOON) == {run_id}
    store.append(lease, [ev.RunFinished(outcome=RunStatus.COMPLETED)], NOON)
    assert history.is_left(run, NOON)
    assert history.standing(history.settled(store, run, NOON), NOON) == "completed"
    state = history.state_of(store, run_id)
    state.left_at = NOON
    assert (standing(state), state.is_left) == ("completed", False)


def test_signs_of_life_are_of_running_steps_only() -> None:
    """A sign that comes late changes nothing."""
    run = RunState(run_id=RunId("R"))
    run.steps[StepPath("0")] = StepState(path=StepPath("0"))
    assert list(history.with_signs(run, {StepPath("0"): NOON, StepPath("9"): NOON})) == []
