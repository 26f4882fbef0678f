"""Undoing changes of how a run is looked at; the run itself is left alone."""

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.binding import Binding
from typing_extensions import override

from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.run_detail import RunDetail
from flow_tui.app.widgets.output import Output
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.runtime.remembered import PANES, Memory

if TYPE_CHECKING:  # loaded with the first run
    from flow_tui.app.screens.looks import Look, Looks
    from flow_tui.view.rows import RowTable


class RunLooks(RunDetail):
    """Remembers looks, and goes back to them."""

    view_name = "tree"
    """How the steps are shown."""
    _looks: "Looks | None" = None
    _folds = (0, 0)
    _is_undoing = False
    _kept: tuple[RunId, frozenset[StepPath], frozenset[StepPath]] | None = None

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow what can be done now."""
        if action == "find":
            return bool(self.table)
        if action == "zoom":  # where there is only room for one pane anyway, nothing would change
            return self.has_class("-zoomed") or not self.has_class("-single")
        return bool(self._looks) if action == "undo" else super().check_action(action, parameters)

    @override
    def told(self, binding: Binding) -> Binding:
        """Return a key as the last line tells it: with one pane alone, what brings the others back."""
        is_back = binding.id == "run.zoom" and self.has_class("-zoomed")
        return replace(binding, description="All panes") if is_back else binding

    @abstractmethod
    async def show_view(self, view: str) -> None:
        """Show the steps in a way."""

    @abstractmethod
    def set_zoomed(self, *, is_zoomed: bool) -> None:
        """Show the focused pane alone, or all of them."""

    def note_look(self) -> None:
        """Remember how the run is looked at; cheap, since every frame does it."""
        table, state = self.table, self.state
        if table is None or state is None or self._is_undoing:
            return
        if self._looks is None:
            from flow_tui.app.screens.looks import Looks  # noqa: PLC0415 - only once there is a run

            self._looks = Looks()
        self._looks.note(self._look(table, self._looks.now))

    def _look(self, table: "RowTable", before: "Look | None") -> "Look":
        from flow_tui.app.screens.looks import Look  # noqa: PLC0415 - only once there is a run

        tree = self.query_one(StepTree)
        run_id = table.state.run_id
        same = before is not None and before.run_id == run_id and self._folds == table.folds
        self._folds = table.folds
        return Look(
            run_id=run_id,
            view=self.view_name,
            is_zoomed=self.has_class("-zoomed"),
            collapsed=before.collapsed if before is not None and same else table.collapsed,
            opened=before.opened if before is not None and same else table.opened,
            cursor=None if tree.is_following else tree.path,
            attempt=self.chosen,
            noise=table.noise,
            pattern=self.query_one(Output).log_view.sight.pattern,
        )

    def remembered(self, memory: Memory) -> Memory:
        """Return how the run is left, for whoever comes back to it."""
        pane = next((each for each in PANES if self.has_class(f"-at-{each}")), "")
        is_zoomed = self.has_class("-zoomed") and bool(pane)
        memory = replace(
            memory,
            view=self.view_name,
            bare=self.has_class("-bare"),
            zoomed=is_zoomed,
            pane=pane if is_zoomed else "steps",
        )
        look = self._looks.now if self._looks is not None else None
        if look is None or (kept := (look.run_id, look.collapsed, look.opened)) == self._kept:
            return memory
        self._kept = kept
        return replace(
            memory, folds_of=look.run_id, folded=tuple(look.collapsed), unfolded=tuple(look.opened)
        )

    def table_of(self, state: RunState, scene: Scene) -> "RowTable":
        """Return the rows of a run, folded as they were left."""
        from flow_tui.view.rows import RowTable  # noqa: PLC0415 - only once there is a run

        memory, known = scene.memory, scene.runs.states.get
        if memory.folds_of != state.run_id:
            return RowTable(state, known=known)
        folded, unfolded = (set(map(StepPath, each)) for each in (memory.folded, memory.unfolded))
        return RowTable(state, folded, unfolded, known=known)

    def action_noise(self) -> None:
        """Show less of the tree, or all of it again."""
        if self.table is not None:
            from flow_tui.view.noise import quieter  # noqa: PLC0415 - only when somebody asks

            self.table.show_only(quieter(self.table.noise))
            self.repaint()

    def action_find(self) -> None:
        """Type a few letters of a step, and go to it."""
        if self.table is None:
            return
        from flow_tui.app.screens.find_step import FindStep  # noqa: PLC0415 - only when somebody looks for one

        app_of(self).push_screen(FindStep(self.table), self._found)

    def _found(self, path: StepPath | None) -> None:
        if path is not None:
            self.query_one(StepTree).go_to(path)
            self.repaint()

    async def action_undo(self) -> None:
        """Look at the run as before the last change: of folds, filter, selection, view or zoom."""
        look = self._looks.back() if self._looks is not None else None
        table = self.table
        if self._looks is None or look is None or table is None:
            return
        self._is_undoing = True
        try:
            await self._go_back_to(look, table)
        finally:
            self._is_undoing = False
        self._looks.take(self._look(table, None))

    async def _go_back_to(self, look: "Look", table: "RowTable") -> None:
        if look.view != self.view_name:
            await self.show_view(look.view)
        if look.is_zoomed != self.has_class("-zoomed"):
            self.set_zoomed(is_zoomed=look.is_zoomed)
        table.fold_as(look.collapsed, look.opened)
        table.show_only(look.noise)
        tree, output = self.query_one(StepTree), self.query_one(Output)
        self.repaint()
        if look.cursor is None:
            tree.follow()
        elif look.cursor != tree.path:
            tree.go_to(look.cursor)
        if output.log_view.sight.pattern != look.pattern:
            output.sift(look.pattern)
        self.chosen = look.attempt
        self.repaint()
