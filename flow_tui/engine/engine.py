"""Starts, resumes, cancels and answers runs; owns every one of them. Lives on one loop."""

import asyncio
import logging
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import field
from datetime import datetime
from typing import assert_never

from flow_tui.dataclass import dataclass
from flow_tui.dsl import ast
from flow_tui.engine import answers, checks, pausing, resuming
from flow_tui.engine.breakpoints import Breakpoints
from flow_tui.engine.commands import (
    CancelRun,
    CancelStep,
    Command,
    KillRun,
    ReleaseStep,
    Request,
    ResolveGate,
    ResumeRun,
    SetBreakpoints,
    StartRun,
)
from flow_tui.engine.driver import Driver
from flow_tui.engine.journal import Journal
from flow_tui.engine.keeping import Lease, Owner, Requested, Store
from flow_tui.engine.lease import Keeper
from flow_tui.engine.leftovers import end_leftovers, heard_at, with_parts
from flow_tui.engine.outside import Outside, patiently
from flow_tui.engine.parts import Active, PartRunner
from flow_tui.engine.plan import plan
from flow_tui.engine.ports import RunFiles, Sink
from flow_tui.engine.reuse import Side
from flow_tui.engine.run import Parts, Run, Surroundings
from flow_tui.engine.silence import heard_out
from flow_tui.engine.warm import Warm, warm_of
from flow_tui.errors import FlowError, NotPossibleError, RunNotFoundError, RunOwnedError, StoreError
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.resuming import again
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, RunStatus
from flow_tui.model.values import RunOptions

