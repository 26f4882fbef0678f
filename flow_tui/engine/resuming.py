"""What people may choose to run again, and what that means, in words: functions of where a run stands."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Literal, TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.errors import NotPossibleError, UsageError
from flow_tui.model import ids, naming
from flow_tui.model.ids import ON_FAIL, ROOT, RunId, StepPath
from flow_tui.model.plan import ITEM, LEAVES, PlanNode, walk
from flow_tui.model.resuming import Again, again, around, failed_items, has_begun, place
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import Redo, RunStatus, StepStatus

_NAMES = 8
"""So many steps are named; the others are counted."""
_CANDIDATES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a resume would do, by the names of steps and in the order of the walk."""

    again: tuple[str, ...] = ()
    """What has begun, and runs again."""
    kept: tuple[str, ...] = ()
    """What has an outcome and keeps it."""
    ahead: tuple[str, ...] = ()
    """What the run has not come to, and may come to then."""


Fate: TypeAlias = Preview | Literal["anew"]
"""What becomes of a part: some of it runs again, or it begins as if it had never been."""


def begin_at(state: RunState, name: str) -> StepPath:
    """Return the step that ``name`` means, by path or by name; of several, the one that comes first.

    Raises ``UsageError`` that names candidates when nothing of this name has begun.
    """
    path = StepPath(name)
    if has_begun(state.steps, path):
        return _without_help(path)
    named = [step.path for step in state.steps.values() if step.name == name and name]
    if not named:
        names = list(dict.fromkeys(step.name for step in _in_order(state) if step.name))
        close = get_close_matches(name, names, n=1)
        shown = ", ".join(names[:_CANDIDATES]) + (" …" if len(names) > _CANDIDATES else "")
        hint = f"did you mean {close[0]!r}?" if close else f"it has come to: {shown or 'none'}"
        raise UsageError(f"run {ids.short(state.run_id)} has come to no step {name!r}", hint)
    return _without_help(min(named, key=place))


def require_whole(run_id: RunId, parent: RunId | None) -> None:
    """Raise ``NotPossibleError`` for a run that is part of another one: it goes on with that."""
    if parent is not None:
        what = f"resume run {ids.short(run_id)}"
        raise NotPossibleError(what, f"it is part of run {ids.short(parent)}: resume that one")


def require_possible(state: RunState, redo: Redo, start: StepPath = ROOT) -> None:
    """Raise ``NotPossibleError`` when a run cannot be resumed like this."""
    require_whole(state.run_id, state.parent)
    what = f"resume run {ids.short(state.run_id)}"
    match redo:
        case Redo.UNFINISHED if state.status is RunStatus.COMPLETED:
            because = "it has completed; --restart runs all of it again, --from STEP a step and what follows"
            raise NotPossibleError(what, because)
        case Redo.FAILED_ITEMS if not failed_items(state):
            raise NotPossibleError(what, "no item of a foreach in it has failed")
        case Redo.FROM if not has_begun(state.steps, start):
            raise NotPossibleError(what, f"it has come to no step {start!r}")
        case _:
            return


def preview(state: RunState, redo: Redo, start: StepPath = ROOT) -> Preview:
    """Return what a resume would run again, and what it would leave."""
    chosen = again(state, redo, start)
    reached = [step for step in _in_order(state) if _is_told(step)]
    reopened = chosen.anew | chosen.further
    return Preview(
        again=tuple(_label(step) for step in reached if step.path in reopened),
        kept=tuple(_label(step) for step in reached if step.path not in reopened and step.status.is_over),
        ahead=tuple(node.name or node.label for node in _ahead(state, chosen)),
    )


def fate(part: RunState, inside_of: Sequence[tuple[RunState, StepPath]], redo: Redo, start: StepPath) -> Fate:
    """Return what becomes of a run that is part of others when the outermost of them is resumed.

    ``inside_of`` has the runs around it, from the inside out, each with the step that it carries out there.
    """
    for above, path in reversed(inside_of):
        chosen = again(above, redo, start)
        if path in chosen.anew:
            return "anew"
        if path not in chosen.further:
            return Preview(kept=preview(part, Redo.EVERYTHING).again)
        redo, start = Redo.UNFINISHED, ROOT
    if part.status is RunStatus.COMPLETED:
        return Preview(kept=preview(part, Redo.EVERYTHING).again)
    return preview(part, redo, start)


def planned(rows: tuple[PlanNode, ...]) -> tuple[str, ...]:
    """Return the names of the steps that a new run may come to, in the order of the walk."""
    return tuple(node.name or node.label for node in walk(rows) if node.is_leaf)


def _ahead(state: RunState, chosen: Again) -> list[PlanNode]:
    """Return the steps of the plan that have not begun, unless what is around them is over and stays so."""
    begun = {ids.without_passes(path) for path in state.steps}
    closed = {
        ids.without_passes(step.path)
        for step in state.steps.values()
        if step.kind not in LEAVES and step.path not in chosen.anew
        if step.holds is False or (step.status.is_over and step.path not in chosen.further)
    }
    return [
        node
        for node in walk(state.plan)
        if node.is_leaf and node.path not in begun and closed.isdisjoint(around(node.path))
    ]


def told(state: RunState, redo: Redo, start: StepPath = ROOT) -> str:
    """Return, as a sentence, what a resume will run again."""
    found = preview(state, redo, start)
    match redo:
        case Redo.EVERYTHING:
            how = "runs everything again"
        case Redo.FROM:
            step = state.steps.get(start)
            label = _label(step) if step is not None and step.name else naming.called(state, start)
            how = f"runs again from {label}"
        case Redo.FAILED_ITEMS:
            how = "runs failed items again"
        case _:
            how = "goes on where it stopped"
    parts = [f"run {ids.short(state.run_id)} {how}"]
    if found.again:
        again_too = "" if redo is not Redo.UNFINISHED else " again"
        parts.append(f"{_counted(found.again)}{again_too} ({_listed(found.again)})")
    if redo is Redo.FAILED_ITEMS and found.ahead:
        parts.append(f"then {_counted(found.ahead)} may follow ({_listed(found.ahead)})")
    if found.kept:
        parts.append(
            f"{_counted(found.kept)} " + ("stays as it was" if len(found.kept) == 1 else "stay as they were")
        )
    return ": ".join((parts[0], "; ".join(parts[1:]))) if parts[1:] else parts[0]


def _in_order(state: RunState) -> list[StepState]:
    return sorted(state.steps.values(), key=lambda step: place(step.path))


def _is_told(step: StepState) -> bool:
    """Say whether people would name it: a step or an item that has begun, no block."""
    is_named = step.kind in LEAVES or step.kind == ITEM
    return is_named and (step.status is not StepStatus.PENDING or bool(step.attempts))


def _label(step: StepState) -> str:
    turn = ids.pass_of(step.path)
    return f"{step.name or step.path}{f' #{turn}' if turn else ''}"


def _without_help(path: StepPath) -> StepPath:
    """Return the step whose helper ``path`` is: nobody helps with what has not failed."""
    before, found, _ = f"{path}/".partition(f"/{ON_FAIL}/")
    return StepPath(before) if found else path


def _counted(names: tuple[str, ...]) -> str:
    return f"{len(names)} step{'s' * (len(names) != 1)}"


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" and {more} more" if more > 0 else "")
