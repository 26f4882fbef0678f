"""What every store promises."""

import hashlib
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.engine.commands import CancelRun, CancelStep, KillRun, ResolveGate
from flow_tui.engine.keeping import Owner, RunQuery
from flow_tui.engine.traits import Traits
from flow_tui.errors import LeaseLostError, RunOwnedError, StoreError
from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import Decision, RunOptions
from flow_tui.store.projections import summary
from tests.store.stores import (
    ME,
    NEIGHBOUR,
    NOON,
    OTHER,
    RUN,
    SECOND,
    STORES,
    YOU,
    World,
    begin,
    leaf,
    owner,
    started,
    step,
)
from tests.strategies import histories

case = pytest.mark.case


@pytest.fixture
def world() -> World:
    """Everybody lives."""
    return World()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path, world: World):
    """Every store there is, one after the other."""
    made = STORES[request.param](tmp_path, world)
    yield made
    made.close()


def finished(path: str, outcome: StepStatus = StepStatus.COMPLETED) -> ev.StepFinished:
    """Return the end of a step."""
    return ev.StepFinished(path=StepPath(path), outcome=outcome)


# Histories


def test_a_history_reads_back_as_it_was_written(store):
    """Same events, same order, numbered from 1 without a gap."""
    lease = store.acquire(RUN, ME, NOON)
    written = [
        *store.append(lease, [started(leaf("0"))], NOON),
        *store.append(lease, [step("0"), ev.AttemptStarted(path=StepPath("0"), attempt=1)], NOON + SECOND),
        *store.append(lease, [finished("0")], NOON + 2 * SECOND),
    ]
    assert list(store.history(RUN)) == written
    assert [one.seq for one in written] == [1, 2, 3, 4]
    assert [one.at for one in written] == [NOON, NOON + SECOND, NOON + SECOND, NOON + 2 * SECOND]
    assert {one.run_id for one in written} == {RUN}


def test_a_history_can_be_read_from_any_number_on(store):
    """Only events above the number come."""
    lease = begin(store)
    store.append(lease, [step("0"), finished("0")], NOON)
    assert [one.seq for one in store.history(RUN, after=1)] == [2, 3]
    assert list(store.history(RUN, after=3)) == []
    assert list(store.history(OTHER)) == []


def test_the_state_of_a_run_is_that_of_its_history_and_the_caller_s_own(store):
    """Whoever goes on from it changes nothing of what the store knows."""
    assert store.state(RUN).seq == 0
    lease = store.acquire(RUN, ME, NOON)
    store.append(lease, [started(leaf("0"), leaf("1")), step("0"), finished("0"), step("1")], NOON)
    mine = store.state(RUN)
    assert mine == replay(RUN, store.history(RUN))
    mine.steps.clear()
    mine.counts.clear()
    mine.tally.settle(StepPath("1"))
    store.append(lease, [finished("1", StepStatus.FAILED)], NOON + SECOND)
    (line,) = store.runs(RunQuery())
    assert (line.steps_done, line.steps_failed) == (2, 1)
    assert store.state(RUN) == replay(RUN, store.history(RUN))


def test_a_long_history_comes_whole_and_in_order(store):
    """However it is read from the disk, nothing is left out or comes twice."""
    lease = begin(store)
    store.append(lease, [step(str(n)) for n in range(2_500)], NOON)
    assert [one.seq for one in store.history(RUN)] == list(range(1, 2_502))


@case(136)
def test_nothing_to_append_is_nothing_written(store):
    """No events, no numbers."""
    lease = begin(store)
    assert store.append(lease, [], NOON) == ()
    assert len(list(store.history(RUN))) == 1


def test_runs_are_numbered_apart(store):
    """Each run counts for itself."""
    first, second = begin(store), begin(store, OTHER)
    store.append(first, [step("0")], NOON)
    (recorded,) = store.append(second, [step("0")], NOON)
    assert (recorded.run_id, recorded.seq) == (OTHER, 2)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), st.data())
