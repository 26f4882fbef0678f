"""Runs whose program is gone, brought to an orderly end."""

import asyncio
from typing import TYPE_CHECKING

from flow_tui import limits
from flow_tui.clock import SystemClock
from flow_tui.errors import NotPossibleError, RunOwnedError
from flow_tui.model import events as ev
from flow_tui.model.plan import LEAVES
from flow_tui.model.state import RunState
from flow_tui.model.status import AttemptStatus, Reason, RunStatus, StepStatus
from flow_tui.process.child import ChildLauncher
from flow_tui.runtime import history

if TYPE_CHECKING:
    from flow_tui.cli.asking import Asked


def cancel(asked: "Asked", *, by: str) -> None:
    """End what is left of a run that nobody works on, and record that it was cancelled.

    Raises ``RunOwnedError`` when somebody has taken it meanwhile, ``NotPossibleError`` when a process of it
    cannot be ended.
    """
    clock = SystemClock()
    store, run_id = asked.store, asked.state.run_id
    lease = store.acquire(run_id, asked.me, clock.now())
    if lease is None:
        owner = store.owner(run_id)
        raise RunOwnedError(run_id, owner.label if owner is not None else "another process")
    try:
        state = history.state_of(store, run_id)
        if state.status.is_over:
            raise NotPossibleError(f"cancel run {asked.name}", f"it has ended: {state.status.value}")
        asyncio.run(_end_leftovers(asked, state))
        ended = [
            ev.StepFinished(path=step.path, outcome=StepStatus.CANCELLED, reason=Reason.USER)
            for step in state.steps.values()
            if step.kind in LEAVES and step.status.is_active
        ]
        wish = ev.RunCancelRequested(reason=Reason.USER, by=by)
        last = ev.RunFinished(outcome=RunStatus.CANCELLED, reason=Reason.USER)
        store.append(lease, [wish, *ended, last], clock.now())
    finally:
        store.release(lease)


async def _end_leftovers(asked: "Asked", state: RunState) -> None:
    """End the processes that steps of the run have left."""
    launcher = ChildLauncher()
    for step in state.steps.values():
        last = step.attempts[-1] if step.attempts else None
        if last is None or last.process is None or last.status is not AttemptStatus.RUNNING:
            continue
        if not await launcher.end(last.process, limits.GRACE_AT_EXIT):
            because = f"process {last.process.pid} of step {step.name!r} cannot be ended"
            raise NotPossibleError(f"cancel run {asked.name}", because)
