"""What other programs read of a run in the database."""

from datetime import timedelta

import pytest

from flow_tui.engine.commands import CancelRun, CancelStep, ResumeRun
from flow_tui.engine.keeping import Owner, RunQuery
from flow_tui.errors import ActionError
from flow_tui.model.fold import apply
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import RunStatus
from flow_tui.model.values import ActionOutput, RunOptions
from flow_tui.store.projections import INTERRUPTED, ROLES
from flow_tui.store.sqlite import SqliteStore
from flow_tui.store.sqlite_check import problems
from flow_tui.testing import FakeAction, FakeProvider
from tests.flows import FIRST, HOUR, SECOND, SECOND_LIFE, CutStore, PowerCutError, play
from tests.store.stores import rows

case = pytest.mark.case
DEAD = Owner(token="first", process=FIRST, label="first")
pytestmark = pytest.mark.real_time  # a database on disk


@pytest.fixture
def database(tmp_path):
    """Return where the database is."""
    return tmp_path / "state" / "flow.db"


def left(database, script, action, **given):
    """Return the rows of the steps after ``script``."""
    store = SqliteStore(database, is_alive=lambda _: True)
    try:
        play(script, action, store, **given)
    finally:
        store.close()
    return rows(database, "SELECT * FROM workflow_run_steps ORDER BY position, retry_count")


@case(30)
def test_every_attempt_has_a_row_of_its_own(database):
    """All share the place of their step and are numbered from 0."""
    found = left(
        database,
        lambda b: b.finish("workflow w { call a { retries = 2 } }"),
        FakeAction(a=ActionError("no")),
    )
    assert [(row["position"], row["retry_count"], row["status"], row["step_error"]) for row in found] == [
        (0, 0, "failed", "no"),
        (0, 1, "failed", "no"),
        (0, 2, "failed", "no"),
    ]


@case(35)
def test_a_step_that_ran_out_of_time_says_so_in_two_exact_texts(database):
    """One for the result, one for the error, both with the limit as it was written."""
    (row,) = left(
        database,
        lambda b: b.finish('workflow w { call a { timeout = "90s" retries = 2 } }'),
        FakeAction(a=HOUR),
    )
    assert (row["status"], row["result_text"], row["step_error"]) == (
        "timed_out",
        "timed out after 90s",
        "step 'a' timed out after 90s",
    )
    assert (row["context_out"], row["markers_out"], row["structured_output"]) == (None, None, None)


def test_steps_stand_in_their_places_one_after_the_other(database):
    """Blocks, turns of loops and items have no row, and take no place."""
    found = left(
        database,
        lambda b: b.finish(
            "workflow w { call a while a.ok { max_iterations = 2 on_max_iter = continue if a.ok { call a } } "
            "foreach f { over = things workflow = sub max_parallel = 1 } parallel { call b call c } call d }",
            others={"sub": "workflow sub { call e }"},
        ),
        FakeAction(a=ActionOutput(markers=("ok",))),
        providers={"things": FakeProvider("x", "y")},
    )
    places = [(row["position"], row["step_name"]) for row in found if row["step_name"] != "e"]
    assert places == [(0, "a"), (1, "a"), (2, "a"), (3, "foreach:f"), (4, "b"), (5, "c"), (6, "d")]


@case(34)
@pytest.mark.parametrize("how", ["run", "step", "skipped step"])
def test_a_cancelled_step_is_a_failed_row_without_an_error(database, how):
    """Its result is the exact text of a shutdown, also where the run goes on without it."""
    import asyncio

    async def script(b):
        run_id = await b.start("workflow w { call a { retries = 2 } }")
        await asyncio.sleep(1)
        step = CancelStep(run_id=run_id, path=StepPath("0"), skip=how == "skipped step")
        await b.engine.handle(CancelRun(run_id=run_id) if how == "run" else step)
        await b.engine.wait(run_id)

    (row,) = left(database, script, FakeAction(a=HOUR))
    assert (row["status"], row["result_text"], row["step_error"]) == (
        "failed",
        "executor shutdown requested",
        None,
    )


