"""What a program that died may have left running of a run that is to go on."""

import asyncio

from flow_tui import limits
from flow_tui.engine.ports import Launcher
from flow_tui.engine.run import cookie
from flow_tui.errors import NotPossibleError
from flow_tui.model.ids import RunId
from flow_tui.model.state import AttemptState, RunState, StepState
from flow_tui.model.status import AttemptStatus
from flow_tui.model.values import ProcessIdentity


async def end_leftovers(state: RunState, launcher: Launcher) -> None:
    """Make sure that no process of an interrupted step still runs: never two executors of one step.

    Of an attempt that nobody recorded a process of there may be one nevertheless: the program may have died
    just after starting it. Raises ``NotPossibleError`` when something cannot be ended.
    """
    left = [(step, step.attempts[-1]) for step in state.steps.values() if _was_cut_short(step)]
    recorded = [(step, attempt.process) for step, attempt in left if attempt.process is not None]
    unrecorded = [(step, attempt) for step, attempt in left if attempt.process is None]
    await asyncio.gather(
        _end_recorded(state.run_id, recorded, launcher), _end_unrecorded(state.run_id, unrecorded, launcher)
    )


def _was_cut_short(step: StepState) -> bool:
    return bool(step.attempts) and step.attempts[-1].status is AttemptStatus.RUNNING


async def _end_recorded(
    run_id: RunId, left: list[tuple[StepState, ProcessIdentity]], launcher: Launcher
) -> None:
    ended = await asyncio.gather(*(launcher.end(process, limits.GRACE_AT_EXIT) for _, process in left))
    for (step, process), is_gone in zip(left, ended, strict=True):
        if not is_gone:
            raise _stays(run_id, step, f"process {process.pid}")


async def _end_unrecorded(
    run_id: RunId, left: list[tuple[StepState, AttemptState]], launcher: Launcher
) -> None:
    words = {cookie(run_id, step.path, attempt.attempt): step for step, attempt in left}
    if not words:
        return
    for word in await launcher.end_carriers(words.keys(), limits.GRACE_AT_EXIT):
        raise _stays(run_id, words[word], "a process")


def _stays(run_id: RunId, step: StepState, what: str) -> NotPossibleError:
    return NotPossibleError(
        f"resume run {run_id}", f"{what} of step {step.name!r} still runs and could not be ended"
    )
