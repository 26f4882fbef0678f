"""The rows a run may produce, known before it starts."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import StepPath

LEAVES = frozenset({"call", "script", "gate", "call_workflow", "foreach"})
"""The kinds that do something themselves; all others only hold them."""
ITEM = "item"
"""The kind of a step that is there for one item of a ``foreach``."""
WORK = LEAVES | {ITEM}
"""The kinds whose attempts people look at."""
LOOPS = frozenset({"while", "do_while"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNode:
    """One construct of the definition, as the screen and the history know it."""

    path: StepPath
    """Without passes: a node inside a loop stands here once."""
    kind: str
    """One of :data:`LEAVES` or a block: ``if``, ``while``, ``do_while``, ``parallel``, …"""
    name: str
    """What people wrote; for a block, nothing."""
    label: str
    """What a row says."""
    max_attempts: int = 1
    timeout: timedelta | None = None
    max_passes: int = 0
    """Of a loop; 0 otherwise."""
    min_success: int | None = None
    """Of a parallel block: how many calls are enough; nothing where all have to succeed."""
    note: str = ""
    """Such as a script's first line, or what a gate asks."""
    line: int = 0
    """Where it stands in the source, from 1."""
    children: "tuple[PlanNode, ...]" = ()

    @property
    def is_leaf(self) -> bool:
        """Say whether it does something itself."""
        return self.kind in LEAVES


def walk(nodes: tuple[PlanNode, ...]) -> Iterator[PlanNode]:
    """Yield every node in the order in which people read them."""
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def at(nodes: tuple[PlanNode, ...], path: StepPath) -> PlanNode | None:
    """Return the node at a path without passes; nothing where there is none."""
    while nodes:
        found = next((node for node in nodes if path == node.path or path.startswith(f"{node.path}/")), None)
        if found is None or found.path == path:
            return found
        nodes = found.children
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A definition as the rows it may produce, with those of the workflows that it runs."""

    name: str
    title: str
    file: str
    rows: tuple[PlanNode, ...]
    children: "Mapping[StepPath, Planned | Unplanned]"
    """What the rows run that stand for another workflow, by their paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplanned:
    """A workflow whose rows are not shown."""

    name: str
    reason: str