__all__ = ["Engine", "Outside"]

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Engine:
    """Runs workflows. Every method is to be called on the loop it was made on."""

    store: Store
    owner: Owner
    around: Surroundings
    outside: Outside
    sinks: Sequence[Sink] = ()
    keeper: Keeper | None = None
    _active: dict[RunId, Active] = field(default_factory=dict[RunId, Active])
    _beginning: set[RunId] = field(default_factory=set[RunId])
    """Runs that are about to begin or to go on."""
    _points: dict[RunId, Breakpoints] = field(default_factory=dict[RunId, Breakpoints])
    """Of runs that were worked on here, whether they are over or not."""
    _closing: bool = False
    part_runner: Callable[[Parts], Parts] = lambda runner: runner
    """Puts something in front of what runs workflows as parts of others."""
    _parts: Parts = field(init=False)

    def __post_init__(self) -> None:
        """Make what runs workflows as parts of others."""
        own = PartRunner(store=self.store, outside=self.outside, sinks=self.sinks, begin=self._go)
        self._parts = self.part_runner(own)

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
                answers.cancel_step(self._find(command.run_id, "cancel a step of").run, command)
            case ResolveGate():
                answers.resolve(self._find(command.run_id, "answer a gate of").run, command)
            case SetBreakpoints():
                pausing.set_points(self._find(command.run_id, "set a breakpoint of").run, command)
            case ReleaseStep():
                pausing.release(self._find(command.run_id, "let a step go on of").run, command)
            case _:
                assert_never(command)
        return command.run_id

    async def start(self, command: StartRun) -> RunId:
        """Check, record and begin a run; return its id as soon as it is stored.

        Raises ``DefinitionError`` or ``MissingInputError`` before anything is written.
        """
        definition = command.definition
        run_id = command.run_id or self.outside.new_run_id()
        with self._begin(run_id, "start"):
            digests = {name: self.outside.digest(data) for name, data in definition.files.items()}
            files = self.outside.files(definition.root, digests, definition.files)
            self._check(definition.workflow, definition.source, files, command.options)
            inputs = checks.settled_inputs(definition.workflow, command.inputs)
            checks.require_no_secrets(inputs, self.around.secrets)
            side = Side(definition.workflow, files, inputs, command.options)
            warm = self._warmed(command.warm_from, side) if command.warm_from is not None else None
            await patiently(self.around.clock, lambda: self.store.put_blobs(definition.files.values()))
            lease = await self._acquire(run_id)
            if command.run_id is not None and next(iter(self.store.history(run_id)), None) is not None:
                await self._release(lease)
                raise NotPossibleError(f"start run {run_id}", "there is one of this name")
            run = self._run(definition.workflow, lease, RunState(run_id=run_id), files)
            run.warm = warm
            run.breakpoints.change(command.breakpoints, ())
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
                warm_from=command.warm_from,
            )
            await self._go(run, started, *pausing.recorded(run))
        return run_id

    def _warmed(self, earlier: RunId, after: Side) -> Warm:
        """Return what may be taken over from an earlier run; raises ``RunNotFoundError``."""
        before = self.store.state(earlier)
        if not before.seq:
            raise RunNotFoundError(earlier)
        files = self.outside.files(before.root, before.files, {})
        return warm_of(before, files, after, self.around.parse, self.around.workers)

    async def resume(self, command: ResumeRun) -> RunId:
        """Go on with a run from what is stored of it: where it stopped, or with what is to run again.

        Raises ``RunOwnedError`` while another process works on it, ``NotPossibleError`` when there is nothing
        to run, or when a process of an interrupted step cannot be ended.
        """
        run_id = command.run_id
        with self._begin(run_id, "resume"):
            first = next(iter(self.store.history(run_id)), None)
            if first is not None and isinstance(first.event, ev.RunStarted):
                resuming.require_whole(run_id, first.event.parent)
            lease = await self._acquire(run_id)
            try:
                run, heard = await self._taken_up(command, lease)
            except BaseException:
                await self._release(lease)
                raise
            run.confirmed = command.confirmed
            run.breakpoints = self._points.get(run_id) or run.breakpoints
            resumed = ev.RunResumed(
                generation=run.state.generation + 1,
                by=command.by,
                redo=command.redo,
                start=command.start,
                only=command.only,
                heard_at=heard,
            )
            await self._go(run, resumed, *pausing.recorded(run))
        return run_id

    @contextmanager
    def _begin(self, run_id: RunId, what: str) -> Generator[None]:
        """Make sure that a run is begun, or gone on with, once at a time, and not while leaving."""
        if self._closing:
            raise NotPossibleError(f"{what} a run", "the program is leaving")
        if run_id in self._active or run_id in self._beginning:
            raise NotPossibleError(f"{what} run {run_id}", "it is running")
        self._beginning.add(run_id)
        try:
            yield
        finally:
            self._beginning.discard(run_id)

    async def _taken_up(self, command: ResumeRun, lease: Lease) -> tuple[Run, datetime | None]:
        """Return a run as it is stored, once nothing of it is left running, and when it was last heard of."""
        run_id = command.run_id
        state = self.store.state(run_id)
        if not state.seq:
            raise RunNotFoundError(run_id)
        resuming.require_possible(state, command.redo, command.start, command.only)
        workflow = self.around.parse(state.source, state.file)
        files = self.outside.files(state.root, state.files, {})
        self._check(workflow, state.source, files, state.options)
        whole = tuple(with_parts(state, self._parts.recall))
        await end_leftovers(whole, self.around.launcher, self.around.workspace, f"resume run {run_id}")
        anew = again(state, command.redo, command.start, command.only).anew
        await self._forget_requests(run_id, anew)
        return self._run(workflow, lease, state, files), heard_at(whole)

    def _check(self, workflow: ast.Workflow, source: str, files: RunFiles, options: RunOptions) -> None:
        around = self.around
        if not options.mock:
            checks.require_identity(options.as_identity, around.identities)
        checks.check(workflow, source, around.registry, files, around.parse, options, around.identities)

    async def _acquire(self, run_id: RunId) -> Lease:
        clock = self.around.clock
        silent = await heard_out(self.store, clock, run_id, self.owner, lambda: self._closing)
        lease = await patiently(
            clock, lambda: self.store.acquire(run_id, self.owner, clock.now(), silent=silent)
        )
        if lease is None:
            owner = self.store.owner(run_id)
            raise RunOwnedError(run_id, owner.label if owner is not None else "another process")
        return lease

    async def _release(self, lease: Lease) -> None:
        """Give a run up; when the storage does not let us, others have to wait until the lease expires."""
        try:
            await patiently(self.around.clock, lambda: self.store.release(lease))
        except StoreError as error:
            logger.warning("could not give up run %s: %s", lease.run_id, error)

    def _run(self, workflow: ast.Workflow, lease: Lease, state: RunState, files: RunFiles) -> Run:
        journal = Journal(
            store=self.store,
            lease=lease,
            state=state,
            clock=self.around.clock,
            sinks=self.sinks,
            secrets=self.around.secrets,
        )
        return Run(workflow=workflow, journal=journal, files=files, around=self.around, parts=self._parts)

    async def _go(self, run: Run, *first: ev.Event) -> Active:
        """Record the first events of a run, or of its next part, and drive it from now on."""
        try:
            await run.record(*first)
        except BaseException:
            await self._release(run.journal.lease)
            raise
        driver = Driver(run)
        if self.keeper is not None:
            self.keeper.hold(run.journal.lease, lambda: dict(run.signs))
        task = asyncio.get_running_loop().create_task(self._drive(driver), name=f"run {run.id}")
        self._active[run.id] = active = Active(driver=driver, task=task)
        if run.parent is None:
            self._points[run.id] = run.breakpoints
        if self._closing:
            driver.leave()
        return active

    async def _drive(self, driver: Driver) -> None:
        run = driver.run
        try:
            await driver.drive()
        finally:
            if self.keeper is not None:
                self.keeper.drop(run.id)
            try:
                if driver.lost and run.journal.loss is not None:
                    driver.tell(run.journal.loss)
                # What could only not be renewed is still ours to give up: nothing of it runs here any more.
                await self._release(run.journal.lease)
            finally:
                del self._active[run.id]
                if not run.breakpoints.points:
                    self._points.pop(run.id, None)

    async def _forget_requests(self, run_id: RunId, anew: Collection[StepPath]) -> None:
        """Drop what was asked of an earlier owner; answers stay, unless to gates that ask anew."""
        for requested in self.store.requests((run_id,)):
            asked = requested.request
            if not isinstance(asked, ResolveGate) or asked.path in anew:
                await self._answered(requested.number)

    async def _answered(self, number: int) -> None:
        await patiently(self.around.clock, lambda: self.store.answered(number))

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
        return not active.driver.lost or active.driver.run.journal.loss is not None

    def _find(self, run_id: RunId, what: str) -> Driver:
        active = self._active.get(run_id)
        if active is None:
            raise NotPossibleError(f"{what} run {run_id}", "it is not running here")
        return active.driver

    def _cancel(self, command: CancelRun) -> None:
        driver = self._find(command.run_id, "cancel")
        if (whole := driver.run.parent) is not None:
            path = driver.run.state.parent_path
            answers.cancel_step(whole, CancelStep(run_id=whole.id, path=path, by=command.by))
            return
        if driver.run.state.status is not RunStatus.CANCELLING:
            driver.run.record_soon(ev.RunCancelRequested(reason=command.reason, by=command.by))
        driver.cancel(command.reason)

    def _kill(self, command: KillRun) -> None:
        driver = self._find(command.run_id, "kill")
        if driver.run.state.status is not RunStatus.CANCELLING:
            driver.run.record_soon(ev.RunCancelRequested(reason=Reason.USER, by=command.by))
        driver.kill()

    # What other processes want, and what the keeper says

    async def answer(self, requested: Requested) -> None:
        """Carry out what another process left for us, and take it away whatever comes of it."""
        request: Request = requested.request
        try:
            await self.handle(request)
        except FlowError as error:
            logger.warning("refused a request for run %s: %s", request.run_id, error)
        finally:
            try:
                await self._answered(requested.number)
            except StoreError as error:
                logger.warning("could not take a request away: %s", error)

    def lost(self, run_id: RunId, why: StoreError | None = None) -> None:
        """Let go of a run that another process has taken over, or of one that cannot be kept any more."""
        if (active := self._active.get(run_id)) is not None:
            active.driver.lose(why)

    # Leaving

    async def shutdown(self, *, kill: bool = False) -> None:
        """Cancel every run and wait until their steps have ended; further runs are refused.

        With ``kill``, or called again with it, nothing is asked any more, and nobody waits for the storage.
        """
        self._closing = True
        while self._active or self._beginning:
            for active in tuple(self._active.values()):
                active.driver.leave()
                if kill:
                    active.driver.kill()
                    active.driver.run.journal.wait_no_more()
            tasks = [active.task for active in self._active.values()]
            if tasks:
                await asyncio.wait(tasks)
            else:
                await asyncio.sleep(0.01)

    def instant(self) -> datetime:
        """Return the engine's time."""
        return self.around.clock.now()
