"""``call workflow``: runs that are part of another run."""

import asyncio
import json
from datetime import timedelta

import pytest

from flow_tui.engine.commands import CancelRun, ResolveGate, ResumeRun
from flow_tui.engine.keeping import Owner, RunQuery
from flow_tui.errors import ActionError, DefinitionError, NotPossibleError, StoreError
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import AttemptStatus, Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, Decision, RunOptions
from flow_tui.testing import FakeAction, FakeProvider
from tests.flows import (
    FIRST,
    HOUR,
    SECOND,
    SECOND_LIFE,
    CutStore,
    FaultyStore,
    PowerCutError,
    memory,
    play,
)

case = pytest.mark.case
CALL = StepPath("0")
FIRST_LIFE = Owner(token="first", process=FIRST, label="first")


def ran(source, others, action=None):
    """Return the state of a run, the states of its parts in the order of their beginning, and all events."""

    async def script(b):
        state = await b.finish(source, others=others)
        return state, parts(b, state.run_id), b.events

    return play(script, action)


def parts(b, run_id):
    """Return what is stored of the runs that a run has begun."""
    lines = b.store.runs(RunQuery(part_of=run_id))
    return [b.state(line.run_id) for line in sorted(lines, key=lambda line: line.run_id)]


@case(54)
def test_what_a_called_workflow_leaves_its_caller_can_use():
    """Its last step's markers and context become the step's own; its run is named on the step."""
    said = FakeAction(one=ActionOutput(context="first"), two=ActionOutput(context="last", markers=("good",)))
    state, (part,), _ = ran(
        "workflow w { call workflow sub if sub.good { call after } }",
        {"sub": "workflow sub { call one call two }"},
        said,
    )
    step = state.steps[CALL]
    assert (state.status, part.status) == (RunStatus.COMPLETED, RunStatus.COMPLETED)
    assert (step.kind, step.name, step.child_run) == ("call_workflow", "sub", part.run_id)
    assert (step.output.context, step.output.markers) == ("last", ("good",))
    assert (part.parent, part.parent_path) == (state.run_id, CALL)
    assert StepPath("1/0") in state.steps


@case(55)
def test_the_contexts_of_a_part_come_before_that_of_the_step_in_order():
    """A later step sees every step of the part, oldest first, then the call itself."""
    seen = []

    async def look(params):
        seen.append(params.inputs["prior_contexts"])
        return ActionOutput()

    said = FakeAction(one=ActionOutput(context="1"), two=ActionOutput(context="2"), look=look)
    ran("workflow w { call workflow sub call look }", {"sub": "workflow sub { call one call two }"}, said)
    assert [entry.split('"')[0] for entry in seen[0].split('"step": "')[1:]] == ["one", "two", "sub"]


@case(55)
def test_what_a_part_left_is_taken_in_the_order_in_which_it_is_written():
    """Not in the order in which its steps happened to begin: a helper comes right after what it helped."""
    seen = []

    async def look(params):
        seen.append([entry["step"] for entry in json.loads(params.inputs["prior_contexts"])])
        return ActionOutput()

    sub = (
        "workflow sub { parallel { min_success = 1 fail_fast = false "
        "call one { on_fail = help } call two } call look }"
    )
    said = FakeAction(one=[ActionError("no"), SECOND], help=SECOND, look=look)
    ran("workflow w { call workflow sub call look }", {"sub": sub}, said)
    inside, outside = seen
    assert inside == ["help", "two"]
    assert outside == ["help", "two", "look", "sub"]


@case(56)
def test_a_part_whose_rows_cannot_be_read_has_completed_all_the_same():
    """What it left is known without reading it again, and what cannot be read fails nothing."""
    store = FaultyStore(memory())

    def unreadable():
        raise StoreError("cannot be read")

    async def one(_params):
        store.faults["history"] = unreadable
        return ActionOutput(context="c", markers=("m",))

    async def script(b):
        run_id = await b.start(
            "workflow w { call workflow sub if sub.m { call after } }",
            others={"sub": "workflow sub { call one }"},
        )
        await b.engine.wait(run_id)
        store.faults.clear()
        return b.state(run_id)

    state = play(script, FakeAction(one=one), store)
    assert (state.status, state.steps[CALL].output.context) == (RunStatus.COMPLETED, "c")
    assert state.steps[StepPath("1/0")].status is StepStatus.COMPLETED


def test_steps_of_a_part_act_as_whom_its_call_names():
    """Those that name nobody; calls beside it act as the run says."""
    action = FakeAction()

    async def script(b):
        source = "workflow w { call workflow sub { as = bot } call after }"
        await b.finish(
            source, others={"sub": "workflow sub { call one }"}, options=RunOptions(as_identity="crew")
        )

    play(script, action)
    assert [(one.name, one.as_identity) for one in action.calls] == [("one", "bot"), ("after", "crew")]


