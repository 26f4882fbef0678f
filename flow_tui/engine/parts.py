"""Runs that are part of other runs: begun under the lease of the whole, cancelled and ended with it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from flow_tui.dataclass import dataclass, replace
from flow_tui.engine.driver import Driver
from flow_tui.engine.journal import Journal
from flow_tui.engine.keeping import Store
from flow_tui.engine.leftovers import heard_at, with_parts
from flow_tui.engine.outside import Outside
from flow_tui.engine.plan import plan
from flow_tui.engine.ports import Sink
from flow_tui.engine.run import Part, Run
from flow_tui.errors import LeaseLostError
from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, RunStatus


@dataclass(slots=True, kw_only=True)
class Active:
    """A run that an engine works on."""

    driver: Driver
    task: "asyncio.Task[None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRunner:
    """Runs workflows as parts of other runs, on the engine's loop."""

    store: Store
    outside: Outside
    sinks: Sequence[Sink]
    begin: Callable[[Run, ev.Event], Awaitable[Active]]
    """Records the first event of a run and drives it from then on."""

    async def carry_out(self, parent: Run, part: Part) -> RunState:
        """Return how the part ended; cancelling cancels it, and waits until it has ended.

        A part that was begun before and has not completed is gone on with. Raises ``LeaseLostError``.
        """
        run_id = part.before or self.outside.new_run_id()
        begun = ev.ChildRunStarted(path=part.path, attempt=part.attempt, child_run=run_id)
        await parent.record(begun)
        run = await self._run(parent, part, run_id)
        if run.state.status is RunStatus.COMPLETED:
            await parent.journal.ask(lambda: self.store.release(run.journal.lease))
            return run.state
        active = await self.begin(run, self._first(parent, part, run.state))
        parent.begun[run_id] = active.driver
        if parent.killed:
            active.driver.kill()
        try:
            await asyncio.shield(active.task)
        except asyncio.CancelledError:
            if not run.cancel_reason:
                active.driver.cancel(part.stop.reason or Reason.FAIL_FAST)
            while not active.task.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait((active.task,))
            raise
        finally:
            del parent.begun[run_id]
        if active.driver.lost:
            raise LeaseLostError(parent.id)
        return run.state

    def recall(self, run_id: RunId) -> RunState:
        """Return what is stored of a part that is over."""
        return replay(run_id, self.store.history(run_id))

    async def _run(self, parent: Run, part: Part, run_id: RunId) -> Run:
        clock, whole = parent.clock, parent.journal.lease
        lease = await parent.journal.ask(lambda: self.store.adopt(whole, run_id, clock.now()))
        state = await parent.journal.ask(lambda: self.store.state(run_id))

        def show_life(_recorded: ev.Recorded) -> None:
            part.alive()

        journal = Journal(
            store=self.store,
            lease=lease,
            state=state,
            clock=clock,
            sinks=(*self.sinks, show_life),
            secrets=parent.around.secrets,
        )
        run = Run(
            workflow=part.workflow,
            journal=journal,
            files=parent.files,
            around=parent.around,
            parts=parent.parts,
            parent=parent,
        )
        run.confirmed, run.grace = parent.confirmed, parent.grace
        return run

    def _first(self, parent: Run, part: Part, state: RunState) -> ev.Event:
        if state.seq:
            heard = heard_at(with_parts(state, self.recall))
            return ev.RunResumed(generation=state.generation + 1, heard_at=heard)
        workflow, options = part.workflow, parent.state.options
        return ev.RunStarted(
            workflow=workflow.name,
            title=workflow.title or "",
            file=workflow.source_path,
            root=parent.state.root,
            source=parent.files.read(workflow.source_path).decode("utf-8", "replace").removeprefix("\ufeff"),
            plan=plan(workflow),
            inputs=part.inputs,
            files=parent.state.files,
            options=replace(options, as_identity=part.as_identity or options.as_identity),
            parent=parent.id,
            parent_path=part.path,
        )
