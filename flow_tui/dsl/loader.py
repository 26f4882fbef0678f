"""From folders and files to definitions: where a project begins, what it holds, and one workflow by name."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, Severity, errors
from flow_tui.dsl import ast
from flow_tui.dsl.files import UnreadableError, is_there, read, readable
from flow_tui.dsl.parser import parse_bytes, unreadable
from flow_tui.dsl.words import meant, shown

CONFIG_FOLDERS = (".flow", ".conductor")
"""Where both have a thing, the first wins."""
_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_SUFFIX = ".wf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder whose workflows belong together."""

    root: Path
    """Where steps run."""
    folders: tuple[Path, ...]
    """What holds workflows, agents, prompts, schemas, scripts and actions; the first wins."""
    marked: bool
    """Whether those are folders of our own; else things are looked up beside the file."""

    @property
    def workflow_folders(self) -> tuple[Path, ...]:
        """Return the folders in which ``.wf`` files lie; the first wins."""
        return tuple(folder / "workflows" for folder in self.folders) if self.marked else self.folders

    @property
    def roots(self) -> tuple[Path, ...]:
        """Return the folders inside which everything must lie, links resolved."""
        return (self.root, *self.folders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One file: what it says and what there is to say about it."""

    path: Path
    source: str
    workflow: ast.Workflow | None
    diagnostics: tuple[Diagnostic, ...]
    draft: ast.Workflow | None = None
    """What there is to check where values are refused, see ``Parsed``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The workflows of a project, by name; broken files are here by their diagnostics only."""

    definitions: tuple[Loaded, ...]
    diagnostics: tuple[Diagnostic, ...]
    broken: tuple[Loaded, ...] = ()


def project_of(file: Path) -> Project:
    """Return the project that a ``.wf`` file belongs to."""
    return _project(file.absolute().parent)


def project_at(folder: Path) -> Project:
    """Return the project that a folder belongs to."""
    return _project(folder.absolute())


def _project(start: Path) -> Project:
    for folder in (start, *start.parents):
        marked = tuple(folder / name for name in CONFIG_FOLDERS if (folder / name).is_dir())
        if marked:
            return Project(root=folder, folders=marked, marked=True)
    top = next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), start)
    return Project(root=top, folders=(start,), marked=False)


def load_file(path: Path, project: Project | None = None) -> Loaded:
    """Return the definition in a file; with a project, one that must lie in it."""
    shown = readable(path)
    try:
        data = read(path, () if project is None else project.roots)
    except UnreadableError as problem:
        found = is_there(path)
        parsed = unreadable(str(problem), shown, "F-UNREADABLE" if found else "F-NOT-FOUND")
        return Loaded(path=path, source="", workflow=None, diagnostics=parsed.diagnostics)
    return _parsed(path, data)


def load_text(text: str, path: Path) -> Loaded:
    """Return the definition in a text, as if it lay in the file of this path."""
    return _parsed(path, text.encode(errors="replace"))


def _parsed(path: Path, data: bytes) -> Loaded:
    parsed = parse_bytes(data, readable(path))
    return Loaded(
        path=path,
        source=data.decode("utf-8", "replace").removeprefix("\ufeff"),
        workflow=parsed.workflow,
        diagnostics=parsed.diagnostics,
        draft=parsed.draft,
    )


def load(project: Project, name: str) -> Loaded:
    """Return the workflow of this name: the first folder that has the file decides."""
    if not _NAME.fullmatch(name):
        message = f"{shown(name)} is no name of a workflow: letters, digits, - and _ make one"
        return _nothing(name, "F-NAME", message)
    for path in workflow_candidates(project, name):
        if is_there(path):
            return named(load_file(path, project), project)
    known = workflow_names(project)
    places = ", ".join(readable(folder) for folder in project.workflow_folders)
    return _nothing(
        name, "F-NOT-FOUND", f"there is no workflow {shown(name)} in {places}", meant(name, known)
    )


def workflow_candidates(project: Project, name: str) -> list[Path]:
    """Return where a workflow is looked for by its name, in order."""
    fits = _NAME.fullmatch(name) is not None
    return [folder / f"{name}{_SUFFIX}" for folder in project.workflow_folders] if fits else []


def workflow_names(project: Project) -> tuple[str, ...]:
    """Return the names under which workflows can be loaded, whether or not they hold."""
    found: dict[str, None] = {}
    for folder in project.workflow_folders:
        with suppress(OSError):
            found.update(dict.fromkeys(path.stem for path in _files(folder)))
    return tuple(found)


def _nothing(name: str, code: str, message: str, hint: str = "") -> Loaded:
    problem = Diagnostic(code=code, message=message, hint=hint, file=name)
    return Loaded(path=Path(name), source="", workflow=None, diagnostics=(problem,))


def find(name: str, folder: Path) -> tuple[Project, Loaded]:
    """Return what somebody in ``folder`` means by ``name``: a file, or a workflow by its name."""
    if "/" in name or name.endswith(_SUFFIX):
        path = folder / name
        return project_of(path), load_file(path)
    project = project_at(folder)
    return project, load(project, name)


def library(project: Project) -> Library:
    """Return every workflow of a project, sorted by name.

    A file of a folder that wins replaces one that declares the same name; a broken file hides nothing.
    """
    definitions: dict[str, Loaded] = {}
    broken: dict[str, Loaded] = {}
    extra: list[Diagnostic] = []
    for folder in reversed(project.workflow_folders):
        here: dict[str, Path] = {}
        try:
            files = list(_files(folder))
        except OSError as problem:
            reason = (problem.strerror or "unreadable").lower()
            extra.append(Diagnostic(code="F-UNREADABLE", message=reason, file=readable(folder)))
            continue
        for path in files:
            loaded = once(named(load_file(path, project), project), here)
            if loaded.workflow is None:
                broken[path.stem] = loaded
            else:
                definitions[loaded.workflow.name] = loaded
    return Library(
        definitions=tuple(definitions[name] for name in sorted(definitions)),
        diagnostics=(
            *(problem for _, loaded in sorted(definitions.items()) for problem in loaded.diagnostics),
            *(problem for _, loaded in sorted(broken.items()) for problem in loaded.diagnostics),
            *extra,
        ),
        broken=tuple(broken[stem] for stem in sorted(broken)),
    )


def _files(folder: Path) -> Iterator[Path]:
    """Yield the ``.wf`` entries of a folder in the order of their names; a missing folder has none."""
    try:
        entries = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    yield from (path for path in entries if path.suffix == _SUFFIX)


def named(loaded: Loaded, project: Project) -> Loaded:
    """Add a warning where a file that is looked up by its name holds a workflow of another."""
    workflow = loaded.draft or loaded.workflow
    if workflow is None or workflow.name == loaded.path.stem:
        return loaded
    if loaded.draft is None and errors(loaded.diagnostics):
        return loaded
    told = any(problem.code == "W-NAME-MISMATCH" for problem in loaded.diagnostics)
    if told or loaded.path.absolute().parent not in project.workflow_folders:
        return loaded
    warning = Diagnostic(
        code="W-NAME-MISMATCH",
        message=f"the file is called {loaded.path.name!r}, the workflow in it {workflow.name!r}",
        hint=f"call the file {workflow.name}{_SUFFIX}: workflows are looked up by file name",
        severity=Severity.WARNING,
        span=workflow.place("head"),
        file=workflow.source_path,
    )
    return replace(loaded, diagnostics=(*loaded.diagnostics, warning))


def once(loaded: Loaded, seen: dict[str, Path]) -> Loaded:
    """Return the same file, with an error where one before it declared a workflow of this name.

    ``seen`` holds the files of the folder that came before, by the names they declare; this one is added.
    """
    workflow = loaded.workflow
    if workflow is None:
        return loaded
    first = seen.setdefault(workflow.name, loaded.path)
    if first is loaded.path:
        return loaded
    twice = Diagnostic(
        code="E-DUP-WORKFLOW",
        message=f"{readable(first.name)} declares a workflow {workflow.name!r}, too",
        hint="rename one of the two",
        span=workflow.place("head"),
        file=workflow.source_path,
    )
    return replace(loaded, diagnostics=(*loaded.diagnostics, twice))
