"""A storage that is locked, full or gone: nothing is lost and nobody writes what is not theirs."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.engine.commands import CancelRun, CancelStep
from flow_tui.engine.keeping import Requested, RunQuery
from flow_tui.errors import LeaseLostError, StoreBusyError, StoreDamagedError, StoreFullError, StoreGoneError
from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.testing import SOMEONE, FakeAction
from tests.conftest import tried
from tests.flows import ELSEWHERE, HOUR, MINUTE, SECOND, SECOND_LIFE, FaultyStore, memory, of, play, said

case = pytest.mark.case
BUSY = StoreBusyError("locked")
TROUBLES = [BUSY, StoreFullError("no space left"), StoreDamagedError("flow.db", "malformed")]
SOURCE = "workflow w { call a { retries = 1 } parallel { call b call c } always { call d } }"


class Trouble:
    """Raises at chosen calls."""

    def __init__(self, fault, at, times):
        self.fault = fault
        self.begin, self.end = at, at + times
        self.calls = 0

    def __call__(self):
        """Raise, or not."""
        self.calls += 1
        if self.begin < self.calls <= self.end:
            raise self.fault


def troubled(fault, at, times, method="append"):
    """Return a store that raises ``fault`` so often from its ``at``-th call on."""
    store = FaultyStore(memory())
    store.faults[method] = Trouble(fault, at, times)
    return store


def action():
    """Return what fails once and is otherwise well."""
    return FakeAction(a=[ValueError("once"), ActionOutput(context="ok")], b=SECOND, c=2 * SECOND)


def stored(b):
    """Return the types of what is stored, in order."""
    (run,) = b.store.runs(RunQuery())
    return said(list(b.store.history(run.run_id)))


async def finish(b):
    """Run it and return what is stored and what was shown."""
    state = await b.finish(SOURCE)
    return state, stored(b), b.events


@given(st.sampled_from(TROUBLES), st.integers(0, 11), st.integers(1, 30))
@tried(100, by_night=2_000)
def test_a_storage_that_cannot_write_for_a_while_loses_nothing(fault, at, times):
    """Whichever append fails, and how often, the history is that of a run without trouble."""
    smooth, expected, _ = play(finish, action())
    state, history, events = play(finish, action(), troubled(fault, at, times))
    assert sorted(history) == sorted(expected)
    assert said(events) == history
    assert {p: s.status for p, s in state.steps.items()} == {p: s.status for p, s in smooth.steps.items()}
    assert of(events, ev.StorageWaited)[0].reason == str(fault)
    assert state.status is RunStatus.COMPLETED


def test_what_is_shown_is_what_is_stored_in_the_same_order():
    """No sink ever sees what is not in the storage, nor in another order."""
    store = troubled(BUSY, 3, 5)

    async def script(b):
        unstored = []

        def look(recorded):
            if not recorded.is_transient:
                history = list(b.store.history(recorded.run_id))
                unstored.extend([] if recorded in history else [recorded])

        b.engine.sinks = (*b.engine.sinks, look)
        state = await b.finish(SOURCE)
        shown = [one for one in b.events if not one.is_transient]
        return unstored, shown == list(b.store.history(state.run_id))

    assert play(script, action(), store) == ([], True)


def test_a_run_stands_still_while_the_storage_is_locked():
    """Nothing begins that is not on record, and the wait ends soon after the lock does."""
    store = troubled(BUSY, 2, 40)
    worker = FakeAction()

    async def script(b):
        run_id = await b.start("workflow w { call a call b }")
        await asyncio.sleep(5)
        early = list(worker.names)
        await b.engine.wait(run_id)
        state = b.state(run_id)
        return early, state.ended_at - state.started_at

    early, took = play(script, worker, store)
    assert early == ["a"]
    assert took == 40 * limits.STORE_RETRY


def test_what_a_step_hands_back_is_stored_in_one_write_with_the_start_of_the_next():
    """Two steps are three writes between those of the run: no step begins before what came before is kept."""
    worker = FakeAction()

    async def script(b):
        writes, append = [], b.store.append

        def note(lease, events, at):
            writes.append([event.type for event in events])
            return append(lease, events, at)

        b.store.append = note
        await b.finish("workflow w { call a call b }")
        return [write for write in writes if write]

    begun = ["step_started", "attempt_started"]
    assert play(script, worker)[1:-1] == [begun, ["step_finished", *begun], ["step_finished"]]


def test_a_result_that_nothing_follows_at_once_is_stored_at_once():
    """While its neighbour still works for an hour, what a call handed back is on record."""
    worker = FakeAction(b=HOUR)

    async def script(b):
        await b.start("workflow w { parallel { call a call b } }")
        await asyncio.sleep(0)
        while not worker.names:
            await asyncio.sleep(0)
        for _ in range(5):
            await asyncio.sleep(0)
        return stored(b)

    assert play(script, worker)[-1] == "step_finished"


def test_a_cancel_while_the_storage_is_locked_is_not_lost():
    """The step that was waiting to be recorded is recorded, then the run is cancelled."""
    store = troubled(BUSY, 2, 40)

    async def script(b):
        run_id = await b.start("workflow w { call a call b }")
        await asyncio.sleep(1)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), stored(b)

    state, history = play(script, FakeAction(), store)
    assert history[3:] == ["step_finished", "run_cancel_requested", "metrics_updated", "run_finished"]
    assert state.steps[StepPath("0")].status is StepStatus.COMPLETED
    assert state.status is RunStatus.CANCELLED


def test_a_step_is_ended_without_waiting_for_the_storage():
    """The work is over the moment it is cancelled; the words follow when they can."""
    store = troubled(BUSY, 2, 400)
    worker = FakeAction(a=HOUR)

    async def script(b):
        run_id = await b.start("workflow w { call a }")
        await asyncio.sleep(1)
        await b.engine.handle(CancelStep(run_id=run_id, path=StepPath("0")))
        await asyncio.sleep(1)
        ended = list(worker.cancelled)
        await b.engine.wait(run_id)
        return ended, b.state(run_id)

    ended, state = play(script, worker, store)
    assert ended == [StepPath("0")]
    assert state.steps[StepPath("0")].cancel_requested


def test_a_program_whose_start_cannot_be_recorded_is_ended_when_it_is_cancelled():
    """Whoever ends it does not wait until the storage has heard that it runs."""
    store = troubled(BUSY, 2, 400)
    ended = []

    async def spawn(params):
        try:
            await params.on_start(SOMEONE.process)
        except asyncio.CancelledError:
            ended.append(asyncio.get_running_loop().time())
            raise

    async def script(b):
        run_id = await b.start("workflow w { call a }")
        await asyncio.sleep(1)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), stored(b)

    state, history = play(script, FakeAction(a=spawn), store)
    assert ended == [1]
    assert history[3:5] == ["process_started", "run_cancel_requested"]
    assert state.steps[StepPath("0")].attempts[0].process == SOMEONE.process


@case(116)
def test_a_sink_that_raises_harms_nobody():
    """The run goes on, and every other sink sees everything; a sink given twice is called twice."""
    seen = []

    def bad(recorded):
        raise RuntimeError("sink")

    async def script(b):
        state = await b.finish(SOURCE)
        return state, b.events

    state, events = play(script, action(), sinks=(bad, seen.append, seen.append))
    assert state.status is RunStatus.COMPLETED
    assert seen[::2] == seen[1::2] == events


@case(19, 21, 23, 135)
@pytest.mark.parametrize("at", range(2, 13))
def test_who_lost_the_run_writes_nothing_more(at):
    """Whenever the run is taken over, not one event of ours follows, and its work ends."""
    store = FaultyStore(memory())
    worker = action()
    taken = []

    def steal():
        if store.appends == at:
            (run,) = store.inner.runs(RunQuery())
            store.inner.release(store.inner.acquire(run.run_id, SOMEONE, run.started_at))
            taken.append(store.inner.acquire(run.run_id, SECOND_LIFE, run.started_at))
            taken.append(len(list(store.inner.history(run.run_id))))

    store.faults["append"] = steal

    async def script(b):
        run_id = await b.start(SOURCE)
        kept = await b.engine.wait(run_id)
        await asyncio.sleep(60)
        return run_id, kept, b.engine.is_active(run_id), len(list(b.store.history(run_id)))

    run_id, kept, active, length = play(script, worker, store)
    assert (kept, active) == (False, False)
    assert length == taken[1]
    assert store.inner.owner(run_id) == SECOND_LIFE, "the lease is not ours to release"


@case(20)
def test_a_lease_that_cannot_be_renewed_is_given_up_before_others_may_have_it():
    """The run is let go, its work ended, well before the lease expires; nothing is written afterwards."""
    store = troubled(BUSY, 3, 10**6, "renew")
    worker = FakeAction(a=HOUR)

    async def script(b):
        b.keeper.start()
        run_id = await b.start("workflow w { call a always { call b } }")
        kept = await b.engine.wait(run_id)
        b.keeper.stop()
        return kept, b.clock.monotonic(), stored(b)

    kept, at, history = play(script, worker, store)
    assert not kept
    assert worker.cancelled == [StepPath("0")]
    assert worker.names == ["a"]
    assert 20 <= at < limits.LEASE_TTL.total_seconds() + 5
    assert history == ["run_started", "step_started", "attempt_started"]


@case(19)
def test_a_run_that_was_taken_over_is_noticed_by_the_keeper():
    """Even while a step blocks, the loss ends it within a few seconds."""
    worker = FakeAction(a=HOUR)

    async def script(b):
        b.keeper.start()
        run_id = await b.start("workflow w { call a call b }")
        await asyncio.sleep(10)
        b.store.acquire(run_id, ELSEWHERE, b.clock.now() + HOUR)
        kept = await b.engine.wait(run_id)
        b.keeper.stop()
        return kept, b.clock.monotonic()

    kept, at = play(script, worker)
    assert not kept
    assert at <= 15.5
    assert worker.names == ["a"]


def test_a_run_that_lost_its_lease_does_not_wait_for_the_storage():
    """Who waits for a locked storage when the run is lost is let go, too."""
    store = troubled(BUSY, 2, 10**6)
    store.faults["renew"] = Trouble(BUSY, 0, 10**6)

    async def script(b):
        b.keeper.start()
        run_id = await b.start("workflow w { call a }")
        kept = await b.engine.wait(run_id)
        b.keeper.stop()
        return kept, b.clock.monotonic()

    kept, at = play(script, FakeAction(), store)
    assert not kept
    assert at <= limits.LEASE_TTL.total_seconds()


def test_a_killed_program_does_not_wait_for_the_storage():
    """When the program has to leave, a storage that never answers keeps nobody."""
    store = troubled(BUSY, 2, 10**9)

    async def script(b):
        run_id = await b.start("workflow w { call a }")
        await asyncio.sleep(1)
        leaving = asyncio.ensure_future(b.engine.shutdown())
        await asyncio.sleep(MINUTE.total_seconds())
        patient = leaving.done()
        await b.engine.shutdown(kill=True)
        await leaving
        return patient, b.engine.is_active(run_id)

    assert play(script, FakeAction(), store) == (False, False)


def test_a_run_that_has_ended_is_given_up_even_if_the_storage_was_locked_then():
    """The lease is released as soon as the storage takes it."""
    store = troubled(BUSY, 0, 3, "release")

    async def script(b):
        state = await b.finish("workflow w { call a }")
        return state.status, b.store.owner(state.run_id)

    assert play(script, FakeAction(), store) == (RunStatus.COMPLETED, None)


def test_a_run_begins_once_the_storage_is_no_longer_locked():
    """Starting waits a little, then says that the storage is busy."""
    store = troubled(BUSY, 0, 3, "acquire")

    async def script(b):
        state = await b.finish("workflow w { call a }")
        return state.status

    assert play(script, FakeAction(), store) is RunStatus.COMPLETED
    with pytest.raises(StoreBusyError):
        play(script, FakeAction(), troubled(BUSY, 0, 10**6, "acquire"))


@case(140)
def test_what_cannot_be_stored_at_all_ends_the_run_and_says_so():
    """A fault that no waiting mends is the engine's: the open step is closed, the error is on record."""

    class OddError(Exception):
        pass

    async def script(b):
        return await b.finish("workflow w { call a call b }")

    state = play(script, FakeAction(a=timedelta(seconds=1)), troubled(OddError("odd"), 2, 1))
    assert (state.status, state.error) == (RunStatus.FAILED, "OddError: odd")
    assert state.steps[StepPath("0")].status is StepStatus.FAILED


