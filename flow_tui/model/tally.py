"""How much of a workflow is done, in steps of its definition: one number for every place that shows one.

Done is what has an outcome: completed, failed, skipped or cancelled. A step inside a loop counts once,
however often the loop turns, and is as its latest turn left it. So the total is known from the beginning
and never moves, and nothing that runs counts as done.
"""

from collections.abc import Set as AbstractSet

from flow_tui.model.ids import StepPath, without_passes
from flow_tui.model.plan import PlanNode, walk


class Tally:
    """Knows which steps of a plan nobody needs to care for any more."""

    __slots__ = ("_blocks", "_done", "_leaves", "_plan")

    def __init__(self, plan: tuple[PlanNode, ...] = (), done: AbstractSet[StepPath] = frozenset()) -> None:
        """Count the steps of ``plan``, of which those at ``done`` are."""
        self._plan = plan
        self._leaves = frozenset(node.path for node in walk(plan) if node.is_leaf)
        self._blocks: dict[StepPath, PlanNode] | None = None
        self._done = set(done)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and (self._leaves, self._done) == (other._leaves, other._done)

    __hash__ = None  # type: ignore[assignment]  # it changes

    @property
    def total(self) -> int:
        """Return how many steps there are."""
        return len(self._leaves)

    @property
    def done(self) -> int:
        """Return how many of them are done; never above the total."""
        return len(self._done)

    def copy(self) -> "Tally":
        """Return one that counts on by itself."""
        copy = Tally(done=self._done)
        copy._plan, copy._leaves, copy._blocks = self._plan, self._leaves, self._blocks
        return copy

    def settle(self, path: StepPath) -> None:
        """Count the step at ``path`` as done; what is no step of the plan is left out."""
        place = without_passes(path)
        if place in self._leaves:
            self._done.add(place)

    def settle_all(self, path: StepPath) -> None:
        """Count the step at ``path`` as done, or every step inside the block there."""
        place = without_passes(path)
        if place in self._leaves:
            self._done.add(place)
            return
        if self._blocks is None:
            self._blocks = {node.path: node for node in walk(self._plan) if not node.is_leaf}
        block = self._blocks.get(place)
        if block is not None:
            self._done.update(node.path for node in walk(block.children) if node.is_leaf)

    def reopen(self, path: StepPath) -> None:
        """Count the step at ``path`` as not done."""
        self._done.discard(without_passes(path))
