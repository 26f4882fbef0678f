"""Events into state."""

from collections import Counter
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.model import events as ev
from flow_tui.model.fold import apply, evolve, replay
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import LEAVES, PlanNode, walk
from flow_tui.model.resuming import is_inside
from flow_tui.model.state import RunState
from flow_tui.model.status import AttemptStatus, Reason, Redo, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, ProcessIdentity
from tests.strategies import MOMENTS, RUN, happenings, histories, plans, recorded

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PATH = StepPath("0")
STARTED = ev.RunStarted(workflow="deploy")
STEP = ev.StepStarted(path=PATH, name="build", kind="call", max_attempts=3)
FIRST = ev.AttemptStarted(path=PATH, attempt=1, deadline=NOON, heartbeat_timeout=SECOND)
GATE = ev.GateOpened(
    path=PATH, gate="review", prompt="ok?", deadline=NOON, options={"Yes": "y"}, feedback=True
)


def after(*happened: ev.Event) -> RunState:
    """Return the state after a run began and this happened, a second apart."""
    return replay(RUN, recorded([STARTED, *happened]))


def done(outcome: StepStatus = StepStatus.COMPLETED, **facts: object) -> ev.StepFinished:
    """Return the end of the step."""
    return ev.StepFinished(path=PATH, outcome=outcome, **facts)


def counted(state: RunState) -> Counter[StepStatus]:
    """Return where the leaf steps stand, counted one by one."""
    return Counter(step.status for step in state.steps.values() if step.kind in LEAVES)


# Properties


@given(histories(transient=True), st.data())
def test_a_history_can_be_folded_in_parts(history, data):
    """The whole at once, or what follows after what came before: the same state."""
    cut = data.draw(st.integers(0, len(history)))
    state = replay(RUN, history[:cut])
    for one in history[cut:]:
        apply(state, one)
    assert state == replay(RUN, history)


@given(histories(transient=True))
def test_the_same_history_gives_the_same_state(history):
    """Replaying changes neither the events nor an earlier state."""
    before = deepcopy(history)
    first = replay(RUN, history)
    copy = deepcopy(first)
    assert replay(RUN, history) == first == copy
    assert history == before


@given(st.lists(happenings(), max_size=40))
def test_any_events_in_any_order_can_be_folded(happened):
    """A history without sense is no reason to fail."""
    history = recorded(happened)
    state = replay(RUN, history)
    assert state.seq == sum(not one.is_transient for one in history)


@given(histories(transient=True, max_size=40))
def test_counts_are_those_of_the_steps(history):
    """After every event, without counting again."""
    state = RunState(run_id=RUN)
    for one in history:
        apply(state, one)
        assert +state.counts == counted(state)
        assert min(state.counts.values(), default=0) >= 0


@given(histories(max_size=40))
def test_a_step_has_one_outcome_until_it_is_to_run_again(history):
    """In whatever order things are said, the first outcome stands; a completed step outlasts a resume."""
    state = RunState(run_id=RUN)
    outcomes: dict[StepPath, StepStatus] = {}
    for one in history:
        apply(state, one)
        if isinstance(one.event, ev.RunResumed):
            outcomes = {
                path: end
                for path, end in outcomes.items()
                if end is StepStatus.COMPLETED or one.event.redo is Redo.ONLY
                if not any(is_inside(path, only) or is_inside(only, path) for only in one.event.only)
            }
        if isinstance(one.event, ev.StepRepeated):
            outcomes = {path: end for path, end in outcomes.items() if path != one.event.path}
        for path, end in outcomes.items():
            assert state.steps[path].status is end
        outcomes |= {path: step.status for path, step in state.steps.items() if step.status.is_over}


@given(histories(max_size=40))
def test_a_run_pauses_where_its_steps_say_so(history):
    """Before them or after them, and nowhere once it was resumed: as one would find by looking at all."""
    state = RunState(run_id=RUN)
    for one in history:
        apply(state, one)
        held = {path for path, step in state.steps.items() if step.held is not None}
        assert held == set(state.held_at)
        assert len(held) == len(state.held_at)
        assert not (held and isinstance(one.event, ev.RunResumed))
        for step in state.held:
            assert step.held.is_after is step.status.is_over
        paused = {path for path, step in state.steps.items() if step.status is StepStatus.PAUSED}
        assert paused == {step.path for step in state.held if not step.held.is_after}


