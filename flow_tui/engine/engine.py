"""Starts, resumes, cancels and answers runs; owns every one of them. Lives on one loop."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from typing import assert_never

from flow_tui import limits
from flow_tui.engine import checks
from flow_tui.engine.commands import (
    CancelRun,
    CancelStep,
    Command,
    KillRun,
    Request,
    ResolveGate,
    ResumeRun,
    StartRun,
)
from flow_tui.engine.driver import Driver
from flow_tui.engine.journal import Journal
from flow_tui.engine.lease import Keeper
from flow_tui.engine.plan import plan
from flow_tui.engine.ports import Lease, Owner, Requested, RunFiles, Sink, Store
from flow_tui.engine.run import Run, Surroundings
from flow_tui.errors import FlowError, NotPossibleError, RunNotFoundError, RunOwnedError
from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState
from flow_tui.model.status import AttemptStatus, Reason, RunStatus

if TYPE_CHECKING:
    from flow_tui.dsl import ast

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How an engine reaches what it does not know itself."""

    parse: "Callable[[str, str], ast.Workflow]"
    """Source and file name to a sound definition; raises ``DefinitionError``."""
    files: Callable[[str, Mapping[str, str], Mapping[str, bytes]], RunFiles]
    """Root, hashes and the contents at hand, if any, to the files of a run."""
    digest: Callable[[bytes], str]
    new_run_id: Callable[[], RunId]


@dataclass(slots=True, kw_only=True)
class _Active:
    driver: Driver
    task: "asyncio.Task[None]"


