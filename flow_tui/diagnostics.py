"""One problem in one text: where it is, what it is and what to do about it."""

from collections.abc import Callable, Iterable
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
    counts: int = 1
    """As how many problems of its severity it counts: more where it stands for others that are not listed."""

    @property
    def is_error(self) -> bool:
        """Say whether this keeps the definition from running."""
        return self.severity is Severity.ERROR

    @property
    def place(self) -> str:
        """Return ``file:line:column``."""
        return f"{self.file or '<text>'}:{self.span.line}:{self.span.column}"

    def headline(self) -> str:
        """Return ``file:line:column: severity[code]: message``, on one line."""
        return f"{self.place}: {self.severity}[{self.code}]: {self.message}"


def errors(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return those that keep a definition from running."""
    return tuple(d for d in diagnostics if d.is_error)


class Tone(StrEnum):
    """What a stretch of a shown diagnostic is."""

    ERROR = "error"
    WARNING = "warning"
    TITLE = "title"
    """What is wrong, in words."""
    MARGIN = "margin"
    """Places, line numbers and what leads to them."""
    HELP = "help"


def _as_it_is(_tone: Tone, text: str) -> str:
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How diagnostics are shown: as they are, unless somebody knows more about where."""

    paint: Callable[[Tone, str], str] = _as_it_is
    """Returns text with what gives it its colour."""
    visible: Callable[[str], str] = str
    """Returns text with nothing in it that acts, on one line."""
    width: Callable[[str], int] = len
    """Returns how many cells a text takes."""
    code: Callable[[str], str] = str
    """Returns a line of a definition, as ``visible`` returns it, with its colours."""


AS_IT_IS = Look()
_WIDEST = 160


def excerpt(diagnostic: Diagnostic, source: str, look: Look = AS_IT_IS) -> str:
    """Return the headline, the line with a caret under the place, and the hint; several lines.

    ``source`` is the text that the diagnostic speaks of; where there is none, no line is shown. Tabs become
    one space and very long lines are cut around the place, so that the caret stands where it points.
    """
    paint, visible, width = look.paint, look.visible, look.width
    lines = source.split("\n")
    span, tone = diagnostic.span, Tone(diagnostic.severity.value)
    kind = paint(tone, f"{diagnostic.severity}[{diagnostic.code}]")
    title = paint(Tone.TITLE, visible(diagnostic.message))
    shown = [f"{paint(Tone.MARGIN, visible(diagnostic.place))}: {kind}: {title}"]
    if source and 1 <= span.line <= len(lines):
        text = lines[span.line - 1].rstrip("\r").replace("\t", " ")
        start = min(span.column - 1, len(text))
        end = min(span.end_column - 1, len(text)) if span.end_line == span.line else len(text)
        cut = max(0, start - _WIDEST // 2)
        before, marked = visible(text[cut:start]), visible(text[start : min(end, cut + _WIDEST)])
        number = f"{span.line:>4} | "
        shown.append(paint(Tone.MARGIN, number) + look.code(text[cut : cut + _WIDEST]))
        caret = paint(tone, "^" * max(1, width(marked)))
        shown.append(" " * (len(number) + width(before)) + caret)
    if diagnostic.hint:
        shown.append(f"     = {paint(Tone.HELP, 'help')}: {visible(diagnostic.hint)}")
    return "\n".join(shown)
