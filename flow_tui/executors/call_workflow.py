"""``call workflow``: another workflow, as a run of its own that is part of this one."""

from collections.abc import Iterable, Mapping

from flow_tui import limits
from flow_tui.dataclass import replace
from flow_tui.dsl import ast, templates
from flow_tui.dsl.parts import agent_key
from flow_tui.engine import checks
from flow_tui.engine.attempts import Attempt
from flow_tui.engine.run import Part, Run, Scope
from flow_tui.errors import ActionError, HopelessError, MissingInputError, NotPossibleError
from flow_tui.executors import policy
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.resuming import place
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import AttemptStatus, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, Worker

_HANDED_OVER = frozenset({"call", "script", "call_workflow", "foreach"})
"""The kinds of steps whose results the caller can use; a gate leaves none."""
_BAD = frozenset({AttemptStatus.FAILED, AttemptStatus.TIMED_OUT})


async def execute(run: Run, node: ast.CallWorkflow, path: StepPath, scope: Scope) -> None:
    """Run the workflow; raises ``EngineError`` when it failed for good."""
    if run.concluded(path) is None:
        require_depth(run, node.workflow)
    work = _Calling(run, node, path, scope)
    how = policy.policy(node)
    if _is_another_chance(run, path):
        how = replace(how, retries=0)
    output = await policy.carry_out(run, node, path, scope, work.work, how)
    await run.record()  # until what was taken over is stored, and known
    step = run.state.steps.get(path)
    if output is None or step is None:
        return
    if step.child_run is not None:
        hand_over(run, work.ended or run.parts.recall(step.child_run))
    run.remember(path, key=node.workflow, label=node.workflow, output=output)


def require_depth(run: Run, workflow: str) -> None:
    """Raise ``NotPossibleError`` when one more workflow inside of this one would be too deep."""
    if run.depth >= limits.WORKFLOW_DEPTH:
        chain = f"{run.workflow.name!r} is {run.depth} workflows deep, and that is the limit"
        raise NotPossibleError(f"call workflow {workflow!r}", chain)


def definition(run: Run, name: str) -> ast.Workflow:
    """Return the workflow of this name as it was when the run started."""
    if (known := run.definitions.get(name)) is not None:
        return known
    file = run.files.find_workflow(name, run.workflow.source_path)
    if file is None:
        raise NotPossibleError(f"call workflow {name!r}", "the run has no file of this name")
    text = run.files.read(file).decode("utf-8", "replace").removeprefix("\ufeff")
    run.definitions[name] = found = run.around.parse(text, file)
    return found


def settled(workflow: ast.Workflow, given: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Return the inputs of a part: what is given with values in place, and defaults.

    Raises ``ActionError`` naming what is missing.
    """
    inputs = {name: templates.substitute(text, values).text for name, text in given.items()}
    try:
        return checks.settled_inputs(workflow, inputs)
    except MissingInputError as error:
        raise HopelessError(f"workflow {workflow.name!r}: {error}") from None


def begun_before(run: Run, path: StepPath) -> RunId | None:
    """Return the part that an earlier piece of the run has begun for a step, and that is to be gone on with.

    What failed is tried anew while there are attempts left; only after the run had ended it is gone on with.
    A step that begins from scratch begins a new one.
    """
    step = run.state.steps.get(path)
    tried = list(step.attempts[step.begun_over or 0 :]) if step is not None else []
    while tried and tried[-1].child_run is None and tried[-1].status is AttemptStatus.INTERRUPTED:
        tried.pop()  # the program died before it had gone on with anything
    if step is None or not tried:
        return None
    is_of_now = step.tried_before < (step.begun_over or 0) + len(tried)
    return None if is_of_now and tried[-1].status in _BAD else tried[-1].child_run


def _is_another_chance(run: Run, path: StepPath) -> bool:
    """Say whether a part that had failed for good is gone on with: that is all, and no other is begun."""
    step = run.state.steps.get(path)
    before = step.attempts[step.begun_over or 0 : step.tried_before] if step is not None else ()
    if step is None or not before or before[-1].status not in _BAD:
        return False
    since = step.attempts[step.tried_before :]
    return not since or since[0].child_run in (None, before[-1].child_run)


class _Calling:
    """One ``call workflow``: a part begun in an earlier piece of the run is gone on with, once."""

    def __init__(self, run: Run, node: ast.CallWorkflow, path: StepPath, scope: Scope) -> None:
        self._run, self._node, self._path, self._scope = run, node, path, scope
        self._before = begun_before(run, path)
        self.ended: RunState | None = None

    async def work(self, attempt: Attempt) -> ActionOutput:
        """Carry the workflow out; raises ``ActionError`` unless it completed."""
        run, name = self._run, self._node.workflow
        workflow = definition(run, name)
        before, self._before = self._before, None
        part = Part(
            path=self._path,
            attempt=attempt.number,
            workflow=workflow,
            inputs=settled(workflow, self._node.inputs, run.variables(self._path, self._scope)),
            as_identity=self._node.as_identity or "",
            before=before,
            alive=attempt.signs.alive,
            stop=attempt.stop,
        )
        self.ended = await run.parts.carry_out(run, part)
        return concluded(self.ended)


def concluded(ended: RunState) -> ActionOutput:
    """Return what a part hands over; raises ``ActionError`` unless it completed."""
    if ended.status is not RunStatus.COMPLETED:
        reason = ended.error or ended.reason.value
        raise ActionError(
            f"workflow {ended.workflow!r} {ended.status.value}" + (f": {reason}" if reason else "")
        )
    last = next((step.output for step in reversed(_completed(ended)) if step.output is not None), None)
    return ActionOutput(
        markers=last.markers if last is not None else (),
        context=last.context if last is not None else "",
        result_text=f"workflow {ended.workflow!r} completed",
        metrics=dict(ended.totals),
        workers=workers(step.output for step in ended.steps.values()),
    )


def workers(outputs: Iterable[ActionOutput | None]) -> tuple[Worker, ...]:
    """Return what all agents behind some outputs were carried out with, each once."""
    found = (worker for output in outputs if output is not None for worker in output.workers or ())
    return tuple(dict.fromkeys(found))


def last_structured(ended: RunState) -> str:
    """Return the last structured output that a part has left, or nothing."""
    left = (step.output.structured for step in reversed(_completed(ended)) if step.output is not None)
    return next((structured for structured in left if structured), "")


def hand_over(run: Run, ended: RunState) -> None:
    """Come past the steps of a part, as if they had been written in the caller."""
    for step in _completed(ended):
        run.remember(ROOT, key=_key(step), label=step.name, output=step.output)


def _completed(ended: RunState) -> list[StepState]:
    """Return the steps that can be used, in the order of the walk, whichever of them began first."""
    found = (
        step
        for step in ended.steps.values()
        if step.status is StepStatus.COMPLETED and step.kind in _HANDED_OVER
    )
    return sorted(found, key=lambda step: place(step.path))


def _key(step: StepState) -> str:
    if step.kind == "foreach":
        return f"foreach:{step.name}"
    return agent_key(step.name) if step.kind == "call" else step.name
