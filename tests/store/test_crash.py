"""What death leaves behind."""

import pytest

from flow_tui import limits
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.store.sqlite_check import problems
from tests.store.stores import NOON, RUN, YOU, in_child, leaf, opened, started, step

# Death


_DYING = """
    import json, os, sys
    from pathlib import Path
    from flow_tui.model.codec import read_lines
    from flow_tui.store.sqlite import SqliteStore
    from tests.store.stores import NOON, RUN, World, owner

    file, cut, where = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    store = SqliteStore(file, is_alive=World().is_alive)
    lease = store.acquire(RUN, owner("me"), NOON)
    history = [one.event for one in read_lines(sys.stdin)]
    store.append(lease, history[:1], NOON)
    done = 1

    def maybe_die(statement):
        if done == cut and statement.startswith(where):
            os._exit(9)

    store._main.db.set_trace_callback(maybe_die)
    while done < len(history):
        store.append(lease, history[done : done + 2], NOON)
        done += 2
        if done >= cut and where == "boundary":
            os._exit(9)
"""

SMALL = (
    started(leaf("0"), leaf("1", "gate")),
    step("0"),
    ev.AttemptStarted(path=StepPath("0"), attempt=1),
    ev.AttemptFailed(path=StepPath("0"), attempt=1, error="no"),
    ev.AttemptStarted(path=StepPath("0"), attempt=2),
    ev.StepFinished(
        path=StepPath("0"), outcome=StepStatus.COMPLETED, output=ActionOutput(context="x" * 9_000)
    ),
    step("1", kind="gate"),
    ev.GateOpened(path=StepPath("1"), gate="review", deadline=NOON),
    ev.GateResolved(path=StepPath("1"), approved=True),
)


@pytest.mark.real_time
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "where", ["boundary", "INSERT INTO events", "INSERT INTO workflow_run_steps", "COMMIT"]
)
@pytest.mark.parametrize("cut", [1, 3, 5, 7])
def test_a_writer_that_dies_leaves_whole_appends(file, where, cut):
    """Whatever it was doing: the history is a prefix, all or none of the last append, and the rows agree."""
    from flow_tui.model.codec import recorded_json
    from tests.strategies import recorded

    child = in_child(_DYING, file, cut, where)
    _, errors = child.communicate("\n".join(recorded_json(one) for one in recorded(list(SMALL))))
    assert (child.returncode, errors) == (9, "")
    assert list(problems(file)) == []
    store = opened(file)
    kept = [one.event for one in store.history(RUN)]
    assert kept == list(SMALL[: len(kept)])
    assert len(kept) == cut + 2 * (where == "boundary" and cut == 1)
    lease = store.acquire(RUN, YOU, NOON + limits.LEASE_TTL)
    store.append(lease, SMALL[len(kept) :], NOON)
    assert [one.event for one in store.history(RUN)] == list(SMALL)
    store.close()
    assert list(problems(file)) == []
