"""Which way a run is shown, and why."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Literal, TypeAlias, cast

from flow_tui.cli import out
from flow_tui.errors import UsageError

Mode: TypeAlias = Literal["tui", "plain", "json", "quiet"]
MODES = ("auto", "tui", "plain", "json", "quiet")


def arguments(parser: ArgumentParser) -> None:
    """Add what says how a run is shown."""
    group = parser.add_argument_group("what is shown")
    group.add_argument(
        "--ui",
        choices=MODES,
        default="auto",
        help="tui: the dashboard; plain: lines; json: one event a line; quiet: only failures "
        "(auto: tui in a terminal, otherwise plain)",
    )
    group.add_argument("--exit", action="store_true", help="leave the dashboard when the run is over")
    group.add_argument(
        "--transient", action="store_true", help="with --ui json: heartbeats and growing output too"
    )


def chosen(wanted: str, environ: Mapping[str, str]) -> Mode:
    """Return how to show a run; says on stderr why it is not the dashboard when nobody chose.

    Raises ``UsageError`` when the dashboard was asked for and cannot be.
    """
    if wanted not in {"auto", "tui"}:
        return cast("Mode", wanted)  # argparse has seen to that
    missing = _missing(environ)
    if wanted == "tui" and missing:
        raise UsageError(f"the dashboard cannot be shown: {missing}", "'--ui plain' works without one")
    if not missing and environ.get("CI") and wanted == "auto":
        missing = "CI is set"
    if missing:
        out.words(f"flow-tui: plain output, because {missing}")
        return "plain"
    return "tui"


def dashboard_only(environ: Mapping[str, str]) -> None:
    """Raise ``UsageError`` when there can be no dashboard, where there is nothing else to show."""
    if missing := _missing(environ):
        hint = "'flow-tui --help' lists what works without it, such as 'flow-tui list' and 'flow-tui runs'"
        raise UsageError(f"the dashboard cannot be shown: {missing}", hint)


def _missing(environ: Mapping[str, str]) -> str:
    """Return why there can be no dashboard, or nothing."""
    if not out.is_terminal(sys.stdin):
        return (
            "stdin is not a terminal" if out.is_terminal(sys.stdout) else "stdin and stdout are no terminal"
        )
    if not out.is_terminal(sys.stdout):
        return "stdout is not a terminal"
    if environ.get("TERM", "dumb") == "dumb":
        return "TERM is dumb" if "TERM" in environ else "TERM is not set"
    return ""
