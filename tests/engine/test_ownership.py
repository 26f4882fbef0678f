"""Whose a run is: one owner at a time, in every store, from the first event to the last."""

import asyncio
from dataclasses import replace

import pytest

from flow_tui import limits
from flow_tui.engine.commands import Definition, ResumeRun, StartRun
from flow_tui.engine.keeping import RunQuery
from flow_tui.engine.run import Part, Parts
from flow_tui.errors import (
    ActionError,
    NotPossibleError,
    RunNotFoundError,
    RunOwnedError,
    StoreBusyError,
    StoreError,
)
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus
from flow_tui.model.values import ActionOutput
from flow_tui.store.memory import MemoryStore
from flow_tui.testing import NOON, SOMEONE, FakeAction, FakeProvider, bench, run_virtually, sound
from tests.flows import ELSEWHERE, HOUR, MINUTE, SECOND_LIFE, FaultyStore, memory, play
from tests.store.stores import STORES, World

case = pytest.mark.case
RUN = RunId(f"RUN{1:023}")
SOURCE = "workflow w { call a }"
EACH = "workflow w { foreach f { over = things workflow = sub max_parallel = 1 } }"
TIDY = "workflow w { call a call b always { call tidy } }"


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    """Every store there is, one after the other."""
    made = STORES[request.param](tmp_path, World())
    yield made
    made.close()


def named(run_id, source=SOURCE):
    """Return the command to start a run under a name that was chosen before."""
    definition = Definition(workflow=sound(source, "w.wf"), source=source, file="w.wf", root="/")
    return StartRun(definition=definition, run_id=run_id)


@case(13)
def test_a_fresh_run_has_an_owner_and_its_first_lease(store):
    """The owner is on record while it runs; renewing and asking again change no number."""

    async def script(b):
        b.keeper.start()
        run_id = await b.start(SOURCE)
        await asyncio.sleep(30)
        lease = b.engine._active[run_id].driver.run.journal.lease
        again = b.store.acquire(run_id, SOMEONE, b.clock.now())
        owner = b.store.owner(run_id)
        await b.engine.wait(run_id)
        b.keeper.stop()
        return owner, lease.generation, again.generation

    assert play(script, FakeAction(a=MINUTE), store) == (SOMEONE, 1, 1)


@case(14)
def test_a_name_that_another_process_owns_is_not_started(store):
    """Nothing is written under it, and nothing runs."""

    async def script(b):
        store.acquire(RUN, SECOND_LIFE, b.clock.now())
        with pytest.raises(RunOwnedError):
            await b.engine.start(named(RUN))
        return list(store.history(RUN)), store.owner(RUN), b.action.calls, b.events

    assert play(script, FakeAction(), store) == ([], SECOND_LIFE, [], [])


@case(15)
@pytest.mark.parametrize("how", ["start", "resume"])
def test_of_two_engines_that_want_a_run_at_once_one_gets_it(store, how):
    """The other is told whose it is; every step runs once."""
    action = FakeAction(a=[ActionError("no"), MINUTE] if how == "resume" else [MINUTE])

    async def main():
        first, second = bench(action, store), bench(action, store, owner=SECOND_LIFE)
        if how == "resume":
            await first.finish(SOURCE)
        commands = (named(RUN), named(RUN)) if how == "start" else (ResumeRun(run_id=RUN),) * 2
        results = await asyncio.gather(
            first.engine.handle(commands[0]), second.engine.handle(commands[1]), return_exceptions=True
        )
        for one in (first, second):
            await one.engine.wait(RUN)
        return results, first.state(RUN)

    results, state = run_virtually(main())
    assert sum(result == RUN for result in results) == 1
    assert sum(isinstance(result, RunOwnedError) for result in results) == 1
    assert state.status is RunStatus.COMPLETED
    assert len(action.calls) == (2 if how == "resume" else 1)


@case(17)
def test_nobody_comes_to_own_what_is_no_run(store):
    """Going on with an unknown run is refused, and its name is free as before."""

    async def script(b):
        with pytest.raises(RunNotFoundError):
            await b.engine.resume(ResumeRun(run_id=RunId("NOSUCHRUN")))
        return b.store.owner(RunId("NOSUCHRUN")), b.store.runs(RunQuery())

    assert play(script, FakeAction(), store) == (None, ())


@case(18)
def test_a_lease_is_renewed_for_as_long_as_a_step_takes(store):
    """A step of many periods costs the run nothing."""

    async def script(b):
        b.keeper.start()
        run_id = await b.start(SOURCE)
        refused = []
        for _ in range(10):
            await asyncio.sleep(60)
            refused.append(store.acquire(run_id, SECOND_LIFE, b.clock.now()))
        await b.engine.wait(run_id)
        b.keeper.stop()
        return refused, b.state(run_id).status

    assert play(script, FakeAction(a=11 * MINUTE), store) == ([None] * 10, RunStatus.COMPLETED)


