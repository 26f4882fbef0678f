"""Events about breakpoints into what is known of a step."""

from datetime import datetime
from typing import TypeAlias, assert_never

from flow_tui.dataclass import replace
from flow_tui.model import events as ev
from flow_tui.model.breakpoints import Edit, Held, Release
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import StepStatus

PauseEvent: TypeAlias = ev.StepPaused | ev.StepReleased | ev.StepTouched
_PENDING, _PAUSED = StepStatus.PENDING, StepStatus.PAUSED


def evolve(step: StepState, event: PauseEvent, at: datetime) -> StepState:
    """Return what is known of a step after ``event``; one that has an outcome keeps it."""
    match event:
        case ev.StepPaused(is_after=True):
            return replace(step, held=Held(since=at, is_after=True)) if step.status.is_over else step
        case ev.StepPaused(name=name, kind=kind):
            if step.status is not _PENDING:
                return step
            return replace(step, name=name, kind=kind, status=_PAUSED, held=Held(since=at))
        case ev.StepReleased():
            return _released(step, event)
        case ev.StepTouched():
            return replace(step, is_touched=True)
        case _:
            assert_never(event)


def _released(step: StepState, event: ev.StepReleased) -> StepState:
    if step.held is None:
        return step
    if step.held.is_after:
        return replace(step, held=None)
    if event.how is Release.EDIT:
        is_changed = bool(event.values or event.text)
        edit = Edit(values=event.values, text=event.text, by=event.by) if is_changed else None
        return replace(step, edit=edit, is_touched=is_changed)
    edit = step.edit
    if event.values or event.text:
        edit = Edit(values=event.values, text=event.text, by=event.by)
    is_touched = step.is_touched or edit is not None or event.how is Release.SKIP
    return replace(step, status=_PENDING, held=None, edit=edit, is_touched=is_touched)


def settled(step: StepState) -> StepState:
    """Return a step that is not held any more if something else has happened to it."""
    if step.held is None or step.held.is_after or step.status is _PAUSED:
        return step
    return replace(step, held=None)


def let_go(state: RunState) -> None:
    """Hold no step any more: nobody has worked on the run since."""
    for path in state.held_at:
        state.steps[path] = replace(state.steps[path], held=None)
    state.held_at = ()
    state.breakpoints = ()


def note(state: RunState, step: StepState) -> None:
    """Know at which steps the run pauses without looking through all of them."""
    others = tuple(path for path in state.held_at if path != step.path)
    state.held_at = (*others, step.path) if step.held is not None else others
