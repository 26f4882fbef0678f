"""A place in the tree behind the rows."""

import math
from bisect import insort
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from flow_tui.model.ids import StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.status import StepStatus
from flow_tui.view.row import FOLDED, TO_COME, Inside

SIDE_BY_SIDE = frozenset({"parallel", "foreach", FOLDED, TO_COME})
"""The kinds whose inside runs at the same time."""


class Node:
    """One construct in one turn of the loops around it, or one turn of a loop."""

    __slots__ = (
        "children",
        "counts_as",
        "depth",
        "ended",
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
        """When it, or the first of what is inside, began."""
        self.ended: datetime | None = None
        """When it, or of a block the last of what is inside, ended most lately."""
        self.is_open = False

    @property
    def can_open(self) -> bool:
        """Say whether there is something inside, made already or not."""
        return bool(self.children) or self.kind == TO_COME

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
        self.reach(node.started, node.ended)

    def reach(self, started: datetime | None, ended: datetime | None) -> None:
        """Note from when until when it, or something inside, was at work."""
        if started is not None and (self.started is None or started < self.started):
            self.started = started
        if ended is not None and (self.ended is None or ended > self.ended):
            self.ended = ended

    @property
    def is_critical(self) -> bool:
        """Say whether the blocks around it took, or take, as long as they do because of it."""
        node = self
        while node.parent is not None:
            above = node.parent
            if above.kind in SIDE_BY_SIDE and not node._holds_up(above):
                return False
            node = above
        return True

    def _holds_up(self, above: "Node") -> bool:
        """Say whether the block around it waits, or waited, for it; not if it was ended with the block."""
        if above.status.is_active:
            return self.status.is_active
        was_ended = self.status is StepStatus.CANCELLED is not above.status
        return not above.status.is_over or (self.ended == above.ended and not was_ended)

    def add_in_order(self, node: "Node") -> None:
        """Put ``node``, one of many, inside where its number says; what has none comes first or last."""
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


def _number(node: Node) -> float:
    last = node.path.rpartition("/")[2].rpartition("-")[2]
    return int(last) if last.isdigit() else math.inf if node.kind == TO_COME else -1


_CHILDLESS: list[Node] = []
"""Shared by all leaves, and never changed."""
