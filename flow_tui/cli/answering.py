"""Answers to gates from the command line."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from flow_tui.cli.asking import Asked
    from flow_tui.model.state import StepState
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
    from flow_tui.model import events as ev
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

        def is_answer(event: ev.Event) -> bool:
            return isinstance(event, ev.GateResolved) and event.path == gate.path

        asking.ask(asked.about(place.state), request, is_answer, what)
        out.words(f"{'approved' if approved else 'rejected'}: {place.name} of run {asked.name}")
    return 0


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
