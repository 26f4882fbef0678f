"""What a name leads to, where else it stands, and what changes when it becomes another."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from flow_tui.authoring import names, prompts
from flow_tui.authoring.blocks import Role
from flow_tui.authoring.document import Document
from flow_tui.authoring.edits import Edit
from flow_tui.authoring.occurrences import Occurrence, Thing, occurrence_at, occurrences
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import START, Span
from flow_tui.dsl import resources, variables
from flow_tui.dsl.files import UnreadableError, read, readable
from flow_tui.dsl.tokens import KEYWORDS
from flow_tui.dsl.words import shown
from flow_tui.errors import NotPossibleError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_STEPS = frozenset({Thing.STEP, Thing.AGENT, Thing.WORKFLOW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in a file."""

    file: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamable:
    """What would become another name."""

    name: str
    start: int
    end: int


# What it leads to


def definition(document: Document, offset: int) -> tuple[Location, ...]:
    """Return where that is defined which is named at an offset: in this file, or in another."""
    found = occurrence_at(document, offset)
    if found is None:
        return ()
    match found.thing:
        case Thing.SCHEMA:
            return _file(names.file_of(document, "schema", found.name))
        case Thing.SNIPPET:
            return _file(names.file_of(document, "snippet", found.name))
        case Thing.SCRIPT:
            return _file(names.file_of(document, "script", found.name))
        case Thing.WORKFLOW:
            return _workflow(document, found.name)
        case Thing.AGENT:
            return _agent(document, found.name)
        case Thing.INPUT_OF_CALL:
            return _declaration(document, found.of, found.name)
        case Thing.INPUT:
            return tuple(_here(document, each) for each in _same(document, found) if each.declares)
        case Thing.STEP:
            return _step(document, found)
        case _:
            return ()


def _here(document: Document, each: Occurrence) -> Location:
    return Location(file=document.file, span=document.span(each.start, each.end))


def _file(path: Path | None, span: Span = START) -> tuple[Location, ...]:
    return () if path is None else (Location(file=readable(path), span=span),)


def _workflow(document: Document, name: str) -> tuple[Location, ...]:
    child = names.called(document, name)
    if child is not None:
        return (Location(file=child.source_path, span=child.place("head")),)
    project = document.project
    folders = project.workflow_folders if project is not None else ()
    return _file(next((path for folder in folders if (path := folder / f"{name}.wf").is_file()), None))


def _agent(document: Document, name: str) -> tuple[Location, ...]:
    project = document.project
    for folder in project.folders if project is not None and "/" not in name else ():
        path = folder / "actions.py"
        try:
            source = read(path, project.roots if project is not None else ())
        except UnreadableError:
            continue
        function = resources.action_functions(source).get(name)
        if function is None:
            continue
        place = re.search(rf"^(async )?def ({re.escape(function)})\b".encode(), source, re.MULTILINE)
        if place is not None:
            line = source.count(b"\n", 0, place.start()) + 1
            column = place.start(2) - place.start() + 1
            span = Span(line=line, column=column, end_line=line, end_column=column + len(place[2]))
            return _file(path, span)
    return _file(names.file_of(document, "agent", name))


def _declaration(document: Document, workflow: str, name: str) -> tuple[Location, ...]:
    child = names.called(document, workflow)
    for each in child.inputs if child is not None else ():
        if each.name == name:
            return (Location(file=child.source_path if child is not None else "", span=each.place("head")),)
    return ()


def _step(document: Document, found: Occurrence) -> tuple[Location, ...]:
    """Return the steps of a name that come before it; those after it where none does."""
    declared = [each for each in _same(document, found) if each.declares]
    before = [each for each in declared if each.start <= found.start]
    return tuple(_here(document, each) for each in before or declared)


# Where else it stands


def references(document: Document, offset: int, others: Sequence[Document] = ()) -> tuple[Location, ...]:
    """Return every place that names what is named at an offset, that place and its declaration among them.

    ``others`` are the other texts of the project in which it may be named, too.
    """
    found = occurrence_at(document, offset)
    if found is None:
        return ()
    return tuple(_here(text, each) for text, each in _everywhere(document, found, others))


