"""Ending runs and steps early, by whoever and whenever."""

import asyncio
from datetime import timedelta

import pytest

from flow_tui import limits
from flow_tui.engine.commands import CancelRun, CancelStep, KillRun, ResumeRun, StartRun
from flow_tui.engine.upstream_sink import UpstreamSink
from flow_tui.errors import ActionError, NotPossibleError
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import AttemptStatus, Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, RunOptions
from flow_tui.testing import FakeAction, run_workflow
from tests.flows import HOUR, MINUTE, SECOND, instants, of, play, said

case = pytest.mark.case
A, B = StepPath("0"), StepPath("1")
CLEANUP = StepPath("always/0")


def cancelled(source, *, after=1.0, action=None, commands=(), **given):
    """Return the state of a run that is cancelled after so many seconds, and what was recorded."""

    async def script(b):
        run_id = await b.start(source, **given)
        await asyncio.sleep(after)
        await b.engine.handle(CancelRun(run_id=run_id, by="ada"))
        for delay, command in commands:
            await asyncio.sleep(delay)
            await b.engine.handle(command(run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), b.events

    return play(script, action)


def stubborn(seconds):
    """Return what does not end before its time, whatever it is told."""

    async def work(params):
        end = asyncio.get_running_loop().time() + seconds
        while (left := end - asyncio.get_running_loop().time()) > 0:
            try:
                await asyncio.sleep(left)
            except asyncio.CancelledError:
                continue
        return ActionOutput(markers=("late",))

    return work


@case(121)
def test_a_cancel_is_on_record_before_what_it_ends():
    """The run is shown as cancelling from the moment somebody asks; then its step ends, then the run."""
    _, events = cancelled("workflow w { call a call b }", action=FakeAction(a=HOUR))
    assert said(events)[3:] == [
        "run_cancel_requested",
        "step_finished",
        "metrics_updated",
        "run_finished",
    ]
    assert of(events, ev.RunCancelRequested) == [ev.RunCancelRequested(by="ada")]


@case(120)
def test_a_run_that_is_cancelled_before_its_first_step_runs_none():
    """Even at the very beginning a cancel counts, and what must run in any case does."""
    action = FakeAction()
    state, _ = cancelled("workflow w { call a always { call tidy } }", after=0, action=action)
    assert action.names == ["tidy"]
    assert state.status is RunStatus.CANCELLED


@case(120)
def test_upstream_is_told_of_a_run_that_was_cancelled_before_it_began():
    """It began and was cancelled, and no step is told."""
    heard = []

    async def script(b):
        run_id = await b.start("workflow w { call a }")
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, sinks=(UpstreamSink(heard.append),))
    assert [one.event for one in heard] == ["RunStarted", "MetricsUpdated", "RunCancelled"]
    assert (state.status, state.steps) == (RunStatus.CANCELLED, {})


@case(121)
def test_the_first_reason_stays():
    """A run that somebody cancelled stays cancelled by them, whatever ends the program meanwhile."""

    async def script(b):
        run_id = await b.start("workflow w { call a }")
        await asyncio.sleep(1)
        await b.engine.handle(CancelRun(run_id=run_id, by="ada"))
        await b.engine.handle(CancelRun(run_id=run_id, by="eve", reason=Reason.TIMEOUT))
        await b.engine.shutdown()
        return b.state(run_id), b.engine.is_active(run_id)

    state, active = play(script, FakeAction(a=stubborn(2)))
    assert (state.status, state.reason, state.cancelled_by) == (RunStatus.CANCELLED, Reason.USER, "ada")
    assert not active


@case(122)
def test_a_cancel_during_the_last_step_makes_the_run_cancelled():
    """The step that ended well stays completed, but the run was cancelled."""

    async def finish_anyway(params):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return ActionOutput(markers=("done",))

    state, _ = cancelled("workflow w { call a }", action=FakeAction(a=finish_anyway))
    assert state.steps[A].status is StepStatus.COMPLETED
    assert (state.status, state.reason) == (RunStatus.CANCELLED, Reason.USER)


