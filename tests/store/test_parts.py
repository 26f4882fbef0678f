"""What every store promises about runs that are part of another run."""

from pathlib import Path

import pytest

from flow_tui import limits
from flow_tui.engine.commands import CancelRun
from flow_tui.engine.keeping import RunQuery
from flow_tui.errors import LeaseLostError, RunOwnedError
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus
from tests.store.stores import ME, NOON, OTHER, RUN, SECOND, STORES, YOU, World, begin, leaf, started, step

PART = RunId("01JGMEZN0000000000000PART1")
DEEPER = RunId("01JGMEZN0000000000000PART2")


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path):
    """Every store there is, one after the other."""
    made = STORES[request.param](tmp_path, World())
    yield made
    made.close()


def adopted(store, lease, run_id=PART):
    """Return the lease of a part that has begun."""
    part = store.adopt(lease, run_id, NOON)
    store.append(part, [started(leaf("0"), parent=lease.run_id, parent_path=StepPath("3"))], NOON)
    return part


def test_a_part_has_a_history_of_its_own(store):
    """What is written of it is not written of the run it belongs to."""
    lease = begin(store)
    part = adopted(store, lease)
    (recorded,) = store.append(part, [step("0")], NOON)
    assert (recorded.run_id, recorded.seq) == (PART, 2)
    assert [one.seq for one in store.history(RUN)] == [1]
    first = next(store.history(PART)).event
    assert isinstance(first, ev.RunStarted)
    assert (first.parent, first.parent_path) == (RUN, "3")


def test_who_loses_a_run_can_no_longer_write_its_parts(store):
    """The lease of the whole decides, however deep the part lies."""
    lease = begin(store)
    part = adopted(store, lease)
    deeper = adopted(store, part, DEEPER)
    later = NOON + limits.LEASE_TTL + SECOND
    assert store.acquire(RUN, YOU, later) is not None
    for lost in (part, deeper):
        with pytest.raises(LeaseLostError):
            store.append(lost, [step("0")], later)
        with pytest.raises(LeaseLostError):
            store.renew(lost, {}, later)
    with pytest.raises(LeaseLostError):
        store.adopt(lease, RunId("01JGMEZN0000000000000PART3"), later)
    assert [one.seq for one in store.history(PART)] == [1]


def test_who_takes_a_run_over_writes_its_parts(store):
    """A part that was begun by the owner before goes on under the next one."""
    adopted(store, begin(store))
    later = NOON + limits.LEASE_TTL + SECOND
    taken = store.acquire(RUN, YOU, later)
    part = store.adopt(taken, PART, later)
    assert [one.seq for one in store.append(part, [step("0")], later)] == [2]


def test_a_part_is_listed_only_when_asked_for(store):
    """History shows whole runs; the parts of one, or all of them, come on demand."""
    lease = begin(store)
    begin(store, OTHER, at=NOON - SECOND)
    adopted(store, adopted(store, lease), DEEPER)
    assert [line.run_id for line in store.runs(RunQuery())] == [RUN, OTHER]
    assert {line.run_id for line in store.runs(RunQuery(parts=True))} == {RUN, OTHER, PART, DEEPER}
    assert {line.run_id for line in store.runs(RunQuery(part_of=RUN))} == {PART}
    assert [line.run_id for line in store.runs(RunQuery(part_of=PART))] == [DEEPER]
    assert store.runs(RunQuery(part_of=OTHER)) == ()


def test_a_part_is_forgotten_with_its_run_and_never_before(store):
    """Nothing of it stays behind: no history, no line, no request."""
    lease = begin(store)
    part = adopted(store, lease)
    store.request(CancelRun(run_id=PART), NOON)
    with pytest.raises(RunOwnedError):
        store.delete(RUN)
    deeper = adopted(store, part, DEEPER)
    store.append(part, [ev.RunFinished(outcome=RunStatus.COMPLETED)], NOON)
    store.release(deeper)
    store.release(part)
    store.release(lease)
    store.delete(RUN)
    assert [*store.history(PART), *store.history(DEEPER)] == []
    assert store.runs(RunQuery(parts=True)) == ()
    assert store.requests((PART,)) == ()


def test_the_heartbeat_of_a_part_is_its_own(store):
    """Its last signs of life are kept beside those of the run it belongs to."""
    lease = begin(store)
    part = adopted(store, lease)
    store.renew(part, {StepPath("0"): NOON}, NOON + SECOND)
    assert (dict(store.signs(PART)), dict(store.signs(RUN))) == ({StepPath("0"): NOON}, {})
    (line,) = store.runs(RunQuery(part_of=RUN))
    assert line.last_heartbeat_at == NOON + SECOND
    assert line.owner == ME.label
