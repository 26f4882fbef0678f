"""The tree behind the rows: what is where, how it stands, and what is open.

A status is recomputed for the step that changed and for the blocks around it, never for the whole tree:
blocks keep a tally of what is directly inside.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from flow_tui.model.ids import StepPath
from flow_tui.model.naming import Known, unknown
from flow_tui.model.plan import ITEM, LEAVES, LOOPS, WORK
from flow_tui.model.resuming import is_behind
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import StepStatus
from flow_tui.view import inside, outcome
from flow_tui.view.growth import Growth
from flow_tui.view.node import Node
from flow_tui.view.row import BUNDLES, FOLDED, PASS, TO_COME, Row
from flow_tui.view.standing import GOOD, is_harmless
from flow_tui.view.standing import status as status_of
from flow_tui.view.tidying import Tidying

_NEVER = datetime.max.replace(tzinfo=UTC)
_BAD = frozenset({StepStatus.FAILED, StepStatus.TIMED_OUT})


class Forest(Growth):
    """All nodes of a run, open or folded away."""

    def __init__(
        self,
        state: RunState,
        collapsed: Collection[StepPath],
        opened: Collection[StepPath],
        held: StepPath | None = None,
        known: Known = unknown,
        tidying: Tidying | None = None,
    ) -> None:
        super().__init__(state, opened, held)
        self.tidying = tidying or Tidying()
        self._known = known
        self.collapsed = set(collapsed)
        self.active: dict[StepPath, datetime] = {}
        self.failures: dict[StepPath, datetime] = {}
        self.broken: set[StepPath] = set()
        """Loops that failed themselves."""
        self.retried: set[StepPath] = set()
        self.marked: set[StepPath] = set()
        for plan in state.plan:
            self._roots.append(self._plant(plan, plan.path, None))
        for path, step in state.steps.items():
            if not is_behind(state, path):
                self._plant_items(self._ensure(path), step)
        for root in self._roots:
            self._survey(root)
        self.active = dict(sorted(self.active.items(), key=lambda item: item[1]))
        self.failures = dict(sorted(self.failures.items(), key=lambda item: item[1]))
        self._reshaped.clear()
        self.changed.clear()
        self.has_new_roots = False

    # Standing

    def touch(self, path: StepPath) -> None:
        """Take over what changed in the step at ``path``, and what follows from it around."""
        node = self._ensure(path)
        step = self.state.steps.get(path)
        if step is not None and node.kind in LOOPS and step.passes:
            self._grow(node, step.passes)
        if step is not None:
            for item in self._plant_items(node, step):
                self._settle(item)
        before = node.own
        self._settle(node)
        if node.children and before is not node.own and (before.is_over or node.own.is_over):
            self._survey(node)
        self.changed.add(path)
        above = node.parent
        while above is not None:
            self.changed.add(above.path)
            self._settle(above)
            above = above.parent

    def _survey(self, top: Node) -> None:
        """Settle everything inside ``top`` and itself."""
        for node in reversed(list(top.walk())):
            step = self.state.steps.get(node.path)
            node.own = step.status if step is not None else StepStatus.PENDING
            self._settle(node)

    def _settle(self, node: Node) -> None:
        """Recompute what ``node`` is, from its own events and what is directly inside."""
        step = self.state.steps.get(node.path)
        if step is not None:
            self._learn(node, step)
        status = status_of(node, self.state)
        weighs = StepStatus.COMPLETED if is_harmless(status, step) else status
        counts_as = step.counts_as if step is not None and step.status is status else status
        if self.state.is_left and status is StepStatus.CANCELLED and not node.own.is_over:
            weighs = counts_as = StepStatus.RUNNING  # it was interrupted, which is no outcome
        if node.parent is not None:
            self._weigh(node, node.parent, weighs)
        if status is not node.status or counts_as is not node.counts_as:
            if node.kind in LEAVES:
                self.leaves[node.counts_as] -= 1
                self.leaves[counts_as] += 1
            node.status, node.counts_as = status, counts_as
            self.changed.add(node.path)
        if step is not None:
            self._register(node, step)
        if node.children:
            self.tidying.settle(node)
            self._set_fold(node)
        if node.kind == ITEM:
            self._tuck(node)

    def _learn(self, node: Node, step: StepState) -> None:
        node.own = step.status
        if node.plan is None and node.kind != step.kind:
            self.leaves[node.counts_as] += (step.kind in LEAVES) - (node.kind in LEAVES)
            node.kind = step.kind
        is_all = node.kind in WORK and node.kind != "foreach"  # else what is inside says when it ended
        node.reach(step.started_at, step.ended_at if is_all else None)

    @staticmethod
    def _weigh(node: Node, parent: Node, weighs: StepStatus) -> None:
        if parent.tally is not None and weighs is not node.weighs:
            parent.tally[node.weighs] -= 1
            parent.tally[weighs] += 1
        node.weighs = weighs
        parent.reach(node.started, node.ended)

    def _register(self, node: Node, step: StepState) -> None:
        path, is_leaf = node.path, node.kind in WORK
        if is_leaf and node.status.is_active:
            self.active.setdefault(path, step.started_at or _NEVER)
        else:
            self.active.pop(path, None)
        is_broken = step.is_broken and node.kind in LOOPS
        (self.broken.add if is_broken else self.broken.discard)(path)
        if is_broken or (is_leaf and node.counts_as in _BAD):
            self.failures.setdefault(path, step.ended_at or step.started_at or _NEVER)
        else:
            self.failures.pop(path, None)
        if is_leaf and len(step.attempts) > 1:
            self.retried.add(path)
        else:
            self.retried.discard(path)

    # Folding

    def _set_fold(self, node: Node) -> None:
        is_open = self._is_open(node)
        if node.is_open and not is_open and self._is_held(node):
            self.opened.add(node.path)
            is_open = True
        if is_open is not node.is_open:
            node.is_open = is_open
            self._reshaped[node] = None

    def _is_open(self, node: Node) -> bool:
        if node.path in self.opened or node.path in self.collapsed or node.kind == TO_COME:
            return node.path in self.opened
        folds = GOOD if node.kind in {PASS, FOLDED} else (StepStatus.SKIPPED,)
        return node.path not in self.tidying.folded and node.status not in folds

    def _is_held(self, node: Node) -> bool:
        return (
            self.held is not None
            and node.path not in self.collapsed
            and self.held.startswith(f"{node.path}/")
        )

    def tidy(self, now: datetime) -> None:
        """Fold what has been done for a while."""
        for node in filter(None, map(self.nodes.get, self.tidying.take_due(now))):
            self._set_fold(node)
            self.changed.add(node.path)

    def set_open(self, path: StepPath, *, is_open: bool) -> None:
        """Fold or unfold ``path`` whatever happens inside."""
        node = self.nodes.get(path)
        if node is None or not node.can_open:
            return
        (self.opened if is_open else self.collapsed).add(path)
        (self.collapsed if is_open else self.opened).discard(path)
        if is_open and node.kind == TO_COME:
            self._show_inside(node)
        self._set_fold(node)
        self.changed.add(path)

    def set_free(self, path: StepPath) -> None:
        """Let ``path`` fold and unfold by itself again."""
        self.opened.discard(path)
        self.collapsed.discard(path)
        if path in self.nodes:
            self._set_fold(self.nodes[path])
            self.changed.add(path)

    def set_all(self, *, is_open: bool) -> None:
        """Fold or unfold every block; which of very many items to come one wants to see has to be said."""
        for path in tuple(self.nodes):
            if not (is_open and inside.page(path) is not None):
                self.set_open(path, is_open=is_open)

    def take_reshaped(self) -> tuple[Node, ...]:
        """Return the nodes whose inside is to be laid out again, once."""
        taken = tuple(self._reshaped)
        self._reshaped.clear()
        return taken

    # Showing

    def flat(self, top: Node | None = None) -> list[Node]:
        """Return everything that is not folded away, or what is inside ``top`` of it, in order."""
        if top is not None and not top.is_open:
            return []
        shown: list[Node] = []
        stack = list(reversed(self._roots if top is None else top.children))
        while stack:
            node = stack.pop()
            shown.append(node)
            if node.is_open:
                stack.extend(reversed(node.children))
        return shown

    def names(self) -> Iterator[tuple[StepPath, str]]:
        """Yield all nodes that stand for one thing, open or folded away, in order, with their names."""
        for root in self._roots:
            yield from ((node.path, self.label(node)) for node in root.walk() if node.kind not in BUNDLES)

    def around(self, path: StepPath) -> str:
        """Return what ``path`` is inside of, from the outside in: ``each / build``; nothing at the top."""
        node = self.nodes.get(path)
        names: list[str] = []
        while node is not None and (node := node.parent) is not None:
            if node.kind not in BUNDLES:
                names.append(self.label(node))
        return " / ".join(reversed(names))

    def label(self, node: Node) -> str:
        """Return what ``node`` is called."""
        step = self.state.steps.get(node.path)
        return inside.label(self.state, node, step, self._to_come.get(node.path, 0))

    def row(self, node: Node) -> Row:
        """Return ``node`` as a row."""
        state = self.state
        step = state.steps.get(node.path)
        ended = step.ended_at if step is not None else None
        if ended is None and node.children and node.status.is_over:
            ended = node.ended
        return Row(
            path=node.path,
            depth=node.depth,
            kind=node.kind,
            label=self.label(node),
            step=step,
            plan=node.plan,
            is_leaf=node.kind in WORK,
            has_children=node.can_open,
            expanded=node.is_open,
            is_marked=node.path in self.marked,
            status=node.status,
            guides=node.guides(),
            inside=node.inside(),
            started_at=node.started,
            ended_at=ended,
            stopped_at=state.stopped_at,
            is_open=outcome.is_open(state),
            pauses=state.pauses,
            part=inside.part(step, self._known),
            items=inside.items(node, step),
            item=inside.item(state, node),
            is_lost=state.is_left and not state.is_kept,
            has_breakpoint=node.kind in LEAVES and inside.has_breakpoint(state, node, self._known),
        )
