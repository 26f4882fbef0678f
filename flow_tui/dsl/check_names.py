"""Are names used once, and are they names that there are?"""

from collections.abc import Collection, Iterator, Sequence

from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl import ast
from flow_tui.dsl.ground import Subject
from flow_tui.dsl.walk import AnyNode, children
from flow_tui.dsl.words import listed, meant


def duplicate_inputs(subject: Subject) -> Iterator[Diagnostic]:
    """Yield inputs that are declared a second time."""
    seen: dict[str, Span] = {}
    for declared in subject.workflow.inputs:
        first = seen.setdefault(declared.name, declared.span)
        if first is not declared.span:
            yield Diagnostic(
                code="E-DUP-INPUT",
                message=f"input {declared.name!r} is declared twice",
                hint=f"the first declaration is on line {first.line}",
                span=declared.place("head"),
            )


def duplicate_steps(subject: Subject) -> Iterator[Diagnostic]:
    """Yield steps whose result takes the place of another step's under the same name.

    To call an agent again, or to run a command again, is no mistake.
    """
    kinds: dict[str, AnyNode] = {}
    fanned: dict[str, AnyNode] = {}
    for node in subject.nodes:
        match node:
            case ast.ForEach():
                first = fanned.setdefault(node.name, node)
                if first is not node:
                    yield _again(node, node.name, first, "foreach")
            case ast.Call() | ast.ParallelCall() | ast.Script() | ast.CallWorkflow():
                key = _key(node)
                first = kinds.setdefault(key, node)
                if _kind(first) != _kind(node):
                    yield _again(node, key, first, _kind(first))
            case ast.Parallel():
                yield from _twice_at_once(node)
            case _:
                pass
        yield from _scripts(children(node))
    yield from _scripts(subject.workflow.body)
    yield from _scripts(subject.workflow.always)


def _key(node: ast.Call | ast.ParallelCall | ast.Script | ast.CallWorkflow) -> str:
    match node:
        case ast.Script():
            return node.name
        case ast.CallWorkflow():
            return node.workflow
        case _:
            return node.key


def _kind(node: AnyNode) -> str:
    return {"parallel_call": "call", "call_workflow": "call workflow"}.get(node.type, node.type)


def _again(node: AnyNode, name: str, first: AnyNode, kind: str) -> Diagnostic:
    return Diagnostic(
        code="W-DUP-STEP",
        message=f"there is a {kind} {name!r} already: the later result takes the place of the earlier one",
        hint=f"give one of them another name; the first is on line {first.span.line}",
        severity=Severity.WARNING,
        span=node.place("head"),
    )


def _twice_at_once(node: ast.Parallel) -> Iterator[Diagnostic]:
    seen: dict[str, AnyNode] = {}
    for call in node.calls:
        first = seen.setdefault(call.key, call)
        if first is not call:
            yield Diagnostic(
                code="W-DUP-STEP",
                message=f"{call.key!r} is called twice at once: only the result that comes last is kept",
                hint=f"call it in a step of its own; the first call is on line {first.span.line}",
                severity=Severity.WARNING,
                span=call.place("head"),
            )


def _scripts(nodes: Sequence[AnyNode]) -> Iterator[Diagnostic]:
    """Yield scripts of one block that do different things under one name."""
    seen: dict[str, ast.Script] = {}
    for node in nodes:
        if isinstance(node, ast.Script):
            first = seen.setdefault(node.name, node)
            if first.run != node.run:
                yield _again(node, node.name, first, "script")


def targets(subject: Subject) -> Iterator[Diagnostic]:
    """Yield what a workflow cannot be started on."""
    allowed = subject.ground.targets
    workflow = subject.workflow
    for target in dict.fromkeys(workflow.targets) if allowed else ():
        if target not in allowed:
            yield Diagnostic(
                code="S-TARGET",
                message=f"workflow {workflow.name!r} cannot be started on {target!r}: that is no target",
                hint=meant(target, allowed) or f"the targets are {listed(allowed)}",
                span=workflow.places.item("targets", target) or workflow.place("targets"),
            )


def who(name: str, known: Collection[str]) -> str:
    """Return what to do about the name of an identity that is not known."""
    others = f"known are {listed(known)}, " if known else ""
    usual = f"{others}set identities.{name} in your config.toml: 'flow-tui config' says where it is"
    return meant(name, known) or usual


def identities(subject: Subject) -> Iterator[Diagnostic]:
    """Yield identities that the host does not know."""
    known = subject.ground.identities
    holders = (ast.Call, ast.ParallelCall, ast.CallWorkflow, ast.Gate, ast.Script)
    for node in subject.nodes if known is not None else ():
        name = node.as_identity if isinstance(node, holders) else None
        if name is not None and known is not None and name not in known:
            yield Diagnostic(
                code="W-IDENTITY",
                message=f"there is no identity {name!r}",
                hint=who(name, known),
                severity=Severity.WARNING,
                span=node.place("as"),
            )
