"""What becomes of runs that pause when nobody stays to let them go on."""

from collections.abc import Iterator

from flow_tui.app.scene import Scene
from flow_tui.engine.commands import ReleaseStep, SetBreakpoints
from flow_tui.model import naming
from flow_tui.sanitize import line
from flow_tui.view import format as fmt


def commands(scene: Scene) -> Iterator[SetBreakpoints | ReleaseStep]:
    """Yield what lets the runs of this program go on, and pause nowhere any more."""
    by, active = scene.session.user, scene.runs.active()
    for state in active:
        if state.breakpoints:
            yield SetBreakpoints(run_id=state.run_id, remove=state.breakpoints, by=by)
    for held in scene.runs.held:
        if naming.whole(held.state, scene.runs.states.get) in active:
            yield ReleaseStep(run_id=held.state.run_id, path=held.step.path, by=by)


def told(scene: Scene) -> tuple[str, ...]:
    """Return, as a line at most, what leaving means for steps that are held."""
    active = scene.runs.active()
    held = [each for each in scene.runs.held if scene.runs.around(each.state) in active]
    if not held:
        return ()
    name = line(held[0].step.name, 30)
    others = f" and {fmt.counted(len(held) - 1, 'other step')}" if held[1:] else ""
    return (f"{name}{others} paused at a breakpoint: left to finish, they go on.",)