def test_conditions_see_the_steps_of_a_called_workflow():
    """As if they had been written in the caller."""
    said = FakeAction(one=ActionOutput(markers=("found",)))
    state, _, _ = ran(
        "workflow w { call workflow sub if one.found { call after } }",
        {"sub": "workflow sub { call one call two }"},
        said,
    )
    assert state.steps[StepPath("1/0")].status is StepStatus.COMPLETED


@case(59)
def test_values_are_put_into_the_inputs_of_a_part_and_unknown_ones_are_kept():
    """The part gets texts, with its own defaults for what was not given."""
    given = {}

    async def look(params):
        given.update({name: params.inputs[name] for name in ("known", "unknown", "more", "flag")})
        return ActionOutput()

    source = (
        "workflow w { inputs { name default = Ada } "
        'call workflow sub { inputs { known = "hi {{name}}" unknown = "{{nobody}}" } } }'
    )
    sub = "workflow sub { inputs { known unknown more default = d flag boolean } call look }"
    ran(source, {"sub": sub}, FakeAction(look=look))
    assert given == {"known": "hi Ada", "unknown": "{{nobody}}", "more": "d", "flag": "false"}


@case(57)
def test_a_part_that_fails_is_begun_anew_for_every_attempt():
    """Two attempts, two runs; then the step has failed, and the run with it."""
    action = FakeAction(one=ActionError("no"))
    state, begun, events = ran(
        "workflow w { call workflow sub { retries = 1 on_fail = help } }",
        {"sub": "workflow sub { call one }"},
        action,
    )
    assert action.names == ["one", "one", "help"]
    assert action.calls[-1].inputs["failed_step"] == "sub"
    step = state.steps[CALL]
    assert [part.status for part in begun] == [RunStatus.FAILED, RunStatus.FAILED]
    assert [attempt.child_run for attempt in step.attempts] == [part.run_id for part in begun]
    assert (state.status, step.status) == (RunStatus.FAILED, StepStatus.FAILED)
    assert "workflow 'sub' failed" in step.error
    assert "no" in step.error
    retried = [e.event for e in events if isinstance(e.event, ev.AttemptFailed) and e.event.retry_at]
    assert len([e for e in retried if e.path == CALL]) == 1


def test_on_fail_of_a_call_goes_on_without_it():
    """The step counts as left out; the run completes."""
    state, _, _ = ran(
        "workflow w { call workflow sub { on_fail = continue } call after }",
        {"sub": "workflow sub { call one }"},
        FakeAction(one=ActionError("no")),
    )
    assert (state.status, state.steps[CALL].status) == (RunStatus.COMPLETED, StepStatus.SKIPPED)


@case(53)
def test_workflows_call_each_other_five_deep_and_no_deeper():
    """The run itself counts; what lies deeper fails where it is called."""
    deep = {f"l{n}": f"workflow l{n} {{ call workflow l{n + 1} }}" for n in range(2, 6)}
    state, _, events = ran("workflow l1 { call workflow l2 }", {**deep, "l6": "workflow l6 { call a }"})
    assert state.status is RunStatus.FAILED
    assert "5 workflows deep" in state.error
    begun = {recorded.run_id for recorded in events if isinstance(recorded.event, ev.RunStarted)}
    assert len(begun) == 5

    async def going_on(b):
        source = "workflow l1 { call workflow l2 call after }"
        l5 = "workflow l5 { call workflow l6 call inner }"
        others = {**deep, "l5": l5, "l6": "workflow l6 { }"}
        return await b.finish(source, others=others, options=RunOptions(fail_fast=False)), b.action.names

    state, names = play(going_on)
    assert (state.status, names) == (RunStatus.FAILED, ["inner", "after"])
    fine, _, _ = ran(
        "workflow l1 { call workflow l2 }",
        {**deep, "l5": "workflow l5 { call a }", "l6": ""} | {"l6": "workflow l6 {}"},
    )
    assert fine.status is RunStatus.COMPLETED


@case(10)
def test_a_call_of_a_workflow_that_is_broken_or_missing_is_refused_before_anything_is_written():
    """Wherever it is called: also in a workflow that is itself called."""

    async def script(b):
        with pytest.raises(DefinitionError, match="nope"):
            await b.start(
                "workflow w { call workflow sub }", others={"sub": "workflow sub { call workflow nope }"}
            )
        with pytest.raises(DefinitionError):
            await b.start("workflow w { call workflow sub }", others={"sub": "workflow sub { call }"})
        return b.events

    assert play(script) == []


