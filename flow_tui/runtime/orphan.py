"""Runs whose program is gone, brought to an orderly end."""

from pathlib import Path

from flow_tui.clock import SystemClock
from flow_tui.engine.keeping import Owner, Store
from flow_tui.engine.leftovers import end_leftovers, with_parts
from flow_tui.engine.silence import heard_out
from flow_tui.errors import NotPossibleError, RunOwnedError
from flow_tui.model import events as ev
from flow_tui.model import ids
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId
from flow_tui.model.plan import WORK
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.process.child import ChildLauncher
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.runtime import history, retention


async def forget(store: Store, folder: Path, run_id: RunId, me: Owner) -> None:
    """Remove a run; one that its program has left is ended first.

    Raises ``RunOwnedError`` or ``NotPossibleError`` when somebody works on it.
    """
    run = history.find(store, run_id, "")
    if not run.status.is_over:
        if not history.is_left(run, SystemClock().now()):
            raise NotPossibleError(f"delete run {ids.short(run_id)}", "it is not over")
        await cancel(store, folder, run_id, me, by="")
    if retention.forget(store, folder, retention.old(store, run)) is None:
        raise NotPossibleError(f"delete run {ids.short(run_id)}", "somebody works on it")


async def cancel(store: Store, folder: Path, run_id: RunId, me: Owner, *, by: str) -> None:
    """End what is left of a run that nobody works on, and record that it was cancelled.

    Raises ``RunOwnedError`` when somebody has taken it meanwhile, ``NotPossibleError`` when a process of it
    cannot be ended.
    """
    clock, what = SystemClock(), f"cancel run {ids.short(run_id)}"
    silent = await heard_out(store, clock, run_id, me, lambda: False)
    lease = store.acquire(run_id, me, clock.now(), silent=silent)
    if lease is None:
        owner = store.owner(run_id)
        raise RunOwnedError(run_id, owner.label if owner is not None else "another process")
    try:
        state = history.state_of(store, run_id)
        if state.status.is_over:
            raise NotPossibleError(what, f"it has ended: {state.status.value}")
        whole = tuple(with_parts(state, lambda part: replay(part, store.history(part))))
        await end_leftovers(whole, ChildLauncher(), FolderWorkspace(folder), what)
        for part in reversed(whole):  # what is inside ends before what is around it
            if part.seq and not part.status.is_over:
                held = lease if part is state else store.adopt(lease, part.run_id, clock.now())
                store.append(held, _ends(part, by), clock.now())
                if held is not lease:
                    store.release(held)
    finally:
        store.release(lease)


def _ends(state: RunState, by: str) -> list[ev.Event]:
    """Return what is to be recorded of a run that is cancelled now."""
    ended = (
        ev.StepFinished(path=step.path, outcome=StepStatus.CANCELLED, reason=Reason.USER)
        for step in state.steps.values()
        if step.kind in WORK and step.status.is_active
    )
    wish = ev.RunCancelRequested(reason=Reason.USER, by=by)
    return [wish, *ended, ev.RunFinished(outcome=RunStatus.CANCELLED, reason=Reason.USER)]
