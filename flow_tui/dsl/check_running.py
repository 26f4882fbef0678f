"""Would a run of the definition do anything, and can this version do it?"""

from collections.abc import Iterator

from flow_tui.diagnostics import Diagnostic, Severity
from flow_tui.dsl import ast
from flow_tui.dsl.ground import NOTHING, Ground
from flow_tui.dsl.walk import AnyNode, all_nodes, leaf_keys
from flow_tui.dsl.words import meant

HUMAN_GATES = ("human_approval", "human_review")
"""The gates that this version can run."""
GATES = (*HUMAN_GATES, "quality_gate", "pr_approval", "pr_checks")
"""The gates that the language knows."""


def unsupported(workflow: ast.Workflow, _ground: Ground = NOTHING) -> Iterator[Diagnostic]:
    """Yield what the language has and this version cannot run."""
    for node in all_nodes(workflow):
        what, hint = _beyond(node)
        if what:
            yield Diagnostic(
                code="S-UNSUPPORTED",
                message=f"this version cannot run {what}",
                hint=hint,
                span=node.place("head"),
            )


def _beyond(node: AnyNode) -> tuple[str, str]:
    """Return what a node is in words, with a hint, if it cannot be run."""
    match node:
        case ast.CallWorkflow():
            return "'call workflow'", f"write the steps of {node.workflow!r} here instead"
        case ast.ForEach():
            return "'foreach'", f"run {node.workflow!r} once for every item"
        case ast.Gate() if node.gate_type not in HUMAN_GATES:
            known = node.gate_type in GATES
            hint = "" if known else meant(node.gate_type, GATES)
            return (
                f"a gate of type {node.gate_type!r}",
                hint or f"the gates it can run are {' and '.join(HUMAN_GATES)}",
            )
        case _:
            return "", ""


def empty(workflow: ast.Workflow, _ground: Ground = NOTHING) -> Iterator[Diagnostic]:
    """Yield a warning for a definition in which nothing is ever run."""
    if not any(leaf_keys(node) for node in (*workflow.body, *workflow.always)):
        yield Diagnostic(
            code="W-EMPTY",
            message="the workflow has no steps; running it does nothing",
            hint="write 'call NAME' or 'script NAME { run = \"…\" }' into its braces",
            severity=Severity.WARNING,
            span=workflow.place("head"),
        )
