"""``parallel``: calls that run at once."""

import asyncio

from flow_tui.dsl import ast
from flow_tui.engine.run import Run, Scope
from flow_tui.errors import EngineError, LeaseLostError, StepFailedError, StepTimedOutError
from flow_tui.executors import call
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath, child
from flow_tui.model.status import Reason, StepStatus
from flow_tui.model.values import ActionOutput


async def execute(run: Run, node: ast.Parallel, path: StepPath, scope: Scope) -> None:
    """Run every call at once; with ``fail_fast`` the first failure stops the others.

    What they hand over is taken in the order in which they are written, so that a resumed run goes on with the same
    values as one that was never interrupted.
    """
    block = _Block(run, node, path, scope)
    await block.skip_unmet()
    failure = await block.run_all()
    block.remember()
    if failure is not None:
        raise failure


class _Block:
    def __init__(self, run: Run, node: ast.Parallel, path: StepPath, scope: Scope) -> None:
        self._run = run
        self._node = node
        self._path = path
        self._scope = scope.inside(node)
        self._outputs: dict[int, ActionOutput | None] = {}
        """Of every branch that counts as a success."""
        self._skipped: set[int] = set()
        self._failures: list[EngineError] = []

    async def skip_unmet(self) -> None:
        """Leave out, before anything starts, the calls whose condition does not hold."""
        for index, branch in enumerate(self._node.calls):
            if branch.condition is None or self._run.holds(branch.condition):
                continue
            self._skipped.add(index)
            path = child(self._path, index)
            known = self._run.state.steps.get(path)
            if known is not None and known.status is StepStatus.SKIPPED:
                continue
            condition = f"{branch.condition.step}.{branch.condition.marker}"
            await self._run.record(
                ev.StepStarted(path=path, name=branch.label, kind="call"),
                ev.StepFinished(
                    path=path,
                    outcome=StepStatus.SKIPPED,
                    output=ActionOutput(result_text=f"skipped: {condition} is not there"),
                    reason=Reason.CONDITION,
                ),
            )

    async def run_all(self) -> EngineError | None:
        """Run the branches; return the failure of the block, if it failed."""
        try:
            async with asyncio.TaskGroup() as group:
                for index, branch in enumerate(self._node.calls):
                    if index not in self._skipped:
                        group.create_task(self._branch(index, branch))
        except BaseExceptionGroup as failed:
            if (lost := failed.subgroup(LeaseLostError)) is not None:
                raise _first(lost) from None
            others = failed.split(EngineError)[1]
            if others is not None:
                raise _first(others) from None
        ends_run = [f for f in self._failures if isinstance(f, StepTimedOutError)]
        if ends_run:
            return ends_run[0]
        calls = len(self._node.calls)
        needed = calls if self._node.min_success is None else self._node.min_success
        if len(self._outputs) + len(self._skipped) >= needed or not self._failures:
            return None
        return self._failures[0]

    async def _branch(self, index: int, branch: ast.ParallelCall) -> None:
        run, path = self._run, child(self._path, index)
        if (known := run.completed(path)) is not None:
            self._outputs[index] = known.output
            return
        try:
            output = await call.try_it(run, branch, path, self._scope)
        except EngineError as failure:
            self._failures.append(failure)
            if self._node.fail_fast or not isinstance(failure, StepFailedError):
                raise
        else:
            self._outputs[index] = output

    def remember(self) -> None:
        """Hand over what the branches left, in the order in which they are written."""
        for index in sorted(self._outputs):
            branch, output = self._node.calls[index], self._outputs[index]
            if output is not None:
                self._run.remember(
                    child(self._path, index), key=branch.key, label=branch.label, output=output
                )


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
