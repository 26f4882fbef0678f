"""The workflows of the project, and how each ran last."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from flow_tui.clock import SystemClock
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, errors
from flow_tui.dsl import ast, loader
from flow_tui.engine.keeping import Histories, RunQuery
from flow_tui.model.status import INTERRUPTED
from flow_tui.model.values import RunSummary
from flow_tui.runtime import history, library
from flow_tui.view import format as fmt

_PROBLEMS = 5
"""How many errors of a definition are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One workflow, sound or not."""

    name: str
    """What one gives to ``run``."""
    title: str
    description: str
    file: str
    """Relative to the project's root."""
    group: str
    """What it belongs to, or nothing."""
    inputs: tuple[ast.InputDecl, ...]
    errors: int
    problems: tuple[str, ...]
    """The first of the errors, one a line."""
    first_error: Diagnostic | None
    warnings: int
    last: RunSummary | None


def entries(project: loader.Project, kept: Histories) -> Iterator[Entry]:
    """Yield the project's workflows and the files that lie in this folder, by name, broken or not."""
    known = loader.library(project)
    found = [(each.path.stem, each) for each in (*known.definitions, *known.broken)]
    if project.marked:  # else they are the project's workflows
        found += [(file.name, loader.load_file(file)) for file in Path.cwd().glob("*.wf")]
    for name, loaded in sorted(found, key=lambda each: (each[0].casefold(), each[0], str(each[1].path))):
        yield _entry(loaded, project, kept, name)


def _entry(loaded: loader.Loaded, project: loader.Project, kept: Histories, name: str) -> Entry:
    inspected = library.as_shown(library.inspect(loaded, project))
    workflow = loaded.workflow
    found = errors(inspected.diagnostics)
    wrong = len(found)
    declared = workflow.name if workflow is not None else loaded.path.stem
    return Entry(
        name=name,
        title=workflow.title or "" if workflow is not None else "",
        description=workflow.description if workflow is not None else "",
        file=inspected.name,
        group=workflow.group or "" if workflow is not None else "",
        inputs=workflow.inputs if workflow is not None else (),
        errors=wrong,
        first_error=next(iter(found), None),
        problems=tuple(each.headline() for each in found[:_PROBLEMS]),
        warnings=len(inspected.diagnostics) - wrong,
        last=last_run(kept, declared, str(project.root)),
    )


def last_run(kept: Histories, workflow: str, root: str) -> RunSummary | None:
    """Return the newest run of a workflow of this project."""
    return next(iter(kept.runs(RunQuery(root=root, workflow=workflow, limit=1))), None)


def last_result(run: RunSummary | None, now: datetime | None = None) -> str:
    """Return how a run went and when, in a few words."""
    if run is None:
        return ""
    now = now or SystemClock().now()
    if history.is_left(run, now):
        heard = run.last_heartbeat_at or run.started_at
        return f"{INTERRUPTED} {fmt.short(fmt.age(heard, now))} ago"
    if run.ended_at is None:
        return f"{run.status.value} for {fmt.short(fmt.age(run.started_at, now))}"
    return f"{run.status.value} {fmt.short(fmt.age(run.ended_at, now))} ago"


def here() -> loader.Project:
    """Return the project of the current folder."""
    return loader.project_at(Path.cwd())