@case(119)
@pytest.mark.parametrize(
    ("action", "status"),
    [
        (FakeAction(a=HOUR), RunStatus.CANCELLED),
        (FakeAction(a=ActionError("no")), RunStatus.FAILED),
        (FakeAction(), RunStatus.COMPLETED),
    ],
)
@pytest.mark.case(118)
def test_what_must_run_in_any_case_runs_after_success_failure_and_cancel(action, status):
    """The block knows how it went, and its own failure changes nothing."""
    seen = []

    async def tidy(params):
        seen.append(params.inputs["workflow_status"])
        raise ActionError("tidying failed")

    action._behaviours["tidy"] = [tidy]
    source = "workflow w { call a always { call tidy call more } }"
    if status is RunStatus.CANCELLED:
        state, _ = cancelled(source, action=action)
    else:
        state = run_workflow(source, action)
    assert state.status is status
    assert seen == ["completed" if status is RunStatus.COMPLETED else "failed"]
    assert state.steps[CLEANUP].status is StepStatus.FAILED
    assert state.steps[StepPath("always/1")].status is StepStatus.COMPLETED


def test_what_must_run_in_any_case_runs_after_a_timeout():
    """A time limit ends the body, not the block after it."""
    action = FakeAction(a=HOUR)
    state = run_workflow('workflow w { call a { timeout = "1s" } always { call tidy } }', action)
    assert action.names == ["a", "tidy"]
    assert (state.status, state.reason) == (RunStatus.CANCELLED, Reason.TIMEOUT)


def test_what_must_run_in_any_case_has_a_time_limit_of_its_own():
    """It does not keep a run from ending for ever."""
    state = run_workflow("workflow w { call a always { call tidy } }", FakeAction(tidy=24 * HOUR))
    assert state.ended_at - state.started_at == limits.ALWAYS_TIMEOUT
    assert state.steps[CLEANUP].status is StepStatus.CANCELLED
    assert state.status is RunStatus.COMPLETED


def test_a_first_cancel_lets_the_block_finish_and_a_second_ends_it():
    """Tidying up is not lightly cut short."""
    source = "workflow w { call a always { call tidy } }"
    once, _ = cancelled(source, action=FakeAction(tidy=MINUTE))
    assert once.steps[CLEANUP].status is StepStatus.COMPLETED
    assert once.status is RunStatus.CANCELLED
    again = [(5, lambda run_id: CancelRun(run_id=run_id))]
    twice, events = cancelled(source, action=FakeAction(tidy=MINUTE), commands=again)
    assert twice.steps[CLEANUP].status is StepStatus.CANCELLED
    assert (twice.ended_at - twice.started_at).total_seconds() == 6
    assert len(of(events, ev.RunCancelRequested)) == 1


def test_a_second_cancel_while_the_body_ends_leaves_the_block_out():
    """Who asks twice does not want to wait for anything."""
    action = FakeAction(a=stubborn(3))
    again = [(1, lambda run_id: CancelRun(run_id=run_id))]
    state, _ = cancelled("workflow w { call a always { call tidy } }", action=action, commands=again)
    assert action.names == ["a"]
    assert state.status is RunStatus.CANCELLED


def test_a_kill_waits_for_nobody_and_tidies_nothing():
    """What ignores its end is left behind after a moment, and the block is left out."""
    action = FakeAction(a=stubborn(3600))

    async def script(b):
        run_id = await b.start("workflow w { call a always { call tidy } }")
        await asyncio.sleep(1)
        await b.engine.handle(KillRun(run_id=run_id, by="ada"))
        await b.engine.wait(run_id)
        return b.state(run_id), action.calls[0].stop.forced.is_set()

    state, forced = play(script, action)
    assert forced
    assert action.names == ["a"]
    assert (state.ended_at - state.started_at).total_seconds() == 1 + limits.ABANDON_AFTER.total_seconds()
    assert (state.status, state.reason) == (RunStatus.CANCELLED, Reason.USER)


