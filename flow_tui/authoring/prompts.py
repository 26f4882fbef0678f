"""Texts of agents and snippets that a definition uses, and where they ask for its inputs."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from flow_tui.authoring import names
from flow_tui.authoring.blocks import Block, Mention
from flow_tui.authoring.document import Document
from flow_tui.authoring.occurrences import Occurrence, Thing, occurrences
from flow_tui.dsl import variables
from flow_tui.dsl.files import UnreadableError, read, readable
from flow_tui.dsl.templates import placeholders


def asking(document: Document, name: str, mention: Mention) -> Iterator[tuple[Document, Occurrence]]:
    """Yield where the prompts of a definition ask for an input of it, each with its text.

    ``mention`` is where the input was named by whoever wants to know.
    """
    for path in used(document, name):
        text = _text(path, document)
        if text is None:
            continue
        for hole in placeholders(text.source):
            if hole.name not in (name, f"{variables.INPUT_PREFIX}{name}") or (
                hole.name == name and name in variables.EVERYWHERE
            ):
                continue
            end = text.source.index(hole.name, hole.start) + len(hole.name)
            yield (
                text,
                Occurrence(thing=Thing.INPUT, name=name, start=end - len(name), end=end, mention=mention),
            )


def used(document: Document, name: str = "") -> tuple[Path, ...]:
    """Return the files of its agents and snippets, but for agents that a call gives ``name`` itself."""
    found: dict[Path, None] = {}
    for each in occurrences(document):
        if each.thing is Thing.AGENT and name and name in _given(each.mention.block):
            continue
        path = _file(document, each)
        if path is not None and path.suffix == ".md":
            found[path] = None
    return tuple(found)


def shared(document: Document, name: str, others: Sequence[Document]) -> tuple[Path, Document] | None:
    """Return a prompt that asks for an input and serves another definition with an input of that name."""
    mentions = document.structure.mentions
    own = {Path(text.file) for text, _ in asking(document, name, mentions[0])} if mentions else set[Path]()
    for other in others if own else ():
        if other.file != document.file and any(each.name == name for each in names.declared(other)):
            for path in used(other, name):
                if path in own:
                    return path, other
    return None


def _given(block: Block) -> frozenset[str]:
    pair = block.pair("inputs") if block.kind == "call" else None
    inside = pair.inside if pair is not None else None
    return frozenset(each.key.value for each in inside.pairs) if inside is not None else frozenset()


def _file(document: Document, each: Occurrence) -> Path | None:
    match each.thing:
        case Thing.AGENT:
            return names.file_of(document, "agent", each.name)
        case Thing.SNIPPET:
            return names.file_of(document, "snippet", each.name)
        case _:
            return None


def _text(path: Path, document: Document) -> Document | None:
    try:
        source = read(path, document.project.roots if document.project is not None else ())
        return Document(readable(path), source.decode("utf-8"), document.around)
    except (UnreadableError, ValueError):
        return None
