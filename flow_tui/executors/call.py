"""``call``: an action, tried as often as its options say."""

from functools import partial

from flow_tui.dsl import ast
from flow_tui.engine.attempts import Attempt, attempts
from flow_tui.engine.lazy import LazyMapping
from flow_tui.engine.ports import ActionParams, Found, Spool
from flow_tui.engine.run import Run, Scope, idempotency_key
from flow_tui.errors import NotPossibleError
from flow_tui.executors import policy
from flow_tui.executors.environment import environment
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.values import ActionOutput, ProcessIdentity


async def execute(run: Run, node: ast.Call, path: StepPath, scope: Scope) -> None:
    """Run the action; raises ``EngineError`` when it failed for good."""
    if (known := run.completed(path)) is not None:
        run.remember(path, key=node.key, label=node.label, output=known.output)
        return
    output = await try_it(run, node, path, scope)
    if output is not None:
        run.remember(path, key=node.key, label=node.label, output=output)


async def try_it(
    run: Run, node: ast.Call | ast.ParallelCall, path: StepPath, scope: Scope
) -> ActionOutput | None:
    """Return what the action hands back, or ``None`` when it failed and the run goes on without it."""
    found = run.around.registry.find(node.label, run.files)
    if found is None:
        raise NotPossibleError(f"call {node.label!r}", "there is no such action")
    how = policy.policy(node, kind="call", label=node.label)
    work = partial(_work, run, node, path, scope, found)
    return await policy.with_on_fail(run, node, path, scope, partial(attempts, run, path, how, work))


async def _work(
    run: Run, node: ast.Call | ast.ParallelCall, path: StepPath, scope: Scope, found: Found, attempt: Attempt
) -> ActionOutput:
    if run.pretend is not None:
        return await run.pretend(run.workflow, node.key, path)
    spool = LazySpool(run, path, attempt)

    async def on_start(identity: ProcessIdentity) -> None:
        await run.record(ev.ProcessStarted(path=path, attempt=attempt.number, identity=identity))

    def log(text: str) -> None:
        data = (text.rstrip("\n") + "\n").encode(errors="backslashreplace")
        spool.write(data)
        attempt.signs.grew_from_anywhere(len(data))

    variables = run.variables(path, scope)
    schema = node.output or scope.schema
    folder = partial(run.around.workspace.folder, run.id, path, attempt.number)
    params = ActionParams(
        name=node.label,
        run_id=run.id,
        path=path,
        attempt=attempt.number,
        max_attempts=attempt.max_attempts,
        retries_remaining=attempt.retries_remaining,
        retry_error=attempt.retry_error,
        inputs=variables,
        env=LazyMapping(
            lambda: environment(
                run, path, attempt, name=node.label, variables=variables, folder=folder(), schema=schema
            )
        ),
        cwd=run.files.root,
        files=run.files,
        launcher=run.around.launcher,
        spool=spool,
        folder=folder,
        stop=attempt.stop,
        heartbeat=attempt.signs.beat,
        log=log,
        on_start=on_start,
        on_output=attempt.signs.grew,
        idempotency_key=idempotency_key(run.id, path),
        dry_run=run.state.options.dry_run,
        gate_feedback=run.gate_feedback,
        model=run.state.options.model,
        as_identity=node.as_identity or "",
        schema=schema,
        snippets=(*scope.snippets, *node.with_),
        plugin_dirs=node.plugin_dirs,
        max_turns=node.max_turns,
    )
    try:
        return await found.action.execute(params)
    finally:
        spool.close()


class LazySpool:
    """A spool that makes its file when something is written: most actions in this process say nothing."""

    def __init__(self, run: Run, path: StepPath, attempt: Attempt) -> None:
        self._open = lambda: run.around.workspace.spool(run.id, path, attempt.number)
        self._spool: Spool | None = None
        self._closed = False

    @property
    def size(self) -> int:
        """Return how many bytes were taken."""
        return self._spool.size if self._spool is not None else 0

    def write(self, data: bytes) -> None:
        """Append; what comes after the end is dropped."""
        if self._closed:
            return
        if self._spool is None:
            self._spool = self._open()
        self._spool.write(data)

    def close(self) -> None:
        """Finish."""
        self._closed = True
        if self._spool is not None:
            self._spool.close()
