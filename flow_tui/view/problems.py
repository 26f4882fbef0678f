"""Diagnostics for people and for other programs: as text, as JSON, as annotations of GitHub Actions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, Look, Tone, errors, excerpt
from flow_tui.sanitize import visible
from flow_tui.view import format as fmt

PLAIN = Look(visible=visible, width=fmt.width, code=visible)
"""For a file, or a terminal without colours."""
_SGR = {Tone.ERROR: "1;31", Tone.WARNING: "1;33", Tone.TITLE: "1", Tone.MARGIN: "36", Tone.HELP: "1;32"}
_CODE = {
    **dict.fromkeys(("KEYWORD", "CONSTANT"), "34"),
    **dict.fromkeys(("STRING", "ESCAPE"), "32"),
    "PLACEHOLDER": "33",
    "NUMBER": "35",
    "COMMENT": "2",
}
"""How a line of a definition is coloured, by kinds of its parts; what is not in here stays as it is."""


def _painted(tone: Tone, text: str) -> str:
    return f"\x1b[{_SGR[tone]}m{text}\x1b[0m" if text else ""


def _coloured(code: str) -> str:
    from flow_tui.dsl.highlight import parts  # noqa: PLC0415 - only where something is wrong

    shown = visible(code)
    pieces = ((_CODE.get(part.kind.name), shown[part.start : part.end]) for part in parts(shown))
    return "".join(f"\x1b[{sgr}m{text}\x1b[0m" if sgr else text for sgr, text in pieces)


COLOURED = replace(PLAIN, paint=_painted, code=_coloured)
"""For a terminal with colours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One file, and what there is to say about it."""

    name: str
    """As seen from where somebody is."""
    uri: str
    """Its reference in other programs; relative where the file lies below that place."""
    source: str
    diagnostics: tuple[Diagnostic, ...]
    is_file: bool = True
    """Whether it counts as one; a folder that cannot be read does not."""


def as_text(checked: Checked, look: Look = PLAIN) -> Iterator[str]:
    """Yield each problem with its place, and at the end how many are not shown."""
    shown = checked.diagnostics[: limits.DIAGNOSTICS_SHOWN]
    for problem in shown:
        yield excerpt(problem, checked.source, look)
    if len(checked.diagnostics) > len(shown):
        yield f"… and {len(checked.diagnostics) - len(shown):,} more in {look.visible(checked.name)}"


def code(example: str, look: Look) -> Iterator[str]:
    """Yield a part of a definition that shows something, indented."""
    yield from (f"    {look.code(line)}".rstrip() for line in example.strip("\n").split("\n"))


def tally(checked: Sequence[Checked], look: Look = PLAIN) -> str:
    """Return how many files, errors and warnings there are, in one line."""
    found = [problem for one in checked for problem in one.diagnostics]
    wrong = sum(problem.counts for problem in errors(found))
    doubtful = sum(problem.counts for problem in found if not problem.is_error)
    counts = ((Tone.ERROR, wrong), (Tone.WARNING, doubtful))
    told = (
        look.paint(tone, text) if count else text
        for tone, count in counts
        if (text := fmt.counted(count, tone.value))
    )
    return ", ".join((fmt.counted(files(checked), "file"), *told))


def first_code(checked: Iterable[Checked]) -> str:
    """Return the code of the first error, or of the first warning where there is no error; or nothing."""
    found = [problem for one in checked for problem in one.diagnostics]
    return next((problem.code for problem in (*errors(found), *found)), "")


def files(checked: Iterable[Checked]) -> int:
    """Return how many files were checked."""
    return sum(one.is_file for one in checked)


def report(checked: Sequence[Checked]) -> dict[str, object]:
    """Return all of it as other programs rely on: a count of files, and the problems in their order."""
    return {
        "files": files(checked),
        "diagnostics": [as_json(problem) for one in checked for problem in one.diagnostics],
    }


def as_json(problem: Diagnostic) -> dict[str, object]:
    """Return one problem as other programs rely on; lines and columns from 1."""
    span = problem.span
    return {
        "file": problem.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "severity": problem.severity.value,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
    }


def as_annotation(problem: Diagnostic) -> str:
    """Return one problem as a workflow command of GitHub Actions, on one line.

    Columns are only allowed where the place does not go beyond one line.
    """
    span = problem.span
    properties = {"file": problem.file, "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:
        properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    properties["title"] = problem.code
    said = "\n".join(filter(None, (visible(problem.message), visible(problem.hint))))
    return annotation(problem.severity.value, properties, said)


def annotation(kind: str, properties: Mapping[str, str], said: str) -> str:
    """Return a workflow command of GitHub Actions that tells people something, on one line."""
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {listed}::{_data(said)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Return a value escaped so that the program it is meant for gets exactly what it was, file names too."""
    escaped = _data(text).replace(":", "%3A").replace(",", "%2C")
    return visible(escaped)
