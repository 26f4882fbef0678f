"""The time in which nobody works on a run counts for nothing; what was interrupted has no outcome."""

from datetime import timedelta

from flow_tui.model import events as ev
from flow_tui.model.events import Event, Recorded
from flow_tui.model.fold import apply
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import AttemptStatus, Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.view import plain
from flow_tui.view.report import show_json
from flow_tui.view.rows import rows
from flow_tui.view.summary import headline, tree
from tests.view import stories as s

PLAN = s.plan(s.leaf("build"), s.block("do", s.leaf("test")), s.leaf("ship"))


def told(*happened: tuple[float, Event]) -> tuple[RunState, list[str]]:
    """Return the state of a run after events at given seconds, and what was said of it on the way."""
    state, said = RunState(run_id=s.RUN), []
    for seq, (seconds, event) in enumerate(happened, 1):
        recorded = Recorded(seq=seq, at=s.at(seconds), run_id=s.RUN, event=event)
        apply(state, recorded)
        said += [text for _, text in plain.lines(state, recorded)]
    return state, said


KILLED = (
    (0, ev.RunStarted(workflow="w", plan=PLAN)),
    (0, s.started("0")),
    (0, s.attempt("0")),
    (4, s.finished("0")),
    (4, s.started("1/0")),
    (4, s.attempt("1/0")),
    (6, ev.OutputGrew(path=StepPath("1/0"), attempt=1, size=3)),
    (60, ev.RunResumed(generation=1)),
    (61, s.started("1/0", max_attempts=2)),
    (61, s.attempt("1/0", 2, after_crash=True)),
)


def test_the_time_after_a_crash_is_no_work():
    """Neither of the step that was cut off, nor of the block around it, nor of the run."""
    state, said = told(*KILLED, (64, s.finished("1/0")), (64, ev.RunFinished(outcome=RunStatus.COMPLETED)))
    assert said[-1] == "✓ completed after 5s"
    assert [row.elapsed(s.at(900)) for row in rows(state)] == ["00:04", "00:06", "00:05", ""]
    assert "after 10s" in headline(state, s.at(900))
    first, second = state.steps[StepPath("1/0")].attempts
    assert (first.status, first.ended_at) == (AttemptStatus.INTERRUPTED, s.at(6))
    assert second.started_at == s.at(61)
    shown = show_json(state)
    assert shown["run"]["duration_ms"] == 10_000
    assert [step["duration_ms"] for step in shown["steps"]] == [4_000, 5_000, None]


def test_clocks_go_on_where_they_stood():
    """A step that runs again shows the time of both of its attempts."""
    state, _ = told(*KILLED)
    assert [row.elapsed(s.at(63)) for row in rows(state)] == ["00:04", "00:05", "00:04", ""]
    assert "after 9s" in headline(state, s.at(63))


def test_each_time_away_is_left_out():
    """However often a run is resumed, and whether it was over or not."""
    again = (
        (64, s.finished("1/0", StepStatus.FAILED, error="no")),
        (65, ev.RunFinished(outcome=RunStatus.FAILED, error="no")),
        (4_000, ev.RunResumed(generation=2)),
        (4_000, s.started("1/0")),
        (4_000, s.attempt("1/0", 3)),
        (4_002, s.finished("1/0")),
        (4_002, ev.RunFinished(outcome=RunStatus.COMPLETED)),
    )
    state, said = told(*KILLED, *again)
    assert said[-1] == "✓ completed after 7s"
    assert state.took(s.at(9_000)) == timedelta(seconds=13)


def test_what_was_interrupted_has_no_outcome():
    """A block some of which was cut off is interrupted itself, whatever else went wrong in it."""
    nodes = s.plan(s.block("parallel", *(s.leaf(name) for name in "abcd")))
    over = (s.finished("0/0"), s.finished("0/1", StepStatus.FAILED, error="no"))
    state = s.state(
        nodes, *(s.started(f"0/{n}") for n in range(4)), s.attempt("0/2"), s.attempt("0/3"), *over
    )
    state.left_at = s.at(20)
    block, *inside = rows(state)
    assert (block.status, block.detail()) == (StepStatus.CANCELLED, "2/4 ✗1")
    assert [row.detail() for row in inside] == ["", "no", "interrupted", "interrupted"]
    assert "✗ parallel" not in "\n".join(tree(state, s.at(30)))


def test_a_cancelled_step_says_why_and_nothing_else():
    """What other programs read in the rows is no word for people."""
    output = ActionOutput(result_text="executor shutdown requested")
    for reason, why in (
        (Reason.FAIL_FAST, "another branch failed"),
        (Reason.SHUTDOWN, "the program leaves"),
        (Reason.TIMEOUT, "out of time"),
        (Reason.USER, "by a person"),
    ):
        cut = s.finished("0", StepStatus.CANCELLED, output=output, reason=reason)
        state, said = told((0, ev.RunStarted(workflow="w", plan=PLAN)), (1, s.started("0")), (3, cut))
        assert said[-1] == f"{plain.UNICODE.cancelled} cancelled after 2s ({why})"
        assert "executor" not in "\n".join(tree(state, s.at(9)))