@given(histories(max_size=40))
def test_a_run_has_one_outcome_until_it_is_resumed(history):
    """The first end stands."""
    state, end = RunState(run_id=RUN), None
    for one in history:
        apply(state, one)
        end = None if isinstance(one.event, ev.RunResumed) else end
        assert end is None or state.status is end
        end = state.status if state.status.is_over else end


@given(histories(max_size=40))
def test_at_most_the_last_attempt_is_in_progress(history):
    """And none of a step that is over, or of a run that was just resumed."""
    state = RunState(run_id=RUN)
    for one in history:
        apply(state, one)
        for step in state.steps.values():
            running = [one for one in step.attempts if one.status is AttemptStatus.RUNNING]
            assert running in ([], [step.current])
            assert not (running and step.status.is_over)
            assert not (running and isinstance(one.event, ev.RunResumed))


@given(histories(), st.sampled_from(MOMENTS))
def test_a_step_is_never_changed_in_place(history, event):
    """The step before is what it was."""
    for step in replay(RUN, history).steps.values():
        before = deepcopy(step)
        changed = evolve(step, replace(event, path=step.path), NOON)
        assert step == before
        assert changed.path == step.path


@given(plans)
def test_a_plan_is_walked_as_people_read_it(nodes):
    """Every node once, parents before what they hold."""
    seen = list(walk(nodes))

    def size(node: PlanNode) -> int:
        return 1 + sum(map(size, node.children))

    assert len(seen) == sum(map(size, nodes))
    assert [node for node in seen if node.is_leaf] == [node for node in seen if node.kind in LEAVES]
    if nodes:
        assert seen[0] is nodes[0]
        assert seen[1 : 1 + len(nodes[0].children[:1])] == list(nodes[0].children[:1])


def test_every_event_is_told_apart_by_its_type():
    """No two share a name."""
    types = [one.type for one in get_args(ev.Event)]
    assert len(set(types)) == len(types) == 28


# Attempts


def test_an_attempt_in_progress_has_a_deadline_and_signs_of_life():
    """Spawn, output and heartbeat are signs; the row counts from the last."""
    identity = ProcessIdentity(pid=1, start_time="1", boot_id="b", host="h", cookie="c")
    state = after(
        STEP,
        FIRST,
        ev.ProcessStarted(path=PATH, attempt=1, identity=identity),
        ev.OutputGrew(path=PATH, attempt=1, size=10),
        ev.AttemptMeasured(path=PATH, attempt=1, metrics={"num_turns": 2.0}),
        ev.Heartbeat(path=PATH, attempt=1),
    )
    step = state.steps[PATH]
    assert step.current is not None
    assert step.current.used == {"num_turns": 2.0}
    assert (step.status, step.attempt, step.deadline) == (StepStatus.RUNNING, 1, NOON)
    assert step.current is not None
    assert (step.current.process, step.current.output_size) == (identity, 10)
    assert step.current.heartbeat_timeout == SECOND
    assert step.last_sign == NOON + 6 * SECOND
    assert (state.seq, state.last_event_at) == (4, NOON + 6 * SECOND)


def test_a_late_word_of_an_earlier_attempt_is_nothing():
    """Only the attempt in progress can show signs of life."""
    retry = ev.AttemptFailed(path=PATH, attempt=1, error="no", retry_at=NOON + 9 * SECOND)
    state = after(STEP, FIRST, retry, ev.Heartbeat(path=PATH, attempt=1))
    step = state.steps[PATH]
    assert (step.last_sign, step.retry_at, step.error) == (NOON + 2 * SECOND, NOON + 9 * SECOND, "no")
    assert (step.current, step.deadline) == (None, None)
    second = ev.AttemptStarted(path=PATH, attempt=2)
    state = after(STEP, FIRST, retry, second, ev.OutputGrew(path=PATH, attempt=1, size=10))
    assert [one.output_size for one in state.steps[PATH].attempts] == [0, 0]
    assert (state.steps[PATH].retry_at, state.steps[PATH].error) == (None, "")


def test_failures_and_timeouts_count_against_the_retries():
    """Each attempt says how it went."""
    late = ev.AttemptFailed(path=PATH, attempt=2, error="late", timed_out=True)
    state = after(
        STEP,
        FIRST,
        ev.AttemptFailed(path=PATH, attempt=1, error="no"),
        ev.AttemptStarted(path=PATH, attempt=2),
        late,
        ev.AttemptStarted(path=PATH, attempt=3),
        done(),
    )
    step = state.steps[PATH]
    ends = [AttemptStatus.FAILED, AttemptStatus.TIMED_OUT, AttemptStatus.COMPLETED]
    assert [one.status for one in step.attempts] == ends
    assert [one.error for one in step.attempts] == ["no", "late", ""]
    assert (step.failures, step.attempt) == (2, 3)


