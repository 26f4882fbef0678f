"""What a person has let run: bound to a folder and to the content of all that is executed there.

Typing ``flow-tui run`` lets it run. The dashboard asks where something is new or has changed since. It is
kept with the runs, outside of the folders that it is about; no project can say anything of it.
"""

import hashlib
import json
import logging
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

from flow_tui.dataclass import dataclass
from flow_tui.dsl import ast, walk
from flow_tui.dsl.files import UnreadableError, read, readable
from flow_tui.dsl.parser import parse
from flow_tui.dsl.resources import action_functions
from flow_tui.dsl.shipped import SHIPPED
from flow_tui.engine.commands import Definition, StartRun
from flow_tui.process.snapshot import digest
from flow_tui.process.workspace import write_private
from flow_tui.runtime.messages import ConsentAsked
from flow_tui.runtime.settings import make_private

logger = logging.getLogger(__name__)

_FOLDER = "consent"
_TEXTS = frozenset({".md", ".yaml", ".yml", ".toml", ".wf"})
"""Files that are read; what a workflow itself has executed stands in it, and is let run with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """What nobody has let run as it is now."""

    new: tuple[str, ...] = ()
    """Files that were not there."""
    changed: tuple[str, ...] = ()
    is_first: bool = False
    """Nothing has been let run in the folder so far."""

    @property
    def programs(self) -> tuple[str, ...]:
        """Return the new files that would be executed themselves."""
        return tuple(name for name in self.new if Path(name).suffix not in _TEXTS)


class Consent:
    """Remembers it; in memory only where no folder for it is given."""

    def __init__(self, state: Path | None) -> None:
        self._folder = state / _FOLDER if state is not None else None
        self._given: dict[str, dict[str, str]] = {}

    def unknown(self, definition: Definition) -> Unknown | None:
        """Return what would be executed and was not let run as it is, or nothing."""
        given = self._of(_root(definition))
        wanted = _digests(definition)
        new = tuple(name for name in wanted if name not in given)
        changed = tuple(name for name, hashed in wanted.items() if given.get(name, hashed) != hashed)
        return Unknown(new=new, changed=changed, is_first=not given) if new or changed else None

    def let(self, command: StartRun) -> None:
        """Let everything run that ``command`` starts; a mock executes nothing."""
        if not command.options.mock:
            self.give(command.definition)

    def give(self, definition: Definition) -> None:
        """Let everything run that a run of ``definition`` executes, as it is now."""
        root = _root(definition)
        given = self._of(root)
        after = {**given, **_digests(definition)}
        self._given[root] = after
        if after != given and self._folder is not None:
            self._write(self._folder, root, after)

    def _of(self, root: str) -> dict[str, str]:
        """Return what was let run in a folder: names to hashes."""
        if self._folder is None:
            return self._given.get(root, {})
        try:
            found: object = json.loads(read(_file(self._folder, root)))
        except (UnreadableError, ValueError, RecursionError):
            return {}
        files = cast("Mapping[object, object]", found).get("files") if isinstance(found, dict) else None
        pairs = cast("Mapping[object, object]", files).items() if isinstance(files, dict) else ()
        return {name: value for name, value in pairs if isinstance(name, str) and isinstance(value, str)}

    def _write(self, folder: Path, root: str, files: Mapping[str, str]) -> None:
        file = _file(folder, root)
        draft = file.with_suffix(f".{os.getpid()}")
        try:
            make_private(folder)
            write_private(draft, json.dumps({"root": readable(root), "files": files}))
            draft.replace(file)
        except OSError as error:  # who was asked once more than needed has lost little
            logger.warning("that %s may run could not be kept: %s", root, error)
            with suppress(OSError):
                draft.unlink()


def _file(folder: Path, root: str) -> Path:
    return folder / f"{hashlib.sha256(os.fsencode(root)).hexdigest()}.json"


def _root(definition: Definition) -> str:
    return os.path.realpath(definition.root)


def _digests(definition: Definition) -> dict[str, str]:
    files = {**definition.files, definition.file: definition.source.encode(errors="replace")}
    return {name: digest(content) for name, content in sorted(files.items()) if name not in definition.data}


def executed(definition: Definition) -> Iterator[str]:
    """Yield in words what a run executes, each once: commands, programs, functions, agents, our actions."""
    names = tuple(definition.files)
    sources = (data for name, data in definition.files.items() if f"/{name}".endswith("/actions.py"))
    functions = {name for data in sources for name in action_functions(data)}
    shipped = SHIPPED.keys() - functions
    called = (data for name, data in definition.files.items() if name.endswith(".wf"))
    parsed = (parse(data.decode("utf-8", "replace"), "").workflow for data in called)
    workflows = (definition.workflow, *(each for each in parsed if each is not None))
    nodes = (node for workflow in workflows for node in walk.all_nodes(workflow))
    yield from dict.fromkeys(said for node in nodes for said in _of_node(node, names, shipped))


def _of_node(node: walk.AnyNode, names: tuple[str, ...], shipped: Collection[str]) -> Iterator[str]:
    if (command := walk.command_of(node)) is not None:
        yield f"{node.type} {getattr(node, 'name', '')}: {command.strip()}"
    for agent in walk.agents_of(node):
        said = _of_agent(agent.label, names, shipped)
        given = node.inputs if isinstance(node, ast.Call | ast.ParallelCall) and node.agent is agent else {}
        what = next((given[name] for name in _WORTH_TELLING if name in given), "")
        yield f"{said}: {what}" if what and said == f"action {agent.label}" else said


_WORTH_TELLING = ("url", "path")
"""What an action of ours has to do with, beyond the run."""


def _of_agent(name: str, names: tuple[str, ...], shipped: Collection[str]) -> str:
    for kind, end in (("program", f"/actions/{name}"), ("agent", f"/agents/{name}.md")):
        for file in names:
            if f"/{file}".endswith(end):
                return f"{kind} {file}"
    if name in shipped:
        return f"action {name}"
    return f"agent {name}" if name in names else f"function {name}"


def question(command: StartRun, unknown: Unknown) -> ConsentAsked:
    """Return what a person is asked before it runs."""
    return ConsentAsked(
        command=command,
        executes=tuple(executed(command.definition)),
        new=unknown.new,
        changed=unknown.changed,
        is_first=unknown.is_first,
        warnings=tuple(warnings(command.definition.root)),
    )


def warnings(root: str) -> Iterator[str]:
    """Yield what should make one look twice at a folder: somebody else can change what is in it."""
    try:
        found = Path(root).stat()
    except OSError:
        return
    if found.st_uid not in {os.geteuid(), 0}:
        yield "This folder belongs to another user."
    if found.st_mode & stat.S_IWOTH:
        yield "Everybody on this machine can change this folder."
