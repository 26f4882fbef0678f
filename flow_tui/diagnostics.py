"""One problem in one text: where it is, what it is and what to do about it."""

from collections.abc import Iterable
from enum import StrEnum

from flow_tui.dataclass import dataclass


class Severity(StrEnum):
    """How bad a diagnostic is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """A stretch of text: lines and columns from 1 in Unicode scalar values, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Span(line=1, column=1, end_line=1, end_column=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A problem found in a file; a value, because there can be many."""

    code: str
    """Such as ``P-NAME``; the table is in the language reference."""
    message: str
    span: Span = START
    severity: Severity = Severity.ERROR
    hint: str = ""
    file: str = ""

    @property
    def is_error(self) -> bool:
        """Say whether this keeps the definition from running."""
        return self.severity is Severity.ERROR

    def headline(self) -> str:
        """Return ``file:line:column: severity[code]: message``, on one line."""
        place = f"{self.file or '<text>'}:{self.span.line}:{self.span.column}"
        return f"{place}: {self.severity}[{self.code}]: {self.message}"


def errors(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return those that keep a definition from running."""
    return tuple(d for d in diagnostics if d.is_error)


_WIDEST = 160


def excerpt(diagnostic: Diagnostic, source: str) -> str:
    """Return the headline, the line with a caret under the place, and the hint; several lines.

    ``source`` is the text that the diagnostic speaks of; where there is none, no line is shown. Tabs become
    one space and very long lines are cut around the place, so that the caret stands where it points.
    """
    lines = source.split("\n")
    span = diagnostic.span
    shown = [diagnostic.headline()]
    if source and 1 <= span.line <= len(lines):
        text = lines[span.line - 1].rstrip("\r").replace("\t", " ")
        start = min(span.column - 1, len(text))
        end = min(span.end_column - 1, len(text)) if span.end_line == span.line else len(text)
        cut = max(0, start - _WIDEST // 2)
        text = text[cut : cut + _WIDEST]
        width = max(1, min(end, cut + _WIDEST) - start)
        number = f"{span.line:>4} | "
        shown.append(number + text)
        shown.append(" " * (len(number) + start - cut) + "^" * width)
    if diagnostic.hint:
        shown.append(f"     = help: {diagnostic.hint}")
    return "\n".join(shown)
