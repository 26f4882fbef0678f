"""``flow-tui`` alone: the dashboard of the project here."""

import os
from argparse import Namespace

from flow_tui.cli import ui


def execute(options: Namespace) -> int:
    """Show the project's workflows and runs; return the exit status."""
    ui.dashboard_only(os.environ)
    from flow_tui.cli import opening

    options.exit = False
    return opening.execute(None, options)