def _same(document: Document, found: Occurrence) -> Iterator[Occurrence]:
    """Yield the places of a text that name the same."""
    for each in occurrences(document):
        same = each.thing is found.thing and each.name == found.name and each.of == found.of
        if same or (found.step and each.step == found.step):
            yield each


def _everywhere(
    document: Document, found: Occurrence, others: Sequence[Document]
) -> Iterator[tuple[Document, Occurrence]]:
    """Yield the places of all texts that name the same, each with its text."""
    if found.thing is Thing.INPUT_OF_CALL:
        for text in (document, *others):
            yield from ((text, each) for each in _inputs_of(text, found.of, found.name))
            if text.name == found.of:
                yield from prompts.asking(text, found.name, found.mention)
        return
    yield from ((document, each) for each in _same(document, found))
    if found.thing is Thing.INPUT:
        yield from prompts.asking(document, found.name, found.mention)
    for text in others:
        if found.thing is Thing.INPUT:
            yield from ((text, each) for each in _inputs_of(text, document.name, found.name))
        elif found.step and _hands_out(document, found.step):
            yield from ((text, each) for each in _asked_of(text, document.name, found.step))


def _inputs_of(document: Document, workflow: str, name: str) -> Iterator[Occurrence]:
    """Yield the places of a text that name an input of a workflow: its own, or of one that it calls."""
    for each in occurrences(document):
        own = each.thing is Thing.INPUT and document.name == workflow
        called = each.thing is Thing.INPUT_OF_CALL and each.of == workflow
        if (own or called) and each.name == name:
            yield each


def _hands_out(document: Document, step: str) -> bool:
    """Say whether those who call this workflow can ask for a step of it."""
    blocks = document.structure.root.children
    return any(
        names.key_of(each) == step or any(names.key_of(call) == step for call in each.children)
        for block in blocks
        for each in block.children
    )


def _asked_of(document: Document, workflow: str, step: str) -> Iterator[Occurrence]:
    """Yield where a text asks for a step of a workflow that it calls and has no such step itself."""
    found = [each for each in occurrences(document) if each.step]
    calls = any(each.thing is Thing.WORKFLOW and each.name == workflow for each in found)
    asked = [each for each in found if each.step == step]
    if calls and not any(each.declares for each in asked):
        yield from asked


# Another name


def renamable(document: Document, offset: int) -> Renamable:
    """Return what would become another name; raises ``NotPossibleError`` where nothing can."""
    return _renamable(document, offset)[1]


def _renamable(document: Document, offset: int) -> tuple[Occurrence, Renamable]:
    found = occurrence_at(document, offset)
    what = "rename this"
    if found is None:
        raise NotPossibleError(what, "no step and no input is named here")
    what = f"rename {shown(found.name)}"
    match found.thing:
        case Thing.STEP | Thing.AGENT | Thing.WORKFLOW if found.step:
            _refuse_files(document, found)
        case Thing.INPUT | Thing.INPUT_OF_CALL | Thing.OWN_NAME | Thing.ITEMS:
            pass
        case Thing.VALUE:
            raise NotPossibleError(what, "it is no input of this workflow")
        case Thing.MARKER:
            raise NotPossibleError(what, "a marker is what its step leaves, not a name given here")
        case Thing.GATE:
            raise NotPossibleError(what, "it is the type of the gate")
        case _:
            raise NotPossibleError(what, f"it is the name of a {found.thing}, which is another file")
    return found, Renamable(name=found.name, start=found.start, end=found.end)


