"""From paths to checked files: which files are meant, in which order, and what is wrong with each."""

import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl import loader
from flow_tui.dsl.files import is_there, readable
from flow_tui.runtime import library

_SUFFIX = ".wf"
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One file that is to be checked, or a folder that cannot be looked into."""

    path: Path
    is_named: bool
    """Whether somebody named it, wherever it lies; else it must lie in its project."""
    problem: Diagnostic | None = None
    """Why a folder cannot be looked into."""


def targets(paths: Sequence[str], here: Path) -> tuple[Target, ...]:
    """Return the files that are meant, each once: files, all below folders, or the project's workflows.

    A word that is neither a file nor a folder is the name of a workflow.
    """
    if paths:
        found = [target for path in paths for target in _meant(_named(path, here))]
    else:
        folders = loader.project_at(here).workflow_folders
        found = [target for folder in folders for target in _inside(folder)]
    once: dict[Path, Target] = {}
    for target in found:
        once.setdefault(target.path, target)
    return tuple(once.values())


def _named(word: str, here: Path) -> Path:
    path = _absolute(here / word)
    if "/" in word or path.suffix == _SUFFIX or is_there(path):
        return path
    files = (folder / f"{word}{_SUFFIX}" for folder in loader.project_at(here).workflow_folders)
    return next(filter(is_there, files), path)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - without '..', and its links as they are


def _meant(path: Path) -> Iterator[Target]:
    if path.is_dir():
        yield from _below(path)
    else:
        yield Target(path=path, is_named=True)


def _inside(folder: Path) -> Iterator[Target]:
    """Yield the entries of a folder of workflows, in order; a folder that is not there has none."""
    try:
        entries = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as problem:
        yield _closed(folder, problem)
        return
    yield from (Target(path=entry, is_named=False) for entry in entries if entry.suffix == _SUFFIX)


def _below(folder: Path) -> Iterator[Target]:
    """Yield everything that is called like a workflow in a folder and the folders inside, in order."""
    closed: list[OSError] = []
    for place, inner, names in os.walk(folder, onerror=closed.append):
        yield from (_closed(Path(problem.filename), problem) for problem in closed)
        closed.clear()
        flows = {name for name in (*names, *inner) if Path(name).suffix == _SUFFIX}
        inner[:] = sorted(name for name in inner if name not in flows and _is_looked_into(name))
        yield from (Target(path=Path(place, name), is_named=False) for name in sorted(flows))
    yield from (_closed(Path(problem.filename), problem) for problem in closed)


def _is_looked_into(name: str) -> bool:
    return name in loader.CONFIG_FOLDERS or not (name.startswith(".") or name in _SKIPPED)


def _closed(folder: Path, problem: OSError) -> Target:
    reason = (problem.strerror or "unreadable").lower()
    wrong = Diagnostic(code="F-UNREADABLE", message=reason, file=readable(folder))
    return Target(path=folder, is_named=False, problem=wrong)


def checked(found: Sequence[Target]) -> Iterator[library.Inspected]:
    """Yield each of them with everything there is to say about it, as soon as it is known."""
    project_of = cache(loader.project_at)
    around = cache(library.surroundings)
    seen: dict[Path, dict[str, Path]] = {}
    for target in found:
        folder = target.path.parent
        project = project_of(folder)
        if target.problem is None:
            loaded = loader.load_file(target.path, None if target.is_named else project)
        else:
            problems = (target.problem,)
            loaded = loader.Loaded(path=target.path, source="", workflow=None, diagnostics=problems)
        if project.marked and folder in project.workflow_folders:
            loaded = loader.once(loaded, seen.setdefault(folder, {}))
        yield library.inspect(loaded, project, around(project))
