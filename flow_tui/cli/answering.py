"""Answers to gates from the command line."""

from argparse import ArgumentParser, Namespace
from functools import partial
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from flow_tui.cli.asking import Asked
    from flow_tui.engine.commands import ResolveGate
    from flow_tui.model.events import Event, GateResolved
    from flow_tui.model.state import StepState
    from flow_tui.model.values import Decision
    from flow_tui.runtime.parts import Place


def arguments(parser: ArgumentParser) -> None:
    """Add what says which gate is answered."""
    parser.add_argument("run", metavar="RUN", nargs="?", default="last", help="the end of its id, or 'last'")
    parser.add_argument(
        "step", metavar="STEP", nargs="?", default="", help="which gate, when several wait: its name or path"
    )
    parser.add_argument("--feedback", metavar="TEXT", default="", help="words for the steps that follow")


def answer(options: Namespace, *, approved: bool, selections: tuple[str, ...] = ()) -> int:
    """Answer the gate that waits."""
    from flow_tui.cli import asking
    from flow_tui.engine.commands import ResolveGate
    from flow_tui.model.values import Decision

    what = "approve" if approved else "reject"
    with asking.run(options) as asked:
        place = _waiting(asked, options.step, what)
        gate = place.step
        _see_that_they_exist(gate, selections)
        decision = Decision(
            approved=approved, feedback=options.feedback, selections=selections, by=asking.user(options)
        )
        request = ResolveGate(run_id=place.state.run_id, path=gate.path, decision=decision)

        asking.ask(asked.about(place.state), request, partial(is_answer, request, asked.name), what)
        out.words(f"{'approved' if approved else 'rejected'}: {place.name} of run {asked.name}")
    return 0


def is_answer(request: "ResolveGate", run: str, event: "Event") -> bool:
    """Say whether an event records this answer; raises ``NotPossibleError`` when the gate got another end."""
    from flow_tui.errors import NotPossibleError
    from flow_tui.model import events as ev

    what = f"{'approve' if request.decision.approved else 'reject'} run {run}"
    match event:
        case ev.GateResolved() if event.path == request.path:
            if not _says(event, request.decision):
                who = f" by {event.by}" if event.by else ""
                raise NotPossibleError(
                    what, f"it was answered already: {'approved' if event.approved else 'rejected'}{who}"
                )
            return True
        case ev.StepFinished() if event.path == request.path:
            raise NotPossibleError(what, f"it does not wait any more: {event.outcome.value}")
        case _:
            return False


def _says(event: "GateResolved", decision: "Decision") -> bool:
    """Say whether a decision is recorded so: without secrets, and each option once."""
    from flow_tui.engine import intake
    from flow_tui.masking import MASK

    hidden = MASK.decode()
    feedback = intake.cut(intake.text(decision.feedback, "feedback"))
    chosen = (set(event.selections), set(decision.selections))
    return (
        (event.approved, event.by) == (decision.approved, decision.by)
        and (event.feedback == feedback or hidden in event.feedback)
        and (chosen[0] == chosen[1] or any(hidden in each for each in chosen[0]))
    )


def _waiting(asked: "Asked", name: str, what: str) -> "Place":
    """Return the gate that is meant, of the run or of its parts; raises when none or several could be."""
    from flow_tui.errors import NotPossibleError, UsageError
    from flow_tui.model.status import StepStatus
    from flow_tui.runtime.parts import Family

    family = Family(asked.store, asked.state)
    chosen = family.waiting()
    if not chosen:
        raise NotPossibleError(f"{what} run {asked.name}", "it does not wait for an answer")
    if name:
        chosen = family.named(name, lambda step: step.status is StepStatus.WAITING)
    match chosen:
        case (gate,):
            return gate
        case several:
            listed = ", ".join(f"{gate.name} ({gate.step.path})" for gate in several)
            raise UsageError(f"several gates wait: {listed}", "name one of them, by its path if need be")


def _see_that_they_exist(gate: "StepState", selections: tuple[str, ...]) -> None:
    from flow_tui.cli.options import nearest
    from flow_tui.errors import UsageError

    options = list(gate.gate.options) if gate.gate is not None else []
    for chosen in selections:
        if chosen not in options:
            hint = nearest(chosen, options) or f"there are: {', '.join(options) or 'none'}"
            raise UsageError(f"{chosen!r} is no option of the gate", hint)
