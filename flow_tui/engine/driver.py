"""Takes one run from its first step to its last word."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from flow_tui import limits
from flow_tui.dsl import ast
from flow_tui.engine.run import Run, Scope
from flow_tui.errors import (
    EngineError,
    GateExpiredError,
    GateRejectedError,
    LeaseLostError,
    StepTimedOutError,
)
from flow_tui.model import events as ev
from flow_tui.model.ids import ALWAYS, ROOT, StepPath, child
from flow_tui.model.status import Reason, RunStatus, StepStatus

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    outcome: RunStatus
    error: str = ""
    reason: Reason = Reason.NONE


async def walk(run: Run, nodes: tuple[ast.Node, ...], path: StepPath, scope: Scope) -> None:
    """Run nodes one after the other; a failure stops them unless the run or the scope goes on."""
    for index, node in enumerate(nodes):
        # A run that was told to stop begins nothing more, even if nothing has noticed yet.
        await asyncio.sleep(0)
        try:
            await run.execute(node, child(path, index), scope)
        except (GateRejectedError, GateExpiredError, StepTimedOutError, LeaseLostError):
            raise
        except EngineError as error:
            if run.state.options.fail_fast and not scope.goes_on:
                raise
            run.failure = run.failure or error


class Driver:
    """Drives one run; :meth:`cancel` reaches its body first and its ``always`` block the second time."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.lost = False
        """Another process has taken the run over: it is none of ours any more."""
        self._working: asyncio.Task[None] | None = None
        self._begun = False

    def cancel(self, reason: Reason) -> None:
        """Stop what the run is doing at the moment."""
        self.run.cancel_reason = self.run.cancel_reason or reason
        if self._working is not None and not self._working.done():
            self._working.cancel()

    def lose(self) -> None:
        """Stop without another word: somebody else writes the run now."""
        self.lost = True
        self.cancel(Reason.LEASE_LOST)

    async def drive(self, begin: Callable[[], Awaitable[None]] | None = None) -> None:
        """Run the body, then ``always``, then record how it ended; raises nothing but cancellation."""
        run = self.run
        try:
            if begin is not None:
                await begin()
            ending = await self._body()
            if self.lost:
                return
            if run.workflow.always:
                await self._always(ending)
            if run.cancel_reason and ending.outcome is RunStatus.COMPLETED:
                # It was cancelled while its last step, or the block after it, was ending.
                ending = _Ending(outcome=RunStatus.CANCELLED, reason=run.cancel_reason)
            await self._finish(ending)
        except LeaseLostError:
            self.lost = True
        except Exception as error:  # whatever the engine stumbles over belongs to this run only
            logger.exception("run %s failed inside the engine", run.id)
            await self._give_up(error)

    async def _body(self) -> _Ending:
        run = self.run
        self._working = asyncio.ensure_future(walk(run, run.workflow.body, ROOT, Scope()))
        if run.cancel_reason:
            self._working.cancel()
        try:
            await self._working
        except asyncio.CancelledError:
            if self._stranger():
                raise
            return _Ending(outcome=RunStatus.CANCELLED, reason=run.cancel_reason or Reason.SHUTDOWN)
        except StepTimedOutError as error:
            return _Ending(outcome=RunStatus.CANCELLED, error=str(error), reason=Reason.TIMEOUT)
        except GateRejectedError as error:
            return _Ending(outcome=RunStatus.FAILED, error=str(error), reason=Reason.GATE_REJECTED)
        except GateExpiredError as error:
            return _Ending(outcome=RunStatus.FAILED, error=str(error), reason=Reason.GATE_EXPIRED)
        except EngineError as error:
            return _Ending(outcome=RunStatus.FAILED, error=str(error))
        if run.failure is not None:
            return _Ending(outcome=RunStatus.FAILED, error=str(run.failure))
        return _Ending(outcome=RunStatus.COMPLETED)

    def _stranger(self) -> bool:
        """Say whether it is us that somebody cancels, and not the work that we cancelled."""
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0

    async def _always(self, ending: _Ending) -> None:
        """Run the block that runs whatever happened, under a time limit of its own; it decides nothing."""
        run = self.run
        run.workflow_status = "completed" if ending.outcome is RunStatus.COMPLETED else "failed"
        before, run.failure = run.failure, None
        limit = limits.GRACE_AT_EXIT if run.cancel_reason is Reason.SHUTDOWN else limits.ALWAYS_TIMEOUT
        self._working = asyncio.ensure_future(walk(run, run.workflow.always, ALWAYS, Scope(goes_on=True)))
        done, _ = await asyncio.wait({self._working}, timeout=limit.total_seconds())
        if not done:
            self._working.cancel()
            await asyncio.wait({self._working})
        if not self._working.cancelled() and (error := self._working.exception()) is not None:
            if isinstance(error, LeaseLostError):
                raise error
            if not isinstance(error, EngineError):
                logger.error("the always block of run %s failed", run.id, exc_info=error)
        run.failure = before

    async def _finish(self, ending: _Ending) -> None:
        await self.run.record(
            ev.MetricsUpdated(totals=dict(self.run.totals)),
            ev.RunFinished(outcome=ending.outcome, error=ending.error, reason=ending.reason),
        )

    async def _give_up(self, error: Exception) -> None:
        """Close what is open, so that nothing seems to run that does not."""
        run = self.run
        open_steps = [
            ev.StepFinished(path=path, outcome=StepStatus.FAILED, error=str(error), reason=Reason.ENGINE)
            for path, step in run.state.steps.items()
            if step.status.is_active
        ]
        text = "".join(traceback.format_exception(error))
        try:
            await run.record(
                *open_steps, ev.EngineFailed(error=f"{type(error).__name__}: {error}", traceback=text)
            )
        except Exception:  # nothing is left to be done but to say so
            logger.exception("could not even record that run %s failed", run.id)
