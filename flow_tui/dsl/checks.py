"""What can be wrong with a definition that parses: one generator for each rule, all of them in ``CHECKS``."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl import ast
from flow_tui.dsl.check_children import children, circles
from flow_tui.dsl.check_foreach import foreach
from flow_tui.dsl.check_gates import gate_options, gates
from flow_tui.dsl.check_markers import markers
from flow_tui.dsl.check_names import duplicate_inputs, duplicate_steps, identities, targets
from flow_tui.dsl.check_resources import actions, schemas, snippets
from flow_tui.dsl.check_running import empty
from flow_tui.dsl.check_scripts import script_files, script_quoting
from flow_tui.dsl.check_steps import steps
from flow_tui.dsl.check_templates import templates
from flow_tui.dsl.ground import NOTHING, Ground, Subject

Check = Callable[[Subject], Iterator[Diagnostic]]

CHECKS: tuple[Check, ...] = (
    duplicate_inputs,
    duplicate_steps,
    targets,
    gates,
    gate_options,
    identities,
    steps,
    markers,
    children,
    circles,
    foreach,
    actions,
    snippets,
    schemas,
    templates,
    script_quoting,
    script_files,
    empty,
)


def check(workflow: ast.Workflow, ground: Ground = NOTHING) -> tuple[Diagnostic, ...]:
    """Return everything that the checks find, in the order of the text, with the definition's file."""
    subject = Subject(workflow, ground)
    found = (problem for rule in CHECKS for problem in rule(subject))
    placed = sorted(found, key=lambda problem: problem.span)
    return tuple(replace(problem, file=workflow.source_path) for problem in placed)
