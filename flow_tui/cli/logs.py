"""``flow-tui logs``: what steps have printed."""

import sys
from argparse import ArgumentParser, Namespace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flow_tui.model.ids import RunId, StepPath
    from flow_tui.runtime.parts import Place

DESCRIPTION = """Prints the recorded output of a run, or of one of its steps.

With --follow it goes on while the run does, in whatever process that is."""
EXAMPLE = "flow-tui logs last build --attempt 1"
_LINES = 1_000
"""How many are read at a time."""


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("run", metavar="RUN", nargs="?", default="last", help="the end of its id, or 'last'")
    parser.add_argument(
        "step", metavar="STEP", nargs="?", default="", help="a step's name or path; of a run inside, SUB/STEP"
    )
    parser.add_argument("--attempt", metavar="N", type=int, default=0, help="of this attempt only")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--follow", action="store_true", help="go on until the run is over")
    group.add_argument("--prompt", action="store_true", help="what agents were told, instead")
    group.add_argument(
        "--times", action="store_true", help="when each line began before it, to a tenth of a second"
    )
    group.add_argument("--raw", action="store_true", help="as it was written, colours and all")


def execute(options: Namespace) -> int:
    """Print it."""
    from flow_tui.cli import kept
    from flow_tui.cli.tails import heading
    from flow_tui.process.workspace import FolderWorkspace
    from flow_tui.runtime import history
    from flow_tui.runtime.parts import Family, is_work
    from flow_tui.runtime.settings import settings

    workspace = FolderWorkspace(settings(options.state).state or Path())
    where = workspace.prompt_file if options.prompt else workspace.log_file
    if options.follow:
        from flow_tui.cli import following

        return following.execute(options)
    with kept.histories(options) as histories:
        run = history.find(histories, options.run, kept.root())
        family = Family(histories, history.state_of(histories, run.run_id))
        chosen = _with_output(family.named(options.step, is_work) if options.step else family.places(is_work))
        first = next(chosen, None)
        second = next(chosen, None)
        several = second is not None
        for place in chain(filter(None, (first, second)), chosen):
            step = place.step
            for run_id, path, number in _kept(place, options.attempt):
                file = where(run_id, path, number)
                if options.prompt and not file.exists():
                    continue
                if several or len(step.attempts) > 1:
                    out.words(heading(place.name, step.path, number))
                if options.times:
                    _print_with_times(file)
                else:
                    _print(file, raw=options.raw)
    return 0


def _with_output(places: "Iterable[Place]") -> "Iterator[Place]":
    """Yield the steps that print something themselves."""
    return (place for place in places if place.step.child_run is None and place.step.kind != "foreach")


def _kept(place: "Place", wanted: int) -> "Iterator[tuple[RunId, StepPath, int]]":
    """Yield where the output of each attempt is that is wanted: of a kept step, in the run it is from."""
    step = place.step
    if step.reused_from is not None and step.reused_attempt and not step.attempts:
        yield step.reused_from, step.reused_path, step.reused_attempt
    for number in dict.fromkeys(attempt.attempt for attempt in step.attempts):
        if wanted in {0, number}:
            yield place.state.run_id, step.path, number


def _print_with_times(file: Path) -> None:
    """Print each line after the time at which it began, as the machine here would say it."""
    from flow_tui.runtime.log_file import LogFile
    from flow_tui.runtime.log_times import LogTimes
    from flow_tui.sanitize import plain_log_line
    from flow_tui.view import format as fmt

    times = LogTimes(file)
    times.look()
    if not file.exists():
        return
    if not times:
        out.words("no times were recorded of this")
    log, first = LogFile(file), 0
    try:
        while log.index():
            pass
        while lines := log.page(first, _LINES):
            for begin, line in zip(log.begins(first, lines), lines, strict=True):
                at = times.at(begin)
                day = fmt.day(at) or " " * 10
                sys.stdout.write(f"{day} {fmt.time_of_day(at)}  {plain_log_line(line)}\n")
            first += len(lines)
    finally:
        log.close()


def _print(file: Path, *, raw: bool) -> None:
    from flow_tui.cli.tails import Tail

    if not raw:
        tail = Tail(file)
        for text in chain(tail.lines(), tail.rest()):
            sys.stdout.write(f"{text}\n")
        return
    try:
        with file.open("rb") as opened:
            while data := opened.read(1 << 20):
                sys.stdout.buffer.write(data)
    except FileNotFoundError:
        return