@pytest.mark.parametrize("waits", [True, False])
def test_a_run_whose_database_vanishes_is_closed_for_whoever_looks_on(waits):
    """At once or while it waits for a locked one: what was open has failed, and nothing is said to stay."""
    store = troubled(BUSY, 2, 3 if waits else 0)
    gone = StoreGoneError("flow.db")
    busy = store.faults["append"]

    def vanish():
        busy()
        if busy.calls > 2 + (3 if waits else 0):
            raise gone

    store.faults["append"] = vanish

    async def script(b):
        run_id = await b.start("workflow w { call a call b }")
        kept = await b.engine.wait(run_id)
        return kept, replay(run_id, b.events), stored(b), b.action.names

    kept, seen, history, names = play(script, FakeAction(), store)
    assert kept  # by nobody else, at least
    assert (seen.status, seen.reason, seen.is_kept) == (RunStatus.FAILED, Reason.ENGINE, False)
    assert seen.error == str(gone)
    assert seen.storage_waits == ""
    assert history == ["run_started", "step_started", "attempt_started"]
    assert not any(step.status.is_active for step in seen.steps.values())
    assert names == ["a"]


def test_a_run_that_is_taken_over_while_it_waits_for_the_storage_is_let_go():
    """Nothing of what waited is written, and nothing seems to wait any more."""
    store = troubled(BUSY, 2, 3)
    busy = store.faults["append"]

    def taken():
        busy()
        if busy.calls > 5:
            raise LeaseLostError("RUN")

    store.faults["append"] = taken

    async def script(b):
        run_id = await b.start("workflow w { call a }")
        kept = await b.engine.wait(run_id)
        return kept, replay(run_id, b.events), stored(b)

    kept, seen, history = play(script, FakeAction(), store)
    assert not kept
    assert (seen.status, seen.storage_waits) == (RunStatus.RUNNING, "")
    assert history == ["run_started", "step_started", "attempt_started"]


