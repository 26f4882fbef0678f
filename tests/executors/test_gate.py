"""Waiting for somebody's word."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from flow_tui import limits
from flow_tui.engine.commands import CancelRun, ResolveGate, ResumeRun
from flow_tui.errors import ActionError, DefinitionError, NotPossibleError
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, Decision, RunOptions
from flow_tui.testing import FakeAction, run_workflow
from tests.flows import HOUR, SECOND_LIFE, CutStore, PowerCutError, memory, of, play, said

case = pytest.mark.case
GATE = StepPath("0")
YES, NO = Decision(approved=True, by="ada"), Decision(approved=False, by="ada")


def answered(source, decision, *, after=60, action=None, path=GATE, **given):
    """Return the state of a run whose gate is answered after so many seconds, and all events."""

    async def script(b):
        run_id = await b.start(source, **given)
        await asyncio.sleep(after)
        await b.engine.handle(ResolveGate(run_id=run_id, path=path, decision=decision))
        await b.engine.wait(run_id)
        return b.state(run_id), b.events

    return play(script, action)


@case(99)
def test_a_dry_run_waits_for_nobody():
    """Its gates are approved at once, and say so."""
    state = run_workflow("workflow w { gate human_approval { } }", options=RunOptions(dry_run=True))
    assert state.steps[GATE].status is StepStatus.COMPLETED
    assert state.steps[GATE].output.result_text == "auto-approved"
    assert state.ended_at == state.started_at


@case(100)
def test_a_gate_without_an_answer_runs_out_of_time():
    """By default the run fails with it, even one that goes on after failures."""
    state = run_workflow(
        'workflow w { gate human_approval { timeout = "48h" } call a }', options=RunOptions(fail_fast=False)
    )
    step = state.steps[GATE]
    assert (step.status, step.reason) == (StepStatus.TIMED_OUT, Reason.GATE_EXPIRED)
    assert (state.status, state.reason) == (RunStatus.FAILED, Reason.GATE_EXPIRED)
    assert "timed out" in state.error
    assert state.ended_at - state.started_at == timedelta(hours=48)


@case(100)
def test_a_gate_may_let_the_run_go_on_without_an_answer():
    """With on_timeout = continue it is timed out and the run succeeds."""
    action = FakeAction()
    state = run_workflow(
        "workflow w { gate human_approval { timeout = 0 on_timeout = continue } call a }", action
    )
    assert state.steps[GATE].status is StepStatus.TIMED_OUT
    assert state.status is RunStatus.COMPLETED
    assert action.names == ["a"]


@case(101)
@pytest.mark.parametrize(
    ("decision", "feedback"),
    [
        (Decision(approved=True, feedback="be brief"), "be brief"),
        (Decision(approved=True, feedback="be brief", selections=("red", "blue")), "red, blue"),
    ],
)
def test_the_answer_reaches_the_steps_that_follow(decision, feedback):
    """Feedback is a value; what was selected counts for more."""
    action = FakeAction()
    state, _ = answered(
        "workflow w { gate human_review { options = [red, blue] } call a }", decision, action=action
    )
    assert action.calls[0].gate_feedback == feedback
    assert action.calls[0].inputs["gate_feedback"] == feedback
    assert state.status is RunStatus.COMPLETED


def feedback_given(state, action):
    """Return what the first call after a gate knows of feedback; nothing when the name has no value."""
    assert state.status is RunStatus.COMPLETED
    return action.calls[0].inputs.get("gate_feedback")


def test_feedback_that_nobody_gave_is_empty():
    """After a gate the name has a value, whatever became of the gate."""
    source = "workflow w { gate human_review { timeout = 3600 on_timeout = continue } call a }"
    for decision in (YES, Decision(approved=True, feedback="")):
        action = FakeAction()
        assert feedback_given(answered(source, decision, action=action)[0], action) == ""
    for options in (RunOptions(), RunOptions(dry_run=True)):
        action = FakeAction()
        assert feedback_given(run_workflow(source, action, options=options), action) == ""


def test_before_any_gate_there_is_no_feedback():
    """The name is unknown, as a misspelt one is."""
    action = FakeAction()
    assert feedback_given(run_workflow("workflow w { call a }", action), action) is None


def test_a_block_that_always_runs_knows_why_a_gate_was_rejected():
    """What was said is for those who clean up, too."""
    action = FakeAction()
    answered(
        "workflow w { gate human_review { } always { call a } }",
        Decision(approved=False, feedback="not yet"),
        action=action,
    )
    assert action.calls[0].inputs["gate_feedback"] == "not yet"


def test_empty_feedback_holds_across_a_crash():
    """Whoever goes on after a gate knows that nothing was said at it."""
    store = memory()

    async def die(b):
        run_id = await b.start("workflow w { gate human_review { } call a }")
        await asyncio.sleep(60)
        await b.engine.handle(ResolveGate(run_id=run_id, path=GATE, decision=YES))
        await b.engine.wait(run_id)

    async def go_on(b):
        run_id = next(iter(store._kept))
        await b.engine.resume(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id)

    with pytest.raises(PowerCutError):
        play(die, FakeAction(a=ActionError("unreached")), CutStore(store, 3))
    action = FakeAction()
    state = play(go_on, action, store, owner=SECOND_LIFE)
    assert feedback_given(state, action) == ""


@case(102)
@pytest.mark.parametrize(("words", "error"), [("not yet", "not yet"), ("", "gate 'human_approval' rejected")])
def test_a_rejection_fails_the_run(words, error):
    """Even one that goes on after failures; the reason is the feedback, or names the gate."""
    state, _ = answered(
        "workflow w { gate human_approval { } call a }",
        Decision(approved=False, feedback=words),
        options=RunOptions(fail_fast=False),
    )
    assert (state.status, state.reason, state.error) == (RunStatus.FAILED, Reason.GATE_REJECTED, error)
    assert state.steps[GATE].status is StepStatus.FAILED


def test_a_run_that_waits_for_a_person_says_so():
    """The prompt, with its values, and the deadline are on record from the moment the gate opens."""

    async def script(b):
        run_id = await b.start(
            'workflow w { inputs { who required } gate human_review { prompt = "Ship it, {{who}}? {{x}}" } }',
            inputs={"who": "Ada"},
        )
        await asyncio.sleep(1)
        state = b.state(run_id)
        await b.engine.shutdown()
        return state

    state = play(script)
    gate = state.steps[GATE].gate
    assert state.status is RunStatus.WAITING
    assert (gate.prompt, gate.feedback_wanted) == ("Ship it, Ada? {{x}}", True)
    assert gate.deadline - gate.opened_at == limits.GATE_TIMEOUT


@case(104)
@pytest.mark.parametrize(
    ("options", "listed"), [("{ }", "there are none"), ("{ options = [red, blue] }", "red, blue")]
)
def test_only_what_is_offered_can_be_selected(options, listed):
    """Anything else is refused with what there is, and the gate waits on."""

    async def script(b):
        run_id = await b.start(f"workflow w {{ gate human_review {options} }}")
        await asyncio.sleep(1)
        wrong = Decision(approved=True, selections=("green",))
        with pytest.raises(NotPossibleError) as refused:
            await b.engine.handle(ResolveGate(run_id=run_id, path=GATE, decision=wrong))
        await b.engine.handle(ResolveGate(run_id=run_id, path=GATE, decision=YES))
        await b.engine.wait(run_id)
        return str(refused.value), b.state(run_id).status

    text, status = play(script)
    assert text.endswith(f"the options are: {listed}")
    assert status is RunStatus.COMPLETED


@case(105)
@pytest.mark.parametrize(
    ("structured", "options"),
    [
        ('{"colors":{"r":"Red","n":7,"b":"Blue"}}', {"r": "Red", "b": "Blue"}),
        ('{"colors":["red",7,"blue"]}', {"red": "red", "blue": "blue"}),
    ],
)
def test_options_can_come_from_an_earlier_step(structured, options):
    """Of an object or a list in its output, what is text can be chosen."""
    action = FakeAction(a=ActionOutput(structured=structured))
    state, _ = answered(
        "workflow w { call a gate human_review { options = a.colors } }",
        YES,
        action=action,
        path=StepPath("1"),
    )
    assert state.steps[StepPath("1")].gate.options == options


@case(105)
@pytest.mark.parametrize(
    ("reference", "structured", "reason"),
    [
        ("b.colors", "{}", "there is no result of 'b'"),
        ("a.colors", "", "'a' has left no structured output"),
        ("a.colors", '{"colors":7}', "'colors' is neither an object nor a list of texts"),
        ("a.other", '{"colors":7}', "'other' is neither an object nor a list of texts"),
        ("a.colors", '{"colors":"red"}', "'colors' is neither an object nor a list of texts"),
    ],
)
def test_a_gate_without_its_options_fails_and_says_what_is_missing(reference, structured, reason):
    """The run ends there, even one that goes on after failures."""
    action = FakeAction(a=ActionOutput(structured=structured))
    state = run_workflow(
        f"workflow w {{ call a gate human_review {{ options = {reference} }} call c }}",
        action,
        options=RunOptions(fail_fast=False),
    )
    assert state.steps[StepPath("1")].status is StepStatus.FAILED
    assert reason in state.error
    assert action.names == ["a"]


@case(105)
def test_options_that_name_no_step_are_refused_before_anything_runs():
    """A reference is a step and a member of its output, with a dot between."""

    async def script(b):
        with pytest.raises(DefinitionError):
            await b.start("workflow w { call a gate human_review { options = colors } }")
        return b.events

    assert play(script) == []


@case(107)
def test_a_cancel_while_a_gate_waits_ends_it_at_once():
    """The gate is cancelled, not rejected."""

    async def script(b):
        run_id = await b.start("workflow w { gate human_approval { } }")
        await asyncio.sleep(30)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script)
    assert (state.steps[GATE].status, state.steps[GATE].reason) == (StepStatus.CANCELLED, Reason.USER)
    assert (state.ended_at - state.started_at).total_seconds() == 30


@pytest.mark.parametrize(("decision", "status"), [(YES, StepStatus.COMPLETED), (NO, StepStatus.FAILED)])
def test_an_answer_that_was_accepted_stands_when_the_run_is_cancelled_right_after(decision, status):
    """Whoever answered was told that it counts; the run is cancelled all the same."""

    async def script(b):
        run_id = await b.start("workflow w { gate human_approval { } call after }")
        await asyncio.sleep(1)
        await b.engine.handle(ResolveGate(run_id=run_id, path=GATE, decision=decision))
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), b.action.names

    state, ran = play(script)
    assert (state.status, ran) == (RunStatus.CANCELLED, [])
    assert (state.steps[GATE].status, state.steps[GATE].gate.approved) == (status, decision.approved)


def test_a_gate_has_one_outcome():
    """Whatever is said to it at the same moment, the first word counts and the others are refused."""

    async def script(b):
        run_id = await b.start('workflow w { gate human_approval { timeout = "1m" } }')
        await asyncio.sleep(59.999)
        outcomes = []
        for decision in (YES, NO, YES):
            try:
                await b.engine.handle(ResolveGate(run_id=run_id, path=GATE, decision=decision))
            except NotPossibleError:
                outcomes.append("refused")
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return outcomes, said(b.events), b.state(run_id)

    outcomes, types, state = play(script)
    assert outcomes == ["refused", "refused"]
    assert types.count("gate_resolved") + types.count("step_finished") <= 2
    assert types.count("step_finished") == 1
    assert state.status is RunStatus.CANCELLED


@case(106)
def test_an_answer_from_another_process_is_heard():
    """What was left in the storage reaches the gate within a second."""

    async def script(b):
        b.keeper.start()
        run_id = await b.start("workflow w { gate human_approval { } }")
        await asyncio.sleep(10)
        b.store.request(ResolveGate(run_id=run_id, path=GATE, decision=YES), b.clock.now())
        await b.engine.wait(run_id)
        b.keeper.stop()
        return b.state(run_id), b.store.requests([run_id])

    state, left = play(script)
    assert state.status is RunStatus.COMPLETED
    assert state.steps[GATE].gate.by == "ada"
    assert (state.ended_at - state.started_at).total_seconds() <= 11
    assert left == ()


# After a crash


def cut_at_gate(source, cut=2, **given):
    """Return a store with a run that died while its gate waited."""
    store = memory()
    with pytest.raises(PowerCutError):
        play(lambda b: b.finish(source), None, CutStore(store, cut), **given)
    return store, next(iter(store._kept))


def test_a_deadline_holds_across_a_crash():
    """The gate that opens again does not begin to count anew."""
    store = memory()
    dark = CutStore(store, 10)

    async def die(b):
        await b.start("workflow w { gate human_approval { timeout = 3600 } }")
        await asyncio.sleep(60)
        dark.is_dark = True

    async def go_on(b):
        await asyncio.sleep(1800)
        run_id = next(iter(store._kept))
        await b.engine.resume(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), of(b.events, ev.GateOpened)

    play(die, None, dark)
    state, opened = play(go_on, None, store, owner=SECOND_LIFE)
    assert (state.ended_at - state.started_at) == HOUR
    assert opened[0].deadline - state.started_at == HOUR


def test_a_gate_that_ran_out_of_time_asks_anew_when_the_run_is_resumed():
    """Whoever resumes the run has the whole time again."""

    async def script(b):
        failed = await b.finish("workflow w { gate human_approval { timeout = 3600 } }")
        await asyncio.sleep(60)
        await b.engine.resume(ResumeRun(run_id=failed.run_id))
        await asyncio.sleep(1800)
        await b.engine.handle(ResolveGate(run_id=failed.run_id, path=GATE, decision=YES))
        await b.engine.wait(failed.run_id)
        return b.state(failed.run_id)

    assert play(script).status is RunStatus.COMPLETED


@pytest.mark.parametrize(("decision", "status"), [(YES, RunStatus.COMPLETED), (NO, RunStatus.FAILED)])
def test_an_answer_that_was_given_while_nobody_ran_counts(decision, status):
    """It waits in the storage, and is heard once the run goes on, even before the gate is open again."""
    store = memory()
    dark = CutStore(store, 10)

    async def die(b):
        await b.start("workflow w { gate human_approval { timeout = 3600 } call a }")
        await asyncio.sleep(60)
        dark.is_dark = True

    async def go_on(b):
        run_id = next(iter(store._kept))
        store.request(ResolveGate(run_id=run_id, path=GATE, decision=decision), b.clock.now())
        store.request(CancelRun(run_id=run_id), b.clock.now())
        b.keeper.start()
        await b.engine.resume(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        b.keeper.stop()
        return b.state(run_id)

    play(die, None, dark)
    state = play(go_on, None, store, owner=SECOND_LIFE)
    assert state.status is status


def test_an_answer_can_come_before_the_gate_is_open_again():
    """Right after a resume the engine keeps it until the walk is back at the gate."""
    store = memory()
    dark = CutStore(store, 10)

    async def die(b):
        await b.start("workflow w { gate human_approval { } }")
        await asyncio.sleep(60)
        dark.is_dark = True

    async def go_on(b):
        run_id = next(iter(store._kept))
        await b.engine.resume(ResumeRun(run_id=run_id))
        await b.engine.handle(ResolveGate(run_id=run_id, path=GATE, decision=YES))
        await b.engine.wait(run_id)
        return b.state(run_id)

    play(die, None, dark)
    assert play(go_on, None, store, owner=SECOND_LIFE).status is RunStatus.COMPLETED


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("order", list(permutations(["yes", "no", "cancel"])), ids="-".join)
def test_a_gate_that_is_not_open_again_yet_has_one_outcome(order, turns):
    """Who is told that the answer counts is who is on record, whenever the run is cancelled."""
    store = memory()
    dark = CutStore(store, 10)

    async def die(b):
        await b.start("workflow w { call a gate human_review { } call after }")
        await asyncio.sleep(60)
        dark.is_dark = True

    async def go_on(b):
        run_id = next(iter(store._kept))
        told = []
        await b.engine.resume(ResumeRun(run_id=run_id))
        for what in order:
            decision = replace(YES if what == "yes" else NO, by=what)
            asked = ResolveGate(run_id=run_id, path=StepPath("1"), decision=decision)
            try:
                await b.engine.handle(CancelRun(run_id=run_id) if what == "cancel" else asked)
            except NotPossibleError:
                continue
            if what != "cancel":
                told.append(what)
            for _ in range(turns):
                await asyncio.sleep(0)
        await b.engine.wait(run_id)
        return told, b.state(run_id), list(store.history(run_id))

    play(die, None, dark)
    told, state, history = play(go_on, None, store, owner=SECOND_LIFE)
    gate = state.steps[StepPath("1")]
    assert [one.by for one in of(history, ev.GateResolved)] == told
    assert len(told) <= 1
    assert (gate.gate.approved is True) == (told == ["yes"])
    assert gate.status is {"yes": StepStatus.COMPLETED, "no": StepStatus.FAILED}.get(
        "".join(told), StepStatus.CANCELLED if gate.status is StepStatus.CANCELLED else StepStatus.PENDING
    )
    assert state.status.is_over
    assert state.status is not RunStatus.COMPLETED or told == ["yes"]


@case(103)
@pytest.mark.parametrize(("decision", "status"), [(YES, RunStatus.COMPLETED), (NO, RunStatus.FAILED)])
def test_an_answer_on_record_stands_when_the_power_goes_right_after(decision, status):
    """Nobody is asked twice; a rejection is final for this part of the run."""
    store = memory()
    dark = CutStore(store, 3)

    async def die(b):
        run_id = await b.start("workflow w { gate human_review { } call a }")
        await asyncio.sleep(60)
        await b.engine.handle(ResolveGate(run_id=run_id, path=GATE, decision=decision))
        await b.engine.wait(run_id)

    async def go_on(b):
        run_id = next(iter(store._kept))
        await b.engine.resume(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), said(b.events)

    with pytest.raises(PowerCutError):
        play(die, FakeAction(a=ActionError("unreached")), dark)
    state, types = play(go_on, None, store, owner=SECOND_LIFE)
    assert "gate_opened" not in types
    assert state.status is status


def test_feedback_that_is_too_long_is_cut():
    """What cannot be kept is not, and text that does not exist is replaced."""
    long = Decision(approved=True, feedback="x" * (2 * limits.FEEDBACK_BYTES))
    state, _ = answered("workflow w { gate human_review { } }", long)
    assert len(state.steps[GATE].gate.feedback) == limits.FEEDBACK_BYTES
    odd = Decision(approved=True, feedback="a\ud800b")
    state, _ = answered("workflow w { gate human_review { } }", odd)
    assert state.steps[GATE].gate.feedback == "a?b"


class Looks:
    """Decides a gate after having been asked so often; may stumble first."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.asked = []

    async def poll(self, params):
        self.asked.append(params)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@case(106)
