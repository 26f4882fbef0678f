"""What can have happened before each step of a workflow, at most."""

from collections.abc import Iterator
from dataclasses import replace

from flow_tui.dataclass import dataclass
from flow_tui.dsl import ast
from flow_tui.dsl.walk import AnyNode, children, walk

_LOOPS = (ast.While, ast.DoWhile)
_BRANCHES = (ast.If, ast.Unless, ast.While)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What can have happened before a place, in all passes of the loops around it."""

    before: Before
    first: Before
    """The same for the first pass; outside loops there is no other."""
    is_sure: bool = True
    """Who comes to the place at all comes to it in the first pass."""


def with_before(workflow: ast.Workflow) -> Iterator[tuple[AnyNode, Around]]:
    """Yield every node, each before those inside it, with what can have happened before it.

    What runs at once has not happened before each other.
    """
    step = gate = False
    waiting: list[tuple[AnyNode, Around]] = []
    for nodes, start in ((workflow.always, Before(is_always=True)), (workflow.body, Before())):
        waiting += [(node, Around(before=start, first=start)) for node in reversed(nodes)]
    while waiting:
        node, around = waiting.pop()
        if not isinstance(node, ast.ParallelCall):
            around = _since(around, step=step, gate=gate)
        elif node.condition is not None:
            around = replace(around, is_sure=around.first == around.before)
        yield node, around
        step = step or isinstance(node, _STEPS)
        gate = gate or isinstance(node, ast.Gate)
        waiting.extend((inner, _inside(node, around)) for inner in reversed(children(node)))


def _since(around: Around, *, step: bool, gate: bool) -> Around:
    """Return the same with what has come since."""
    before, first = (
        replace(each, step=step or each.step, gate=gate or each.gate)
        for each in (around.before, around.first)
    )
    return replace(around, before=before, first=first)


def _inside(node: AnyNode, around: Around) -> Around:
    """Return what can have happened before what is inside of a node, but for what is before it there."""
    if not isinstance(node, _LOOPS + _BRANCHES):
        return around
    is_sure = around.is_sure and not (isinstance(node, _BRANCHES) and around.first != around.before)
    before = around.before
    if isinstance(node, _LOOPS):
        gate = before.gate or any(isinstance(inner, ast.Gate) for inner in walk([node]))
        before = replace(before, step=True, gate=gate)
    return replace(around, before=before, is_sure=is_sure)
