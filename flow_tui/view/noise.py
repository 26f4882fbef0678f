"""How much of a tree is shown: everything, or only what is still of interest."""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from flow_tui.model.ids import StepPath
from flow_tui.model.status import StepStatus
from flow_tui.view.node import Node
from flow_tui.view.standing import GOOD

Noise: TypeAlias = Literal["all", "open", "busy"]
"""All steps; those that are not done; those that run, have failed or wait."""
LEVELS: tuple[Noise, ...] = ("all", "open", "busy")
SAID: Mapping[Noise, str] = {"all": "", "open": "done hidden", "busy": "only running, failed, waiting"}
_BAD = frozenset({StepStatus.FAILED, StepStatus.TIMED_OUT})


def quieter(noise: Noise) -> Noise:
    """Return the level that shows less, and after the last the first."""
    return LEVELS[(LEVELS.index(noise) + 1) % len(LEVELS)]


def sift(
    nodes: list[Node], noise: Noise, loud: Iterable[StepPath], known: Mapping[StepPath, Node]
) -> list[Node]:
    """Return the nodes to show, among them always the ``loud`` ones with what is around them."""
    if noise == "all":
        return nodes
    needed: set[Node] = set()
    for path in loud:
        node = known.get(path)
        while node is not None and node not in needed:
            needed.add(node)
            node = node.parent
    return [node for node in nodes if node in needed or _speaks(node.status, noise)]


def _speaks(status: StepStatus, noise: Noise) -> bool:
    if status.is_active or status in _BAD:
        return True
    return noise == "open" and status not in GOOD
