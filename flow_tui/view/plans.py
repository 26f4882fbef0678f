"""A plan as text and as JSON."""

from collections.abc import Iterator

from flow_tui.model.ids import StepPath
from flow_tui.model.plan import Planned, PlanNode, Unplanned
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view.glyphs import UNICODE

_WORDS = {"call_workflow": "call workflow"}
_STEPS = frozenset({"call", "script", "gate", "call_workflow", "foreach"})
_LABEL = 60
_NOTE = 100


def label(node: PlanNode) -> str:
    """Return what a row is, harmless: ``script build``, ``if build.broken``."""
    said = line(node.label, _LABEL)
    return f"{_WORDS.get(node.kind, node.kind)} {said}" if node.kind in _STEPS else said


def facts(node: PlanNode) -> Iterator[str]:
    """Yield what is known of a row before it starts, harmless."""
    if node.max_passes:
        yield f"at most {node.max_passes:,} pass{'es' * (node.max_passes != 1)}"
    if node.max_attempts > 1:
        yield f"{node.max_attempts:,} attempts"
    if node.timeout:
        yield f"{'waits up to' if node.kind == 'gate' else 'at most'} {fmt.limit(node.timeout)}"
    if node.note:
        yield line(node.note, _NOTE)


def as_text(planned: Planned) -> Iterator[str]:
    """Yield the plan as a tree, one row a line."""
    title = f"  {line(planned.title)}" if planned.title else ""
    yield f"{line(planned.name, _LABEL)}{title}"
    yield from _tree(planned, planned.rows, "")


def _tree(planned: Planned, rows: tuple[PlanNode, ...], lead: str) -> Iterator[str]:
    for number, node in enumerate(rows, 1):
        is_last = number == len(rows)
        mark = UNICODE.corner if is_last else UNICODE.tee
        child = planned.children.get(node.path)
        yield "  ".join((f"{lead}{mark} {label(node)}", *facts(node), *_about(child, node)))
        inner = f"{lead}{' ' if is_last else UNICODE.bar} "
        yield from _tree(planned, node.children, inner)
        if isinstance(child, Planned):
            yield from _tree(child, child.rows, inner)


def _about(child: Planned | Unplanned | None, node: PlanNode) -> Iterator[str]:
    if child is not None and child.name != node.name:
        yield f"runs {line(child.name, _LABEL)}"
    match child:
        case Planned(title=title) if title:
            yield line(title)
        case Unplanned(reason=reason):
            yield f"({line(reason)})"
        case _:
            return


def as_json(planned: Planned) -> dict[str, object]:
    """Return the plan for other programs, nested as it is written; a row holds the workflow that it runs."""
    return {
        "workflow": planned.name,
        "title": planned.title,
        "file": planned.file,
        "rows": [_row(planned, node) for node in planned.rows],
    }


def _row(planned: Planned, node: PlanNode) -> dict[str, object]:
    return {
        "path": node.path,
        "kind": node.kind,
        "name": node.name,
        "label": node.label,
        "note": node.note,
        "line": node.line,
        "max_attempts": node.max_attempts,
        "max_passes": node.max_passes,
        "timeout_ms": None if node.timeout is None else round(node.timeout.total_seconds() * 1000),
        "rows": [_row(planned, inner) for inner in node.children],
        "runs": _runs(planned, node.path),
    }


def _runs(planned: Planned, path: StepPath) -> dict[str, object] | None:
    match planned.children.get(path):
        case Planned() as child:
            return as_json(child)
        case Unplanned(name=name, reason=reason):
            return {"workflow": name, "reason": reason}
        case None:
            return None
