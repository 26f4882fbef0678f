"""What a project is to the definitions in it: what they call, name and run, looked up and remembered."""

import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from flow_tui.diagnostics import Diagnostic, errors
from flow_tui.dsl import resources, templates
from flow_tui.dsl.ast import AgentRef, ForEach, Gate, Workflow
from flow_tui.dsl.files import UnreadableError, read, readable
from flow_tui.dsl.ground import Child, Ground, Kind, ScriptFile, Searched
from flow_tui.dsl.known import Known
from flow_tui.dsl.loader import Loaded, Project, load, load_text
from flow_tui.dsl.providers import GATES, HOST_VARIABLES, PROVIDERS, TARGETS, Provider
from flow_tui.dsl.shipped import SHIPPED
from flow_tui.dsl.walk import all_nodes, identities, plugin_dirs

_FOLDERS: dict[Kind, tuple[str, str]] = {
    "agent": ("agents", ".md"),
    "snippet": ("prompts", ".md"),
    "schema": ("schemas", ".yaml"),
    "script": ("scripts", ""),
}

_NOTHING = Known()


class Surroundings:
    """The world around the definitions of one project; whatever is looked up is looked up once."""

    def __init__(
        self,
        project: Project,
        *,
        actions: Collection[str] = (),
        home: Path | None = None,
        known: Known = _NOTHING,
        installed: Callable[[], Known] = lambda: _NOTHING,
        who: Callable[[], tuple[str, ...] | None] = lambda: None,
    ) -> None:
        self.project = project
        self.known = known
        self._installed = installed
        """Looked for only where something is named that nothing else knows."""
        self._who = who
        """As whom steps can act; asked only where a definition says so."""
        self._home = home
        self._actions = frozenset({*actions, *known.actions, *resources.python_actions(project)})
        self._programs = [folder / "actions" for folder in project.folders]
        self._children: dict[str, Child] = {}
        self._checked: dict[Path, Searched] = {}
        self._listed: dict[Path, tuple[str, ...]] = {}
        self._folds: dict[Path, frozenset[str]] = {}
        self._shown: dict[Path, str] = {}
        self._scripts: dict[str, ScriptFile] = {}
        self._programs_found: dict[str, bool] = {}

    def ground(self, workflow: Workflow, name: str = "") -> Ground:
        """Return the world around one definition; ``name`` is how others refer to it."""
        around = _Around(self, workflow, name or workflow.name)
        given = self.known.variables
        known = (self.known, *([self._installed()] if _names_more(workflow, self.known) else ()))
        upstream = any(folder.name == ".conductor" for folder in self.project.folders)
        return Ground(
            name=around.name,
            find_action=around.agent,
            find_script=self.script,
            is_program=self._is_program,
            find_snippet=around.snippet,
            find_schema=around.schema,
            load=around.child,
            names=around.names,
            providers={**PROVIDERS, **{name: each for one in known for name, each in one.providers.items()}},
            gates=(*GATES, *sorted({gate for one in known for gate in one.gates} - {*GATES})),
            targets=TARGETS,
            identities=self._who() if identities(workflow) else None,
            variables=given | HOST_VARIABLES if upstream else given,
            gives_more=upstream,
        )

    def providers(self) -> Mapping[str, Provider]:
        """Return every provider of items that there is."""
        return {**PROVIDERS, **self._installed().providers, **self.known.providers}

    def gates(self) -> tuple[str, ...]:
        """Return every type of gate that there is."""
        return (*GATES, *sorted({*self.known.gates, *self._installed().gates} - {*GATES}))

    def identities(self) -> tuple[str, ...]:
        """Return as whom steps can act, as far as that is known."""
        return self._who() or ()

    def script(self, word: str) -> ScriptFile:
        """Return what the first word of a script's command leads to."""
        if word not in self._scripts:
            self._scripts[word] = self._script(word)
        return self._scripts[word]

    def _script(self, word: str) -> ScriptFile:
        found = resources.resolve_script(self.project, word, self._home)
        places = tuple(self.shown(Path(place)) for place in found.places)
        return replace(found, places=places, place=self.shown(Path(found.place)) if found.place else "")

    def _is_program(self, word: str) -> bool:
        if word not in self._programs_found:
            self._programs_found[word] = shutil.which(word) is not None
        return self._programs_found[word]

    def runs(self, agent: AgentRef) -> bool:
        """Say whether an action runs the calls of an agent."""
        if self.known.any_action or agent.label in self._actions:
            return True
        listed = self.lists(self._programs, agent.label)
        if listed and resources.find_action(self.project, agent.label) is not None:
            return True
        return agent.label in self._installed().actions

    def idle(self, agent: AgentRef) -> str:
        """Return the file that would run the calls of an agent if it were executable."""
        listed = self.lists(self._programs, agent.label)
        path = resources.action_file(self.project, agent.label) if listed else None
        return self.shown(path) if path is not None else ""

    def lists(self, folders: Sequence[Path], name: str) -> bool:
        """Say whether a file of this name may be in one of the folders."""
        folded = name.casefold()
        return any(folded in self._folded(folder) for folder in folders)

    def places(self, agent: AgentRef, folders: Sequence[Path]) -> tuple[str, ...]:
        """Return in words where an agent was looked for."""
        programs = [
            f"{self.shown(folder)}/{agent.label}" for folder in self._programs if "/" not in agent.label
        ]
        if agent.kind == "path":
            return (readable(agent.label),)
        return (*programs, *(f"{self.shown(folder)}/{agent.label}.md" for folder in folders))

    def _folded(self, folder: Path) -> frozenset[str]:
        if folder not in self._folds:
            self._folds[folder] = frozenset(name.casefold() for name in self.entries(folder))
        return self._folds[folder]

    def child(self, name: str) -> Child:
        """Return another definition of the project."""
        if name not in self._children:
            self._children[name] = _child(self.load(name), self.shown)
        return self._children[name]

    def load(self, name: str) -> Loaded:
        """Return the workflow of this name: of the project, or else of whoever knows more of them."""
        loaded = load(self.project, name)
        text = self.known.workflows(name) if loaded.workflow is None and not loaded.source else None
        return loaded if text is None else load_text(text, self.project.workflow_folders[0] / f"{name}.wf")

    def schema_text(self, reference: str) -> bytes | None:
        """Return a schema that is not among the project's files, if somebody knows it."""
        text = self.known.schemas(reference)
        return None if text is None else text.encode()

    def agent_file(self, path: Path, roots: Sequence[Path]) -> Searched:
        """Return whether an agent's file, which must lie in one of the folders, can be used."""
        if path not in self._checked:
            self._checked[path] = self._agent_file(path, roots)
        return self._checked[path]

    def _agent_file(self, path: Path, roots: Sequence[Path]) -> Searched:
        from flow_tui.dsl.agents import load_agent  # noqa: PLC0415 - only where an agent has a file

        shown = self.shown(path)
        try:
            text = read(path, roots).decode("utf-8")
        except UnreadableError as problem:
            return Searched(found=True, problem=f"{shown}: {problem}")
        except UnicodeDecodeError:
            return Searched(found=True, problem=f"{shown}: not UTF-8", hint="save the file as UTF-8")
        parsed = load_agent(text, shown)
        prompt = parsed.agent.prompt if parsed.agent is not None else ""
        doubts = tuple(each for each in parsed.diagnostics if not each.is_error)
        return replace(_searched(parsed.diagnostics), values=templates.names(prompt), doubts=doubts)

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
        shown = self.shown(path)
        try:
            return _schema(read(path, self.project.roots), shown)
        except UnreadableError as problem:
            return Searched(found=True, problem=f"{shown}: {problem}")

    def entries(self, folder: Path) -> tuple[str, ...]:
        """Return the names in a folder; none when it is not there."""
        if folder not in self._listed:
            try:
                self._listed[folder] = tuple(sorted(each.name for each in folder.iterdir()))
            except OSError:
                self._listed[folder] = ()
        return self._listed[folder]

    def names(self, kind: Kind, reference: str, workflow: str) -> frozenset[str]:
        """Return what could stand in the place of a reference."""
        if "/" in reference:
            return self._beside(reference)
        kept, suffix = _FOLDERS[kind]
        own = (folder / "workflows" / workflow / kept for folder in self.project.folders)
        folders = [*own, *(folder / kept for folder in self.project.folders)]
        listed = {name for folder in folders for name in self.entries(folder)}
        found = {name.removesuffix(suffix) for name in listed if name.endswith(suffix)}
        if kind == "agent":
            found |= self._actions | SHIPPED.keys()
            found |= {name for folder in self._programs for name in self.entries(folder)}
        return frozenset(found)

    def _beside(self, reference: str) -> frozenset[str]:
        """Return the paths of what lies in the folder that a path names."""
        folder, _, _ = reference.rpartition("/")
        roots = (self.project.root, *(each / "scripts" for each in self.project.folders))
        inside = (root / folder for root in roots if not reference.startswith("/") and ".." not in reference)
        return frozenset(f"{folder}/{name}" for each in inside for name in self.entries(each))

    def shown(self, path: Path) -> str:
        """Return a path for people: from the project's root on, where it lies inside."""
        if path not in self._shown:
            root = self.project.root
            self._shown[path] = readable(path.relative_to(root) if path.is_relative_to(root) else path)
        return self._shown[path]