@pytest.mark.parametrize("kind", STORES)
def test_any_history_reads_back_and_its_line_agrees_with_it(tmp_path_factory, kind, history, data):
    """However it is cut into appends: the events return, and the line is that of their state."""
    written = []
    left = list(history)
    with closing(STORES[kind](tmp_path_factory.mktemp("state"), World())) as with_store:
        lease = with_store.acquire(RUN, ME, NOON)
        while left:
            size = data.draw(st.integers(1, len(left)))
            written += with_store.append(lease, [one.event for one in left[:size]], left[0].at)
            left = left[size:]
        assert list(with_store.history(RUN)) == written
        expected = summary(replay(RUN, written), owner=ME, last_heartbeat_at=NOON)
        assert with_store.runs(RunQuery()) == ((expected,) if expected is not None else ())


# Owning


@case(16, 135)
def test_who_lost_the_run_can_no_longer_write_it(store):
    """Taking a run over refuses every later word of its former owner."""
    mine = begin(store)
    assert store.acquire(RUN, YOU, NOON) is None
    yours = store.acquire(RUN, YOU, NOON + limits.LEASE_TTL)
    assert yours is not None
    assert yours.generation == mine.generation + 1
    with pytest.raises(LeaseLostError):
        store.append(mine, [step("0")], NOON)
    with pytest.raises(LeaseLostError):
        store.renew(mine, {}, NOON)
    assert len(list(store.history(RUN))) == 1
    assert store.append(yours, [step("0")], NOON)[0].seq == 2


def test_who_never_had_the_run_cannot_write_it(store):
    """A made-up lease is worth nothing."""
    lease = begin(store)
    with pytest.raises(LeaseLostError):
        store.append(replace(lease, generation=lease.generation + 1), [step("0")], NOON)
    with pytest.raises(LeaseLostError):
        store.append(replace(lease, run_id=OTHER), [step("0")], NOON)
    with pytest.raises(LeaseLostError):
        store.renew(replace(lease, owner=YOU), {}, NOON)


@case(13)
def test_the_same_owner_gets_its_lease_again(store):
    """With the same generation, and a new expiry."""
    first = begin(store)
    again = store.acquire(RUN, ME, NOON + SECOND)
    assert again.generation == first.generation
    assert again.expires_at == NOON + SECOND + limits.LEASE_TTL
    store.append(first, [step("0")], NOON)


def test_a_released_run_is_anybody_s_at_once(store):
    """No waiting for the lease to run out; the former lease is void."""
    mine = begin(store)
    store.release(mine)
    assert store.owner(RUN) is None
    yours = store.acquire(RUN, YOU, NOON)
    assert yours is not None
    with pytest.raises(LeaseLostError):
        store.append(mine, [step("0")], NOON)


def test_a_lost_lease_is_nothing_to_release(store):
    """Releasing late takes nothing from the new owner."""
    mine = begin(store)
    yours = store.acquire(RUN, YOU, NOON + limits.LEASE_TTL)
    store.release(mine)
    assert store.owner(RUN) == YOU
    store.append(yours, [step("0")], NOON)
    store.release(replace(mine, run_id=OTHER))


def test_an_owner_whose_process_is_gone_has_nothing(store, world):
    """On this machine a death is proof enough, long before the lease expires."""
    begin(store)
    world.dead.add(ME.process.pid)
    assert store.acquire(RUN, NEIGHBOUR, NOON + SECOND) is not None


def test_an_owner_from_before_the_last_boot_has_nothing(store):
    """Its number may belong to another process by now."""
    begin(store, who=owner("me", boot_id="earlier"))
    assert store.acquire(RUN, NEIGHBOUR, NOON + SECOND) is not None


def test_a_clock_that_jumps_takes_no_run_from_whoever_works_on_it(store, world):
    """On one machine only the end of the process frees the run; another engine in it waits for the expiry."""
    begin(store)
    for at in (NOON + timedelta(days=1), NOON - timedelta(days=1)):
        assert store.acquire(RUN, NEIGHBOUR, at) is None
    another = Owner(token="another", process=ME.process, label="another")
    assert store.acquire(RUN, another, NOON) is None
    assert store.acquire(RUN, another, NOON + limits.LEASE_TTL).generation == 2
    world.dead.add(ME.process.pid)
    assert store.acquire(RUN, NEIGHBOUR, NOON - timedelta(days=1)).generation == 3


