"""What other programs read."""

import json
import sqlite3
from contextlib import closing
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.clock import SystemClock
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Redo, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, FanOutItem
from flow_tui.store.projections import ROWS_VERSION
from flow_tui.store.sqlite_check import examined, problems
from flow_tui.store.sqlite_mending import rebuild
from tests.store.stores import (
    ME,
    NOON,
    OTHER,
    RUN,
    SECOND,
    YOU,
    begin,
    opened,
    rows,
    step,
)
from tests.strategies import histories

case = pytest.mark.case

# Rows for other programs


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), st.data())
def test_rows_agree_with_events_however_they_were_appended(tmp_path_factory, history, data):
    """What is written step by step is what a replay of everything gives."""
    file = tmp_path_factory.mktemp("state") / "flow.db"
    left = [one.event for one in history]
    with closing(opened(file)) as store:
        lease = store.acquire(RUN, ME, NOON)
        while left:
            size = data.draw(st.integers(1, len(left)))
            store.append(lease, left[:size], NOON)
            left = left[size:]
            if data.draw(st.booleans()):
                store.release(lease)
                lease = store.acquire(RUN, ME, NOON)
    assert list(problems(file)) == []


def test_problems_are_found(file, store):
    """A row that somebody changed, an event that is missing, a number that is wrong."""
    lease = begin(store)
    store.append(lease, [step("0"), step("1")], NOON)
    store.close()
    db = sqlite3.connect(file)
    db.execute("UPDATE workflow_run_steps SET status = 'failed' WHERE path = '0'")
    db.execute("DELETE FROM events WHERE seq = 2")
    db.execute("UPDATE run_states SET steps_done = 7")
    db.commit()
    db.close()
    found = "\n".join(problems(file))
    for part in ("without gaps", "3 events were counted, 2 are there", "its row", "the row of step :0:0"):
        assert part in found
    file.write_bytes(b"not a database at all" * 100)
    assert len(list(problems(file))) == 1


def test_rows_of_another_version_are_no_damage_and_brought_up_to_date(file, store):
    """By a repair, or when the run goes on."""
    lease = begin(store)
    store.append(lease, [step("0"), ev.RunFinished(outcome=RunStatus.FAILED)], NOON)
    store.release(lease)

    def age():
        with closing(sqlite3.connect(file, isolation_level=None)) as db:
            db.execute("UPDATE workflow_run_steps SET result_text = 'as it was told then'")
            db.execute("UPDATE run_states SET rows_version = 0")

    age()
    assert [problem.kind for problem in examined(file)] == ["old rows"]
    rebuild(file)
    assert list(examined(file)) == []
    age()
    lease = store.acquire(RUN, ME, NOON)
    store.append(lease, [ev.RunResumed(generation=1)], NOON)
    store.append(lease, [step("1")], NOON)
    store.close()
    assert list(examined(file)) == []


