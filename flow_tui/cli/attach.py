"""``flow-tui attach``: shows a run, whoever works on it."""

import os
from argparse import ArgumentParser, Namespace

DESCRIPTION = """Shows a run on the dashboard while another process works on it, or as it ended.

Its keys work as there: a cancel or an answer is handed to the process that works on the run. Leaving changes
nothing about the run."""
EXAMPLE = "flow-tui attach last"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument(
        "run", metavar="RUN", nargs="?", default="last", help="the end of its id, or 'last' (the default)"
    )
    parser.add_argument("--exit", action="store_true", help="leave when the run is over")


def execute(options: Namespace) -> int:
    """Show it; return the exit status of the run once it is over, 0 before."""
    return looked_at(options, 0)


def looked_at(options: Namespace, speed: float) -> int:
    """Show the run that is named on the dashboard, or at a speed, again."""
    from flow_tui.cli import kept, opening, ui
    from flow_tui.cli.wanted import Look
    from flow_tui.runtime import history

    ui.dashboard_only(os.environ)
    with kept.histories(options) as histories:
        run = history.find(histories, options.run, kept.root())
    return opening.execute(Look(run_id=run.run_id, title=run.title or run.workflow, speed=speed), options)
