"""The workflows of the project at a glance: what can be told before anything is checked."""

from collections.abc import Iterator
from pathlib import Path

from flow_tui.dsl import loader


def workflows() -> Iterator[tuple[str, str, str]]:
    """Yield name, title and group of the workflows here that can be read, in order."""
    for name, loaded in found(loader.project_at(Path.cwd())):
        if loaded.workflow is not None:
            yield name, loaded.workflow.title or "", loaded.workflow.group or ""


def found(project: loader.Project) -> list[tuple[str, loader.Loaded]]:
    """Return the project's workflows and the files that lie in this folder, by name, broken or not."""
    known = loader.library(project)
    each = [(loaded.path.stem, loaded) for loaded in (*known.definitions, *known.broken)]
    if project.marked:  # else they are the project's workflows
        each += [(file.name, loader.load_file(file)) for file in Path.cwd().glob("*.wf")]
    return sorted(each, key=lambda one: (one[0].casefold(), one[0], str(one[1].path)))
