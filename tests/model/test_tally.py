"""How much of a workflow is done: one number, in steps of its definition."""

from datetime import UTC, datetime

from hypothesis import given

from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.reopening import tallied
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, RunStatus, StepStatus
from tests.strategies import RUN, histories, recorded

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def node(path: str, kind: str = "call", *children: PlanNode) -> PlanNode:
    """Return a place in a plan."""
    return PlanNode(path=StepPath(path), kind=kind, name=path, label=path, children=children)


PLAN = (
    node("0"),
    node("1", "do_while", node("1/0"), node("1/1")),
    node("2", "if", node("2/0"), node("2/1", "do", node("2/1/0"))),
    node("3", "gate"),
)


def after(*happened: ev.Event) -> RunState:
    """Return the state of a run of the plan."""
    return replay(RUN, recorded([ev.RunStarted(workflow="w", plan=PLAN), *happened]))


def begun(path: str, kind: str = "call") -> ev.Event:
    """Return the beginning of a step."""
    return ev.StepStarted(path=StepPath(path), name=path, kind=kind)


def done(path: str, outcome: StepStatus = StepStatus.COMPLETED, reason: Reason = Reason.NONE) -> ev.Event:
    """Return the end of a step."""
    return ev.StepFinished(path=StepPath(path), outcome=outcome, reason=reason)


def turn(number: int) -> ev.Event:
    """Return the beginning of a turn of the loop."""
    return ev.PassStarted(path=StepPath("1"), number=number, of=5)


def share(*happened: ev.Event) -> str:
    """Return how much is done, as people read it."""
    state = after(*happened)
    return f"{state.steps_done}/{state.steps_total}"


def test_the_total_is_that_of_the_definition_whatever_the_loop_does() -> None:
    """A step inside a loop is one step, and as its latest turn left it."""
    first = [turn(1), begun("1#1/0"), done("1#1/0"), begun("1#1/1"), done("1#1/1")]
    assert share() == "0/6"
    assert share(*first) == "2/6"
    assert share(*first, turn(2), begun("1#2/0")) == "1/6"
    assert share(*first, turn(2), begun("1#2/0"), done("1#2/0")) == "2/6"


def test_what_a_condition_leaves_out_is_dealt_with() -> None:
    """Everything inside counts, however deep; nothing more is to come there."""
    left_out = ev.ConditionChecked(path=StepPath("2"), holds=False)
    assert share(left_out) == "2/6"
    assert share(left_out, begun("0")) == "2/6"


def test_done_is_what_has_an_outcome() -> None:
    """Good or bad: failures have a number of their own."""
    for outcome in StepStatus:
        assert share(begun("0"), done("0", outcome)) == ("1/6" if outcome.is_over else "0/6")
    assert share(begun("0"), done("0", StepStatus.FAILED, Reason.ON_FAIL)) == "1/6"
    assert share(begun("0")) == "0/6"


def gate(on_timeout: str) -> tuple[ev.Event, ...]:
    """Return a gate that nobody answered."""
    asked = ev.GateOpened(
        path=StepPath("3"), gate="human_approval", prompt="?", deadline=NOON, on_timeout=on_timeout
    )
    return begun("3", "gate"), asked, done("3", StepStatus.TIMED_OUT, Reason.GATE_EXPIRED)


def test_a_gate_that_the_run_may_pass_unanswered_is_no_failure() -> None:
    """It counts like a step that was left out, and is in no list of failures."""
    state = after(*gate("continue"))
    assert state.steps_done == 1
    assert state.failed() == ()
    assert +state.counts == {StepStatus.SKIPPED: 1}


def test_a_gate_that_has_to_be_answered_fails_when_nobody_does() -> None:
    """The same event, but the workflow says to fail."""
    state = after(*gate("fail"))
    assert state.steps_done == 1
    assert [step.path for step in state.failed()] == ["3"]


def test_a_run_that_completed_has_done_everything() -> None:
    """Whatever was never reached was not needed."""
    assert share(begun("0"), done("0"), ev.RunFinished(outcome=RunStatus.COMPLETED)) == "6/6"
    assert share(begun("0"), done("0"), ev.RunFinished(outcome=RunStatus.FAILED)) == "1/6"


def test_steps_that_no_plan_knows_are_not_counted() -> None:
    """What runs because something failed is extra."""
    assert share(begun("0/on_fail"), done("0/on_fail")) == "0/6"


def test_a_resume_takes_back_what_is_to_run_again() -> None:
    """What completed stays done."""
    failed = (begun("0"), done("0"), begun("3"), done("3", StepStatus.CANCELLED))
    resumed = after(*failed, ev.RunFinished(outcome=RunStatus.CANCELLED), ev.RunResumed(generation=1))
    assert resumed.steps_done == 1


@given(histories(transient=True))
def test_no_more_is_done_than_there_is(history) -> None:  # type: ignore[no-untyped-def]  # Hypothesis gives it
    """In no history, at no time."""
    state = replay(RUN, history)
    assert 0 <= state.steps_done <= state.steps_total
    assert tallied(state).total == state.steps_total


def test_a_copy_counts_on_by_itself() -> None:
    """Two may follow the same run at different speeds."""
    state = after(begun("0"), done("0"))
    copy = state.tally.copy()
    state.tally.reopen(StepPath("0"))
    assert (copy.done, state.tally.done) == (1, 0)
