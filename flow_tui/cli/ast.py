"""``flow-tui ast``: a definition as other programs read it."""

from argparse import ArgumentParser, Namespace
from typing import cast

from flow_tui.cli import out

DESCRIPTION = (
    "Prints a definition as JSON: what was written, with its defaults and where it stands in the file.\n"
    "Only what cannot be read keeps it from being printed; 'flow-tui check' says what else is wrong."
)
EXAMPLE = "flow-tui ast hello.wf"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("workflow", metavar="FILE", help="a .wf file, or the name of a workflow")


def execute(options: Namespace) -> int:
    """Print it; raises ``DefinitionError`` with everything that keeps it from being read."""
    from pathlib import Path

    from flow_tui.diagnostics import errors
    from flow_tui.dsl import loader
    from flow_tui.errors import DefinitionError

    _, loaded = loader.find(options.workflow, Path.cwd())
    found = errors(loaded.diagnostics)
    if loaded.workflow is None or found:
        raise DefinitionError(found or loaded.diagnostics, loaded.source)
    tree = loaded.workflow.as_json() | {"source_path": options.workflow}
    out.data(out.as_json(_arranged(tree)))
    return 0


def _arranged(value: object) -> object:
    """Return the same with the type of each node first and its place last."""
    if isinstance(value, list):
        return [_arranged(item) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    fields = {name: _arranged(item) for name, item in cast("dict[str, object]", value).items()}
    if not isinstance(fields.get("span"), dict):
        return fields
    kind = {"type": fields.pop("type")} if "type" in fields else {}
    span = fields.pop("span")
    return {**kind, **fields, "span": span}
