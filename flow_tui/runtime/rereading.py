"""A definition read once more, with what has changed in it; all of this takes time, and is done aside."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, excerpt
from flow_tui.dsl.diff import diff
from flow_tui.dsl.files import UnreadableError, read
from flow_tui.engine import blocking
from flow_tui.engine.commands import Definition
from flow_tui.engine.plan import plan
from flow_tui.errors import DefinitionError, FlowError
from flow_tui.model.ids import RunId
from flow_tui.runtime import library
from flow_tui.runtime.messages import LibraryChanged
from flow_tui.runtime.places import Places, moved
from flow_tui.runtime.watched import real

if TYPE_CHECKING:
    from collections.abc import MutableMapping

Result = TypeVar("Result")

GONE = "the file is gone; its last good state stays"


class Aside(Protocol):
    """Carries out what takes time, where nobody waits for it."""

    def __call__(self, work: Callable[[], Result]) -> Awaitable[Result]: ...


def in_thread(work: Callable[[], Result]) -> Awaitable[Result]:
    """Return what ``work`` returns, from a thread that keeps nobody from leaving."""
    return blocking.in_thread(work, name="reload")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What a definition is now."""

    definition: Definition | None = None
    """Nothing while it is broken."""
    news: LibraryChanged | None = None
    """What the screen is told of it."""
    refusal: FlowError | None = None
    """Why it could not be read at all."""
    places: Places = field(default_factory=dict[str, tuple[int, ...]])
    """What was in each place that decides about it."""


def reread(
    last: Definition, changed: tuple[str, ...], base: Definition | None, against: RunId | None
) -> Reread:
    """Return what has become of a definition, and how that differs from what run ``against`` began with."""
    try:
        definition = library.reload(last.root, last.file)
    except DefinitionError as error:
        return Reread(news=broken(error, last.file, changed), places=error.places)
    except FlowError as error:
        return Reread(refusal=error)
    if definition is None:
        gone = Diagnostic(code="F-NOT-FOUND", message=GONE, file=last.file)
        return Reread(news=broken(DefinitionError([gone]), last.file, changed))
    return Reread(definition=definition, news=sound(definition, changed, base, against))


def first_read(file: Path, changed: tuple[str, ...]) -> Reread:
    """Return what has become of a file that no run could be started from."""
    try:
        definition = library.load(str(file))
    except DefinitionError as error:
        return Reread(news=broken(error, "", changed), places=error.places)
    except FlowError as error:
        return Reread(refusal=error)
    return Reread(definition=definition, news=sound(definition, changed), places=definition.places)


def broken(error: DefinitionError, file: str, changed: tuple[str, ...]) -> LibraryChanged:
    """Return what the screen is told of a definition that is wrong; the last good one stays."""
    told = error.diagnostics
    return LibraryChanged(
        file=file or (told[0].file if told else ""),
        diagnostics=told,
        excerpts=tuple(excerpt(each, error.source) for each in told[: limits.DIAGNOSTICS_SHOWN]),
        changed=changed,
    )


def sound(
    definition: Definition,
    changed: tuple[str, ...],
    base: Definition | None = None,
    against: RunId | None = None,
) -> LibraryChanged:
    """Return what the screen is told of one that is right."""
    return LibraryChanged(
        file=definition.file,
        plan=plan(definition.workflow),
        changed=changed,
        changes=None if base is None else diff(base.workflow, definition.workflow),
        against=against,
    )


def missed(definition: Definition, astray: Places) -> frozenset[Path]:
    """Return the files of a definition that hold something else now, and the places that do.

    Among these are those of what it was tried to become, which was ``astray``.
    """
    known = {**definition.files, definition.file: definition.source.encode()}
    others = frozenset(
        file
        for name, held in known.items()
        for file in real(Path(definition.root), (name,))
        if not file.is_symlink() and content(file) != held
    )
    return others | moved({**definition.places, **astray})


def ago(file: Path, now: datetime) -> float:
    """Return how many seconds ago a file was written; none where the file or its date does not tell."""
    try:
        seconds = now.timestamp() - file.lstat().st_ctime
    except OSError:
        return 0.0
    return seconds if 0 <= seconds <= limits.RERUN_SETTLE_CAP.total_seconds() else 0.0


def content(file: Path) -> bytes | None:
    """Return what a file holds; nothing where that cannot be read."""
    try:
        return read(file)
    except UnreadableError:
        return None


def differing(files: Iterable[Path], known: "MutableMapping[Path, str]") -> frozenset[Path]:
    """Return those files that hold something else than when they were looked at last, and remember that.

    What was never looked at counts as different.
    """
    found = set[Path]()
    for file in files:
        held = _digest(file)
        if known.get(file, "?") != held:
            known[file] = held
            found.add(file)
    return frozenset(found)


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(read(file, most=limits.MIB)).hexdigest()
    except UnreadableError:
        pass
    try:
        stat = file.lstat()
    except OSError:
        return ""
    return f"{stat.st_ino} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}"
