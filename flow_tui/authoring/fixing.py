"""What can be done about a problem: changes of the text after which it is gone."""

from collections.abc import Iterator

from flow_tui import limits
from flow_tui.authoring.document import Document
from flow_tui.authoring.edits import applied
from flow_tui.authoring.fix import Fix, Wrong
from flow_tui.authoring.fixes_of_names import NAMES
from flow_tui.authoring.fixes_of_options import OPTIONS
from flow_tui.authoring.fixes_of_shape import SHAPE
from flow_tui.diagnostics import Diagnostic


def fixes(document: Document, diagnostic: Diagnostic) -> tuple[Fix, ...]:
    """Return what can be done about a diagnostic of the text, the likeliest first.

    Each is tried: one that leaves the problem, or makes a sound text a broken one, is none.
    """
    start, end = document.offsets(diagnostic.span)
    wrong = Wrong(document=document, diagnostic=diagnostic, start=start, end=end)
    found: dict[object, Fix] = {}
    for fix in _candidates(wrong):
        if fix.executable or (fix.edits not in found and _helps(wrong, fix)):
            found.setdefault(fix.executable or fix.edits, fix)
    return tuple(found.values())


def _candidates(wrong: Wrong) -> Iterator[Fix]:
    for rule in (*NAMES, *OPTIONS, *SHAPE):
        yield from rule(wrong)


def _helps(wrong: Wrong, fix: Fix) -> bool:
    """Say whether the problem is gone with a fix."""
    document = wrong.document
    text = applied(document.source, fix.edits)
    if text == document.source:
        return False
    if len(text) > limits.FIXES_TRIED:
        return True
    after = Document(document.file, text, document.around)
    if document.workflow is not None and after.workflow is None:
        return False
    return _count(after, wrong.diagnostic) < _count(document, wrong.diagnostic)


def _count(document: Document, diagnostic: Diagnostic) -> int:
    return sum(
        each.code == diagnostic.code and each.message == diagnostic.message for each in document.diagnostics
    )
