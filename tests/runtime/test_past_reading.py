"""What is told of runs that are on record."""

from datetime import UTC, datetime, timedelta

import pytest

from flow_tui.engine.keeping import RunQuery
from flow_tui.errors import RunNotFoundError
from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import RunOptions
from flow_tui.runtime import estimating, past_reading
from flow_tui.runtime.comparing import FileChange
from flow_tui.runtime.past import HistoryWanted, StoryRead
from flow_tui.runtime.questions import Compare, History, Story
from flow_tui.runtime.run_query import QueryError
from flow_tui.store.memory import MemoryStore
from tests.runtime.test_history import ME

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
BUILD, TEST = StepPath("0"), StepPath("1")
PLAN = tuple(
    PlanNode(path=path, kind="script", name=name, label=name)
    for path, name in ((BUILD, "build"), (TEST, "test"))
)


def run_id(number: int) -> RunId:
    """Return the id of a run."""
    return RunId(f"01AAAAAAAAAAAAAAAAAAAAAA{number:02}")


def add(
    kept: MemoryStore,
    number: int,
    *,
    seconds: int = 10,
    fails: bool = False,
    retries: bool = False,
    source: str = "workflow w {}",
    **facts: object,
) -> RunId:
    """Record a run that took so long, one an hour."""
    begun = NOON + timedelta(hours=number)
    lease = kept.acquire(run_id(number), ME, begun)
    assert lease is not None
    said = {"workflow": "w", "root": "/p", "file": "w.wf", "plan": PLAN, "source": source, **facts}
    kept.append(
        lease, [ev.RunStarted(**said), ev.StepStarted(path=BUILD, name="build", kind="script")], begun
    )
    kept.append(lease, [ev.AttemptStarted(path=BUILD, attempt=1)], begun)
    if retries:
        again = ev.AttemptFailed(path=BUILD, attempt=1, error="no", retry_at=begun)
        kept.append(lease, [again, ev.AttemptStarted(path=BUILD, attempt=2)], begun + timedelta(seconds=1))
    over = begun + timedelta(seconds=seconds)
    kept.append(lease, [ev.StepFinished(path=BUILD, outcome=StepStatus.COMPLETED)], over)
    outcome, error = RunStatus.COMPLETED, ""
    if fails:
        step = [
            ev.StepStarted(path=TEST, name="test", kind="script"),
            ev.AttemptStarted(path=TEST, attempt=1),
        ]
        bad = ev.StepFinished(path=TEST, outcome=StepStatus.FAILED, error="exit 1")
        kept.append(lease, [*step, bad], over)
        outcome, error = RunStatus.FAILED, "step 'test' failed"
    kept.append(lease, [ev.RunFinished(outcome=outcome, error=error)], over)
    kept.release(lease)
    return lease.run_id


@pytest.fixture
def kept() -> MemoryStore:
    """Return an empty history."""
    return MemoryStore(is_alive=lambda _process: True)


def test_a_page_is_counted_whole_and_ordered(kept: MemoryStore) -> None:
    """However little of it is asked for; a word that means nothing is no page."""
    for number in range(5):
        add(kept, number, seconds=10 + number % 3, fails=number == 3)
    wanted = HistoryWanted(text="build -status:failed", order="longest")
    asked = History(token=7, wanted=wanted, first=1, count=2)
    assert past_reading.page(kept, "/p", asked).total == 0
    asked = History(token=7, wanted=HistoryWanted(text="-status:failed", order="longest"), first=1, count=2)
    page = past_reading.page(kept, "/p", asked)
    assert (page.token, page.first, page.counts, page.total) == (7, 1, {"completed": 4}, 4)
    assert [run.run_id for run in page.runs] == [run_id(4), run_id(1)]
    with pytest.raises(QueryError):
        past_reading.page(
            kept, "", History(token=1, wanted=HistoryWanted(text="colour:red"), first=0, count=1)
        )


