"""What a program that died may have left running of a run that is to go on."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from flow_tui import limits
from flow_tui.engine.ports import Launcher, Workspace
from flow_tui.engine.run import cookie
from flow_tui.errors import NotPossibleError
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import AttemptStatus


async def end_leftovers(
    whole: Iterable[RunState], launcher: Launcher, workspace: Workspace, what: str
) -> None:
    """Make sure that no process of an interrupted step still runs: never two executors of one step.

    Of an attempt that nobody recorded a process of there may be one nevertheless: the program may have died
    just after starting it. What it was to hand over is removed. ``whole`` is a run with its parts. Raises
    ``NotPossibleError``, which says ``what`` cannot be done, when something cannot be ended.
    """
    left = [
        (state.run_id, step, step.attempts[-1])
        for state in whole
        for step in state.steps.values()
        if _was_cut_short(step)
    ]
    recorded = [(step, last.process) for _, step, last in left if last.process is not None]
    unrecorded = {
        cookie(run_id, step.path, last.attempt): step
        for run_id, step, last in left
        if last.process is None and last.child_run is None
    }
    ended, words = await asyncio.gather(
        asyncio.gather(*(launcher.end(process, limits.GRACE_AT_EXIT) for _, process in recorded)),
        launcher.end_carriers(unrecorded.keys(), limits.GRACE_AT_EXIT) if unrecorded else _none(),
    )
    stay = [
        (step, f"process {process.pid}")
        for (step, process), is_gone in zip(recorded, ended, strict=True)
        if not is_gone
    ]
    for step, process in [*stay, *((unrecorded[word], "a process") for word in words)]:
        raise NotPossibleError(what, f"{process} of step {step.name!r} still runs and could not be ended")
    for run_id, step, last in left:
        workspace.discard(run_id, step.path, last.attempt)


def with_parts(state: RunState, recall: Callable[[RunId], RunState]) -> Iterator[RunState]:
    """Yield a run, its parts that were in progress when the program died, and theirs."""
    yield state
    for step in state.steps.values():
        if _was_cut_short(step) and step.child_run is not None:
            yield from with_parts(recall(step.child_run), recall)


def heard_at(whole: Iterable[RunState]) -> datetime | None:
    """Return when parts of a run were last heard of, if that was after the last event of its own."""
    own, *parts = (state.last_event_at for state in whole)
    latest = max(filter(None, (own, *parts)), default=None)
    return None if latest == own else latest


def _was_cut_short(step: StepState) -> bool:
    return bool(step.attempts) and step.attempts[-1].status is AttemptStatus.RUNNING


async def _none() -> frozenset[str]:
    return frozenset()
