"""The places that decide what a definition is: where all it names is looked for, found or not."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from flow_tui import limits
from flow_tui.dsl import ast, item_files, resources, walk
from flow_tui.dsl.commands import programs
from flow_tui.dsl.loader import CONFIG_FOLDERS, Project, workflow_candidates
from flow_tui.runtime.watched import Watched, real

Held: TypeAlias = tuple[int, ...]
Places: TypeAlias = Mapping[str, Held]
"""What was in each place, by its whole path; nothing where there was nothing."""


def survey(file: Path, workflows: Iterable[ast.Workflow], project: Project, home: Path | None) -> Places:
    """Return what is now in every place that decides about the definition in ``file``.

    ``workflows`` are itself and all that it calls. Of very many places only the first are looked at.
    """
    found = dict.fromkeys(os.path.abspath(path) for path in _looked_at(file, workflows, project, home))  # noqa: PTH100 - of many, and without links
    tops = tuple(f"{os.path.abspath(top)}{os.sep}" for top in _tops(file, project, home))  # noqa: PTH100 - as above
    inside = (name for name in found if name.startswith(tops))
    return {name: state(name) for name in islice(inside, limits.WATCH_PLACES)}


def moved(known: Places) -> frozenset[Path]:
    """Return the places that hold something else now."""
    return frozenset(path for name, held in known.items() if state(name) != held for path in around(name))


def around(name: str) -> Iterator[Path]:
    """Yield what to follow for a place: the file and the links to it, or the first folder that is missing."""
    parent, last = os.path.split(name)
    if not os.path.isdir(parent):  # noqa: PTH112 - of many
        while not os.path.isdir(above := os.path.dirname(parent)) and above != parent:  # noqa: PTH112, PTH120 - as above
            parent = above
        parent, last = os.path.split(parent)
    place = Path(os.path.realpath(parent), last)
    if place.is_symlink():
        yield from real(place.parent, (last,))
    else:
        yield place


def below(
    root: Path,
    names: Iterable[str],
    known: Places | None = None,
    *,
    patterns: tuple[str, ...] = (),
    own: Iterable[Path] = (),
) -> Watched:
    """Return what to watch of a project: these files in it, the places, and what fits the patterns."""
    sought = {path for name in known or () for path in around(name)}
    files = real(root, names)
    return Watched(root=root.resolve(), files=files, sought=sought, patterns=patterns, own=own)


def state(name: str) -> Held:
    """Return what is in a place, so that it can be told whether that has changed."""
    try:
        found = os.stat(name)  # noqa: PTH116 - of many
    except ValueError:
        return ()
    except OSError:
        return (1,) if os.path.lexists(name) else ()
    which = (found.st_mode, found.st_ino)
    return which if stat.S_ISDIR(found.st_mode) else (*which, found.st_size, found.st_mtime_ns)


def _tops(file: Path, project: Project, home: Path | None) -> Iterator[Path]:
    """Yield the folders outside of which nothing is looked for."""
    yield project.root
    yield file.parent
    if home is not None and (skills := resources.skills(home)).is_dir():
        yield skills


def _looked_at(
    file: Path, workflows: Iterable[ast.Workflow], project: Project, home: Path | None
) -> Iterator[Path]:
    yield file
    for folder in project.folders:
        yield folder / "actions.py"
        yield folder / "config.toml"
    for folder in (file.parent, *file.parent.parents):
        yield from (folder / name for name in CONFIG_FOLDERS)
        if folder == project.root:
            break
    for workflow in workflows:
        yield from _of(workflow, project, home)


def _of(workflow: ast.Workflow, project: Project, home: Path | None) -> Iterator[Path]:
    plugins = walk.plugin_dirs(workflow)
    for node in walk.all_nodes(workflow):
        for agent in walk.agents_of(node):
            yield from resources.action_candidates(project, agent.label)
            yield from resources.agent_candidates(project, agent, workflow.name, plugins)
        if isinstance(node, ast.ForEach) and (items := item_files.file_of(node)) is not None:
            yield project.root / items
        command = walk.command_of(node)
        for word in programs(command) if command is not None else ():
            yield from resources.script_candidates(project, word.text, home)
    for name in walk.workflow_refs(workflow):
        yield from workflow_candidates(project, name)
    for reference in walk.schema_refs(workflow):
        yield from resources.schema_candidates(project, reference, workflow.name)
    for reference in walk.snippet_refs(workflow):
        yield from resources.snippet_candidates(project, reference, workflow.name)
