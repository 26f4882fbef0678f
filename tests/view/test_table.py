"""Rows that are patched while events arrive."""

from hypothesis import given
from hypothesis import strategies as st

from flow_tui.model import events as ev
from flow_tui.model.fold import apply
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.view.rows import RowTable, counts, rows
from tests.conftest import tried
from tests.view import stories as s


@given(s.histories(), st.lists(st.booleans(), min_size=25, max_size=25))
@tried(80)
def test_patched_rows_are_the_rows_of_the_state(history, refreshes):
    """Whatever happens in whatever order, following along ends where starting anew would."""
    state = RunState(run_id=s.RUN)
    apply(state, history[0])
    table = RowTable(state)
    for recorded, refresh in zip(history[1:], refreshes, strict=False):
        table.touch(apply(state, recorded))
        if refresh:
            table.refresh()
    table.refresh()
    assert table.rows() == rows(state)
    assert table.counts == counts(state)
    assert set(table.active) == set(RowTable(state).active)
    assert set(table.failures) == set(RowTable(state).failures)


@tried(60, by_night=2_000)
@given(s.histories())
def test_what_changed_is_told(history):
    """A row that was not named as changed says what it said before, at least until the clock moves on."""
    state = RunState(run_id=s.RUN)
    apply(state, history[0])
    table = RowTable(state)
    now = s.at(100)
    for recorded in history[1:]:
        before = {row.path: (s.drawn([row], 100), row.is_stale(now)) for row in table.rows()}
        table.touch(apply(state, recorded))
        changes = table.refresh()
        after = {row.path: (s.drawn([row], 100), row.is_stale(now)) for row in table.rows()}
        if not changes.moved:
            assert list(before) == list(after)
            assert {path for path in after if after[path] != before[path]} <= changes.paths


@tried(60, by_night=2_000)
@given(s.histories(), st.data())
def test_folds_belong_to_people(history, data):
    """What somebody folded or unfolded stays so, whatever happens inside."""
    state = RunState(run_id=s.RUN)
    apply(state, history[0])
    table = RowTable(state)
    blocks = [row.path for row in table.rows() if row.has_children]
    chosen = data.draw(st.dictionaries(st.sampled_from(blocks), st.booleans())) if blocks else {}
    for path, is_open in chosen.items():
        (table.unfold if is_open else table.fold)(path)
    for recorded in history[1:]:
        table.touch(apply(state, recorded))
    table.refresh()
    assert {path: table.is_expanded(path) for path in chosen} == chosen
    assert table.rows() == rows(state, table.collapsed, table.opened)


def test_a_fold_does_not_close_on_who_reads_inside():
    """A finished turn stays open while somebody's cursor is in it, and closes for everybody else."""
    plan = s.plan(s.block("while", s.leaf("a"), max_passes=3))
    state = s.state(plan, ev.PassStarted(path=StepPath("0"), number=1, of=3), s.started("0#1/0"))
    held, free = RowTable(state), RowTable(state)
    held.hold(StepPath("0#1/0"))
    done = ev.Recorded(seq=9, at=s.at(9), run_id=s.RUN, event=s.finished("0#1/0"))
    path = apply(state, done)
    for table in (held, free):
        table.touch(path)
        table.refresh()
    assert [row.path for row in held.rows()] == ["0", "0#1", "0#1/0"]
    assert [row.path for row in free.rows()] == ["0", "0#1"]


def test_the_newest_and_the_first_failure_are_known():
    """Whoever follows a run is led to what began last, and to what failed first."""
    plan = s.plan(s.block("parallel", s.leaf("a"), s.leaf("b"), s.leaf("c")))
    state = s.state(plan, s.started("0/2"), s.started("0/0"), s.started("0/1"))
    table = RowTable(state)
    assert table.newest_running == "0/1"
    for seq, event in enumerate([s.finished("0/1", StepStatus.FAILED), s.finished("0/2", StepStatus.FAILED)]):
        table.touch(apply(state, ev.Recorded(seq=seq + 5, at=s.at(seq + 5), run_id=s.RUN, event=event)))
    table.refresh()
    assert table.newest_running == "0/0"
    assert table.first_failure == "0/1"
    assert table.failures == ("0/1", "0/2")


def test_a_hidden_row_is_found_at_its_fold():
    """Going to a step inside a fold leads to the fold, until it is revealed."""
    plan = s.plan(s.leaf("a"), s.block("do", s.block("do", s.leaf("b"))))
    table = RowTable(s.state(plan))
    table.fold(StepPath("1"))
    assert table.index(StepPath("1/0/0")) == 1
    table.reveal(StepPath("1/0/0"))
    assert table.index(StepPath("1/0/0")) == 3


def test_everything_can_be_folded_and_unfolded_at_once():
    """One key shows the outline, another all of it."""
    plan = s.plan(s.leaf("a"), s.block("do", s.block("do", s.leaf("b"))))
    table = RowTable(s.state(plan))
    table.fold_all()
    assert len(table) == 2
    table.unfold_all()
    assert len(table) == 4


