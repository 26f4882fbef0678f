"""A run that goes on for some steps only: what was decided stands, and what had failed stops none of them."""

from flow_tui.engine.run import Run
from flow_tui.errors import (
    EngineError,
    GateExpiredError,
    GateFailedError,
    GateRejectedError,
    StepCancelledError,
    UnconfirmedError,
)
from flow_tui.model.ids import ALWAYS, StepPath
from flow_tui.model.plan import WORK
from flow_tui.model.resuming import has_begun, is_inside, place
from flow_tui.model.state import StepState
from flow_tui.model.status import Reason, RunStatus, StepStatus

_FINAL = (GateRejectedError, GateExpiredError, GateFailedError, UnconfirmedError)
"""What nothing goes past: a person's word, or the lack of it."""
_BAD = frozenset({StepStatus.FAILED, StepStatus.TIMED_OUT, StepStatus.CANCELLED})


def stands(run: Run, path: StepPath) -> bool:
    """Say whether a step had not gone well, and stays so because others were chosen."""
    only = run.state.only
    return only is not None and path in only.stands


async def goes_past(run: Run, error: EngineError) -> bool:
    """Say whether a failure is one that had been there, and the walk goes on to what was chosen behind it."""
    if run.state.only is None or isinstance(error, _FINAL):
        return False
    await run.record()  # until what came of the others is stored, and known
    chosen = _chosen(run)
    return not any(step.status in _BAD for step in chosen) and any(not step.status.is_over for step in chosen)


def may_begin(run: Run, path: StepPath) -> bool:
    """Say whether the walk comes to a node: behind a failure that stands, only if it did before."""
    return run.stood is None or has_run(run, path)


def has_run(run: Run, path: StepPath) -> bool:
    """Say whether the walk had come to a node, and nothing that was left out is to run it first."""
    step = run.state.steps.get(path)
    if step is not None and step.kind in WORK and not step.status.is_over:
        return not stands(run, path)
    return has_begun(run.state.steps, path)


def decided(run: Run, path: StepPath) -> bool | None:
    """Return what had been decided of a condition, if that stands."""
    step = run.state.steps.get(path)
    return step.holds if run.state.only is not None and step is not None else None


def turns(run: Run, path: StepPath, number: int) -> bool | None:
    """Return whether another pass follows the first ``number`` ones of a loop, if that has been decided."""
    only = run.state.only
    if only is None:
        return None
    step = run.state.steps.get(path)
    if step is not None and number < step.passes:
        return True
    if step is not None and step.is_broken:
        return None
    has_ended = only.ended is RunStatus.COMPLETED and step is not None and not _is_chosen(run, path)
    return False if has_ended or run.stood is not None or _is_left(run, path) else None


async def is_cancelled_still(run: Run, error: EngineError) -> Reason | None:
    """Return why the run had been cancelled, if that is how it ends again: nothing else went wrong since."""
    only = run.state.only
    if only is None or not isinstance(error, StepCancelledError) or only.ended is not RunStatus.CANCELLED:
        return None
    await run.record()  # until what came of the others is stored, and known
    if any(step.status in _BAD for step in _chosen(run)):
        return None
    cancelled = (
        step.reason
        for path, step in run.state.steps.items()
        if path in only.stands and step.status is StepStatus.CANCELLED
    )
    return next((reason for reason in cancelled if reason is not Reason.FAIL_FAST), None)


def _chosen(run: Run) -> list[StepState]:
    """Return what was chosen, with what is inside, and has begun."""
    return [step for step in run.state.steps.values() if _is_chosen(run, step.path)]


def _is_chosen(run: Run, path: StepPath) -> bool:
    only = run.state.only
    return only is not None and any(is_inside(path, each) for each in only.steps)


def _is_left(run: Run, path: StepPath) -> bool:
    """Say whether the walk had come past a loop: something behind it has begun."""
    is_cleaning_up = path.startswith(f"{ALWAYS}/")
    return not _is_chosen(run, path) and any(
        place(one) > place(path)
        and not is_inside(one, path)
        and is_cleaning_up is one.startswith(f"{ALWAYS}/")
        for one in run.state.steps
    )
