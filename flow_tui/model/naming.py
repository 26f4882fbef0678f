"""What people call a step: by its name, its turn in a loop, its item, and the runs that it is inside of."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from flow_tui.model import ids
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import ITEM, at
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import StepStatus
from flow_tui.sanitize import line

Known: TypeAlias = Callable[[RunId], RunState | None]
"""Returns what is known of another run, or nothing."""


def unknown(run_id: RunId) -> None:  # noqa: ARG001 - part of the interface
    """Know no other run."""
    return


def called(state: RunState, path: StepPath) -> str:
    """Return what a step is called in its run: ``build``, in a loop ``build#2``; of an item, ``each[a]``.

    Of a block that is what people wrote; one turn of a loop is ``pass 2 of while build.failed``.
    """
    step = state.steps.get(path)
    if (turn := ids.turn_at(path)) is not None:
        loop, number = turn
        return f"pass {number} of {called(state, loop)}"
    name = line(step.name, 60) if step is not None and step.name else _planned(state, path)
    if step is not None and step.kind == ITEM:
        return f"{called(state, ids.parent(path))}[{name}]"
    turns = ids.passes_of(path)
    return f"{name}#{'.'.join(map(str, turns))}" if turns else name


def _planned(state: RunState, path: StepPath) -> str:
    """Return what people wrote at a place; its path, where nobody knows that."""
    node = at(state.plan, ids.without_passes(path))
    return line(node.name or node.label, 60) if node is not None else path


def around(state: RunState, known: Known, top: RunId | None = None) -> Iterator[tuple[RunState, StepPath]]:
    """Yield the runs that a run is part of, from the inside out, each with the step that it carries out.

    The last one is ``top``, or the outermost that is known.
    """
    while state.run_id != top and state.parent is not None and (above := known(state.parent)) is not None:
        yield above, state.parent_path
        state = above


def lead(state: RunState, known: Known, top: RunId | None = None) -> str:
    """Return what stands before the names of all steps of a run: ``publish/each[a]/``, or nothing."""
    names = [called(above, path) for above, path in around(state, known, top)]
    if not names and state.parent is not None and state.run_id != top:
        names = [line(state.workflow, 60)]
    return "".join(f"{name}/" for name in reversed(names))


def full(state: RunState, path: StepPath, known: Known, top: RunId | None = None) -> str:
    """Return what a step is called, seen from the outermost run, or from ``top``: ``each[a]/build``."""
    return f"{lead(state, known, top)}{called(state, path)}"


def whole(state: RunState, known: Known) -> RunState:
    """Return the outermost run around ``state``, as far as it is known."""
    above = state
    for above, _path in around(state, known):  # noqa: B007 - the last one is wanted
        pass
    return above


def within(state: RunState, known: Known) -> Iterator[tuple[RunState, StepState]]:
    """Yield the steps of a run in the order in which they began, each followed by those of its own run."""
    for step in state.steps.values():
        yield state, step
        part = known(step.child_run) if step.child_run is not None else None
        if part is not None:
            yield from within(part, known)


def held_within(state: RunState, known: Known) -> Iterator[tuple[RunState, StepState]]:
    """Yield the steps at which a run and its parts pause, until a person lets them go on."""
    if state.is_stopped:
        return
    yield from ((state, step) for step in state.held)
    for step in state.steps.values() if state.counts[StepStatus.RUNNING] else ():
        if step.child_run is not None and step.status is StepStatus.RUNNING:
            part = known(step.child_run)
            if part is not None:
                yield from held_within(part, known)


def waiting_within(state: RunState, known: Known) -> Iterator[tuple[RunState, StepState]]:
    """Yield the gates that wait for a person in a run and in its parts."""
    if state.is_stopped:
        return
    for step in state.steps.values():
        if step.status is StepStatus.WAITING:
            yield state, step
        elif step.child_run is not None and step.status is StepStatus.RUNNING:
            part = known(step.child_run)
            if part is not None:
                yield from waiting_within(part, known)
