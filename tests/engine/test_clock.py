"""The clock is set, or the machine sleeps: lengths are measured, and only deadlines are instants."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.engine.commands import CancelRun, ResolveGate, ResumeRun
from flow_tui.errors import ActionError
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import Decision
from flow_tui.store.memory import MemoryStore
from flow_tui.testing import FakeAction
from tests.flows import HOUR, MINUTE, SECOND_LIFE, CutStore, PowerCutError, memory, play

RUN = RunId(f"RUN{1:023}")
DAY = timedelta(days=1)
GATE = StepPath("0")
JUMPS = pytest.mark.parametrize("jump", [DAY, -DAY, 5 * HOUR, -5 * HOUR])


def set_clock(b, jump):
    """Set the clock on the wall, and nothing else."""
    b.clock._start += jump


async def jumping(b, *jumps):
    """Set the clock once a second."""
    for jump in jumps:
        await asyncio.sleep(1)
        set_clock(b, jump)


def ran_while(source, *jumps, action=None, **given):
    """Return how a run ended during which the clock was set, how long it took, and the action."""

    async def script(b):
        b.keeper.start()
        setting = asyncio.ensure_future(jumping(b, *jumps))
        began = b.clock.monotonic()
        state = await b.finish(source)
        took = b.clock.monotonic() - began
        b.keeper.stop()
        await setting
        return state, took, b.action

    return play(script, action or FakeAction(), **given)


@JUMPS
def test_a_step_has_as_much_time_as_it_was_given(jump):
    """No more and no less, whatever the clock says meanwhile."""
    state, took, _ = ran_while('workflow w { call a { timeout = "30s" } }', jump, action=FakeAction(a=HOUR))
    assert state.steps[GATE].status is StepStatus.TIMED_OUT
    assert took == 30


@JUMPS
def test_a_step_that_is_within_its_time_is_left_alone(jump):
    """A day more on the wall is not a day of work."""
    action = FakeAction(a=timedelta(seconds=20))
    state, took, _ = ran_while('workflow w { call a { timeout = "30s" } }', jump, action=action)
    assert (state.status, took) == (RunStatus.COMPLETED, 20)


@JUMPS
def test_silence_is_measured(jump):
    """An attempt that shows no sign of life ends when it has been silent for that long."""
    source = 'workflow w { call a { heartbeat_timeout = "10s" } }'
    state, took, _ = ran_while(source, jump, action=FakeAction(a=HOUR))
    assert state.steps[GATE].status is StepStatus.TIMED_OUT
    assert took == 10


@JUMPS
def test_the_time_between_two_attempts_is_measured(jump):
    """Neither at once nor a day later."""
    action = FakeAction(a=[ActionError("no"), None])
    source = 'workflow w { call a { retries = 1 retry_delay = "1m" } }'
    state, took, action = ran_while(source, jump, action=action)
    assert (state.status, took, action.names) == (RunStatus.COMPLETED, 60, ["a", "a"])


@pytest.mark.parametrize(("jump", "waited"), [(-DAY, 60), (DAY, 0), (-30 * timedelta(seconds=1), 60)])
def test_a_resumed_run_waits_for_its_next_attempt_no_longer_than_it_was_told_to(jump, waited):
    """Also when the clock was set back while nobody ran."""
    store = memory()
    source = 'workflow w { call a { retries = 1 retry_delay = "1m" } }'

    async def until_dark(b):
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        await b.start(source)
        await asyncio.sleep(30)
        cut.left = 0
        b.engine.keeper.beat(RUN)
        raise PowerCutError

    cut = CutStore(store, 99)
    with pytest.raises(PowerCutError):
        play(until_dark, FakeAction(a=ActionError("no")), cut)

    async def go_on(b):
        set_clock(b, jump + timedelta(seconds=30))
        began = b.clock.monotonic()
        await b.engine.resume(ResumeRun(run_id=RUN))
        await b.engine.wait(RUN)
        return b.state(RUN).status, b.clock.monotonic() - began

    assert play(go_on, None, store, owner=SECOND_LIFE) == (RunStatus.COMPLETED, waited)


def gated(jump, after=timedelta()):
    """Return how a gate of an hour ended, and after how long, when the clock was set a second after it."""

    async def script(b):
        run_id = await b.start('workflow w { gate human_review { timeout = "1h" } }')
        began = b.clock.monotonic()
        await jumping(b, jump)
        if after:
            await asyncio.sleep(after.total_seconds())
            decision = Decision(approved=True)
            await b.engine.handle(ResolveGate(run_id=run_id, path=GATE, decision=decision))
        await b.engine.wait(run_id)
        return b.state(run_id).steps[GATE], b.clock.monotonic() - began

    return play(script)


def test_a_gate_whose_deadline_passes_while_the_machine_sleeps_runs_out_of_time_when_it_wakes():
    """At the latest with the next look at the clock."""
    step, took = gated(8 * HOUR)
    assert (step.status, step.reason) == (StepStatus.TIMED_OUT, Reason.GATE_EXPIRED)
    assert took <= limits.DEADLINE_LOOK.total_seconds()


def test_a_gate_waits_until_the_instant_that_people_were_told():
    """Set back, the clock comes to it later."""
    step, took = gated(-5 * HOUR)
    assert step.status is StepStatus.TIMED_OUT
    assert took == timedelta(hours=6).total_seconds()


def test_an_answer_counts_that_comes_before_the_deadline_on_the_wall():
    """Also after more than the hour that it was to wait."""
    step, _ = gated(-5 * HOUR, after=3 * HOUR)
    assert step.status is StepStatus.COMPLETED


@JUMPS
def test_a_run_stays_with_its_owner(jump):
    """It goes on renewing its lease, and a neighbour on the same machine is refused."""
    store = MemoryStore(is_alive=lambda _: True)

    async def script(b):
        b.keeper.start()
        run_id = await b.start("workflow w { call a }")
        await jumping(b, jump)
        refused = [store.acquire(run_id, SECOND_LIFE, b.clock.now())]
        await asyncio.sleep(120)
        refused.append(store.acquire(run_id, SECOND_LIFE, b.clock.now()))
        (line,) = b.engine.active()
        kept = await b.engine.wait(run_id)
        b.keeper.stop()
        return refused, line.run_id, kept

    assert play(script, FakeAction(a=5 * MINUTE), store) == ([None, None], RUN, True)


@JUMPS
def test_a_cancel_from_elsewhere_is_heard_within_a_second_of_measured_time(jump):
    """What is asked for is looked for by the clock that only goes forward."""

    async def script(b):
        b.keeper.start()
        run_id = await b.start("workflow w { call a }")
        await jumping(b, jump)
        began = b.clock.monotonic()
        b.store.request(CancelRun(run_id=run_id), b.clock.now())
        await b.engine.wait(run_id)
        b.keeper.stop()
        return b.state(run_id).status, b.clock.monotonic() - began

    status, took = play(script, FakeAction(a=HOUR))
    assert status is RunStatus.CANCELLED
    assert took <= 1


@given(
    jumps=st.lists(st.integers(-100_000, 100_000), max_size=40),
    limit=st.integers(1, 40),
    needs=st.integers(1, 40),
    delay=st.integers(0, 20),
)
@settings(max_examples=100)
def test_however_the_clock_is_set_a_run_takes_as_long_as_it_takes(jumps, limit, needs, delay):
    """Attempts, their limits and the time between them; no length that is told is below nothing."""
    if needs == limit:
        needs += 1
    options = f'timeout = "{limit}s" on_timeout = fail retries = 1 retry_delay = "{delay}s"'
    action = FakeAction(a=timedelta(seconds=needs))
    set_by = (timedelta(seconds=jump) for jump in jumps)
    state, took, _ = ran_while(f"workflow w {{ call a {{ {options} }} }}", *set_by, action=action)
    in_time = needs < limit
    assert state.status is (RunStatus.COMPLETED if in_time else RunStatus.FAILED)
    assert took == (needs if in_time else 2 * limit + delay)
    assert state.took(state.ended_at) >= timedelta()
    assert state.steps[GATE].worked(state.ended_at) >= timedelta()
