"""Breakpoints in words: where a run pauses, and how it went on."""

from collections.abc import Iterator
from typing import assert_never

from flow_tui.model import events as ev
from flow_tui.model.breakpoints import Breakpoint, Release
from flow_tui.model.plan import walk
from flow_tui.model.state import RunState
from flow_tui.sanitize import line, visible
from flow_tui.view.glyphs import UNICODE

_HOW = {
    Release.GO_ON: "goes on",
    Release.STEP: "goes on, and the run pauses again after it",
    Release.SKIP: "does not run: its output is given",
    Release.AGAIN: "runs once more",
    Release.EDIT: "stays paused, with what was changed",
}


def of_step(event: ev.StepPaused | ev.StepReleased | ev.StepRepeated) -> Iterator[str]:
    """Yield what is said of a step that is held, or goes on."""
    match event:
        case ev.StepPaused(is_after=is_after):
            yield f"{UNICODE.paused} paused " + ("after it has run" if is_after else "at a breakpoint")
        case ev.StepReleased(how=how, by=by, values=values, text=text):
            yield _HOW[how] + (f", as {line(by, 60)} wishes" if by else "")
            yield from (f"  {line(name, 60)} = {line(value, 200)}" for name, value in values.items())
            if text:
                yield "  with other words than the definition's:"
                yield from (f"    {visible(each)}" for each in text.splitlines())
        case ev.StepRepeated():
            return  # whoever released it said so
        case _:
            assert_never(event)


def of_run(state: RunState) -> str:
    """Return where a run pauses, in one line."""
    names = [name_of(point, state) for point in state.breakpoints]
    return f"pauses before {', '.join(names)}" if names else "pauses nowhere any more"


def name_of(point: Breakpoint, state: RunState) -> str:
    """Return what people call a breakpoint, seen from the outermost run."""
    if point.workflow != state.workflow:
        return line(f"{point.workflow}/{point.path}", 80)
    found = next((node for node in walk(state.plan) if node.path == point.path), None)
    return line(found.label or found.name, 60) if found is not None else point.path
