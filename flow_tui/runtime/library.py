"""Names and files to definitions, with every file that a run of them can reach."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic, errors
from flow_tui.dsl import ast, item_files, loader, resources, walk
from flow_tui.dsl.checks import check
from flow_tui.dsl.commands import programs
from flow_tui.dsl.files import UnreadableError, read
from flow_tui.dsl.inspecting import told
from flow_tui.dsl.known import Known
from flow_tui.dsl.parser import parse
from flow_tui.dsl.surroundings import Surroundings
from flow_tui.errors import DefinitionError, FlowError, UsageError
from flow_tui.runtime import places, plugins

if TYPE_CHECKING:  # who only checks a file loads nothing of the engine
    from flow_tui.engine.commands import Definition, StartRun
    from flow_tui.model.state import RunState
    from flow_tui.model.values import RunOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A file, with everything there is to say about it."""

    loaded: loader.Loaded
    project: loader.Project
    diagnostics: tuple[Diagnostic, ...]
    around: Surroundings

    @property
    def name(self) -> str:
        """Return the file's name, relative to the project's root where it lies inside."""
        return _name(self.loaded.path, self.project.root)


def sound(source: str, file: str) -> ast.Workflow:
    """Return the definition that ``source`` holds; raises ``DefinitionError`` with everything wrong in it."""
    parsed = parse(source, file)
    wrong = errors(parsed.diagnostics)
    if wrong or parsed.workflow is None:
        raise DefinitionError(wrong or parsed.diagnostics, source)
    return parsed.workflow


def find(name: str, folder: str = "", known: Known | None = None) -> Inspected:
    """Return what somebody in ``folder`` means by ``name``, a file or a workflow's name, checked."""
    project, loaded = loader.find(name, Path(folder) if folder else Path.cwd())
    return inspect(loaded, project, surroundings(project, known))


def file_of(name: str) -> Path | None:
    """Return the file that holds the workflow ``name``, sound or not; nothing where there is none."""
    try:
        return find(name).loaded.path
    except FlowError:
        return None


def inspect(loaded: loader.Loaded, project: loader.Project, around: Surroundings | None = None) -> Inspected:
    """Return a file with what parsing and checking have to say about it.

    Who looks at many files of a project gives each the same ``around``, so that nothing is read twice.
    """
    around = around or surroundings(project)
    return Inspected(loaded=loaded, project=project, diagnostics=told(loaded, around), around=around)


def surroundings(project: loader.Project, known: Known | None = None) -> Surroundings:
    """Return what the project is to its definitions, which may name what is ``known`` beside it."""
    return Surroundings(
        project,
        home=_home(),
        known=known or Known(),
        installed=plugins.known,
        who=(lambda: None) if known is not None else _identities,
    )


def _identities() -> tuple[str, ...] | None:
    """Return as whom steps can act; not known while nobody is set up, or the user's file is wrong."""
    from flow_tui.runtime import config  # noqa: PLC0415 - few definitions name one

    try:
        return tuple(config.read_user(os.environ).identities) or None
    except UsageError:
        return None


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None


def load(name: str, folder: str = "", known: Known | None = None) -> "Definition":
    """Return the definition with this name or in this file, ready to run.

    Raises ``DefinitionError`` with everything that is wrong with it.
    """
    project, loaded = loader.find(name, Path(folder) if folder else Path.cwd())
    return _ready(loaded, surroundings(project, known))


def read_text(text: str, folder: Path, known: Known) -> "Definition":
    """Return the definition in a text as if it lay in ``folder``; raises ``DefinitionError``."""
    project = loader.project_at(folder)
    place = project.workflow_folders[0]
    loaded = loader.load_text(text, place / "workflow.wf")
    if loaded.workflow is not None:
        loaded = loader.load_text(text, place / f"{loaded.workflow.name}.wf")
    return _ready(loaded, surroundings(project, known))


def reload(root: str, file: str) -> "Definition | None":
    """Return the definition as its file is now; ``None`` when there is no such file any more.

    Raises ``DefinitionError`` when it is broken.
    """
    path = Path(root) / file
    if not path.exists():
        return None
    return _ready(loader.load_file(path), surroundings(loader.project_of(path)), as_shown)


def look(name: str) -> "Definition":
    """Return the definition that ``name`` means, to be looked at: it need not be fit to run.

    Raises ``DefinitionError`` when it cannot be read as a workflow.
    """
    return whole(find(name))


