"""What can be done about the shape of a text: quotes, braces, marks and words of other languages."""

import re
from collections.abc import Iterator

from flow_tui.authoring import layout
from flow_tui.authoring.blocks import Block
from flow_tui.authoring.fix import Fix, Wrong
from flow_tui.dsl import slips
from flow_tui.dsl.tokens import Token

_LINE = re.compile(r"is missing before line ([0-9]+)$")
_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_PAIRS = {"'": "'", "`": "`"}
_SUPERFLUOUS = ("nothing separates", "the character cannot be seen", "a fault")


def quotes(wrong: Wrong) -> Iterator[Fix]:
    """Put a text into quotes, or take a name out of them."""
    asked = ("put it in quotes", "put text in double quotes", "use straight quotes")
    if wrong.hint.startswith(asked) and (token := _unquoted(wrong)) is not None:
        text = wrong.document.source[token.start : token.end]
        if text[:1] in _PAIRS or not text[:1].isascii():
            text = text[1:-1]
        written = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        edits = layout.replaced(wrong.document, token.start, token.end, written)
        yield Fix(title="Put it in quotes", edits=edits)
    if wrong.hint == "write the name without quotes" and _NAME.fullmatch(wrong.written.strip('"')):
        edits = layout.replaced(wrong.document, wrong.start, wrong.end, wrong.written.strip('"'))
        yield Fix(title="Remove the quotes", edits=edits)


def _unquoted(wrong: Wrong) -> Token | None:
    """Return the text without quotes that a problem is about, or the word that it is about."""
    for token in wrong.document.lexed.tokens:
        if token.start <= wrong.start < token.end:
            return token if wrong.document.source[token.start] != '"' else None
    return None


def open_text(wrong: Wrong) -> Iterator[Fix]:
    """Close a text in quotes."""
    if wrong.diagnostic.code == "L-STRING":
        end = slips.end_of_line_text(wrong.document.source, wrong.start)
        edits = layout.replaced(wrong.document, end, end, '"')
        yield Fix(title="Close the text", edits=edits)
    if wrong.diagnostic.code == "W-ESCAPE":
        edits = layout.replaced(wrong.document, wrong.start, wrong.start, "\\")
        yield Fix(title="Write a backslash", edits=edits)


def marks(wrong: Wrong) -> Iterator[Fix]:
    """Write the marks of this language, and none where none is needed."""
    document, hint = wrong.document, wrong.hint
    if hint.startswith(_SUPERFLUOUS):
        edits = layout.replaced(document, wrong.start, wrong.end, "")
        yield Fix(title=f"Remove {wrong.written!r}", edits=edits)
    if hint.startswith("a merge left this line"):
        yield Fix(title="Remove the line", edits=layout.removed(document, wrong.start, _end_of_line(wrong)))
    if hint == "a comment starts with //":
        edits = layout.replaced(document, wrong.start, wrong.end, "//")
        yield Fix(title="Write //", edits=edits)
    if wrong.written == ":" and hint == "write NAME = VALUE":
        yield Fix(title="Write =", edits=layout.replaced(document, wrong.start, wrong.end, " ="))
    if wrong.written == ">" and wrong.diagnostic.code == "L-CHAR":
        yield Fix(title="Write =", edits=layout.replaced(document, wrong.start, wrong.end, ""))
    if wrong.diagnostic.message.startswith("'=' is missing after"):
        is_name = wrong.written in wrong.named
        at, text = (wrong.end, " =") if is_name else (wrong.start, "= ")
        yield Fix(title="Write =", edits=layout.replaced(document, at, at, text))


def _end_of_line(wrong: Wrong) -> int:
    end = wrong.document.source.find("\n", wrong.start)
    return end if end >= 0 else len(wrong.document.source)


def braces(wrong: Wrong) -> Iterator[Fix]:
    """Close what is open, and take a brace away that closes nothing."""
    document, message = wrong.document, wrong.diagnostic.message
    found = _LINE.search(wrong.hint)
    if message == "this '{' is never closed" and found is not None:
        at = document.offset(int(found[1]), 1)
        text = f"{layout.indentation(document, wrong.start)}}}\n"
        yield Fix(title="Close the block", edits=layout.replaced(document, at, at, text))
    if message == "this '}' closes nothing":
        yield Fix(title="Remove the brace", edits=layout.removed(document, wrong.start, wrong.end))
    if wrong.hint.endswith("is still open"):
        end = len(document.source.rstrip())
        text = "".join(f"\n{layout.indentation(document, block.start)}}}" for block in _open(wrong))
        yield Fix(title="Close the block", edits=layout.replaced(document, end, end, text))


def _open(wrong: Wrong) -> list[Block]:
    """Return the blocks that are open at the end, from the inside."""
    blocks = wrong.document.structure.root.walk()
    return [block for block in blocks if block.opened >= 0 and block.closed < 0][::-1]


def other_words(wrong: Wrong) -> Iterator[Fix]:
    """Say in this language what 'not' and 'else' say in others."""
    document = wrong.document
    if wrong.written == "not" and wrong.hint.startswith("use '"):
        before = re.search(r"\b(if|unless)\s+$", document.source[: wrong.start])
        if before is not None:
            word = "unless" if before[1] == "if" else "if"
            edits = layout.replaced(document, before.start(1), wrong.end, word)
            yield Fix(title=f"Write {word}", edits=edits)
    if wrong.written == "else":
        asked = [
            block
            for block in document.structure.root.walk()
            if block.kind in ("if", "unless") and block.head and 0 <= block.closed < wrong.start
        ]
        if asked:
            block = max(asked, key=lambda each: each.closed)
            condition = document.source[block.head[0].start : block.head[-1].end]
            word = f"{'unless' if block.kind == 'if' else 'if'} {condition}"
            edits = layout.replaced(document, wrong.start, wrong.end, word)
            yield Fix(title=f"Write {word}", edits=edits)


SHAPE = (quotes, open_text, marks, braces, other_words)
