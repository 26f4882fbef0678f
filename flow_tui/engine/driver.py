"""Takes one run from its first step to its last word."""

import asyncio
import logging
import traceback
from contextvars import ContextVar
from datetime import timedelta

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.engine import intake, only
from flow_tui.engine.run import Run, Scope
from flow_tui.engine.walk import walk
from flow_tui.errors import (
    EngineError,
    GateExpiredError,
    GateRejectedError,
    LeaseLostError,
    StepTimedOutError,
    StoreError,
)
from flow_tui.model import events as ev
from flow_tui.model.ids import ALWAYS, ROOT, RunId
from flow_tui.model.status import Reason, RunStatus, StepStatus

logger = logging.getLogger(__name__)

current_run: ContextVar[RunId | None] = ContextVar("current_run", default=None)
"""The run that whatever is said at the moment belongs to; of a part, the run around all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    outcome: RunStatus
    error: str = ""
    reason: Reason = Reason.NONE


class Driver:
    """Drives one run: its body, which a cancel ends, then its ``always`` block, which a second one ends."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.lost = False
        """Another process has taken the run over, or it cannot be kept: it is none of ours any more."""
        self._body: asyncio.Task[None] | None = None
        self._always: asyncio.Task[None] | None = None
        self._cut: asyncio.TimerHandle | None = None
        self._cancels = 0
        self._leaving = False

    # Ending it early

    def cancel(self, reason: Reason) -> None:
        """Stop the body; asked again, stop the block that follows it, too."""
        self.run.cancel_reason = self.run.cancel_reason or reason
        self._cancels += 1
        if self._body is not None:
            self._body.cancel()
        if self._cancels > 1:
            if self._always is not None:
                self._always.cancel()
            for part in tuple(self.run.begun.values()):
                part.cancel(reason)

    def kill(self) -> None:
        """Stop everything, and wait for nobody."""
        self.cancel(Reason.USER)
        if self._always is not None:
            self._always.cancel()
        self.run.force()

    def leave(self) -> None:
        """Stop because the program ends: what still runs, or follows, has little time."""
        self._leaving = True
        self.run.hurry(limits.GRACE_AT_EXIT)
        if self.run.cancel_reason is Reason.NONE:
            self.run.record_soon(ev.RunCancelRequested(reason=Reason.SHUTDOWN))
            self.cancel(Reason.SHUTDOWN)
        if self._always is not None:
            self._cut_off(self._always, limits.GRACE_AT_EXIT)

    def lose(self, why: StoreError | None = None) -> None:
        """Stop without storing another word: somebody else writes the run now, or nobody can."""
        self.lost = True
        self.run.cancel_reason = self.run.cancel_reason or Reason.LEASE_LOST
        self.run.journal.lose(why)
        for working in (self._body, self._always):
            if working is not None:
                working.cancel()
        for part in tuple(self.run.begun.values()):
            part.lose(why)
        self.run.force()

    def tell(self, why: StoreError) -> None:
        """Say, to whoever looks on, that the run ended here because it cannot be kept."""
        said = intake.error(why)
        self.run.journal.tell(*self._open_steps(said), ev.EngineFailed(error=said, is_kept=False))

    # Going through it

    async def drive(self) -> None:
        """Run the body, then ``always``, then record how it ended; raises nothing but cancellation."""
        run = self.run
        if run.parent is None:
            current_run.set(run.id)
        try:
            ending = await self._run_body()
            if run.workflow.always and self._may_clean_up():
                await self._run_always(ending)
            if self.lost:
                return
            await run.record()  # until all that was done is stored, and known
            if run.cancel_reason and ending.outcome is RunStatus.COMPLETED:
                # It was cancelled while its last step, or the block after it, was ending.
                ending = _Ending(outcome=RunStatus.CANCELLED, reason=run.cancel_reason)
            await run.record(
                ev.MetricsUpdated(totals=run.totals()),
                ev.RunFinished(outcome=ending.outcome, error=ending.error, reason=ending.reason),
            )
        except LeaseLostError:
            self.lost = True
        except Exception as error:  # whatever the engine stumbles over belongs to this run only
            logger.exception("run %s failed inside the engine", run.id)
            await self._give_up(error)

    def _may_clean_up(self) -> bool:
        return not (self.lost or self.run.killed or self._cancels > 1)

    async def _run_body(self) -> _Ending:
        run = self.run
        self._body = asyncio.ensure_future(walk(run, run.workflow.body, ROOT, Scope()))
        if run.cancel_reason:
            self._body.cancel()
        try:
            await self._body
        except asyncio.CancelledError:
            if _is_cancelled_ourselves():
                raise
            return _Ending(outcome=RunStatus.CANCELLED, reason=run.cancel_reason or Reason.SHUTDOWN)
        except StepTimedOutError as error:
            return _Ending(outcome=RunStatus.CANCELLED, error=str(error), reason=Reason.TIMEOUT)
        except GateRejectedError as error:
            return _Ending(outcome=RunStatus.FAILED, error=str(error), reason=Reason.GATE_REJECTED)
        except GateExpiredError as error:
            return _Ending(outcome=RunStatus.FAILED, error=str(error), reason=Reason.GATE_EXPIRED)
        except EngineError as error:
            if reason := await only.is_cancelled_still(run, error):
                return _Ending(outcome=RunStatus.CANCELLED, reason=reason)
            return _Ending(outcome=RunStatus.FAILED, error=str(error))
        finally:
            self._body = None
        if run.failure is not None:
            return _Ending(outcome=RunStatus.FAILED, error=str(run.failure))
        return _Ending(outcome=RunStatus.COMPLETED)

    async def _run_always(self, ending: _Ending) -> None:
        """Run the block that runs whatever happened, under a time limit of its own; it decides nothing."""
        run = self.run
        run.workflow_status = "completed" if ending.outcome is RunStatus.COMPLETED else "failed"
        before, run.failure = run.failure, None
        scope = Scope(goes_on=True)
        self._always = always = asyncio.ensure_future(walk(run, run.workflow.always, ALWAYS, scope))
        self._cut_off(always, limits.GRACE_AT_EXIT if self._leaving else limits.ALWAYS_TIMEOUT)
        try:
            await asyncio.wait((always,))
        finally:
            self._always = None
            if self._cut is not None:
                self._cut.cancel()
        error = None if always.cancelled() else always.exception()
        if error is not None and not isinstance(error, EngineError):
            raise error
        run.failure = before

    def _cut_off(self, always: "asyncio.Task[None]", limit: timedelta) -> None:
        """Give the block that long, from now."""
        if self._cut is not None:
            self._cut.cancel()
        self._cut = asyncio.get_running_loop().call_later(limit.total_seconds(), always.cancel)

    async def _give_up(self, error: Exception) -> None:
        """Close what is open, so that nothing seems to run that does not."""
        run, said = self.run, intake.error(error)
        text = intake.cut(intake.text("".join(traceback.format_exception(error))))
        failed = ev.EngineFailed(error=f"{type(error).__name__}: {said}", traceback=text)
        try:
            await run.record(*self._open_steps(said), failed)
        except Exception as again:  # nothing is left to be done but to say so
            logger.exception("could not even record that run %s failed", run.id)
            run.show(ev.StorageWaited(reason=f"{type(again).__name__}: {again}"))

    def _open_steps(self, said: str) -> list[ev.StepFinished]:
        """Return the ends of the steps that are open."""
        return [
            ev.StepFinished(path=path, outcome=StepStatus.FAILED, error=said, reason=Reason.ENGINE)
            for path, step in self.run.state.steps.items()
            if step.status.is_active
        ]


def _is_cancelled_ourselves() -> bool:
    """Say whether it is us that somebody cancels, and not the work that we cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
