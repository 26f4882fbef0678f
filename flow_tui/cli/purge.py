"""``flow-tui purge``: forgets old runs."""

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui import limits
from flow_tui.cli import out

if TYPE_CHECKING:
    from flow_tui.runtime.retention import Old

DESCRIPTION = f"""Forgets runs that ended longer ago than --older: their events, files and output.

Runs that failed stay unless --failed is given; runs that are not over always stay. Runs older than
{limits.RETENTION.days} days that completed or were cancelled are also forgotten by the way, once a day."""
EXAMPLE = "flow-tui purge --older 30d --dry-run"
_AGE = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SHOWN = 20


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument(
        "--older",
        metavar="AGE",
        type=_age,
        default=limits.RETENTION,
        help=f"such as 12h, 30d or 8w (default: {limits.RETENTION.days}d)",
    )
    parser.add_argument("--failed", action="store_true", help="runs that failed, too")
    parser.add_argument("--here", action="store_true", help="only runs of the project here")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be forgotten")


def execute(options: Namespace) -> int:
    """Forget them; say how much was freed."""
    import os

    from flow_tui.cli import kept
    from flow_tui.clock import SystemClock
    from flow_tui.model.status import RunStatus
    from flow_tui.runtime import retention
    from flow_tui.runtime.assembly import open_store
    from flow_tui.runtime.settings import settings
    from flow_tui.view.format import size

    statuses = frozenset({*retention.GOOD, RunStatus.FAILED}) if options.failed else retention.GOOD
    chosen = settings(options.state, os.environ)
    root = kept.root() if options.here else ""
    with kept.histories(options) as histories:
        old = retention.outdated(histories, SystemClock().now(), options.older, statuses, root)
    for each in old[:_SHOWN]:
        out.data(_line(each))
    if len(old) > _SHOWN:
        out.data(f"… and {len(old) - _SHOWN} more")
    if options.dry_run or not old:
        out.words(f"{_counted(len(old))} would be forgotten" if old else "there is nothing to forget")
        return 0
    store = open_store(chosen)
    try:
        purged = retention.purge(store, chosen.state, old, _progress)
    finally:
        store.close()
    freed = purged.size + _reclaimed(chosen.database)
    out.words(f"{_counted(purged.runs)} forgotten, {size(freed)} freed")
    if purged.in_use:
        out.words(f"{_counted(purged.in_use)} stay: somebody works on them")
    return 0


def _reclaimed(database: Path | None) -> int:
    from flow_tui.errors import StoreBusyError
    from flow_tui.store.sqlite_mending import reclaim

    try:
        return reclaim(database) if database is not None else 0
    except StoreBusyError:  # the space is used again, or given back next time
        return 0


def _line(each: "Old") -> str:
    from flow_tui.model import ids
    from flow_tui.sanitize import line

    run = each.run
    ended = run.ended_at or run.started_at
    parts = f"  with {len(each.parts)} inside" if each.parts else ""
    when = f"{ended.astimezone():%Y-%m-%d}"
    return f"{ids.short(run.run_id)}  {when}  {run.status.value:<9}  {line(run.workflow, 40)}{parts}"


def _progress(done: int, of: int) -> None:
    if out.is_terminal(sys.stderr) and (done % 50 == 0 or done == of):
        out.words(f"{done} of {of}")


def _counted(count: int) -> str:
    return f"{count} run{'s' * (count != 1)}"


def _age(text: str) -> timedelta:
    found = _AGE.fullmatch(text)
    if found is None:
        message = f"{text!r} is no age such as 12h, 30d or 8w"
        raise ArgumentTypeError(message)
    try:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        return timedelta.max
