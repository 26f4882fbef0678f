"""What each part of a text is, line by line, for a text that changes while it is shown.

Only lines that somebody looks at are read, and after a change only those for which it matters.
"""

import re
from collections.abc import Sequence

from flow_tui.dataclass import dataclass
from flow_tui.dsl.highlight import SILENT, Kind, Part, Reader, following, scanned, string_parts

_REST = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+("|\\?\Z)', re.DOTALL)
"""A text in quotes that began on a line before."""


@dataclass(slots=True)
class _Known:
    """What is known when a line begins."""

    reader: Reader
    in_quotes: bool


class HighlightedLines:
    """The parts of the lines of a text."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        """Whoever changes them says so."""
        self._known = [_Known(Reader(), False)]
        """At the beginning of each line, as far as it has been read."""
        self._parts: list[tuple[Part, ...]] = []

    def of(self, line: int) -> tuple[Part, ...]:
        """Return the parts of a line, counted from 0."""
        while len(self._parts) <= line:
            self._read_next()
        return self._parts[line]

    def changed(self, line: int) -> None:
        """Know that lines are different from this one on; they are read again when somebody looks."""
        first = self._says_something(line)
        del self._parts[first:], self._known[first + 1 :]

    def _says_something(self, line: int) -> int:
        """Return the line itself, or one above: the last word there is read by what comes next."""
        line = max(0, line - 1)
        while line and self._first(line) == "":
            line -= 1
        return line

    def _read_next(self) -> None:
        at = len(self._parts)
        line, known = self._lines[at], self._known[at]
        reader = known.reader.copy()
        found: list[Part] = []
        start, in_quotes = 0, False
        if known.in_quotes:
            rest = _REST.match(line)
            start = rest.end() if rest is not None else len(line)
            in_quotes = rest is None or rest[1] != '"'
            found += string_parts(line, Part(Kind.STRING, 0, start))
        pieces = [*scanned(line, start)]
        last = next((part for part in reversed(pieces) if part.kind not in SILENT), None)
        beyond = self._beyond(at) if last is not None and last.kind is Kind.WORD else ""
        for part, after in zip(pieces, following(line, pieces, beyond), strict=True):
            if part.kind is Kind.STRING:
                reader.expected = None
                in_quotes = not _is_closed(line[part.start : part.end])
                found += string_parts(line, part)
            else:
                reader.take(part, line, after)
                found.append(part)
        self._parts.append(tuple(found))
        self._known.append(_Known(reader, in_quotes))

    def _beyond(self, at: int) -> str:
        """Return with which character that begins which comes after a line."""
        for line in range(at + 1, len(self._lines)):
            if first := self._first(line):
                return first
        return ""

    def _first(self, line: int) -> str:
        """Return the first character of a line that says something; nothing where there is none."""
        text = self._lines[line]
        for part in scanned(text):
            if part.kind not in SILENT:
                return text[part.start]
        return ""


def _is_closed(text: str) -> bool:
    """Say whether what begins with a quote ends with one."""
    match = _REST.match(text, 1)
    return match is not None and match[1] == '"'