@case(22)
def test_many_runs_leave_nothing_to_be_renewed():
    """When a run is over its lease is let go of, and no task of it stays."""
    store = FaultyStore(memory())
    renewed = []
    store.faults["renew"] = lambda: renewed.append(1)

    async def script(b):
        b.keeper.start()
        for _ in range(20):
            await b.finish(SOURCE)
        b.keeper.stop()
        before = len(renewed)
        b.engine.keeper.round()
        await asyncio.sleep(0)
        return len(renewed) - before, len(asyncio.all_tasks()), b.engine.active()

    assert play(script, FakeAction(), store) == (0, 1, ())


@case(23, 107)
def test_a_run_that_is_taken_over_while_its_gate_waits_is_let_go():
    """Within one heartbeat; nobody tidies up, and what the new owner finds is untouched."""

    async def script(b):
        b.keeper.start()
        run_id = await b.start("workflow w { gate human_approval { } always { call tidy } }")
        await asyncio.sleep(10)
        taken = b.store.acquire(run_id, ELSEWHERE, b.clock.now() + HOUR)
        length = len(list(b.store.history(run_id)))
        kept = await b.engine.wait(run_id)
        b.keeper.stop()
        later = len(list(b.store.history(run_id)))
        return kept, b.clock.monotonic(), later - length, b.action.names, taken.generation

    kept, at, more, names, generation = play(script)
    assert (kept, more, names, generation) == (False, 0, [], 2)
    assert at <= 15.5


@case(19, 23)
def test_a_run_that_was_stolen_is_the_new_owners_to_finish():
    """The step in progress is stopped, later steps never start here, and its end is the new owner's word."""
    store, first, second = memory(), FakeAction(a=HOUR), FakeAction()

    async def main():
        mine, yours = bench(first, store), bench(second, store, owner=SECOND_LIFE)
        mine.keeper.start()
        run_id = await mine.start(TIDY)
        await asyncio.sleep(10)
        store.release(store.acquire(run_id, SOMEONE, mine.clock.now()))
        await yours.engine.resume(ResumeRun(run_id=run_id))
        await yours.engine.wait(run_id)
        kept = await mine.engine.wait(run_id)
        mine.keeper.stop()
        return kept, yours.state(run_id)

    kept, state = run_virtually(main())
    assert not kept
    assert (first.names, second.names) == (["a"], ["a", "b", "tidy"])
    assert state.status is RunStatus.COMPLETED


@case(92, 128)
@pytest.mark.parametrize("source", [SOURCE, EACH])
def test_a_history_that_cannot_be_read_is_an_error_and_changes_nothing(source):
    """Nothing is taken for not having happened; the run can be resumed once it is readable."""
    store = FaultyStore(memory())

    def unreadable():
        raise StoreError(f"the history of {RUN} cannot be read")

    async def script(b):
        before = await b.finish(source, others={"sub": "workflow sub { call a }"})
        store.faults["history"] = unreadable
        with pytest.raises(StoreError, match=RUN):
            await b.engine.resume(ResumeRun(run_id=RUN))
        del store.faults["history"]
        owner, untouched = store.owner(RUN), b.state(RUN).seq == before.seq
        await b.engine.resume(ResumeRun(run_id=RUN))
        await b.engine.wait(RUN)
        return owner, untouched, b.state(RUN).status

    action = FakeAction(a=[ActionError("no"), None])
    answers = play(script, action, store, providers={"things": FakeProvider("x")})
    assert answers == (None, True, RunStatus.COMPLETED)


class Elsewhere:
    """Carries parts out with another engine, that has a store and sinks of its own."""

    def __init__(self, parts, other):
        self._parts, self.other = parts, other
        self.seen = []

    async def carry_out(self, parent, part: Part):
        """Run the part over there."""
        self.seen.append((dict(parent.state.inputs), dict(part.inputs)))
        source = parent.files.read(part.workflow.source_path).decode()
        return await self.other.finish(source, inputs=part.inputs)

    def recall(self, run_id):
        """Return what is stored over there."""
        return self.other.state(run_id)


def elsewhere(source, sub, action=None, inputs=None, **given):
    """Return what is known here and over there of a run whose parts are carried out elsewhere."""

    async def main():
        there = bench(action or FakeAction(), MemoryStore(is_alive=lambda _: True))
        here = bench(action or FakeAction(), MemoryStore(is_alive=lambda _: True), **given)
        runner: Parts = Elsewhere(here.engine._parts, there)
        here.engine._parts = runner
        state = await here.finish(source, others={"sub": sub}, inputs=inputs)
        return state, here, there, runner

    return run_virtually(main())


@case(60)
def test_parts_can_be_carried_out_in_another_store():
    """Their events reach the sinks over there only, and their runs are known over there only."""
    action = FakeAction(one=ActionOutput(context="c", markers=("m",)))
    state, here, there, _ = elsewhere("workflow w { call workflow sub }", "workflow sub { call one }", action)
    assert state.status is RunStatus.COMPLETED
    assert state.steps[StepPath("0")].output.markers == ("m",)
    assert [run.workflow for run in here.store.runs(RunQuery(parts=True))] == ["w"]
    assert [run.workflow for run in there.store.runs(RunQuery(parts=True))] == ["sub"]
    assert {one.event.path for one in here.events if hasattr(one.event, "path")} == {"0"}
    assert all(one.run_id == there.events[0].run_id for one in there.events)