@pytest.mark.parametrize(
    ("outcome", "reason", "end"),
    [
        (StepStatus.COMPLETED, Reason.NONE, AttemptStatus.COMPLETED),
        (StepStatus.FAILED, Reason.NONE, AttemptStatus.FAILED),
        (StepStatus.TIMED_OUT, Reason.TIMEOUT, AttemptStatus.TIMED_OUT),
        (StepStatus.CANCELLED, Reason.USER, AttemptStatus.CANCELLED),
        (StepStatus.CANCELLED, Reason.FAIL_FAST, AttemptStatus.CANCELLED),
        (StepStatus.SKIPPED, Reason.ON_FAIL, AttemptStatus.FAILED),
        (StepStatus.SKIPPED, Reason.USER, AttemptStatus.CANCELLED),
    ],
)
def test_the_end_of_a_step_ends_its_attempt(outcome, reason, end):
    """With the outcome, what it said, and when."""
    output = ActionOutput(context="hi")
    state = after(STEP, FIRST, done(outcome, output=output, error="why", reason=reason))
    step = state.steps[PATH]
    assert (step.status, step.output, step.error, step.reason) == (outcome, output, "why", reason)
    assert step.ended_at == NOON + 3 * SECOND
    assert step.attempts[-1].status is end
    assert state.counts == {outcome: 1, StepStatus.RUNNING: 0}
    assert (step in state.failed()) is (outcome in {StepStatus.FAILED, StepStatus.TIMED_OUT})


# Gates and blocks


def test_a_run_waits_while_a_gate_does_and_nothing_runs():
    """An answer, or something that runs beside it, makes it go on."""
    state = after(STEP, GATE)
    assert state.status is RunStatus.WAITING
    (step,) = state.waiting
    assert (step.deadline, step.gate.prompt, step.gate.opened_at) == (NOON, "ok?", NOON + 2 * SECOND)
    beside = ev.StepStarted(path=StepPath("1"), name="test", kind="call")
    assert after(STEP, GATE, beside).status is RunStatus.RUNNING
    answer = ev.GateResolved(path=PATH, approved=False, feedback="no", selections=("y",), by="ada")
    state = after(STEP, GATE, answer)
    assert (state.status, state.waiting) == (RunStatus.RUNNING, ())
    gate = state.steps[PATH].gate
    assert (gate.approved, gate.feedback, gate.selections, gate.by) == (False, "no", ("y",), "ada")
    assert gate.answered_at == NOON + 3 * SECOND


def test_the_first_answer_stands():
    """A second one, or one to a gate that never opened, changes nothing."""
    yes, no = (ev.GateResolved(path=PATH, approved=said) for said in (True, False))
    assert after(STEP, GATE, yes, no).steps[PATH].gate.approved is True
    assert after(STEP, yes).steps[PATH].gate is None


def test_a_block_whose_condition_does_not_hold_is_skipped():
    """Blocks do not count as steps."""
    state = after(ev.ConditionChecked(path=PATH, holds=False))
    step = state.steps[PATH]
    assert (step.status, step.reason, step.holds) == (StepStatus.SKIPPED, Reason.CONDITION, False)
    state = after(ev.ConditionChecked(path=PATH, holds=True))
    assert (state.steps[PATH].status, state.steps[PATH].holds) == (StepStatus.PENDING, True)
    assert +state.counts == {}


def test_what_turns_out_to_be_a_block_counts_no_longer():
    """Only what does something itself is counted."""
    block = ev.StepStarted(path=PATH, name="", kind="parallel")
    assert +after(STEP, block).counts == {}
    assert +after(block, STEP).counts == {StepStatus.RUNNING: 1}


def test_a_loop_knows_its_turns():
    """The highest stands, whatever a resume says again."""
    turns = [ev.PassStarted(path=PATH, number=number, of=5) for number in (1, 2, 1)]
    step = after(*turns).steps[PATH]
    assert (step.passes, step.max_passes) == (2, 5)


def test_notes_and_wishes_are_kept():
    """What people should know, in order."""
    notes = [ev.StepNoted(path=PATH, text=text) for text in ("one", "two")]
    step = after(STEP, *notes, ev.StepCancelRequested(path=PATH)).steps[PATH]
    assert (step.notes, step.cancel_requested) == (("one", "two"), True)


# Runs


