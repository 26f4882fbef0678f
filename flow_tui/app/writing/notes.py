"""What stands below a line of the editor: where the problem is, what it is, and what to do about it."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len

from flow_tui.app.writing.shapes import shape_of
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic
from flow_tui.sanitize import line as on_one_line

_SQUIGGLE = "~"
_MOST_OF_LINE = 2
"""So many problems of one line are told below it."""
_MOST_ROWS = 3
"""So many rows a message may take."""
_LEAST = 24
"""Cells in which words can be read."""
_MESSAGE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """One row."""

    mark: str = ""
    """The squiggle, with what stands before it."""
    text: str = ""
    is_error: bool = True
    is_help: bool = False


Notes = Mapping[int, tuple[NoteRow, ...]]
"""By line, counted from 0."""


def notes(
    diagnostics: Iterable[Diagnostic], lines: Sequence[str], width: int
) -> dict[int, tuple[NoteRow, ...]]:
    """Return what is to be said below each line, in rows of so many cells."""
    by_line: dict[int, list[Diagnostic]] = {}
    for each in diagnostics:
        at = max(0, min(each.span.line, len(lines)) - 1)
        by_line.setdefault(at, []).append(each)
    return {
        at: tuple(row for each in found[:_MOST_OF_LINE] for row in _rows(each, lines[at], max(_LEAST, width)))
        + _more(len(found) - _MOST_OF_LINE)
        for at, found in by_line.items()
    }


def _more(count: int) -> tuple[NoteRow, ...]:
    return (NoteRow(text=f"… and {count} more here", is_help=True),) if count > 0 else ()


def stretch(diagnostic: Diagnostic, line: str) -> tuple[int, int]:
    """Return from which character of its first line to which one a problem reaches."""
    span = diagnostic.span
    start = min(span.column - 1, len(line))
    end = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line.rstrip())
    return start, max(end, start + 1)


def _rows(diagnostic: Diagnostic, line: str, width: int) -> list[NoteRow]:
    start, end = stretch(diagnostic, line)
    shape = shape_of(line)
    x = shape.x_of(start)
    length = max(1, shape.x_of(end) - x)
    message = on_one_line(diagnostic.message, _MESSAGE)
    is_error = diagnostic.is_error
    mark = " " * x + _SQUIGGLE * length
    if x + length + 1 + cell_len(message) <= width:
        found = [NoteRow(mark=f"{mark} ", text=message, is_error=is_error)]
        indent = x
    else:
        found = [NoteRow(mark=mark, is_error=is_error)]
        indent = min(x, max(0, width - 2 * _LEAST))
        found += [
            NoteRow(text=" " * indent + text, is_error=is_error) for text in _folded(message, width - indent)
        ]
    if diagnostic.hint:
        hint = on_one_line(diagnostic.hint, _MESSAGE)
        indent = indent if indent + 2 + cell_len(hint) <= width else min(indent, max(0, width - 2 * _LEAST))
        for number, text in enumerate(_folded(hint, width - indent - 2)):
            lead = "└ " if not number else "  "
            found.append(NoteRow(text=" " * indent + lead + text, is_error=is_error, is_help=True))
    return found


def _folded(text: str, width: int) -> list[str]:
    rows = textwrap.wrap(text, max(8, width)) or [""]
    if len(rows) > _MOST_ROWS:
        rows = [*rows[: _MOST_ROWS - 1], rows[_MOST_ROWS - 1][: max(8, width) - 1] + "…"]
    return rows