def test_what_rows_say_is_not_changed_without_a_new_version(file, store):
    """Else rows of before would be taken for damaged: after a change, raise ``ROWS_VERSION``, then this."""
    lease = begin(store, inputs={"env": "prod"}, title="Deploy it")
    one, late, gate, many = (StepPath(path) for path in ("0", "1#2/0", "2", "3"))
    store.append(lease, [step(one), ev.AttemptStarted(path=one, attempt=1)], NOON)
    store.append(lease, [ev.AttemptFailed(path=one, attempt=1, error="no")], NOON)
    store.append(lease, [ev.AttemptStarted(path=one, attempt=2)], NOON + SECOND)
    output = ActionOutput(markers=("ok",), context="done", result_text="built", structured='{"a":1}')
    store.append(lease, [ev.StepFinished(path=one, outcome=StepStatus.COMPLETED, output=output)], NOON)
    store.append(lease, [step(late), ev.AttemptStarted(path=late, attempt=1)], NOON)
    said = "step 'build' timed out after 5m"
    store.append(lease, [ev.AttemptFailed(path=late, attempt=1, error=said, timed_out=True)], NOON)
    store.append(lease, [ev.StepFinished(path=late, outcome=StepStatus.TIMED_OUT, error=said)], NOON)
    store.append(lease, [ev.StepStarted(path=gate, name="human_approval", kind="gate")], NOON)
    opened_at = ev.GateOpened(path=gate, gate="human_approval", prompt="Go?", deadline=NOON + SECOND)
    store.append(lease, [opened_at, ev.GateResolved(path=gate, approved=True, by="ada")], NOON)
    store.append(lease, [ev.StepFinished(path=gate, outcome=StepStatus.COMPLETED)], NOON)
    compared = ev.StepStarted(path=StepPath("5"), name="quality_gate", kind="gate")
    passed = ev.StepFinished(path=StepPath("5"), outcome=StepStatus.COMPLETED, output=output)
    store.append(lease, [compared, passed], NOON)
    left_out = ActionOutput(result_text="skipped")
    for path, outcome in ((StepPath("4/1"), StepStatus.SKIPPED), (StepPath("4/2"), StepStatus.FAILED)):
        store.append(lease, [step(path), ev.StepFinished(path=path, outcome=outcome, output=left_out)], NOON)
    store.append(lease, [ev.StepStarted(path=many, name="all", kind="foreach")], NOON)
    items = (FanOutItem(id="a"), FanOutItem(id="b", ref="second"))
    tried = [ev.AttemptStarted(path=many, attempt=1), ev.AttemptFailed(path=many, attempt=1, error="no")]
    store.append(lease, [tried[0], ev.FanOutCollected(path=many, items=items), tried[1]], NOON)
    store.append(lease, [ev.AttemptStarted(path=many, attempt=2)], NOON)
    store.append(lease, [ev.StepFinished(path=many, outcome=StepStatus.CANCELLED)], NOON)
    store.append(lease, [ev.RunFinished(outcome=RunStatus.FAILED, error="no")], NOON + SECOND)
    tables = ("workflow_runs", "workflow_run_steps", "workflow_run_step_fan_out_items")
    told = json.dumps([rows(file, f"SELECT * FROM {table} ORDER BY id") for table in tables])
    assert (ROWS_VERSION, sha256(told.encode()).hexdigest()[:16]) == (4, "86ea5bc75b94e72f")


def test_other_programs_read_runs_and_attempts_under_known_names(file, store):
    """A row for the run, a row for every attempt."""
    lease = begin(store, inputs={"env": "prod"}, title="Deploy it")
    path = StepPath("2#3/0")
    output = ActionOutput(markers=("ok",), context="done", result_text="built", structured='{"a":1}')
    late = "step 'build' timed out after 5m"
    store.append(lease, [step(path), ev.AttemptStarted(path=path, attempt=1)], NOON)
    store.append(lease, [ev.AttemptFailed(path=path, attempt=1, error=late, timed_out=True)], NOON + SECOND)
    store.append(lease, [ev.AttemptStarted(path=path, attempt=2)], NOON + SECOND)
    done = ev.StepFinished(path=path, outcome=StepStatus.COMPLETED, output=output)
    store.append(lease, [done, ev.RunFinished(outcome=RunStatus.COMPLETED)], NOON + 2 * SECOND)
    (run,) = rows(file, "SELECT * FROM workflow_runs")
    assert run["definition_snapshot"] == "workflow deploy {}"
    assert (run["workflow_title"], run["status"], run["total_duration_ms"]) == (
        "Deploy it",
        "completed",
        2000,
    )
    assert json.loads(str(run["inputs"])) == {"env": "prod"}
    first, second = rows(file, "SELECT * FROM workflow_run_steps ORDER BY position, retry_count")
    assert (first["status"], first["result_text"], first["step_error"]) == (
        "timed_out",
        "timed out after 5m",
        late,
    )
    assert (first["superseded"], first["context_out"], first["markers_out"]) == (1, None, None)
    assert (second["status"], second["result_text"], second["retry_count"]) == ("completed", "built", 1)
    assert (second["context_out"], second["markers_out"], second["structured_output"]) == (
        "done",
        '["ok"]',
        '{"a":1}',
    )
    assert (second["node_path"], second["iteration_path"], second["iteration"]) == ("2/0", "3", 2)
    assert (second["role"], second["position"], second["superseded"]) == ("actor", 0, 0)


