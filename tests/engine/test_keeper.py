"""Runs stay ours, whatever blocks the loop."""

import asyncio
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest

from flow_tui import limits
from flow_tui.clock import SystemClock
from flow_tui.engine.commands import CancelRun
from flow_tui.engine.lease import Keeper, KeeperThread
from flow_tui.errors import LeaseLostError, StoreBusyError, StoreGoneError
from flow_tui.model.ids import RunId, StepPath
from flow_tui.store.memory import MemoryStore
from flow_tui.store.sqlite import SqliteStore
from flow_tui.testing import NOON, SOMEONE, FakeAction
from tests.flows import HOUR, SECOND_LIFE, FaultyStore, memory, play

RUN = RunId("RUN")
OTHER = RunId("OTHER")
case = pytest.mark.case


class HandClock:
    """A clock that is set by hand."""

    def __init__(self):
        self.seconds = 0.0

    def now(self):
        """Return the instant that was set."""
        return NOON + timedelta(seconds=self.seconds)

    def monotonic(self):
        """Return the seconds that were set."""
        return self.seconds


class Held:
    """A keeper with a run, and what it said."""

    def __init__(self, store=None):
        self.clock = HandClock()
        self.store = store or FaultyStore(MemoryStore(is_alive=lambda _: True))
        self.lost, self.requests = [], []
        self.keeper = Keeper(
            self.store,
            self.clock,
            on_lost=lambda run_id, why: self.lost.append((run_id, why) if why else run_id),
            on_request=self.requests.append,
        )
        self.lease = self.hold(RUN)

    def hold(self, run_id):
        """Own a run and keep it."""
        lease = self.store.acquire(run_id, SOMEONE, self.clock.now())
        self.keeper.hold(lease, dict)
        return lease

    def rounds(self, until, step=0.25):
        """Do rounds until an instant."""
        while self.clock.seconds < until:
            self.clock.seconds += step
            self.keeper.round()


def test_a_lease_that_is_kept_never_expires():
    """Nobody else gets the run, however long it takes."""
    held = Held()
    for minutes in range(1, 60):
        held.rounds(minutes * 60, step=1)
        assert held.store.acquire(RUN, SECOND_LIFE, held.clock.now()) is None
    assert held.lost == []


def test_a_lease_that_was_dropped_is_left_alone():
    """Afterwards nothing more is written for it."""
    held = Held()
    held.rounds(1)
    held.keeper.drop(RUN)
    held.store.faults["renew"] = lambda: pytest.fail("it was renewed")
    held.rounds(60)


def test_trouble_with_one_run_costs_the_others_nothing():
    """Each is renewed on its own, whatever is raised for another."""
    held = Held()
    other = held.hold(OTHER)
    renewed = []
    renew = held.store.inner.renew

    def choosy(lease, signs, now):
        if lease.run_id == RUN:
            raise RuntimeError("odd")
        renewed.append(now)
        return renew(lease, signs, now)

    held.store.inner.renew = choosy
    held.rounds(100)
    assert held.lost == [RUN]
    assert len(renewed) >= 18
    assert other.run_id == OTHER


def test_leases_that_are_due_are_renewed_in_one_write(tmp_path):
    """However many runs wait, and whenever each began: the storage is busy with it once a heartbeat."""
    store = SqliteStore(tmp_path / "flow.db", is_alive=lambda _: True)
    held = Held(FaultyStore(store))
    for number in range(50):
        held.rounds(held.clock.seconds + 0.25)
        held.hold(RunId(f"RUN{number}"))
    held.rounds(30)
    writes = []
    held.store.faults["together"] = lambda: writes.append(held.clock.seconds)
    held.rounds(30 + 10 * limits.HEARTBEAT.total_seconds())
    store.close()
    assert held.lost == []
    assert 10 <= len(writes) <= 22


def test_a_write_that_fails_at_its_end_renewed_nothing():
    """What was not written does not count: the runs are given up when they would have been."""

    class Half(FaultyStore):
        @contextmanager
        def together(self):
            yield
            raise StoreBusyError("locked")

    held = Held(Half(MemoryStore(is_alive=lambda _: True)))
    held.rounds(60)
    assert held.lost == [RUN]


def test_a_run_is_given_up_while_its_lease_is_still_good():
    """Between the last renewal and the end there is a margin."""
    held = Held()
    held.rounds(7)
    held.store.faults["renew"] = lambda: (_ for _ in ()).throw(StoreBusyError("locked"))
    while not held.lost:
        held.rounds(held.clock.seconds + 0.25)
    expires = 5.25 + limits.LEASE_TTL.total_seconds()
    assert held.clock.seconds <= expires - limits.LEASE_MARGIN.total_seconds() + 0.5
    assert held.store.inner.acquire(RUN, SECOND_LIFE, held.clock.now()) is None


