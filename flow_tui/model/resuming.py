"""What a resume runs again: a function of where a run stands and of what was chosen."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import TypeAlias, assert_never

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import ALWAYS, ON_FAIL, ROOT, StepPath, parent, turn_at
from flow_tui.model.plan import ITEM
from flow_tui.model.state import RunState, StepState
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


def again(state: RunState, redo: Redo, start: StepPath = ROOT) -> Again:
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
    return _those(
        state,
        lambda step: step.status in statuses and not (step.reason is Reason.FAIL_FAST and does_failure_stand),
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