def test_a_gate_that_no_person_decides_is_looked_at_until_it_is_decided():
    """What goes wrong while looking is said once, and it is looked at again."""
    looks = Looks(ActionError("no network"), ActionError("no network"), None, YES)
    source = "workflow w { gate pr_checks { } call after }"

    async def script(b):
        return await b.finish(source), b.clock.now()

    state, end = play(script, resolvers={"pr_checks": looks})
    assert state.status is RunStatus.COMPLETED
    assert state.steps[GATE].notes == ("could not be looked at: no network",)
    assert end - state.started_at == 3 * limits.GATE_POLL
    assert (looks.asked[0].name, looks.asked[0].gate_type) == ("pr_checks", "pr_checks")


def test_a_gate_that_is_looked_at_can_be_rejected_or_run_out_of_time():
    """As if a person had decided, or nobody."""

    def ended(*answers):
        async def script(b):
            return await b.finish('workflow w { gate pr_checks { timeout = "12s" } }')

        return play(script, resolvers={"pr_checks": Looks(*answers)}).reason

    assert ended(None, Decision(approved=False, feedback="red")) is Reason.GATE_REJECTED
    assert ended(None, None, None) is Reason.GATE_EXPIRED


def test_a_person_may_decide_before_whoever_looks():
    """The first answer counts."""

    async def script(b):
        run_id = await b.start("workflow w { gate pr_checks { } }")
        await asyncio.sleep(1)
        await b.engine.handle(ResolveGate(run_id=run_id, path=GATE, decision=YES))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, resolvers={"pr_checks": Looks(None, None)})
    assert (state.status, state.steps[GATE].gate.by) == (RunStatus.COMPLETED, "ada")
