"""``foreach``: a workflow for every item of a provider, some of them at once."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import cast

from flow_tui.dataclass import dataclass
from flow_tui.dsl import ast, templates
from flow_tui.engine import hiding, intake, only
from flow_tui.engine.attempts import Attempt, SkippedByPersonError, attempts
from flow_tui.engine.policy import Policy
from flow_tui.engine.ports import ItemParams, ItemProvider
from flow_tui.engine.run import Part, Run, Scope
from flow_tui.engine.stop import Stop
from flow_tui.errors import ActionError, NotPossibleError, StepFailedError
from flow_tui.executors import call_workflow, policy
from flow_tui.executors.ordering import Queue, numbered, without_cycles
from flow_tui.executors.printed import printed
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath, child, parent
from flow_tui.model.plan import ITEM
from flow_tui.model.state import FanOutState, StepState
from flow_tui.model.status import Reason, StepStatus
from flow_tui.model.values import ActionOutput, FanOutItem

_FAILED = frozenset({StepStatus.FAILED, StepStatus.TIMED_OUT, StepStatus.CANCELLED})


async def execute(run: Run, node: ast.ForEach, path: StepPath, scope: Scope) -> None:
    """Run the workflow for every item; raises ``EngineError`` when one of them failed for good."""
    if run.concluded(path) is None:
        call_workflow.require_depth(run, node.workflow)
    fan_out = _FanOut(run, node, path, scope)
    output = await policy.carry_out(run, node, path, scope, fan_out.work, other=fan_out.other)
    if output is not None:
        run.remember(path, key=f"foreach:{node.name}", label=node.name, output=output)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    completed: int
    failed: int
    skipped: int
    total: int

    def __str__(self) -> str:
        said = f"{self.completed} completed, {self.failed} failed, {self.skipped} skipped"
        return f"{said} of {self.total} item{'s' * (self.total != 1)}"


class _FanOut:
    """The items of one ``foreach``; those that are over, from now or from before, are not begun again."""

    def __init__(self, run: Run, node: ast.ForEach, path: StepPath, scope: Scope) -> None:
        self._run, self._node, self._path, self._scope = run, node, path, scope
        self._workflow: ast.Workflow | None = None
        self._found: FanOutState | None = None
        """What there is to work on, where somebody has looked before the step began."""
        self._cycles: list[str] = []
        """What is to be said of dependencies that were left out."""

    async def other(self, then: StepState) -> str:
        """Return what is other about the items now than it was in an earlier run, or nothing."""
        if self._run.pretend is not None:
            return ""
        await self._run.record()  # until what was taken over is known: items may be found in it
        stop = Stop()
        try:
            self._found = await self._find(stop)
        except asyncio.CancelledError:
            stop.set(Reason.USER)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the attempt that follows says so
            return f"its items could not be found as then: {intake.error(error)}"
        if then.output is None or not then.output.items:
            return "which items it had then was not recorded"
        return "" if then.output.items == _digest(self._found) else "its items are other ones now"

    async def work(self, attempt: Attempt) -> ActionOutput:
        """Work on all items; raises ``ActionError`` when some have failed."""
        known = self._known() or await self._collect(attempt)
        if not known.items:
            return self._output(known, f"foreach {self._node.name}: no items to process")
        self._workflow = call_workflow.definition(self._run, self._node.workflow)
        await self._work_on(known, attempt)
        await self._run.record()  # until what came of the items is stored, and known
        counts = self._counts(known)
        text = f"foreach {self._node.name}: {counts} (over {self._node.over})"
        output = self._output(known, text)
        if counts.failed:
            raise ActionError(text, output)
        return output

    # What there is to do

    def _known(self) -> FanOutState | None:
        step = self._run.state.steps.get(self._path)
        return step.fan_out if step is not None else None

    async def _collect(self, attempt: Attempt) -> FanOutState:
        run, node = self._run, self._node
        if run.pretend is not None:
            invented = run.pretend.items(node.over, node.scope or {})
            await run.record(ev.FanOutCollected(path=self._path, items=invented))
            return FanOutState(items=invented)
        step = run.state.steps.get(self._path)
        is_edited = step is not None and step.edit is not None
        found = (None if is_edited else self._found) or await self._find(attempt.stop)
        for note in self._cycles:
            await run.record(ev.StepNoted(path=self._path, text=note))
        await run.record(ev.FanOutCollected(path=self._path, items=found.items, edges=found.edges))
        return found

    async def _find(self, stop: Stop) -> FanOutState:
        run, node = self._run, self._node
        self._cycles.clear()
        provider = run.around.registry.provider(node.over)
        if provider is None:
            raise NotPossibleError(f"run foreach {node.name!r}", f"nothing provides {node.over!r}")
        params = self._params(stop)
        items = _distinct(await provider.items(params))
        edges = await self._edges(provider, params, items) if node.ordered else ()
        return FanOutState(items=hiding.items(run.around.secrets, items), edges=edges)

    async def _edges(
        self, provider: ItemProvider, params: ItemParams, items: tuple[FanOutItem, ...]
    ) -> tuple[tuple[int, int], ...]:
        """Return which item has to be over before which; raises ``ActionError`` for a circle."""
        edges = numbered(items, await provider.dependencies(params))
        sound, cycle = without_cycles(len(items), edges)
        if cycle:
            said = " → ".join(items[number].label for number in cycle)
            if self._node.on_cycle == "fail":
                raise ActionError(f"the items depend on each other in a circle: {said}")
            self._cycles.append(f"left out a dependency that makes a circle: {said}")
        return sound

    def _params(self, stop: Stop) -> ItemParams:
        run, node = self._run, self._node
        variables = run.variables(self._path, self._scope)

        def filled(table: Mapping[str, str]) -> dict[str, str]:
            return {name: templates.substitute(text, variables).text for name, text in table.items()}

        return ItemParams(
            name=node.over,
            run_id=run.id,
            path=self._path,
            scope=filled(node.scope) if node.scope is not None else None,
            filter=filled(node.filter),
            inputs=variables,
            cwd=run.folder,
            files=run.files,
            launcher=run.around.launcher,
            environ=run.around.environ,
            stop=stop,
            printed=partial(printed, run),
        )

    # Doing it

    async def _work_on(self, known: FanOutState, attempt: Attempt) -> None:
        queue = await self._queue(known)
        working: dict[asyncio.Task[None], int] = {}
        failed = self._counts(known).failed > 0
        chosen = self._run.state.only is not None and failed
        halted = self._node.on_child_fail == "halt" and failed and not chosen
        try:
            while True:
                while not halted and len(working) < self._node.max_parallel:
                    if (free := queue.take()) is None:
                        break
                    if chosen and not only.has_run(self._run, child(self._path, free)):
                        continue  # what had failed had stopped it, and stands
                    one = self._one(free, known.items[free], attempt)
                    working[asyncio.ensure_future(one)] = free
                if not working:
                    break
                done, _ = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
                for task in sorted(done, key=working.__getitem__):
                    number = working.pop(task)
                    task.result()
                    step = self._item(number)
                    if step is not None:
                        await self._skip_dependents(queue, known, number, step)
                        queue.settle(number)
                        halted = halted or (self._node.on_child_fail == "halt" and step.status in _FAILED)
        finally:
            await _ended(list(working))

    async def _queue(self, known: FanOutState) -> Queue:
        """Return what is left to do; what depends on an earlier failure is left out of it."""
        queue = Queue(len(known.items), known.edges)
        over = [(n, step) for n in range(len(known.items)) if (step := self._item(n)) and step.status.is_over]
        for number, _ in over:
            queue.settle(number)
        for number, step in over:
            await self._skip_dependents(queue, known, number, step)
        return queue

    async def _skip_dependents(self, queue: Queue, known: FanOutState, number: int, step: StepState) -> None:
        if step.status not in _FAILED or self._node.on_child_fail != "skip_dependents":
            return
        for dependent in queue.dependents(number):
            path = child(self._path, dependent)
            reason = f"skipped: it depends on {known.items[number].label}"
            await self._run.record(
                ev.StepStarted(path=path, name=known.items[dependent].label, kind=ITEM),
                ev.StepFinished(
                    path=path,
                    outcome=StepStatus.SKIPPED,
                    output=ActionOutput(result_text=reason),
                    reason=Reason.CONDITION,
                ),
            )
            queue.settle(dependent)

    async def _one(self, number: int, item: FanOutItem, attempt: Attempt) -> None:
        """Run the workflow for one item; how that went is on its step."""
        path = child(self._path, number)
        how = Policy(label=item.label, kind=ITEM, clean_up=policy.CLEAN_UP)
        working = _Item(self._run, self._node, path, self._scope, item, self._definition(), attempt)
        try:
            await attempts(self._run, path, how, working.work)
        except (StepFailedError, SkippedByPersonError):
            return

    def _definition(self) -> ast.Workflow:
        return self._workflow or call_workflow.definition(self._run, self._node.workflow)

    # What came of it

    def _item(self, number: int) -> StepState | None:
        return self._run.state.steps.get(child(self._path, number))

    def _counts(self, known: FanOutState) -> _Counts:
        stand = [step.status for n in range(len(known.items)) if (step := self._item(n)) is not None]
        return _Counts(
            completed=stand.count(StepStatus.COMPLETED),
            failed=sum(status in _FAILED for status in stand),
            skipped=stand.count(StepStatus.SKIPPED),
            total=len(known.items),
        )

    def _output(self, known: FanOutState, text: str) -> ActionOutput:
        steps = [step for number in range(len(known.items)) if (step := self._item(number)) is not None]
        listed = [
            {"item_id": item.id, "status": _word(step.status), "output": self._said(step)}
            for number, item in enumerate(known.items)
            if (step := self._item(number)) is not None and step.status.is_over
        ]
        listed.sort(key=lambda each: cast("str", each["item_id"]))
        structured = json.dumps({"items": listed}, ensure_ascii=False)
        return ActionOutput(
            context=text,
            result_text=text,
            structured=structured,
            workers=call_workflow.workers(step.output for step in steps),
            items=_digest(known),
        )

    def _said(self, step: StepState) -> object:
        """Return the last structured output of an item's run, if it has completed and left one."""
        if step.status is not StepStatus.COMPLETED or step.output is None or not step.output.structured:
            return None
        return json.loads(step.output.structured)


