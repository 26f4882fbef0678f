"""What a power failure can undo, and what it cannot."""

from datetime import timedelta

import pytest

from flow_tui.engine.keeping import Lease
from flow_tui.errors import LeaseLostError
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.store.lasting import must_last
from flow_tui.store.memory import MemoryStore
from flow_tui.testing import FakeProvider, bench, run_virtually
from tests.store.stores import ME, NOON, OTHER, RUN, begin, started, step

PATH = StepPath("0")
WHOLE = Lease(run_id=RUN, owner=ME, generation=1, expires_at=NOON + timedelta(seconds=30))
PART = Lease(run_id=OTHER, owner=ME, generation=1, expires_at=WHOLE.expires_at, root=RUN)
TRY = ev.AttemptStarted(path=PATH, attempt=1)
DONE = ev.StepFinished(path=PATH, outcome=StepStatus.COMPLETED, output=ActionOutput())
OVER = ev.RunFinished(outcome=RunStatus.COMPLETED)


@pytest.mark.parametrize(
    ("lease", "events", "lasts"),
    [
        (WHOLE, [started()], True),
        (PART, [started()], False),
        (WHOLE, [step("0"), TRY], True),
        (WHOLE, [step("0", kind="script"), TRY], True),
        (WHOLE, [step("0", kind="item"), TRY], False),
        (WHOLE, [step("0", kind="call_workflow"), TRY], False),
        (WHOLE, [TRY], True),
        (WHOLE, [DONE, step("1", kind="item"), ev.AttemptStarted(path=StepPath("1"), attempt=1)], True),
        (WHOLE, [ev.ChildRunStarted(path=PATH, attempt=1, child_run=OTHER)], False),
        (WHOLE, [ev.ProcessStarted(path=PATH, attempt=1, identity=ME.process)], False),
        (WHOLE, [ev.PassStarted(path=PATH, number=2, of=3)], False),
        (WHOLE, [ev.ConditionChecked(path=PATH, holds=True)], False),
        (WHOLE, [ev.AttemptFailed(path=PATH, attempt=1, error="no")], True),
        (PART, [DONE], True),
        (PART, [ev.MetricsUpdated(), OVER], False),
        (WHOLE, [ev.MetricsUpdated(), OVER], True),
        (PART, [ev.GateResolved(path=PATH, approved=True)], True),
    ],
)
def test_what_begins_outside_or_is_over_lasts(lease, events, lasts):
    """Beginnings of what can have effects, and outcomes, are waited for; nothing else is."""
    assert must_last(lease, events) is lasts


class PowerStore(MemoryStore):
    """Knows what would still be known after a power failure."""

    def __init__(self) -> None:
        super().__init__(lambda _: True)
        self.written: list[tuple[RunId, ev.Event]] = []
        self.safe = 0

    def append(self, lease, events, at):
        recorded = super().append(lease, events, at)
        self.written += [(one.run_id, one.event) for one in recorded]
        if must_last(lease, events):
            self.safe = len(self.written)
        return recorded


class Careful:
    """Works only on what would be known to have begun."""

    def __init__(self, store: PowerStore) -> None:
        self.store = store
        self.worked = 0

    async def execute(self, params):
        known = self.store.written[: self.store.safe]
        assert any(
            run_id == params.run_id
            and isinstance(event, ev.AttemptStarted)
            and (event.path, event.attempt) == (params.path, params.attempt)
            for run_id, event in known
        )
        # The way to it is known, too, and so can be found again.
        runs = {run_id for run_id, _ in known}
        begun = {event.child_run for _, event in known if isinstance(event, ev.ChildRunStarted)}
        assert runs - begun == {self.store.written[0][0]}
        self.worked += 1
        if params.name == "sick" and params.attempt < 3:
            raise RuntimeError("not yet")
        return ActionOutput(markers=("again",))


SOURCE = """workflow w {
  call sick { retries = 2 }
  parallel { call a call b }
  foreach f { over = items workflow = one max_parallel = 3 }
  call workflow one
  do { max_iterations = 3 on_max_iter = continue if a.again { call a } } while a.again
}"""


def test_nothing_works_before_the_disk_knows_of_it():
    """Whatever an action does, a power failure right then leaves on record that it had begun, and how."""
    store = PowerStore()
    action = Careful(store)

    def shown(recorded):
        if isinstance(recorded.event, ev.StepFinished):
            assert (recorded.run_id, recorded.event) in store.written[: store.safe]

    async def main():
        b = bench(action, store, sinks=(shown,), providers={"items": FakeProvider(*"abcde")})
        return await b.finish(SOURCE, others={"one": "workflow one { call sick { retries = 2 } call b }"})

    assert run_virtually(main()).status is RunStatus.COMPLETED
    assert action.worked == 3 + 2 + 5 * 4 + 4 + 3
    assert store.safe == len(store.written)


def _waits(db) -> bool:
    return db.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_the_disk_is_waited_for_only_by_what_must_last(store, monkeypatch):
    """A commit that a power failure may undo does not wait; the next one that may not takes it along."""
    lease = begin(store)
    waited: list[bool] = []
    write = store._write
    monkeypatch.setattr(store, "_write", lambda db, *rest: (waited.append(_waits(db)), write(db, *rest))[1])
    process = ev.ProcessStarted(path=PATH, attempt=1, identity=ME.process)
    for events in ([step("0"), TRY], [process], [DONE]):
        store.append(lease, events, NOON)
    assert waited == [True, False, True]


def test_a_refused_write_leaves_the_disk_waited_for(store):
    """Whatever becomes of a commit that need not last, the next one waits for the disk."""
    lease = begin(store)
    store.release(lease)
    with pytest.raises(LeaseLostError):
        store.append(lease, [ev.ProcessStarted(path=PATH, attempt=1, identity=ME.process)], NOON)
    assert _waits(store._main.db)