@case(61)
def test_a_cancel_reaches_the_parts_and_they_clean_up():
    """Nothing is tried again; the part's own ``always`` runs, then the caller's."""

    async def script(b):
        source = "workflow w { call workflow sub { retries = 3 } always { call tidy } }"
        run_id = await b.start(source, others={"sub": "workflow sub { call slow always { call sweep } }"})
        await asyncio.sleep(1)
        await b.engine.handle(CancelRun(run_id=run_id, by="ada"))
        await b.engine.wait(run_id)
        return b.state(run_id), parts(b, run_id), b.action.names

    state, (part,), names = play(script, FakeAction(slow=HOUR, sweep=timedelta(seconds=30)))
    assert (state.status, part.status) == (RunStatus.CANCELLED, RunStatus.CANCELLED)
    assert part.reason is Reason.USER
    assert state.steps[CALL].status is StepStatus.CANCELLED
    assert names == ["slow", "sweep", "tidy"]


def test_a_part_that_somebody_cancels_is_a_step_that_somebody_cancels():
    """It is not tried again, and the run has failed."""

    async def script(b):
        run_id = await b.start(
            "workflow w { call workflow sub { retries = 3 } }", others={"sub": "workflow sub { call slow }"}
        )
        await asyncio.sleep(1)
        (part,) = parts(b, run_id)
        await b.engine.handle(CancelRun(run_id=part.run_id, by="ada"))
        await b.engine.wait(run_id)
        return b.state(run_id), parts(b, run_id)

    state, (part,) = play(script, FakeAction(slow=HOUR))
    assert (part.status, state.status) == (RunStatus.CANCELLED, RunStatus.FAILED)
    assert state.steps[CALL].reason is Reason.USER


def test_a_gate_in_a_part_is_answered_there():
    """By the part's own id and path."""

    async def script(b):
        run_id = await b.start(
            "workflow w { call workflow sub }",
            others={"sub": "workflow sub { gate human_approval {} call a }"},
        )
        await asyncio.sleep(1)
        (part,) = parts(b, run_id)
        yes = ResolveGate(run_id=part.run_id, path=StepPath("0"), decision=Decision(approved=True))
        await b.engine.handle(yes)
        await b.engine.wait(run_id)
        return part, b.state(run_id)

    part, state = play(script)
    assert part.status is RunStatus.WAITING
    assert state.status is RunStatus.COMPLETED


