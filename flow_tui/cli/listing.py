"""The workflows of the project, and how each ran last."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from flow_tui.cli import glancing
from flow_tui.clock import SystemClock
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, errors, excerpt
from flow_tui.dsl import ast, loader
from flow_tui.engine.keeping import Histories, RunQuery
from flow_tui.model.status import INTERRUPTED
from flow_tui.model.values import RunSummary
from flow_tui.runtime import history, library
from flow_tui.view import format as fmt
from flow_tui.view.problems import PLAIN

_PROBLEMS = 10
"""How many errors of a definition are told."""
_NEWEST = 300
"""How many runs are read at once."""
_ANEW = timedelta(minutes=1)
"""After this, definitions are read again although nothing seems to have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One workflow, sound or not."""

    name: str
    """What one gives to ``run``."""
    workflow: str
    """What its runs are called."""
    title: str
    description: str
    file: str
    """Relative to the project's root."""
    group: str
    """What it belongs to, or nothing."""
    inputs: tuple[ast.InputDecl, ...]
    errors: int
    problems: tuple[str, ...]
    """The first of the errors, each with its place in the text, as several lines."""
    first_error: Diagnostic | None
    warnings: int
    last: RunSummary | None


def entries(project: loader.Project, kept: Histories) -> Iterator[Entry]:
    """Yield the project's workflows and the files that lie in this folder, by name, broken or not."""
    around, ran = library.surroundings(project), _LastRuns(kept, str(project.root))
    for name, loaded in glancing.found(project):
        yield _entry(library.as_shown(library.inspect(loaded, project, around)), name, ran)


def _entry(inspected: library.Inspected, name: str, ran: "_LastRuns") -> Entry:
    loaded = inspected.loaded
    workflow = loaded.workflow
    found = errors(inspected.diagnostics)
    wrong = len(found)
    declared = workflow.name if workflow is not None else loaded.path.stem
    return Entry(
        name=name,
        workflow=declared,
        title=workflow.title or "" if workflow is not None else "",
        description=workflow.description if workflow is not None else "",
        file=inspected.name,
        group=workflow.group or "" if workflow is not None else "",
        inputs=workflow.inputs if workflow is not None else (),
        errors=wrong,
        first_error=next(iter(found), None),
        problems=tuple(excerpt(each, loaded.source, PLAIN) for each in found[:_PROBLEMS]),
        warnings=len(inspected.diagnostics) - wrong,
        last=ran.of(declared),
    )


class Catalogue:
    """The workflows of the project here, for who looks again and again.

    They are only read anew when a file in the project's folders has changed, or after a while: what is wrong
    with a definition can depend on files elsewhere. How each ran last is always told as it is now.
    """

    def __init__(self) -> None:
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self._read_at: datetime | None = None
        self._entries: tuple[Entry, ...] = ()

    def entries(self, kept: Histories, now: datetime) -> tuple[Entry, ...]:
        """Return the workflows, by name, broken or not."""
        project = here()
        stamp = tuple(_stamp(project))
        if self._read_at is None or stamp != self._stamp or now - self._read_at >= _ANEW:
            self._stamp, self._read_at = stamp, now
            self._entries = tuple(entries(project, kept))
            return self._entries
        ran = _LastRuns(kept, str(project.root))
        return tuple(replace(entry, last=ran.of(entry.workflow)) for entry in self._entries)


def _stamp(project: loader.Project) -> Iterator[tuple[str, int, int]]:
    """Yield what tells whether a file that definitions are made of is another now."""
    files = [Path.cwd().glob("*.wf")]
    if project.marked:
        files += [folder.rglob("*") for folder in project.folders]
    for file in itertools.chain.from_iterable(files):
        try:
            found = file.stat()
        except OSError:
            continue
        yield str(file), found.st_mtime_ns, found.st_size


class _LastRuns:
    """The newest run of each workflow of a project: most are among the newest runs of all."""

    def __init__(self, kept: Histories, root: str) -> None:
        self._kept = kept
        self._root = root
        now = SystemClock().now()
        newest = [history.settled(kept, run, now) for run in kept.runs(RunQuery(root=root, limit=_NEWEST))]
        self._known: dict[str, RunSummary] = {}
        for run in newest:
            self._known.setdefault(run.workflow, run)
        self._is_all = len(newest) < _NEWEST

    def of(self, workflow: str) -> RunSummary | None:
        """Return the newest run of a workflow."""
        known = self._known.get(workflow)
        if known is not None or self._is_all:
            return known
        return next(iter(self._kept.runs(RunQuery(root=self._root, workflow=workflow, limit=1))), None)


def last_result(run: RunSummary | None, now: datetime | None = None) -> str:
    """Return how a run went and when, in a few words."""
    if run is None:
        return ""
    now = now or SystemClock().now()
    if history.is_left(run, now):
        return f"{INTERRUPTED} {fmt.short(fmt.age(run.heard_at, now))} ago"
    if run.ended_at is None:
        return f"{run.status.value} for {fmt.short(fmt.age(run.started_at, now))}"
    return f"{run.status.value} {fmt.short(fmt.age(run.ended_at, now))} ago"


def here() -> loader.Project:
    """Return the project of the current folder."""
    return loader.project_at(Path.cwd())