def test_the_counts_are_those_of_the_header():
    """Done of all, then what is worth a mark."""
    plan = s.plan(s.leaf("a"), s.leaf("b"), s.leaf("c"), s.leaf("d", "gate"), s.leaf("e"))
    state = s.state(
        plan,
        s.started("0"),
        s.attempt("0"),
        ev.AttemptFailed(path=StepPath("0"), attempt=1, error="exit 1", retry_at=s.at(5)),
        s.attempt("0", 2),
        s.finished("0"),
        s.started("1"),
        s.finished("1", StepStatus.TIMED_OUT),
        s.started("2"),
        s.started("3", "gate"),
        ev.GateOpened(path=StepPath("3"), gate="d", deadline=s.at(900)),
    )
    assert str(counts(state)) == "2/5 steps ✗1 ▲1 ↻1"
    assert counts(state).running == 1


def unanswered(on_timeout: str):
    """Return a run of a block with a gate that nobody answered."""
    plan = s.plan(s.block("do", s.leaf("ask", "gate")), s.leaf("next"))
    opened = ev.GateOpened(path=StepPath("0/0"), gate="ask", deadline=s.at(9), on_timeout=on_timeout)
    late = s.finished("0/0", StepStatus.TIMED_OUT, reason=Reason.GATE_EXPIRED)
    return RowTable(s.state(plan, s.started("0/0", "gate"), opened, late))


def test_a_gate_that_was_passed_over_is_no_failure_anywhere():
    """Nobody answered and the run goes on: neither counted, nor jumped to, nor the fault of its block."""
    table = unanswered("continue")
    block, gate = table.row(0), table.row(1)
    assert (block.status, block.detail()) == (StepStatus.COMPLETED, "1/1")
    assert (gate.looks_like, gate.word()) == (StepStatus.SKIPPED, "timed out, went on")
    assert gate.detail() == "nobody answered; went on"
    assert (table.failures, table.first_failure, str(table.counts)) == ((), None, "1/2 steps")


def test_what_was_not_reached_is_not_said_to_be_to_come_once_the_run_is_over():
    """It is pending as long as the run goes on, and never started afterwards."""
    plan = s.plan(s.leaf("first"), s.leaf("second"))
    begun = (s.started("0"), s.finished("0", StepStatus.FAILED))
    assert RowTable(s.state(plan, *begun)).row(1).word() == "pending"
    over = ev.RunFinished(outcome=RunStatus.FAILED)
    assert RowTable(s.state(plan, *begun, over)).row(1).word() == "never started"


def test_a_gate_that_had_to_be_answered_is_a_failure_everywhere():
    """The same, but the workflow says to fail."""
    table = unanswered("fail")
    block, gate = table.row(0), table.row(1)
    assert block.status is StepStatus.TIMED_OUT
    assert (gate.looks_like, gate.word()) == (StepStatus.TIMED_OUT, "timed out")
    assert (table.failures, table.first_failure) == ((StepPath("0/0"),), StepPath("0/0"))
    assert str(table.counts) == "1/2 steps ✗1"


def test_a_failure_the_workflow_expects_does_not_fail_its_block():
    """The step keeps its mark; the block around it went as the workflow says."""
    plan = s.plan(s.block("do", s.leaf("a")))
    state = s.state(plan, s.started("0/0"), s.finished("0/0", StepStatus.FAILED, reason=Reason.ON_FAIL))
    assert [row.status for row in rows(state)] == [StepStatus.COMPLETED, StepStatus.FAILED]


def test_a_run_that_ended_leaves_nothing_running():
    """What the program was cut off from is shown as interrupted, and its clock stands."""
    state = s.state(
        s.plan(s.block("do", s.leaf("a"), s.leaf("b"))),
        s.started("0/0"),
        s.attempt("0/0"),
        ev.EngineFailed(error="out of memory"),
    )
    assert state.status is RunStatus.FAILED
    assert s.drawn(rows(state), 500) == (
        "▾cancelled do 00:02 1/2\n ├ cancelled a 00:02 interrupted\n └ pending b"
    )


def test_a_cancelled_step_is_counted_apart_and_an_interrupted_one_is_not_over():
    """What was cancelled is done with, but nobody takes it for a success; an interruption is no outcome."""
    nodes = s.plan(s.leaf("a"), s.leaf("b"), s.leaf("c"))
    begun = [s.started("0"), s.finished("0", StepStatus.CANCELLED), s.started("1")]
    state = s.state(nodes, *begun)
    assert str(counts(state)) == "1/3 steps ⊘1"
    table = RowTable(state)
    state.left_at = s.at(5)
    assert str(counts(state)) == "1/3 steps ⊘1"
    assert str(table.counts) == "1/3 steps ⊘1"
    both = s.state(nodes, *begun, s.finished("1", StepStatus.CANCELLED))
    assert str(counts(both)) == "2/3 steps ⊘2"