@case(95)
def test_whoever_carries_a_part_out_sees_the_inputs_of_its_caller():
    """As they are: what an item adds is for its own workflow, and gone for the steps after it."""
    action = FakeAction()
    source = (
        "workflow w { inputs { who required } "
        'foreach f { over = things workflow = sub max_parallel = 1 inputs = { n = "{{item.id}}" } } '
        "call after }"
    )
    _, _, _, runner = elsewhere(
        source,
        "workflow sub { inputs { n } call one }",
        action,
        {"who": "ada"},
        providers={"things": FakeProvider("x", "y")},
    )
    assert [seen[0] for seen in runner.seen] == [{"who": "ada"}] * 2
    assert [seen[1]["n"] for seen in runner.seen] == ["x", "y"]
    after = action.calls[-1]
    assert (after.name, after.inputs["who"]) == ("after", "ada")
    assert not [name for name in after.inputs if name.startswith("item.")]


def test_a_run_whose_lease_could_not_be_renewed_is_anybody_s_once_its_steps_have_ended(store):
    """Its process is there, and nobody has to wait for that to end."""
    faulty = FaultyStore(store)

    def fault():
        raise StoreBusyError("database is locked")

    faulty.faults["renew"] = fault

    async def script(b):
        b.keeper.start()
        run_id = await b.start(SOURCE)
        kept = await b.engine.wait(run_id)
        b.keeper.stop()
        return kept, b.action.cancelled

    assert play(script, FakeAction(a=HOUR), faulty) == (False, [StepPath("0")])
    assert store.owner(RUN) is None
    assert store.acquire(RUN, SECOND_LIFE, NOON) is not None


class Skewed:
    """A clock that is wrong by as much as it was told."""

    def __init__(self, inner, error):
        self._inner, self._error = inner, error

    def now(self):
        """Return the wrong instant."""
        return self._inner.now() + self._error

    def __getattr__(self, name):
        return getattr(self._inner, name)


def far_away(store, action, error):
    """Return an engine on another machine, whose clock is wrong."""
    made = bench(action, store, owner=ELSEWHERE)
    made.engine.around = replace(made.engine.around, clock=Skewed(made.clock, error))
    return made


@pytest.mark.parametrize("error", [-24 * HOUR, -MINUTE, MINUTE, 24 * HOUR])
def test_a_run_that_lives_on_another_machine_is_not_taken_whatever_the_clocks_say(store, error):
    """Its owner is heard before it is out of sight for a whole lease."""
    action, theirs = FakeAction(a=HOUR), FakeAction()

    async def main():
        mine, yours = bench(action, store), far_away(store, theirs, error)
        mine.keeper.start()
        run_id = await mine.start(SOURCE)
        await asyncio.sleep(60)
        before = mine.clock.monotonic()
        with pytest.raises(RunOwnedError):
            await yours.engine.resume(ResumeRun(run_id=run_id))
        took = mine.clock.monotonic() - before
        await mine.engine.wait(run_id)
        mine.keeper.stop()
        return took, mine.state(run_id)

    took, state = run_virtually(main())
    assert took <= limits.HEARTBEAT.total_seconds() + 1
    assert (state.status, state.generation) == (RunStatus.COMPLETED, 0)
    assert theirs.calls == []


@pytest.mark.parametrize("error", [-24 * HOUR, -MINUTE, MINUTE, 24 * HOUR])
def test_a_run_whose_machine_is_gone_is_taken_after_a_lease_s_time_whatever_the_clocks_say(store, error):
    """Nobody waits a day because a clock is a day late, and nothing runs sooner because it is early."""
    action, theirs = FakeAction(a=24 * 100 * HOUR), FakeAction()

    async def main():
        mine, yours = bench(action, store), far_away(store, theirs, error)
        mine.keeper.start()
        run_id = await mine.start(SOURCE)
        await asyncio.sleep(60)
        mine.keeper.stop()  # the machine stands still from here on
        before = mine.clock.monotonic()
        await yours.engine.resume(ResumeRun(run_id=run_id))
        took = mine.clock.monotonic() - before
        await yours.engine.wait(run_id)
        await mine.engine.shutdown(kill=True)
        return took, yours.state(run_id)

    took, state = run_virtually(main())
    assert limits.LEASE_TTL.total_seconds() <= took <= limits.LEASE_TTL.total_seconds() + 2
    assert state.status is RunStatus.COMPLETED
    assert len(theirs.calls) == 1


def test_nobody_listens_on_while_the_program_leaves(store):
    """A run that is listened for keeps no program from ending."""

    async def main():
        mine, yours = bench(FakeAction(a=HOUR), store), far_away(store, FakeAction(), HOUR)
        run_id = await mine.start(SOURCE)
        listening = asyncio.ensure_future(yours.engine.resume(ResumeRun(run_id=run_id)))
        await asyncio.sleep(3)
        await yours.engine.shutdown()
        left = mine.clock.monotonic()
        with pytest.raises(NotPossibleError):
            await listening
        await mine.engine.shutdown(kill=True)
        return left

    assert run_virtually(main()) <= 5
