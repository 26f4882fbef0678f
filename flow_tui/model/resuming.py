"""What a resume runs again: a function of where a run stands and of what was chosen."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import TypeAlias, assert_never

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import ALWAYS, ON_FAIL, ROOT, StepPath, parent, turn_at, without_passes
from flow_tui.model.plan import ITEM, WORK, at
from flow_tui.model.state import Only, RunState, StepState
from flow_tui.model.status import Reason, Redo, StepStatus

INTERRUPTED = frozenset(
    {
        StepStatus.PENDING,
        StepStatus.PAUSED,
        StepStatus.RUNNING,
        StepStatus.WAITING,
        StepStatus.CANCELLED,
    }
)
"""What runs again when the run was cut short: what it had come past stands."""
UNSUCCESSFUL = frozenset(StepStatus) - {StepStatus.COMPLETED}
"""What runs again when the run was over: somebody wants it to go better."""

_FAILED = frozenset({StepStatus.FAILED, StepStatus.TIMED_OUT, StepStatus.CANCELLED})

Place: TypeAlias = tuple[tuple[int, int, int], ...]
"""Where a path stands in the order of the walk: compares as paths follow each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Which steps run again."""

    anew: frozenset[StepPath] = frozenset()
    """From scratch, as if they had never begun."""
    further: frozenset[StepPath] = frozenset()
    """Going on with what there is of them: the items of a fan-out, the run that carries a step out."""
    turns: Mapping[StepPath, int] = field(default_factory=dict[StepPath, int])
    """Loops around the place to begin at, and the pass that each of them is in there."""


def again(state: RunState, redo: Redo, start: StepPath = ROOT, only: Collection[StepPath] = ()) -> Again:
    """Return which of the steps that have begun run again."""
    match redo:
        case Redo.UNFINISHED:
            return Again(further=_unfinished(state))
        case Redo.FROM:
            return _from(state, start)
        case Redo.EVERYTHING:
            return Again(anew=frozenset(state.steps))
        case Redo.FAILED_ITEMS:
            return Again(further=_failed_items(state))
        case Redo.ONLY:
            return _only(state, only)
        case _:
            assert_never(redo)


def place(path: StepPath) -> Place:
    """Return where ``path`` stands in the order of the walk; what is around it comes before it."""
    return tuple(map(_part, path.split("/"))) if path else ()


def around(path: StepPath) -> dict[StepPath, int]:
    """Return every node around ``path`` with the pass it is in there, 0 where it is no loop."""
    found: dict[StepPath, int] = {}
    while path := parent(path):
        node, _, number = path.rpartition("#") if "#" in path.rpartition("/")[2] else (path, "", "0")
        found[StepPath(node)] = int(number)
    return found


def _part(text: str) -> tuple[int, int, int]:
    index, _, number = text.partition("#")
    match index:
        case _ if index.isdecimal():
            return 0, int(index), int(number or 0)
        case _:
            return {ALWAYS: 1, ON_FAIL: 2}.get(index, 3), 0, 0


def _unfinished(state: RunState) -> frozenset[StepPath]:
    """Return what has not come to a good end, or, of a run that was cut short, to any.

    What was stopped because another failed stays so for as long as that failure stands.
    """
    statuses = UNSUCCESSFUL if state.status.is_over else INTERRUPTED
    does_failure_stand = StepStatus.FAILED not in statuses
    left = state.only.stands if state.only is not None and not state.status.is_over else frozenset[StepPath]()
    return _those(
        state,
        lambda step: (
            step.status in statuses
            and step.path not in left
            and not (step.reason is Reason.FAIL_FAST and does_failure_stand)
        ),
    )


def _from(state: RunState, start: StepPath) -> Again:
    """Return a step, all that follows it, and what is around it; what is before it stays.

    What is before it and was cut short goes on; so does what was stopped by something that runs again.
    """
    nodes = around(start)
    if (turn := turn_at(start)) is not None:
        nodes[turn[0]] = turn[1]
    first = place(start)
    anew = _those(state, lambda step: place(step.path) >= first)

    def goes_on(step: StepState) -> bool:
        if step.path in anew:
            return False
        if step.path in nodes or step.status not in INTERRUPTED:
            return step.path in nodes and step.status.is_over and step.holds is not False
        return step.reason is not Reason.FAIL_FAST or parent(step.path) in nodes

    return Again(
        anew=anew,
        further=_those(state, goes_on),
        turns={path: number for path, number in nodes.items() if number},
    )


def _failed_items(state: RunState) -> frozenset[StepPath]:
    """Return the items that have failed, those left out because of them, and the fan-outs around both.

    What was cut short elsewhere has no outcome, and goes on as ever.
    """
    items = frozenset(step.path for step in failed_items(state))
    fan_outs = frozenset(map(parent, items))
    return (
        items
        | fan_outs
        | _those(state, lambda step: step.status in INTERRUPTED and step.reason is not Reason.FAIL_FAST)
    )


def failed_items(state: RunState) -> tuple[StepState, ...]:
    """Return the items of fan-outs that failed or were stopped, and those left out because of them."""
    return tuple(
        step
        for step in state.steps.values()
        if step.kind == ITEM
        and (step.status in _FAILED or (step.status, step.reason) == (StepStatus.SKIPPED, Reason.CONDITION))
    )


def _only(state: RunState, only: Collection[StepPath]) -> Again:
    """Return some steps, and what around them is over: all else stays, whatever came of it.

    What has completed, and a block, begins from scratch with all that is inside; what has not goes on with
    what there is of it. So does what was in the middle of something.
    """
    anew, further = set[StepPath](), set(_those(state, lambda step: step.status.is_active))
    for path in only:
        if not can_run_alone(state, path):
            continue
        step = state.steps.get(path)
        inside = _those(state, lambda one: is_inside(one.path, path))  # noqa: B023 - called at once
        if step is None or step.kind not in WORK or step.status is StepStatus.COMPLETED:
            anew |= inside
        else:
            further |= {one for one in inside if one == path or state.steps[one].status in UNSUCCESSFUL}
        nodes = (state.steps.get(node) for node in around(path))
        further |= {node.path for node in nodes if node is not None and node.status.is_over}
    return Again(anew=frozenset(anew), further=frozenset(further - anew))


def can_run_alone(state: RunState, path: StepPath) -> bool:
    """Say whether a run that goes on for the sake of ``path`` comes to it: it did before."""
    nodes = [(state.steps.get(node), number) for node, number in around(path).items()]
    return has_begun(state.steps, path) and not any(
        node is not None and (node.holds is False or node.passes < number) for node, number in nodes
    )


def chosen_only(state: RunState, redo: Redo, only: tuple[StepPath, ...], chosen: Again) -> Only | None:
    """Return what a run that is resumed goes on for, if that is only some steps.

    That holds on when the run is cut short before it has come to its end.
    """
    if redo is not Redo.ONLY:
        return state.only if redo is Redo.UNFINISHED and not state.status.is_over else None
    reopened = chosen.anew | chosen.further
    stands = _those(
        state,
        lambda step: (
            step.status in UNSUCCESSFUL
            and step.path not in reopened
            and (step.status.is_over or step.kind in WORK)
        ),
    )
    return Only(steps=only, stands=stands, ended=state.status)


def in_the_way(state: RunState, chosen: Again) -> tuple[StepState, ...]:
    """Return what did not go well, stays so, and had stopped the run: nothing came after it."""
    reopened = chosen.anew | chosen.further
    bad = [
        step
        for step in state.steps.values()
        if step.path not in reopened and step.counts_as in _FAILED and (step.kind in WORK or step.is_broken)
    ]
    fan_outs = {parent(step.path) for step in bad if step.kind == ITEM}
    return tuple(
        step
        for step in bad
        if step.reason is not Reason.ON_FAIL and step.path not in fan_outs and not _came_after(state, step)
    )


def _came_after(state: RunState, step: StepState) -> bool:
    """Say whether something began after a step, beside the steps that ran at the same time."""
    block = parent(step.path)
    beside = at(state.plan, without_passes(block)) if block else None
    path = block if beside is not None and beside.kind in {"parallel", "foreach"} else step.path
    is_last = path.startswith(f"{ALWAYS}/")
    return is_last or any(
        place(one) > place(path) and not is_inside(one, path) and not one.startswith(f"{ALWAYS}/")
        for one in state.steps
    )


def is_inside(path: StepPath, block: StepPath) -> bool:
    """Say whether ``path`` is ``block`` or lies inside of it."""
    return path == block or path.startswith((f"{block}/", f"{block}#"))


def _those(state: RunState, fits: Callable[[StepState], bool]) -> frozenset[StepPath]:
    return frozenset(path for path, step in state.steps.items() if fits(step))


def has_begun(paths: Collection[StepPath], path: StepPath) -> bool:
    """Say whether ``path`` is one of those of a run, or has one of them inside."""
    return path in paths or any(one.startswith((f"{path}/", f"{path}#")) for one in paths)


def is_behind(state: RunState, path: StepPath) -> bool:
    """Say whether a step is left of an earlier try at a loop which has not come as far again."""
    if "#" not in path:
        return False
    step = state.steps[path]
    if step.begun_over is None or step.status is not StepStatus.PENDING or step.started_at is not None:
        return False
    loops = ((state.steps.get(node), number) for node, number in around(path).items() if number)
    return any(loop is not None and loop.passes < number for loop, number in loops)