def test_an_action_that_ignores_its_end_is_left_behind():
    """After the grace and a moment the step is over; what comes of the action later changes nothing."""
    action = FakeAction(a=stubborn(600))

    async def script(b):
        run_id = await b.start("workflow w { call a call b }")
        await asyncio.sleep(1)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        length = len(b.events)
        await asyncio.sleep(3600)
        return b.state(run_id), length == len(b.events)

    state, silent = play(script, action)
    waited = (limits.GRACE + limits.ABANDON_AFTER).total_seconds()
    assert (state.ended_at - state.started_at).total_seconds() == 1 + waited
    assert state.steps[A].status is StepStatus.CANCELLED
    assert silent


def test_an_action_left_behind_does_not_keep_its_step_from_another_try():
    """After its limit the next attempt starts, and a late result of the first is nobody's."""
    action = FakeAction(a=[stubborn(60), ActionOutput(markers=("second",))])
    state = run_workflow(
        'workflow w { call a { retries = 1 timeout = "1s" on_timeout = fail } call b }', action
    )
    assert [one.status for one in state.steps[A].attempts] == [
        AttemptStatus.TIMED_OUT,
        AttemptStatus.COMPLETED,
    ]
    assert state.steps[A].output.markers == ("second",)


def test_a_cancel_while_a_step_is_running_out_of_time_is_not_lost():
    """The attempt was too slow, and there is no further one."""
    action = FakeAction(a=stubborn(600))
    state, _ = cancelled(
        'workflow w { call a { retries = 3 timeout = "1s" on_timeout = fail } call b }',
        after=2,
        action=action,
    )
    assert action.names == ["a"]
    assert state.steps[A].attempts[0].status is AttemptStatus.TIMED_OUT
    assert state.steps[A].status is StepStatus.CANCELLED
    assert state.status is RunStatus.CANCELLED


# One step


@pytest.mark.parametrize("fail_fast", [True, False])
def test_a_cancelled_step_counts_as_failed_and_is_not_tried_again(fail_fast):
    """There is no retry and no on_fail; the run goes on only if it goes on after failures."""
    action = FakeAction(a=HOUR)

    async def script(b):
        run_id = await b.start(
            "workflow w { call a { retries = 2 on_fail = helper } call b }",
            options=RunOptions(fail_fast=fail_fast),
        )
        await asyncio.sleep(1)
        await b.engine.handle(CancelStep(run_id=run_id, path=A, by="ada"))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, action)
    step = state.steps[A]
    assert (step.status, step.reason, step.error) == (
        StepStatus.CANCELLED,
        Reason.USER,
        "cancelled by a person",
    )
    assert step.cancel_requested
    assert action.names == (["a"] if fail_fast else ["a", "b"])
    assert state.status is RunStatus.FAILED


def test_a_skipped_step_lets_the_run_go_on():
    """The run ends well, as if the step had been left out; conditions see no marker of it."""
    action = FakeAction(a=HOUR)

    async def script(b):
        run_id = await b.start("workflow w { call a if a.done { call never } call b }")
        await asyncio.sleep(1)
        await b.engine.handle(CancelStep(run_id=run_id, path=A, skip=True))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, action)
    assert (state.steps[A].status, state.steps[A].reason) == (StepStatus.SKIPPED, Reason.USER)
    assert action.names == ["a", "b"]
    assert state.status is RunStatus.COMPLETED


def test_one_branch_can_be_skipped_while_the_others_go_on():
    """A person's skip counts as a success of the block."""
    action = FakeAction(a=HOUR, b=MINUTE)

    async def script(b):
        run_id = await b.start("workflow w { parallel { call a call b } }")
        await asyncio.sleep(1)
        await b.engine.handle(CancelStep(run_id=run_id, path=StepPath("0/0"), skip=True))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, action)
    assert state.status is RunStatus.COMPLETED
    assert state.steps[StepPath("0/1")].status is StepStatus.COMPLETED


