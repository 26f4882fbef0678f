"""What definitions refer to: scripts, agents, actions, snippets, schemas; where each is looked for."""

import ast as python
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from flow_tui.dsl.ast import AgentRef
from flow_tui.dsl.files import UnreadableError, is_file, read, readable, within
from flow_tui.dsl.ground import ScriptFile
from flow_tui.dsl.loader import Project

_UNSAFE = ("..", "/", "\\", "\0")


def _first(candidates: list[Path], roots: tuple[Path, ...]) -> Path | None:
    """Return the first candidate that is a regular file inside the roots."""
    return next((path for path in candidates if is_file(path) and within(path, roots)), None)


def _safe(name: str) -> bool:
    return bool(name) and not any(mark in name for mark in _UNSAFE)


def resolve_script(project: Project, word: str, home: Path | None = None) -> ScriptFile:
    """Return the file that the first word of a script names, or why it names none."""
    if word.startswith("/"):
        return ScriptFile(refused="is an absolute path: write it relative to the project")
    if ".." in word:
        return ScriptFile(refused="may not contain '..'")
    roots = _script_roots(project, home)
    for root in roots:
        path = root / word
        if is_file(path) and within(path, (root,)):
            return _script_file(path.resolve(), readable(path))
    return ScriptFile(places=tuple(readable(root / word) for root in roots))


def script_candidates(project: Project, word: str, home: Path | None = None) -> list[Path]:
    """Return where the file that a word of a command names is looked for, in order."""
    return (
        [] if word.startswith("/") or ".." in word else [root / word for root in _script_roots(project, home)]
    )


def _script_roots(project: Project, home: Path | None) -> list[Path]:
    roots = [project.root, *(folder / "scripts" for folder in project.folders)]
    return roots if home is None else [*roots, skills(home)]


def skills(home: Path) -> Path:
    """Return the folder of a person in which scripts are looked for last."""
    return home / ".claude" / "skills"


def _script_file(path: Path, place: str) -> ScriptFile:
    try:
        mode = _mode(path)
    except OSError as problem:
        return ScriptFile(path=path, place=place, unreadable=(problem.strerror or "unknown").lower())
    return ScriptFile(path=path, place=place, executable=os.access(path, os.X_OK), mode=mode)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def agent_candidates(
    project: Project, agent: AgentRef, workflow: str, plugins: Collection[str] = ()
) -> list[Path]:
    """Return where the file of an agent is looked for, in order."""
    if agent.kind == "path":
        return [project.root / agent.value]
    if not _safe(agent.value):
        return []
    return [folder / f"{agent.value}.md" for folder in agent_folders(project, workflow, plugins)]


def agent_folders(project: Project, workflow: str, plugins: Collection[str] = ()) -> list[Path]:
    """Return the folders in which agents are looked for by name, in order."""
    own = (
        [folder / "workflows" / workflow / "agents" for folder in project.folders] if _safe(workflow) else []
    )
    shared = [folder / "agents" for folder in project.folders]
    others = [project.root / folder / "agents" for folder in plugins]
    return [*own, *shared, project.root / ".claude" / "agents", *others]


def find_agent(
    project: Project, agent: AgentRef, workflow: str, plugins: Collection[str] = ()
) -> Path | None:
    """Return the file of an agent, if there is one."""
    folders = tuple(project.root / folder for folder in plugins)
    roots = project.roots if agent.kind == "name" else (project.root,)
    return _first(agent_candidates(project, agent, workflow, plugins), (*roots, *folders))


def action_candidates(project: Project, name: str) -> list[Path]:
    """Return where the executable of an action is looked for, in order."""
    return [folder / "actions" / name for folder in project.folders] if _safe(name) else []


def find_action(project: Project, name: str) -> Path | None:
    """Return the executable that runs the calls of a name, if there is one."""
    found = action_file(project, name)
    return found if found is not None and os.access(found, os.X_OK) else None


def action_file(project: Project, name: str) -> Path | None:
    """Return the file that decides what runs the calls of a name, executable or not."""
    return _first(action_candidates(project, name), project.roots)


def python_actions(project: Project) -> tuple[str, ...]:
    """Return the names of the actions in ``actions.py``, found by reading it, never by running it."""
    names: dict[str, None] = {}
    for folder in project.folders:
        path = folder / "actions.py"
        if not is_file(path):
            continue
        try:
            names.update(dict.fromkeys(action_functions(read(path, project.roots))))
        except UnreadableError:
            continue
    return tuple(names)


def action_functions(source: bytes) -> dict[str, str]:
    """Return the actions that a Python file defines, each with its function; other texts have none."""
    try:
        module = python.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return dict(_decorated(module))


def _decorated(module: python.Module) -> Iterator[tuple[str, str]]:
    for statement in module.body:
        if isinstance(statement, python.FunctionDef | python.AsyncFunctionDef):
            for decorator in statement.decorator_list:
                for name in _action_name(decorator, statement.name):
                    yield name, statement.name


def _action_name(decorator: python.expr, function: str) -> Iterator[str]:
    given: list[python.expr] = []
    if isinstance(decorator, python.Call):
        given = [*decorator.args, *(word.value for word in decorator.keywords if word.arg == "name")]
        decorator = decorator.func
    called = decorator.attr if isinstance(decorator, python.Attribute) else getattr(decorator, "id", "")
    if called != "action":
        return
    named = (
        each.value for each in given if isinstance(each, python.Constant) and isinstance(each.value, str)
    )
    yield next(named, function)


def unfit(reference: str) -> str | None:
    """Return why a reference can name no snippet and no schema, or nothing."""
    if "\0" in reference or not reference.strip():
        return "has no name"
    if reference.startswith("/"):
        return "is an absolute path: write it relative to the project"
    parts = reference.replace("\\", "/").split("/")
    if ".." in (parts if len(parts) > 1 else reference):
        return "may not contain '..'"
    return None


def snippet_candidates(project: Project, reference: str, workflow: str) -> list[Path]:
    """Return where a snippet is looked for, in order."""
    return _text_candidates(project, reference, workflow, "prompts", ".md")


def schema_candidates(project: Project, reference: str, workflow: str) -> list[Path]:
    """Return where the schema of an output is looked for, in order."""
    return _text_candidates(project, reference, workflow, "schemas", ".yaml")


def find_snippet(project: Project, reference: str, workflow: str) -> Path | None:
    """Return the file of a snippet, if there is one."""
    return _first(snippet_candidates(project, reference, workflow), project.roots)


def find_schema(project: Project, reference: str, workflow: str) -> Path | None:
    """Return the file of an output schema, if there is one."""
    return _first(schema_candidates(project, reference, workflow), project.roots)


def _text_candidates(project: Project, reference: str, workflow: str, kind: str, suffix: str) -> list[Path]:
    if "/" in reference or "\\" in reference:
        return [] if unfit(reference) else [project.root / reference]
    if not _safe(reference) or not _safe(workflow):
        return []
    file = reference + suffix
    own = [folder / "workflows" / workflow / kind / file for folder in project.folders]
    return [*own, *(folder / kind / file for folder in project.folders)]
