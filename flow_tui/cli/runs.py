"""``flow-tui runs``: the history of the project."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from flow_tui.cli import out
from flow_tui.cli.options import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from flow_tui.engine.keeping import Histories
    from flow_tui.model.values import RunSummary
    from flow_tui.runtime.run_query import Asked

DESCRIPTION = """Lists runs, newest first.

A search is made of free words and status:WORD, workflow:NAME, trigger:WORD, input:NAME=VALUE, since:7d and
until:2026-01-31 (or today, yesterday). With - in front it asks for runs that are not so; before a search that
begins with - comes --. A run whose program is gone is shown as interrupted."""
EXAMPLE = "flow-tui runs deploy -trigger:watch since:7d"
ORDERS = ("newest", "longest", "workflow", "worst", "dearest")
MOST = 1_000_000
"""More runs than anybody looks at."""


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("words", metavar="WORD", nargs="*", help="what to look for")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--order", choices=ORDERS, default="newest", help="which come first (default: newest)"
    )
    parser.add_argument("--all", action="store_true", help="with the runs that are part of them")
    parser.add_argument("--everywhere", action="store_true", help="runs of all projects")
    parser.add_argument(
        "-n",
        dest="limit",
        metavar="COUNT",
        type=number(1, MOST),
        default=100,
        help="at most so many (default: 100)",
    )


def execute(options: Namespace) -> int:
    """List them."""
    from dataclasses import replace

    from flow_tui.cli import kept
    from flow_tui.clock import SystemClock
    from flow_tui.runtime import history, parts
    from flow_tui.view.report import summary_json

    now = SystemClock().now()
    root = "" if options.everywhere else kept.root()
    asked = _asked(options.words, now)
    with kept.histories(options) as histories:
        wanted = asked.query(root, history.left(histories, root, now))
        runs = history.search(histories, replace(wanted, order=options.order), limit=options.limit)
        listed = _with_parts(histories, runs) if options.all else ((0, run) for run in runs)
        stand = ((depth, history.settled(histories, run, now)) for depth, run in listed)
        found = [(depth, parts.told(histories, run)) for depth, run in stand]
    if options.json:
        out.data(out.as_json([summary_json(run, history.standing(run, now)) for _, run in found]))
        return 0
    for depth, run in found:
        out.data(_line(run, now, depth))
    if not found:
        out.words("no runs found" if options.words else "no runs here yet")
    return 0


def _asked(words: "Sequence[str]", now: "datetime") -> "Asked":
    """Return what is looked for; raises ``UsageError`` that says which word means nothing."""
    from flow_tui.errors import UsageError
    from flow_tui.runtime import run_query

    text = " ".join(map(run_query.quoted, words))
    try:
        return run_query.parsed(text, now)
    except run_query.QueryError as error:
        raise UsageError(f"{error}, in {text[error.start : error.end]!r}", error.hint) from None


def _with_parts(histories: "Histories", runs: "Iterable[RunSummary]") -> "Iterator[tuple[int, RunSummary]]":
    from flow_tui.runtime import parts

    for run in runs:
        yield 0, run
        yield from parts.below(histories, run.run_id)


def _line(run: "RunSummary", now: "datetime", depth: int = 0) -> str:
    from flow_tui.model import ids
    from flow_tui.runtime import history
    from flow_tui.sanitize import line
    from flow_tui.view import format as fmt
    from flow_tui.view import outcome
    from flow_tui.view.glyphs import UNICODE

    standing, is_left = history.standing(run, now), history.is_left(run, now)
    mark = UNICODE.cancelled if is_left else UNICODE.run(run.status)
    took = fmt.clock(run.took(now)) if not is_left else ""
    why = outcome.awaits(run, "waits for an answer") if run.waiting_for else line(run.error, 120)
    facts = (
        f"{ids.short(run.run_id)}",
        fmt.fit(f"{'  ' * (depth - 1)}{'└ ' * bool(depth)}{line(run.workflow, 24)}", 24),
        f"{run.started_at.astimezone():%Y-%m-%d %H:%M}",
        f"{took:>8}",
        f"{mark} {standing:<11}",
        fmt.share(run.steps_done, run.steps_total),
        why,
    )
    return "  ".join(facts).rstrip()
