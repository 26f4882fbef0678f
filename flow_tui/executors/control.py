"""Conditions, loops and blocks."""

from collections import deque
from dataclasses import replace
from typing import NoReturn

from flow_tui.dsl import ast
from flow_tui.engine import only
from flow_tui.engine.run import Run, Scope
from flow_tui.engine.walk import walk
from flow_tui.errors import LoopError
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath, loop_pass
from flow_tui.model.status import StepStatus


async def branch(run: Run, node: ast.If | ast.Unless, path: StepPath, scope: Scope) -> None:
    """Run the body of an ``if`` when its condition holds, of an ``unless`` when it does not."""
    holds = only.decided(run, path)
    if holds is None:
        holds = run.holds(node.condition) is isinstance(node, ast.If)
    known = run.state.steps.get(path)
    if known is None or known.holds is not holds or (not holds and not known.status.is_over):
        await run.record(ev.ConditionChecked(path=path, holds=holds))
    if holds:
        await walk(run, node.body, path, scope)


async def block(run: Run, node: ast.Do | ast.Always, path: StepPath, scope: Scope) -> None:
    """Run the body of a ``do`` with what it hands down, or of a nested ``always`` in place."""
    if isinstance(node, ast.Do):
        await walk(run, node.body, path, scope.inside(node))
        return
    before = run.failure
    await walk(run, node.body, path, replace(scope, goes_on=True))
    if run.failure is not None and before is None and run.state.options.fail_fast and not scope.goes_on:
        raise run.failure


async def while_loop(run: Run, node: ast.While, path: StepPath, scope: Scope) -> None:
    """Run the body for as long as the marker is there, tested before each pass."""
    history = _Stuck(node)
    number = 0
    while _goes_on(run, node, path, number):
        if number >= node.max_iterations:
            await _limit_reached(run, node, path)
            break
        number += 1
        await _one_pass(run, node, path, number, scope)
        if why := history.see(run):
            await _fail(run, node, path, why)
    _over(run, node, path, number)


async def do_while_loop(run: Run, node: ast.DoWhile, path: StepPath, scope: Scope) -> None:
    """Run the body, then again for as long as the marker is there."""
    history = _Stuck(node)
    number = 0
    while True:
        if number >= node.max_iterations:
            await _limit_reached(run, node, path)
            break
        number += 1
        await _one_pass(run, node, path, number, scope)
        if not _goes_on(run, node, path, number):
            break
        if why := history.see(run):
            await _fail(run, node, path, why)
    _over(run, node, path, number)


async def _one_pass(
    run: Run, node: ast.While | ast.DoWhile, path: StepPath, number: int, scope: Scope
) -> None:
    known = run.state.steps.get(path)
    if known is None or known.passes < number:
        run.journal.hold(ev.PassStarted(path=path, number=number, of=node.max_iterations))
    await walk(run, node.body, loop_pass(path, number), scope)


def _over(run: Run, node: ast.While | ast.DoWhile, path: StepPath, passes: int) -> None:
    if only.stands(run, path):  # it had failed itself, whatever comes of its passes now
        raise LoopError(f"{node.step}.{node.marker}", run.state.steps[path].error)
    if run.warm is not None:
        run.warm.looped(path, passes)


def _goes_on(run: Run, node: ast.While | ast.DoWhile, path: StepPath, number: int) -> bool:
    """Say whether another pass follows the first ``number`` ones."""
    known = only.turns(run, path, number)
    return _marker(run, node) if known is None else known


def _marker(run: Run, node: ast.While | ast.DoWhile) -> bool:
    return run.holds(ast.StepMarker(step=node.step, marker=node.marker))


async def _limit_reached(run: Run, node: ast.While | ast.DoWhile, path: StepPath) -> None:
    if node.on_max_iter == "fail":
        passes = "1 pass" if node.max_iterations == 1 else f"{node.max_iterations} passes"
        await _fail(run, node, path, f"reached its limit of {passes} (max_iterations)")


async def _fail(run: Run, node: ast.While | ast.DoWhile, path: StepPath, why: str) -> NoReturn:
    """Record that the loop itself has failed, which nothing inside of it tells, and raise that."""
    if run.concluded(path) is None:
        await run.record(ev.StepFinished(path=path, outcome=StepStatus.FAILED, error=why))
    raise LoopError(f"{node.step}.{node.marker}", why)


class _Stuck:
    """Notices a loop whose controlling step leaves the same markers again and again."""

    def __init__(self, node: ast.While | ast.DoWhile) -> None:
        self._node = node
        self._seen: deque[frozenset[str]] = deque(maxlen=node.stuck_after)

    def see(self, run: Run) -> str:
        """Look at the markers after a pass; return why the loop fails when nothing changes any more."""
        after = self._node.stuck_after
        if after is None:
            return ""
        result = run.results.get(self._node.step)
        self._seen.append(frozenset(result.markers) if result is not None else frozenset())
        if len(self._seen) == after and len(set(self._seen)) == 1:
            return f"is stuck: the same markers in {after} passes running (stuck_after)"
        return ""
