"""A dashboard that follows a script instead of a terminal."""

import os
from argparse import Namespace
from typing import TYPE_CHECKING

from flow_tui.app import driven
from flow_tui.cli import out, ui
from flow_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from flow_tui.cli.dashboard import DashboardApp


def run(app: "DashboardApp", drive: Namespace) -> None:
    """Run the dashboard until it is left, or the script is at its end."""
    os.environ.pop(ui.DRIVEN, None)  # what the steps start is not meant
    drive.opened = True
    printed: list[str] = []  # while the dashboard runs, what is printed is taken away from stdout

    def ended(why: str) -> None:
        if why:
            app.refusal, app.refusal_code = (f"flow-tui: {why}",), ExitCode.FAILED
        app.stop()

    follow = driven.follower(drive.script, printed.append, drive.patience, ended)
    app.run(headless=True, size=drive.size, auto_pilot=follow)
    for text in printed:
        out.data(text)
