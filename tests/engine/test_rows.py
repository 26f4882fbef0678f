"""What other programs read of a run in the database."""

from datetime import timedelta

import pytest

from flow_tui.engine.commands import CancelRun, CancelStep
from flow_tui.errors import ActionError
from flow_tui.model.ids import StepPath
from flow_tui.store.sqlite import SqliteStore
from flow_tui.testing import FakeAction
from tests.flows import HOUR, play
from tests.store.stores import rows

case = pytest.mark.case
pytestmark = pytest.mark.real_time  # a database on disk


@pytest.fixture
def database(tmp_path):
    """Return where the database is."""
    return tmp_path / "state" / "flow.db"


def left(database, script, action):
    """Return the rows of the steps after ``script``."""
    store = SqliteStore(database, is_alive=lambda _: True)
    try:
        play(script, action, store)
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
    assert row["markers_out"] in (None, "[]")


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


@case(117)
def test_a_row_is_there_before_anybody_hears_of_it(database):
    """When a sink sees an event, the row says so already."""
    store = SqliteStore(database, is_alive=lambda _: True)
    seen = []

    def look(recorded):
        if recorded.event.type in {"attempt_started", "step_finished"}:
            seen.append(rows(database, "SELECT status FROM workflow_run_steps")[0]["status"])

    try:
        play(lambda b: b.finish("workflow w { call a }"), FakeAction(), store, sinks=(look,))
    finally:
        store.close()
    assert seen == ["running", "completed"]


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
