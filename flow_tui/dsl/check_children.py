"""Workflows that others call: are they there, do they get what they need, does the calling end?"""

from collections.abc import Iterator
from typing import TypeAlias

from flow_tui import limits
from flow_tui.diagnostics import Diagnostic, Severity
from flow_tui.dsl import ast
from flow_tui.dsl.ground import Child, Subject
from flow_tui.dsl.walk import workflow_refs
from flow_tui.dsl.words import nearest

_Caller: TypeAlias = ast.CallWorkflow | ast.ForEach
_MOST_NAMES = 12
"""So many names of a circle are written out."""


def _callers(subject: Subject) -> Iterator[_Caller]:
    return (node for node in subject.nodes if isinstance(node, ast.CallWorkflow | ast.ForEach))


def children(subject: Subject) -> Iterator[Diagnostic]:
    """Yield workflows that cannot be loaded, inputs that they need, and inputs that they do not have."""
    load = subject.ground.load
    if load is None:
        return
    for node in _callers(subject):
        child = load(node.workflow)
        if child.workflow is None:
            yield _not_loaded(node, child)
        else:
            yield from _inputs(subject, node, child.workflow)


def _label(node: _Caller) -> str:
    return f"foreach {node.name!r}: " if isinstance(node, ast.ForEach) else ""


def _not_loaded(node: _Caller, child: Child) -> Diagnostic:
    return Diagnostic(
        code="S-FE-LOAD" if isinstance(node, ast.ForEach) else "S-SUB-LOAD",
        message=f"{_label(node)}the workflow {node.workflow!r} cannot be loaded: {child.problem}",
        hint=child.hint,
        span=node.place("workflow"),
    )


def _inputs(subject: Subject, node: _Caller, child: ast.Workflow) -> Iterator[Diagnostic]:
    declared = {each.name: each for each in child.inputs}
    unused = [name for name in node.inputs if name not in declared]
    for name, each in declared.items():
        if each.required and name not in node.inputs:
            yield _missing(node, name, nearest(name, unused[:_MOST_NAMES]))
        elif each.input_type == "boolean" and name in node.inputs:
            yield from _boolean(node, name, node.inputs[name])
    for name in unused:
        free = [each for each in declared if each not in node.inputs]
        advice = f"leave it out, or declare it in {node.workflow}.wf: inputs {{ {name} }}"
        yield Diagnostic(
            code="W-SUB-EXTRA",
            message=f"{_label(node)}the workflow {node.workflow!r} declares no input {name!r}",
            hint=subject.meant(name, free) or advice,
            severity=Severity.WARNING,
            span=node.places.key("inputs", name) or node.place("inputs"),
        )


def _missing(node: _Caller, name: str, close: str) -> Diagnostic:
    if isinstance(node, ast.ForEach):
        code, value = "S-FE-INPUT", "{{item.id}}"
        example = f'inputs = {{ {name} = "{value}" }}, or another value of the item, or a text'
    else:
        code, example = "S-SUB-INPUT", f'inputs {{ {name} = "…" }}'
    return Diagnostic(
        code=code,
        message=f"{_label(node)}the workflow {node.workflow!r} needs the input {name!r}",
        hint=f"{close!r} is probably meant to be {name!r}" if close else f"add {example}",
        span=node.place("inputs"),
    )


def _boolean(node: _Caller, name: str, value: str) -> Iterator[Diagnostic]:
    if "{{" in value or value.lower() in ("true", "false"):
        return
    yield Diagnostic(
        code="W-SUB-BOOL",
        message=f"{_label(node)}the input {name!r} of {node.workflow!r} is boolean: {value!r} means false",
        hint="write true or false",
        severity=Severity.WARNING,
        span=node.places.entry("inputs", name) or node.place("inputs"),
    )


def circles(subject: Subject) -> Iterator[Diagnostic]:
    """Yield every circle of workflows that call each other, and callings that go too deep."""
    if subject.ground.load is None:
        return
    search = _Search(subject)
    seen: set[str] = set()
    for node in _callers(subject):
        if node.workflow in seen:
            continue
        seen.add(node.workflow)
        for circle in search.below(node.workflow):
            yield Diagnostic(
                code="S-CYCLE",
                message=f"workflows call each other in a circle: {_arrows(circle)}",
                hint="nothing ends the calling: take one of these calls out",
                span=node.place("workflow"),
            )
        chain = search.longest(node.workflow)
        if len(chain) > limits.WORKFLOW_DEPTH:
            yield Diagnostic(
                code="S-DEPTH",
                message=f"workflows call each other {len(chain)} levels deep: {_arrows(chain)}",
                hint=f"{limits.WORKFLOW_DEPTH} levels are the most, this workflow among them",
                span=node.place("workflow"),
            )


def _arrows(names: list[str]) -> str:
    shown = names if len(names) <= _MOST_NAMES else [*names[: _MOST_NAMES - 2], "…", names[-1]]
    return " → ".join(shown)


class _Search:
    """Goes through the workflows that can be reached, each once."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._circles = 0
        self._deepest: dict[str, tuple[int, str]] = {}
        """How many levels a workflow takes, itself among them, and the next one on that way."""

    def _called(self, name: str) -> tuple[str, ...] | None:
        load = self._subject.ground.load
        child = load(name).workflow if load is not None else None
        return workflow_refs(child) if child is not None else None

    def below(self, start: str) -> Iterator[list[str]]:
        """Yield the circles that are found on the way down from a workflow and have not been found before."""
        root = self._subject.name
        if start == root:
            yield [root, root]
            return
        path = {root: 0}  # a name and its place, in order
        waiting: list[tuple[str, Iterator[str]]] = []

        def enter(name: str) -> None:
            called = self._called(name)
            self._deepest[name] = (0 if called is None else 1, "")
            path[name] = len(path)
            waiting.append((name, iter(called or ())))

        if start not in self._deepest:
            enter(start)
        while waiting:
            name, left = waiting[-1]
            below = next(left, None)
            if below is None:
                waiting.pop()
                del path[name]
                if waiting:
                    self._passed(waiting[-1][0], name)
            elif below in path:
                self._circles += 1
                if self._circles <= limits.DIAGNOSTICS_SHOWN:
                    yield [*list(path)[path[below] :], below]
            elif below in self._deepest:
                self._passed(name, below)
            else:
                enter(below)

    def _passed(self, name: str, below: str) -> None:
        levels = self._deepest[below][0] + 1
        if levels > self._deepest[name][0]:
            self._deepest[name] = (levels, below)

    def longest(self, start: str) -> list[str]:
        """Return the longest way down from the definition through a workflow, both included."""
        chain = [self._subject.name]
        name = start
        while name not in chain and self._deepest.get(name, (0, ""))[0]:
            chain.append(name)
            name = self._deepest[name][1]
        return chain
