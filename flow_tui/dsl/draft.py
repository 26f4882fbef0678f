"""Checking a definition in which values are refused, without telling what only follows from that."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from flow_tui.diagnostics import Diagnostic, Span, errors
from flow_tui.dsl import ast
from flow_tui.dsl.checks import check
from flow_tui.dsl.ground import NOTHING, Ground
from flow_tui.dsl.walk import AnyNode, all_nodes

_TEMPLATES = ("S-TEMPLATE", "W-TEMPLATE", "S-BOOL")
_BY_CODE: Mapping[str, tuple[str, ...]] = {
    "P-EMPTY-PARALLEL": ("W-EMPTY",),
    "P-NAME": _TEMPLATES,
    "P-EXPECTED": _TEMPLATES,
}
"""What may follow from an error, anywhere in the file: of an input, nobody knows what it was meant to be."""
_ANYWHERE: Mapping[str, tuple[str, ...]] = {
    "run": ("W-DUP-STEP",),
    "on_fail": ("S-STEP", "S-QG-SOURCE", "W-MARKER"),
    "output": ("W-MARKER",),
    "plugin_dirs": ("S-AGENT", "S-ACTION"),
}
"""What may follow from an option that is not known, anywhere in the file."""
_HERE: Mapping[str, tuple[str, ...]] = {
    "workflow": ("S-FE-LOAD",),
    "inputs": ("S-FE-INPUT", "S-SUB-INPUT", "W-SUB-BOOL"),
    "over": ("S-FE-PROVIDER",),
    "scope": ("S-FE-SCOPE", "W-FE-SCOPE"),
    "filter": ("S-FE-FILTER-REQ",),
    "ordered": ("S-FE-SKIP",),
    "source": ("S-QG-SOURCE",),
}
"""What may follow from it in the same step."""


def check_draft(
    draft: ast.Workflow, said: Sequence[Diagnostic], ground: Ground = NOTHING
) -> tuple[Diagnostic, ...]:
    """Return what the checks find that does not follow from the errors in ``said``, in order of the text."""
    wrong = sorted(errors(said), key=lambda problem: problem.span)
    silent = {code for problem in wrong for code in _BY_CODE.get(problem.code, ())}
    here: list[tuple[str, Span]] = []
    for node, option in _doubts(draft, wrong):
        silent.update(_ANYWHERE.get(option, ()))
        here += ((code, node.span) for code in _HERE.get(option, ()))
    refused = [problem.span for problem in wrong if problem.code != "P-MISSING"]

    def follows(found: Diagnostic) -> bool:
        return (
            found.code in silent
            or any(_holds(place, found.span) for place in refused)
            or any(code == found.code and _holds(place, found.span) for code, place in here)
        )

    return tuple(found for found in check(draft, ground) if not follows(found))


def _doubts(draft: ast.Workflow, wrong: Sequence[Diagnostic]) -> Iterator[tuple[AnyNode, str]]:
    """Yield the options that checks look at and that are refused or missing, each with its step."""
    starts = [(problem.span.line, problem.span.column) for problem in wrong]
    missed = {problem.span for problem in wrong if problem.code == "P-MISSING"}

    def is_wrong(place: Span) -> bool:
        at = bisect_left(starts, (place.line, place.column))
        return at < len(starts) and starts[at] < (place.end_line, place.end_column)

    for node in all_nodes(draft):
        if not is_wrong(node.span):
            continue
        for option in (*_ANYWHERE, *_HERE):
            place = node.places.get(option)
            if not _has(node, option):
                continue
            if (
                is_wrong(place)
                if place is not None
                else _needs(node, option) and node.place("head") in missed
            ):
                yield node, option


def _has(node: AnyNode, option: str) -> bool:
    return hasattr(node, option) or (option == "source" and isinstance(node, ast.Gate))


def _needs(node: AnyNode, option: str) -> bool:
    """Say whether a step cannot do without an option."""
    match node:
        case ast.Script():
            return option == "run"
        case ast.ForEach():
            return option in ("over", "workflow")
        case _:
            return option == "source"


def _holds(place: Span, inner: Span) -> bool:
    """Say whether a place lies in another."""
    begins = (place.line, place.column) <= (inner.line, inner.column)
    return begins and (inner.end_line, inner.end_column) <= (place.end_line, place.end_column)
