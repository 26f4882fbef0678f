"""``flow-tui list``: the workflows of the project."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from flow_tui.cli.listing import Entry

DESCRIPTION = "Lists the workflows of the project here: inputs, group, how each ran last, why it cannot run."
EXAMPLE = "flow-tui list --json"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def execute(options: Namespace) -> int:
    """List them."""
    from flow_tui.cli import kept, listing
    from flow_tui.cli.failure import said
    from flow_tui.errors import StoreError
    from flow_tui.runtime import history

    project = listing.here()
    with kept.histories(options) as histories:
        try:
            entries = tuple(listing.entries(project, histories))
        except StoreError as error:
            out.words("\n".join(said(f"without the last runs: {error}", error.hint)))
            entries = tuple(listing.entries(project, history.nothing()))
    if options.json:
        out.data(out.as_json([_as_json(entry) for entry in entries]))
    elif entries:
        for entry in entries:
            out.data(_as_text(entry))
    else:
        out.words("no workflows here; 'flow-tui init' makes a project that runs at once")
    return 0


def _as_text(entry: "Entry") -> str:
    from flow_tui.cli import listing
    from flow_tui.sanitize import line
    from flow_tui.view import format as fmt

    wrong = fmt.counted(entry.errors, "error") if entry.errors else ""
    group = f"[{line(entry.group, 60)}]" if entry.group else ""
    said = "  ".join(filter(None, (line(entry.title, 60), group, wrong, listing.last_result(entry.last))))
    first = f"{line(entry.name, 60):<20}  {said}".rstrip()
    names = [f"{line(each.name, 60)}{' (required)' if each.required else ''}" for each in entry.inputs]
    widest = max(map(fmt.width, names), default=0)
    inputs = (
        f"    {fmt.fit(name, widest)}  {line(each.description or '')}".rstrip()
        for name, each in zip(names, entry.inputs, strict=True)
    )
    problem = entry.first_error
    why = (f"    {line(problem.headline())}",) if problem is not None else ()
    return "\n".join((first, *inputs, *why))


def _as_json(entry: "Entry") -> dict[str, object]:
    from flow_tui.view.problems import as_json
    from flow_tui.view.report import summary_json

    return {
        "name": entry.name,
        "title": entry.title,
        "description": entry.description,
        "file": entry.file,
        "group": entry.group,
        "inputs": [
            {
                "name": each.name,
                "type": each.input_type,
                "required": each.required,
                "default": each.default,
                "description": each.description or "",
            }
            for each in entry.inputs
        ],
        "errors": entry.errors,
        "warnings": entry.warnings,
        "first_error": as_json(entry.first_error) if entry.first_error is not None else None,
        "last_run": summary_json(entry.last) if entry.last is not None else None,
    }
