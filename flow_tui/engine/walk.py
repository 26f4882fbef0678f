"""Nodes one after the other."""

import asyncio

from flow_tui.dsl import ast
from flow_tui.engine import only
from flow_tui.engine.run import Run, Scope
from flow_tui.errors import (
    EngineError,
    GateExpiredError,
    GateFailedError,
    GateRejectedError,
    StepTimedOutError,
    UnconfirmedError,
)
from flow_tui.model.ids import StepPath, child

_FINAL = (GateRejectedError, GateExpiredError, GateFailedError, StepTimedOutError, UnconfirmedError)
"""What ends a run even when it goes on after failures: a person's word, or the lack of it, and time."""

_TURN = 50
"""After so many nodes, others get their turn."""


async def walk(run: Run, nodes: tuple[ast.Node, ...], path: StepPath, scope: Scope) -> None:
    """Run nodes one after the other; a failure stops them unless the run or the scope goes on."""
    task = asyncio.current_task()
    stood: EngineError | None = None
    for index, node in enumerate(nodes):
        at = child(path, index)
        if (stood is not None or not scope.goes_on) and not only.may_begin(run, at):
            continue
        run.walked += 1
        if run.walked % _TURN == 0:
            await asyncio.sleep(0)  # what was done before a resume is come past without waiting
        if task is not None and task.cancelling():
            # Told to stop while something was ending that could not be interrupted: nothing more begins.
            raise asyncio.CancelledError
        try:
            await run.execute(node, at, scope)
        except EngineError as error:
            if not (isinstance(error, _FINAL) or (run.state.options.fail_fast and not scope.goes_on)):
                run.failure = run.failure or error
            elif await only.goes_past(run, error):
                stood = run.stood = stood or error
            else:
                raise
    if stood is not None:
        raise stood
