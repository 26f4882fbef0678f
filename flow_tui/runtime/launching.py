"""What there is to know before a workflow is started, read without executing anything."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from flow_tui.clock import SystemClock
from flow_tui.diagnostics import errors, excerpt
from flow_tui.dsl import ast, loader
from flow_tui.engine.keeping import Histories, RunQuery
from flow_tui.errors import DefinitionError, FlowError, StoreError
from flow_tui.model.events import RunStarted
from flow_tui.model.status import RunStatus
from flow_tui.model.values import InputField, RunSummary
from flow_tui.runtime import consent, library
from flow_tui.runtime.messages import LaunchPrepared

_RUNS = 20
"""How many completed runs an estimate is made from."""
_PROBLEMS = 10


def input_field(declared: ast.InputDecl) -> InputField:
    """Return what a workflow wants to be given, without the tree that says so."""
    return InputField(
        name=declared.name,
        is_required=declared.required,
        is_boolean=declared.input_type == "boolean",
        default=declared.default,
        description=declared.description or "",
    )


def prepared(token: int, workflow: str, kept: Histories) -> LaunchPrepared:
    """Return what is known of a workflow, by its name or file; of one that cannot run, why."""
    try:
        definition = library.load(workflow)
    except DefinitionError as error:
        found = errors(error.diagnostics) or error.diagnostics
        told = tuple(excerpt(each, error.source) for each in found[:_PROBLEMS])
        return LaunchPrepared(token=token, workflow=workflow, problems=told)
    except FlowError as error:
        why = "\n".join(filter(None, (str(error), error.hint)))
        return LaunchPrepared(token=token, workflow=workflow, problems=(why,))
    parsed = definition.workflow
    last, took = _ran(kept, parsed.name, definition.root)
    return LaunchPrepared(
        token=token,
        workflow=reference(Path(definition.root) / definition.file),
        title=parsed.title or "",
        file=definition.file,
        inputs=tuple(map(input_field, parsed.inputs)),
        executes=tuple(consent.executed(definition)),
        took=took,
        last=last,
    )


def reference(file: Path) -> str:
    """Return what one types in this folder to mean a file: a workflow's name, or the shortest path."""
    here = Path.cwd()
    project, loaded = loader.find(file.stem, here)
    if loaded.path == file or (project.marked and loaded.path.resolve() == file.resolve()):
        return file.stem
    shown = os.path.relpath(file, here) if file.is_relative_to(here) else str(file)
    return f"./{shown}" if shown.startswith("-") else shown


def _ran(kept: Histories, workflow: str, root: str) -> tuple[RunSummary | None, tuple[timedelta, ...]]:
    """Return the newest run, and how long the completed ones took; a history that fails says nothing."""
    try:
        newest = kept.runs(RunQuery(root=root, workflow=workflow, limit=1))
        done = kept.runs(
            RunQuery(root=root, workflow=workflow, statuses=frozenset({RunStatus.COMPLETED}), limit=2 * _RUNS)
        )
        return next(iter(newest), None), tuple(_took(kept, done))[:_RUNS]
    except StoreError:
        return None, ()


def _took(kept: Histories, runs: tuple[RunSummary, ...]) -> Iterator[timedelta]:
    """Yield how long the runs took that really did something."""
    now = SystemClock().now()
    for run in runs:
        first = next(iter(kept.history(run.run_id)), None)
        options = first.event.options if first is not None and isinstance(first.event, RunStarted) else None
        if options is not None and not (options.mock or options.dry_run):
            yield run.took(now)
