"""What can be wrong with a definition that parses: one generator for each rule, all of them in ``CHECKS``."""

import shlex
from collections.abc import Callable, Iterator

from flow_tui.diagnostics import Diagnostic, Span
from flow_tui.dsl import ast
from flow_tui.dsl.check_running import empty, unsupported
from flow_tui.dsl.check_scripts import script_files, script_texts
from flow_tui.dsl.check_steps import steps
from flow_tui.dsl.ground import NOTHING, Ground, Searched
from flow_tui.dsl.walk import AnyNode, agents_of, all_nodes
from flow_tui.dsl.words import nearest

_GOES_ON = frozenset({"ignore", "skip", "none", "null", "pass", "proceed", "next", "resume", "warn"})
"""What people write after a failure that is to change nothing."""

Check = Callable[[ast.Workflow, Ground], Iterator[Diagnostic]]


def duplicate_inputs(workflow: ast.Workflow, _ground: Ground) -> Iterator[Diagnostic]:
    """Yield inputs that are declared a second time."""
    seen: dict[str, Span] = {}
    for declared in workflow.inputs:
        first = seen.setdefault(declared.name, declared.span)
        if first is not declared.span:
            yield Diagnostic(
                code="E-DUP-INPUT",
                message=f"input {declared.name!r} is declared twice",
                hint=f"the first declaration is on line {first.line}",
                span=declared.place("head"),
            )


def actions(workflow: ast.Workflow, ground: Ground) -> Iterator[Diagnostic]:
    """Yield agents that nothing runs."""
    if ground.find_action is None:
        return
    known: dict[ast.AgentRef, Searched] = {}
    for node in all_nodes(workflow):
        for agent in agents_of(node):
            if agent not in known:
                known[agent] = ground.find_action(agent)
            if not known[agent].found:
                yield _nothing_runs(agent, known[agent], node)


def _nothing_runs(agent: ast.AgentRef, searched: Searched, node: AnyNode) -> Diagnostic:
    own = isinstance(node, ast.Call | ast.ParallelCall) and node.agent is agent
    span = node.place("head" if own else "on_fail")
    if searched.idle:
        return Diagnostic(
            code="S-ACTION",
            message=f"nothing runs {agent.label!r}: {searched.idle} is there but not executable",
            hint=f"chmod +x {shlex.quote(searched.idle)}",
            span=span,
        )
    looked = "looked for " + ", ".join(searched.places or ("nowhere",))
    goes_on = not own and (agent.label in _GOES_ON or nearest(agent.label, ["continue"]))
    return Diagnostic(
        code="S-ACTION",
        message=f"nothing runs {agent.label!r}",
        hint=f"to go on after a failure write on_fail = continue; {looked}" if goes_on else looked,
        span=span,
    )


CHECKS: tuple[Check, ...] = (
    duplicate_inputs,
    steps,
    actions,
    script_texts,
    script_files,
    unsupported,
    empty,
)


def check(workflow: ast.Workflow, ground: Ground = NOTHING) -> tuple[Diagnostic, ...]:
    """Return everything that the checks find, in the order of the text, with the definition's file."""
    found = (problem for rule in CHECKS for problem in rule(workflow, ground))
    placed = sorted(found, key=lambda problem: problem.span)
    return tuple(
        Diagnostic(
            code=problem.code,
            message=problem.message,
            span=problem.span,
            severity=problem.severity,
            hint=problem.hint,
            file=workflow.source_path,
        )
        for problem in placed
    )