def test_who_cancelled_is_known_of_the_run_and_of_each_step_it_ended():
    """A step that somebody cancelled by itself keeps that name; what ended for another reason has none."""
    end = done(StepStatus.CANCELLED, reason=Reason.USER)
    asked = ev.RunCancelRequested(reason=Reason.USER, by="ada")
    state = after(STEP, FIRST, asked, end)
    assert (state.cancelled_by, state.steps[PATH].cancelled_by) == ("ada", "ada")
    state = after(STEP, FIRST, ev.StepCancelRequested(path=PATH, by="bob"), asked, end)
    assert (state.cancelled_by, state.steps[PATH].cancelled_by) == ("ada", "bob")
    state = after(STEP, FIRST, asked, done(StepStatus.COMPLETED))
    assert state.steps[PATH].cancelled_by == ""
    state = after(STEP, FIRST, asked, end, ev.RunResumed(generation=1))
    assert (state.cancelled_by, state.steps[PATH].cancelled_by) == ("", "")


def test_a_run_that_is_to_stop_is_cancelling_until_it_did():
    """A wish after the end is none."""
    wish = ev.RunCancelRequested(reason=Reason.SHUTDOWN)
    state = after(wish, wish)
    assert (state.status, state.reason) == (RunStatus.CANCELLING, Reason.SHUTDOWN)
    assert state.cancel_requested_at == NOON + SECOND
    over = ev.RunFinished(outcome=RunStatus.CANCELLED, reason=Reason.USER)
    state = after(over, wish)
    assert (state.status, state.reason, state.cancel_requested_at) == (RunStatus.CANCELLED, Reason.USER, None)


def test_a_resume_opens_what_did_not_complete():
    """What was tried stays on record; an attempt that was cut off does not count as a failure."""
    other = StepPath("1")
    failed = ev.AttemptFailed(path=PATH, attempt=1, error="no")
    cut = [
        ev.StepStarted(path=other, name="test", kind="call"),
        ev.AttemptStarted(path=other, attempt=1),
        ev.RunCancelRequested(),
        ev.RunFinished(outcome=RunStatus.FAILED, error="no", reason=Reason.ENGINE),
        ev.RunResumed(generation=1),
    ]
    state = after(STEP, FIRST, failed, done(StepStatus.FAILED, error="no"), *cut)
    assert (state.status, state.generation, state.error) == (RunStatus.RUNNING, 1, "")
    assert (state.ended_at, state.resumed_at, state.cancel_requested_at) == (None, NOON + 9 * SECOND, None)
    first, second = state.steps.values()
    assert (first.status, first.error, first.ended_at, first.failures) == (StepStatus.PENDING, "", None, 0)
    assert [one.status for one in first.attempts] == [AttemptStatus.FAILED]
    assert [one.status for one in second.attempts] == [AttemptStatus.INTERRUPTED]
    assert second.failures == 0
    assert +state.counts == {StepStatus.PENDING: 2}
    assert after(STEP, done(), ev.RunResumed(generation=1)).steps[PATH].status is StepStatus.COMPLETED


def test_a_fault_of_the_program_fails_the_run():
    """And says whose fault it is."""
    state = after(STEP, ev.EngineFailed(error="bug"))
    assert (state.status, state.error, state.reason) == (RunStatus.FAILED, "bug", Reason.ENGINE)


def test_a_run_says_that_the_storage_keeps_it():
    """Until it can write again."""
    assert after(ev.StorageWaited(reason="full")).storage_waits == "full"
    assert after(ev.StorageWaited(reason="full"), ev.StorageWaited(reason="")).storage_waits == ""


def test_totals_are_the_last_ones_said():
    """They are sums already."""
    totals = [ev.MetricsUpdated(totals={"cost_usd": cost}) for cost in (1.0, 2.5)]
    assert after(*totals).totals == {"cost_usd": 2.5}


def test_people_call_a_run_by_its_title():
    """Or by its workflow when it has none."""
    assert after().name == "deploy"
    assert replay(RUN, recorded([ev.RunStarted(workflow="deploy", title="Deploy it")])).name == "Deploy it"


@pytest.mark.parametrize("status", [*RunStatus, *StepStatus])
def test_where_something_stands_is_over_or_not(status):
    """Outcomes are final; nothing is both over and worked on."""
    unfinished = {"pending", "running", "waiting", "paused", "cancelling"}
    assert status.is_over is (status.value not in unfinished)
    if isinstance(status, StepStatus):
        assert status.is_active is (status in {StepStatus.RUNNING, StepStatus.WAITING, StepStatus.PAUSED})
