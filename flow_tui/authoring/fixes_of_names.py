"""What can be done about names: written wrong, not declared, not given, of files that cannot be run."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from flow_tui.authoring import layout, names
from flow_tui.authoring.blocks import Block, Role
from flow_tui.authoring.edits import Edit
from flow_tui.authoring.fix import Fix, Wrong, quoted
from flow_tui.dsl.tokens import KEYWORDS
from flow_tui.dsl.words import shown

_MEANT = re.compile(r"did you mean ('[^']*'|\"[^\"]*\")\?")
_SWAPPED = re.compile(r"^'([^']*)' is probably meant to be '([^']*)'$")
_DECLARE = re.compile(r"^declare it: inputs \{ ([\w-]+(?: boolean)?) \}$")
_BOOLEAN = re.compile(r"^declare it as ([\w-]+) boolean$")
_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)


def meant(wrong: Wrong) -> Iterator[Fix]:
    """Write the name that was probably meant."""
    found = _MEANT.search(wrong.hint)
    if found is None:
        return
    word = found[1][1:-1]
    for name in reversed(wrong.named):
        place = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", wrong.written) if name else None
        if place is not None and name != word:
            yield _instead(wrong, wrong.start + place.start(), name, word)
            return
    hole = re.fullmatch(r"\{\{\s*(.*?)\s*\}\}", wrong.written)
    if hole is not None:
        yield _instead(wrong, wrong.start + hole.start(1), hole[1], word)


def _instead(wrong: Wrong, start: int, name: str, word: str) -> Fix:
    source = wrong.document.source
    end = start + len(name)
    is_bare = source[start - 1 : start] != '"' and not _is_in_text(wrong, start)
    text = word if _NAME.fullmatch(word) or not is_bare else f'"{word}"'
    return Fix(title=f"Write {shown(word)}", edits=layout.replaced(wrong.document, start, end, text))


def _is_in_text(wrong: Wrong, offset: int) -> bool:
    mention = wrong.document.mention_at(offset)
    return mention is not None and mention.token.type == "STRING"


def swapped(wrong: Wrong) -> Iterator[Fix]:
    """Give the input that is needed the value of one that there is not."""
    found = _SWAPPED.match(wrong.hint)
    if found is None:
        return
    block = layout.block_at(wrong.document, wrong.start)
    for mention in wrong.document.structure.mentions:
        token = mention.token
        if mention.block is block and mention.role is Role.ENTRY and token.value == found[1]:
            edits = layout.replaced(wrong.document, token.start, token.end, found[2])
            yield Fix(title=f"Write {shown(found[2])}", edits=edits)


def undeclared(wrong: Wrong) -> Iterator[Fix]:
    """Declare the input that is asked for."""
    if (found := _DECLARE.match(wrong.hint)) is not None and found[1] not in KEYWORDS:
        edits = layout.declared(wrong.document, found[1])
        yield Fix(title=f"Declare the input {found[1]}", edits=edits)
    if (found := _BOOLEAN.match(wrong.hint)) is not None:
        for block in names.declared(wrong.document):
            if block.name == found[1]:
                end = block.head[0].end
                edits = layout.replaced(wrong.document, end, end, " boolean")
                yield Fix(title=f"Declare {found[1]} as boolean", edits=edits)


def not_given(wrong: Wrong) -> Iterator[Fix]:
    """Give the input that is needed."""
    if wrong.diagnostic.code not in ("S-SUB-INPUT", "S-FE-INPUT", "S-ACTION-INPUT") or not wrong.named:
        return
    name = wrong.named[-1]
    if not _NAME.fullmatch(name):
        return
    block = layout.block_at(wrong.document, wrong.start)
    own = any(each.name == name for each in names.declared(wrong.document))
    values = (f"{{{{{name}}}}}",) if own else ("{{item.id}}",) if block.kind == "foreach" else ("", "1m")
    for value in values:
        yield Fix(title=f"Give the input {name}", edits=_given(wrong, block, f'{name} = "{value}"'))


def _given(wrong: Wrong, block: Block, entry: str) -> tuple[Edit, ...]:
    pair = block.pair("inputs")
    if pair is not None and pair.inside is not None:
        return layout.with_option(wrong.document, pair.inside, entry)
    equals = " =" if block.kind == "foreach" else ""
    return layout.with_option(wrong.document, block, f"inputs{equals} {{ {entry} }}")


def not_executable(wrong: Wrong) -> Iterator[Fix]:
    """Make the file executable."""
    project = wrong.document.project
    if wrong.diagnostic.code not in ("S-SCRIPT-EXEC", "S-ACTION") or project is None:
        return
    if wrong.hint.startswith("chmod +x "):
        path = Path(project.root, shlex.split(wrong.hint)[2])
        yield Fix(title=f"Make {path.name} executable", executable=str(path))


def mismatched(wrong: Wrong) -> Iterator[Fix]:
    """Call the workflow like its file."""
    name = wrong.document.name
    if wrong.diagnostic.code == "W-NAME-MISMATCH" and _NAME.fullmatch(name) and name not in KEYWORDS:
        edits = layout.replaced(wrong.document, wrong.start, wrong.end, name)
        yield Fix(title=f"Call the workflow {name}", edits=edits)


def goes_on(wrong: Wrong) -> Iterator[Fix]:
    """Go on after a failure, where no agent was meant."""
    if wrong.hint.startswith("to go on after a failure write"):
        edits = layout.replaced(wrong.document, wrong.start, wrong.end, "continue")
        yield Fix(title="Write continue", edits=edits)


def asked_of_step(wrong: Wrong) -> Iterator[Fix]:
    """Ask for a marker of the step, where an input was asked for that has its name."""
    if wrong.diagnostic.code != "S-BOOL" or not wrong.hint.startswith("to ask what the step"):
        return
    step = quoted(wrong.hint)[0]
    for marker in names.markers(wrong.document, step):
        edits = layout.replaced(wrong.document, wrong.start, wrong.end, f"{step}.{marker}")
        yield Fix(title=f"Ask for {step}.{marker}", edits=edits)


NAMES = (meant, swapped, undeclared, not_given, not_executable, mismatched, goes_on, asked_of_step)
