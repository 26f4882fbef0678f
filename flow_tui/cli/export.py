"""``flow-tui export``: a run as one JSON file."""

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui import limits
from flow_tui.cli import out
from flow_tui.cli.options import number

if TYPE_CHECKING:
    from flow_tui.engine.keeping import Histories
    from flow_tui.model.ids import RunId

DESCRIPTION = """Writes a run as JSON: its steps and events, its definition with every file, what its steps
have printed, and the runs that are part of it. Files that are no text are in base64."""
EXAMPLE = "flow-tui export last -o run.json"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("run", metavar="RUN", nargs="?", default="last", help="the end of its id, or 'last'")
    parser.add_argument("-o", dest="file", metavar="FILE", default="-", help="where to (default: stdout)")
    parser.add_argument(
        "--output-limit",
        metavar="BYTES",
        type=number(0, limits.SPOOL_BYTES),
        default=limits.EXPORT_BYTES,
        help=f"the end of each output, at most so much (default: {limits.EXPORT_BYTES:,})",
    )
    parser.add_argument("--raw", action="store_true", help="output as it was written, colours and all")


def execute(options: Namespace) -> int:
    """Write it; say on stderr what was left out."""
    from flow_tui.cli import kept
    from flow_tui.runtime import exporting, history
    from flow_tui.runtime.settings import settings
    from flow_tui.view.format import size
    from flow_tui.view.report import show_json

    wanted = exporting.Wanted(shown=show_json, limit=options.output_limit, is_raw=options.raw)
    with kept.histories(options) as histories:
        run = history.find(histories, options.run, kept.root())
        folder = settings(options.state, os.environ).state
        found = exporting.exported(histories, folder, run.run_id, wanted)
    text = out.as_json(found)
    if options.file == "-":
        out.data(text)
    else:
        _write(Path(options.file), text)
    cut = exporting.left_out(found)
    if cut:
        out.words(f"{size(cut)} of output left out: of each attempt, the end is there (--output-limit)")
    return 0


def write(kept: "Histories", folder: Path | None, run_id: "RunId", file: Path) -> None:
    """Write a run to a new file, as much of its output as usual; raises ``UsageError`` if there is one."""
    from flow_tui.errors import UsageError
    from flow_tui.runtime import exporting
    from flow_tui.view.report import show_json

    if file.exists():
        raise UsageError(f"there is a {file.name} already")
    wanted = exporting.Wanted(shown=show_json, limit=limits.EXPORT_BYTES)
    _write(file, out.as_json(exporting.exported(kept, folder, run_id, wanted)))


def _write(file: Path, text: str) -> None:
    """Write a file that only its owner can read; raises ``UsageError`` when that cannot be done."""
    from flow_tui.errors import UsageError

    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            opened.write(f"{text}\n")
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageError(f"cannot write {file}: {error.strerror}") from None
