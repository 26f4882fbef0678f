"""What a project is to the definitions in it: what they call, name and run, looked up and remembered."""

import shutil
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from flow_tui.diagnostics import Diagnostic, errors
from flow_tui.dsl import resources, templates
from flow_tui.dsl.ast import AgentRef, Workflow
from flow_tui.dsl.files import UnreadableError, read, readable
from flow_tui.dsl.ground import Child, Ground, Kind, Searched
from flow_tui.dsl.loader import Loaded, Project, load, workflow_names
from flow_tui.dsl.providers import GATES, HOST_VARIABLES, PROVIDERS, TARGETS
from flow_tui.dsl.walk import plugin_dirs

_FOLDERS: dict[Kind, tuple[str, str]] = {
    "agent": ("agents", ".md"),
    "snippet": ("prompts", ".md"),
    "schema": ("schemas", ".yaml"),
}


class Surroundings:
    """The world around the definitions of one project; whatever is looked up is looked up once."""

    def __init__(self, project: Project, *, actions: Collection[str] = (), home: Path | None = None) -> None:
        self.project = project
        self._home = home
        self._actions = frozenset({*actions, *resources.python_actions(project)})
        self._children: dict[str, Child] = {}
        self._checked: dict[Path, Searched] = {}
        self._listed: dict[Path, tuple[str, ...]] = {}

    def ground(self, workflow: Workflow, name: str = "") -> Ground:
        """Return the world around one definition; ``name`` is how others refer to it."""
        around = _Around(self, workflow, name or workflow.name)
        upstream = any(folder.name == ".conductor" for folder in self.project.folders)
        return Ground(
            name=around.name,
            find_action=around.agent,
            find_script=lambda word: resources.resolve_script(self.project, word, self._home),
            is_program=lambda word: shutil.which(word) is not None,
            find_snippet=around.snippet,
            find_schema=around.schema,
            load=around.child,
            names=around.names,
            providers=PROVIDERS,
            gates=GATES,
            targets=TARGETS,
            variables=HOST_VARIABLES if upstream else frozenset(),
            gives_more=upstream,
        )

    def runs(self, agent: AgentRef) -> bool:
        """Say whether an action runs the calls of an agent."""
        return agent.label in self._actions or resources.find_action(self.project, agent.label) is not None

    def child(self, name: str) -> Child:
        """Return another definition of the project."""
        if name not in self._children:
            self._children[name] = _child(load(self.project, name), self.shown)
        return self._children[name]

    def agent_file(self, path: Path) -> Searched:
        """Return whether an agent's file can be used."""
        if path not in self._checked:
            self._checked[path] = self._agent_file(path)
        return self._checked[path]

    def _agent_file(self, path: Path) -> Searched:
        from flow_tui.dsl.agents import load_agent  # noqa: PLC0415 - only where an agent has a file

        shown = self.shown(path)
        try:
            text = read(path).decode("utf-8")
        except UnreadableError as problem:
            return Searched(found=True, problem=f"{shown}: {problem}")
        except UnicodeDecodeError:
            return Searched(found=True, problem=f"{shown}: not UTF-8", hint="save the file as UTF-8")
        parsed = load_agent(text, shown)
        prompt = parsed.agent.prompt if parsed.agent is not None else ""
        return replace(_searched(parsed.diagnostics), values=templates.names(prompt))

    def snippet_file(self, path: Path) -> Searched:
        """Return whether a snippet's file can be used."""
        if path not in self._checked:
            self._checked[path] = self._snippet_file(path)
        return self._checked[path]

    def _snippet_file(self, path: Path) -> Searched:
        try:
            text = read(path).decode("utf-8", "replace")
        except UnreadableError as problem:
            return Searched(found=True, problem=f"{self.shown(path)}: {problem}")
        return Searched(found=True, values=templates.names(text))

    def schema_file(self, path: Path) -> Searched:
        """Return whether a schema's file can be used, and what markers follow from it."""
        if path not in self._checked:
            self._checked[path] = self._schema_file(path)
        return self._checked[path]

    def _schema_file(self, path: Path) -> Searched:
        from flow_tui.dsl.schema_file import load_schema_bytes  # noqa: PLC0415 - only where a schema is named

        shown = self.shown(path)
        try:
            parsed = load_schema_bytes(read(path), shown)
        except UnreadableError as problem:
            return Searched(found=True, problem=f"{shown}: {problem}")
        schema = parsed.schema
        markers = None if schema is None else frozenset(schema.markers())
        return _searched(parsed.diagnostics, markers)

    def entries(self, folder: Path) -> tuple[str, ...]:
        """Return the names in a folder; none when it is not there."""
        if folder not in self._listed:
            try:
                self._listed[folder] = tuple(sorted(each.name for each in folder.iterdir()))
            except OSError:
                self._listed[folder] = ()
        return self._listed[folder]

    def names(self, kind: Kind, workflow: str) -> frozenset[str]:
        """Return the names that things of a kind have."""
        if kind == "workflow":
            return frozenset(workflow_names(self.project))
        kept, suffix = _FOLDERS[kind]
        own = (folder / "workflows" / workflow / kept for folder in self.project.folders)
        folders = [*own, *(folder / kept for folder in self.project.folders)]
        found = {
            name.removesuffix(suffix)
            for folder in folders
            for name in self.entries(folder)
            if name.endswith(suffix)
        }
        if kind == "agent":
            found |= self._actions
            found |= {name for folder in self.project.folders for name in self.entries(folder / "actions")}
        return frozenset(found)

    def shown(self, path: Path) -> str:
        """Return a path for people: from the project's root on, where it lies inside."""
        root = self.project.root
        return readable(path.relative_to(root) if path.is_relative_to(root) else path)


