"""``flow-tui config``: what is set, and where."""

import json
import os
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flow_tui.runtime.ui_settings import Setting

DESCRIPTION = """Prints every setting with its value and where it comes from.

The user's file is config.toml in the folder for configurations, or the one that FLOW_TUI_CONFIG names; it
may hold everything: which programs work on agents, as whom steps act, what they inherit, where events are
sent (or what FLOW_TUI_SINKS names), and what is secret, which is never shown. FLOW_TUI_RUNTIME and
FLOW_TUI_MODEL win over what both files say of agents. A project's is
.flow/config.toml; it may choose the runtime and the model of agents, and nothing that would let it execute
more than its user allows."""
EXAMPLE = "flow-tui config"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_true", help="as one JSON object")
    group.add_argument(
        "--schema", action="store_true", help="the JSON Schema of the user's file, for editors"
    )


def execute(options: Namespace) -> int:
    """Print them; raises ``UsageError`` for a file that is wrong, and for a runtime that cannot be had."""
    from pathlib import Path

    from flow_tui.dsl.loader import project_at
    from flow_tui.errors import UsageError
    from flow_tui.exit_codes import ExitCode
    from flow_tui.runtime import agents, config

    if options.schema:
        out.data(json.dumps(config.json_schema(), indent=2))
        return ExitCode.COMPLETED
    found = config.in_force(project_at(Path.cwd()).root, os.environ, options.state)
    _print(found, options)
    named = next(str(each.value) for each in found if each.name == "agents.runtime")
    if said := agents.wrong(named, config.read_user(os.environ)):
        raise UsageError(said)
    return ExitCode.COMPLETED


def _print(found: "Sequence[Setting]", options: Namespace) -> None:
    from flow_tui.runtime.settings import user_file
    from flow_tui.sanitize import visible

    if options.json:
        said = {each.name: {"value": each.value, "source": each.source} for each in found}
        out.data(json.dumps(said, indent=2, ensure_ascii=False))
        return
    out.words(f"the user's file: {visible(str(user_file(os.environ)))}")
    widest = max(len(each.name) for each in found)
    for each in found:
        value = json.dumps(each.value, ensure_ascii=False)
        out.data(f"{visible(each.name):<{widest}}  {visible(value)}  ({visible(each.source)})")
