"""What is inside of a step that is carried out by other runs: items, and how each of those runs stands."""

from collections import Counter

from flow_tui import limits
from flow_tui.model import ids
from flow_tui.model.breakpoints import breakpoint_at
from flow_tui.model.ids import StepPath
from flow_tui.model.naming import Known, called, full, held_within, waiting_within, whole
from flow_tui.model.plan import ITEM, WORK
from flow_tui.model.state import FanOutState, RunState, StepState
from flow_tui.model.status import StepStatus
from flow_tui.model.values import FanOutItem
from flow_tui.view.carried_out import Items, Part
from flow_tui.view.node import Node
from flow_tui.view.row import FOLDED, PASS, TO_COME

_AT_WORK = (StepStatus.RUNNING, StepStatus.WAITING, StepStatus.PAUSED)
_BAD = (StepStatus.FAILED, StepStatus.TIMED_OUT)


def part(step: StepState | None, known: Known) -> Part | None:
    """Return how the run stands that carries a step out; nothing where no run does."""
    if step is None or step.child_run is None:
        return None
    state = known(step.child_run)
    if state is None:
        return Part(run_id=step.child_run)
    waiting = next(waiting_within(state, known), None)
    held = next(held_within(state, known), None)
    return Part(
        run_id=state.run_id,
        workflow=state.workflow,
        inputs=state.inputs,
        done=state.steps_done,
        total=state.steps_total,
        current=_current(state) if step.status.is_active else "",
        waits_for=full(waiting[0], waiting[1].path, known, state.run_id) if waiting is not None else "",
        held_at=full(held[0], held[1].path, known, state.run_id) if held is not None else "",
    )


def _current(state: RunState) -> str:
    """Return what began last in a run and still goes on."""
    if state.is_stopped or not state.counts[StepStatus.RUNNING]:
        return ""
    active = (path for path, step in reversed(state.steps.items()) if step.kind in WORK and step.current)
    path = next(active, None)
    return called(state, path) if path is not None else ""


def has_breakpoint(state: RunState, node: Node, known: Known) -> bool:
    """Say whether the run, or the one that it is part of, pauses before a step: never one that is left."""
    top = whole(state, known)
    points = () if top.is_left else top.breakpoints
    return bool(points) and breakpoint_at(state.workflow, node.path) in points


def fan_out(state: RunState, path: StepPath) -> FanOutState | None:
    """Return what the fan-out at ``path`` works on, if there is one and that is known."""
    step = state.steps.get(path)
    return step.fan_out if step is not None else None


def is_large(found: FanOutState | None) -> bool:
    """Say whether what is done stands behind one row."""
    return found is not None and len(found.items) > limits.FOLD_ITEMS


def items(node: Node, step: StepState | None) -> Items | None:
    """Return how the items of a fan-out stand; where it is over, also how many have not begun."""
    if step is None or step.fan_out is None:
        return None
    tally: Counter[StepStatus] = Counter(node.tally)
    for group in node.children[:1]:
        if group.kind == FOLDED:
            tally[group.weighs] -= 1
            tally += group.tally or Counter[StepStatus]()
    begun = sum(count for status, count in tally.items() if status is not StepStatus.PENDING)
    total = len(step.fan_out.items)
    return Items(
        total=total,
        completed=tally[StepStatus.COMPLETED],
        failed=sum(tally[status] for status in _BAD),
        skipped=tally[StepStatus.SKIPPED],
        cancelled=tally[StepStatus.CANCELLED],
        running=sum(tally[status] for status in _AT_WORK),
        left=total - begun if node.status.is_over else 0,
    )


def item(state: RunState, node: Node) -> FanOutItem | None:
    """Return what ``node`` is there for, if it is one item of a fan-out."""
    above, last = node.parent, node.path.rpartition("/")[2]
    if node.kind != ITEM or above is None or not last.isdigit():
        return None
    found = fan_out(state, ids.parent(node.path))
    number = int(last)
    return found.items[number] if found is not None and number < len(found.items) else None


def page(path: StepPath) -> int | None:
    """Return the number of the first item that a row stands for; nothing if it stands for all to come."""
    begin, _, first = path.rpartition("-")
    return int(first) if begin.endswith(f"/{TO_COME}") else None


def _to_come(state: RunState, node: Node, count: int) -> str:
    """Return what stands for so many items that have not begun, of all or of a page of them."""
    is_over = state.is_stopped or (node.parent is not None and node.parent.own.is_over)
    said = f"{count:,} {'not begun' if is_over else 'pending'}"
    first, found = page(node.path), fan_out(state, ids.parent(node.path))
    if first is None or found is None:
        return said
    return f"{first + 1:,} to {min(first + limits.PAGE_ITEMS, len(found.items)):,}: {said}"


def label(state: RunState, node: Node, step: StepState | None, count: int = 0) -> str:
    """Return what the row of ``node`` is called, which may stand for so many items to come."""
    if node.kind == PASS:
        return f"#{node.path.rpartition('#')[2]}"
    if node.kind == FOLDED:
        return f"{len(node.children):,} done"
    if node.kind == TO_COME:
        return _to_come(state, node, count)
    if node.plan is not None:
        return node.plan.label or node.plan.name or node.kind
    if step is None and (found := item(state, node)) is not None:
        return found.label
    name = step.name if step is not None else ""
    last = node.path.rpartition("/")[2]
    return f"{last} {name}".rstrip() if last == ids.ON_FAIL else name or last
