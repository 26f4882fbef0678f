"""Calls that run at once."""

import asyncio
import json

import pytest

from flow_tui.engine.commands import CancelRun, ResumeRun
from flow_tui.engine.keeping import RunQuery
from flow_tui.errors import ActionError, StoreBusyError
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, RunOptions
from flow_tui.testing import FakeAction, run_workflow
from tests.flows import (
    HOUR,
    MINUTE,
    OBJECT,
    SECOND,
    SECOND_LIFE,
    CutStore,
    FaultyStore,
    PowerCutError,
    instants,
    memory,
    of,
    play,
    schemas,
)

case = pytest.mark.case
NO = ActionError("no")


def path(index):
    """Return the place of a branch."""
    return StepPath(f"0/{index}")


def statuses(state):
    """Return where the branches stand, in order."""
    return [step.status.value for place, step in sorted(state.steps.items()) if place.startswith("0/")]


@case(74)
def test_branches_run_at_the_same_time():
    """A block takes as long as its slowest branch, and all outputs are kept."""
    state = run_workflow("workflow w { parallel { call a call b } }", FakeAction(a=MINUTE, b=2 * MINUTE))
    assert statuses(state) == ["completed", "completed"]
    assert state.ended_at - state.started_at == 2 * MINUTE


@case(74)
def test_what_a_branch_leaves_counts_like_that_of_any_call():
    """Its context is there for what follows, and what it has used up is in the sum."""
    left = ActionOutput(context="from a", metrics={"cost_usd": 0.5})
    seen = {}

    async def look(params):
        seen.update(params.inputs)

    state = run_workflow("workflow w { parallel { call a } call b }", FakeAction(a=left, b=look))
    assert seen["prior_context"] == "from a"
    assert [entry["step"] for entry in json.loads(seen["prior_contexts"])] == ["a"]
    assert (state.steps[path(0)].output, state.totals) == (left, {"cost_usd": 0.5})


class OddError(Exception):
    """Cannot say what it is."""

    def __str__(self):
        """Fail."""
        raise RuntimeError("not even this")


@case(75)
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (ValueError("plain words"), "plain words"),
        (ValueError("%s of {}", 3, object), "object"),
        (ActionError(f"formatted {3:03}"), "formatted 003"),
        (OddError(), "OddError"),
    ],
)
def test_whatever_a_branch_raises_names_the_branch(fault, said):
    """Text, something formatted, or what cannot be shown at all: the failure is its own."""
    state = run_workflow("workflow w { parallel { fail_fast = false call a call b } }", FakeAction(b=fault))
    failed = state.steps[path(1)]
    assert (failed.name, failed.status, state.steps[path(0)].status.value) == (
        "b",
        StepStatus.FAILED,
        "completed",
    )
    assert said in failed.error
    assert state.error.startswith("step 'b' failed after 1 attempt: ")


@case(76)
@pytest.mark.parametrize("fails", [0, 3])
def test_every_branch_is_on_record_before_the_first_begins_its_work(fails):
    """Those that run and those that are left out, also when the storage was locked for a moment."""
    seen = []
    store = FaultyStore(memory())
    left = [fails]

    def locked():
        if store.appends > 3 and left[0]:
            left[0] -= 1
            raise StoreBusyError("locked")

    async def script(b):
        async def look(params):
            seen.append({place: step.status.value for place, step in b.state(params.run_id).steps.items()})

        b.action._behaviours |= {name: [look] for name in "abc"}
        source = "workflow w { call first parallel { call a call b { if = first.no } call c } }"
        await b.finish(source)

    store.faults["append"] = locked
    play(script, FakeAction(), store)
    begun = {"0": "completed", "1/0": "running", "1/1": "skipped", "1/2": "running"}
    assert seen[0] == begun


@case(75)
def test_a_branch_that_crashes_is_a_failed_step():
    """The text of whatever it raised is its error."""
    state = run_workflow("workflow w { parallel { call a call b } }", FakeAction(b=KeyError("odd")))
    assert state.steps[path(1)].error == "'odd'"
    assert state.error == "step 'b' failed after 1 attempt: 'odd'"


@case(77)
def test_the_first_failure_stops_the_others():
    """Those that still run are ended, and say why; what has ended stays as it is."""
    action = FakeAction(quick=SECOND, bad=[NO], slow=HOUR)

    async def late(params):
        await asyncio.sleep(2)
        raise NO

    action._behaviours["bad"] = [late]
    state = run_workflow("workflow w { parallel { call quick call bad call slow } call after }", action)
    assert statuses(state) == ["completed", "failed", "cancelled"]
    assert state.steps[path(2)].reason is Reason.FAIL_FAST
    assert action.cancelled == [path(2)]
    assert (state.ended_at - state.started_at).total_seconds() == 2
    assert "after" not in action.names
    assert state.status is RunStatus.FAILED


