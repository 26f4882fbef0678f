"""What is about to run, read before there is an engine to run it."""

from collections.abc import Callable

from flow_tui.engine.commands import StartRun
from flow_tui.engine.plan import plan
from flow_tui.runtime import library
from flow_tui.runtime.messages import Launch, News, RunPlanned


def prepared(wish: Launch, deliver: Callable[[News], None]) -> StartRun | Launch:
    """Return what carries out ``wish``, and tell its plan; who cannot be helped is told later.

    What asks for more than a definition, for an earlier run or a turn, stays a wish.
    """
    try:
        definition = library.load(wish.workflow)
        command = library.start(definition, wish.inputs, wish.options)
        if wish.pauses:
            from flow_tui.runtime.breaking import with_breakpoints  # noqa: PLC0415 - only for a few

            command = with_breakpoints(command, wish.pauses)
    except Exception:  # noqa: BLE001 - whoever carries the wish out reads it again, and says what is wrong
        return wish
    workflow = definition.workflow
    deliver(
        RunPlanned(
            workflow=workflow.name, title=workflow.title or "", file=definition.file, plan=plan(workflow)
        )
    )
    return command if wish.warm_from is None and not wish.in_turn else wish