def test_a_run_stands_beside_the_last_good_one_before_it(kept: MemoryStore) -> None:
    """Step by step, with the definition, the inputs, how long others took and which steps waver."""
    add(kept, 0, retries=True)
    add(kept, 1, options=RunOptions(mock=True))
    kept.put_blobs([b"a\n", b"a\nb\n"])
    old, new = ("87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7",) * 2
    good = add(kept, 2, files={"a.md": old}, inputs={"env": "prod"})
    add(kept, 9)
    bad = add(kept, 3, fails=True, seconds=14, source="workflow w {\n}", files={"a.md": new, "b.md": old})
    told = past_reading.compared(kept, Compare(token=1, run_id=bad, other=None))
    assert told.other is not None
    assert told.other.run_id == good
    assert [(pair.name, pair.mine is None, pair.other is None) for pair in told.steps] == [
        ("build", False, False),
        ("test", False, True),
    ]
    assert told.changes == (
        FileChange(name="w.wf", added=2, removed=1),
        FileChange(name="b.md", added=1, removed=0),
    )
    assert told.inputs == (("env", "prod", ""),)
    assert [run.run_id for run in told.trend] == [run_id(0), good, bad]
    assert (told.flaky, told.failed) == ((("build", 1),), ("test", "exit 1"))
    first = past_reading.compared(kept, Compare(token=1, run_id=run_id(0), other=None))
    assert (first.other, [pair.other for pair in first.steps]) == (None, [None])
    chosen = past_reading.compared(kept, Compare(token=1, run_id=good, other=bad))
    assert [(pair.name, pair.mine is None) for pair in chosen.steps] == [("build", False), ("test", True)]
    with pytest.raises(RunNotFoundError):
        past_reading.compared(kept, Compare(token=1, run_id=RunId("NOTHING"), other=None))


def test_a_loop_that_failed_itself_stands_among_the_steps(kept: MemoryStore) -> None:
    """It has no row of its own in the storage; what it was called says which it is."""
    loop = PlanNode(path=TEST, kind="while", name="", label="while build.more", max_passes=2)
    lease = kept.acquire(run_id(0), ME, NOON)
    assert lease is not None
    told = [
        ev.RunStarted(workflow="w", root="/p", plan=(PLAN[0], loop)),
        ev.PassStarted(path=TEST, number=2, of=2),
        ev.StepFinished(path=TEST, outcome=StepStatus.FAILED, error="reached its limit"),
        ev.RunFinished(outcome=RunStatus.FAILED, error="the loop"),
    ]
    kept.append(lease, told, NOON)
    found = past_reading.compared(kept, Compare(token=1, run_id=run_id(0), other=None))
    assert [(pair.name, pair.mine and pair.mine.status) for pair in found.steps] == [
        ("while build.more", "failed")
    ]
    assert (found.failed, found.run.steps_failed) == (("while build.more", "reached its limit"), 1)


def test_a_story_has_all_that_happened_with_the_parts_in_order(
    kept: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces, the last of which says so; of a run that is not there, that it is not."""
    whole = add(kept, 0)
    add(kept, 1, parent=whole)
    monkeypatch.setattr(past_reading, "_AT_ONCE", 4)
    pieces: list[StoryRead] = []
    for _ in past_reading.story(kept, Story(token=3, run_id=whole), pieces.append):
        pass
    events = [recorded for piece in pieces for recorded in piece.events]
    assert [piece.is_over for piece in pieces] == [*[False] * (len(pieces) - 1), True]
    assert events == sorted(events, key=lambda recorded: recorded.at)
    mine = [recorded for recorded in events if recorded.run_id == whole]
    assert replay(whole, mine) == kept.state(whole)
    assert {recorded.run_id for recorded in events} == {whole, run_id(1)}
    assert {(piece.until, piece.is_left) for piece in pieces} == {(None, False)}
    lease = kept.acquire(run_id(2), ME, NOON)
    assert lease is not None
    kept.append(lease, [ev.RunStarted(workflow="w", root="/p", plan=PLAN)], NOON)
    pieces.clear()
    list(past_reading.story(kept, Story(token=3, run_id=lease.run_id), pieces.append))
    assert [(piece.until, piece.is_left) for piece in pieces] == [(NOON, True)]
    with pytest.raises(RunNotFoundError):
        list(past_reading.story(kept, Story(token=3, run_id=RunId("NOTHING")), pieces.append))


def test_runs_in_progress_are_told_how_long_they_may_still_take(kept: MemoryStore) -> None:
    """From what real runs took that were not resumed; where none did, nothing is told."""
    for number in range(3):
        add(kept, number, seconds=60)
    add(kept, 3, seconds=5, options=RunOptions(dry_run=True))
    begun = NOON + timedelta(hours=9)
    lease = kept.acquire(run_id(9), ME, begun)
    assert lease is not None
    kept.append(lease, [ev.RunStarted(workflow="w", root="/p", plan=PLAN)], begun)
    other = kept.acquire(run_id(8), ME, begun)
    assert other is not None
    kept.append(other, [ev.RunStarted(workflow="other", root="/p")], begun)
    running = kept.runs(RunQuery(statuses=frozenset({RunStatus.RUNNING})))
    assert len(estimating.pasts(kept, "/p", "w")) == 3
    assert len(estimating.pasts(kept, "/p", "w", NOON + timedelta(hours=2))) == 2  # not of what came later
    told = estimating.still(kept, running, begun + timedelta(seconds=20))
    assert {key: (each.typical, each.runs) for key, each in told.items()} == {
        run_id(9): (timedelta(seconds=40), 3)
    }
