"""How often and how long a step is tried, and what is recorded of it."""

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.engine.attempts import HOPELESS
from flow_tui.engine.commands import CancelRun, CancelStep
from flow_tui.engine.keeping import RunQuery
from flow_tui.engine.policy import Policy
from flow_tui.errors import (
    ActionError,
    DefinitionError,
    HopelessError,
    SpawnBusyError,
    SpawnError,
    TemplateError,
)
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import AttemptStatus, Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, RunOptions
from flow_tui.testing import FakeAction, run_workflow
from tests.flows import HOUR, MINUTE, OBJECT, SECOND, FaultyStore, instants, memory, of, play, said, schemas

FIRST = StepPath("0")
case = pytest.mark.case


def failing(times: int, then: object = None) -> list[object]:
    """Return a behaviour that fails so often first."""
    return [*(ActionError(f"mishap {number}") for number in range(1, times + 1)), then]


@case(30)
def test_a_step_that_always_fails_is_tried_once_more_than_its_retries():
    """Every attempt is on record, numbered from 1, and all of them failed."""
    state = run_workflow("workflow w { call a { retries = 2 } }", FakeAction(a=ActionError("no")))
    step = state.steps[FIRST]
    assert [(one.attempt, one.status, one.error) for one in step.attempts] == [
        (number, AttemptStatus.FAILED, "no") for number in (1, 2, 3)
    ]
    assert (step.status, step.max_attempts) == (StepStatus.FAILED, 3)


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (HopelessError("there is no runtime 'claud'"), 1),
        (TemplateError("gone", "run of script 's'"), 1),
        (SpawnError("agent 'a'", "there is no command 'x' on PATH"), 1),
        (SpawnBusyError("agent 'a'", "there is not enough memory"), 3),
        (ActionError("no"), 3),
    ],
)
def test_a_failure_that_no_attempt_can_change_is_not_tried_again(error, attempts):
    """It ends the step at once, with its reason, and with a word on why the retries are left."""
    state = run_workflow("workflow w { call a { retries = 2  on_fail = continue } }", FakeAction(a=error))
    step = state.steps[FIRST]
    assert [one.error for one in step.attempts] == [str(error)] * attempts
    assert (step.status, step.reason) == (StepStatus.SKIPPED, Reason.ON_FAIL)
    assert (HOPELESS in step.notes) == (attempts == 1)


@case(31)
def test_an_attempt_knows_how_many_follow_and_what_went_wrong_before():
    """Retries count down; the first attempt has no error before it, each later one has the last."""
    action = FakeAction(a=failing(2))
    run_workflow("workflow w { call a { retries = 2 } }", action)
    told = [(one.attempt, one.max_attempts, one.retries_remaining, one.retry_error) for one in action.calls]
    assert told == [(1, 3, 2, None), (2, 3, 1, "mishap 1"), (3, 3, 0, "mishap 2")]


@case(32)
def test_a_retry_that_succeeds_leaves_the_failure_on_record():
    """One event says that an attempt failed and another follows; the step completes once."""

    async def script(b):
        await b.finish("workflow w { call a { retries = 1 } }")
        return b.events

    events = play(script, FakeAction(a=failing(1)))
    assert said(events) == [
        "run_started",
        "step_started",
        "attempt_started",
        "attempt_failed",
        "attempt_started",
        "step_finished",
        "metrics_updated",
        "run_finished",
    ]
    assert of(events, ev.AttemptFailed)[0].retry_at is not None


@case(33)
def test_a_failed_step_ends_the_body_and_says_why():
    """The error names the step, the attempts made and what went wrong; nothing after it starts."""
    state = run_workflow("workflow w { call a call b }", FakeAction(a=ActionError("out of paint")))
    assert state.error == "step 'a' failed after 1 attempt: out of paint"
    assert list(state.steps) == [FIRST]
    assert state.status is RunStatus.FAILED


