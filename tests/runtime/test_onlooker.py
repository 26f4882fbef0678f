"""Runs of other processes, looked at from here."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from flow_tui import limits
from flow_tui.engine.keeping import Owner, RunQuery
from flow_tui.errors import NotPossibleError
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import RunSummary
from flow_tui.process.identity import identify, own_identity
from flow_tui.runtime import history
from flow_tui.runtime.chores import RunGone
from flow_tui.runtime.messages import News, RunLeft, RunOpened
from flow_tui.runtime.onlooker import Onlooker
from flow_tui.store.memory import MemoryStore
from flow_tui.testing import run_virtually

RUN = RunId("01KDYWA4M8QG3V7ZTRB2H0A1F3")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
STEP = StepPath("0")
BEGUN = (
    ev.RunStarted(workflow="w"),
    ev.StepStarted(path=STEP, name="a", kind="call"),
    ev.AttemptStarted(path=STEP, attempt=1),
)
HERE = Owner(token="t", process=own_identity(), label="us")
GONE = Owner(token="t", process=identify(2**22 + 1), label="nobody")


class Case:
    """A store that somebody else writes, and somebody who looks on."""

    def __init__(self, owner: Owner = HERE) -> None:
        self.store = MemoryStore(is_alive=lambda _: True)
        lease = self.store.acquire(RUN, owner, NOON)
        assert lease is not None
        self.lease = self.store.renew(lease, {}, NOON)
        self.told: list[News] = []
        self.now = NOON
        self.onlooker = Onlooker(RUN, self.store, self.told.append, lambda: self.now)

    def happens(self, *events: ev.Event) -> None:
        """Write what the other process does."""
        self.store.append(self.lease, events, NOON)


def test_what_happened_comes_first_and_then_what_happens() -> None:
    """Events in their order, signs of life between them, until the run is over."""
    case = Case()
    case.happens(*BEGUN)

    async def script() -> None:
        await case.onlooker.open(lambda _: False)
        assert [type(item).__name__ for item in case.told] == ["Recorded"] * 3 + ["RunOpened"]
        following = asyncio.create_task(case.onlooker.follow(lambda _: False))
        await asyncio.sleep(1)
        case.lease = case.store.renew(case.lease, {STEP: NOON + timedelta(seconds=9)}, NOON)
        await asyncio.sleep(1)
        assert case.told[-1] == ev.Recorded(
            seq=3,
            at=NOON + timedelta(seconds=9),
            run_id=RUN,
            event=ev.Heartbeat(path=STEP, attempt=1),
        )
        case.happens(ev.RunFinished(outcome=RunStatus.COMPLETED))
        await following
        assert isinstance(case.told[-1], ev.Recorded)
        assert case.told[-1].event == ev.RunFinished(outcome=RunStatus.COMPLETED)

    run_virtually(script())


@pytest.mark.parametrize("silence", [timedelta(), limits.LEASE_TTL + timedelta(seconds=1)])
def test_a_run_that_nobody_works_on_is_left(silence: timedelta) -> None:
    """Its process is gone, or has not been heard of for as long as a lease lasts."""
    case = Case(HERE if silence else GONE)
    case.now += silence
    case.happens(*BEGUN)

    async def script() -> None:
        await case.onlooker.open(lambda _: False)
        await case.onlooker.follow(lambda _: False)
        assert case.told[-1] == RunLeft(run_id=RUN, at=NOON)

    run_virtually(script())


def test_a_run_that_ends_just_before_its_program_does_is_over_and_not_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its row was read a moment too early; its end is delivered all the same."""
    case = Case(GONE)
    case.happens(*BEGUN)
    read, ends = case.store.runs, [ev.RunFinished(outcome=RunStatus.COMPLETED)]

    def runs(query: RunQuery) -> tuple[RunSummary, ...]:
        found = read(query)
        if ends:
            case.happens(ends.pop())
        return found

    monkeypatch.setattr(case.store, "runs", runs)

    async def script() -> None:
        await case.onlooker.open(lambda _: False)
        await case.onlooker.follow(lambda _: False)
        assert not [news for news in case.told if isinstance(news, RunLeft)]
        assert isinstance(case.told[-1], ev.Recorded)

    run_virtually(script())