@case(136)
def test_items_of_a_fan_out_have_rows_and_are_counted(file, store):
    """Each change of an item moves the counters of its step."""
    lease = begin(store)
    items = [StepPath(f"0/{n}") for n in range(4)]
    things = tuple(FanOutItem(id=f"t{n}", ref=f"T{n}", context={"n": str(n)}) for n in range(5))
    store.append(lease, [step("0", "each", "foreach")], NOON)
    store.append(lease, [ev.FanOutCollected(path=StepPath("0"), items=things)], NOON)
    store.append(lease, [step(item, "fix", "item") for item in items], NOON)
    ends = [StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.SKIPPED]
    for item, outcome in zip(items, ends, strict=False):
        store.append(lease, [ev.StepFinished(path=item, outcome=outcome)], NOON)
    (each,) = rows(file, "SELECT * FROM workflow_run_steps WHERE role = 'foreach'")
    assert each["step_name"] == "foreach:each"
    counters = ("fan_out_total", "fan_out_completed", "fan_out_failed", "fan_out_skipped")
    assert [each[name] for name in counters] == [5, 1, 1, 1]
    found = rows(file, "SELECT * FROM workflow_run_step_fan_out_items ORDER BY item_id")
    assert [row["status"] for row in found] == ["completed", "failed", "skipped", "running", "pending"]
    assert (found[0]["item_id"], found[0]["item_ref"], found[0]["context"]) == ("t0", "T0", '{"n":"0"}')
    store.append(lease, [ev.RunFinished(outcome=RunStatus.FAILED), ev.RunResumed(generation=1)], NOON)
    (each,) = rows(file, "SELECT * FROM workflow_run_steps WHERE role = 'foreach'")
    assert [each[name] for name in counters] == [5, 1, 0, 0]
    store.release(lease)
    store.delete(RUN)
    for table in (
        "workflow_run_steps",
        "workflow_run_step_fan_out_items",
        "events",
        "run_starts",
        "run_blobs",
    ):
        assert rows(file, f"SELECT * FROM {table}") == []


STRANGER = (
    "INSERT INTO workflow_run_step_fan_out_items (id, step_run_id, item_type, item_id) "
    f"VALUES ('{RUN}:9/0:0', '{RUN}:9:0', 'item', 'z')"
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE workflow_run_step_fan_out_items SET status = 'pending' WHERE item_id = 'x'", "item :0/0:0"),
        ("DELETE FROM workflow_run_step_fan_out_items WHERE item_id = 'y'", "item :0/1:0"),
        (STRANGER, "item :9/0:0"),
        ("UPDATE workflow_run_steps SET fan_out_completed = 7", "the items of :0:0"),
        ("UPDATE workflow_run_steps SET fan_out_total = NULL", "the items of :0:0"),
    ],
)
def test_items_that_somebody_changed_are_found_and_mended(file, store, change, said):
    """Rows, counters, and rows of what there never was."""
    lease = begin(store)
    store.append(
        lease,
        [
            step("0", "each", "foreach"),
            ev.FanOutCollected(path=StepPath("0"), items=(FanOutItem(id="x"), FanOutItem(id="y"))),
            step("0/0", "x", "item"),
            ev.StepFinished(path=StepPath("0/0"), outcome=StepStatus.COMPLETED),
        ],
        NOON,
    )
    assert list(problems(file)) == []
    with closing(sqlite3.connect(file)) as db, db:
        db.execute(change)
    (found,) = problems(file)
    assert said in found
    store.close()
    rebuild(file)
    assert list(problems(file)) == []


def test_a_run_that_nobody_owns_any_more_is_to_be_resumed(file, store):
    """Other programs see it as soon as the lease is over, or given up; never of a run that is over."""

    def status():
        (row,) = rows(file, "SELECT status FROM workflow_runs")
        return row["status"]

    now = SystemClock().now()
    lease = begin(store, at=now)
    assert status() == "running"
    store.renew(lease, {}, now - 2 * limits.LEASE_TTL)
    assert status() == "needs_resume"
    lease = store.acquire(RUN, YOU, now)
    assert status() == "running"
    store.release(lease)
    assert status() == "needs_resume"
    store.append(store.acquire(RUN, ME, now), [ev.RunFinished(outcome=RunStatus.FAILED)], now)
    assert status() == "failed"
    assert list(problems(file)) == []


