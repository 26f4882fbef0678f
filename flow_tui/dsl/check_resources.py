"""Is everything there that steps name: agents, snippets, schemas?"""

import shlex
from collections.abc import Iterator

from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl import ast
from flow_tui.dsl.fields import Value, fields_of
from flow_tui.dsl.ground import Kind, Searched, Subject
from flow_tui.dsl.shipped import missing, refused
from flow_tui.dsl.walk import AnyNode, agents_of
from flow_tui.dsl.words import listed, meant

_GOES_ON = frozenset({"ignore", "skip", "none", "null", "pass", "proceed", "next", "resume", "warn"})
"""What people write after a failure that is to change nothing."""
_TEXTS = (ast.Call, ast.ParallelCall, ast.Do, ast.Parallel)
"""What can name snippets and a schema."""


def actions(subject: Subject) -> Iterator[Diagnostic]:
    """Yield agents that nothing runs."""
    find = subject.ground.find_action
    if find is None:
        return
    told: set[Diagnostic] = set()
    for node in subject.nodes:
        for agent in agents_of(node):
            searched = find(agent)
            yield from _doubts(agent, searched, node, told)
            if not searched.found or searched.problem:
                yield _nothing_runs(subject, agent, searched, node)
            elif searched.takes is not None:
                yield from _inputs(subject, agent, searched.takes, node)


def _doubts(
    agent: ast.AgentRef, searched: Searched, node: AnyNode, told: set[Diagnostic]
) -> Iterator[Diagnostic]:
    """Yield what may not be meant in the file of an agent, where it is first named."""
    own = isinstance(node, ast.Call | ast.ParallelCall) and node.agent is agent
    for doubt in searched.doubts:
        if doubt not in told:
            told.add(doubt)
            message = f"the agent {agent.label!r}: {doubt.file}:{doubt.span.line}: {doubt.message}"
            span = node.place("head" if own else "on_fail")
            yield Diagnostic(
                code="W-AGENT", severity=Severity.WARNING, message=message, hint=doubt.hint, span=span
            )


def _inputs(subject: Subject, agent: ast.AgentRef, takes: type[Value], node: AnyNode) -> Iterator[Diagnostic]:
    """Yield inputs that an action of the program does not take as they are, and those that it needs."""
    own = isinstance(node, ast.Call | ast.ParallelCall) and node.agent is agent
    given = node.inputs if isinstance(node, ast.Call | ast.ParallelCall) and own else {}
    needed = missing(takes, given)
    usual = f"'flow-tui help syntax call {agent.label}' says what it takes"
    for name, reason in refused(takes, given):
        span = node.places.entry("inputs", name) or node.place("head")
        yield _input(agent, f"{name!r} {reason}", usual, span)
    for name in (name for name in given if name not in fields_of(takes)):
        hint = subject.meant(name, needed or fields_of(takes))
        span = node.places.key("inputs", name) or node.place("head")
        yield _input(agent, f"{name!r} is not known", hint or usual, span)
        needed = tuple(each for each in needed if repr(each) not in hint)
    for name in needed:
        yield _input(
            agent,
            f"{name!r} is needed",
            f"{usual}; write inputs {{ {name} = … }}",
            node.place("head" if own else "on_fail"),
        )


def _input(agent: ast.AgentRef, problem: str, hint: str, span: Span) -> Diagnostic:
    message = f"call {agent.label!r}: the input {problem}"
    return Diagnostic(code="S-ACTION-INPUT", message=message, hint=hint, span=span)


def _nothing_runs(subject: Subject, agent: ast.AgentRef, searched: Searched, node: AnyNode) -> Diagnostic:
    own = isinstance(node, ast.Call | ast.ParallelCall) and node.agent is agent
    span = node.place("head" if own else "on_fail")
    if searched.problem:
        message = f"the agent {agent.label!r} cannot be used: {searched.problem}"
        return Diagnostic(code="S-AGENT", message=message, hint=searched.hint, span=span)
    if searched.idle:
        return Diagnostic(
            code="S-ACTION",
            message=f"nothing runs {agent.label!r}: {searched.idle} is there but not executable",
            hint=f"chmod +x {shlex.quote(searched.idle)}",
            span=span,
        )
    hints = [subject.meant_for("agent", agent.label), _looked(searched)]
    if not own and (agent.label in _GOES_ON or meant(agent.label, ["continue"])):
        hints[0] = "to go on after a failure write on_fail = continue"
    return Diagnostic(
        code="S-AGENT",
        message=f"nothing runs {agent.label!r}",
        hint="; ".join(filter(None, hints)),
        span=span,
    )


def _looked(searched: Searched) -> str:
    return "looked for " + listed(searched.places or ("nowhere",))


def snippets(subject: Subject) -> Iterator[Diagnostic]:
    """Yield texts after a prompt that cannot be found."""
    find = subject.ground.find_snippet
    for node in subject.nodes if find is not None else ():
        if not isinstance(node, _TEXTS) or find is None:
            continue
        for name in dict.fromkeys(node.with_):
            searched = find(name)
            if searched.found and not searched.problem:
                continue
            yield Diagnostic(
                code="S-SNIPPET",
                message=f"the snippet {name!r} {searched.problem or 'is not there'}",
                hint=searched.hint or _places(subject, "snippet", name, searched),
                span=node.places.item("with", name) or node.place("with"),
            )


def schemas(subject: Subject) -> Iterator[Diagnostic]:
    """Yield schemas of outputs that cannot be found, or that do not hold."""
    find = subject.ground.find_schema
    for node in subject.nodes if find is not None else ():
        if not isinstance(node, _TEXTS) or find is None or node.output is None:
            continue
        searched = find(node.output)
        span = node.place("output")
        if searched.problem:
            message = f"the schema {node.output!r} cannot be used: {searched.problem}"
            yield Diagnostic(code="S-SCHEMA-BAD", message=message, hint=searched.hint, span=span)
        elif not searched.found:
            yield _no_schema(subject, node.output, searched, span)


def _no_schema(subject: Subject, name: str, searched: Searched, span: Span) -> Diagnostic:
    message = f"the schema {name!r} is not there"
    hint = _places(subject, "schema", name, searched)
    return Diagnostic(code="S-SCHEMA", message=message, hint=hint, span=span)


def _places(subject: Subject, kind: Kind, name: str, searched: Searched) -> str:
    return "; ".join(filter(None, (subject.meant_for(kind, name), _looked(searched))))
