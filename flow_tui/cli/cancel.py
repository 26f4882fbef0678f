"""``flow-tui cancel``: stops a run, or one step of it."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from flow_tui.cli.asking import Asked

DESCRIPTION = "Stops a run, or one step of it, in whatever process it runs."
EXAMPLE = "flow-tui cancel last build --skip"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("run", metavar="RUN", nargs="?", default="last", help="the end of its id, or 'last'")
    parser.add_argument(
        "step", metavar="STEP", nargs="?", default="", help="a step's name or path; of a run inside, SUB/STEP"
    )
    parser.add_argument("--skip", action="store_true", help="the run goes on as if STEP had been skipped")
    parser.add_argument("--kill", action="store_true", help="at once: nothing is asked to end")


def execute(options: Namespace) -> int:
    """Cancel it; return when that has happened."""
    from flow_tui.cli import asking
    from flow_tui.errors import NotPossibleError, UsageError

    if options.skip and not options.step:
        raise UsageError("--skip needs a STEP")
    with asking.run(options) as asked:
        if asked.state.status.is_over:
            raise NotPossibleError(f"cancel run {asked.name}", f"it has ended: {asked.state.status.value}")
        if options.step:
            _cancel_step(asked, options)
        elif asked.is_owned:
            _cancel_run(asked, options)
        else:
            from flow_tui.cli import orphan

            orphan.cancel(asked, by=asking.user(options))
            out.words(f"run {asked.name} is cancelled; nobody was working on it")
    return 0


def _cancel_run(asked: "Asked", options: Namespace) -> None:
    from flow_tui.cli import asking
    from flow_tui.engine.commands import CancelRun, KillRun
    from flow_tui.model import events as ev

    kind = KillRun if options.kill else CancelRun
    request = kind(run_id=asked.state.run_id, by=asking.user(options))
    asking.ask(
        asked, request, lambda event: isinstance(event, ev.RunCancelRequested | ev.RunFinished), "cancel"
    )
    is_over = asking.is_over_soon(asked)
    out.words(
        f"run {asked.name} is {'cancelled' if is_over else 'being cancelled; its steps are still ending'}"
    )


def _cancel_step(asked: "Asked", options: Namespace) -> None:
    from flow_tui.cli import asking
    from flow_tui.engine.commands import CancelStep
    from flow_tui.errors import UsageError
    from flow_tui.model import events as ev
    from flow_tui.runtime.parts import Family, is_at_work

    match Family(asked.store, asked.state).named(options.step, is_at_work):
        case (only,):
            place = only
        case several:
            listed = ", ".join(f"{each.name} ({each.step.path})" for each in several)
            raise UsageError(f"several steps {options.step!r} run", f"name one of them: {listed}")
    step = place.step
    request = CancelStep(
        run_id=place.state.run_id,
        path=step.path,
        by=asking.user(options),
        skip=options.skip,
        kill=options.kill,
    )

    def is_taken(event: ev.Event) -> bool:
        return isinstance(event, ev.StepCancelRequested | ev.StepFinished) and event.path == step.path

    asking.ask(asked.about(place.state), request, is_taken, f"cancel {place.name} of")
    out.words(f"{place.name} of run {asked.name} is being {'skipped' if options.skip else 'cancelled'}")