def _ready(
    loaded: loader.Loaded,
    around: Surroundings,
    named: Callable[[Inspected], Inspected] = lambda inspected: inspected,
) -> "Definition":
    """Return a definition that is fit to run; raises ``DefinitionError``."""
    surveyed = _survey(loaded, around)  # before anything is checked: what comes to be meanwhile has changed
    inspected = named(inspect(loaded, around.project, around))
    wrong = errors(inspected.diagnostics)
    if wrong:
        raise DefinitionError(wrong, loaded.source, surveyed)
    found = replace(whole(inspected), places=surveyed)
    if below := tuple(_below(found.workflow, around)):
        raise DefinitionError(below, found.source, surveyed)
    return found


def _survey(loaded: loader.Loaded, around: Surroundings) -> places.Places:
    """Return what is in every place that decides about a definition."""
    top = loaded.workflow or loaded.draft
    called = () if top is None else (each for _, each in _called(top, around))
    return places.survey(loaded.path.absolute(), called, around.project, _home())


def whole(inspected: Inspected) -> "Definition":
    """Return a definition with every file it can reach; raises ``DefinitionError`` where it is none."""
    from flow_tui.engine.commands import Definition  # noqa: PLC0415 - only for what runs

    loaded, root = inspected.loaded, inspected.project.root
    if loaded.workflow is None:
        found = errors(inspected.diagnostics)
        raise DefinitionError(found or inspected.diagnostics, loaded.source)
    files = dict(_reach(loaded.workflow, inspected.around))
    data = dict(_data(loaded.workflow, inspected.around))
    return Definition(
        workflow=loaded.workflow,
        source=loaded.source,
        file=inspected.name,
        root=str(root),
        files={**data, **files},
        data=frozenset(data.keys() - files.keys()),
        globs=tuple(_globs(loaded.workflow, inspected.around)),
    )


def _below(workflow: ast.Workflow, around: Surroundings) -> Iterator[Diagnostic]:
    """Yield what is wrong with workflows that are called, directly or not, at the call that leads there."""
    seen = {workflow.name}
    for node in walk.all_nodes(workflow):
        left = [node.workflow] if isinstance(node, ast.CallWorkflow | ast.ForEach) else []
        while left:
            name = left.pop()
            called = around.child(name).workflow if name not in seen else None
            seen.add(name)
            if called is None:  # checking has said so
                continue
            left.extend(walk.workflow_refs(called))
            for problem in errors(check(called, around.ground(called, name))):
                file, at = around.shown(Path(problem.file)), problem.span
                message = f"{file}:{at.line}:{at.column}: {problem.message}"
                yield replace(
                    problem, message=message, span=node.place("workflow"), file=workflow.source_path
                )


def start(definition: "Definition", inputs: Mapping[str, str], options: "RunOptions") -> "StartRun":
    """Return the command to run ``definition``; its inputs get the names that its kind of project expects."""
    from flow_tui.engine.commands import StartRun  # noqa: PLC0415 - only for what runs

    if options.mock_plan:
        _require_planned(definition, options)
    upstream = (Path(definition.root) / ".conductor").is_dir()
    prefixes = ("FLOW_", "CONDUCTOR_") if upstream else ("FLOW_",)
    return StartRun(definition=definition, inputs=inputs, options=replace(options, env_prefixes=prefixes))


def _require_planned(definition: "Definition", options: "RunOptions") -> None:
    """Raise ``UsageError`` when the plan of a mock names steps that there are not."""
    from flow_tui.engine.plan import plan as rows  # noqa: PLC0415 - only for what runs
    from flow_tui.mock import plan  # noqa: PLC0415 - as above
    from flow_tui.model.plan import walk as all_rows  # noqa: PLC0415 - as above

    called = (data for name, data in definition.files.items() if name.endswith(".wf"))
    parsed = (parse(data.decode("utf-8", "replace"), "").workflow for data in called)
    names: set[str] = set()
    for workflow in (definition.workflow, *(each for each in parsed if each is not None)):
        for node in walk.all_nodes(workflow):
            names |= {agent.key for agent in walk.agents_of(node)}
            names |= {node.name} if isinstance(node, ast.Script) else set()
    paths = {row.path for row in all_rows(rows(definition.workflow)) if row.kind in {"call", "script"}}
    file = options.mock_plan_file or "the mock plan"
    told = plan.read(options.mock_plan, file)
    plan.require_known(told, options.mock_plan, file, sorted(names), sorted(paths))