@case(34)
def test_an_action_that_is_cancelled_is_not_tried_again():
    """It says why, and nothing that only other programs read; there is no retry, no on_fail, no error."""
    action = FakeAction(a=HOUR)

    async def script(b):
        run_id = await b.start("workflow w { call a { retries = 3 on_fail = helper } }")
        await asyncio.sleep(1)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, action)
    step = state.steps[FIRST]
    assert (step.status, step.error, step.reason) == (StepStatus.CANCELLED, "", Reason.USER)
    assert step.output is None
    assert action.names == ["a"]
    assert (state.status, state.reason) == (RunStatus.CANCELLED, Reason.USER)


@case(35)
def test_a_step_that_runs_out_of_time_is_not_tried_again():
    """The limit ends the step and the run, whatever its retries and on_fail; the texts are exact."""
    action = FakeAction(a=HOUR)
    state = run_workflow(
        'workflow w { call a { retries = 2 on_fail = helper timeout = "10m" } call b }', action
    )
    step = state.steps[FIRST]
    assert (step.status, step.attempt) == (StepStatus.TIMED_OUT, 1)
    assert step.error == "step 'a' timed out after 10m"
    assert step.output == ActionOutput(result_text="timed out after 10m")
    assert (state.status, state.reason) == (RunStatus.CANCELLED, Reason.TIMEOUT)
    assert state.ended_at - state.started_at == timedelta(minutes=10)
    assert action.names == ["a"]


@case(35)
def test_a_limit_may_fail_the_attempt_instead_of_ending_the_run():
    """With on_timeout = fail the step is tried again, and on_fail applies."""
    action = FakeAction(a=[HOUR, HOUR])
    state = run_workflow(
        'workflow w { call a { retries = 1 on_fail = helper timeout = "1m" on_timeout = fail } }', action
    )
    assert action.names == ["a", "a", "helper"]
    step = state.steps[FIRST]
    assert [one.status for one in step.attempts] == [AttemptStatus.TIMED_OUT] * 2
    assert (step.status, step.reason) == (StepStatus.TIMED_OUT, Reason.TIMEOUT)
    assert state.status is RunStatus.FAILED


@case(36)
def test_a_success_that_comes_after_the_limit_is_dropped():
    """An action that ends well only because it was told to end has still run out of time."""

    async def stubborn(params):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return ActionOutput(context="too late", markers=("late",))

    state = run_workflow('workflow w { call a { timeout = "10ms" } }', FakeAction(a=stubborn))
    step = state.steps[FIRST]
    assert step.status is StepStatus.TIMED_OUT
    assert step.output == ActionOutput(result_text="timed out after 10ms")


@case(36)
@pytest.mark.parametrize(
    ("needed", "outcomes"),
    [(9.999, {"completed"}), (10, {"completed", "timed_out"}), (10.001, {"timed_out"})],
)
def test_a_success_around_the_limit_has_one_outcome(needed, outcomes):
    """Before the limit it counts, after it does not, and at the very instant it is one of both."""

    async def script(b):
        state = await b.finish('workflow w { call a { timeout = "10s" } }')
        return state.steps[FIRST].status, len(of(b.events, ev.StepFinished))

    status, finished = play(script, FakeAction(a=timedelta(seconds=needed)))
    assert status in outcomes
    assert finished == 1


@case(37)
def test_a_fast_step_leaves_no_timer_behind():
    """A limit that is not reached changes nothing, and nothing waits for it."""

    async def script(b):
        state = await b.finish('workflow w { call a { timeout = "10s" heartbeat_timeout = "5s" } }')
        return state, asyncio.all_tasks(), b.clock.monotonic()

    state, tasks, now = play(script)
    assert state.status is RunStatus.COMPLETED
    assert len(tasks) == 1
    assert now == 0


@case(38, 39)
@pytest.mark.parametrize("limit", ["abc", "1x", "-1s", ""])
def test_a_limit_that_is_none_is_refused_before_anything_is_written(limit):
    """A definition with a broken time limit never becomes a run."""

    async def script(b):
        with pytest.raises(DefinitionError):
            await b.start(f'workflow w {{ call a {{ timeout = "{limit}" }} }}')
        return b.store.runs(RunQuery())

    assert play(script) == ()