@case(58)
def test_a_resume_goes_on_with_the_part_that_failed():
    """No new run is begun for it; what it had done is not done again."""
    fails = iter([ActionError("no"), ActionError("no"), ActionOutput()])

    async def two(_params):
        answer = next(fails)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def script(b):
        run_id = await b.start(
            "workflow w { call workflow sub { retries = 1 } call after }",
            others={"sub": "workflow sub { call one call two }"},
        )
        await b.engine.wait(run_id)
        first = parts(b, run_id)
        await b.engine.handle(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return first, parts(b, run_id), b.state(run_id), b.action.names

    first, after, state, names = play(script, FakeAction(two=two))
    assert state.status is RunStatus.COMPLETED
    assert [part.run_id for part in after] == [part.run_id for part in first]
    assert [part.status for part in after] == [RunStatus.FAILED, RunStatus.COMPLETED]
    assert names == ["one", "two", "one", "two", "two", "after"]
    assert state.steps[CALL].attempts[-1].status is AttemptStatus.COMPLETED


@case(58)
def test_a_part_that_fails_again_when_it_is_gone_on_with_was_the_last():
    """No other is begun, whatever the retries; on_fail applies."""

    async def script(b):
        run_id = await b.start(
            "workflow w { call workflow sub { retries = 3 on_fail = help } }",
            others={"sub": "workflow sub { call one }"},
        )
        await b.engine.wait(run_id)
        before = len(parts(b, run_id)), len(b.action.names)
        await b.engine.handle(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return before, len(parts(b, run_id)), b.action.names, b.state(run_id)

    action = FakeAction(one=ActionError("no"), help=[ActionError("nor me"), None])
    before, after, names, state = play(script, action)
    assert (before, after) == ((4, 5), 4)
    assert names[5:] == ["one", "help"]
    assert state.steps[CALL].error.endswith("no")
    assert state.error.startswith("step 'sub' failed after 1 attempt")


@case(58)
@pytest.mark.parametrize("cut", range(1, 4))
def test_a_part_that_is_gone_on_with_stays_the_last_after_a_crash(cut):
    """The power going in the middle of it gives nobody more attempts than before."""
    store = memory()
    source = "workflow w { call workflow sub { retries = 3 } }"
    others = {"sub": "workflow sub { call one }"}
    play(lambda b: b.finish(source, others=others), FakeAction(one=ActionError("no")), store)
    run_id = RunId(f"RUN{1:023}")
    begun = len(store.runs(RunQuery(part_of=run_id)))

    async def go_on(b):
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # nobody is left to listen
        await b.engine.handle(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id)

    with pytest.raises(PowerCutError):
        play(go_on, FakeAction(one=ActionError("no")), CutStore(store, cut), owner=FIRST_LIFE)
    state = play(go_on, FakeAction(one=ActionError("no")), store, owner=SECOND_LIFE)
    assert state.status is RunStatus.FAILED
    assert len(store.runs(RunQuery(part_of=run_id))) == begun


@case(123)
def test_a_cancel_goes_down_and_never_up_or_sideways():
    """One part is cancelled by a person, and keeps that reason; the others hear only what ends them all."""

    async def script(b):
        run_id = await b.start(
            "workflow w { foreach f { over = things workflow = sub max_parallel = 3 } call after }",
            others={"sub": "workflow sub { call workflow deep }", "deep": "workflow deep { call slow }"},
        )
        await asyncio.sleep(1)
        first, *others = parts(b, run_id)
        await b.engine.handle(CancelRun(run_id=first.run_id, by="ada"))
        await asyncio.sleep(1)
        between = [b.state(part.run_id).status for part in (first, *others)], b.state(run_id).status
        await b.engine.shutdown()
        families = [(b.state(part.run_id), *parts(b, part.run_id)) for part in (first, *others)]
        return between, [[one.reason for one in family] for family in families], b.state(run_id)

    given = {"providers": {"things": FakeProvider("x", "y", "z")}}
    between, reasons, state = play(script, FakeAction(slow=HOUR), **given)
    assert between == ([RunStatus.CANCELLED, RunStatus.RUNNING, RunStatus.RUNNING], RunStatus.RUNNING)
    assert reasons == [[Reason.USER] * 2, [Reason.SHUTDOWN] * 2, [Reason.SHUTDOWN] * 2]
    assert (state.status, state.reason) == (RunStatus.CANCELLED, Reason.SHUTDOWN)


@case(127)
def test_a_resumed_caller_sees_again_what_a_completed_part_left():
    """The markers and contexts of its steps come from what is stored."""
    tries = iter([ActionError("no"), ActionOutput()])

    async def flaky(params):
        assert '"step": "one"' in params.inputs["prior_contexts"]
        answer = next(tries)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def script(b):
        run_id = await b.start(
            "workflow w { call workflow sub if one.found { call flaky } }",
            others={"sub": "workflow sub { call one }"},
        )
        await b.engine.wait(run_id)
        await b.engine.handle(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), b.action.names

    state, names = play(script, FakeAction(one=ActionOutput(markers=("found",)), flaky=flaky))
    assert state.status is RunStatus.COMPLETED
    assert names == ["one", "flaky", "flaky"]


def test_what_parts_have_used_up_counts_for_the_whole():
    """The totals of a part are those of the step, and so of the run."""
    said = FakeAction(
        one=ActionOutput(metrics={"cost_usd": 2.0}), two=ActionOutput(metrics={"cost_usd": 1.0})
    )
    state, (part,), _ = ran(
        "workflow w { call workflow sub call two }", {"sub": "workflow sub { call one }"}, said
    )
    assert (part.totals, state.totals) == ({"cost_usd": 2.0}, {"cost_usd": 3.0})


def test_a_part_gives_signs_of_life_to_its_step():
    """Whatever happens in it shows that the step is at work."""
    _, _, events = ran(
        "workflow w { call workflow sub }",
        {"sub": "workflow sub { call one call two call three }"},
        FakeAction(one=5 * SECOND, two=5 * SECOND, three=5 * SECOND),
    )
    assert len([e for e in events if isinstance(e.event, ev.Heartbeat) and e.event.path == CALL]) >= 2


def test_a_part_is_never_gone_on_with_alone():
    """Its whole is: a part has no lease of its own to give."""

    async def script(b):
        run_id = await b.start(
            "workflow w { call workflow sub }", others={"sub": "workflow sub { call one }"}
        )
        await b.engine.wait(run_id)
        (part,) = parts(b, run_id)
        with pytest.raises(NotPossibleError, match="part of run"):
            await b.engine.handle(ResumeRun(run_id=part.run_id))

    play(script, FakeAction(one=ActionError("no")))