def test_a_step_that_fails_as_it_is_cancelled_is_cancelled():
    """What fails because it is told to end has not used up an attempt."""

    async def sore(params):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            raise ActionError("stopped") from None

    async def script(b):
        run_id = await b.start("workflow w { call a { retries = 5 } }")
        await asyncio.sleep(1)
        await b.engine.handle(CancelStep(run_id=run_id, path=A))
        await b.engine.wait(run_id)
        return b.state(run_id), len(b.action.calls)

    state, calls = play(script, FakeAction(a=sore))
    assert (state.steps[A].status, calls) == (StepStatus.CANCELLED, 1)


def test_a_killed_step_is_not_waited_for():
    """With kill nothing is asked."""

    async def script(b):
        run_id = await b.start("workflow w { call a }")
        await asyncio.sleep(1)
        await b.engine.handle(CancelStep(run_id=run_id, path=A, kill=True))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, FakeAction(a=stubborn(600)))
    assert (state.ended_at - state.started_at).total_seconds() == 1 + limits.ABANDON_AFTER.total_seconds()


@pytest.mark.parametrize("path", ["1", "7", "2"])
def test_only_a_step_that_is_running_can_be_cancelled(path):
    """One that has ended, has not begun, or waits for an answer cannot."""

    async def script(b):
        run_id = await b.start("workflow w { call a call b gate human_approval { } call c }")
        await asyncio.sleep(1)
        with pytest.raises(NotPossibleError) as refused:
            await b.engine.handle(CancelStep(run_id=run_id, path=StepPath(path)))
        await b.engine.shutdown()
        return str(refused.value)

    reason = "it waits for an answer: approve or reject it" if path == "2" else "it is not running"
    assert play(script).endswith(reason)


def test_cancelling_a_step_twice_is_as_good_as_once():
    """The second word changes nothing."""

    async def script(b):
        run_id = await b.start("workflow w { call a call b }")
        await asyncio.sleep(1)
        for skip in (True, False):
            await b.engine.handle(CancelStep(run_id=run_id, path=A, skip=skip))
        await b.engine.wait(run_id)
        return b.state(run_id), len(of(b.events, ev.StepCancelRequested))

    state, requests = play(script, FakeAction(a=HOUR))
    assert (state.status, requests) == (RunStatus.COMPLETED, 1)


# Runs that are not there, and leaving


@case(121)
def test_only_a_run_in_progress_can_be_cancelled():
    """An unknown run, and one that is over, are refused with a reason."""

    async def script(b):
        state = await b.finish("workflow w { call a }")
        refusals = []
        for run_id in (state.run_id, RunId("NOSUCHRUN")):
            for command in (CancelRun(run_id=run_id), KillRun(run_id=run_id)):
                with pytest.raises(NotPossibleError) as refused:
                    await b.engine.handle(command)
                refusals.append(str(refused.value))
        return refusals

    assert all("it is not running here" in refusal for refusal in play(script))


def test_leaving_cancels_every_run_and_waits_for_all_steps():
    """Runs end as cancelled by the shutdown; tidying up has little time; nothing new is begun."""

    async def script(b):
        source = "workflow w { call a always { call tidy } }"
        runs = [await b.start(source) for _ in range(3)]
        await asyncio.sleep(1)
        before = b.clock.monotonic()
        await b.engine.shutdown()
        took = b.clock.monotonic() - before
        refused = []
        for begin in (b.start(source), b.engine.resume(ResumeRun(run_id=runs[0]))):
            with pytest.raises(NotPossibleError) as error:
                await begin
            refused.append(str(error.value))
        return [b.state(run_id) for run_id in runs], took, refused, b.engine.active()

    states, took, refused, active = play(script, FakeAction(a=HOUR, tidy=HOUR))
    assert {(state.status, state.reason) for state in states} == {(RunStatus.CANCELLED, Reason.SHUTDOWN)}
    assert took == limits.GRACE_AT_EXIT.total_seconds()
    assert all("the program is leaving" in refusal for refusal in refused)
    assert active == ()


