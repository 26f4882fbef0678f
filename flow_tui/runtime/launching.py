"""What there is to know before a workflow is started, read without executing anything."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui.clock import SystemClock
from flow_tui.diagnostics import errors, excerpt
from flow_tui.dsl import ast, loader
from flow_tui.engine.commands import Definition
from flow_tui.engine.keeping import Histories, RunQuery
from flow_tui.errors import DefinitionError, FlowError, StoreError
from flow_tui.model import estimate
from flow_tui.model.estimate import Estimate
from flow_tui.model.values import InputField, RunSummary
from flow_tui.runtime import consent, estimating, history, library, running_again
from flow_tui.runtime.messages import LaunchPrepared

if TYPE_CHECKING:
    from flow_tui.dsl.diff import Changes

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
    last, expected = _ran(kept, parsed.name, definition.root)
    return LaunchPrepared(
        token=token,
        workflow=reference(Path(definition.root) / definition.file),
        title=parsed.title or "",
        file=definition.file,
        inputs=tuple(map(input_field, parsed.inputs)),
        executes=tuple(consent.executed(definition)),
        expected=expected,
        last=last,
        is_left=last is not None and history.is_left(last, SystemClock().now()),
        changes=_changes(kept, last, definition),
    )


def reference(file: Path) -> str:
    """Return what one types in this folder to mean a file: a workflow's name, or the shortest path."""
    here = Path.cwd()
    project, loaded = loader.find(file.stem, here)
    if loaded.path == file or (project.marked and loaded.path.resolve() == file.resolve()):
        return file.stem
    shown = os.path.relpath(file, here) if file.is_relative_to(here) else str(file)
    return f"./{shown}" if shown.startswith("-") else shown


def _changes(kept: Histories, last: RunSummary | None, now: Definition) -> "Changes | None":
    """Return what is different from what the newest run began with; a history that fails says nothing."""
    try:
        return running_again.changes(history.state_of(kept, last.run_id), now) if last is not None else None
    except FlowError:
        return None


def _ran(kept: Histories, workflow: str, root: str) -> tuple[RunSummary | None, Estimate | None]:
    """Return the newest run, and how long another may take; a history that fails says nothing."""
    try:
        newest = kept.runs(RunQuery(root=root, workflow=workflow, limit=1))
        return next(iter(newest), None), estimate.whole(estimating.pasts(kept, root, workflow))
    except StoreError:
        return None, None