def test_a_run_whose_first_event_cannot_be_stored_is_given_up():
    """Whoever tries again is not told that somebody works on it."""
    store = troubled(ValueError("never"), 0, 1)

    async def script(b):
        with pytest.raises(ValueError, match="never"):
            await b.start("workflow w { call a }")
        return b.engine.active(), b.store.owner(RunId(f"RUN{1:023}"))

    assert play(script, FakeAction(), store) == ((), None)


def test_a_run_that_cannot_be_given_up_has_ended_all_the_same(caplog):
    """Others have to wait until its lease expires; the log says why."""
    store = troubled(StoreFullError("no space left"), 0, 10**6, method="release")
    state = play(lambda b: b.finish("workflow w { call a }"), FakeAction(), store)
    assert state.status is RunStatus.COMPLETED
    assert "could not give up run" in caplog.text


def test_a_request_that_cannot_be_taken_away_harms_nobody(caplog):
    """It was refused, and that is logged; so is what keeps it from being taken away."""
    store = troubled(StoreFullError("no space left"), 0, 10**6, method="answered")

    async def script(b):
        request = CancelRun(run_id=RunId("NONE"))
        await b.engine.answer(Requested(number=1, request=request))

    play(script, FakeAction(), store)
    assert "refused a request for run NONE" in caplog.text
    assert "could not take a request away" in caplog.text


def test_a_lost_lease_is_no_failed_attempt():
    """When the storage refuses us inside an attempt, it is not tried again."""
    worker = FakeAction()

    async def lose(params):
        raise LeaseLostError(params.run_id)

    worker = FakeAction(a=lose)

    async def script(b):
        run_id = await b.start("workflow w { call a { retries = 5 } }")
        return await b.engine.wait(run_id)

    assert play(script, worker) is False
    assert worker.names == ["a"]
