"""A place in the tree behind the rows."""

from bisect import insort
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from flow_tui.model.ids import StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.status import StepStatus
from flow_tui.view.row import Inside


class Node:
    """One construct in one turn of the loops around it, or one turn of a loop."""

    __slots__ = (
        "children",
        "counts_as",
        "depth",
        "is_open",
        "kind",
        "own",
        "parent",
        "path",
        "plan",
        "started",
        "status",
        "tally",
        "weighs",
    )

    def __init__(self, path: StepPath, kind: str, plan: PlanNode | None, parent: "Node | None") -> None:
        self.path = path
        self.kind = kind
        self.plan = plan
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.children: list[Node] = _CHILDLESS
        self.tally: Counter[StepStatus] | None = None
        self.own = StepStatus.PENDING
        """What its own events say."""
        self.status = StepStatus.PENDING
        """What people are told."""
        self.counts_as = StepStatus.PENDING
        """What it is taken for where steps are counted."""
        self.weighs = StepStatus.PENDING
        """What the block around it takes it for."""
        self.started: datetime | None = None
        self.is_open = False

    def shown(self) -> "Node":
        """Return the node itself, or the outermost fold around it that hides it."""
        seen, above = self, self.parent
        while above is not None:
            if not above.is_open:
                seen = above
            above = above.parent
        return seen

    def add(self, node: "Node") -> None:
        """Put ``node`` inside, after what is there."""
        if self.children is _CHILDLESS:
            self.children = []
        self.children.append(node)
        if self.tally is None:
            self.tally = Counter()
        self.tally[node.weighs] += 1

    def add_in_order(self, node: "Node") -> None:
        """Put ``node``, one of many, inside where its number says; what has none comes first."""
        self.add(node)
        self.children.pop()
        insort(self.children, node, key=_number)

    def remove(self, node: "Node") -> None:
        """Take ``node`` out of what is inside."""
        self.children.remove(node)
        if self.tally is not None:
            self.tally[node.weighs] -= 1

    def walk(self) -> "Iterator[Node]":
        """Yield the node and everything inside, what is outside first."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def guides(self) -> tuple[bool, ...]:
        """Return for each level from the first one in whether more rows follow on it."""
        levels: list[bool] = []
        node = self
        while node.parent is not None:
            levels.append(node.parent.children[-1] is not node)
            node = node.parent
        return tuple(reversed(levels))

    def inside(self) -> Inside:
        """Return how what is directly inside stands."""
        tally = self.tally
        if not tally:
            return Inside()
        return Inside(
            total=sum(tally.values()),
            done=sum(n for status, n in tally.items() if status.is_over),
            failed=sum(tally[status] for status in (StepStatus.FAILED, StepStatus.TIMED_OUT)),
            running=tally[StepStatus.RUNNING],
        )


def _number(node: Node) -> int:
    last = node.path.rpartition("/")[2]
    return int(last) if last.isdigit() else -1


_CHILDLESS: list[Node] = []
"""Shared by all leaves, and never changed."""
