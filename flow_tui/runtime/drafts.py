"""What is asked about a definition while somebody writes it, and what is answered.

Loaded when somebody begins to write: questions and answers are known to everybody else by their bases.
"""

from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic
from flow_tui.model.ids import RunId
from flow_tui.model.plan import PlanNode
from flow_tui.runtime.step_news import OfDraft

if TYPE_CHECKING:  # what a definition is made of is not loaded with the screen
    from flow_tui.authoring.completion import Completion
    from flow_tui.authoring.fix import Fix
    from flow_tui.authoring.naming import Location
    from flow_tui.dsl.diff import Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """How a file was when it was looked at: whether it has changed since is told by another one."""

    modified: int
    size: int
    inode: int


# Questions


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch(OfDraft):
    """What a file holds; nothing is answered as long as it is ``known``."""

    file: Path
    known: Stamp | None = None
    is_repeated: bool = False
    """Whether it is asked again, so that only what is new is to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(OfDraft):
    """What there is to say of a text as if it were in a file, and how it differs from another one."""

    file: Path
    text: str
    before: str = ""
    """The text to compare it with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresee(OfDraft):
    """What the next run would do again if the text were in the file."""

    file: Path
    text: str
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(OfDraft):
    """The text as what the file holds from now on."""

    file: Path
    text: str
    newline: str = "\n"
    known: Stamp | None = None
    """How the file was when it was read: another content there is not overwritten unless ``is_forced``."""
    is_forced: bool = False
    lays_out: bool = False
    """Whether the text is to be brought into the one style first, where it can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help(OfDraft):
    """Something about a place in a text."""

    file: Path
    text: str
    offset: int
    """In characters, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggest(Help):
    """What could be written there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain(Help):
    """What is to be said about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointAt(Explain):
    """The same, of what the mouse points at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead(Help):
    """Where that is defined which is named there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend(Help):
    """What can be done about the problems on that line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Help):
    """What is named there, and what changes when it is called something else."""

    new: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherText:
    """Another file, and what is to become of it."""

    file: Path
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Carry(OfDraft):
    """A change carried into other files, or a file made executable."""

    texts: tuple[OtherText, ...] = ()
    executable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep(OfDraft):
    """What is typed and not saved, so that it is there again whatever becomes of the program."""

    file: Path
    text: str | None
    """Nothing once it is saved, or may be lost."""
    instead_of: str = ""
    """What was left behind and is part of this now."""

    @property
    @override
    def kind(self) -> object:
        return Keep, self.file

    @property
    @override
    def outlasts(self) -> bool:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall(OfDraft):
    """What was typed into a file earlier and never saved; what is to be ``forgotten`` is so first."""

    file: Path
    forgotten: str = ""


# Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched(OfDraft):
    """What a file holds now."""

    file: Path
    text: str = ""
    newline: str = "\n"
    """What its lines end with."""
    stamp: Stamp | None = None
    """Nothing where there is no such file."""
    at: datetime | None = None
    """When it was written last."""
    why: str = ""
    """Why it cannot be read."""
    is_locked: bool = False
    """Whether it cannot be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(OfDraft):
    """What there is to say of a text."""

    text: str
    diagnostics: tuple[Diagnostic, ...]
    plan: tuple[PlanNode, ...] | None = None
    """Its rows; nothing where it is broken."""
    changes: "Changes | None" = None
    """From the other text to this one; nothing where one of them is broken."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen(OfDraft):
    """What the next run would do."""

    run_id: RunId
    again: tuple[str, ...] = ()
    """The steps that would run, by name."""
    kept: tuple[str, ...] = ()
    """Those whose results would be taken over."""
    why: str = ""
    """Why the first of them runs."""
    reasons: tuple[tuple[str, str], ...] = field(default=())
    """The path of each step that would run, with why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(OfDraft):
    """The file holds the text now, or why not."""

    file: Path
    given: str
    """The text as it was to be written."""
    text: str
    """What was written, laid out perhaps."""
    stamp: Stamp | None = None
    why: str = ""
    theirs: Fetched | None = None
    """What somebody else has written there meanwhile, which was left as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(OfDraft):
    """What is not saved is kept, or why it cannot be."""

    file: Path
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled(OfDraft):
    """What a program that is gone has left behind."""

    file: Path
    name: str = ""
    """What it is kept under; nothing where there is nothing."""
    text: str = ""
    at: datetime | None = None
    """When it was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested(OfDraft):
    """What could be written, what fits best first."""

    items: "tuple[Completion, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained(OfDraft):
    """What is to be said about a place: paragraphs, code between backticks."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Led(OfDraft):
    """Where something is defined."""

    places: "tuple[Location, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mendable(OfDraft):
    """What can be done, the likeliest first."""

    fixes: "tuple[Fix, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed(OfDraft):
    """What is named at a place; with a new name, what the text is then, and what others are."""

    name: str = ""
    new: str = ""
    text: str = ""
    others: tuple[OtherText, ...] = ()
    places: int = 0
    why: str = ""
    """Why it cannot be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried(OfDraft):
    """How carrying a change into other files went."""

    done: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched(OfDraft):
    """A file that somebody has open may have changed."""

    file: Path
    is_beside: bool = False
    """Something has changed that it may name: an agent, a script, another workflow."""