def test_an_owner_on_another_machine_keeps_its_run_until_it_expires(store, world):
    """Nothing here can prove its death."""
    begin(store, who=owner("me", host="there", boot_id="theirs"))
    world.dead.add(ME.process.pid)
    assert store.acquire(RUN, NEIGHBOUR, NOON + limits.LEASE_TTL - SECOND) is None
    assert store.acquire(RUN, NEIGHBOUR, NOON + limits.LEASE_TTL) is not None


def test_an_owner_on_another_machine_is_silent_only_for_as_long_as_it_renews_nothing(store):
    """Whoever was silent for long enough loses its run whatever the clock says; one beat keeps it."""
    lease = begin(store, who=YOU)
    heard = store.held(RUN)
    store.renew(lease, {}, NOON)
    assert store.acquire(RUN, ME, NOON + timedelta(days=1), silent=heard) is None
    heard = store.held(RUN)
    assert store.acquire(RUN, ME, NOON - timedelta(days=1), silent=heard).generation == 2
    with pytest.raises(LeaseLostError):
        store.append(lease, [step("0")], NOON)


def test_silence_on_this_machine_proves_nothing(store):
    """A process that is there keeps its run, however long it was listened to in vain."""
    begin(store)
    assert store.acquire(RUN, NEIGHBOUR, NOON + timedelta(days=1), silent=store.held(RUN)) is None


@case(18)
def test_a_renewed_lease_lasts_longer(store):
    """From the instant of the renewal, and the line shows the heartbeat."""
    lease = begin(store)
    renewed = store.renew(lease, {StepPath("0"): NOON}, NOON + 20 * SECOND)
    assert renewed == replace(lease, expires_at=NOON + 20 * SECOND + limits.LEASE_TTL)
    assert store.acquire(RUN, YOU, NOON + limits.LEASE_TTL + SECOND) is None
    assert store.runs(RunQuery())[0].last_heartbeat_at == NOON + 20 * SECOND


def test_the_owner_is_who_has_the_lease(store):
    """Expired or not; nobody has a run that nobody took."""
    assert store.owner(RUN) is None
    begin(store)
    assert store.owner(RUN) == ME


def test_the_signs_of_life_are_those_last_reported(store):
    """Each renewal replaces them; a release ends them."""
    lease = begin(store)
    assert store.signs(RUN) == {}
    store.renew(lease, {StepPath("0"): NOON, StepPath("1#2/0"): NOON + SECOND}, NOON)
    store.renew(lease, {StepPath("1#2/0"): NOON + SECOND}, NOON)
    assert store.signs(RUN) == {StepPath("1#2/0"): NOON + SECOND}
    store.release(lease)
    assert store.signs(RUN) == {}


# Requests


def test_requests_reach_the_owner_in_order_and_whole(store):
    """Whatever kind, oldest first, until they are answered; those of other runs stay."""
    decision = Decision(approved=True, feedback="go\n", selections=("a", "b"), by="ada")
    left = [
        CancelRun(run_id=RUN, by="ada", reason=Reason.SHUTDOWN),
        ResolveGate(run_id=RUN, path=StepPath("0"), decision=decision),
        CancelStep(run_id=RUN, path=StepPath("1"), skip=True, kill=True),
        KillRun(run_id=OTHER),
    ]
    for request in left:
        store.request(request, NOON)
    mine = store.requests([RUN])
    assert [one.request for one in mine] == left[:3]
    assert [one.request for one in store.requests([OTHER, RUN])] == left
    assert store.requests([]) == ()
    store.answered(mine[0].number)
    store.answered(mine[0].number)
    assert [one.request for one in store.requests([RUN])] == left[1:3]


def test_a_number_is_never_used_again(store):
    """A late answer cannot hit a newer request."""
    store.request(KillRun(run_id=RUN), NOON)
    (first,) = store.requests([RUN])
    store.answered(first.number)
    store.request(KillRun(run_id=RUN), NOON)
    (second,) = store.requests([RUN])
    assert second.number > first.number


# Contents