def test_trouble_is_logged_when_it_begins_and_when_it_is_over(caplog):
    """Not four times a second: a full disk would be told of its own logs."""
    held = Held()
    held.rounds(7)
    for fault in ("renew", "requests"):
        held.store.faults[fault] = lambda: (_ for _ in ()).throw(StoreBusyError("locked"))
    held.rounds(15)
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "could not look for requests",
        "could not renew the lease of run RUN",
    ]
    caplog.clear()
    held.store.faults.clear()
    held.rounds(20)
    assert [record.getMessage() for record in caplog.records] == ["the lease of run RUN is renewed again"]
    assert held.lost == []


def test_a_run_that_somebody_took_is_lost_at_once():
    """There is nothing to be tried again."""
    held = Held()
    held.store.faults["renew"] = lambda: (_ for _ in ()).throw(LeaseLostError(RUN))
    held.rounds(0.25)
    assert held.lost == [RUN]


def test_a_run_whose_database_is_gone_is_given_up_at_once():
    """Whoever let it go on would promise what nobody keeps."""
    held = Held()
    error = StoreGoneError("state.db")
    held.store.faults["renew"] = lambda: (_ for _ in ()).throw(error)
    held.rounds(0.25)
    assert held.lost == [(RUN, error)]


def test_a_request_is_heard_once():
    """Until it is answered it is there, but told only the first time."""
    held = Held()
    for _ in range(3):
        held.store.request(CancelRun(run_id=RUN), held.clock.now())
    held.rounds(5)
    assert [one.number for one in held.requests] == [1, 2, 3]
    for one in held.requests:
        held.store.answered(one.number)
    held.rounds(6)
    assert held.keeper._heard == set()


def test_signs_of_life_travel_with_the_heartbeat():
    """Other processes see the last one of each running step."""

    async def lively(params):
        for _ in range(30):
            await asyncio.sleep(1)
            params.heartbeat()

    async def script(b):
        b.keeper.start()
        run_id = await b.start("workflow w { call a }")
        await asyncio.sleep(22)
        signs = b.store.signs(run_id)
        await b.engine.wait(run_id)
        b.keeper.stop()
        return signs, b.events[0].at

    signs, began = play(script, FakeAction(a=lively))
    assert list(signs) == [StepPath("0")]
    assert signs[StepPath("0")] - began >= timedelta(seconds=15)


@case(27)
def test_a_cancel_by_another_process_is_noticed_within_a_second():
    """It is left in the storage, and taken away when it was carried out."""

    async def script(b):
        b.keeper.start()
        run_id = await b.start("workflow w { call a }")
        await asyncio.sleep(10)
        b.store.request(CancelRun(run_id=run_id, by="eve"), b.clock.now())
        await b.engine.wait(run_id)
        b.keeper.stop()
        state = b.state(run_id)
        return (state.ended_at - state.started_at).total_seconds(), b.store.requests([run_id])

    took, left = play(script, FakeAction(a=HOUR))
    assert 10 <= took <= 11
    assert left == ()


@pytest.mark.real_time
@case(18, 22)
def test_a_keeper_in_its_own_thread_ticks_while_the_loop_is_blocked():
    """A synchronous call that holds the loop up does not cost the heartbeat."""
    store = FaultyStore(memory())
    renewed = threading.Event()
    store.faults["renew"] = renewed.set
    keeper = Keeper(store, SystemClock(), on_lost=lambda *_: None, on_request=lambda _: None)
    thread = KeeperThread(keeper)
    thread.start()

    async def main():
        keeper.hold(store.acquire(RUN, SOMEONE, SystemClock().now()), dict)
        return renewed.wait(10)  # the loop is blocked here

    try:
        assert asyncio.run(main())
    finally:
        thread.stop()
    assert not thread._thread.is_alive()


@pytest.mark.real_time
def test_a_keeper_outlives_whatever_a_round_meets():
    """One bad round is logged, and the next one comes."""
    rounds = threading.Semaphore(0)

    class Stumbling:
        def round(self):
            rounds.release()
            raise RuntimeError("odd")

    thread = KeeperThread(Stumbling())
    thread.start()
    try:
        assert rounds.acquire(timeout=10)
        assert rounds.acquire(timeout=10)
    finally:
        thread.stop()
