"""``flow-tui diff``: what changed between two definitions, or a file and a run."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from flow_tui.engine.commands import Definition
    from flow_tui.runtime.comparing import Comparison

DESCRIPTION = (
    "Shows what changed from A to B, step by step: + added, - removed, ~ changed or moved, = unchanged.\n"
    "Each is a file, the name of a workflow, or a run (the end of its id, or 'last'), which means the\n"
    "definition as it was when that run started. Exits with 1 when they differ."
)
EXAMPLE = "flow-tui diff last hello"
_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "~": "\x1b[33m"}


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("a", metavar="A", help="a .wf file, a workflow's name, or a run")
    parser.add_argument("b", metavar="B", help="what it is compared with")
    parser.add_argument("--json", action="store_true", help="the changes as JSON")


def execute(options: Namespace) -> int:
    """Show it; return 1 when there is something to show."""
    from flow_tui.runtime.comparing import compare
    from flow_tui.view import changes

    found = compare(_meant(options.a, options), _meant(options.b, options))
    if options.json:
        files = [{"mark": each.mark, "name": each.name} for each in found.files]
        out.data(out.as_json({**changes.as_json(found.changes), "files": files}))
    elif not found.is_same:
        for text in _shown(found):
            _paint(text)
    if not options.json:
        out.words(_counted(found))
    return 0 if found.is_same else 1


def _meant(name: str, options: Namespace) -> "Definition":
    """Return the definition that a word on the command line means: a file or a workflow, else a run."""
    from flow_tui.cli import kept
    from flow_tui.errors import RunNotFoundError
    from flow_tui.runtime import history, library

    if not _is_definition(name):
        try:
            with kept.histories(options) as histories:
                run = history.find(histories, name, kept.root())
                return library.recorded(history.state_of(histories, run.run_id), histories.blob)
        except RunNotFoundError:
            pass
    return library.look(name)


def _is_definition(name: str) -> bool:
    from flow_tui.dsl import loader

    return (
        name.endswith(".wf")
        or Path(name).is_file()
        or name in loader.workflow_names(loader.project_at(Path.cwd()))
    )


def _shown(found: "Comparison") -> Iterator[str]:
    from flow_tui.sanitize import line
    from flow_tui.view import changes

    yield from changes.as_text(found.changes)
    for each in found.files:
        yield f"{each.mark} file {line(each.name)}  +{each.added} -{each.removed} lines"


def _counted(found: "Comparison") -> str:
    from flow_tui.view import changes
    from flow_tui.view import format as fmt

    files = fmt.counted(len(found.files), "file") if found.files else ""
    told = "" if files and found.changes.are_none else changes.counted(found.changes)
    return ", ".join(filter(None, (told, files and f"{files} changed")))


def _paint(text: str) -> None:
    colour = _COLOURS.get(text[:1], "") if out.has_colours(sys.stdout, os.environ) else ""
    out.data(f"{colour}{text}\x1b[0m" if colour else text)
