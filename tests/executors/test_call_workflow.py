"""``call workflow``: runs that are part of another run."""

import asyncio
from datetime import timedelta

import pytest

from flow_tui.engine.commands import CancelRun, ResolveGate, ResumeRun
from flow_tui.engine.keeping import RunQuery
from flow_tui.errors import ActionError, DefinitionError, NotPossibleError
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import AttemptStatus, Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, Decision
from flow_tui.testing import FakeAction
from tests.flows import HOUR, SECOND, play

case = pytest.mark.case
CALL = StepPath("0")


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
        "workflow w { call workflow sub { retries = 1 } }", {"sub": "workflow sub { call one }"}, action
    )
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
    fine, _, _ = ran(
        "workflow l1 { call workflow l2 }",
        {**deep, "l5": "workflow l5 { call a }", "l6": ""} | {"l6": "workflow l6 {}"},
    )
    assert fine.status is RunStatus.COMPLETED


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
