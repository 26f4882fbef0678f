"""What checks may ask of the world around a definition; left out, the checks that need it say nothing."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl.ast import AgentRef, Workflow
from flow_tui.dsl.fields import Value
from flow_tui.dsl.providers import Provider
from flow_tui.dsl.walk import AnyNode, all_nodes
from flow_tui.dsl.words import meant

Key = TypeVar("Key", str, AgentRef)
Kind: TypeAlias = Literal["agent", "snippet", "schema", "script"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """Whether something was found, and where it was looked for."""

    found: bool
    places: tuple[str, ...] = ()
    idle: str = ""
    """The file that would be run if it were executable."""
    problem: str = ""
    """Why what was found, or the reference itself, is of no use."""
    hint: str = ""
    """What to do about the problem."""
    doubts: tuple[Diagnostic, ...] = ()
    """What may not be meant as it stands in the file that was found."""
    markers: frozenset[str] | None = None
    """The markers that can follow from a schema, when that is known."""
    values: tuple[str, ...] = ()
    """The names of the values that its text asks for."""
    takes: type[Value] | None = None
    """The inputs that it takes, if it comes with the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFile:
    """What a script's first word leads to."""

    path: Path | None = None
    """The file, its links resolved."""
    refused: str = ""
    """Why the word may not name a file."""
    places: tuple[str, ...] = ()
    """Where it was looked for."""
    place: str = ""
    """The file as people write it."""
    executable: bool = True
    mode: int = 0
    unreadable: str = ""
    """Why the file's permissions cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """Another definition, or why there is none."""

    workflow: Workflow | None = None
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The world around one definition."""

    name: str = ""
    """The name under which other definitions refer to this one; the declared one when left out."""
    find_action: Callable[[AgentRef], Searched] | None = None
    """Say whether anything runs a ``call`` of this agent."""
    find_script: Callable[[str], ScriptFile] | None = None
    """Look up the first word of a script's command."""
    is_program: Callable[[str], bool] | None = None
    """Say whether the shell finds a program of this name."""
    find_snippet: Callable[[str], Searched] | None = None
    """Look up a text that is put after a prompt."""
    find_schema: Callable[[str], Searched] | None = None
    """Look up the schema of an output."""
    load: Callable[[str], Child] | None = None
    """Return another definition by name."""
    names: Callable[[Kind, str], Collection[str]] | None = None
    """Return what could stand in the place of a reference to a thing of this kind, for advice."""
    providers: Mapping[str, Provider] = field(default_factory=dict[str, Provider])
    """The item providers, when it is known which there are."""
    gates: tuple[str, ...] = ()
    """The types of gates, when it is known which there are."""
    targets: tuple[str, ...] = ()
    """What workflows may be started on, when that is limited."""
    identities: tuple[str, ...] | None = None
    """The identities that there are, when that is known."""
    variables: frozenset[str] = frozenset()
    """Names of values that the host provides in texts."""
    gives_more: bool = False
    """Whether the host may provide values that nobody can know here."""


NOTHING = Ground()


def _once(find: Callable[[Key], Searched] | None) -> Callable[[Key], Searched] | None:
    """Return the same, remembering every answer."""
    if find is None:
        return None
    known: dict[Key, Searched] = {}

    def remembered(key: Key) -> Searched:
        if key not in known:
            known[key] = find(key)
        return known[key]

    return remembered


class Subject:
    """What is checked: a definition, all its nodes in the order of the text, the world around it.

    Whatever is looked up in that world is looked up once.
    """

    __slots__ = ("_asked", "ground", "nodes", "workflow")

    def __init__(self, workflow: Workflow, ground: Ground = NOTHING) -> None:
        self.workflow = workflow
        self.ground = replace(
            ground,
            find_action=_once(ground.find_action),
            find_snippet=_once(ground.find_snippet),
            find_schema=_once(ground.find_schema),
        )
        self.nodes: tuple[AnyNode, ...] = tuple(all_nodes(workflow))
        self._asked = 0

    @property
    def name(self) -> str:
        """Return the name under which other definitions refer to this one."""
        return self.ground.name or self.workflow.name

    def meant(self, word: str, known: Collection[str]) -> str:
        """Return the hint that names the known word nearest to ``word``, or nothing.

        Advice takes longer than any check: where very much is wrong, only the first mistakes get some.
        """
        self._asked += 1
        return meant(word, known) if self._asked <= limits.DIAGNOSTICS_SHOWN else ""

    def meant_for(self, kind: Kind, reference: str) -> str:
        """Return the hint that names the thing which a reference was probably meant to name, or nothing."""
        names = self.ground.names
        return self.meant(reference, names(kind, reference) if names is not None else ())
