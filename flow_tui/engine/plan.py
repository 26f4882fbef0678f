"""Syntax tree to the rows it may produce: the bridge after which nobody needs the tree."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from flow_tui.dsl import ast
from flow_tui.dsl.parts import written
from flow_tui.dsl.walk import AnyNode, children
from flow_tui.model.ids import ALWAYS, ROOT, StepPath, child
from flow_tui.model.plan import PlanNode

_NOTE = 200


def plan(workflow: ast.Workflow) -> tuple[PlanNode, ...]:
    """Return every row that a run of ``workflow`` may show, before it starts."""
    body = nodes(workflow.body, ROOT)
    if not workflow.always:
        return body
    always = PlanNode(
        path=ALWAYS,
        kind="always",
        name="always",
        label="always",
        line=workflow.always[0].span.line,
        children=nodes(workflow.always, ALWAYS),
    )
    return (*body, always)


def child_workflows(workflow: ast.Workflow) -> dict[StepPath, str]:
    """Return the name of the workflow that a row runs, by its path, for every row that runs one."""
    found: dict[StepPath, str] = {}
    waiting: list[tuple[StepPath, Sequence[AnyNode]]] = [(ALWAYS, workflow.always), (ROOT, workflow.body)]
    while waiting:
        path, body = waiting.pop()
        for index, node in enumerate(body):
            if isinstance(node, ast.CallWorkflow | ast.ForEach):
                found[child(path, index)] = node.workflow
            elif inner := children(node):
                waiting.append((child(path, index), inner))
    return found


def nodes(body: tuple[ast.Node, ...], path: StepPath) -> tuple[PlanNode, ...]:
    """Return the rows of nodes written inside the one at ``path``."""
    return tuple(_node(node, child(path, index)) for index, node in enumerate(body))


def _node(node: ast.Node, path: StepPath) -> PlanNode:
    line = node.span.line
    match node:
        case ast.Call():
            return call(node, path)
        case ast.Script():
            first = node.run.strip().split("\n", 1)[0][:_NOTE]
            return _leaf(path, "script", node.name, node.retries, node.limit, first, line)
        case ast.Gate():
            return _leaf(path, "gate", node.name, 0, node.timeout, (node.prompt or "")[:_NOTE], line)
        case ast.CallWorkflow():
            return _leaf(path, "call_workflow", node.workflow, node.retries, None, "", line)
        case ast.ForEach():
            return _leaf(path, "foreach", node.name, 0, None, f"over {node.over}", line)
        case ast.If() | ast.Unless():
            label = f"{node.type} {written(node.condition)}"
            return _block(path, node.type, label, nodes(node.body, path), line)
        case ast.While() | ast.DoWhile():
            word = "while" if node.type == "while" else "do … while"
            label = f"{word} {node.step}.{node.marker}"
            return _block(path, node.type, label, nodes(node.body, path), line, node.max_iterations)
        case ast.Do() | ast.Always():
            return _block(path, node.type, node.type, nodes(node.body, path), line)
        case ast.Parallel():
            calls = tuple(call(branch, child(path, index)) for index, branch in enumerate(node.calls))
            return replace(_block(path, "parallel", "parallel", calls, line), min_success=node.min_success)
        case _:
            assert_never(node)


def call(node: ast.Call | ast.ParallelCall, path: StepPath) -> PlanNode:
    """Return the row of a call."""
    note = ""
    if isinstance(node, ast.ParallelCall) and node.condition is not None:
        note = f"if {written(node.condition)}"
    return _leaf(path, "call", node.label, node.retries, node.limit, note, node.span.line)


def _leaf(
    path: StepPath, kind: str, name: str, retries: int, timeout: timedelta | None, note: str, line: int
) -> PlanNode:
    return PlanNode(
        path=path,
        kind=kind,
        name=name,
        label=name,
        max_attempts=1 + retries,
        timeout=timeout,
        note=note,
        line=line,
    )


def _block(
    path: StepPath, kind: str, label: str, children: tuple[PlanNode, ...], line: int, passes: int = 0
) -> PlanNode:
    return PlanNode(
        path=path, kind=kind, name="", label=label, children=children, line=line, max_passes=passes
    )
