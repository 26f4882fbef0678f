"""``flow-tui show``: one run."""

import sys
from argparse import ArgumentParser, Namespace

from flow_tui.cli import out

DESCRIPTION = (
    "Shows a run: how it went, its steps with their attempts, the runs inside of it, and what failed."
)
EXAMPLE = "flow-tui show last --json"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("run", metavar="RUN", nargs="?", default="last", help="the end of its id, or 'last'")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="all of it as JSON")
    how.add_argument("--events", action="store_true", help="its history, one event a line")


def execute(options: Namespace) -> int:
    """Show it."""
    from flow_tui.cli import kept
    from flow_tui.clock import SystemClock
    from flow_tui.runtime import history
    from flow_tui.runtime.parts import Family
    from flow_tui.view.report import show_json
    from flow_tui.view.summary import details

    with kept.histories(options) as histories:
        run = history.find(histories, options.run, kept.root())
        if options.events:
            from flow_tui.cli.printers import escaped
            from flow_tui.model.codec import recorded_json

            is_seen = out.is_terminal(sys.stdout)
            for recorded in histories.history(run.run_id):
                text = recorded_json(recorded)
                out.data(escaped(text) if is_seen else text)
            return 0
        now = SystemClock().now()
        is_left = history.is_left(run, now)  # before what it recorded is read: its end may be the last thing
        state = history.state_of(histories, run.run_id)
        state.steps.update(history.with_signs(state, histories.signs(run.run_id)))
        if options.json:
            out.data(out.as_json(show_json(state)))
            return 0
        if is_left:
            state.left_at = history.heard_at(histories, run, state)
        for text in details(state, now, known=Family(histories, state).of):
            out.data(text)
    if state.is_left:
        out.data("The program that ran it is gone; 'flow-tui resume' goes on with it.")
    return 0
