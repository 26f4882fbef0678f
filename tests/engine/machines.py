"""What people, time and trouble can do to a run, as rules; what must hold whatever they do, as invariants."""

import asyncio
import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from flow_tui.engine.commands import CancelRun, CancelStep, KillRun, Request, ResolveGate, ResumeRun
from flow_tui.engine.keeping import Lease, Owner, RunQuery, Store
from flow_tui.engine.ports import ActionParams
from flow_tui.errors import ActionError, FlowError
from flow_tui.model import events as ev
from flow_tui.model.events import Event, Recorded
from flow_tui.model.fold import apply
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import AttemptStatus, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, Decision, ProcessIdentity
from flow_tui.store.memory import MemoryStore
from flow_tui.store.sqlite import SqliteStore
from flow_tui.store.sqlite_check import problems
from flow_tui.testing import Bench, FakeProvider, VirtualLoop, bench
from tests.flows import HOUR, CutStore

RUN = RunId(f"RUN{1:023}")
A_WHILE = 400
"""Seconds in which a run of these machines comes to its end, if nobody has to answer anything."""
IN_PROGRESS = {RunStatus.RUNNING, RunStatus.WAITING, RunStatus.CANCELLING}


class FencedStore(CutStore):
    """Notes under which lease everything was written."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner, after=10**9)
        self.written: list[int] = []
        """The generation of each write that was accepted."""
        self.newest = 0

    def acquire(self, *asked: Any, **words: Any) -> Lease | None:
        """Note the newest generation."""
        lease: Lease | None = self.__getattr__("acquire")(*asked, **words)
        if lease is not None:
            self.newest = max(self.newest, lease.generation)
        return lease

    def append(self, lease: Lease, *what: Any) -> tuple[Recorded, ...]:
        """Note what is accepted under an older one than that."""
        recorded: tuple[Recorded, ...] = self.__getattr__("append")(lease, *what)
        assert lease.generation == self.newest, "a lost lease has written something"
        return recorded


class Hands:
    """Does, at each step, what follows from a seed; knows what it has in hand."""

    def __init__(self, seed: int, bad_luck: int) -> None:
        self.seed = seed
        self.bad_luck = bad_luck
        self.in_hand: Counter[tuple[RunId, StepPath]] = Counter()
        self.most = 0
        """How much was in hand at once."""

    async def execute(self, params: ActionParams) -> ActionOutput:
        """Take some time; then fail or not."""
        place = (params.run_id, params.path)
        dice = hashlib.sha256(f"{self.seed} {params.path} {params.attempt}".encode()).digest()
        self.in_hand[place] += 1
        assert self.in_hand[place] == 1, "a step has two hands on it"
        self.most = max(self.most, self.in_hand.total())
        try:
            await asyncio.sleep(dice[0] % 8 * 0.9)
            if dice[1] < self.bad_luck:
                raise ActionError("no luck")
            return ActionOutput(markers=("m",) if dice[2] % 2 else (), context=f"from {params.path}")
        finally:
            self.in_hand[place] -= 1


@dataclass
class Followed:
    """A run as its stored events have it, each of which must be allowed where it comes."""

    run_id: RunId
    state: RunState = field(init=False)
    last: Event | None = None

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.state = RunState(run_id=self.run_id)

    def take(self, recorded: Recorded) -> None:
        """Fold one more event."""
        event, state = recorded.event, self.state
        assert recorded.seq == state.seq + 1
        assert not isinstance(event, ev.EngineFailed), event.error
        resumed = isinstance(event, ev.RunResumed)
        if isinstance(self.last, ev.RunFinished):
            assert resumed, "something happened after the end"
        before = {path: (step.status, step.attempt) for path, step in state.steps.items()}
        was = state.status
        apply(state, recorded)
        assert was is not RunStatus.COMPLETED, "what had completed went on"
        if not resumed:
            assert not (was.is_over and state.status is not was)
            assert not (was is RunStatus.CANCELLING and state.status is RunStatus.COMPLETED)
        for path, step in state.steps.items():
            status, attempt = before.get(path, (StepStatus.PENDING, 0))
            if status is StepStatus.COMPLETED or (status.is_over and not resumed):
                assert step.status is status, f"step {path} had an outcome, and then another one"
            assert step.attempt in {attempt, attempt + 1}
            running = [one for one in step.attempts if one.status is AttemptStatus.RUNNING]
            assert running in ([], [step.attempts[-1]] if step.attempts else [])
            assert not (running and step.status.is_over)
        if state.status.is_over:
            assert not any(step.status.is_active for step in state.steps.values())
        self.last = event


class Life(RuleBasedStateMachine):
    """One run, whatever happens to it; each subclass has its own workflow and what is expected of that."""

    source = ""
    others: dict[str, str] = {}  # noqa: RUF012 - a constant of each subclass
    things = FakeProvider("x", "y", "z", "u", edges=[("z", "x")])
    on_disk = False
    bad_luck = 85
    """Of 256 tries at a step, so many fail."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.alive: set[int] = set()
        self.inner = self._made()
        self.time = 0.0
        self.lives = 0
        self.followed: dict[RunId, Followed] = {}
        self.seed = 0
        self.is_begun = False
        self.switch_on()

    def _made(self) -> Store:
        def is_alive(process: ProcessIdentity) -> bool:
            return process.pid in self.alive

        if not self.on_disk:
            return MemoryStore(is_alive=is_alive)
        return SqliteStore(self.folder / "flow.db", is_alive=is_alive)

    # The machine

    def switch_on(self) -> None:
        """Have a program on a machine that has just begun."""
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        loop: Any = self.runner.get_loop()
        loop._jumping.now = self.time
        loop.set_exception_handler(lambda *_: None)  # what the power cut leaves is nobody's business
        self.store = FencedStore(self.inner)
        self.benches: list[Bench] = []
        self.hands: list[Hands] = []
        self.here = self.do(self.program("here"))

    def switch_off(self) -> None:
        """Have nothing of it go on."""
        self.store.is_dark = True
        self.time = self.runner.get_loop().time()
        self.runner.close()
        self.alive.clear()

    async def program(self, host: str) -> Bench:
        """Return a program that is one more owner of runs."""
        self.lives += 1
        self.alive.add(self.lives)
        process = ProcessIdentity(
            pid=self.lives, start_time="1", boot_id=host, host=host, cookie=str(self.lives)
        )
        hands = Hands(self.seed, self.bad_luck)
        made = bench(
            hands,
            self.store,  # type: ignore[arg-type] # it passes everything on
            owner=Owner(token=str(self.lives), process=process, label=host),
            providers={"things": self.things},
        )
        made.clock._zero = 0.0
        made.keeper.start()
        self.benches.append(made)
        self.hands.append(hands)
        return made

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        """Return what comes of it, and of everything that follows from it at once."""

        async def done() -> Any:
            result = await what
            await asyncio.sleep(0.001)
            return result

        return self.runner.run(done())

    def tell(self, request: Request, *, by_another: bool) -> bool:
        """Have the program carry something out; return whether it could."""
        if by_another:
            self.store.request(request, self.here.clock.now())
            return self.is_here
        try:
            self.do(self.here.engine.handle(request))
        except FlowError:
            return False
        return True

    @property
    def is_here(self) -> bool:
        """Say whether the run goes on in the program that people look at."""
        return self.here.engine.is_active(RUN)

    @property
    def run_state(self) -> RunState:
        """Return the run as stored."""
        self.nothing_is_out_of_order()
        return self.followed[RUN].state

    # What can happen

    @precondition(lambda self: not self.is_begun)
    @rule(seed=st.integers(0, 1_000))
    def begin(self, seed: int) -> None:
        """Start the run."""
        self.seed = self.hands[-1].seed = seed
        self.do(self.here.start(self.source, others=self.others))
        self.is_begun = True

    @precondition(lambda self: self.is_begun)
    @rule(seconds=st.sampled_from([0.3, 1, 2, 5, 20, 65]))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.do(asyncio.sleep(seconds))

    @precondition(lambda self: self.is_begun)
    @rule(by_another=st.booleans())
    def cancel(self, by_another: bool) -> None:
        """Stop the run; by the time that everything has ended, it was cancelled or had failed before."""
        if self.tell(CancelRun(run_id=RUN), by_another=by_another) and not by_another:
            self.do(asyncio.sleep(A_WHILE))
            assert self.run_state.status in {RunStatus.CANCELLED, RunStatus.FAILED}

    @precondition(lambda self: self.is_begun)
    @rule(by_another=st.booleans())
    def kill(self, by_another: bool) -> None:
        """Stop it at once: nothing is in hand any more."""
        if self.tell(KillRun(run_id=RUN), by_another=by_another) and not by_another:
            assert self.run_state.status.is_over
            assert not self.hands[self.benches.index(self.here)].in_hand.total()

    @precondition(lambda self: self.is_begun)
    @rule(number=st.integers(0, 9), skip=st.booleans(), kill=st.booleans())
    def cancel_step(self, number: int, skip: bool, kill: bool) -> None:
        """Stop one step: it has its outcome at once, and is not tried again."""
        active = [path for path, step in self.run_state.steps.items() if step.status.is_active]
        if not active or not self.is_here:
            return
        path = active[number % len(active)]
        before = self.run_state.steps[path]
        command = CancelStep(run_id=RUN, path=path, skip=skip, kill=kill)
        if not self.tell(command, by_another=False) or before.kind not in {"call", "script"}:
            return
        step = self.run_state.steps[path]
        assert step.attempt == before.attempt
        if self.run_state.status is not RunStatus.CANCELLING:
            assert step.status is (StepStatus.SKIPPED if skip else StepStatus.CANCELLED)

    @precondition(lambda self: self.is_begun)
    @rule(approved=st.booleans(), number=st.integers(0, 9), by_another=st.booleans())
    def answer(self, approved: bool, number: int, by_another: bool) -> None:
        """Answer a gate: if it was open, that is its outcome."""
        gates = self.run_state.waiting
        if not gates:
            return
        path = gates[number % len(gates)].path
        command = ResolveGate(run_id=RUN, path=path, decision=Decision(approved=approved))
        if self.tell(command, by_another=by_another) and not by_another:
            wanted = StepStatus.COMPLETED if approved else StepStatus.FAILED
            assert self.run_state.steps[path].status is wanted

    @precondition(lambda self: self.is_begun)
    @rule(seconds=st.integers(0, 12), goes_on=st.booleans())
    def power_cut(self, seconds: int, goes_on: bool) -> None:
        """In a while nothing goes on, nobody tidies up; the machine is switched on again."""
        self.do(asyncio.sleep(seconds))
        self.switch_off()
        if self.on_disk:
            self.inner.close()
            self.inner = self._made()
        self.switch_on()
        if goes_on:
            self.go_on()

    @precondition(lambda self: self.is_begun and self.lives < 6)
    @rule()
    def take_over(self) -> None:
        """Somebody on another machine, whose clock is wrong, takes the run, and goes on with it."""
        other = self.do(self.program("there"))
        owner = other.engine.owner
        if self.run_state.status is RunStatus.COMPLETED:
            return
        if self.store.acquire(RUN, owner, other.clock.now() + HOUR) is None:
            return
        self.here = other
        self.go_on()

    @precondition(lambda self: self.is_begun)
    @rule()
    def go_on(self) -> None:
        """Resume the run: only what has not completed can."""
        try:
            self.do(self.here.engine.resume(ResumeRun(run_id=RUN)))
        except FlowError:
            return
        assert self.run_state.generation >= 1

    # What must hold

    @invariant()
    def nothing_is_out_of_order(self) -> None:
        """Every stored event is allowed where it comes, and says what the program in charge thinks."""
        for line in self.inner.runs(RunQuery(parts=True)):
            followed = self.followed.setdefault(line.run_id, Followed(line.run_id))
            for recorded in self.inner.history(line.run_id, followed.state.seq):
                followed.take(recorded)
            assert line.status is followed.state.status
        for thought in self.here.engine.active():
            stored = self.followed[thought.run_id].state
            assert (thought.status, thought.seq) == (stored.status, stored.seq)
            assert thought.steps.keys() == stored.steps.keys()
            assert all(step.status is stored.steps[path].status for path, step in thought.steps.items())

    @invariant()
    def nothing_runs_without_its_run(self) -> None:
        """What a program has in hand belongs to a run that is in progress there."""
        for there, hands in zip(self.benches, self.hands, strict=True):
            busy = {run_id for (run_id, _), number in hands.in_hand.items() if number}
            assert all(there.engine.is_active(run_id) for run_id in busy)

    @invariant()
    def what_is_expected_of_this_workflow(self) -> None:
        """Nothing else."""

    def teardown(self) -> None:
        """Come to the end: what was lost is let go of, what is left ends, rows agree with their events."""
        try:
            self.do(asyncio.sleep(A_WHILE))
            self.nothing_is_out_of_order()
            self.what_is_expected_of_this_workflow()
            for there, hands in zip(self.benches, self.hands, strict=True):
                if there is not self.here:
                    assert not there.engine.is_active(RUN)
                    assert not hands.in_hand.total()
            if self.on_disk:
                assert list(problems(self.folder / "flow.db")) == []
        finally:
            self.switch_off()
            self.inner.close()
            shutil.rmtree(self.folder)
