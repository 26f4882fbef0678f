"""How the places of a run come about: from its plan, from its turns and from the items it works on."""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection

from flow_tui import limits
from flow_tui.model import ids
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import ITEM, LEAVES, LOOPS, PlanNode
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import StepStatus
from flow_tui.view import inside
from flow_tui.view.node import Node
from flow_tui.view.row import FOLDED, PASS, TO_COME
from flow_tui.view.standing import GOOD

_TURN = re.compile(r"(.*)#(\d+)")


class Growth(ABC):
    """The nodes of a run; of very many items only those that have begun, and those somebody looks at."""

    def __init__(self, state: RunState, opened: Collection[StepPath], held: StepPath | None) -> None:
        self.state = state
        self.opened = set(opened)
        self.held = held
        self.nodes: dict[StepPath, Node] = {}
        self.leaves: Counter[StepStatus] = Counter()
        self.changed: set[StepPath] = set()
        self.has_new_roots = False
        """Something stands beside the plan that was not there at the last layout."""
        self._reshaped: dict[Node, None] = {}
        self._roots: list[Node] = []
        self._to_come: dict[StepPath, int] = {}
        """How many items each row that stands for those to come stands for."""

    @abstractmethod
    def _settle(self, node: Node) -> None:
        """Recompute what ``node`` is, from its own events and what is directly inside."""

    @abstractmethod
    def _survey(self, top: Node) -> None:
        """Settle everything inside ``top`` and itself."""

    # Growing

    def _new(self, path: StepPath, kind: str, plan: PlanNode | None, parent: Node | None) -> Node:
        node = self.nodes[path] = Node(path, kind, plan, parent)
        if kind in LEAVES:
            self.leaves[node.counts_as] += 1
        return node

    def _plant(self, plan: PlanNode, path: StepPath, parent: Node | None) -> Node:
        """Return ``plan`` and what is inside as nodes; a loop with the turns that have begun."""
        node = self._new(path, plan.kind, plan, parent)
        if plan.kind not in LOOPS:
            self._plant_inside(node, path)
            return node
        step = self.state.steps.get(path)
        if step is not None and step.passes:
            self._unroll(node, step.passes)
        else:  # before the first turn: what it will do
            self._plant_inside(node, ids.loop_pass(path, 1))
        return node

    def _plant_inside(self, node: Node, path: StepPath) -> None:
        for inner in node.plan.children if node.plan is not None else ():
            inner_path = ids.child(path, inner.path.rpartition("/")[2])
            if inner_path == inner.path:  # the same text twice would cost memory in large runs
                inner_path = inner.path
            node.add(self._plant(inner, inner_path, node))

    def _unroll(self, loop: Node, turns: int) -> list[Node]:
        """Give ``loop`` one node per turn that has begun, and return the new ones.

        The first takes over what stood there before it.
        """
        begun = [node for node in loop.children if node.kind == PASS]
        if len(begun) >= turns:
            return []
        prefix = f"{ids.loop_pass(loop.path, 1)}/"
        preview = [node for node in loop.children if node.path.startswith(prefix)]
        others = [node for node in loop.children if node.kind != PASS and not node.path.startswith(prefix)]
        new: list[Node] = []
        for number in range(len(begun) + 1, turns + 1):
            path = ids.loop_pass(loop.path, number)
            turn = self._new(path, PASS, loop.plan, loop)
            if preview:
                self._move(preview, turn)
            else:
                self._plant_inside(turn, path)
            preview = []
            new.append(turn)
        loop.children, loop.tally = [], Counter()
        for node in (*begun, *new, *others):
            loop.add(node)
        self._reshaped[loop] = None
        return new

    def _grow(self, loop: Node, turns: int) -> None:
        for turn in self._unroll(loop, turns):
            self._survey(turn)
        self._settle(loop)

    @staticmethod
    def _move(nodes: list[Node], turn: Node) -> None:
        for node in nodes:
            node.parent = turn
            turn.add(node)
            for inner in node.walk():
                inner.depth += 1

    def _ensure(self, path: StepPath) -> Node:
        """Return the node of ``path``; what the plan does not know stands after what it does."""
        known = self.nodes.get(path)
        if known is not None:
            return known
        head, slash, last = path.rpartition("/")
        turn = _TURN.fullmatch(last)
        if turn is not None:
            loop = self._ensure(StepPath(f"{head}{slash}{turn[1]}"))
            if loop.kind in LOOPS:
                self._grow(loop, int(turn[2]))
                return self.nodes[path]
        above = self._ensure(StepPath(head)) if slash else None
        known = self.nodes.get(path)  # planted with the turn around it
        if known is not None:
            return known
        step = self.state.steps.get(path)
        kind = ITEM if above is not None and above.kind == "foreach" else ""
        if step is not None:
            kind = step.kind
            if above is not None and step.status in GOOD and self._has_many(above):
                above = self._group(above)
        node = self._new(path, kind, None, above)
        if above is None:
            self._roots.append(node)
            self._reshaped[node] = None
            self.has_new_roots = True
            return node
        (above.add_in_order if kind == ITEM else above.add)(node)
        self._reshaped[above] = None
        fan_out = self._around(node) if kind == ITEM else None
        if fan_out is not None and self._has_many(fan_out):
            self._begin(fan_out, path)
        return node

    # Items

    def _plant_items(self, node: Node, step: StepState) -> list[Node]:
        """Show what a fan-out will work on; of much of it what has begun, and one row for the rest."""
        found = step.fan_out if node.kind == "foreach" else None
        if found is None:
            return []
        if inside.is_large(found):
            path = ids.child(node.path, TO_COME)
            if path not in self._to_come:
                begun = sum(each.kind == ITEM for each in node.walk())
                self._stand_for(node, path, len(found.items) - begun)
            return []
        paths = [ids.child(node.path, number) for number in range(len(found.items))]
        return [self._ensure(path) for path in paths if path not in self.nodes]

    def _has_many(self, node: Node) -> bool:
        return node.kind == "foreach" and inside.is_large(inside.fan_out(self.state, node.path))

    def _group(self, fan_out: Node) -> Node:
        """Return what holds the items that are done, in front of the others."""
        path = ids.child(fan_out.path, "done")
        known = self.nodes.get(path)
        if known is None:
            known = self._new(path, FOLDED, None, fan_out)
            fan_out.add_in_order(known)
            self._reshaped[fan_out] = None
        return known

    def _tuck(self, item: Node) -> None:
        """Put an item of many behind one row when it is done, and before it when it is to run again."""
        above = item.parent
        fan_out = self._around(item)
        if above is None or fan_out is None or not self._has_many(fan_out):
            return
        is_done = item.status in GOOD and self.held != item.path
        target = self._group(fan_out) if is_done else fan_out
        if above.kind == TO_COME and item.path not in self.state.steps:
            target = above
        if target is above:
            return
        above.remove(item)
        item.parent, item.depth = target, target.depth + 1
        target.add_in_order(item)
        if above.kind == TO_COME:
            self._begin(fan_out, item.path)
        for node in (fan_out, *(each for each in (above, target) if each.kind == FOLDED)):
            self._reshaped[node] = None
            self._settle(node)
            self.changed.add(node.path)

    @staticmethod
    def _around(item: Node) -> Node | None:
        """Return the fan-out of an item, whatever rows are in between."""
        above = item.parent
        while above is not None and above.kind in {FOLDED, TO_COME}:
            above = above.parent
        return above

    # Items to come

    def _stand_for(self, above: Node, path: StepPath, count: int) -> None:
        """Have a row stand for so many items that have not begun; there is none where all have."""
        self._to_come[path] = count
        if not count:
            return
        row = self._new(path, TO_COME, None, above)
        above.add_in_order(row)
        self._reshaped[above] = None
        if path in self.opened:
            self._show_inside(row)
        self._settle(row)

    def _show_inside(self, row: Node) -> None:
        """Make what a row stands for: items, or of very many rows that stand for some of them each."""
        fan_out = self._around(row)
        if row.children or fan_out is None:
            return
        numbers = self._numbers(row, fan_out)
        if len(numbers) <= limits.PAGE_ITEMS:
            for number in numbers:
                item = self._new(ids.child(fan_out.path, number), ITEM, None, row)
                row.add_in_order(item)
        else:
            pages = Counter(number // limits.PAGE_ITEMS for number in numbers)
            for page, count in pages.items():
                self._stand_for(row, _page_path(fan_out, page), count)
        self._reshaped[row] = None

    def _numbers(self, row: Node, fan_out: Node) -> list[int]:
        """Return which items a row stands for."""
        found = inside.fan_out(self.state, fan_out.path)
        numbers = range(len(found.items)) if found is not None else range(0)
        page = inside.page(row.path)
        if page is not None:
            numbers = numbers[page : page + limits.PAGE_ITEMS]
        return [number for number in numbers if ids.child(fan_out.path, number) not in self.nodes]

    def _begin(self, fan_out: Node, item: StepPath) -> None:
        """Note that an item has begun: rows stand for one less, and for none not at all."""
        number = int(item.rpartition("/")[2])
        page = _page_path(fan_out, number // limits.PAGE_ITEMS)
        for path in (page, ids.child(fan_out.path, TO_COME)):
            row = self.nodes.get(path)
            if row is None or row.parent is None:
                continue
            self._to_come[path] -= 1
            self.changed.add(path)
            if not self._to_come[path]:
                row.parent.remove(row)
                self._reshaped[row.parent] = None
                del self.nodes[path]


def _page_path(fan_out: Node, page: int) -> StepPath:
    return ids.child(fan_out.path, f"{TO_COME}-{page * limits.PAGE_ITEMS}")
