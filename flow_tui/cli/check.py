"""``flow-tui check``: says what is wrong with definitions."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui.cli import out
from flow_tui.cli.places import definition_files

if TYPE_CHECKING:
    from flow_tui.diagnostics import Diagnostic
    from flow_tui.runtime.library import Inspected

DESCRIPTION = "Checks files, every .wf file below folders, or the workflows of the project here."
EXAMPLE = "flow-tui check deploy.wf --strict"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("paths", metavar="PATH", nargs="*", help="files or folders (default: the project)")
    parser.add_argument("--format", choices=("text", "json", "github"), default="text", help="default: text")
    parser.add_argument("--strict", action="store_true", help="warnings fail, too")


def execute(options: Namespace) -> int:
    """Check them; return 0 when nothing is an error, else 2."""
    checked = tuple(_checked(options.paths))
    found = [problem for one in checked for problem in one.diagnostics]
    match options.format:
        case "json":
            diagnostics = [_as_json(problem) for problem in found]
            out.data(out.as_json({"files": len(checked), "diagnostics": diagnostics}))
        case "github":
            for problem in found:
                out.data(_as_command(problem))
        case _:
            _tell(checked)
    wrong = [problem for problem in found if options.strict or problem.is_error]
    return 2 if wrong else 0


def _checked(paths: Sequence[str]) -> "Iterator[Inspected]":
    from flow_tui.dsl import loader
    from flow_tui.runtime import library

    if not paths:
        project = loader.project_at(Path.cwd())
        found = loader.library(project)
        for loaded in (*found.definitions, *found.broken):
            yield _named(library.inspect(loaded, project))
        return
    for path in paths:
        for file in definition_files(Path(path)):
            yield _named(library.inspect(loader.load_file(file), loader.project_of(file)))


def _named(inspected: "Inspected") -> "Inspected":
    """Return the same with the file named as seen from here."""
    from dataclasses import replace

    path = inspected.loaded.path
    here = Path.cwd()
    name = str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
    return replace(
        inspected, diagnostics=tuple(replace(problem, file=name) for problem in inspected.diagnostics)
    )


def _tell(checked: "Sequence[Inspected]") -> None:
    from flow_tui import limits
    from flow_tui.diagnostics import errors, excerpt
    from flow_tui.sanitize import visible_lines
    from flow_tui.view import format as fmt

    for one in checked:
        shown = one.diagnostics[: limits.DIAGNOSTICS_SHOWN]
        for problem in shown:
            out.data(visible_lines(excerpt(problem, one.loaded.source)))
        if len(one.diagnostics) > len(shown):
            out.data(f"… and {len(one.diagnostics) - len(shown)} more in this file")
    found = [problem for one in checked for problem in one.diagnostics]
    wrong = len(errors(found))
    counts = (fmt.counted(len(checked), "file"), fmt.counted(wrong, "error"))
    out.words(", ".join((*counts, fmt.counted(len(found) - wrong, "warning"))))


def _as_json(problem: "Diagnostic") -> dict[str, object]:
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


def _as_command(problem: "Diagnostic") -> str:
    """Return the problem as an annotation for GitHub Actions."""
    span = problem.span
    place = f"line={span.line},endLine={span.end_line},col={span.column},endColumn={span.end_column}"
    said = f"{problem.message}\n{problem.hint}".strip()
    title = f"file={_quoted(problem.file)},{place},title={_quoted(problem.code)}"
    return f"::{problem.severity.value} {title}::{_escaped(said)}"


def _escaped(text: str) -> str:
    from flow_tui.sanitize import visible_lines

    return visible_lines(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _quoted(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
