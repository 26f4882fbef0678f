"""Help for whoever writes a definition, asked about a place in a text that is in no file yet."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from flow_tui.authoring.completion import complete
from flow_tui.authoring.document import Document
from flow_tui.authoring.edits import Edit, applied
from flow_tui.authoring.fix import Fix
from flow_tui.authoring.fixing import fixes
from flow_tui.authoring.formatting import format_edits
from flow_tui.authoring.hovering import hover
from flow_tui.authoring.naming import definition, renamable, rename
from flow_tui.dsl import loader
from flow_tui.dsl.files import UnreadableError, read
from flow_tui.errors import NotPossibleError
from flow_tui.runtime import library
from flow_tui.runtime.drafts import (
    Carried,
    Carry,
    Explain,
    Explained,
    Help,
    Lead,
    Led,
    Mend,
    Mendable,
    OtherText,
    Rename,
    Renamed,
    Suggest,
    Suggested,
)
from flow_tui.runtime.rewrite import rewrite

_LAID_OUT = "Lay the whole file out in the one style"
_READERS = 0o444


def helped(question: Help) -> Suggested | Explained | Led | Mendable | Renamed:
    """Return the answer to a question about a place."""
    around = library.surroundings(loader.project_of(question.file))
    document = Document(str(question.file), question.text, around)
    token, offset = question.token, question.offset
    match question:
        case Suggest():
            return Suggested(token=token, items=complete(document, offset))
        case Explain():
            found = hover(document, offset)
            return Explained(token=token, text=found.text if found is not None else "")
        case Lead():
            return Led(token=token, places=definition(document, offset))
        case Mend():
            return Mendable(token=token, fixes=tuple(_mended(document, offset)))
        case Rename(new=new):
            return _renamed(token, document, offset, new)
        case _:
            raise TypeError(question)


def _mended(document: Document, offset: int) -> Iterator[Fix]:
    """Yield what can be done about the problems on the line of an offset, and about how the text looks."""
    line = document.span(offset, offset).line
    for each in document.diagnostics:
        if each.span.line <= line <= max(each.span.end_line, each.span.line):
            yield from fixes(document, each)
    if edits := format_edits(document):
        yield Fix(title=_LAID_OUT, edits=edits)


def _renamed(token: int, document: Document, offset: int, new: str) -> Renamed:
    try:
        name = renamable(document, offset).name
        if not new:
            return Renamed(token=token, name=name)
        others = tuple(_others(document))
        edits = rename(document, offset, new, others)
        changed = tuple(_changed(edits, document, others))
    except (NotPossibleError, UnreadableError, ValueError) as error:
        return Renamed(token=token, why=str(error))
    return Renamed(
        token=token,
        name=name,
        new=new,
        text=applied(document.source, (each for each in edits if each.file == document.file)),
        others=changed,
        places=len(edits),
    )


def _changed(edits: Sequence[Edit], document: Document, others: Sequence[Document]) -> Iterator[OtherText]:
    """Yield the other files that edits change, prompts among them."""
    known = {each.file: each.source for each in others}
    for file in dict.fromkeys(each.file for each in edits if each.file != document.file):
        source = known.get(file)
        if source is None:
            source = read(Path(file)).decode("utf-8").removeprefix("\ufeff")
        own = [each for each in edits if each.file == file]
        yield OtherText(file=Path(file), before=source, after=applied(source, own))


def _others(document: Document) -> Iterator[Document]:
    """Yield the other definitions of the project."""
    project = document.project
    for name in loader.workflow_names(project) if project is not None else ():
        loaded = loader.load(project, name) if project is not None else None
        if loaded is not None and loaded.source and loaded.path != Path(document.file):
            yield Document(str(loaded.path), loaded.source, document.around)


def carried(question: Carry) -> Carried:
    """Change other files, each only if it is still what was looked at, or make one executable."""
    done: list[str] = []
    try:
        if question.executable:
            file = Path(question.executable)
            mode = file.stat().st_mode
            file.chmod(mode | (mode & _READERS) >> 2)
            done.append(file.name)
        for text in question.texts:
            _carry(text)
            done.append(text.file.name)
    except (OSError, UnreadableError) as reason:
        why = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
        return Carried(token=question.token, done=tuple(done), why=why)
    return Carried(token=question.token, done=tuple(done))


def _carry(text: OtherText) -> None:
    if read(text.file).decode("utf-8", "replace").removeprefix("\ufeff") != text.before:
        raise UnreadableError(f"{text.file.name} has changed meanwhile, and stays as it is")
    rewrite(text.file, text.after.encode())