class _Around:
    """The same for one definition, whose own folder comes first."""

    def __init__(self, surroundings: Surroundings, workflow: Workflow, name: str) -> None:
        self._all = surroundings
        self._workflow = workflow
        self.name = name
        self._plugins = plugin_dirs(workflow)

    def agent(self, agent: AgentRef) -> Searched:
        """Return whether anything runs the calls of an agent."""
        project = self._all.project
        if self._all.runs(agent):
            return Searched(found=True)
        path = resources.find_agent(project, agent, self._workflow.name, self._plugins)
        if path is not None:
            return self._all.agent_file(path)
        places = [
            *resources.action_candidates(project, agent.label),
            *resources.agent_candidates(project, agent, self._workflow.name, self._plugins),
        ]
        idle = resources.action_file(project, agent.label)
        return Searched(
            found=False,
            places=tuple(self._all.shown(path) for path in places),
            idle=self._all.shown(idle) if idle is not None else "",
        )

    def snippet(self, reference: str) -> Searched:
        """Return whether a snippet is there."""
        project, name = self._all.project, self._workflow.name
        if (reason := resources.unfit(reference)) is not None:
            return Searched(found=False, problem=reason)
        path = resources.find_snippet(project, reference, name)
        if path is not None:
            return self._all.snippet_file(path)
        places = resources.snippet_candidates(project, reference, name)
        return Searched(found=False, places=tuple(self._all.shown(path) for path in places))

    def schema(self, reference: str) -> Searched:
        """Return whether a schema is there and holds."""
        project, name = self._all.project, self._workflow.name
        if (reason := resources.unfit(reference)) is not None:
            return Searched(found=False, problem=reason)
        path = resources.find_schema(project, reference, name)
        if path is not None:
            return self._all.schema_file(path)
        places = resources.schema_candidates(project, reference, name)
        return Searched(found=False, places=tuple(self._all.shown(path) for path in places))

    def child(self, name: str) -> Child:
        """Return another definition, or this one."""
        return Child(workflow=self._workflow) if name == self.name else self._all.child(name)

    def names(self, kind: Kind) -> frozenset[str]:
        """Return the names that things of a kind have here."""
        return self._all.names(kind, self._workflow.name)


def _child(loaded: Loaded, shown: Callable[[Path], str]) -> Child:
    if loaded.workflow is not None:
        return Child(workflow=loaded.workflow)
    first, *more = errors(loaded.diagnostics)
    if first.code in ("F-NAME", "F-NOT-FOUND"):
        return Child(problem=first.message, hint=first.hint or "'flow-tui list' lists what there is")
    name = shown(loaded.path)
    others = f" (and {len(more)} more)" if more else ""
    place = f"{name}:{first.span.line}:{first.span.column}: {first.message}"
    return Child(problem=place + others, hint=f"'flow-tui check {name}' says more")


def _searched(diagnostics: tuple[Diagnostic, ...], markers: frozenset[str] | None = None) -> Searched:
    wrong = errors(diagnostics)
    if not wrong:
        return Searched(found=True, markers=markers)
    first = wrong[0]
    others = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    place = f"{first.file}:{first.span.line}:{first.span.column}: "
    return Searched(found=True, problem=f"{place}{first.message}{others}", hint=first.hint)
