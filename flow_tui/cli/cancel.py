"""``flow-tui cancel``: stops a run, or one step of it."""

from argparse import ArgumentParser, Namespace
from functools import partial
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from flow_tui.cli.asking import Asked
    from flow_tui.engine.commands import CancelStep
    from flow_tui.model.events import Event
    from flow_tui.model.status import RunStatus

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
            cancel_run(asked, options)
        else:
            import asyncio

            from flow_tui.runtime import orphan

            run_id, by = asked.state.run_id, asking.user(options)
            asyncio.run(orphan.cancel(asked.store, asked.folder, run_id, asked.me, by=by))
            out.words(f"run {asked.name} is cancelled; nobody was working on it")
    return 0


def cancel_run(asked: "Asked", options: Namespace) -> None:
    """Stop a run that somebody works on; raises ``NotPossibleError`` when it ended otherwise."""
    from flow_tui.cli import asking
    from flow_tui.engine.commands import CancelRun, KillRun
    from flow_tui.model import events as ev

    kind = KillRun if options.kill else CancelRun
    request = kind(run_id=asked.state.run_id, by=asking.user(options))

    def is_taken(event: ev.Event) -> bool:
        if isinstance(event, ev.RunFinished):
            _require_cancelled(asked.name, event.outcome)
        return isinstance(event, ev.RunCancelRequested | ev.RunFinished)

    asking.ask(asked, request, is_taken, "cancel")
    outcome = asking.outcome_soon(asked)
    if outcome is None:
        out.words(f"run {asked.name} is being cancelled; its steps are still ending")
        return
    _require_cancelled(asked.name, outcome)
    out.words(f"run {asked.name} is cancelled")


def _require_cancelled(name: str, outcome: "RunStatus") -> None:
    """Raise ``NotPossibleError`` when the run ended in another way before it could be cancelled."""
    from flow_tui.errors import NotPossibleError
    from flow_tui.model.status import RunStatus

    if outcome is not RunStatus.CANCELLED:
        raise NotPossibleError(f"cancel run {name}", f"it has ended: {outcome.value}")


def _cancel_step(asked: "Asked", options: Namespace) -> None:
    from flow_tui.cli import asking
    from flow_tui.engine.commands import CancelStep
    from flow_tui.errors import UsageError
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

    what = f"cancel {place.name} of"
    asking.ask(
        asked.about(place.state), request, partial(is_taken, request, f"{what} run {asked.name}"), what
    )
    out.words(f"{place.name} of run {asked.name} is being {'skipped' if options.skip else 'cancelled'}")


def is_taken(request: "CancelStep", what: str, event: "Event") -> bool:
    """Say whether a step is being stopped as asked; raises ``NotPossibleError`` when it ended otherwise."""
    from flow_tui.errors import NotPossibleError
    from flow_tui.model import events as ev
    from flow_tui.model.status import StepStatus

    match event:
        case ev.StepCancelRequested() if event.path == request.path:
            if event.skip is not request.skip:
                others = "skipped" if event.skip else "cancelled"
                raise NotPossibleError(what, f"it is being {others} already")
            return True
        case ev.StepFinished() if event.path == request.path:
            wanted = StepStatus.SKIPPED if request.skip else StepStatus.CANCELLED
            if event.outcome is not wanted:
                raise NotPossibleError(what, f"it has ended: {event.outcome.value}")
            return True
        case _:
            return False