def _refuse_files(document: Document, found: Occurrence) -> None:
    """Refuse where the name is that of a file of its own."""
    what = f"rename {shown(found.name)}"
    same = [each for each in _same(document, found) if each.declares]
    for each in same:
        if each.thing is Thing.WORKFLOW:
            raise NotPossibleError(what, "a step that calls a workflow has the name of that workflow's file")
        if each.thing is Thing.AGENT and "/" in each.name:
            raise NotPossibleError(what, "the step has the name of its agent's file")
    if not same:
        raise NotPossibleError(what, "no step of this workflow has that name")


def rename(document: Document, offset: int, new: str, others: Sequence[Document] = ()) -> tuple[Edit, ...]:
    """Return what changes when that which is named at an offset is called ``new``, everywhere.

    Raises ``NotPossibleError`` where nothing can be renamed, or the new name is none or belongs to another.
    """
    found, _ = _renamable(document, offset)
    if new == found.name:
        return ()
    _refuse_name(document, found, new, others)
    places = list(_everywhere(document, found, others))
    if found.thing is Thing.INPUT_OF_CALL and not any(each.declares for _, each in places):
        raise NotPossibleError(
            f"rename {shown(found.name)}", f"{found.of!r}, which declares it, is not at hand"
        )
    _refuse_shared(document, found, others)
    return tuple(_edits(places, new))


def _refuse_shared(document: Document, found: Occurrence, others: Sequence[Document]) -> None:
    """Refuse where a prompt asks for the inputs of several workflows by that name."""
    if found.thing not in (Thing.INPUT, Thing.INPUT_OF_CALL):
        return
    texts = (document, *others)
    of = document.name if found.thing is Thing.INPUT else found.of
    for text in texts:
        if text.name == of and (both := prompts.shared(text, found.name, texts)) is not None:
            path, other = both
            raise NotPossibleError(
                f"rename {shown(found.name)}",
                f"{path.name} asks for it, and also serves {other.name!r}, which has an input of that name",
            )


def _edits(places: Iterable[tuple[Document, Occurrence]], new: str) -> Iterator[Edit]:
    for text, each in places:
        yield Edit(file=text.file, start=each.start, end=each.end, text=new)


def _refuse_name(document: Document, found: Occurrence, new: str, others: Sequence[Document]) -> None:
    """Refuse a name that is none, or that something else has."""
    what = f"rename {shown(found.name)}"
    if not _NAME.fullmatch(new):
        raise NotPossibleError(
            what, f"{shown(new)} is no name: letters, digits, - and _ make one, and no digit begins it"
        )
    if new in KEYWORDS or (found.thing is Thing.AGENT and new == "continue"):
        raise NotPossibleError(what, f"{new!r} is a word of the language")
    if found.thing is Thing.OWN_NAME:
        if new != document.name:
            raise NotPossibleError(what, f"a workflow has the name of its file, {document.name!r}")
        return
    if found.thing in (Thing.INPUT, Thing.INPUT_OF_CALL):
        if new in variables.ENGINE_NAMES:
            raise NotPossibleError(what, f"{new!r} is a value that the engine provides")
        taken = (Thing.INPUT, Thing.VALUE, Thing.INPUT_OF_CALL)
        texts = (document, *(text for text in others if text.name == found.of))
        is_taken = any(
            each.name == new and each.thing in taken and each.of == found.of
            for text in texts
            for each in occurrences(text)
        )
    else:
        _refuse_agent(document, found, new)
        is_taken = any(
            each.step == new if found.step else each.thing is found.thing and each.name == new
            for each in occurrences(document)
        )
    if is_taken:
        raise NotPossibleError(what, f"the name {new!r} is in use already")


def _refuse_agent(document: Document, found: Occurrence, new: str) -> None:
    """Refuse a name under which nothing would run the calls that have run up to now."""
    around = document.around
    calls = [each for each in _same(document, found) if each.thing is Thing.AGENT and each.declares]
    if around is None or not calls or found.mention.role is Role.NAME:
        return
    known = names.of_project(document, "agent")
    if found.step in known and new not in known:
        raise NotPossibleError(
            f"rename {shown(found.name)}", f"nothing runs a call of {new!r}: rename what runs it first"
        )