def test_items_and_counters_are_of_the_latest_attempt_of_a_fan_out(file, store):
    """Whoever reads the row that is not superseded finds all items, those of before it, too."""
    lease = begin(store)
    each, one, two = (StepPath(path) for path in ("0", "0/0", "0/1"))
    begun = [ev.StepStarted(path=each, name="each", kind="foreach"), ev.AttemptStarted(path=each, attempt=1)]
    items = tuple(FanOutItem(id=name) for name in ("x", "y"))
    store.append(lease, [*begun, ev.FanOutCollected(path=each, items=items)], NOON)
    for path, outcome in ((one, StepStatus.COMPLETED), (two, StepStatus.FAILED)):
        end = ev.StepFinished(path=path, outcome=outcome)
        store.append(lease, [step(path, "it", "item"), end], NOON)
    failed = [ev.AttemptFailed(path=each, attempt=1, error="no")]
    failed += [ev.StepFinished(path=each, outcome=StepStatus.FAILED)]
    store.append(lease, [*failed, ev.RunFinished(outcome=RunStatus.FAILED)], NOON)
    store.append(lease, [ev.RunResumed(generation=1, redo=Redo.FAILED_ITEMS)], NOON)
    store.append(lease, [begun[0], ev.AttemptStarted(path=each, attempt=2), step(two, "it", "item")], NOON)

    def counted():
        columns = "superseded, fan_out_total, fan_out_completed, fan_out_failed"
        found = rows(file, f"SELECT {columns} FROM workflow_run_steps WHERE role = 'foreach' ORDER BY id")
        return [tuple(dict(row).values()) for row in found]

    assert counted() == [(1, None, 0, 0), (0, 2, 1, 0)]
    store.append(lease, [ev.StepFinished(path=two, outcome=StepStatus.COMPLETED)], NOON)
    assert counted() == [(1, None, 0, 0), (0, 2, 2, 0)]
    found = rows(file, "SELECT step_run_id, status FROM workflow_run_step_fan_out_items")
    assert [tuple(dict(row).values()) for row in found] == [(f"{RUN}:0:1", "completed")] * 2
    assert list(problems(file)) == []


def test_a_fan_out_that_begins_from_scratch_has_no_items_until_it_has_asked_anew(file, store):
    """Nothing is left of the items of before; what was tried before is superseded."""
    lease = begin(store)
    items = tuple(FanOutItem(id=name) for name in ("x", "y"))
    one = StepPath("0/0")
    store.append(
        lease,
        [
            step("0", "each", "foreach"),
            ev.AttemptStarted(path=StepPath("0"), attempt=1),
            ev.FanOutCollected(path=StepPath("0"), items=items),
            step(one, "x", "item"),
            ev.StepFinished(path=one, outcome=StepStatus.COMPLETED),
            ev.StepFinished(path=StepPath("0"), outcome=StepStatus.COMPLETED),
            ev.RunFinished(outcome=RunStatus.COMPLETED),
        ],
        NOON,
    )
    store.append(lease, [ev.RunResumed(generation=1, redo=Redo.EVERYTHING)], NOON)
    table = "workflow_run_step_fan_out_items"
    (each,) = rows(file, "SELECT * FROM workflow_run_steps WHERE role = 'foreach'")
    assert (each["fan_out_total"], each["fan_out_completed"], each["superseded"]) == (None, 0, 1)
    assert rows(file, f"SELECT * FROM {table}") == []
    store.append(lease, [ev.FanOutCollected(path=StepPath("0"), items=items[1:])], NOON)
    assert [row["item_id"] for row in rows(file, f"SELECT * FROM {table}")] == ["y"]
    assert list(problems(file)) == []


def test_contents_go_with_the_last_run_that_needs_them(file, store):
    """Not before, and never between putting them and beginning the run that needs them."""
    script = sha256(b"script").hexdigest()
    for run_id in (RUN, OTHER):
        store.put_blobs([b"script"])
        store.release(begin(store, run_id, files={"build.sh": script}))
    store.delete(RUN)
    assert store.blob(script) == b"script"
    store.put_blobs([b"script"])
    store.delete(OTHER)
    assert store.blob(script) == b"script"
    store.release(begin(store, RUN, files={"build.sh": script}))
    store.delete(RUN)
    assert rows(file, "SELECT digest FROM blobs") == []
