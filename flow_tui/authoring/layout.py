"""Changes of a text that look as if somebody had made them: options put in, lines taken out."""

from flow_tui.authoring.blocks import Block, Pair
from flow_tui.authoring.document import Document
from flow_tui.authoring.edits import Edit

_STEP = "  "


def block_at(document: Document, offset: int) -> Block:
    """Return the innermost construct around an offset."""
    found = document.structure.root
    for block in document.structure.root.walk():
        if block.start <= offset <= block.end and block.kind not in ("map", "array", "unknown", "input"):
            found = block
    return found


def pair_at(document: Document, start: int) -> tuple[Block, Pair] | None:
    """Return the innermost option, or entry, whose name or value begins at an offset, and what it is in."""
    found: tuple[Block, Pair] | None = None
    for block in document.structure.root.walk():
        for pair in block.pairs:
            values = [token.start for token in pair.values]
            inside = [pair.inside.start] if pair.inside is not None else []
            if start in (pair.key.start, *values, *inside):
                found = (block, pair)
    return found


def replaced(document: Document, start: int, end: int, text: str) -> tuple[Edit, ...]:
    """Return the change of a stretch into another text."""
    return (Edit(file=document.file, start=start, end=end, text=text),)


def removed(document: Document, start: int, end: int) -> tuple[Edit, ...]:
    """Return the change that takes a stretch away: with its line where it is alone there."""
    source = document.source
    while source[end : end + 1] in (" ", "\t", ","):
        end += 1
    line = source.rfind("\n", 0, start) + 1
    begins, ends = not source[line:start].strip(), source[end : end + 1] in ("\n", "\r", "")
    if begins and ends:
        stop = source.find("\n", end)
        return replaced(document, line, stop + 1 if stop >= 0 else len(source), "")
    if ends:
        start = line + len(source[line:start].rstrip())
    return replaced(document, start, end, "")


def without(document: Document, pair: Pair) -> tuple[Edit, ...]:
    """Return the change that takes an option away."""
    return removed(document, pair.key.start, end_of(pair))


def end_of(pair: Pair) -> int:
    """Return where an option ends."""
    return max(pair.end, pair.key.end, pair.inside.end if pair.inside is not None else 0)


def with_option(document: Document, block: Block, text: str) -> tuple[Edit, ...]:
    """Return the change that puts an option, or an entry, behind those in the braces of a block."""
    if block.opened < 0:
        end = block.head[-1].end if block.head else block.end
        return replaced(document, end, end, f" {{ {text} }}")
    source = document.source
    if block.pairs:
        last = block.pairs[-1]
        is_line = document.lines.begins_line(last.key.start)
        between = f"{_newline(document)}{_inside(document, block)}" if is_line else " "
        return replaced(document, end_of(last), end_of(last), between + text)
    at = block.opened
    following = source[at:].lstrip(" \t")[:1]
    if following in ("\n", "\r"):
        return replaced(document, at, at, f"{_newline(document)}{_inside(document, block)}{text}")
    room = " " if source[at : at + 1] not in (" ", "\t") else ""
    return replaced(document, at, at, f" {text}{room}")


def declared(document: Document, text: str) -> tuple[Edit, ...]:
    """Return the change that declares an input."""
    root = document.structure.root.children
    workflow = next((block for block in root if block.kind == "workflow" and block.opened >= 0), None)
    if workflow is None:
        return ()
    inputs = [block for block in workflow.children if block.kind == "inputs" and block.opened >= 0]
    if not inputs:
        return with_option(document, workflow, f"inputs {{ {text} }}")
    block = inputs[-1]
    if not block.children:
        return with_option(document, block, text)
    last = block.children[-1]
    is_row = "\n" not in document.source[block.opened : last.end]
    between = " " if is_row else f"{_newline(document)}{_inside(document, block)}"
    return replaced(document, last.end, last.end, between + text)


def indentation(document: Document, offset: int) -> str:
    """Return what stands before the first word of the line that holds an offset."""
    line = document.source.rfind("\n", 0, offset) + 1
    return document.source[line : line + document.lines.indentation(offset)]


def _inside(document: Document, block: Block) -> str:
    """Return the indentation of what stands in a block."""
    first = [*(child.start for child in block.children), *(pair.key.start for pair in block.pairs)]
    lines = [start for start in sorted(first) if document.lines.begins_line(start)]
    return indentation(document, lines[0]) if lines else indentation(document, block.start) + _STEP


def _newline(document: Document) -> str:
    return "\r\n" if "\r\n" in document.source else "\n"