@case(39)
@pytest.mark.parametrize(
    ("text", "seconds"), [("250ms", 0.25), ("10s", 10), ("30m", 1800), ("2h", 7200), ("5", 5), ("3ms", 0.003)]
)
def test_a_limit_is_as_long_as_it_says(text, seconds):
    """Units are milliseconds, seconds, minutes and hours; a bare number is seconds."""
    state = run_workflow(f'workflow w {{ call a {{ timeout = "{text}" }} }}', FakeAction(a=24 * HOUR))
    assert (state.ended_at - state.started_at).total_seconds() == pytest.approx(seconds)


@case(40)
def test_a_cancel_of_a_step_with_a_limit_is_no_timeout():
    """Who ended it decides what it is called."""

    async def script(b):
        run_id = await b.start('workflow w { call a { timeout = "10s" } }')
        await asyncio.sleep(9.999)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, FakeAction(a=HOUR))
    assert state.steps[FIRST].status is StepStatus.CANCELLED
    assert state.steps[FIRST].attempts[0].status is AttemptStatus.CANCELLED
    assert state.reason is Reason.USER


class Told(FakeAction):
    """An action that is told which step is to end."""

    def __init__(self, **behaviours):
        super().__init__(**behaviours)
        self.told = []

    def cancel(self, step_id):
        """Remember who is to end."""
        self.told.append(step_id)


@case(41)
def test_an_action_is_told_that_its_time_is_up():
    """At the limit its ``cancel`` is called with the step, and its stop signal says why."""
    action = Told(a=HOUR)
    run_workflow('workflow w { call a { timeout = "1m" } }', action)
    assert action.told == [FIRST]
    stop = action.calls[0].stop
    assert (stop.is_set(), stop.reason) == (True, Reason.TIMEOUT)


@case(42)
def test_an_action_is_told_of_a_cancel_while_it_works_and_not_afterwards():
    """A cancel reaches the step in progress only."""
    action = Told(b=HOUR)

    async def script(b):
        run_id = await b.start("workflow w { call a call b }")
        await asyncio.sleep(1)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)

    play(script, action)
    assert action.told == [StepPath("1")]
    assert [one.stop.is_set() for one in action.calls] == [False, True]


def test_an_action_that_fails_to_take_a_cancel_is_ended_all_the_same():
    """What an action raises when it is told to end harms nobody."""

    class Clumsy(FakeAction):
        def cancel(self, step_id):
            raise RuntimeError("oops")

    state = run_workflow('workflow w { call a { timeout = "1s" } }', Clumsy(a=HOUR))
    assert state.steps[FIRST].status is StepStatus.TIMED_OUT


@case(43)
def test_a_call_overrides_the_schema_of_its_block_and_adds_to_its_snippets():
    """What the block hands down comes before what the call names."""
    action = FakeAction(a=OBJECT, b=OBJECT)
    run_workflow(
        'workflow w { do { output = "outer" with = [x] call a { output = "own" with = [y] } call b } }',
        action,
        files=schemas(outer="fields: {}", own="fields: {}"),
    )
    assert [(one.schema and one.schema.name, one.snippets) for one in action.calls] == [
        ("own", ("x", "y")),
        ("outer", ("x",)),
    ]


@case(45)
def test_folders_of_agents_are_handed_over_once_each():
    """Those of the run first, duplicates dropped; the call's identity wins over that of the run."""
    action = FakeAction()
    source = 'workflow w { call a { plugin_dirs = [p, q, p] as = "bot" } call b parallel { call c } }'
    options = RunOptions(plugin_dirs=("r", "q"), as_identity="crew")
    for how in (RunOptions(), options):
        run_workflow(source, action, options=how)
    assert [(one.name, one.plugin_dirs, one.as_identity) for one in action.calls] == [
        ("a", ("p", "q"), "bot"),
        ("b", (), ""),
        ("c", (), ""),
        ("a", ("r", "q", "p"), "bot"),
        ("b", ("r", "q"), "crew"),
        ("c", ("r", "q"), "crew"),
    ]


@case(46)
def test_a_limit_of_turns_is_handed_over_when_there_is_one():
    """Without one there is none."""
    action = FakeAction()
    run_workflow("workflow w { call a { max_turns = 5 } call b }", action)
    assert [one.max_turns for one in action.calls] == [5, None]