def test_without_fail_fast_all_branches_run_to_their_end():
    """The block fails afterwards, with its first failure."""
    action = FakeAction(a=NO, b=MINUTE)
    state = run_workflow("workflow w { parallel { fail_fast = false call a call b } }", action)
    assert statuses(state) == ["failed", "completed"]
    assert state.error == "step 'a' failed after 1 attempt: no"


@case(78)
@pytest.mark.parametrize(("needed", "status"), [(1, RunStatus.COMPLETED), (2, RunStatus.FAILED)])
@pytest.mark.parametrize("fail_fast", ["true", "false"])
def test_a_block_may_need_only_some_successes(needed, status, fail_fast):
    """As long as enough calls can still succeed nothing is stopped."""
    action = FakeAction(a=NO, b=NO, c=MINUTE)
    state = run_workflow(
        f"workflow w {{ parallel {{ min_success = {needed} fail_fast = {fail_fast} "
        "call a call b call c } }",
        action,
    )
    assert state.status is status
    assert state.steps[path(2)].status is (
        StepStatus.CANCELLED if (needed, fail_fast) == (2, "true") else StepStatus.COMPLETED
    )


@case(79)
def test_a_call_whose_condition_does_not_hold_is_left_out():
    """It is skipped before anything starts, says why, and counts as a success."""
    action = FakeAction(first="yes")
    source = "workflow w { call first parallel { call a { if = first.yes } call b { if = first.no } } }"

    async def script(b):
        state = await b.finish(source)
        return state, [event.path for event in of(b.events, ev.StepStarted)]

    state, started = play(script, action)
    skipped = state.steps[StepPath("1/1")]
    assert (skipped.status, skipped.reason) == (StepStatus.SKIPPED, Reason.CONDITION)
    assert "first.no" in skipped.output.result_text
    assert action.names == ["first", "a"]
    assert started == ["0", "1/0", "1/1"]
    assert state.status is RunStatus.COMPLETED


@case(80)
def test_a_branch_has_attempts_of_its_own():
    """Retries, delays and time limits work as they do for any call, and a limit fails the attempt."""
    action = FakeAction(a=[NO, "done"], b=[HOUR, None])
    source = 'workflow w { parallel { call a { retries = 1 } call b { retries = 1 timeout = "1m" } } }'
    state = run_workflow(source, action)
    assert [len(state.steps[path(index)].attempts) for index in (0, 1)] == [2, 2]
    assert state.status is RunStatus.COMPLETED


def test_a_branch_that_is_told_to_ends_the_run_at_its_limit():
    """With on_timeout = cancel the others are stopped and the run is cancelled."""
    source = (
        'workflow w { parallel { fail_fast = false call a { timeout = "1m" on_timeout = cancel } call b } }'
    )
    state = run_workflow(source, FakeAction(a=HOUR, b=HOUR), options=RunOptions(fail_fast=False))
    assert statuses(state) == ["timed_out", "cancelled"]
    assert (state.status, state.reason) == (RunStatus.CANCELLED, Reason.TIMEOUT)


@case(82)
def test_a_cancel_ends_every_branch():
    """All are ended at once; a failure at the same moment does not make the run a failed one."""

    async def sore(params):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            raise NO from None

    async def script(b):
        run_id = await b.start(
            "workflow w { parallel { call a call b call c } call after }", options=RunOptions(fail_fast=False)
        )
        await asyncio.sleep(1)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), b.action.names

    state, names = play(script, FakeAction(a=HOUR, b=sore, c=HOUR))
    assert statuses(state) == ["cancelled"] * 3
    assert {state.steps[path(index)].reason for index in range(3)} == {Reason.USER}
    assert "after" not in names
    assert state.status is RunStatus.CANCELLED


def test_a_cancel_while_branches_are_being_stopped_is_not_lost():
    """The block fails and is cancelled at the same time: nothing more begins."""

    async def sluggish(params):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await asyncio.sleep(3)
            raise

    async def script(b):
        run_id = await b.start(
            "workflow w { parallel { call a call b } call after }", options=RunOptions(fail_fast=False)
        )
        await asyncio.sleep(2)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), b.action.names

    async def late(params):
        await asyncio.sleep(1)
        raise NO

    state, names = play(script, FakeAction(a=late, b=sluggish))
    assert state.status is RunStatus.CANCELLED
    assert "after" not in names


@case(82)
def test_a_cancel_by_another_process_is_heard_while_branches_run():
    """Within a second; what had ended by then is kept, and so is what ends well all the same."""

    async def anyway(params):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return ActionOutput(markers=("saved",))

    async def script(b):
        b.keeper.start()
        run_id = await b.start("workflow w { parallel { call quick call slow call anyway } }")
        await asyncio.sleep(10)
        b.store.request(CancelRun(run_id=run_id, by="eve"), b.clock.now())
        await b.engine.wait(run_id)
        b.keeper.stop()
        return b.state(run_id)

    state = play(script, FakeAction(quick=SECOND, slow=HOUR, anyway=anyway))
    assert statuses(state) == ["completed", "cancelled", "completed"]
    assert state.steps[path(2)].output.markers == ("saved",)
    assert 10 <= (state.ended_at - state.started_at).total_seconds() <= 11
    assert (state.status, state.reason) == (RunStatus.CANCELLED, Reason.USER)


