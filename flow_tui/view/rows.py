"""A run as rows: built at once, or kept and patched while events arrive."""

from collections.abc import Collection, Iterator
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import StepPath
from flow_tui.model.naming import Known, unknown, whole
from flow_tui.model.plan import LOOPS
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, StepStatus
from flow_tui.view.counts import Counts
from flow_tui.view.node import Node
from flow_tui.view.nodes import Forest
from flow_tui.view.noise import SAID, Noise, sift
from flow_tui.view.row import PASS, Inside, Row
from flow_tui.view.splicing import splice

if TYPE_CHECKING:  # loaded once something has changed
    from flow_tui.view.plan_marks import PlanMarks

__all__ = ["Changes", "Counts", "Inside", "Row", "RowTable", "counts", "rows"]

_NONE: frozenset[StepPath] = frozenset()
_PATIENT = frozenset({StepStatus.WAITING, StepStatus.PAUSED})
_BAD = (StepStatus.FAILED, StepStatus.TIMED_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a refresh found."""

    paths: frozenset[StepPath] = _NONE
    """The rows that say something else now."""
    moved: bool = False
    """Rows came, went or moved."""

    def __bool__(self) -> bool:
        return self.moved or bool(self.paths)


@dataclass(slots=True)
class _Pending:
    touched: dict[StepPath, None] = field(default_factory=dict[StepPath, None])
    run: bool = False


class RowTable:
    """The rows of one run, kept up to date by patching what changed.

    Feed it the paths that :func:`~flow_tui.model.fold.apply` returns, then refresh once per frame. Rows are
    made when they are asked for, so that a frame costs what is visible, not what there is.
    """

    def __init__(
        self,
        state: RunState,
        collapsed: Collection[StepPath] = _NONE,
        opened: Collection[StepPath] = _NONE,
        *,
        known: Known = unknown,
    ) -> None:
        """Begin with ``state``; ``known`` are the runs that carry steps of it out."""
        self.state = state
        self._known = known
        self._forest = Forest(state, collapsed, opened, known=known)
        self._visible: list[Node] = self._forest.flat()
        self._shape = self._shape_of_run()
        self._pending = _Pending()
        self._unseen: set[StepPath] = set()
        self._moved = False
        self._noise: Noise = "all"
        self._ahead: PlanMarks | None = None
        self.arrangement = 0
        """Another number whenever rows came, went or moved."""

    def __len__(self) -> int:
        return len(self._visible)

    def touch(self, path: StepPath | None) -> None:
        """Note that a step changed, or with ``None`` the run as a whole."""
        if path is None:
            self._pending.run = True
        else:
            self._pending.touched[path] = None

    def refresh(self, now: datetime | None = None) -> Changes:
        """Bring the rows up to date; return what changed since the last time.

        As long as the run goes on, what has been done for a while ``now`` folds.
        """
        pending, self._pending = self._pending, _Pending()
        if pending.run and self._shape != self._shape_of_run():
            self._rebuild()
        elif pending.touched:
            for path in pending.touched:
                self._forest.touch(path)
            self._relayout()
        if now is not None and not self.state.is_stopped:
            self._forest.tidy(now)
            self._relayout()
        changes = Changes(paths=frozenset(self._unseen | self._forest.changed), moved=self._moved)
        self._forest.changed.clear()
        self._unseen.clear()
        self._moved = False
        return changes

    def row(self, index: int) -> Row:
        """Return the row at ``index``."""
        return self._row(self._visible[index])

    def path(self, index: int) -> StepPath:
        """Return the path of the row at ``index``."""
        return self._visible[index].path

    def rows(self) -> tuple[Row, ...]:
        """Return every row that is not folded away, in order."""
        return tuple(map(self._row, self._visible))

    def _row(self, node: Node) -> Row:
        row = self._forest.row(node)
        return row if self._ahead is None else self._ahead.marked(row, node)

    def _node(self, path: StepPath) -> Node | None:
        return self._forest.nodes.get(path) or (self._ahead.new(path) if self._ahead is not None else None)

    def show_ahead(self, ahead: "PlanMarks | None") -> None:
        """Mark what the next run would do differently, or nothing any more."""
        if ahead is not self._ahead:
            self._ahead = ahead
            self._forest.take_reshaped()
            self._lay_out()
            self._moved = True
            self.arrangement += 1

    def at(self, path: StepPath) -> Row | None:
        """Return the row of ``path``, folded away or not."""
        node = self._node(path)
        return None if node is None else self._row(node)

    def names(self) -> Iterator[tuple[StepPath, str]]:
        """Return every place that can be gone to with what it is called, folded away or not, in order."""
        return self._forest.names()

    def around(self, path: StepPath) -> str:
        """Return what ``path`` is inside of, from the outside in: ``each / build``; nothing at the top."""
        return self._forest.around(path)

    def index(self, path: StepPath) -> int | None:
        """Return where ``path`` is shown; of a row folded away or left out, where what is around it is."""
        node = self._node(path)
        shown = None if node is None else node.shown()
        if self._noise != "all":
            sifted = set(self._visible)
            while shown is not None and shown not in sifted:
                shown = shown.parent
        return None if shown is None else self._visible.index(shown)

    def is_expanded(self, path: StepPath) -> bool:
        """Say whether what is inside ``path`` is shown."""
        node = self._forest.nodes.get(path)
        return node is not None and node.is_open

    def is_critical(self, path: StepPath) -> bool:
        """Say whether the blocks around ``path`` took, or take, as long as they do because of it."""
        node = self._forest.nodes.get(path)
        return node is None or node.is_critical

    def fold(self, path: StepPath) -> None:
        """Fold what is inside ``path`` away, whatever happens inside."""
        self._set(path, is_open=False)

    def unfold(self, path: StepPath) -> None:
        """Show what is inside ``path``, whatever happens inside."""
        self._set(path, is_open=True)

    def reveal(self, path: StepPath) -> None:
        """Unfold everything around ``path``."""
        node = self._forest.nodes.get(path)
        above = node.parent if node is not None else None
        while above is not None:
            if not above.is_open:
                self.unfold(above.path)
            above = above.parent

    def in_turn(self, path: StepPath, by: int) -> StepPath | None:
        """Return where ``path`` is so many turns further on; of a loop itself, its last turn or its first."""
        node = self._forest.nodes.get(path)
        if node is not None and node.kind in LOOPS:
            turns = [each.path for each in node.children if each.kind == PASS]
            return (turns[-1] if by < 0 else turns[0]) if turns else None
        begin, _, rest = path.rpartition("#")
        number, slash, inside = rest.partition("/")
        if not number.isdigit():
            return None
        turn = StepPath(f"{begin}#{int(number) + by}")
        same = StepPath(f"{turn}{slash}{inside}")
        return next((each for each in (same, turn) if each in self._forest.nodes), None)

    def hold(self, path: StepPath | None) -> None:
        """Keep whatever is around ``path`` from being folded by itself: somebody is reading there."""
        left, self._forest.held = self._forest.held, path
        if left is not None and left != path and left in self._forest.nodes:
            self.touch(left)  # what was kept in sight may go where it belongs now

    @property
    def marked(self) -> frozenset[StepPath]:
        """Return the rows that somebody has marked."""
        return frozenset(self._forest.marked)

    def mark(self, *paths: StepPath) -> None:
        """Mark rows, or take the marks off those that have one."""
        self._forest.marked ^= set(paths)
        self._unseen.update(paths)

    @property
    def noise(self) -> Noise:
        """Return how much is shown."""
        return self._noise

    @property
    def hides(self) -> str:
        """Return what is said of steps that are not shown now."""
        return SAID[self._noise]

    def show_only(self, noise: Noise) -> None:
        """Show more, or less, from now on."""
        if noise != self._noise:
            self._noise = noise
            self._forest.take_reshaped()
            self._lay_out()

    def fold_all(self) -> None:
        """Fold every block."""
        self._forest.set_all(is_open=False)
        self._relayout()

    def unfold_all(self) -> None:
        """Unfold every block."""
        self._forest.set_all(is_open=True)
        self._relayout()

    def fold_as(self, collapsed: frozenset[StepPath], opened: frozenset[StepPath]) -> None:
        """Fold and unfold exactly these by hand, and let all others do it by themselves again."""
        for path in (self.collapsed | self.opened) - collapsed - opened:
            self._forest.set_free(path)
        for path in (collapsed - self.collapsed) | (opened - self.opened):
            self._forest.set_open(path, is_open=path in opened)
        self._relayout()

    @property
    def collapsed(self) -> frozenset[StepPath]:
        """Return what somebody folded."""
        return frozenset(self._forest.collapsed)

    @property
    def opened(self) -> frozenset[StepPath]:
        """Return what somebody unfolded."""
        return frozenset(self._forest.opened)

    @property
    def folds(self) -> tuple[int, int]:
        """Return how much somebody has folded and unfolded: another pair whenever one of them changes."""
        return len(self._forest.collapsed), len(self._forest.opened)

    @property
    def newest_running(self) -> StepPath | None:
        """Return the step that began last and still runs or waits."""
        return next(reversed(self._forest.active), None)

    @property
    def cut_off(self) -> StepPath | None:
        """Return the step that was in the middle of an attempt when everybody left, the newest."""
        if not self.state.is_left:
            return None
        return next((p for p, step in reversed(self.state.steps.items()) if step.current is not None), None)

    @property
    def first_failure(self) -> StepPath | None:
        """Return the step that failed first, other than those whose failure the workflow deals with."""
        steps = self.state.steps
        return next((p for p in self._forest.failures if steps[p].reason is not Reason.ON_FAIL), None)

    @property
    def active(self) -> tuple[StepPath, ...]:
        """Return the steps that run or wait, in the order in which they began."""
        return tuple(self._forest.active)

    @property
    def failures(self) -> tuple[StepPath, ...]:
        """Return the steps that failed or ran out of time, in the order in which they did."""
        return tuple(self._forest.failures)

    @property
    def counts(self) -> Counts:
        """Return how the steps stand, as of the last refresh."""
        tally = self._forest.leaves
        return Counts(
            total=self.state.steps_total,
            done=self.state.steps_done,
            failed=sum(tally[status] for status in _BAD) + len(self._forest.broken),
            cancelled=tally[StepStatus.CANCELLED],
            running=tally[StepStatus.RUNNING],
            waiting=tally[StepStatus.WAITING],
            paused=tally[StepStatus.PAUSED],
            skipped=tally[StepStatus.SKIPPED],
            retried=len(self._forest.retried),
            all_wait=self._all_wait(),
            next_try=self._next_try(),
        )

    def _all_wait(self) -> bool:
        found = (self.at(path) for path in self._forest.active)
        looks = [row.looks_like for row in found if row is not None and not row.has_children]
        return bool(looks) and all(each in _PATIENT for each in looks)

    def _next_try(self) -> datetime | None:
        found = (self.at(path) for path in self._forest.active)
        at = [row.next_try for row in found if row is not None and not row.has_children]
        return min(filter(None, at)) if at and all(at) else None

    def _set(self, path: StepPath, *, is_open: bool) -> None:
        self._forest.set_open(path, is_open=is_open)
        self._relayout()

    def _shape_of_run(self) -> tuple[object, ...]:
        state = self.state
        outcome = state.status if state.is_stopped else None
        points = whole(state, self._known).breakpoints
        again = (state.generation, state.resumed_at, state.repeated)
        return (state.plan, again, points, state.left_at, outcome)

    def _rebuild(self) -> None:
        before = set(self._forest.nodes)
        self._shape = self._shape_of_run()
        before_it = self._forest
        self._forest = Forest(
            self.state,
            before_it.collapsed,
            before_it.opened,
            before_it.held,
            known=self._known,
            tidying=before_it.tidying,
        )
        self._forest.marked = before_it.marked
        self._unseen |= before | set(self._forest.nodes)
        self._lay_out()

    def _relayout(self) -> None:
        """Lay out again what was folded, unfolded or grew."""
        reshaped = self._forest.take_reshaped()
        if self._noise != "all" and self._forest.changed:
            self._lay_out()
            return
        if not reshaped:
            return
        is_sifted = self._noise != "all" or (self._ahead is not None and self._ahead.has_new)
        forest = self._forest
        shown = (node for node in reshaped if node.shown() is node and forest.nodes.get(node.path) is node)
        if is_sifted or forest.has_new_roots or not splice(self._visible, shown, forest.flat):
            self._lay_out()
            return
        self._moved = True
        self.arrangement += 1

    def _lay_out(self) -> None:
        """Lay out everything anew."""
        forest = self._forest
        forest.has_new_roots = False
        found = sift(forest.flat(), self._noise, (*forest.active, *forest.failures), forest.nodes)
        before = self._visible
        self._visible = found if self._ahead is None else self._ahead.laid_over(found)
        if self._noise == "all" or before != self._visible:
            self._moved = True
            self.arrangement += 1


def rows(
    state: RunState,
    collapsed: Collection[StepPath] = _NONE,
    opened: Collection[StepPath] = _NONE,
) -> tuple[Row, ...]:
    """Return the rows of a run in the order in which people read them.

    Finished turns of loops and what a condition skipped are folded unless they are in ``opened``; everything
    else is open unless it is in ``collapsed``.
    """
    return RowTable(state, collapsed, opened).rows()


def counts(state: RunState) -> Counts:
    """Return how the steps of a run stand."""
    return RowTable(state).counts