@case(50)
def test_a_completed_step_has_its_markers_as_a_list_and_a_context(database):
    """Even when it left none."""
    (row,) = left(database, lambda b: b.finish("workflow w { call a }"), FakeAction(a=timedelta(seconds=1)))
    assert (row["status"], row["markers_out"], row["context_out"]) == ("completed", "[]", "")


MIXED = """
workflow w {
  call a { retries = 1 }
  parallel { call b call c { if = a.never } }
  call workflow sub
  foreach f { over = things workflow = sub max_parallel = 2 }
  gate human_approval { timeout = 0 on_timeout = continue }
  call late { timeout = "1s" on_timeout = fail on_fail = continue }
  if a.ok { call d }
  always { call e }
}
"""


def test_branches_that_are_left_out_and_gates_of_a_dry_run_have_the_rows_of_their_places(database):
    """Branches stand as they are written; nobody has answered the gate."""
    found = left(
        database,
        lambda b: b.finish(
            "workflow w { call a parallel { call b call c { if = a.no } call d } gate human_approval {} }",
            options=RunOptions(dry_run=True),
        ),
        FakeAction(),
    )
    seen = [(row["position"], row["step_name"], row["role"], row["status"]) for row in found]
    assert seen == [
        (0, "a", "actor", "completed"),
        (1, "b", "actor", "completed"),
        (2, "c", "actor", "skipped"),
        (3, "d", "actor", "completed"),
        (4, "human_approval", "reviewer", "completed"),
    ]
    assert [row["markers_out"] for row in found] == ["[]", "[]", None, "[]", "[]"]


@case(117)
def test_a_row_is_there_before_anybody_hears_of_it(database):
    """When a sink sees an event, rows say so already: of steps of all kinds, of items and of the run."""
    store = SqliteStore(database, is_alive=lambda _: True)
    seen, wrong, known = set(), [], {}

    def look(recorded):
        if recorded.is_transient:
            return
        seen.add(recorded.event.type)
        state = known.setdefault(recorded.run_id, RunState(run_id=recorded.run_id))
        apply(state, recorded)
        wrong.extend(f"{recorded.event.type}: {problem}" for problem in problems(database))
        (last,) = rows(database, "SELECT last_seq FROM run_states WHERE id = ?", recorded.run_id)
        if last["last_seq"] < recorded.seq:
            wrong.append(f"{recorded.event.type} is not stored")
        step = state.steps.get(getattr(recorded.event, "path", None))
        if step is not None and step.kind in ROLES:
            query = "SELECT status FROM workflow_run_steps WHERE workflow_run_id = ? AND path = ?"
            if not rows(database, query, recorded.run_id, step.path):
                wrong.append(f"{recorded.event.type} of {step.path} has no row")

    action = FakeAction(a=[ActionError("no"), "ok"], late=HOUR)
    given = {"sinks": (look,), "providers": {"things": FakeProvider("x", "y")}}
    try:
        state = play(
            lambda b: b.finish(MIXED, others={"sub": "workflow sub { call one }"}), action, store, **given
        )
    finally:
        store.close()
    assert state.status is RunStatus.COMPLETED
    assert wrong == []
    assert seen >= {"attempt_failed", "fan_out_collected", "gate_opened", "child_run_started", "run_finished"}


@case(1, 2, 3)
@pytest.mark.parametrize(
    ("body", "names"), [("call a", ["a"]), ("call a call b call c", ["a", "b", "c"]), ("", [])]
)
def test_a_run_that_went_well_has_a_completed_row_for_every_step(database, body, names):
    """Numbered in the order of the steps; the run's own row says that it has completed."""
    found = left(database, lambda b: b.finish(f"workflow w {{ {body} }}"), FakeAction())
    assert [(row["position"], row["step_name"], row["status"], row["role"]) for row in found] == [
        (number, name, "completed", "actor") for number, name in enumerate(names)
    ]
    (run,) = rows(database, "SELECT status, error, ended_at FROM workflow_runs")
    assert (run["status"], run["error"], bool(run["ended_at"])) == ("completed", None, True)