@case(83)
def test_each_branch_is_on_record_as_soon_as_it_ends():
    """Nobody waits for the slowest."""

    async def script(b):
        await b.finish("workflow w { parallel { call a call b } }")
        return instants(b.events, ev.StepFinished)

    assert play(script, FakeAction(a=MINUTE, b=HOUR)) == [60, 3600]


@case(81)
def test_what_branches_leave_is_taken_in_the_order_in_which_they_are_written():
    """Whoever is faster, the last one written has the last word."""

    def leaves(color, seconds):
        async def work(params):
            await asyncio.sleep(seconds)
            return ActionOutput(structured=f'{{"color":"{color}"}}', context=color, markers=(color,))

        return work

    seen = {}

    async def look(params):
        seen.update(params.inputs)

    action = FakeAction(a=leaves("red", 5), b=leaves("blue", 1), c=look)
    state = run_workflow(
        "workflow w { parallel { call a call b } if a.red { if b.blue { call c } } }", action
    )
    assert state.status is RunStatus.COMPLETED
    assert (seen["color"], seen["prior_context"]) == ("blue", "blue")


def test_a_block_hands_its_options_down():
    """Its schema and snippets reach every call, those of blocks around it too."""
    action = FakeAction(a=OBJECT, b=OBJECT)
    run_workflow(
        "workflow w { do { with = [outer] output = base parallel { with = [inner] "
        "call a { with = [own] } call b { output = mine } } } }",
        action,
        files=schemas(base="fields: {}", mine="fields: {}"),
    )
    by_name = {one.name: (one.schema and one.schema.name, one.snippets) for one in action.calls}
    assert by_name == {"a": ("base", ("inner", "outer", "own")), "b": ("mine", ("inner", "outer"))}


@pytest.mark.parametrize("cut", range(2, 6))
def test_only_the_branches_that_had_not_ended_run_again_after_a_crash(cut):
    """With k of n done, n - k run again."""
    store = memory()
    first = FakeAction(a=SECOND, b=2 * SECOND, c=3 * SECOND)
    source = "workflow w { parallel { call a call b call c } }"
    with pytest.raises(PowerCutError):
        play(lambda b: b.finish(source), first, CutStore(store, cut))

    async def go_on(b):
        run_id = store.runs(RunQuery())[0].run_id
        done = {p for p, step in b.state(run_id).steps.items() if step.status is StepStatus.COMPLETED}
        await b.engine.resume(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return done, b.state(run_id), {one.path for one in b.action.calls}

    done, state, ran = play(go_on, None, store, owner=SECOND_LIFE)
    assert ran == {path(0), path(1), path(2)} - done
    assert state.status is RunStatus.COMPLETED


@pytest.mark.parametrize("cut", [5, 6])
def test_a_failure_that_stopped_the_others_still_does_after_a_crash(cut):
    """Nobody begins again what the failure had ended, or was about to end."""
    store = memory()
    first = FakeAction(a=[NO], b=HOUR, c=HOUR)
    source = "workflow w { parallel { call a call b call c } always { call tidy } }"
    with pytest.raises(PowerCutError):
        play(lambda b: b.finish(source), first, CutStore(store, cut))

    async def go_on(b):
        run_id = next(iter(store._kept))
        await b.engine.resume(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), b.action.names

    state, names = play(go_on, None, store, owner=SECOND_LIFE)
    assert statuses(state) == ["failed", "cancelled", "cancelled"]
    assert {state.steps[path(index)].reason for index in (1, 2)} == {Reason.FAIL_FAST}
    assert names == ["tidy"]
    assert state.status is RunStatus.FAILED


def test_what_a_helper_leaves_is_handed_over_when_all_calls_are_over():
    """A call that is tried again sees what it saw the first time; what follows sees all, as it is written."""
    seen = []

    async def second_time_lucky(params):
        seen.append(params.inputs["prior_context"])
        if params.retries_remaining:
            raise NO
        return ActionOutput(context="b did it")

    async def last(params):
        seen.append([entry["step"] for entry in json.loads(params.inputs["prior_contexts"])])

    run_workflow(
        """workflow w {
             parallel {
               fail_fast = false
               min_success = 1
               call a { on_fail = help }
               call b { retries = 1 retry_delay = "1m" }
             }
             call c
           }""",
        FakeAction(a=NO, help=ActionOutput(context="helped"), b=second_time_lucky, c=last),
    )
    assert seen == ["", "", ["help", "b"]]


def test_a_block_fails_with_the_first_failure_that_is_written():
    """Which one came first in time is nothing that a resumed run could know."""
    block = 'workflow w { parallel { fail_fast = false  call a { timeout = "1m" }  call b } }'
    state = run_workflow(block, FakeAction(a=HOUR, b=NO))
    assert state.error == "step 'a' failed after 1 attempt: step 'a' timed out after 1m"