@case(47)
def test_a_failure_that_may_be_passed_over_leaves_the_run_successful():
    """With on_fail = continue the step is skipped, says why, and the next one runs."""
    state = run_workflow(
        "workflow w { call a { on_fail = continue retries = 1 } call b }", FakeAction(a=ActionError("no"))
    )
    step = state.steps[FIRST]
    assert (step.status, step.reason, step.error) == (StepStatus.SKIPPED, Reason.ON_FAIL, "no")
    assert [one.status for one in step.attempts] == [AttemptStatus.FAILED] * 2
    assert state.steps[StepPath("1")].status is StepStatus.COMPLETED
    assert state.status is RunStatus.COMPLETED


@case(48)
def test_the_agent_that_helps_after_a_failure_knows_what_failed():
    """It sees the step, the reason and the retries made, nobody else does, and the run has failed still."""
    action = FakeAction(a=ActionError("no"))
    state = run_workflow(
        "workflow w { call a { retries = 1 on_fail = helper } call b }",
        action,
        inputs={"failed_step": "mine"},
        options=RunOptions(fail_fast=False),
    )
    helper, after = action.calls[2], action.calls[3]
    told = {name: helper.inputs[name] for name in ("failed_step", "failure_reason", "retry_count")}
    assert told == {"failed_step": "a", "failure_reason": "no", "retry_count": "1"}
    assert (after.name, after.inputs["failed_step"], "failure_reason" in after.inputs) == ("b", "mine", False)
    assert state.steps[StepPath("0/on_fail")].status is StepStatus.COMPLETED
    assert state.status is RunStatus.FAILED


@case(49)
def test_a_helper_that_fails_does_not_hide_the_first_failure():
    """The run's error is the step's; what became of the helper is noted at the step."""
    action = FakeAction(a=ActionError("first"), helper=ActionError("second"))
    state = run_workflow("workflow w { call a { on_fail = helper } }", action)
    assert state.error == "step 'a' failed after 1 attempt: first"
    assert state.steps[FIRST].notes == ("on_fail: step 'helper' failed after 1 attempt: second",)
    assert state.steps[StepPath("0/on_fail")].status is StepStatus.FAILED


@case(50)
def test_what_an_action_hands_back_is_kept_and_its_metrics_added_up():
    """Markers, context and structured output are on record; the run's totals are the sum."""
    given_back = ActionOutput(markers=("done", "risky"), structured='{"x":"1"}', metrics={"cost_usd": 0.25})
    state = run_workflow("workflow w { call a call a }", FakeAction(a=given_back))
    assert state.steps[FIRST].output == given_back
    assert state.totals == {"cost_usd": 0.5}


@case(51)
def test_nothing_more_is_tried_once_the_run_is_cancelled():
    """A cancel between two attempts ends the step there."""
    action = FakeAction(a=ActionError("no"))

    async def script(b):
        run_id = await b.start('workflow w { call a { retries = 5 retry_delay = "1m" } }')
        await asyncio.sleep(90)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, action)
    step = state.steps[FIRST]
    assert (len(action.calls), step.status, step.retry_at) == (2, StepStatus.CANCELLED, None)
    assert (state.ended_at - state.started_at).total_seconds() == 90


@pytest.mark.parametrize("skip", [False, True])
def test_a_step_can_be_cancelled_while_it_waits_for_its_next_attempt(skip):
    """Between attempts a person's word counts as much as during one."""

    async def script(b):
        run_id = await b.start('workflow w { call a { retries = 5 retry_delay = "1m" } call b }')
        await asyncio.sleep(30)
        await b.engine.handle(CancelStep(run_id=run_id, path=FIRST, skip=skip))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, FakeAction(a=ActionError("no")))
    assert state.steps[FIRST].status is (StepStatus.SKIPPED if skip else StepStatus.CANCELLED)
    assert state.status is (RunStatus.COMPLETED if skip else RunStatus.FAILED)


