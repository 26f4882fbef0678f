"""``flow-tui resume``: goes on with a run."""

import os
from argparse import ArgumentParser, Namespace

from flow_tui.cli import ui

DESCRIPTION = "Goes on with a run where it stopped: what has completed is not run again."
EXAMPLE = "flow-tui resume last"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument(
        "run", metavar="RUN", nargs="?", default="last", help="the end of its id, or 'last' (the default)"
    )
    parser.add_argument(
        "--confirm",
        action="store_true",
        help="run steps again that ask for it after a crash (on_crash = ask)",
    )
    ui.arguments(parser)


def execute(options: Namespace) -> int:
    """Resume it; return the run's exit status."""
    mode = ui.chosen(options.ui, os.environ)
    from flow_tui.cli import asking
    from flow_tui.cli.kept import found
    from flow_tui.cli.wanted import Resume
    from flow_tui.model.status import RunStatus

    run = found(options)
    if run.status is RunStatus.COMPLETED:
        from flow_tui.errors import NotPossibleError
        from flow_tui.model import ids

        raise NotPossibleError(f"resume run {ids.short(run.run_id)}", "it has completed")
    asking.refuse_owned(options)
    wanted = Resume(run_id=run.run_id, title=run.title or run.workflow, confirmed=options.confirm)
    if mode == "tui":
        from flow_tui.cli import opening

        return opening.execute(wanted, options)
    from flow_tui.cli import headless

    return headless.execute(wanted, mode, options)
