"""The one style of definitions, as changes of a text that leave the rest where it is."""

from difflib import SequenceMatcher

from flow_tui.authoring.document import Document
from flow_tui.authoring.edits import Edit
from flow_tui.dsl.format import format_text


def format_edits(document: Document) -> tuple[Edit, ...]:
    """Return what changes when the text is laid out; nothing where it is no sound definition."""
    formatted = format_text(document.source, document.file).text
    if formatted is None or formatted == document.source:
        return ()
    before, after = document.source.splitlines(keepends=True), formatted.splitlines(keepends=True)
    begins, offset = [0], 0
    for line in before:
        offset += len(line)
        begins.append(offset)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return tuple(
        Edit(file=document.file, start=begins[a], end=begins[b], text="".join(after[c:d]))
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    )