class _Item:
    """One item: a part begun in an earlier piece of the run is gone on with, once."""

    def __init__(
        self,
        run: Run,
        node: ast.ForEach,
        path: StepPath,
        scope: Scope,
        item: FanOutItem,
        workflow: ast.Workflow,
        around: Attempt,
    ) -> None:
        self._run, self._node, self._path, self._scope = run, node, path, scope
        self._values, self._workflow, self._around = values_of(item), workflow, around
        self._before = call_workflow.begun_before(run, path)

    async def work(self, attempt: Attempt) -> ActionOutput:
        """Carry the workflow out for the item; raises ``ActionError`` unless it completed."""
        run = self._run
        around = run.state.steps[parent(self._path)].edit
        changed = around.values if around is not None else dict[str, str]()
        inside = replace(self._scope, overlay={**self._scope.overlay, **changed, **self._values})
        variables = run.variables(self._path, inside)
        given = {name: templates.substitute(text, variables).text for name, text in self._node.inputs.items()}

        def alive() -> None:
            attempt.signs.alive()
            self._around.signs.alive()

        before, self._before = self._before, None
        part = Part(
            path=self._path,
            attempt=attempt.number,
            workflow=self._workflow,
            inputs=call_workflow.settled(self._workflow, {**given, **self._values}, {}),
            before=before,
            alive=alive,
            stop=attempt.stop,
        )
        ended = await run.parts.carry_out(run, part)
        output = call_workflow.concluded(ended)
        return ActionOutput(
            context=output.context,
            markers=output.markers,
            result_text=output.result_text,
            structured=call_workflow.last_structured(ended),
            metrics=output.metrics,
            workers=output.workers,
        )