@case(121)
@pytest.mark.parametrize("cancel_first", [True, False])
def test_leaving_does_not_wait_long_for_a_block_that_has_begun_already(cancel_first):
    """A block that tidies up, begun before the program leaves, is cut off soon after."""

    async def script(b):
        run_id = await b.start("workflow w { call a always { call tidy } }")
        await asyncio.sleep(1)
        if cancel_first:
            await b.engine.handle(CancelRun(run_id=run_id))
        before = b.clock.monotonic()
        await b.engine.shutdown()
        return b.clock.monotonic() - before, b.state(run_id)

    took, state = play(script, FakeAction(tidy=HOUR))
    assert took == limits.GRACE_AT_EXIT.total_seconds()
    assert (state.status, state.reason) == (
        RunStatus.CANCELLED,
        Reason.USER if cancel_first else Reason.SHUTDOWN,
    )


def test_leaving_waits_for_stubborn_actions_no_longer_than_promised():
    """Asked and left behind, all in less time than the program has to leave."""

    async def script(b):
        await b.start("workflow w { call a }")
        await asyncio.sleep(1)
        before = b.clock.monotonic()
        await b.engine.shutdown()
        return b.clock.monotonic() - before

    took = play(script, FakeAction(a=stubborn(600)))
    assert took == (limits.GRACE_AT_EXIT + limits.ABANDON_AFTER).total_seconds()


def test_a_run_that_begins_while_the_program_leaves_is_ended_too():
    """Whatever is on its way when the engine closes is cancelled, not forgotten."""

    async def script(b):
        starting = asyncio.ensure_future(b.start("workflow w { call a }"))
        await b.engine.shutdown()
        await asyncio.wait([starting])
        return starting, b.engine.active(), asyncio.all_tasks()

    starting, active, tasks = play(script, FakeAction(a=HOUR))
    assert active == ()
    assert len(tasks) == 1
    assert starting.exception() is None or isinstance(starting.exception(), NotPossibleError)


def test_a_run_that_was_cancelled_by_leaving_goes_on_when_it_is_resumed():
    """What the shutdown cut short runs again, with all its attempts; what was done stays done."""

    async def script(b):
        run_id = await b.start("workflow w { call a call b { retries = 1 } }")
        await asyncio.sleep(1)
        await b.engine.shutdown()
        b.engine._closing = False
        await b.engine.resume(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), b.action.names

    state, names = play(script, FakeAction(b=[HOUR, ActionError("no"), None]))
    assert names == ["a", "b", "b", "b"]
    assert state.status is RunStatus.COMPLETED


def test_two_beginnings_of_one_run_at_once_are_one():
    """Whoever comes second is told that it is running."""

    async def script(b):
        failed = await b.finish("workflow w { call a }")
        again = [b.engine.resume(ResumeRun(run_id=failed.run_id)) for _ in range(3)]
        results = await asyncio.gather(*again, return_exceptions=True)
        await b.engine.wait(failed.run_id)
        return results, b.state(failed.run_id), len(of(b.events, ev.RunResumed))

    results, state, resumed = play(script, FakeAction(a=[ActionError("no"), SECOND]))
    assert sum(isinstance(result, NotPossibleError) for result in results) == 2
    assert (state.status, resumed) == (RunStatus.COMPLETED, 1)


def test_a_run_cannot_be_started_under_the_name_of_another():
    """Two histories never mix."""

    async def script(b):
        state = await b.finish("workflow w { call a }")
        from flow_tui.engine.commands import Definition
        from flow_tui.testing import sound

        source = "workflow w { call a }"
        definition = Definition(workflow=sound(source, "w.wf"), source=source, file="w.wf", root="/")
        with pytest.raises(NotPossibleError):
            await b.engine.start(StartRun(definition=definition, run_id=state.run_id))
        return len(list(b.store.history(state.run_id))) == state.seq, b.store.owner(state.run_id)

    assert play(script) == (True, None)


def test_cancels_are_instant():
    """A step that does as it is told ends at the instant of the cancel."""
    _, events = cancelled("workflow w { call a }", after=7, action=FakeAction(a=HOUR))
    assert instants(events, ev.RunFinished) == [7]
    assert timedelta(seconds=7) == events[-1].at - events[0].at
