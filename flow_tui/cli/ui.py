"""Which way a run is shown, and why."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Literal, TypeAlias, cast

from flow_tui.cli import out
from flow_tui.errors import UsageError
from flow_tui.runtime import ui_settings

Mode: TypeAlias = Literal["tui", "plain", "json", "quiet"]
AGENTS = (
    "AI_AGENT",
    "CLAUDECODE",
    "CLINE_ACTIVE",
    "CODEX_SANDBOX",
    "CODEX_THREAD_ID",
    "CURSOR_AGENT",
    "GEMINI_CLI",
    "GOOSE_TERMINAL",
    "OPENCODE",
)
"""One of these in the environment says that no person sits at the terminal, but an agent."""
WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
"""What paints a page instead of a terminal."""
DRIVEN = "FLOW_TUI_DRIVEN"
"""Set while 'flow-tui drive' opens a dashboard, which needs no terminal then."""
MODES = ("auto", "tui", "plain", "json", "quiet")


def arguments(parser: ArgumentParser) -> None:
    """Add what says how a run is shown."""
    group = parser.add_argument_group("what is shown")
    group.add_argument(
        "--ui",
        choices=MODES,
        default="auto",
        help="tui: the dashboard; plain: lines; json: one event a line; quiet: only failures "
        "(auto: tui in a terminal, otherwise plain; what you have set comes first)",
    )
    group.add_argument(
        "-q",
        dest="summary",
        action="store_false",
        help="leave no summary in the terminal after the dashboard",
    )
    group.add_argument("--exit", action="store_true", help="leave the dashboard when the run is over")
    group.add_argument(
        "--transient", action="store_true", help="with --ui json: heartbeats and growing output too"
    )


def chosen(wanted: str, environ: Mapping[str, str]) -> Mode:
    """Return how to show a run; says on stderr why it is not the dashboard when nobody chose.

    Raises ``UsageError`` when the dashboard was asked for and cannot be. What a person has set
    counts as asked for, where the command line leaves it open.
    """
    wish = ui_settings.read(environ) if wanted == "auto" else None
    if wish is not None:
        wanted = "plain" if wish.screen_reader else wish.mode
    if wanted not in {"auto", "tui"}:
        return cast("Mode", wanted)  # argparse has seen to that
    missing = _missing(environ)
    if wanted == "tui" and missing:
        raise UsageError(f"the dashboard cannot be shown: {missing}", "'--ui plain' works without one")
    if not missing and wanted == "auto":
        missing = next((f"{name} is set" for name in ("CI", *AGENTS) if environ.get(name)), "")
    if missing:
        out.words(f"flow-tui: plain output, because {missing}")
        return "plain"
    return "tui"


def dashboard_only(environ: Mapping[str, str]) -> None:
    """Raise ``UsageError`` when there can be no dashboard, where there is nothing else to show."""
    missing = "" if is_page(environ) else _missing(environ)
    if not missing and ui_settings.read(environ).screen_reader:
        missing = "ui.screen_reader is set"
    if missing:
        hint = "'flow-tui --help' lists what works without it, such as 'flow-tui list' and 'flow-tui runs'"
        raise UsageError(f"the dashboard cannot be shown: {missing}", hint)


def is_page(environ: Mapping[str, str]) -> bool:
    """Say whether 'flow-tui serve' has started this process, behind a page in a browser."""
    return environ.get("TEXTUAL_DRIVER", "") == WEB_DRIVER


def _missing(environ: Mapping[str, str]) -> str:
    """Return why there can be no dashboard, or nothing."""
    if environ.get(DRIVEN):
        return ""
    if not out.is_terminal(sys.stdin):
        return (
            "stdin is not a terminal" if out.is_terminal(sys.stdout) else "stdin and stdout are no terminal"
        )
    if not out.is_terminal(sys.stdout):
        return "stdout is not a terminal"
    if environ.get("TERM", "dumb") == "dumb":
        return "TERM is dumb" if "TERM" in environ else "TERM is not set"
    return ""
