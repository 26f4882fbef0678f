"""``flow-tui resume``: goes on with a run."""

import os
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from flow_tui.cli import ui

if TYPE_CHECKING:
    from flow_tui.cli.wanted import Resume
    from flow_tui.model.state import RunState
    from flow_tui.model.values import RunSummary

DESCRIPTION = """Goes on with a run where it stopped: what has completed is not run again.

With --from, --only, --restart or --failed-items it runs some of it again, or all of it, as the same run with
the same definition and inputs. What will run again is said on stderr before it does."""
EXAMPLE = "flow-tui resume last --from build"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument(
        "run", metavar="RUN", nargs="?", default="last", help="the end of its id, or 'last' (the default)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--from",
        dest="start",
        metavar="STEP",
        help="run this step and everything after it again, by its name or its path such as 4#2/1",
    )
    what.add_argument(
        "--only",
        metavar="STEP",
        action="append",
        default=[],
        help="run this step or item of a foreach again, by its name or its path, and of what has run nothing"
        " else; may be given more than once",
    )
    what.add_argument(
        "--restart", action="store_true", help="run everything again, also when it has completed"
    )
    what.add_argument(
        "--failed-items",
        action="store_true",
        help="of every foreach, run the failed items again, then go on with what the run had not come to",
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
    from flow_tui.cli import asking, kept, out
    from flow_tui.runtime import history
    from flow_tui.sanitize import visible

    with kept.histories(options) as histories:
        run = history.find(histories, options.run, kept.root())
        wanted, meaning = _wanted(run, history.state_of(histories, run.run_id), options)
    asking.refuse_owned(options)
    out.words(visible(meaning))
    if mode == "tui":
        from flow_tui.cli import opening

        return opening.execute(wanted, options)
    from flow_tui.cli import headless

    return headless.execute(wanted, mode, options)


def _wanted(run: "RunSummary", state: "RunState", options: Namespace) -> "tuple[Resume, str]":
    """Return what is wanted, and what that means in words; raises ``FlowError`` when it cannot be."""
    from flow_tui.cli.wanted import Resume
    from flow_tui.engine import resuming
    from flow_tui.model.ids import ROOT
    from flow_tui.model.status import Redo

    redo, start = Redo.UNFINISHED, ROOT
    only = resuming.only_these(state, options.only)
    if options.start is not None:
        redo, start = Redo.FROM, resuming.begin_at(state, options.start)
    elif only:
        redo = Redo.ONLY
    elif options.restart:
        redo = Redo.EVERYTHING
    elif options.failed_items:
        redo = Redo.FAILED_ITEMS
    resuming.require_possible(state, redo, start, only)
    wanted = Resume(
        run_id=run.run_id,
        title=run.title or run.workflow,
        confirmed=options.confirm,
        redo=redo,
        start=start,
        only=only,
    )
    return wanted, resuming.told(state, redo, start, only)
