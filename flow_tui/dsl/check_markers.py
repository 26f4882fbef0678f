"""Can the markers that conditions ask for ever be left?"""

from collections.abc import Callable, Iterator

from flow_tui.diagnostics import Diagnostic, Severity
from flow_tui.dsl import ast
from flow_tui.dsl.ground import Searched, Subject
from flow_tui.dsl.walk import AnyNode, agents_of, all_nodes, children, step_key
from flow_tui.dsl.words import listed


def markers(subject: Subject) -> Iterator[Diagnostic]:
    """Yield markers that follow from no output that fits the schema of the step."""
    find = subject.ground.find_schema
    asked = [(node, *each) for node in subject.nodes if (each := _asked(node)) is not None]
    if find is None or not asked:
        return
    schemas = _schemas(subject)
    for node, step, marker in asked:
        names = schemas.get(step)
        possible = _possible(names, find) if names else None
        if names and possible is not None and marker not in possible:
            yield _never(subject, node, step, marker, (sorted(names), sorted(possible)))


def _asked(node: AnyNode) -> tuple[str, str] | None:
    """Return the step and the marker that a node asks for."""
    match node:
        case ast.While() | ast.DoWhile():
            return node.step, node.marker
        case ast.If() | ast.Unless() | ast.ParallelCall():
            asked = node.condition
            return (asked.step, asked.marker) if isinstance(asked, ast.StepMarker) else None
        case _:
            return None


def _never(
    subject: Subject, node: AnyNode, step: str, marker: str, known: tuple[list[str], list[str]]
) -> Diagnostic:
    schemas, possible = known
    named = " and ".join(repr(name) for name in schemas)
    hint = subject.meant(marker, possible) or f"by the schema {named} it leaves {listed(possible) or 'none'}"
    return Diagnostic(
        code="W-MARKER",
        message=f"{step!r} never leaves the marker {marker!r}",
        hint=hint,
        severity=Severity.WARNING,
        span=node.place("if" if isinstance(node, ast.ParallelCall) else "head"),
    )


def _possible(names: set[str], find: Callable[[str], Searched]) -> set[str] | None:
    """Return what can follow from any of the schemas, or nothing when that is not known."""
    found: set[str] = set()
    for name in names:
        markers = find(name).markers
        if markers is None:
            return None
        found |= markers
    return found


def _schemas(subject: Subject) -> dict[str, set[str]]:
    """Return the schemas of every step whose outputs all have one."""
    known: dict[str, set[str]] = {}
    free: set[str] = set()
    waiting: list[tuple[AnyNode, str | None]] = []
    waiting.extend((node, None) for node in (*subject.workflow.body, *subject.workflow.always))
    while waiting:
        node, inherited = waiting.pop()
        if isinstance(node, ast.Call | ast.ParallelCall):
            schema = node.output or inherited
            if schema is None:
                free.add(node.key)
            else:
                known.setdefault(node.key, set()).add(schema)
        elif isinstance(node, ast.Do | ast.Parallel):
            inherited = node.output or inherited
        elif isinstance(node, ast.CallWorkflow):
            free |= _handed_out(subject, node)
        elif isinstance(node, ast.Script):
            free.add(node.name)
        free.update(agent.key for agent in agents_of(node)[isinstance(node, ast.Call | ast.ParallelCall) :])
        waiting.extend((inner, inherited) for inner in children(node))
    return {key: names for key, names in known.items() if key not in free}


def _handed_out(subject: Subject, node: ast.CallWorkflow) -> set[str]:
    """Return the steps whose results a called workflow may leave here."""
    child = subject.ground.load(node.workflow).workflow if subject.ground.load is not None else None
    inside = all_nodes(child) if child is not None else ()
    return {node.workflow, *(key for inner in inside if (key := step_key(inner)))}
