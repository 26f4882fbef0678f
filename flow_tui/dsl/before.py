"""What can have happened before each step of a workflow, at most."""

from collections.abc import Iterator

from flow_tui.dataclass import dataclass
from flow_tui.dsl import ast
from flow_tui.dsl.walk import AnyNode, children

_LOOPS = (ast.While, ast.DoWhile)
_STEPS = (ast.Call, ast.ParallelCall, ast.Script, ast.CallWorkflow, ast.ForEach)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What can have happened before a place."""

    step: bool = False
    """A step that hands values over."""
    gate: bool = False
    """A gate that somebody has answered."""
    is_always: bool = False
    """The place is in the block that runs at the end in any case."""
    is_on_fail: bool = False
    """The place is the agent that is called because a step has failed."""


def with_before(workflow: ast.Workflow) -> Iterator[tuple[AnyNode, Before]]:
    """Yield every node, each before those inside it, with what can have happened before it.

    In a loop everything can have; what runs at once has not happened before each other.
    """
    step = gate = False
    waiting: list[tuple[AnyNode, Before]] = []
    waiting += [(node, Before(is_always=True)) for node in reversed(workflow.always)]
    waiting += [(node, Before()) for node in reversed(workflow.body)]
    while waiting:
        node, before = waiting.pop()
        if not isinstance(node, ast.ParallelCall):
            before = Before(step=step or before.step, gate=gate or before.gate, is_always=before.is_always)
        yield node, before
        step = step or isinstance(node, _STEPS)
        gate = gate or isinstance(node, ast.Gate)
        if isinstance(node, _LOOPS):
            before = Before(step=True, gate=True, is_always=before.is_always)
        waiting.extend((inner, before) for inner in reversed(children(node)))
