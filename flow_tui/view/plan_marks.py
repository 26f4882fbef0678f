"""What the next run would do differently, laid over the rows of a run: new, gone, changed, or the same."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from typing_extensions import override

from flow_tui.model.ids import StepPath, without_passes
from flow_tui.model.plan import PlanNode, walk
from flow_tui.view import changes as view
from flow_tui.view.ahead import Ahead
from flow_tui.view.node import Node
from flow_tui.view.row import PASS, Row

if TYPE_CHECKING:  # what a definition is made of is not loaded with the screen
    from flow_tui.dsl.diff import Changes, StepChange

_WORDS = {"+": "added", "-": "removed", "~": "changed"}


class _New(Node):
    """A step that the run has not, and the next one has; its path is that of no step of the run."""

    __slots__ = ("is_last",)

    def __init__(self, plan: PlanNode, parent: Node | None) -> None:
        super().__init__(StepPath(f"+{plan.path}"), plan.kind, plan, parent)
        self.is_last = False

    @override
    def guides(self) -> tuple[bool, ...]:
        return (*self.parent.guides(), not self.is_last) if self.parent is not None else ()


class PlanMarks:
    """The marks of all rows, and the rows that are to be added to them."""

    def __init__(
        self,
        changes: "Changes",
        plan: tuple[PlanNode, ...],
        runs: Mapping[StepPath, str] | None = None,
    ) -> None:
        """Tell of ``changes`` towards ``plan``; ``runs`` says, of its steps, why they are not taken over."""
        self._plan = {node.path: node for node in walk(plan)}
        self._runs = runs or {}
        self._marks: dict[StepPath, Ahead] = {}
        self._first: dict[StepPath | None, list[StepChange]] = {}
        """What is new in front of everything in a block, by the block's path in the run."""
        self._after: dict[StepPath, list[StepChange]] = {}
        """What is new behind a step, by its path in the run."""
        self._see(changes.body, None)
        self._see(changes.always, StepPath("always"))
        self._rows: dict[StepPath, _New] = {}
        self._before = self._rows
        self._goes_on: set[Node] = set()
        """The last ones of their blocks behind which something new stands."""

    @property
    def has_any(self) -> bool:
        """Say whether something is not as it was."""
        return self.has_new or any(ahead.mark in _WORDS for ahead in self._marks.values())

    @property
    def has_new(self) -> bool:
        """Say whether rows are to be added."""
        return bool(self._first or self._after)

    def _see(self, steps: "Sequence[StepChange]", around: StepPath | None) -> Counter[str]:
        """Take in what stands in a block; return how much of it is marked."""
        found = Counter[str]()
        last: StepPath | None = None
        for step in steps:
            if step.mark == "+":
                place = (
                    self._first.setdefault(around, []) if last is None else self._after.setdefault(last, [])
                )
                place.append(step)
                found["+"] += 1
                continue
            path = StepPath(step.before)
            inside = self._see(step.children, path)
            ahead = self._marks[path] = self._ahead(step, inside)
            found += inside
            if ahead.mark in _WORDS:
                found[ahead.mark] += 1
            if not step.is_moved:
                last = path
        return found

    def _ahead(self, step: "StepChange", inside: Counter[str]) -> Ahead:
        facts = "; ".join(view.facts(step))
        why = self._runs.get(StepPath(step.path), "") if step.mark != "-" else ""
        if step.mark == "=" and inside:
            return Ahead(mark="", said=f"{_told(inside)} inside")
        if step.mark == "=" and why:
            is_other = why.startswith("the file ")  # else it is as it was, whyever it runs
            return Ahead(mark="~" if is_other else "=", said="runs again" if why.startswith("it ") else why)
        return Ahead(mark=step.mark, said=facts)

    # Rows

    def laid_over(self, visible: list[Node]) -> list[Node]:
        """Return the rows with those that are new between them."""
        self._before, self._rows, self._goes_on = self._rows, {}, set()
        if not self.has_new:
            return visible
        last_of = {without_passes(node.path): node for node in visible if node.kind != PASS}
        first_in = {without_passes(node.path): node for node in visible if node.is_open}
        found: list[Node] = list(self._planted(self._first.get(None, ()), None))
        waiting: list[tuple[int, list[StepChange], Node | None, Node]] = []
        for node in visible:
            while waiting and node.depth <= waiting[-1][0]:
                found.extend(self._behind(*waiting.pop()[1:]))
            found.append(node)
            path = without_passes(node.path)
            if last_of.get(path) is node and path in self._after:
                waiting.append((node.depth, self._after[path], node.parent, node))
            if first_in.get(path) is node and path in self._first:
                found.extend(self._planted(self._first[path], node))
        while waiting:
            found.extend(self._behind(*waiting.pop()[1:]))
        return found

    def _behind(self, steps: "Sequence[StepChange]", around: Node | None, node: Node) -> list[Node]:
        """Return the new rows behind ``node``, as far as they are to be seen."""
        planted = list(self._planted(steps, around))
        if around is not None and around.children and around.children[-1] is node:
            self._goes_on.add(node)
            siblings = [each for each in planted if each.parent is around]
            if siblings:
                siblings[-1].is_last = True
        return list(planted)

    def _planted(self, steps: "Sequence[StepChange]", around: Node | None) -> "Iterator[_New]":
        for number, step in enumerate(steps):
            plan = self._plan.get(StepPath(step.path))
            if plan is None:
                continue
            path = StepPath(f"+{plan.path}")
            before = self._before.get(path)
            node = before if before is not None and before.parent is around else _New(plan, around)
            self._rows[path] = node
            is_inner = isinstance(around, _New)
            node.is_last = is_inner and number == len(steps) - 1
            yield node
            yield from self._planted([each for each in step.children if each.mark == "+"], node)

    def new(self, path: StepPath) -> Node | None:
        """Return the row of something new."""
        return self._rows.get(path)

    def marked(self, row: Row, node: Node) -> Row:
        """Return a row with its mark."""
        if node.path in self._rows:
            return replace(row, ahead=Ahead(mark="+", said="added"))
        ahead = self._marks.get(without_passes(node.path)) if node.kind != PASS else None
        guides = row.guides
        if self._goes_on:
            guides = tuple(self._guides(node, guides))
        return replace(row, ahead=ahead or Ahead(), guides=guides)

    def _guides(self, node: Node, guides: tuple[bool, ...]) -> Iterator[bool]:
        around: list[Node] = []
        at = node
        while at.parent is not None:
            around.append(at)
            at = at.parent
        for each, more in zip(reversed(around), guides, strict=True):
            yield more or each in self._goes_on


def _told(inside: Counter[str]) -> str:
    return ", ".join(f"{inside[mark]} {word}" for mark, word in _WORDS.items() if inside[mark])
