"""``parallel``: calls that run at once."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import nullcontext

from flow_tui.dsl import ast
from flow_tui.engine import only
from flow_tui.engine.run import Run, Scope
from flow_tui.errors import EngineError, StepFailedError, StepTimedOutError
from flow_tui.executors import call
from flow_tui.model import events as ev
from flow_tui.model.ids import ON_FAIL, StepPath, child
from flow_tui.model.status import Reason, StepStatus
from flow_tui.model.values import ActionOutput


async def execute(run: Run, node: ast.Parallel, path: StepPath, scope: Scope) -> None:
    """Run every call at once; with ``fail_fast`` the first failure stops the others.

    With ``min_success`` it is the first failure after which that many can no longer succeed. What the calls
    hand over is taken in the order in which they are written, so that a resumed run goes on with the same
    values as one that was never interrupted.
    """
    block = _Block(run, node, path, scope)
    with run.warm.beside() if run.warm is not None else nullcontext():
        failure = await block.run_all()
    block.remember()
    if failure is not None:
        raise failure


class _Block:
    def __init__(self, run: Run, node: ast.Parallel, path: StepPath, scope: Scope) -> None:
        self._run = run
        self._node = node
        self._scope = scope.inside(node)
        self._paths = [child(path, index) for index in range(len(node.calls))]
        # Decided before anything starts: what the branches leave is handed over when the last is over.
        self._unmet = {
            index: branch.condition
            for index, branch in enumerate(node.calls)
            if branch.condition is not None and not run.holds(branch.condition)
        }
        self._failures: dict[int, EngineError] = {}
        self._fault: Exception | None = None
        """What is not the fault of a call, such as a lost lease."""

    async def run_all(self) -> EngineError | None:
        """Run the branches; return the failure of the block, if it failed."""
        wanted = range(len(self._paths))
        failed_before = [index for index in wanted if self._has_failed(index)]
        others = [index for index in wanted if index not in failed_before]
        # What failed before the run was interrupted had stopped the others, or was about to.
        for index in self._unmet if failed_before else ():
            await self._branch(index)
        if await _together([self._branch(index) for index in failed_before]):
            # Of what alone is to run again, nothing is stopped by what had failed then.
            others = [index for index in others if self._is_to_run(index)]
        if others:
            await _together([self._branch(index) for index in others])
        if self._fault is not None:
            raise self._fault
        await self._run.record()  # until what came of the branches is stored, and known
        await self._close_interrupted()
        # Not the first that failed, which a resumed run cannot know, but the first that is written.
        failures = [failure for _, failure in sorted(self._failures.items())]
        final = [failure for failure in failures if not isinstance(failure, StepFailedError)]
        if final:
            return final[0]
        return failures[0] if failures and self._is_beyond_hope() else None

    async def _close_interrupted(self) -> None:
        """Say that it is over of what was cut short with the run and is not wanted any more."""
        for path in self._paths:
            step = self._run.state.steps.get(path)
            if step is not None and not step.status.is_over:
                await self._run.record(
                    ev.StepFinished(path=path, outcome=StepStatus.CANCELLED, reason=Reason.FAIL_FAST)
                )

    def _has_failed(self, index: int) -> bool:
        known = self._run.concluded(self._paths[index])
        if known is None:
            return False
        is_bad = known.status in (StepStatus.FAILED, StepStatus.TIMED_OUT)
        return is_bad or only.stands(self._run, known.path)

    def _is_to_run(self, index: int) -> bool:
        return self._run.state.only is not None and only.has_run(self._run, self._paths[index])

    def _is_beyond_hope(self) -> bool:
        """Say whether too few calls can still succeed."""
        calls = len(self._node.calls)
        needed = calls if self._node.min_success is None else self._node.min_success
        return calls - len(self._failures) < needed

    async def _branch(self, index: int) -> None:
        if (condition := self._unmet.get(index)) is not None:
            await self._leave_out(index, condition)
            return
        try:
            await call.try_it(self._run, self._node.calls[index], self._paths[index], self._scope)
        except EngineError as failure:
            self._failures[index] = failure
            hopeless = self._node.fail_fast and self._is_beyond_hope()
            if hopeless or isinstance(failure, StepTimedOutError):
                raise
        except Exception as fault:
            self._fault = self._fault or fault
            raise

    async def _leave_out(self, index: int, condition: ast.StepMarker) -> None:
        path = self._paths[index]
        if self._run.concluded(path) is None:
            said = f"skipped: {condition.step}.{condition.marker} is not there"
            await self._run.record(
                ev.StepStarted(path=path, name=self._node.calls[index].label, kind="call"),
                ev.StepFinished(
                    path=path,
                    outcome=StepStatus.SKIPPED,
                    output=ActionOutput(result_text=said),
                    reason=Reason.CONDITION,
                ),
            )

    def remember(self) -> None:
        """Hand over what the branches left, in the order in which they are written."""
        for branch, path in zip(self._node.calls, self._paths, strict=True):
            self._remember(branch, path)
            if isinstance(branch.on_fail, ast.OnFailAgent):
                self._remember(ast.Call(agent=branch.on_fail.agent), child(path, ON_FAIL))

    def _remember(self, called: ast.Call | ast.ParallelCall, path: StepPath) -> None:
        known = self._run.concluded(path)
        if known is not None and known.status is StepStatus.COMPLETED:
            self._run.remember(path, key=called.key, label=called.label, output=known.output)


async def _together(works: Sequence[Coroutine[None, None, None]]) -> bool:
    """Run all at once until all have ended; the first that raises stops the others. Return whether one did.

    Unlike in a group of tasks, being cancelled can be told from being stopped, even when both happen at once.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    waiting = set(tasks)
    cancelled: asyncio.CancelledError | None = None
    while waiting:
        try:
            ended, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
        except asyncio.CancelledError as error:
            cancelled, ended = error, set[asyncio.Task[None]]()
        if cancelled is not None or any(map(_raised, ended)):
            for task in waiting:
                task.cancel()
    if cancelled is not None:
        raise cancelled
    return any(map(_raised, tasks))


def _raised(task: "asyncio.Task[None]") -> bool:
    return not task.cancelled() and task.exception() is not None