@case(32)
def test_a_retry_leaves_the_row_of_the_failed_attempt_as_it_was(database):
    """It stays failed with its error, and is superseded by the one that went well."""
    found = left(
        database,
        lambda b: b.finish("workflow w { call a { retries = 1 } }"),
        FakeAction(a=[ActionError("no"), None]),
    )
    assert [(row["status"], row["step_error"], row["superseded"]) for row in found] == [
        ("failed", "no", 1),
        ("completed", None, 0),
    ]


@case(47)
def test_a_failure_that_was_passed_over_is_a_failed_row(database):
    """Other programs see that it failed, and that the run completed."""
    (row,) = left(
        database,
        lambda b: b.finish("workflow w { call a { on_fail = continue } }"),
        FakeAction(a=ActionError("no")),
    )
    assert (row["status"], row["step_error"]) == ("failed", "no")
    assert rows(database, "SELECT status FROM workflow_runs") == [{"status": "completed"}]


@case(80)
@pytest.mark.parametrize("fails", [1, 2])
def test_a_branch_that_is_tried_again_has_a_row_for_each_attempt(database, fails):
    """As every call has; the last one says how it went."""
    action = FakeAction(a=[*([ActionError("no")] * fails), None])
    found = left(
        database, lambda b: b.finish("workflow w { parallel { call a { retries = 1 } call b } }"), action
    )
    last = "completed" if fails == 1 else "failed"
    assert [(row["retry_count"], row["status"]) for row in found if row["step_name"] == "a"] == [
        (0, "failed"),
        (1, last),
    ]
    assert action.names.count("a") == 2


@case(100)
@pytest.mark.parametrize(
    ("option", "status", "run", "said"),
    [
        ("fail", "failed", "failed", "gate 'human_approval' timed out"),
        ("continue", "timed_out", "completed", None),
    ],
)
def test_the_row_of_a_gate_without_an_answer(database, option, status, run, said):
    """It has failed with its run, or is out of time while the run goes on."""
    source = f"workflow w {{ gate human_approval {{ timeout = 0 on_timeout = {option} }} }}"
    (row,) = left(database, lambda b: b.finish(source), FakeAction())
    assert (row["status"], row["step_error"]) == (status, said)
    assert row["result_text"].startswith("gate timed out")
    assert rows(database, "SELECT status FROM workflow_runs") == [{"status": run}]


@case(137)
def test_what_a_dead_program_left_open_is_closed_at_once_and_nothing_else_is_touched(database):
    """When somebody goes on with the run: rows with an outcome keep it, to the last word."""
    store = SqliteStore(database, is_alive=lambda process: process.pid != FIRST.pid)
    query = "SELECT * FROM workflow_run_steps ORDER BY position, retry_count"
    source = "workflow w { call a parallel { call b call c call d } }"
    first = FakeAction(b=SECOND, c=HOUR, d=HOUR)
    try:
        with pytest.raises(PowerCutError):
            play(lambda b: b.finish(source), first, CutStore(store, 6), owner=DEAD)
        before = rows(database, query)

        async def go_on(b):
            run_id = b.store.runs(RunQuery())[0].run_id
            seen = []
            b.engine.sinks = (*b.engine.sinks, lambda _: seen.append(rows(database, query)))
            await b.engine.resume(ResumeRun(run_id=run_id))
            await b.engine.wait(run_id)
            return seen[0]

        after = play(go_on, FakeAction(), store, owner=SECOND_LIFE)
    finally:
        store.close()
    assert [row["status"] for row in before] == ["completed", "running", "running", "running"]
    assert after[0] == before[0]
    assert {(row["status"], row["result_text"]) for row in after[1:]} == {("failed", INTERRUPTED)}
    assert all(row["ended_at"] for row in after)


@case(135)
def test_an_outcome_is_never_overwritten(database):
    """What comes later of a step that is over changes neither its status nor when it ended."""
    found = left(
        database,
        lambda b: b.finish("workflow w { call a { on_fail = helper } }"),
        FakeAction(a=ActionError("no"), helper=HOUR),
    )
    assert found[0]["status"] == "failed"
    assert found[0]["ended_at"] < found[1]["ended_at"]
