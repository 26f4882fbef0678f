"""Are the steps that conditions, gates and calls speak of there when they are asked for?"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import assert_never

from flow_tui.diagnostics import Diagnostic, Severity
from flow_tui.dsl import ast
from flow_tui.dsl.ground import Subject
from flow_tui.dsl.walk import AnyNode, agents_of, all_nodes, step_key


def steps(subject: Subject) -> Iterator[Diagnostic]:
    """Yield references to results that no step has produced at that point."""
    checker = _Checker(subject)
    with checker.perhaps():
        yield from checker.block(subject.workflow.body)
    yield from checker.block(subject.workflow.always)


class _Checker:
    def __init__(self, subject: Subject) -> None:
        self._load = subject.ground.load
        self._meant = subject.meant
        self._inputs = {declared.name: declared for declared in subject.workflow.inputs}
        self._later = {key for node in subject.nodes if (key := step_key(node))}
        self._gates = {node.name for node in subject.nodes if isinstance(node, ast.Gate)}
        self._possible: set[str] = set()
        """What steps before this point have produced, if they ran."""
        self._certain: set[str] = set()
        """What has been produced whenever this point is reached."""
        self._here: list[str] = []
        """What has become certain, in order, so that it can be forgotten at the end of a block."""
        self._inside: dict[str, str] = {}
        """Steps of children that are not handed out, and the workflow of each."""
        self._lost = ""
        """A workflow that cannot be loaded."""
        self._beside: frozenset[str] = frozenset()
        """The calls that begin at the same time."""
        self._blind = False
        """Whether steps of a definition that cannot be seen may have produced anything."""

    @contextmanager
    def perhaps(self) -> Generator[None]:
        """What becomes certain inside is only possible afterwards."""
        before = len(self._here)
        yield
        self._certain.difference_update(self._here[before:])
        del self._here[before:]

    def block(self, nodes: Sequence[AnyNode]) -> Iterator[Diagnostic]:
        """Yield what is wrong in a block, and remember what its steps produce."""
        for node in nodes:
            yield from self._node(node)

    def _node(self, node: AnyNode) -> Iterator[Diagnostic]:
        match node:
            case ast.Call() | ast.ParallelCall() | ast.Script() | ast.ForEach():
                self._add(node)
            case ast.If() | ast.Unless():
                yield from self._condition(node)
                with self.perhaps():
                    yield from self.block(node.body)
            case ast.While():
                yield from self._step(node, node.step, "head")
                with self.perhaps():
                    yield from self.block(node.body)
            case ast.DoWhile():
                yield from self.block(node.body)
                yield from self._step(node, node.step, "head")
            case ast.Do() | ast.Always():
                yield from self.block(node.body)
            case ast.Parallel():
                self._beside = frozenset(call.key for call in node.calls)
                for call in node.calls:
                    if call.condition is not None:
                        yield from self._step(call, call.condition.step, "if")
                self._beside = frozenset()
                for call in node.calls:
                    self._add(call, certain=call.condition is None and node.min_success is None)
            case ast.Gate():
                yield from self._gate(node)
            case ast.CallWorkflow():
                self._child(node)
                self._add(node)
            case _:
                assert_never(node)

    def _add(self, node: AnyNode, *, certain: bool = True) -> None:
        key = step_key(node)
        if key:
            goes_on = isinstance(getattr(node, "on_fail", None), ast.OnFailContinue)
            self._produce(key, certain=certain and not goes_on)
        self._possible.update(agent.key for agent in agents_of(node))

    def _produce(self, key: str, *, certain: bool) -> None:
        self._possible.add(key)
        if certain and key not in self._certain:
            self._certain.add(key)
            self._here.append(key)

    def _condition(self, node: ast.If | ast.Unless) -> Iterator[Diagnostic]:
        if isinstance(node.condition, ast.StepMarker):
            yield from self._step(node, node.condition.step, "head")
            return
        name = node.condition.input
        declared = self._inputs.get(name)
        if declared is not None and declared.input_type == "boolean":
            return
        booleans = [each.name for each in self._inputs.values() if each.input_type == "boolean"]
        hint = self._meant(name, booleans) or f"declare it: inputs {{ {name} boolean }}"
        if name in self._possible:
            hint = f"to ask what the step {name!r} left, write {name}.MARKER"
        elif declared is not None:
            hint = f"declare it as {name} boolean"
        yield Diagnostic(
            code="S-BOOL",
            message=f"{name!r} is not a declared boolean input",
            hint=hint,
            span=node.place("head"),
        )

    def _step(self, node: AnyNode, step: str, option: str) -> Iterator[Diagnostic]:
        if step in self._possible or self._blind:
            return
        yield Diagnostic(
            code="S-STEP",
            message=f"no step {step!r} has run at this point",
            hint=self._advice(step),
            span=node.place(option),
        )

    def _advice(self, step: str) -> str:
        """Return what to do about a step that has not run."""
        if step in self._beside:
            return "the calls of a parallel begin at once: ask for a step before it, or after it in an if"
        if step in self._later:
            return "that step comes later: put it before this"
        if step in self._gates:
            return "a gate leaves no result: what follows it runs only when the gate lets it"
        if f"foreach:{step}" in self._later:
            return "a foreach leaves nothing that can be asked for"
        if step in self._inside:
            return (
                f"the workflow {self._inside[step]!r} has it inside: only the steps directly in its body are "
                "known to who calls it"
            )
        close = self._meant(step, self._possible) or self._meant(step, self._inputs)
        if self._lost and not close:
            return f"if it is a step of {self._lost!r}, make that workflow load"
        return close or f"put a call or a script named {step!r} before this"

    def _gate(self, node: ast.Gate) -> Iterator[Diagnostic]:
        if isinstance(node.options, str):
            yield from self._options(node, node.options)
        if node.gate_type != "quality_gate":
            return
        if node.quality_gate is None:
            yield Diagnostic(
                code="S-QG-CONFIG",
                message=f"gate {node.name!r} has neither source nor threshold",
                hint="write gate quality_gate { source = STEP threshold = 80 }",
                span=node.place("head"),
            )
            return
        source = node.quality_gate.source
        if source not in self._possible and not self._blind:
            yield Diagnostic(
                code="S-QG-SOURCE",
                message=f"gate {node.name!r} reads {source!r}, but no such step has run at this point",
                hint=self._advice(source),
                span=node.place("source"),
            )
        elif source not in self._certain and not self._blind:
            yield self._uncertain(node, source, "source")

    def _options(self, node: ast.Gate, reference: str) -> Iterator[Diagnostic]:
        """Yield a gate whose choices come from a step that has not run."""
        parts = reference.split(".")
        steps = {".".join(parts[:count]) for count in range(1, len(parts))}
        if not steps & self._possible and not self._blind:
            yield from self._step(node, parts[0], "options")
        elif not steps & self._certain and not self._blind:
            yield self._uncertain(node, parts[0], "options")

    def _uncertain(self, node: ast.Gate, step: str, option: str) -> Diagnostic:
        return Diagnostic(
            code="W-STEP",
            message=f"gate {node.name!r} needs a result of {step!r}, which may not have run at this point",
            hint=f"without it the gate fails: put it where {step!r} runs, too",
            severity=Severity.WARNING,
            span=node.place(option),
        )

    def _child(self, node: ast.CallWorkflow) -> None:
        if self._load is None:
            self._blind = True
            return
        child = self._load(node.workflow).workflow
        if child is None:
            self._lost = node.workflow
            return
        holders = (ast.Call, ast.CallWorkflow, ast.Script, ast.ForEach)
        sure = not isinstance(node.on_fail, ast.OnFailContinue)
        for inner in child.body:
            if isinstance(inner, holders):
                goes_on = isinstance(getattr(inner, "on_fail", None), ast.OnFailContinue)
                self._produce(step_key(inner) or "", certain=sure and not goes_on)
            elif isinstance(inner, ast.Parallel):
                for call in inner.calls:
                    self._produce(call.key, certain=sure and call.condition is None)
        for below in all_nodes(child):
            self._inside.setdefault(step_key(below) or "", node.workflow)