@pytest.mark.parametrize("is_over", [True, False])
def test_a_run_that_is_deleted_while_somebody_looks_on_is_gone(is_over: bool) -> None:
    """It is told once; nothing is waited for any more."""
    case = Case()
    case.happens(*BEGUN, *([ev.RunFinished(outcome=RunStatus.FAILED)] if is_over else []))

    async def script() -> None:
        await case.onlooker.open(lambda _: False)
        await case.onlooker.follow(lambda _: False) if is_over else None
        look = case.onlooker.until_more if is_over else case.onlooker.follow
        looking = asyncio.create_task(look(lambda _: False))
        await asyncio.sleep(2)
        case.store.release(case.lease)
        case.store.delete(RUN)
        await looking
        assert case.told.count(RunGone(run_id=RUN)) == 1
        assert case.onlooker.is_gone

    run_virtually(script())


def test_nobody_looks_on_once_the_run_is_ours() -> None:
    """The engine tells what happens then."""
    case = Case()
    case.happens(*BEGUN)

    async def script() -> None:
        await case.onlooker.open(lambda _: True)
        await case.onlooker.follow(lambda _: True)
        assert case.told[-1] == RunOpened(run_id=RUN)

    run_virtually(script())


def test_what_was_delivered_before_is_not_delivered_again() -> None:
    """Who heard the beginning from the engine hears only what follows it."""
    case = Case()
    case.happens(*BEGUN)
    onlooker = Onlooker(RUN, case.store, case.told.append, lambda: case.now, known=2)

    async def script() -> None:
        following = asyncio.create_task(onlooker.follow(lambda _: False))
        await asyncio.sleep(1)
        case.happens(ev.RunFinished(outcome=RunStatus.COMPLETED))
        await following

    run_virtually(script())
    assert [item.seq for item in case.told if isinstance(item, ev.Recorded)] == [3, 4]


def test_a_run_of_which_nothing_is_known_cannot_be_opened() -> None:
    """One clear word, and nothing on screen."""
    case = Case()
    with pytest.raises(NotPossibleError):
        run_virtually(case.onlooker.open(lambda _: False))
    assert case.told == []


PART, DEEP = RunId("01KDYWA4M8QG3V7ZTRB2H0C41D"), RunId("01KDYWA4M8QG3V7ZTRB2H0D33P")


def inside(case: Case, run_id: RunId, parent: RunId, *events: ev.Event) -> None:
    """Write a run that carries out the step of another one."""
    lease = case.store.adopt(case.lease, run_id, NOON)
    case.store.append(lease, [ev.RunStarted(workflow="p", parent=parent, parent_path=STEP), *events], NOON)


def told_of(case: Case) -> list[tuple[RunId, str]]:
    """Return which run each piece of news is about."""
    return [
        (item.run_id, type(item.event).__name__ if isinstance(item, ev.Recorded) else type(item).__name__)
        for item in case.told
        if isinstance(item, ev.Recorded | RunOpened)
    ]


def test_what_is_in_progress_inside_is_delivered_too() -> None:
    """Gates in it are to be seen, and how far it is; what is over inside is read when somebody opens it."""
    case = Case()
    case.happens(*BEGUN, ev.ChildRunStarted(path=STEP, attempt=1, child_run=PART))
    begun = ev.StepStarted(path=STEP, name="b", kind="call"), ev.AttemptStarted(path=STEP, attempt=1)
    inside(case, PART, RUN, *begun, ev.ChildRunStarted(path=STEP, attempt=1, child_run=DEEP))
    inside(case, DEEP, PART)

    async def script() -> None:
        await case.onlooker.open(lambda _: False)
        assert {run_id for run_id, _ in told_of(case)} == {RUN, PART, DEEP}
        case.told.clear()
        lease = case.store.adopt(case.lease, DEEP, NOON)
        following = asyncio.create_task(case.onlooker.follow(lambda _: False))
        case.store.append(lease, [ev.RunFinished(outcome=RunStatus.COMPLETED)], NOON)
        await asyncio.sleep(1)
        assert told_of(case) == [(DEEP, "RunFinished")]
        case.happens(ev.RunFinished(outcome=RunStatus.COMPLETED))
        await following

    run_virtually(script())


def test_a_part_is_opened_with_all_that_it_is_part_of() -> None:
    """Where it stands is to be seen, and one can go back, although the whole was not on screen before."""
    case = Case()
    over = ev.StepFinished(path=STEP, outcome=StepStatus.COMPLETED)
    case.happens(*BEGUN, ev.ChildRunStarted(path=STEP, attempt=1, child_run=PART), over)
    inside(case, PART, RUN, ev.RunFinished(outcome=RunStatus.COMPLETED))
    assert history.lineage(case.store, PART) == (RUN, PART)
    assert history.lineage(case.store, RUN) == (RUN,)

    async def script() -> None:
        await case.onlooker.open(lambda _: False, [PART])

    run_virtually(script())
    assert {run_id for run_id, _ in told_of(case)} == {RUN, PART}
    assert told_of(case)[-1] == (PART, "RunOpened")
