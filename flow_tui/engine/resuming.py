"""What people may choose to run again, and what that means, in words: functions of where a run stands."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Literal, TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.errors import NotPossibleError, UsageError
from flow_tui.model import ids, naming
from flow_tui.model.ids import ON_FAIL, ROOT, RunId, StepPath
from flow_tui.model.plan import ITEM, LEAVES, PlanNode, walk
from flow_tui.model.resuming import (
    Again,
    again,
    around,
    can_run_alone,
    failed_items,
    has_begun,
    in_the_way,
    is_inside,
    place,
)
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import Redo, RunStatus, StepStatus

_NAMES = 8
"""So many steps are named; the others are counted."""
_CANDIDATES = 20
_UNANSWERED = frozenset({StepStatus.FAILED, StepStatus.TIMED_OUT, StepStatus.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a resume would do, by the names of steps and in the order of the walk."""

    again: tuple[str, ...] = ()
    """What has begun, and runs again."""
    kept: tuple[str, ...] = ()
    """What has an outcome and keeps it."""
    ahead: tuple[str, ...] = ()
    """What the run has not come to, and may come to then."""
    stands: tuple[str, ...] = ()
    """What of ``kept`` did not go well and ends the run again as before."""


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


def only_these(state: RunState, names: Sequence[str]) -> tuple[StepPath, ...]:
    """Return the steps that ``names`` mean, each by path or by a name that only one of them has.

    Raises ``UsageError``.
    """
    return tuple(dict.fromkeys(_only_one(state, name) for name in names))


def _only_one(state: RunState, name: str) -> StepPath:
    found = [
        step.path
        for step in _in_order(state)
        if step.name == name and not has_begun(state.steps, StepPath(name))
    ]
    if len(found) > 1:
        paths = ", ".join(found[:_CANDIDATES]) + (" …" if len(found) > _CANDIDATES else "")
        raise UsageError(
            f"{len(found)} steps of the run are called {name!r}", f"say which by its path: {paths}"
        )
    return begin_at(state, name)


def alone(state: RunState, paths: Collection[StepPath]) -> tuple[StepPath, ...]:
    """Return those of some steps that can run again without all others, in the order of the walk."""
    found = {_without_help(path) for path in paths}
    return tuple(sorted((path for path in found if can_run_alone(state, path)), key=place))


def require_whole(run_id: RunId, parent: RunId | None) -> None:
    """Raise ``NotPossibleError`` for a run that is part of another one: it goes on with that."""
    if parent is not None:
        what = f"resume run {ids.short(run_id)}"
        raise NotPossibleError(what, f"it is part of run {ids.short(parent)}: resume that one")


def require_possible(
    state: RunState, redo: Redo, start: StepPath = ROOT, only: Sequence[StepPath] = ()
) -> None:
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
        case Redo.ONLY if because := _why_not_only(state, only):
            raise NotPossibleError(what, because)
        case _:
            return


def _why_not_only(state: RunState, only: Sequence[StepPath]) -> str:
    """Return why not only some steps can run again, or nothing."""
    if not state.status.is_over:
        return "it was cut short: it has to go on first"
    missing = next((path for path in only if not can_run_alone(state, path)), None)
    if not only or missing is not None:
        return f"it has come to no step {missing!r}" if missing else "no step is named"
    last = {_is_clean_up(path): path for path in sorted(only, key=place)}
    for step in state.steps.values():
        is_no = step.kind == "gate" and step.counts_as in _UNANSWERED and not _is_among(step.path, only)
        behind = last.get(_is_clean_up(step.path))
        if is_no and behind is not None and place(step.path) < place(behind):
            return f"gate {step.name!r} is before that and was not approved: it has to be asked again, too"
    return ""


def preview(state: RunState, redo: Redo, start: StepPath = ROOT, only: Collection[StepPath] = ()) -> Preview:
    """Return what a resume would run again, and what it would leave."""
    chosen = again(state, redo, start, only)
    reached = [step for step in _in_order(state) if _is_told(step)]
    reopened = chosen.anew | chosen.further
    stands = in_the_way(state, chosen) if redo is Redo.ONLY and state.options.fail_fast else ()
    ahead = () if stands else tuple(node.name or node.label for node in _ahead(state, chosen))
    if redo is Redo.ONLY:  # what is around it does not itself run again
        told = frozenset(path for path in reopened if _is_among(path, only))
        left = [step for step in reached if not (step.status.is_over or step.path in reopened)]
        ahead = ahead if stands else (*map(_label, left), *ahead)
    else:
        told = reopened
    return Preview(
        again=tuple(_label(step) for step in reached if step.path in told),
        kept=tuple(_label(step) for step in reached if step.path not in reopened and step.status.is_over),
        ahead=ahead,
        stands=tuple(_label(step) for step in sorted(stands, key=lambda step: place(step.path))),
    )


def _is_clean_up(path: StepPath) -> bool:
    return path.startswith(f"{ids.ALWAYS}/")


def _is_among(path: StepPath, only: Collection[StepPath]) -> bool:
    return any(is_inside(path, each) for each in only)


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


def told(state: RunState, redo: Redo, start: StepPath = ROOT, only: Collection[StepPath] = ()) -> str:
    """Return, as a sentence, what a resume will run again."""
    found = preview(state, redo, start, only)
    match redo:
        case Redo.EVERYTHING:
            how = "runs everything again"
        case Redo.FROM:
            step = state.steps.get(start)
            label = _label(step) if step is not None and step.name else naming.called(state, start)
            how = f"runs again from {label}"
        case Redo.FAILED_ITEMS:
            how = "runs failed items again"
        case Redo.ONLY:
            how = "runs only what was chosen again"
        case _:
            how = "goes on where it stopped"
    parts = [f"run {ids.short(state.run_id)} {how}"]
    if found.again:
        again_too = "" if redo is not Redo.UNFINISHED else " again"
        parts.append(f"{_counted(found.again)}{again_too} ({_listed(found.again)})")
    if redo in {Redo.FAILED_ITEMS, Redo.ONLY} and found.ahead:
        parts.append(f"then {_counted(found.ahead)} may follow ({_listed(found.ahead)})")
    if found.kept:
        parts.append(
            f"{_counted(found.kept)} " + ("stays as it was" if len(found.kept) == 1 else "stay as they were")
        )
    if found.stands:
        parts.append(f"it ends as before, because of {_listed(found.stands)}")
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
