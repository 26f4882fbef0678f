"""``flow-tui plan``: what a run of a workflow may do, without running it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from flow_tui.model.plan import Planned

DESCRIPTION = (
    "Shows every step that a run of a workflow may take, those of the workflows that it runs included."
)
EXAMPLE = "flow-tui plan hello --format mermaid"
FORMATS = ("text", "json", "mermaid", "dot")


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("workflow", metavar="WORKFLOW", help="a name, or a .wf file")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="text: a tree; json; mermaid: a flowchart for Markdown; dot: for Graphviz (default: text)",
    )


def execute(options: Namespace) -> int:
    """Show it; raises ``DefinitionError`` with everything that keeps the file from being read."""
    from pathlib import Path

    from flow_tui.diagnostics import errors
    from flow_tui.dsl import loader
    from flow_tui.errors import DefinitionError
    from flow_tui.runtime.planning import planned

    project, loaded = loader.find(options.workflow, Path.cwd())
    found = errors(loaded.diagnostics)
    if loaded.workflow is None or found:
        raise DefinitionError(found or loaded.diagnostics, loaded.source)
    for text in _shown(planned(loaded.workflow, loaded.path.name, project), options.format):
        out.data(text)
    return 0


def _shown(plan: "Planned", form: str) -> "Iterator[str]":
    from flow_tui.view import plans
    from flow_tui.view.graph import graph

    match form:
        case "json":
            yield out.as_json(plans.as_json(plan))
        case "mermaid":
            from flow_tui.view.mermaid import mermaid

            yield from mermaid(graph(plan))
        case "dot":
            from flow_tui.view.dot import dot

            yield from dot(graph(plan))
        case _:
            yield from plans.as_text(plan)