@dataclass(slots=True, kw_only=True)
class Engine:
    """Runs workflows. Every method is to be called on the loop it was made on."""

    store: Store
    owner: Owner
    around: Surroundings
    outside: Outside
    sinks: Sequence[Sink] = ()
    keeper: Keeper | None = None
    _active: dict[RunId, _Active] = field(default_factory=dict[RunId, _Active])
    _closing: bool = False
    _side: "set[asyncio.Future[None]]" = field(default_factory=set["asyncio.Future[None]"])

    # What people want

    async def handle(self, command: Command) -> RunId:
        """Carry out a command; return the run it was about. Raises ``FlowError`` when it cannot be done."""
        match command:
            case StartRun():
                return await self.start(command)
            case ResumeRun():
                return await self.resume(command)
            case CancelRun():
                self._cancel(command)
            case KillRun():
                self._kill(command)
            case CancelStep():
                await self._cancel_step(command)
            case ResolveGate():
                self._resolve(command)
            case _:
                assert_never(command)
        return command.run_id

    async def start(self, command: StartRun) -> RunId:
        """Check, record and begin a run; return its id as soon as it is stored.

        Raises ``DefinitionError`` or ``MissingInputError`` before anything is written.
        """
        definition = command.definition
        digests = {name: self.outside.digest(data) for name, data in definition.files.items()}
        self._refuse_when_closing("start a run")
        files = self.outside.files(definition.root, digests, definition.files)
        checks.check(definition.workflow, definition.source, self.around.registry, files)
        inputs = checks.settled_inputs(definition.workflow, command.inputs)
        self.store.put_blobs(definition.files.values())
        run_id = command.run_id or self.outside.new_run_id()
        lease = self._acquire(run_id)
        state = RunState(run_id=run_id)
        driver = Driver(self._run(definition.workflow, lease, state, files))
        started = ev.RunStarted(
            workflow=definition.workflow.name,
            title=definition.workflow.title or "",
            file=definition.file,
            root=definition.root,
            source=definition.source,
            plan=plan(definition.workflow),
            inputs=inputs,
            files=digests,
            options=command.options,
        )
        await self._begin(driver, lease, started)
        return run_id

    async def resume(self, command: ResumeRun) -> RunId:
        """Go on with a run that did not complete, from what is stored of it.

        Raises ``RunOwnedError`` while another process works on it, ``NotPossibleError`` when there is nothing to
        go on with, or when a process of an interrupted step cannot be ended.
        """
        run_id = command.run_id
        self._refuse_when_closing("resume")
        if run_id in self._active:
            raise NotPossibleError(f"resume run {run_id}", "it is running")
        lease = self._acquire(run_id)
        try:
            state = replay(run_id, self.store.history(run_id))
            if not state.seq:
                raise RunNotFoundError(run_id)
            if state.status is RunStatus.COMPLETED:
                raise NotPossibleError(f"resume run {run_id}", "it has completed")
            workflow = self.outside.parse(state.source, state.file)
            await self._end_leftovers(state)
            files = self.outside.files(state.root, state.files, {})
            checks.check(workflow, state.source, self.around.registry, files)
        except BaseException:
            self.store.release(lease)
            raise
        run = self._run(workflow, lease, state, files)
        run.confirmed = command.confirmed
        resumed = ev.RunResumed(generation=state.generation + 1, by=command.by)
        await self._begin(Driver(run), lease, resumed)
        return run_id

    def _acquire(self, run_id: RunId) -> Lease:
        lease = self.store.acquire(run_id, self.owner, self.around.clock.now())
        if lease is None:
            owner = self.store.owner(run_id)
            raise RunOwnedError(run_id, owner.label if owner is not None else "another process")
        return lease

    def _run(self, workflow: "ast.Workflow", lease: Lease, state: RunState, files: RunFiles) -> Run:
        journal = Journal(
            store=self.store, lease=lease, state=state, clock=self.around.clock, sinks=self.sinks
        )
        return Run(workflow=workflow, journal=journal, files=files, around=self.around)

    async def _begin(self, driver: Driver, lease: Lease, first: ev.Event) -> None:
        run = driver.run
        try:
            await run.record(first)
        except BaseException:
            self.store.release(lease)
            raise
        if self.keeper is not None:
            self.keeper.hold(lease, lambda: dict(run.signs))
        task = asyncio.get_running_loop().create_task(self._drive(driver), name=f"run {run.id}")
        self._active[run.id] = _Active(driver=driver, task=task)

    async def _drive(self, driver: Driver) -> None:
        run = driver.run
        try:
            await driver.drive()
        finally:
            if self.keeper is not None:
                self.keeper.drop(run.id)
            if not driver.lost:
                self.store.release(run.journal.lease)
            del self._active[run.id]

    async def _end_leftovers(self, state: RunState) -> None:
        """Make sure that no process of an interrupted step still runs: never two executors of one step."""
        for step in state.steps.values():
            last = step.attempts[-1] if step.attempts else None
            if last is None or last.process is None or last.status is not AttemptStatus.RUNNING:
                continue
            if not await self.around.launcher.end(last.process, limits.GRACE_AT_EXIT):
                raise NotPossibleError(
                    f"resume run {state.run_id}",
                    f"process {last.process.pid} of step {step.name!r} still runs and could not be ended",
                )

    def _refuse_when_closing(self, what: str) -> None:
        if self._closing:
            raise NotPossibleError(what, "the program is leaving")

    # Runs in progress

    def active(self) -> tuple[RunState, ...]:
        """Return the state of every run in progress."""
        return tuple(active.driver.run.state for active in self._active.values())

    def is_active(self, run_id: RunId) -> bool:
        """Say whether this engine works on the run."""
        return run_id in self._active

    async def wait(self, run_id: RunId) -> bool:
        """Wait until the run is over here; return whether it is still ours, and not taken over."""
        active = self._active.get(run_id)
        if active is None:
            return True
        await asyncio.shield(active.task)
        return not active.driver.lost

    def _find(self, run_id: RunId, what: str) -> Driver:
        active = self._active.get(run_id)
        if active is None:
            raise NotPossibleError(f"{what} run {run_id}", "it is not running here")
        return active.driver

    def _cancel(self, command: CancelRun) -> None:
        driver = self._find(command.run_id, "cancel")
        if driver.run.state.status is RunStatus.CANCELLING and command.reason is Reason.USER:
            # Asked again: what is still in the way is the always block, or a step that takes its time.
            driver.cancel(command.reason)
            return
        self._aside(driver.run.record(ev.RunCancelRequested(reason=command.reason, by=command.by)))
        driver.cancel(command.reason)

    def _kill(self, command: KillRun) -> None:
        driver = self._find(command.run_id, "kill")
        if driver.run.state.status is not RunStatus.CANCELLING:
            self._aside(driver.run.record(ev.RunCancelRequested(reason=Reason.USER, by=command.by)))
        driver.cancel(Reason.USER)
        driver.run.force()

    async def _cancel_step(self, command: CancelStep) -> None:
        run = self._find(command.run_id, "cancel a step of").run
        step = run.state.steps.get(command.path)
        if step is None or command.path not in run.live:
            name = step.name if step is not None else command.path
            raise NotPossibleError(f"cancel step {name!r}", "it is not running")
        await run.record(ev.StepCancelRequested(path=command.path, by=command.by, skip=command.skip))
        run.cancel_step(command.path, skip=command.skip)
        if command.kill:
            run.force(command.path)

    def _resolve(self, command: ResolveGate) -> None:
        run = self._find(command.run_id, "answer a gate of").run
        waiting = run.gates.get(command.path)
        if waiting is None or waiting.done():
            raise NotPossibleError("answer the gate", "it does not wait for an answer")
        gate = run.state.steps[command.path].gate
        allowed = gate.options if gate is not None else {}
        wrong = [chosen for chosen in command.decision.selections if chosen not in allowed]
        if wrong:
            listed = ", ".join(allowed) or "there are none"
            raise NotPossibleError(f"select {wrong[0]!r}", f"the options are: {listed}")
        feedback = command.decision.feedback.encode()[: limits.FEEDBACK_BYTES].decode(errors="ignore")
        waiting.set_result(replace(command.decision, feedback=feedback))

    def _aside(self, work: "asyncio.Future[None] | object") -> None:
        """Let a record be written before whatever the next turn of the loop brings."""
        task: asyncio.Future[None] = asyncio.ensure_future(work)  # type: ignore[arg-type]  # a coroutine
        self._side.add(task)

        def done(finished: "asyncio.Future[None]") -> None:
            self._side.discard(finished)
            if not finished.cancelled() and (error := finished.exception()) is not None:
                logger.warning("could not record a request: %s", error)

        task.add_done_callback(done)

    # What other processes want, and what the keeper says

    async def answer(self, requested: Requested) -> None:
        """Carry out what another process left for us, and take it away whatever comes of it."""
        request: Request = requested.request
        try:
            await self.handle(request)
        except FlowError as error:
            logger.warning("refused a request for run %s: %s", request.run_id, error)
        finally:
            self.store.answered(requested.number)

    def lost(self, run_id: RunId) -> None:
        """Let go of a run that another process has taken over."""
        active = self._active.get(run_id)
        if active is not None:
            active.driver.lose()
            active.driver.run.force()

    # Leaving

    async def shutdown(self, *, kill: bool = False) -> None:
        """Cancel every run and wait until their steps have ended; further runs are refused.

        With ``kill``, or called again with it, nothing is asked any more.
        """
        self._closing = True
        for active in tuple(self._active.values()):
            driver = active.driver
            for live in driver.run.live.values():
                live.stop.grace = min(live.stop.grace, limits.GRACE_AT_EXIT)
            if driver.run.cancel_reason is Reason.NONE:
                self._aside(driver.run.record(ev.RunCancelRequested(reason=Reason.SHUTDOWN)))
                driver.cancel(Reason.SHUTDOWN)
            if kill:
                driver.cancel(Reason.SHUTDOWN)
                driver.run.force()
        tasks = [active.task for active in self._active.values()]
        if tasks:
            await asyncio.wait(tasks)

    def instant(self) -> datetime:
        """Return the engine's time."""
        return self.around.clock.now()
