"""How a place in the tree stands: what its own events say, or what follows from inside and outside."""

from flow_tui.model.plan import LEAVES
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.view.node import Node
from flow_tui.view.row import PASS

GOOD = frozenset({StepStatus.COMPLETED, StepStatus.SKIPPED})
_WRONG = frozenset({StepStatus.FAILED, StepStatus.TIMED_OUT})
_STRONGEST = (
    StepStatus.RUNNING,
    StepStatus.WAITING,
    StepStatus.PAUSED,
    StepStatus.FAILED,
    StepStatus.TIMED_OUT,
    StepStatus.CANCELLED,
)
"""A block is what the first of these is that anything inside is."""


def status(node: Node, run: RunState) -> StepStatus:
    """Return how ``node`` stands, from its own events and what is directly inside."""
    step = run.steps.get(node.path)
    own = step.status if step is not None else StepStatus.PENDING
    end = _end(node, run)
    if node.kind in LEAVES or not node.children:
        if own is StepStatus.PENDING and end is StepStatus.SKIPPED:
            return StepStatus.SKIPPED
        return StepStatus.CANCELLED if own.is_active and run.is_stopped else own
    if own.is_over:
        return own
    inside = _strongest(node)
    begun = own.is_active or node.kind == PASS or _has_begun(step)
    if inside is not None and inside.is_active and not run.is_stopped:
        return inside
    partly = inside is None or inside.is_active
    if partly and end is not None and (begun or not _is_untouched(node)):
        return StepStatus.COMPLETED if end in GOOD else StepStatus.CANCELLED
    if begun and end is None and (own.is_active or inside is None):
        return own if own.is_active else StepStatus.RUNNING
    if inside is not None:
        return inside
    if _is_untouched(node):
        return StepStatus.SKIPPED if end is StepStatus.SKIPPED else StepStatus.PENDING
    return StepStatus.RUNNING


def _end(node: Node, run: RunState) -> StepStatus | None:
    """Return how what is around ``node`` ended; nothing while it goes on."""
    above = node.parent
    while above is not None:
        if above.kind != PASS:
            step = run.steps.get(above.path)
            if step is not None and step.status.is_over:
                return step.status
        above = above.parent
    if not run.is_stopped:
        return None
    return StepStatus.COMPLETED if run.status is RunStatus.COMPLETED else StepStatus.CANCELLED


def _strongest(node: Node) -> StepStatus | None:
    """Return what everything directly inside amounts to; nothing while some of it is still to come."""
    tally = node.tally
    if not tally:
        return None
    for status in _STRONGEST:
        if tally[status]:
            return StepStatus.COMPLETED if _is_enough(node) else status
    if tally[StepStatus.PENDING]:
        return None
    return StepStatus.COMPLETED if tally[StepStatus.COMPLETED] else StepStatus.SKIPPED


def _is_enough(node: Node) -> bool:
    """Say whether so many calls are over, and so few failed, that the failures do not count."""
    if node.plan is None or node.plan.min_success is None or node.tally is None:
        return False
    good = sum(node.tally[status] for status in GOOD)
    return good + node.tally[StepStatus.FAILED] == len(node.children) and good >= node.plan.min_success


def _is_untouched(node: Node) -> bool:
    tally = node.tally
    return not tally or tally[StepStatus.PENDING] == sum(tally.values())


def _has_begun(step: StepState | None) -> bool:
    return step is not None and (step.holds is True or step.passes > 0)


def is_harmless(status: StepStatus, step: StepState | None) -> bool:
    """Say whether what went wrong with a step is dealt with, so that the block around it is well."""
    if step is None or status not in _WRONG:
        return False
    return step.reason is Reason.ON_FAIL or step.is_passed_over
