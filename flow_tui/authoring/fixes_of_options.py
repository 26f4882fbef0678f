"""What can be done about options: not known, given twice, missing, or of a value that is not taken."""

import re
from collections.abc import Iterator

from flow_tui.authoring import layout, names
from flow_tui.authoring.fix import Fix, Wrong
from flow_tui.dsl.words import nearest, shown

_NOT_KNOWN = frozenset({"W-UNKNOWN-KEY", "P-UNKNOWN-KEY", "W-SUB-EXTRA", "W-FAIL-AGENT", "P-OPTIONS"})
_ADD = re.compile(r"\badd (([a-z_]+) = (?:\{[^}]*\}|[a-z]+))")
_WRITE = re.compile(r"(?:^|; )write (([a-z_]+) = (\{[^}]*\}|\"[^\"]*\"|[\w-]+))$")
_ONE_OF = re.compile(r"must be ('.*') or ('[^']*'), not ")
_BOUND = re.compile(r"must be at (?:least|most) ([0-9]+)")
_TIME = re.compile(r"\"?\s*([0-9]+)\s*(ms|s|m|h|d)[a-z]*\.?\s*\"?", re.IGNORECASE)
_SAMPLES = {"max_iterations": "5", "max_parallel": "4", "threshold": "80", "run": '"true"', "over": "files"}
_MOST = 4


def not_known(wrong: Wrong) -> Iterator[Fix]:
    """Take the option away."""
    says_so = wrong.hint.startswith(("leave out", "leave it out", "leave one"))
    unknown_input = wrong.diagnostic.code == "S-ACTION-INPUT" and "is not known" in wrong.diagnostic.message
    if wrong.diagnostic.code not in _NOT_KNOWN and not says_so and not unknown_input:
        return
    found = layout.pair_at(wrong.document, wrong.start)
    if found is not None:
        name = found[1].key.value
        yield Fix(title=f"Remove {shown(name)}", edits=layout.without(wrong.document, found[1]))


def given_twice(wrong: Wrong) -> Iterator[Fix]:
    """Take away the one that does not count, or the second declaration."""
    found = layout.pair_at(wrong.document, wrong.start)
    if wrong.diagnostic.code == "W-DUP-KEY" and found is not None:
        block, later = found
        name = later.key.value
        earlier = [
            pair for pair in block.pairs if pair.key.value == name and pair.key.start < later.key.start
        ]
        if earlier:
            yield Fix(
                title=f"Remove the {shown(name)} that does not count",
                edits=layout.without(wrong.document, earlier[-1]),
            )
    if wrong.diagnostic.code == "E-DUP-INPUT" or wrong.hint.endswith("leave 'string' out"):
        for block in names.declared(wrong.document):
            if block.start == wrong.start:
                edits = layout.removed(wrong.document, block.start, block.end)
                yield Fix(title=f"Remove {shown(block.name)}", edits=edits)


def of_no_effect(wrong: Wrong) -> Iterator[Fix]:
    """Take away the word that changes nothing about an input."""
    if wrong.diagnostic.code != "W-INPUT":
        return
    for block in names.declared(wrong.document):
        if block.start != wrong.start:
            continue
        for token in wrong.document.structure.tokens:
            if block.start < token.start < block.end and token.type == "REQUIRED":
                edits = layout.removed(wrong.document, token.start, token.end)
                yield Fix(title="Remove 'required'", edits=edits)
        if (pair := block.pair("default")) is not None and "its default" in wrong.diagnostic.message:
            yield Fix(title="Remove the default", edits=layout.without(wrong.document, pair))


def missing(wrong: Wrong) -> Iterator[Fix]:
    """Add the option that is needed."""
    if wrong.diagnostic.code == "P-MISSING" and wrong.named:
        name = wrong.named[-1]
        block = layout.block_at(wrong.document, wrong.start)
        value = _SAMPLES.get(name, "")
        if name == "source":
            value = next(reversed([*names.steps(wrong.document, block.start)]), "")
        if name == "workflow":
            value = next(iter(names.workflows(wrong.document)), "")
        if name == "over" and block.kind != "foreach":
            return
        if value:
            edits = layout.with_option(wrong.document, block, f"{name} = {value}")
            yield Fix(title=f"Add {name} = {value}", edits=edits)
    for found in _ADD.finditer(wrong.hint):
        block = layout.block_at(wrong.document, wrong.start)
        edits = layout.with_option(wrong.document, block, found[1])
        yield Fix(title=f"Add {found[1]}", edits=edits)


def another_value(wrong: Wrong) -> Iterator[Fix]:
    """Write a value that the option takes."""
    message = wrong.diagnostic.message
    if (found := _ONE_OF.search(message)) is not None:
        choices = [word.strip("'") for word in (*found[1].split(", "), found[2])]
        close = nearest(wrong.written.strip('"'), choices)
        for choice in sorted(choices, key=lambda each: each != close)[:_MOST]:
            yield _value(wrong, choice)
    if (found := _BOUND.search(message)) is not None:
        yield _value(wrong, found[1])
    if wrong.diagnostic.code == "P-DURATION" and (found := _TIME.fullmatch(wrong.written)) is not None:
        yield _value(wrong, f'"{found[1]}{found[2].lower()}"')
    if wrong.hint == "write true or false":
        yield from (_value(wrong, word) for word in ("true", "false"))
    if wrong.diagnostic.code == "W-TRIGGER":
        yield _value(wrong, "manual")
    if (found := _WRITE.search(wrong.hint)) is not None and (
        pair := layout.pair_at(wrong.document, wrong.start)
    ):
        end = layout.end_of(pair[1])
        if pair[1].key.value == found[2]:
            edits = layout.replaced(wrong.document, pair[1].key.start, end, found[1])
            yield Fix(title=f"Write {found[1]}", edits=edits)


def _value(wrong: Wrong, text: str) -> Fix:
    return Fix(title=f"Write {text}", edits=layout.replaced(wrong.document, wrong.start, wrong.end, text))


OPTIONS = (not_known, given_twice, of_no_effect, missing, another_value)