def test_contents_are_kept_under_their_hash(store):
    """Each once, whatever is in them."""
    contents = [b"", b"\x00\xff", b"x" * 100_000, b""]
    store.put_blobs(contents)
    store.put_blobs(contents[:1])
    for content in contents:
        assert store.blob(hashlib.sha256(content).hexdigest()) == content
    with pytest.raises(KeyError):
        store.blob("0" * 64)


# Lines of history


def test_a_run_that_has_not_begun_is_not_listed(store):
    """A lease alone is no history."""
    store.acquire(RUN, ME, NOON)
    assert store.runs(RunQuery()) == ()


def test_the_line_of_a_run_says_how_it_stands(store):
    """Everything a list shows, kept up to date by every append."""
    lease = begin(store, title="Deploy it", inputs={"env": "prod ✓"})
    gate = ev.GateOpened(path=StepPath("1"), gate="review", deadline=NOON)
    store.append(lease, [step("0"), finished("0", StepStatus.FAILED), step("1", "ok?", "gate"), gate], NOON)
    (line,) = store.runs(RunQuery())
    assert (line.run_id, line.workflow, line.title, line.root, line.file) == (
        RUN,
        "deploy",
        "Deploy it",
        "/project",
        "deploy.wf",
    )
    assert (line.steps_done, line.steps_failed, line.steps_total) == (1, 1, 2)
    assert (line.status, line.waiting_for, line.owner) == (RunStatus.WAITING, "ok?", ME.label)
    assert (line.started_at, line.ended_at, line.inputs) == (NOON, None, {"env": "prod ✓"})
    end = ev.RunFinished(outcome=RunStatus.FAILED, error="no", reason=Reason.GATE_REJECTED)
    store.append(lease, [finished("1", StepStatus.CANCELLED), end], NOON + SECOND)
    store.release(lease)
    (line,) = store.runs(RunQuery())
    assert (line.status, line.reason, line.error) == (RunStatus.FAILED, Reason.GATE_REJECTED, "no")
    assert (line.ended_at, line.waiting_for, line.owner) == (NOON + SECOND, "", "")


def test_a_cancelled_step_has_not_failed(store):
    """Neither has one that was left out; what ran out of time has."""
    lease = begin(store)
    for path, outcome in enumerate((StepStatus.CANCELLED, StepStatus.SKIPPED, StepStatus.TIMED_OUT)):
        store.append(lease, [step(str(path)), finished(str(path), outcome)], NOON)
    (line,) = store.runs(RunQuery())
    assert line.steps_failed == 1


def test_the_time_in_which_nobody_worked_on_a_run_does_not_count(store):
    """After a crash and a resume, while it goes on and when it is over."""
    lease = begin(store)
    store.append(lease, [step("0")], NOON + 3 * SECOND)
    (line,) = store.runs(RunQuery())
    assert (line.away, line.took(NOON + 4 * SECOND)) == (timedelta(), 4 * SECOND)
    later = NOON + timedelta(hours=5)
    store.append(lease, [ev.RunResumed(generation=1), step("0")], later)
    (line,) = store.runs(RunQuery())
    assert line.took(later + 2 * SECOND) == 5 * SECOND
    store.append(lease, [finished("0"), ev.RunFinished(outcome=RunStatus.COMPLETED)], later + 6 * SECOND)
    (line,) = store.runs(RunQuery())
    assert (line.away, line.took(later + timedelta(days=9))) == (later - NOON - 3 * SECOND, 9 * SECOND)


def test_a_run_goes_on_after_its_end(store):
    """A resume is appended like anything else, and the line follows."""
    lease = begin(store)
    store.append(lease, [step("0"), finished("0", StepStatus.FAILED)], NOON)
    store.append(lease, [ev.RunFinished(outcome=RunStatus.FAILED, error="no")], NOON)
    store.release(lease)
    lease = store.acquire(RUN, YOU, NOON)
    store.append(lease, [ev.RunResumed(generation=1), step("0"), finished("0")], NOON)
    (line,) = store.runs(RunQuery())
    assert (line.status, line.error, line.ended_at) == (RunStatus.RUNNING, "", None)
    assert (line.steps_done, line.steps_failed) == (1, 0)