def values_of(item: FanOutItem) -> dict[str, str]:
    """Return what the workflow of an item finds under ``item.``; its id and its name win."""
    context = {f"item.{name}": value for name, value in item.context.items()}
    return {**context, "item.id": item.id, "item.ref": item.label}


def _distinct(items: object) -> tuple[FanOutItem, ...]:
    """Return the items, each id of a type once; raises ``ActionError`` for what is no list of items."""
    found: dict[tuple[str, str], FanOutItem] = {}
    for item in cast("list[object]", items if isinstance(items, list | tuple) else [items]):
        if not isinstance(item, FanOutItem):
            raise ActionError(f"the provider handed over {type(item).__name__}, which is no item")
        found.setdefault((item.type, item.id), item)
    return tuple(found.values())


def _digest(found: FanOutState) -> str:
    """Return a hash of some items, and of what depends on what among them."""
    items = [[item.id, item.ref, item.type, item.context] for item in found.items]
    text = json.dumps([items, found.edges], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _word(status: StepStatus) -> str:
    return "failed" if status in _FAILED else status.value


async def _ended(tasks: list["asyncio.Task[None]"]) -> None:
    """Cancel what is in progress and wait until it has ended."""
    for task in tasks:
        task.cancel()
    while left := [task for task in tasks if not task.done()]:
        with suppress(asyncio.CancelledError):  # whoever is in a hurry forces the stop of each
            await asyncio.wait(left)
