"""Where every step passes before its first attempt: a run pauses at those that have a breakpoint.

A step is held before it begins, and not between its attempts; in a loop and for every item, each time that it
comes up. Nothing of it counts meanwhile: its time limits begin with its first attempt. Once a run is being
cancelled it pauses no more.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from flow_tui.dataclass import dataclass
from flow_tui.engine.attempts import BY_A_PERSON, SkippedByPersonError
from flow_tui.engine.breakpoints import Holding, Judge, Released, require_way
from flow_tui.engine.commands import ReleaseStep, SetBreakpoints
from flow_tui.engine.run import Live, Run
from flow_tui.engine.stop import Stop
from flow_tui.errors import NotPossibleError, StepCancelledError
from flow_tui.model import events as ev
from flow_tui.model.breakpoints import Release
from flow_tui.model.ids import StepPath, parent
from flow_tui.model.plan import ITEM
from flow_tui.model.status import Reason, StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Pausable:
    """A step that is about to begin, as a breakpoint sees it."""

    name: str
    kind: str
    show: Callable[[], None]
    """Writes down what it is going to see, for whoever looks at it while it is held."""
    judge: Judge


async def before(run: Run, path: StepPath, step: Pausable) -> Released | None:
    """Pause if a breakpoint, or somebody who goes step by step, says so; return how the step goes on then.

    Raises ``SkippedByPersonError`` and ``StepCancelledError`` when somebody cancels the step meanwhile.
    """
    if run.cancel_reason or not run.breakpoints.holds(run.workflow.name, path):
        return None
    step.show()
    live = Live(stop=Stop(), cancelled=asyncio.get_running_loop().create_future())
    run.live[path] = live
    paused = ev.StepPaused(path=path, name=step.name, kind=step.kind)
    try:
        released = await _held(run, paused, step.judge, live.cancelled)
    except asyncio.CancelledError:
        reason = run.cancel_reason or Reason.FAIL_FAST
        await run.record(ev.StepFinished(path=path, outcome=StepStatus.CANCELLED, reason=reason))
        raise
    finally:
        del run.live[path]
    if released is not None:
        return released
    skip = live.cancelled.result()
    outcome = StepStatus.SKIPPED if skip else StepStatus.CANCELLED
    await run.record(ev.StepFinished(path=path, outcome=outcome, error=BY_A_PERSON, reason=Reason.USER))
    if skip:
        raise SkippedByPersonError
    raise StepCancelledError(step.name, 1, BY_A_PERSON)


async def after(run: Run, path: StepPath, step: Pausable) -> bool:
    """Pause after a step that has run; return whether it is to run once more."""
    if run.cancel_reason:
        return False
    paused = ev.StepPaused(path=path, name=step.name, kind=step.kind, is_after=True)
    released = await _held(run, paused, _as_it_is)
    if released is None or released.how is not Release.AGAIN:
        return False
    await run.record(ev.StepRepeated(path=path))
    return True


def _as_it_is(command: ReleaseStep) -> Released:
    if command.values or command.text or command.output:
        raise NotPossibleError("change the step", "it has run already")
    return Released(how=command.how)


async def _held(
    run: Run, paused: ev.StepPaused, judge: Judge, *others: "asyncio.Future[bool]"
) -> Released | None:
    """Hold a step until somebody lets it go on, or something else is decided."""
    points, key = run.breakpoints, (run.id, paused.path)
    points.pauses_next = False
    answer: asyncio.Future[Released] = asyncio.get_running_loop().create_future()
    points.holding[key] = Holding(judge=judge, answer=answer)
    try:
        await run.record(paused)
        waiting: tuple[asyncio.Future[Any], ...] = (answer, *others)
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        return answer.result() if answer.done() else None
    finally:
        del points.holding[key]


def release(run: Run, command: ReleaseStep) -> None:
    """Let a step go on that is held, or keep what was changed of it.

    Raises ``NotPossibleError`` when it is not held, or cannot go on in this way.
    """
    step = run.state.steps.get(command.path)
    holding = run.breakpoints.holding.get((run.id, command.path))
    if step is None or step.held is None or holding is None or holding.answer.done():
        raise NotPossibleError("let the step go on", "it is not paused")
    if run.cancel_reason:
        raise NotPossibleError("let the step go on", "its run is being cancelled")
    require_way(command.how, is_after=step.held.is_after)
    released = holding.judge(command)
    run.record_soon(
        ev.StepReleased(
            path=command.path, how=command.how, by=command.by, values=command.values, text=command.text
        )
    )
    if command.values or command.text or command.how is Release.SKIP:
        _touch_around(run)
    if command.how is Release.EDIT:
        return
    if command.how is Release.STEP and step.held.is_after:
        run.breakpoints.pauses_next = True
    holding.answer.set_result(released)


def _touch_around(run: Run) -> None:
    """Say of every step that the run is inside of that a person had a hand in what comes of it."""
    while run.parent is not None:
        path, run = run.state.parent_path, run.parent
        step = run.state.steps.get(path)
        run.record_soon(ev.StepTouched(path=path))
        if step is not None and step.kind == ITEM:
            run.record_soon(ev.StepTouched(path=parent(path)))


def set_points(run: Run, command: SetBreakpoints) -> None:
    """Set breakpoints, or remove them, for the whole that ``run`` is part of."""
    while run.parent is not None:
        run = run.parent
    points = run.breakpoints.change(command.add, command.remove)
    if points != run.state.breakpoints:
        run.record_soon(ev.BreakpointsSet(points=points, by=command.by))


def recorded(run: Run) -> tuple[ev.BreakpointsSet, ...]:
    """Return what is to be recorded of the breakpoints of a run that begins, or goes on."""
    run.breakpoints.pauses_next = False
    points = run.breakpoints.change((), ())
    return (ev.BreakpointsSet(points=points),) if points else ()
