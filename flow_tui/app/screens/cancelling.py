"""What of a run can be stopped, softly or at once, and what that means: said before anything is."""

from collections.abc import Iterator, Sequence

from flow_tui import limits
from flow_tui.app import possible
from flow_tui.app.scene import Scene
from flow_tui.app.screens.confirm import Wording
from flow_tui.app.screens.menu import Item, Menu
from flow_tui.engine.commands import CancelRun, CancelStep, KillRun, Request
from flow_tui.model import ids
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import WORK, walk
from flow_tui.model.state import RunState, StepState
from flow_tui.sanitize import line
from flow_tui.view import format as fmt

_NAMES = 4


def was_asked(state: RunState, step: StepState | None) -> bool:
    """Say whether the run, or the step, has been asked to end already: asked again, it is not asked."""
    return state.cancel_requested_at is not None or (step is not None and step.cancel_requested)


def menu(state: RunState, step: StepState | None, *, now: bool, marked: Sequence[StepState] = ()) -> Menu:
    """Return the question what is to be stopped: the step, the block around it, or the run.

    Where steps are ``marked``, it is about them instead of the one that is selected.
    """
    one = step if not marked and possible.can_cancel_step(step) else None
    items = [*(_of_step(one, now=now) if one is not None else ())]
    items += _of_marked(marked, now=now) if marked else _of_block(state, step, now=now)
    items.append(_of_run(state, now=now))
    what = "Kill" if now else "Cancel"
    of = f"{line(one.name, 40)} or more of " if one is not None else ""
    if marked:
        of = f"{_count(marked)} or more of "
    body = ["Nothing is asked to end: processes are ended at once." if now else _SOFT]
    if now and all(was_asked(state, each) for each in tuple(marked) or (step,)):
        body = ["It has been asked to end already. Now processes are ended at once."]
    over = _over(state.run_id, one.path if one is not None else None)
    name = f"{line(state.name or 'run', 40)} {ids.short(state.run_id)}"
    return Menu(f"{what} {of}{name}?", items, body=body, harmless="Keep running", void=over)


def requests(
    state: RunState,
    step: StepState | None,
    answer: str | None,
    *,
    by: str,
    now: bool,
    marked: Sequence[StepState] = (),
) -> Iterator[Request]:
    """Yield what an answer asks for."""
    match answer:
        case "run":
            kind = KillRun if now else CancelRun
            yield kind(run_id=state.run_id, by=by)
        case "fail" | "skip":
            skip = answer == "skip"
            for each in marked or ((step,) if step is not None else ()):
                yield CancelStep(run_id=state.run_id, path=each.path, by=by, skip=skip, kill=now)
        case "block":
            for each in _at_work(state, _block(step)):
                yield CancelStep(run_id=state.run_id, path=each.path, by=by, kill=now)
        case _:
            return


_SOFT = f"What is at work is asked to end, and ended {fmt.short(limits.GRACE)} later at the latest."


def _of_step(step: StepState, *, now: bool) -> Iterator[Item]:
    word = "kill" if now else "cancel"
    tries = " It is not tried again." if step.max_attempts > 1 else ""
    yield Item(
        name="fail",
        label="This step: failed",
        key="f",
        about=f"{word} {line(step.name, 30)}; it counts as failed, and so does what needs it.{tries}",
    )
    yield Item(
        name="skip",
        label="This step: skipped",
        key="s",
        about=f"{word} {line(step.name, 30)}; the run goes on as if it had been left out.{tries}",
    )


def _count(marked: Sequence[StepState]) -> str:
    return f"{len(marked):,} marked {'step' if len(marked) == 1 else 'steps'}"


def _of_marked(marked: Sequence[StepState], *, now: bool) -> Iterator[Item]:
    what = f"{'kill' if now else 'cancel'} {_names(marked)};"
    yield Item(
        name="fail",
        label="What is marked: failed",
        key="f",
        about=f"{what} each counts as failed, and so does what needs it. None is tried again.",
    )
    yield Item(
        name="skip",
        label="What is marked: skipped",
        key="s",
        about=f"{what} the run goes on as if they had been left out. None is tried again.",
    )


def _of_block(state: RunState, step: StepState | None, *, now: bool) -> Iterator[Item]:
    block = _block(step)
    working = _at_work(state, block)
    if block is None or not working:
        return
    label = next((node.label for node in walk(state.plan) if node.path == ids.without_passes(block)), block)
    about = f"{line(label, 40)}: {'kill' if now else 'cancel'} {_names(working)}; the block counts as failed."
    yield Item(name="block", label="The block", key="b", about=about, is_grave=True)


def _of_run(state: RunState, *, now: bool) -> Item:
    working = [step for step in state.steps.values() if possible.can_cancel_step(step)]
    told = [f"{'kill' if now else 'cancel'} {_names(working)};" if working else "no step is at work;"]
    waiting = len(state.waiting)
    if waiting:
        told.append(f"{fmt.counted(waiting, 'gate')} no longer {'waits' if waiting == 1 else 'wait'};")
    always = [
        node.name for node in walk(state.plan) if node.is_leaf and node.path.startswith(f"{ids.ALWAYS}/")
    ]
    if always and not now:
        told.append(f"then always: {_list(always)};")
    told.append("it can be resumed." if state.is_kept else "it is not stored and cannot go on.")
    about = " ".join(told)
    return Item(name="run", label="The run", key="r" if now else "c", about=about, is_grave=True)


def _block(step: StepState | None) -> StepPath | None:
    """Return the block that is selected, or the one around the step; nothing at the top."""
    if step is None:
        return None
    return (ids.parent(step.path) or None) if step.kind in WORK else step.path


def _at_work(state: RunState, block: StepPath | None) -> Sequence[StepState]:
    if block is None:
        return ()
    inside = (f"{block}/", f"{block}#")
    return [
        step
        for step in state.steps.values()
        if step.path.startswith(inside) and possible.can_cancel_step(step)
    ]


def _names(steps: Sequence[StepState]) -> str:
    return _list([step.name for step in steps])


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(line(name, 24) for name in names[:_NAMES])
    return shown if len(names) <= _NAMES else f"{shown} and {len(names) - _NAMES} more"


def _over(run_id: RunId, path: StepPath | None) -> Wording:
    """Return what says that the question has answered itself."""

    def reason(scene: Scene) -> str:
        state = scene.runs.states.get(run_id)
        if state is None or state.is_stopped:
            return "the run is over"
        step = state.steps.get(path) if path is not None else None
        return "the step is over" if path is not None and (step is None or step.status.is_over) else ""

    return reason