@pytest.fixture
def many(store):
    """Five runs, the last begun first."""
    ids = [RunId(f"01JGMEZN0000000000000000A{n}") for n in range(5)]
    for number, run_id in enumerate(ids):
        root, workflow = f"/project{number % 2}", "deploy" if number < 3 else "test"
        how = RunOptions(trigger="watch" if number == 3 else "cli", mock=number == 4)
        facts = {"root": root, "workflow": workflow, "inputs": {"env": f"Env-{number}"}, "options": how}
        lease = begin(store, run_id, at=NOON - number * SECOND, **facts)
        if number == 1:
            store.append(lease, [ev.MetricsUpdated(totals={"cost_usd": 2.5})], NOON)
            store.append(lease, [ev.RunFinished(outcome=RunStatus.FAILED, error="Step É failed")], NOON)
        if number == 2:
            store.append(lease, [ev.RunCancelRequested()], NOON)
        if number == 4:
            store.append(lease, [ev.RunFinished(outcome=RunStatus.COMPLETED)], NOON)
            store.append(lease, [ev.RunResumed(generation=1)], NOON + SECOND)
            store.append(lease, [ev.RunFinished(outcome=RunStatus.COMPLETED)], NOON + SECOND)
    return ids


def has(**traits: object) -> RunQuery:
    """Return what asks for runs that are so."""
    return RunQuery(has=Traits(**traits))


def lacks(**traits: object) -> RunQuery:
    """Return what asks for runs that are not so."""
    return RunQuery(lacks=Traits(**traits))


LEFT = frozenset({RunId("01JGMEZN0000000000000000A3")})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (RunQuery(), [0, 1, 2, 3, 4]),
        (RunQuery(root="/project1"), [1, 3]),
        (RunQuery(workflow="test"), [3, 4]),
        (RunQuery(statuses=frozenset({RunStatus.FAILED, RunStatus.CANCELLING})), [1, 2]),
        (RunQuery(suffix="a3"), [3]),
        (RunQuery(suffix="nothing"), []),
        (RunQuery(suffix="%"), []),
        (RunQuery(limit=2), [0, 1]),
        (RunQuery(limit=2, offset=3), [3, 4]),
        (RunQuery(root="/project0", statuses=frozenset({RunStatus.RUNNING}), limit=1), [0]),
        (has(workflows=frozenset({"test", "nothing"})), [3, 4]),
        (lacks(workflows=frozenset({"test"})), [0, 1, 2]),
        (has(triggers=frozenset({"watch", "resume"})), [3, 4]),
        (lacks(triggers=frozenset({"resume"})), [0, 1, 2, 3]),
        (has(texts=("é fail",)), [1]),
        (has(texts=("deploy", "env-0")), [0]),
        (lacks(texts=("env-0", "é")), [2, 3, 4]),
        (has(inputs=(("env", "Env-2"),)), [2]),
        (has(inputs=(("env", "env-2"),)), []),
        (lacks(inputs=(("env", "Env-2"), ("env", "Env-3"))), [0, 1, 4]),
        (has(standings=frozenset({"failed", "running"})), [0, 1, 3]),
        (replace(has(standings=frozenset({"interrupted"})), left=LEFT), [3]),
        (replace(has(standings=frozenset({"running"})), left=LEFT), [0]),
        (replace(lacks(standings=frozenset({"interrupted"})), left=LEFT), [0, 1, 2, 4]),
        (RunQuery(since=NOON - 2 * SECOND), [0, 1, 2]),
        (RunQuery(until=NOON - 2 * SECOND), [3, 4]),
        (RunQuery(order="workflow", limit=4), [0, 1, 2, 3]),
        (RunQuery(order="worst"), [1, 4, 0, 2, 3]),
        (RunQuery(order="longest", limit=2), [4, 1]),
        (RunQuery(order="dearest", limit=2), [1, 0]),
    ],
)
def test_runs_are_found_by_what_they_are(store, many, query, expected):
    """In their order; every condition must hold; as many are counted as are listed."""
    assert [many.index(line.run_id) for line in store.runs(query)] == expected
    counts = store.counts(replace(query, limit=1))
    if query.limit == RunQuery().limit:
        assert (sum(counts.values()), all(counts.values())) == (len(expected), True)