@case(52)
@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (ValueError("odd"), "odd"),
        (KeyError("x"), "'x'"),
        (RuntimeError(), "RuntimeError"),
        (ActionError("bell \x07 and \ud800"), "bell ␇ and \\ud800"),
        (asyncio.CancelledError(), "the action cancelled itself"),
        (MemoryError("big"), "big"),
    ],
)
def test_an_action_that_crashes_fails_its_attempt_and_nothing_else(fault, text):
    """Whatever it raises is the text of a failed attempt."""

    async def crash(params):
        raise fault

    state = run_workflow("workflow w { call a { on_fail = continue } call b }", FakeAction(a=crash))
    assert state.steps[FIRST].error == text
    assert state.status is RunStatus.COMPLETED


@pytest.mark.parametrize(
    ("result", "complaint"),
    [
        (7, "the action returned of type int, not an ActionOutput"),
        (
            ActionOutput(markers="abc"),
            "the action returned 'markers' that are of type str, not a tuple of words",
        ),
        (ActionOutput(context=5), "the action returned a 'context' that is of type int, not text"),
        (
            ActionOutput(structured="x" * (limits.MIB + 1)),
            "the structured output is longer than 1048576 characters",
        ),
    ],
)
def test_an_action_that_hands_back_nonsense_has_failed(result, complaint):
    """What is not an output is the text of a failed attempt."""

    async def nonsense(params):
        return result

    state = run_workflow("workflow w { call a }", FakeAction(a=nonsense))
    assert state.steps[FIRST].error == complaint


def test_what_an_action_hands_back_is_cut_to_what_can_be_kept():
    """Contexts have a longest length, text that cannot be stored is replaced, odd metrics are left out."""
    odd = ActionOutput(
        context="x" * (2 * limits.CONTEXT_BYTES),
        markers=("a\ud800",),
        metrics={"cost_usd": float("nan"), "num_turns": 3, "note": "x"},
    )

    async def hand_back(params):
        return odd

    output = run_workflow("workflow w { call a }", FakeAction(a=hand_back)).steps[FIRST].output
    assert len(output.context) == limits.CONTEXT_BYTES
    assert output.markers == ("a?",)
    assert output.metrics == {"num_turns": 3}


# Delays


def test_retries_follow_at_once_unless_they_are_told_to_wait():
    """Without a delay no time passes between two attempts."""
    state = run_workflow("workflow w { call a { retries = 3 } }", FakeAction(a=failing(3)))
    assert state.ended_at == state.started_at


def test_delays_grow_up_to_the_longest():
    """Each delay is the one before times the backoff, but no longer than allowed."""

    async def script(b):
        await b.finish(
            "workflow w { call a "
            '{ retries = 5 retry_delay = "1s" retry_backoff = 2 retry_max_delay = "5s" } }'
        )
        return instants(b.events, ev.AttemptStarted)

    assert play(script, FakeAction(a=ActionError("no"))) == [0, 1, 3, 7, 12, 17]


@given(st.floats(1, 1000), st.timedeltas(timedelta(), limits.LONGEST), st.integers(1, limits.RETRIES + 1))
def test_a_delay_is_never_longer_than_the_longest_length(backoff, delay, failures):
    """However it grows, it can be slept, and it never shrinks."""
    policy = Policy(label="a", kind="call", delay=delay, backoff=backoff)
    waited = policy.delay_before(failures)
    assert timedelta() <= waited <= limits.LONGEST
    assert policy.delay_before(failures + 1) >= waited


# Silence


def test_a_silent_attempt_ends_as_if_out_of_time():
    """Without a sign of life for the given time the step is timed out."""
    state = run_workflow('workflow w { call a { heartbeat_timeout = "30s" } }', FakeAction(a=HOUR))
    step = state.steps[FIRST]
    assert (step.status, state.reason) == (StepStatus.TIMED_OUT, Reason.TIMEOUT)
    assert step.error == "step 'a' timed out after 30s without a sign of life"
    assert (state.ended_at - state.started_at) == 30 * SECOND


