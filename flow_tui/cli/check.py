"""``flow-tui check``: says what is wrong with definitions."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from flow_tui.runtime.checking import Target
    from flow_tui.runtime.library import Inspected
    from flow_tui.view.problems import Checked

DESCRIPTION = (
    "Checks files, all .wf files below folders, workflows by their names, or all of the project here. Ends\n"
    "with 2 when something is an error.\n\n'flow-tui help CODE' explains a problem."
)
EXAMPLE = "flow-tui check deploy.wf --strict"
FORMATS = ("text", "json", "sarif", "github")


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", help="files, folders or names of workflows (default: the project)"
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="text for people; json; sarif for code hosts and editors; github for annotations of its actions "
        "(default: text)",
    )
    parser.add_argument("--strict", action="store_true", help="warnings fail, too")


def execute(options: Namespace) -> int:
    """Check them; return 0 when nothing is an error, else 2."""
    from flow_tui.cli.progress import Progress
    from flow_tui.clock import SystemClock
    from flow_tui.runtime import checking

    here = Path.cwd()
    found = checking.targets(options.paths, here)
    looked_at = Progress(SystemClock(), sys.stderr, os.environ).through(
        checking.checked(found), len(found), "checked"
    )
    checked = tuple(_seen_from(here, target, one) for target, one in zip(found, looked_at, strict=True))
    tell(checked, options.format)
    problems = (problem for one in checked for problem in one.diagnostics)
    return 2 if any(options.strict or problem.is_error for problem in problems) else 0


def _seen_from(here: Path, target: "Target", inspected: "Inspected") -> "Checked":
    """Return what was found, with the file named as seen from ``here``."""
    from dataclasses import replace
    from urllib.parse import quote

    from flow_tui.dsl.files import readable
    from flow_tui.view.problems import Checked

    path = target.path
    inside = path.relative_to(here) if path.is_relative_to(here) else None
    name = readable(inside or path)
    quoted = quote(os.fsencode(inside or path))
    return Checked(
        name=name,
        uri=quoted if inside else f"file://{quoted}",
        source=inspected.loaded.source,
        diagnostics=tuple(replace(problem, file=name) for problem in inspected.diagnostics),
        is_file=target.problem is None,
    )


def tell(checked: "Sequence[Checked]", form: str) -> None:
    """Write what was found, in one of the formats."""
    from flow_tui.view import problems

    match form:
        case "json":
            out.data(out.as_json(problems.report(checked)))
        case "sarif":
            from flow_tui import __version__
            from flow_tui.dsl.codes import codes
            from flow_tui.view.sarif import sarif

            out.data(out.as_json(sarif(checked, codes(), __version__)))
        case "github":
            for problem in (problem for one in checked for problem in one.diagnostics):
                out.data(problems.as_annotation(problem))
        case _:
            for text in _as_text(checked):
                out.data(text)
            out.words(problems.tally(checked, out.look(sys.stderr, os.environ)))
            if out.is_terminal(sys.stderr) and (code := problems.first_code(checked)):
                out.words(f"'flow-tui help {code}' says more about the first one")


def _as_text(checked: "Sequence[Checked]") -> Iterator[str]:
    from flow_tui.view import problems

    look = out.look(sys.stdout, os.environ)
    for one in checked:
        yield from problems.as_text(one, look)