def recorded(state: "RunState", blob: Callable[[str], bytes]) -> "Definition":
    """Return the definition of a run as it was when the run started."""
    from flow_tui.engine.commands import Definition  # noqa: PLC0415 - only for what runs

    return Definition(
        workflow=sound(state.source, state.file),
        source=state.source,
        file=state.file,
        root=state.root,
        files={name: blob(digest) for name, digest in state.files.items()},
    )


def _reach(workflow: ast.Workflow, around: Surroundings) -> Iterator[tuple[str, bytes]]:
    """Yield every file that a run can reach, with its content."""
    project, read_already = around.project, dict(_beside(workflow, around))
    for path in dict.fromkeys((*_reached(workflow, around), *read_already)):
        try:
            yield _name(path, project.root), read_already[path] if path in read_already else read(path)
        except UnreadableError:  # the checks have said so where it matters
            continue


def _data(workflow: ast.Workflow, around: Surroundings) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the project in which a run is sure to find items, with its content."""
    root = around.project.root
    for node in _fan_outs(workflow, around):
        if (name := item_files.file_of(node)) is not None:
            try:
                yield _name(Path(os.path.normpath(root / name)), root), read(root / name, (root,))
            except (UnreadableError, ValueError):  # the run itself says so
                continue


def _globs(workflow: ast.Workflow, around: Surroundings) -> Iterator[str]:
    yield from dict.fromkeys(glob for node in _fan_outs(workflow, around) for glob in item_files.globs(node))


def _fan_outs(workflow: ast.Workflow, around: Surroundings) -> Iterator[ast.ForEach]:
    for _, called in _called(workflow, around):
        yield from (node for node in walk.all_nodes(called) if isinstance(node, ast.ForEach))


def _beside(workflow: ast.Workflow, around: Surroundings) -> Iterator[tuple[Path, bytes]]:
    """Yield what a run can reach that is not among the project's files, as if it were."""
    for path, called in _called(workflow, around):
        if path is not None and not path.exists() and (text := around.known.workflows(path.stem)) is not None:
            yield path, text.encode(errors="replace")
        for name in walk.schema_refs(called):
            if resources.find_schema(around.project, name, called.name) is None:
                schema = around.schema_text(name)
                if schema is not None:
                    yield around.project.folders[0] / "schemas" / f"{name}.yaml", schema


def _reached(workflow: ast.Workflow, around: Surroundings) -> Iterator[Path]:
    for folder in around.project.folders:
        yield folder / "actions.py"
        yield folder / "config.toml"
    for path, called in _called(workflow, around):
        if path is not None:
            yield path
        yield from _used(called, around.project)


def _called(workflow: ast.Workflow, around: Surroundings) -> Iterator[tuple[Path | None, ast.Workflow]]:
    """Yield a workflow and all that it calls, directly or not, with the files of those."""
    yield None, workflow
    seen, left = {workflow.name}, [workflow]
    while left:
        for node in walk.all_nodes(left.pop()):
            if isinstance(node, ast.CallWorkflow | ast.ForEach) and node.workflow not in seen:
                seen.add(node.workflow)
                loaded = around.load(node.workflow)
                if loaded.workflow is not None:
                    yield loaded.path, loaded.workflow
                    left.append(loaded.workflow)


def _used(workflow: ast.Workflow, project: loader.Project) -> Iterator[Path]:
    plugins = walk.plugin_dirs(workflow)
    for node in walk.all_nodes(workflow):
        for agent in walk.agents_of(node):
            action = resources.find_action(project, agent.label)
            yield from filter(None, [action or resources.find_agent(project, agent, workflow.name, plugins)])
        command = walk.command_of(node)
        for word in programs(command) if command is not None else ():
            if (script := resources.resolve_script(project, word.text, _home()).path) is not None:
                yield script
    for reference in walk.schema_refs(workflow):
        if (schema := resources.find_schema(project, reference, workflow.name)) is not None:
            yield schema
    for reference in walk.snippet_refs(workflow):
        if (snippet := resources.find_snippet(project, reference, workflow.name)) is not None:
            yield snippet


def _name(path: Path, root: Path) -> str:
    for base in (root, root.resolve()):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return path.as_posix()


def as_shown(inspected: Inspected) -> Inspected:
    """Return the same with diagnostics that name the file relative to the project."""
    named = tuple(replace(problem, file=inspected.name) for problem in inspected.diagnostics)
    return replace(inspected, diagnostics=named)
