"""``call``: an action, tried as often as its options say."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from flow_tui.dsl import ast
from flow_tui.dsl.schema import Schema
from flow_tui.engine import intake, schemas
from flow_tui.engine.attempts import Attempt
from flow_tui.engine.lazy import LazyMapping
from flow_tui.engine.ports import ActionParams, Found, Spool
from flow_tui.engine.run import Run, Scope, idempotency_key
from flow_tui.engine.telling import Tell, Told
from flow_tui.engine.variables import Variables
from flow_tui.errors import ActionError, NotPossibleError
from flow_tui.executors import policy
from flow_tui.executors.environment import added, environment, instead
from flow_tui.executors.values import substitute
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.values import ActionOutput, ProcessIdentity

logger = logging.getLogger(__name__)


async def execute(run: Run, node: ast.Call, path: StepPath, scope: Scope) -> None:
    """Run the action; raises ``EngineError`` when it failed for good."""
    output = await try_it(run, node, path, scope)
    if output is not None and not scope.beside:
        run.remember(path, key=node.key, label=node.label, output=output)


async def try_it(
    run: Run, node: ast.Call | ast.ParallelCall, path: StepPath, scope: Scope
) -> ActionOutput | None:
    """Return what the action hands back, or ``None`` when it failed and the run goes on without it."""
    found = run.found.get(node.label) or run.around.registry.find(node.label, run.files)
    if found is None:
        raise NotPossibleError(f"call {node.label!r}", "there is no such action")
    run.found[node.label] = found
    schema = schemas.load(run.files, run.workflow.name, node.output or scope.schema)
    work = partial(_work, run, node, path, scope, found, schema)
    tell: Tell | None = getattr(found.action, "told", None) if run.pretend is None else None
    told = partial(_told, run, node, path, scope, tell, schema) if tell is not None else None
    return await policy.carry_out(run, node, path, scope, work, told=told)


async def _work(
    run: Run,
    node: ast.Call | ast.ParallelCall,
    path: StepPath,
    scope: Scope,
    found: Found,
    schema: Schema | None,
    attempt: Attempt,
) -> ActionOutput:
    if run.pretend is not None:
        step = run.pretended(node.key, path, attempt.number, attempt.signs.alive, schema)
        return await run.pretend.output(step)
    scope, values = _filled(run, node, path, scope)
    more = await added(run, node, path, attempt.number, scope)
    spool = LazySpool(run, path, attempt)
    action = found.action
    if (cancel := getattr(action, "cancel", None)) is not None:
        attempt.stop.tell(partial(_tell, cancel, path))
    try:
        params = _params(run, node, path, scope, values, schema, attempt, spool, more)
        if text := instead(run, path):
            params = replace(params, instead=text)
        output = await action.execute(params)
        return output if schema is None else _conformed(intake.output(output), schema)
    finally:
        spool.close()
        tidy(run, path, attempt)


def _filled(
    run: Run, node: ast.Call | ast.ParallelCall, path: StepPath, scope: Scope
) -> tuple[Scope, Variables]:
    """Return what the call hands down, its own inputs among it, and all that it can read."""
    values = run.variables(path, scope)
    if not node.inputs:
        return scope, values
    place = f"inputs of call {node.label!r}"
    given = {name: substitute(text, values, place) for name, text in node.inputs.items()}
    scope = replace(scope, inputs=given)
    return scope, run.variables(path, scope)


def _told(
    run: Run,
    node: ast.Call | ast.ParallelCall,
    path: StepPath,
    scope: Scope,
    tell: Tell,
    schema: Schema | None,
    attempt: Attempt,
) -> Told:
    """Return what an agent would be told, as far as that is known before the attempt."""
    scope, values = _filled(run, node, path, scope)
    spool = LazySpool(run, path, attempt)
    return tell(_params(run, node, path, scope, values, schema, attempt, spool, {}))


def tidy(run: Run, path: StepPath, attempt: Attempt) -> None:
    """Hide secrets in what is left of an attempt that is over, and keep nothing large of it."""
    run.around.workspace.tidy(run.id, path, attempt.number, run.around.secrets)


def _conformed(output: ActionOutput, schema: Schema) -> ActionOutput:
    """Return the output as its schema wants it; one that does not follow it has its costs nevertheless."""
    try:
        return schemas.conformed(output, schema)
    except ActionError as error:
        raise ActionError(str(error), ActionOutput(metrics=output.metrics, model=output.model)) from None


def _params(
    run: Run,
    node: ast.Call | ast.ParallelCall,
    path: StepPath,
    scope: Scope,
    values: Variables,
    schema: Schema | None,
    attempt: Attempt,
    spool: "LazySpool",
    more: Mapping[str, str],
) -> ActionParams:
    options = run.state.options
    folder = partial(run.around.workspace.folder, run.id, path, attempt.number)
    around = partial(environment, run, path, attempt, name=node.label, variables=values, schema=schema)
    return ActionParams(
        name=node.label,
        run_id=run.id,
        path=path,
        attempt=attempt.number,
        max_attempts=attempt.max_attempts,
        retries_remaining=attempt.retries_remaining,
        retry_error=attempt.retry_error,
        inputs=values,
        env=LazyMapping(lambda: around(folder=folder(), added=more, given=scope.inputs)),
        given=scope.inputs,
        cwd=run.folder,
        files=run.files,
        launcher=run.around.launcher,
        spool=spool,
        folder=folder,
        stop=attempt.stop,
        heartbeat=attempt.signs.beat,
        log=partial(_log, run, spool, attempt),
        ring=partial(_ring, run, path),
        on_start=partial(note_process, run, path, attempt),
        on_output=attempt.signs.grew,
        on_metrics=attempt.signs.measured,
        idempotency_key=idempotency_key(run.id, path),
        dry_run=options.dry_run,
        gate_feedback=values.get("gate_feedback", ""),
        workflow=run.workflow.name,
        model=options.model,
        as_identity=node.as_identity or options.as_identity,
        schema=schema,
        snippets=(*scope.snippets, *node.with_),
        plugin_dirs=tuple(dict.fromkeys((*options.plugin_dirs, *node.plugin_dirs))),
        max_turns=node.max_turns,
        hide=run.around.secrets.text,
        variables_of=partial(added, run, node, path, attempt.number, scope),
    )


def _log(run: Run, spool: "LazySpool", attempt: Attempt, text: str) -> None:
    data = (run.around.secrets.text(text.rstrip("\n")) + "\n").encode(errors="backslashreplace")
    spool.write(data)
    attempt.signs.grew_from_anywhere(len(data))


def _ring(run: Run, path: StepPath, text: str) -> None:
    run.record_soon(ev.StepNoted(path=path, text=intake.cut(intake.text(text)), rings=True))


def _tell(cancel: Callable[[StepPath], None], path: StepPath) -> None:
    try:
        cancel(path)
    except Exception:  # someone else's code must not keep the step from ending
        logger.exception("an action failed to take a cancel of step %s", path)


async def note_process(run: Run, path: StepPath, attempt: Attempt, identity: ProcessIdentity) -> None:
    """Record that an attempt has a process; a cancel does not wait until the storage can."""
    started = ev.ProcessStarted(path=path, attempt=attempt.number, identity=identity)
    await run.journal.record_unless_cancelled(started)


class LazySpool:
    """A spool that makes its file when something is written: many steps say nothing."""

    def __init__(self, run: Run, path: StepPath, attempt: Attempt) -> None:
        self._open = partial(run.around.workspace.spool, run.id, path, attempt.number)
        self._spool: Spool | None = None
        self._closed = False
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Return how many bytes were taken."""
        return self._spool.size if self._spool is not None else 0

    @property
    def note(self) -> str:
        """Return what people should know of what is kept."""
        return self._spool.note if self._spool is not None else ""

    def write(self, data: bytes) -> None:
        """Append, from any thread; what comes after the end is dropped."""
        with self._lock:
            if self._closed:
                return
            if self._spool is None:
                self._spool = self._open()
            self._spool.write(data)

    def close(self) -> None:
        """Finish."""
        with self._lock:
            self._closed = True
            if self._spool is not None:
                self._spool.close()
