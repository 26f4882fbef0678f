"""Would a run of the definition do anything, and can this version do it?"""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from flow_tui.diagnostics import Diagnostic, Severity
from flow_tui.dsl import ast
from flow_tui.dsl.ground import Subject
from flow_tui.dsl.providers import GATES, HUMAN_GATES, QUALITY
from flow_tui.dsl.walk import AnyNode, all_nodes
from flow_tui.dsl.words import meant

_NOTHING: Mapping[str, str] = MappingProxyType({})


def unsupported(
    workflow: ast.Workflow,
    providers: Collection[str],
    gates: Collection[str] = (),
    missing: Mapping[str, str] = _NOTHING,
) -> Iterator[Diagnostic]:
    """Yield what the language has and this version cannot run, each once, at the first place.

    ``providers`` are the names of what can provide items, ``gates`` the types that something decides, and
    ``missing`` says of some names why what has them is not there.

    This is no fault of the definition: who runs it has to know, who checks it does not.
    """
    told: set[str] = set()
    for node in all_nodes(workflow):
        what, hint = _beyond(node, providers, gates)
        if what and what not in told:
            told.add(what)
            yield Diagnostic(
                code="S-UNSUPPORTED",
                message=f"this version cannot run {what}",
                hint=_why(node, missing) or hint,
                span=node.place("head"),
                file=workflow.source_path,
            )


def _why(node: AnyNode, missing: Mapping[str, str]) -> str:
    """Return why what a node names is not there, if somebody knows."""
    name = node.over if isinstance(node, ast.ForEach) else getattr(node, "gate_type", "")
    return missing.get(name, "")


def _beyond(node: AnyNode, providers: Collection[str], gates: Collection[str]) -> tuple[str, str]:
    """Return what a node is in words, with a hint, if it cannot be run."""
    match node:
        case ast.ForEach() if node.over not in providers:
            hint = meant(node.over, providers)
            some = ", ".join(providers) or "there are none yet"
            return f"'foreach' over {node.over!r}", hint or f"what can provide items: {some}"
        case ast.Gate() if node.gate_type not in {*HUMAN_GATES, QUALITY, *gates}:
            known = node.gate_type in GATES
            hint = "" if known else meant(node.gate_type, GATES)
            return (
                f"a gate of type {node.gate_type!r}",
                hint or f"the gates it can run are {', '.join((*HUMAN_GATES, QUALITY, *gates))}",
            )
        case _:
            return "", ""


def empty(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a warning for a definition in which nothing is ever run."""
    leaves = (ast.Call, ast.ParallelCall, ast.CallWorkflow, ast.Script, ast.Gate, ast.ForEach)
    if not any(isinstance(node, leaves) for node in subject.nodes):
        yield Diagnostic(
            code="W-EMPTY",
            message="the workflow has no steps; running it does nothing",
            hint="write 'call NAME' or 'script NAME { run = \"…\" }' into its braces",
            severity=Severity.WARNING,
            span=subject.workflow.place("head"),
        )
