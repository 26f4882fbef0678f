"""Many want to decide one gate at the same time: it has one outcome, and all see the same one."""

import asyncio
import queue
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flow_tui.clock import SystemClock
from flow_tui.model import events as ev
from flow_tui.model.events import Recorded
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import RunOptions
from flow_tui.runtime import library
from flow_tui.runtime.assembly import Assembly, assemble, open_store
from flow_tui.runtime.extensions import Extensions
from flow_tui.runtime.settings import DATABASE, Settings
from flow_tui.store.sqlite_check import problems
from tests.whole.asking import GATE, request
from tests.whole.terminal import ROOT

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(120)]

WAYS = ("approve", "reject", "cancel")
AT_ONCE = 50
PATIENCE = 60
GATED = 'workflow w { gate human_review { timeout = "400ms" } }'


@dataclass
class Race:
    """Gates that wait, whoever wants to decide them, and what was told to whom."""

    folder: Path
    events: list[Recorded] = field(default_factory=list)
    opened: list[Callable[[RunId, ev.GateOpened], None]] = field(default_factory=list)
    """Who is told of every gate that opens."""
    told: dict[tuple[RunId, str], bool] = field(default_factory=dict)
    """Who was told that it had been decided so; empty for those who are told nothing."""
    database: Path = field(init=False)

    def __post_init__(self) -> None:
        """Have a database."""
        self.settings = Settings(state=self.folder / "state", user="ada", environ={})
        self.database = self.folder / "state" / DATABASE

    def note(self, recorded: Recorded) -> None:
        """Take an event as the screen does."""
        self.events.append(recorded)
        if isinstance(recorded.event, ev.GateOpened):
            for tell in self.opened:
                tell(recorded.run_id, recorded.event)

    async def run(self, assembly: Assembly, count: int) -> list[RunId]:
        """Begin so many runs, and see them all to their end."""
        definition = library.read_text(GATED, self.folder, Extensions().known())
        begun = [
            await assembly.engine.start(library.start(definition, {}, RunOptions())) for _ in range(count)
        ]
        for run_id in begun:
            assert await assembly.engine.wait(run_id)
        return begun

    def require_one_outcome_each(self, begun: list[RunId]) -> Counter[str]:
        """Compare what everybody knows; return how often each outcome came about."""
        store = open_store(self.settings)
        found: Counter[str] = Counter()
        for run_id in begun:
            stored = list(store.history(run_id))
            assert [one for one in self.events if one.run_id == run_id and not one.is_transient] == stored
            said = [one.event for one in stored]
            assert sum(isinstance(one, ev.StepFinished) for one in said) == 1
            assert sum(isinstance(one, ev.RunFinished) for one in said) == 1
            resolved = [one for one in said if isinstance(one, ev.GateResolved)]
            outcome = _outcome(run_id, stored)
            assert [one.by for one in resolved] == ([outcome] if outcome in {"approve", "reject"} else [])
            if self.told:
                answered = [way for way in ("approve", "reject") if self.told[run_id, way]]
                assert answered == [one.by for one in resolved], "somebody was told something else"
                assert outcome != "cancel" or self.told[run_id, "cancel"]
            found[outcome] += 1
        store.close()
        assert list(problems(self.database)) == []
        return found


def _outcome(run_id: RunId, stored: list[Recorded]) -> str:
    """Return how the gate of a run was decided, which says how the run has to end."""
    state = replay(run_id, stored)
    step = state.steps[GATE]
    assert step.gate is not None
    match step.status, step.gate.approved:
        case StepStatus.COMPLETED, True:
            assert state.status in {RunStatus.COMPLETED, RunStatus.CANCELLED}
            return "approve"
        case StepStatus.FAILED, False:
            assert (state.status, state.reason) in {
                (RunStatus.FAILED, Reason.GATE_REJECTED),
                (RunStatus.CANCELLED, Reason.USER),
            }
            return "reject"
        case StepStatus.CANCELLED, None:
            assert (state.status, state.reason) == (RunStatus.CANCELLED, Reason.USER)
            return "cancel"
        case StepStatus.TIMED_OUT, None:
            assert state.reason in {Reason.GATE_EXPIRED, Reason.USER}
            return "expire"
        case other:
            raise AssertionError(other)