def test_runs_are_counted_by_how_they_stand(store, many):
    """Those that nobody works on any more by themselves, as whoever asks knows them."""
    assert store.counts(RunQuery(left=LEFT)) == {
        "running": 1,
        "failed": 1,
        "cancelling": 1,
        "interrupted": 1,
        "completed": 1,
    }
    last = store.runs(RunQuery(workflow="test"))[-1]
    assert (last.trigger, last.resumed, last.is_trial, last.triggers) == ("cli", 1, True, ("cli", "resume"))


def test_the_steps_of_a_definition_are_told_in_a_line_each(store):
    """All tries and turns of a step together: how often, how long, how it went."""
    lease = begin(store)
    path, tried = StepPath("0"), ev.AttemptStarted
    store.append(lease, [step("0", "lint"), tried(path=path, attempt=1)], NOON)
    store.append(lease, [ev.AttemptFailed(path=path, attempt=1, error="no", retry_at=NOON)], NOON + SECOND)
    store.append(lease, [tried(path=path, attempt=2)], NOON + 3 * SECOND)
    store.append(lease, [finished("0")], NOON + 5 * SECOND)
    for number, outcome in enumerate((StepStatus.COMPLETED, StepStatus.FAILED), 1):
        turn = f"1#{number}/0"
        store.append(lease, [step(turn, "fix"), tried(path=StepPath(turn), attempt=1)], NOON + 6 * SECOND)
        over = ev.StepFinished(path=StepPath(turn), outcome=outcome, error="boom" if number == 2 else "")
        store.append(lease, [over], NOON + (6 + number) * SECOND)
    store.append(lease, [step("2", "ask", "gate")], NOON + 9 * SECOND)
    lint, fix, ask = store.lines(RUN)
    assert (lint.path, lint.name, lint.status, lint.tries, lint.times) == ("0", "lint", "completed", 2, 1)
    assert (lint.took, lint.started_at, lint.ended_at) == (3 * SECOND, NOON, NOON + 5 * SECOND)
    assert (fix.path, fix.status, fix.times, fix.failed, fix.error) == ("1/0", "failed", 2, 1, "boom")
    assert (fix.took, fix.tries) == (2 * SECOND, 1)
    assert (ask.name, ask.ended_at, ask.took) == ("ask", None, None)
    assert store.lines(OTHER) == ()


def test_runs_of_one_instant_have_an_order(store):
    """The greater id comes first, so that pages never overlap."""
    begin(store, RUN)
    begin(store, OTHER)
    assert [line.run_id for line in store.runs(RunQuery())] == [OTHER, RUN]


# Forgetting


def test_a_forgotten_run_leaves_nothing(store):
    """Neither events nor requests nor its line; other runs stay."""
    lease = begin(store)
    begin(store, OTHER)
    store.append(lease, [step("0"), ev.RunFinished(outcome=RunStatus.COMPLETED)], NOON)
    store.request(KillRun(run_id=RUN), NOON)
    store.release(lease)
    store.delete(RUN)
    assert list(store.history(RUN)) == []
    assert [line.run_id for line in store.runs(RunQuery())] == [OTHER]
    assert store.requests([RUN]) == ()
    store.delete(RUN)


def test_a_run_with_an_owner_is_not_forgotten(store):
    """Whoever works on it would lose it."""
    begin(store)
    with pytest.raises(RunOwnedError, match="me@here"):
        store.delete(RUN)
    assert len(list(store.history(RUN))) == 1


def test_a_closed_store_refuses(store):
    """Further calls are errors of ours; closing twice is none."""
    begin(store)
    store.close()
    for call in (
        lambda: list(store.history(RUN)),
        lambda: store.runs(RunQuery()),
        lambda: store.acquire(RUN, ME, NOON),
        lambda: store.owner(RUN),
        lambda: store.blob("x"),
        lambda: store.put_blobs([b"x"]),
        lambda: store.signs(RUN),
        lambda: store.requests([RUN]),
        lambda: store.request(KillRun(run_id=RUN), NOON),
    ):
        with pytest.raises(StoreError):
            call()
    with suppress(StoreError):
        store.close()