class _Around:
    """The same for one definition, whose own folder comes first."""

    def __init__(self, surroundings: Surroundings, workflow: Workflow, name: str) -> None:
        self._all = surroundings
        self._workflow = workflow
        self.name = name
        self._plugins = plugin_dirs(workflow)
        project = surroundings.project
        self._roots = (*project.roots, *(project.root / folder for folder in self._plugins))
        self._folders = resources.agent_folders(project, workflow.name, self._plugins)

    def agent(self, agent: AgentRef) -> Searched:
        """Return whether anything runs the calls of an agent."""
        if self._all.runs(agent):
            return Searched(found=True)
        if agent.kind == "path" or self._all.lists(self._folders, f"{agent.value}.md"):
            path = resources.find_agent(self._all.project, agent, self._workflow.name, self._plugins)
            if path is not None:
                return self._all.agent_file(path, self._roots)
        idle = self._all.idle(agent)
        if not idle and agent.kind == "name" and agent.value in SHIPPED:
            return Searched(found=True, takes=SHIPPED[agent.value])
        places = self._all.places(agent, self._folders)
        for path in resources.agent_candidates(self._all.project, agent, self._workflow.name, self._plugins):
            if agent.kind == "name" and os.path.isdir(path):  # noqa: PTH112 -- for a name that none can have, too
                problem = f"{self._all.shown(path)}: a folder, not a file"
                hint = "put the prompt into a file of this name"
                return Searched(found=False, places=places, problem=problem, hint=hint)
        return Searched(found=False, places=places, idle=idle)

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
        if (given := self._all.schema_text(reference)) is not None:
            return _schema(given, f"{reference}.yaml")
        places = resources.schema_candidates(project, reference, name)
        return Searched(found=False, places=tuple(self._all.shown(path) for path in places))

    def child(self, name: str) -> Child:
        """Return another definition, or this one."""
        return Child(workflow=self._workflow) if name == self.name else self._all.child(name)

    def names(self, kind: Kind, reference: str) -> frozenset[str]:
        """Return what could stand in the place of a reference here."""
        return self._all.names(kind, reference, self._workflow.name)


def _names_more(workflow: Workflow, known: Known) -> bool:
    """Say whether a definition names providers or gates that neither the language nor the caller knows."""
    nodes = tuple(all_nodes(workflow))
    over = {node.over for node in nodes if isinstance(node, ForEach)} - {*PROVIDERS, *known.providers}
    gates = {node.gate_type for node in nodes if isinstance(node, Gate)} - {*GATES, *known.gates}
    return bool(over or gates)


def _schema(data: bytes, shown: str) -> Searched:
    from flow_tui.dsl.schema_file import load_schema_bytes  # noqa: PLC0415 - only where a schema is named

    parsed = load_schema_bytes(data, shown)
    markers = None if parsed.schema is None else frozenset(parsed.schema.markers())
    return _searched(parsed.diagnostics, markers)


def _child(loaded: Loaded, shown: Callable[[Path], str]) -> Child:
    if loaded.workflow is not None:
        return Child(workflow=loaded.workflow)
    first, *more = errors(loaded.diagnostics)
    if first.code in ("F-NAME", "F-NOT-FOUND"):
        problem = first.message if first.code == "F-NAME" else "there is no such file"
        return Child(problem=problem, hint=first.hint or "'flow-tui list' lists what there is")
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