class Contender:
    """A thread that decides every gate in its way around the end of its time."""

    def __init__(self, way: str, seed: int, ask: Callable[[str, RunId], "Future[object]"]) -> None:
        self.gates: queue.SimpleQueue[tuple[RunId, ev.GateOpened] | None] = queue.SimpleQueue()
        self.asked: dict[tuple[RunId, str], Future[object]] = {}
        self._way, self._ask = way, ask
        self._dice = random.Random(f"{seed} {way}")
        self._thread = threading.Thread(target=self._contend)
        self._thread.start()

    def opened(self, run_id: RunId, gate: ev.GateOpened) -> None:
        """Know of one more gate."""
        self.gates.put((run_id, gate))

    def end(self) -> dict[tuple[RunId, str], bool]:
        """Return what was told of each gate: whether it could be decided so."""
        self.gates.put(None)
        self._thread.join()
        return {about: answer.exception() is None for about, answer in self.asked.items()}

    def _contend(self) -> None:
        while (known := self.gates.get(timeout=PATIENCE)) is not None:
            run_id, gate = known
            left = (gate.deadline - SystemClock().now()).total_seconds() + self._dice.uniform(-0.02, 0.004)
            threading.Event().wait(max(0.0, left))
            self.asked[run_id, self._way] = self._ask(self._way, run_id)


async def contended(race: Race, count: int, seed: int) -> list[RunId]:
    """Let three threads decide gates, and the clock."""
    loop = asyncio.get_running_loop()
    assembly = assemble(race.settings, sinks=[race.note])

    def ask(way: str, run_id: RunId) -> "Future[object]":
        return asyncio.run_coroutine_threadsafe(assembly.engine.handle(request(way, run_id)), loop)

    contenders = [Contender(way, seed, ask) for way in WAYS]
    try:
        race.opened = [contender.opened for contender in contenders]
        begun = await race.run(assembly, count)
        for contender in contenders:
            race.told.update(await asyncio.to_thread(contender.end))
    finally:
        for contender in contenders:
            contender.gates.put(None)
        await assembly.close()
    return begun


async def asked_for(race: Race, count: int) -> list[RunId]:
    """Let three other processes decide gates, and the clock."""
    open_store(race.settings).close()
    assembly = assemble(race.settings, sinks=[race.note])
    with ExitStack() as others:
        asking = [
            others.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.whole.asking", str(race.database), way],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for way in WAYS
        ]

        def tell(run_id: RunId, _gate: ev.GateOpened) -> None:
            for other in asking:
                assert other.stdin is not None
                other.stdin.write(f"{run_id}\n")
                other.stdin.flush()

        for other in asking:
            assert other.stdout is not None
            assert await asyncio.to_thread(other.stdout.readline) == "ready\n"
        race.opened = [tell]
        try:
            return await race.run(assembly, count)
        finally:
            await assembly.close()


def test_a_gate_that_threads_race_for_has_one_outcome(tmp_path):
    """Approve, reject, cancel and the end of its time: who was told yes is who is on record."""
    race = Race(tmp_path)
    race.require_one_outcome_each(asyncio.run(contended(race, 40, seed=0)))


def test_a_gate_that_processes_race_for_has_one_outcome(tmp_path):
    """Their wishes cross in the database."""
    race = Race(tmp_path)
    race.require_one_outcome_each(asyncio.run(asked_for(race, 20)))


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("seed", range(500 // AT_ONCE))
def test_however_often_threads_race_for_gates_each_has_one_outcome(tmp_path, seed):
    """Five hundred gates."""
    race = Race(tmp_path)
    race.require_one_outcome_each(asyncio.run(contended(race, AT_ONCE, seed)))


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("number", range(500 // AT_ONCE))
def test_however_often_processes_race_for_gates_each_has_one_outcome(tmp_path, number):
    """Five hundred more."""
    race = Race(tmp_path)
    race.require_one_outcome_each(asyncio.run(asked_for(race, AT_ONCE)))
