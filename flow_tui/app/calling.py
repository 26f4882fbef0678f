"""What people are called for, once each: gates that begin to wait, steps that are held, runs that end."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flow_tui.app.runs import Waiting
from flow_tui.app.scene import Scene
from flow_tui.model import ids, naming
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view import outcome

LONG = timedelta(seconds=20)
"""Nobody is called for the end of a run that took less: whoever started it is still there."""


class Calls:
    """Knows what people were called for already."""

    def __init__(self) -> None:
        self._gates: set[tuple[RunId, StepPath, datetime]] = set()
        self._held: set[tuple[RunId, StepPath, datetime]] = set()
        self._active: set[RunId] = set()

    def due(self, scene: Scene) -> str:
        """Return what there is to call people for since it was asked last, in words, or nothing."""
        waiting = [each for each in scene.runs.waiting if not each.gate.looks_at]
        gates = {_key(each) for each in waiting}
        new = [each for each in waiting if _key(each) not in self._gates]
        self._gates = gates
        active = {state.run_id for state in scene.runs.active()}
        over = [scene.runs.states.get(run_id) for run_id in self._active - active]
        self._active = active
        ended = [state for state in over if state is not None and _is_news(state, scene)]
        said = (_asked(new, scene), self._paused(scene), *map(_ended, ended))
        return "; ".join(filter(None, said))

    def _paused(self, scene: Scene) -> str:
        """Return where runs pause since it was asked last; whoever goes step by step is there already."""
        held = {
            (each.state.run_id, each.step.path, each.step.held.since): each
            for each in scene.runs.held
            if each.step.held is not None and not each.step.held.is_after
        }
        new = [each for key, each in held.items() if key not in self._held]
        self._held = set(held)
        if not new:
            return ""
        others = f" and {len(new) - 1} more" if new[1:] else ""
        name = line(new[0].step.name, 40)
        return f"{line(scene.runs.around(new[0].state).name, 40)}: {name}{others} paused at a breakpoint"


def _key(each: Waiting) -> tuple[RunId, StepPath, datetime]:
    return each.run_id, each.step.path, each.gate.opened_at


def _is_news(state: RunState, scene: Scene) -> bool:
    """Say whether a run ended by itself, after a while."""
    return state.status.is_over and not scene.stopping and state.took(scene.now) >= LONG


def _asked(gates: Sequence[Waiting], scene: Scene) -> str:
    """Return what asks; of several gates at once, of how many runs."""
    if not gates:
        return ""
    wholes = [naming.whole(scene.runs.states[each.run_id], scene.runs.states.get) for each in gates]
    names = ", ".join(dict.fromkeys(line(whole.name, 40) for whole in wholes))
    if len(gates) > 1:
        return f"{len(gates)} gates of {names} wait for you"
    return f"{names}: {line(gates[0].step.name or gates[0].gate.gate, 40)} waits for you"


def _ended(state: RunState) -> str:
    took = fmt.short(state.took(state.started_at)) if state.started_at is not None else ""
    return f"{line(state.name, 40)} {ids.short(state.run_id)} {outcome.standing(state)} after {took}"
