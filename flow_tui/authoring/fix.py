"""A way to do away with a problem, and what those who look for one are given."""

import re

from flow_tui.authoring.document import Document
from flow_tui.authoring.edits import Edit
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic

_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Something that can be done."""

    title: str
    """What it does, for people."""
    edits: tuple[Edit, ...] = ()
    executable: str = ""
    """The path of a file that is to be made executable; nothing where only texts change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A problem and where it is."""

    document: Document
    diagnostic: Diagnostic
    start: int
    end: int

    @property
    def written(self) -> str:
        """Return the text that is wrong."""
        return self.document.source[self.start : self.end]

    @property
    def named(self) -> tuple[str, ...]:
        """Return what the message has in quotes."""
        return quoted(self.diagnostic.message)

    @property
    def hint(self) -> str:
        """Return what the diagnostic says to do."""
        return self.diagnostic.hint


def quoted(text: str) -> tuple[str, ...]:
    """Return what stands in quotes in a message."""
    return tuple(found[1] or found[2] or "" for found in _QUOTED.finditer(text))
