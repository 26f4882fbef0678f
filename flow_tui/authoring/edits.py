"""Changes of texts, as values: what stands instead of what."""

from collections.abc import Iterable

from flow_tui.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Edit:
    """A stretch of one text that becomes another."""

    file: str
    start: int
    end: int
    text: str


def applied(source: str, edits: Iterable[Edit]) -> str:
    """Return a text with all of its edits, none of which may overlap another."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits):
        pieces += (source[at : edit.start], edit.text)
        at = edit.end
    return "".join(pieces) + source[at:]
