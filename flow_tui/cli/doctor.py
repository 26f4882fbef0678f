"""``flow-tui doctor``: how the program and what it keeps are doing."""

import os
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flow_tui.runtime.health import Finding

DESCRIPTION = """Says which versions are at work, where things are kept and how large they are.

Lists what installed packages bring along, such as actions and runtimes, and why one of them is not used;
and keys of yours that do not hold.

Checks the database: its pages, and its rows against the events they are computed from. Looks for runs
that were left by their program, and for output without a run.

The exit status is 0 when all is well or was mended, else 5."""
EXAMPLE = "flow-tui doctor --fix"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument(
        "--fix",
        action="store_true",
        help="write wrong rows anew and remove output without a run, after saying so",
    )


def execute(options: Namespace) -> int:
    """Look at everything; return 0 if nothing is wrong that needs somebody."""
    from flow_tui.cli import program_log
    from flow_tui.clock import SystemClock
    from flow_tui.exit_codes import ExitCode
    from flow_tui.runtime import health
    from flow_tui.runtime.settings import STATE, settings
    from flow_tui.sanitize import visible
    from flow_tui.view.format import size

    chosen = settings(options.state, os.environ)
    for name, said in health.versions():
        out.data(f"{name:<10} {said}")
    source = "--state" if options.state else STATE if os.environ.get(STATE) else "the default"
    out.data(f"{'state':<10} {visible(str(chosen.state or 'nothing is kept'))} ({source})")
    for name, place, count in health.folders(chosen):
        out.data(f"{name:<10} {visible(str(place))}  {size(count)}")
    if (log := program_log.place(options)) is not None:
        out.data(f"{'log':<10} {visible(str(log))}")
    for plugin in health.plugins_found():
        said = f"{plugin.name}, of {plugin.package} ({plugin.value})"
        out.data(f"{plugin.kind:<10} {visible(said)}")
    seen = "a terminal" if out.is_terminal(sys.stdout) else "no terminal"
    out.data(f"{'user':<10} {visible(chosen.user)}, {seen}")
    found = [*health.findings(chosen, SystemClock().now()), *_of_keys()]
    for each in found:
        out.data(f"{'✗' if each.is_wrong else '·'} {visible(each.said)}")
        if each.todo:
            out.data(f"  = help: {visible(each.todo)}")
    is_well = not any(each.is_wrong for each in found)
    if is_well:
        out.data("✓ nothing is wrong")
    if not (found and options.fix):
        return ExitCode.COMPLETED if is_well else ExitCode.ENGINE
    for done in health.mend(chosen, found):
        out.words(visible(done))
    left = [*health.findings(chosen, SystemClock().now()), *_of_keys()]
    out.words("all is well now" if not left else f"{len(left)} of {len(found)} stay")
    return ExitCode.ENGINE if left else ExitCode.COMPLETED


def _of_keys() -> "Iterator[Finding]":
    """Yield which of the keys that a person has chosen do not hold."""
    from flow_tui.runtime import ui_settings

    wishes = ui_settings.read(os.environ).keys
    if wishes:
        from flow_tui.app.keymap import keymap
        from flow_tui.runtime.health import Finding

        for said in keymap(wishes).troubles:
            yield Finding(said=said, todo="'flow-tui config' says where it is set")
