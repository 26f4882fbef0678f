"""Breakpoints by keys: one on the selected step, or what is said to a step at which the run pauses."""

from textual.app import App

from flow_tui.app import possible
from flow_tui.app.scene import Scene
from flow_tui.engine.commands import SetBreakpoints
from flow_tui.model.breakpoints import breakpoint_at
from flow_tui.model.plan import LEAVES
from flow_tui.model.state import RunState
from flow_tui.model.status import StepStatus
from flow_tui.view.row import Row


def press(app: App[object], scene: Scene, state: RunState, row: Row | None) -> None:
    """Ask about the step if the run pauses there, or inside of it; else set a breakpoint or remove it.

    On a step where neither can be, it is asked about the one that has been held for longest, if one is.
    """
    held = scene.runs.held
    here = [each for each in held if row is not None and scene.runs.is_at(each, state, row.path)]
    can_set = possible.is_active(state) and _may_come_up(row)
    if here or (held and not can_set):
        from flow_tui.app.screens import paused  # noqa: PLC0415 - only when somebody asks

        paused.talk(app, scene, (*here, *held)[0])
        return
    if row is None or not can_set:
        why = "the run is over" if not possible.is_active(state) else _why_not(row)
        app.notify(why, title="Breakpoint", severity="warning", markup=False)
        return
    point = breakpoint_at(state.workflow, row.path)
    is_set = point in scene.runs.around(state).breakpoints
    add, remove = ((), (point,)) if is_set else ((point,), ())
    command = SetBreakpoints(run_id=state.run_id, add=add, remove=remove, by=scene.session.user)
    scene.session.send(command)


def _may_come_up(row: Row | None) -> bool:
    """Say whether it is a step that may begin yet, or again in another turn."""
    return row is not None and row.kind in LEAVES and (row.status is StepStatus.PENDING or "#" in row.path)


def _why_not(row: Row | None) -> str:
    if row is None:
        return "choose a step"
    if row.kind in LEAVES:
        return "it has begun already"
    return "only a step can have one: choose one inside"