def test_an_attempt_that_shows_signs_of_life_goes_on():
    """Each heartbeat and each line of output begins the wait anew."""

    async def lively(params):
        for turn in range(10):
            await asyncio.sleep(20)
            params.heartbeat() if turn % 2 else params.on_output(1)

    state = run_workflow('workflow w { call a { heartbeat_timeout = "30s" } }', FakeAction(a=lively))
    assert state.status is RunStatus.COMPLETED


def test_signs_of_life_are_shown_at_most_once_a_second():
    """A thousand heartbeats in ten seconds are ten events."""

    async def lively(params):
        for _ in range(1_000):
            await asyncio.sleep(0.01)
            params.heartbeat()

    async def script(b):
        await b.finish("workflow w { call a }")
        return len(of(b.events, ev.Heartbeat))

    assert play(script, FakeAction(a=lively)) in (9, 10)


def test_what_an_attempt_uses_up_is_shown_while_it_goes_on_and_not_stored():
    """Thinned out, the newest counts; the same again is no news, and what is over is not in progress."""

    async def costly(params):
        for turns in (1.0, 2.0, 2.0):
            params.on_metrics({"num_turns": turns})
        await asyncio.sleep(1)
        params.on_metrics({"num_turns": 2.0})
        await asyncio.sleep(1)
        params.on_metrics({"num_turns": 3.0})

    async def script(b):
        state = await b.finish("workflow w { call a }")
        return [event.metrics["num_turns"] for event in of(b.events, ev.AttemptMeasured)], state

    seen, state = play(script, FakeAction(a=costly))
    assert seen == [2.0, 3.0]
    assert state.steps[FIRST].attempts[0].used == {}
    assert state.totals == {}


# The owner's heartbeat


def beats(store):
    """Return the heartbeat of the only run."""
    (run,) = store.runs(RunQuery())
    return run.last_heartbeat_at


@case(26)
def test_an_owner_beats_soon_after_an_attempt_starts_and_then_every_five_seconds():
    """The beat is in the storage while the step blocks, and again and again."""

    async def script(b):
        b.keeper.start()
        run_id = await b.start("workflow w { call a call b }")
        seen = []
        for _ in range(240):
            await asyncio.sleep(0.25)
            seen.append((beats(b.store) - b.events[0].at).total_seconds())
        await b.engine.wait(run_id)
        b.keeper.stop()
        return seen

    seen = play(script, FakeAction(a=timedelta(seconds=22.1), b=timedelta(seconds=40)))
    beat_at = sorted(set(seen))
    assert beat_at[0] <= 0.5
    assert any(22.1 <= at <= 22.6 for at in beat_at), "the second attempt has its own"
    assert max(after - before for before, after in pairwise(beat_at)) <= 5.25


@case(28)
def test_a_storage_that_fails_now_and_then_costs_no_lease(caplog):
    """A failed renewal, or look for a cancel, is logged and tried again, and the step knows nothing of it."""
    store = FaultyStore(memory())
    calls = Counter()

    def hiccups(method):
        def fault():
            calls[method] += 1
            if calls[method] % 2:
                raise OSError("hiccup")

        return fault

    store.faults = {method: hiccups(method) for method in ("renew", "requests")}

    async def script(b):
        b.keeper.start()
        state = await b.finish("workflow w { call a }")
        b.keeper.stop()
        return state

    assert play(script, FakeAction(a=MINUTE), store).status is RunStatus.COMPLETED
    assert min(calls.values()) > 20
    assert "could not look for requests: hiccup" in caplog.text


@case(29)
def test_many_steps_share_the_heartbeats_of_their_run():
    """However many attempts start at once, a round writes one beat and looks for a cancel once."""

    def looked(calls):
        store, renewals, looks = FaultyStore(memory()), [], []
        store.faults["renew"] = lambda: renewals.append(1)
        store.faults["requests"] = lambda: looks.append(1)

        async def script(b):
            b.keeper.start()
            await b.finish(f"workflow w {{ parallel {{ {calls} }} }}")
            b.keeper.stop()

        play(script, FakeAction(a=10 * SECOND), store)
        return len(renewals), len(looks)

    one, many = looked("call a"), looked("call a " * 16)
    assert many == one
    assert one[0] <= 3
