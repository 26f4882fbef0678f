"""Are the steps that conditions, gates and calls speak of there when they are asked for?"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from flow_tui.diagnostics import Diagnostic, Severity
from flow_tui.dsl import ast
from flow_tui.dsl.ground import Ground
from flow_tui.dsl.walk import AnyNode, agents_of, all_nodes, step_key
from flow_tui.dsl.words import meant


def steps(workflow: ast.Workflow, ground: Ground) -> Iterator[Diagnostic]:
    """Yield references to results that no step has produced at that point."""
    checker = _Checker(workflow, ground)
    yield from checker.block(workflow.body)
    yield from checker.block(workflow.always)


class _Checker:
    def __init__(self, workflow: ast.Workflow, ground: Ground) -> None:
        self._ground = ground
        self._inputs = {declared.name: declared for declared in workflow.inputs}
        self._later = {key for node in all_nodes(workflow) if (key := step_key(node))}
        self._produced: set[str] = set()
        self._blind = False
        """Whether steps of a definition that cannot be seen may have produced anything."""

    def block(self, nodes: Sequence[AnyNode]) -> Iterator[Diagnostic]:
        """Yield what is wrong in a block, and remember what its steps produce."""
        for node in nodes:
            yield from self._node(node)

    def _node(self, node: AnyNode) -> Iterator[Diagnostic]:
        match node:
            case ast.If() | ast.Unless():
                yield from self._condition(node)
                yield from self.block(node.body)
            case ast.While():
                yield from self._step(node, node.step, "head")
                yield from self.block(node.body)
            case ast.DoWhile():
                yield from self.block(node.body)
                yield from self._step(node, node.step, "head")
            case ast.Do() | ast.Always():
                yield from self.block(node.body)
            case ast.Parallel():
                for call in node.calls:
                    if call.condition is not None:
                        yield from self._step(call, call.condition.step, "if")
                for call in node.calls:
                    self._add(call)
            case ast.Gate():
                yield from self._gate(node)
            case ast.CallWorkflow():
                yield from self._child(node)
                self._add(node)
            case ast.Call() | ast.ParallelCall() | ast.Script() | ast.ForEach():
                self._add(node)
            case _:
                assert_never(node)

    def _add(self, node: AnyNode) -> None:
        self._produced.update(key for key in (step_key(node),) if key)
        self._produced.update(agent.key for agent in agents_of(node))

    def _condition(self, node: ast.If | ast.Unless) -> Iterator[Diagnostic]:
        if isinstance(node.condition, ast.StepMarker):
            yield from self._step(node, node.condition.step, "head")
            return
        name = node.condition.input
        declared = self._inputs.get(name)
        if declared is not None and declared.input_type == "boolean":
            return
        hint = f"declare it: inputs {{ {name} boolean }}"
        if name in self._produced:
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
        if step in self._produced or self._blind:
            return
        hint = meant(step, self._produced)
        if step in self._later:
            hint = "that step comes later"
        yield Diagnostic(
            code="S-STEP",
            message=f"no step {step!r} has run at this point",
            hint=hint,
            span=node.place(option),
        )

    def _gate(self, node: ast.Gate) -> Iterator[Diagnostic]:
        if node.gate_type != "quality_gate":
            return
        if node.quality_gate is None:
            yield Diagnostic(
                code="S-QG-CONFIG",
                message=f"gate {node.name!r} has neither source nor threshold",
                hint="write gate quality_gate { source = STEP threshold = 80 }",
                span=node.place("head"),
            )
        elif node.quality_gate.source not in self._produced and not self._blind:
            source = node.quality_gate.source
            yield Diagnostic(
                code="S-QG-SOURCE",
                message=f"gate {node.name!r} reads {source!r}, but no such step has run at this point",
                hint=f"put a call or a script named {source!r} before the gate",
                span=node.place("source"),
            )

    def _child(self, node: ast.CallWorkflow) -> Iterator[Diagnostic]:
        if self._ground.load is None:
            self._blind = True
            return
        child = self._ground.load(node.workflow)
        if child is None:
            yield Diagnostic(
                code="S-SUB-LOAD",
                message=f"the workflow {node.workflow!r} cannot be loaded",
                hint=f"'flow-tui check' on {node.workflow}.wf says why; 'flow-tui list' shows what there is",
                span=node.place("head"),
            )
            return
        yield from _inputs(node, child)
        holders = (ast.Call, ast.CallWorkflow, ast.Script, ast.ForEach)
        for inner in child.body:
            if isinstance(inner, holders):
                self._produced.add(step_key(inner) or "")
            elif isinstance(inner, ast.Parallel):
                self._produced.update(call.key for call in inner.calls)


def _inputs(node: ast.CallWorkflow, child: ast.Workflow) -> Iterator[Diagnostic]:
    declared = {each.name for each in child.inputs}
    for each in child.inputs:
        if each.required and each.name not in node.inputs:
            yield Diagnostic(
                code="S-SUB-INPUT",
                message=f"the workflow {child.name!r} needs the input {each.name!r}",
                hint=f'add inputs {{ {each.name} = "…" }}',
                span=node.place("inputs"),
            )
    for name in node.inputs:
        if name not in declared:
            yield Diagnostic(
                code="W-SUB-EXTRA",
                message=f"the workflow {child.name!r} declares no input {name!r}",
                hint=meant(name, declared),
                severity=Severity.WARNING,
                span=node.place("inputs"),
            )
