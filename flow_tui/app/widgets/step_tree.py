"""The live tree of a run: only what is visible is ever made, and only what changed is painted again."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from typing_extensions import override

from flow_tui.app import step_keys
from flow_tui.app.widgets.kept_lines import KeptLines
from flow_tui.app.widgets.tree_drawing import OUTLINE, Drawing
from flow_tui.app.widgets.tree_strips import TreeStrips
from flow_tui.app.widgets.tree_style import StepPane
from flow_tui.model.ids import StepPath
from flow_tui.view.glyphs import UNICODE, Glyphs

if TYPE_CHECKING:  # loaded with the first run
    from flow_tui.view.rows import Row, RowTable

_CONTEXT = 1
"""How many rows stay visible above and below the cursor."""


class StepTree(StepPane, KeptLines, can_focus=True, inherit_bindings=False):
    """Shows the rows of a table; says which one is under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [*step_keys.TREE]

    class Highlighted(Message):
        """The cursor came to rest on another step."""

        def __init__(self, path: StepPath) -> None:
            super().__init__()
            self.path = path

    class Opened(Message):
        """Somebody wants to see more of a step."""

        def __init__(self, path: StepPath) -> None:
            super().__init__()
            self.path = path

    def __init__(self, *, name: str | None = None, glyphs: Glyphs = UNICODE) -> None:
        self._strips = TreeStrips(self.look, self.finished)
        self._glyphs = glyphs
        super().__init__(name=name)
        self._table: RowTable | None = None
        self._now: datetime | None = None
        self._cursor: StepPath | None = None
        self._index = 0
        self._steered = False
        """Somebody moved the cursor: it stays theirs until they ask for following."""
        self._known_failure: StepPath | None = None
        self._drawing: Drawing = OUTLINE

    # What the screen calls

    def set_table(self, table: "RowTable") -> None:
        """Show another run, from its beginning, following it."""
        self._table = table
        self._cursor, self._index, self._now = None, 0, None
        self._steered, self._known_failure = False, None
        self._strips.clear()
        self._resized()
        self.scroll_to(y=0, animate=False, force=True)
        self.refresh()

    def show(self, now: datetime) -> None:
        """Take over what changed in the table and what the clock says, and go where the run is."""
        self.keep_up(now)
        self._steer()

    def keep_up(self, now: datetime) -> None:
        """Take over what changed and what the clock says; paint only lines that differ, and go nowhere."""
        table = self._table
        if table is None:
            return
        second = now.replace(microsecond=0)
        ticked, self._now = second != self._now, second
        anchor = self._anchor() if len(table) else None
        changes = table.refresh(self._now)
        self._strips.forget(changes.paths)
        differs = self._drawing.take(table, self._now, self.line_width) if ticked or changes else False
        if changes.moved or differs:
            self._resized()
            self._hold_still(anchor)
            rows = (table.row(index) for index, _ in self._visible())
            self._strips.keep(() if differs else rows)  # lines beside what came or went may change too
            self.refresh()
        else:
            self._refresh_lines(changes.paths)
        if ticked:
            self._strips.tick()
            self._move_clocks()
        if self._cursor is None and len(table):
            self._place(0)

    def _move_clocks(self) -> None:
        """Paint what another second has changed, a few lines at a time."""
        late, are_more = self._strips.take_late(path for _, path in self._visible())
        self._refresh_lines(late)
        if are_more:
            self.call_after_refresh(self._move_clocks)

    def _refresh_lines(self, paths: Collection[StepPath]) -> None:
        for y, path in self._visible() if paths else ():
            if path in paths:
                self.refresh_line(y)

    def follow(self) -> None:
        """Go to what began last, and with it from now on."""
        self._steered = False
        if self._table is not None:
            self._table.hold(None)
            self._known_failure = self._table.first_failure
        self._steer()

    def stay(self) -> None:
        """Leave the cursor where it is, whatever happens."""
        self._steered = True
        if self._table is not None:
            self._table.hold(self._cursor)

    def go_to(self, path: StepPath) -> None:
        """Put the cursor on ``path``, unfolding what is around it, because somebody wants to see it."""
        if self._table is None:
            return
        self._table.reveal(path)
        self._reshaped()
        index = self._table.index(path)
        if index is not None:
            self._move(index)

    def draw_as(self, drawing: Drawing) -> None:
        """Show the rows in another way; the cursor stays where it is."""
        self._drawing = drawing
        self._strips.clear()
        if self._table is not None and self._now is not None:
            drawing.take(self._table, self._now, self.line_width)
        self.refresh()
        self.call_after_refresh(self._keep_in_view)

    @property
    def table(self) -> "RowTable | None":
        """Return what is shown."""
        return self._table

    @property
    def path(self) -> StepPath | None:
        """Return the path under the cursor."""
        return self._cursor

    @property
    def row(self) -> "Row | None":
        """Return the row under the cursor."""
        return None if self._table is None or self._cursor is None else self._table.at(self._cursor)

    @property
    def is_following(self) -> bool:
        """Say whether the cursor goes with the run by itself."""
        return not self._steered

    # Painting

    @override
    def kept_line(self, index: int, width: int) -> Strip:
        if self._table is None or self._now is None or index >= len(self._table):
            return self.finished([Segment(" " * width, self.base)], width)
        path = self._table.path(index)
        strip = self._strips.get(path, width)
        if strip is None:
            row, is_cursor = self._table.row(index), path == self._cursor
            pieces = self._drawing.line(row, self._now, width, self._glyphs)
            strip = self._strips.paint(row, pieces, width, self.base, is_cursor=is_cursor)
        return strip

    @override
    def forget_lines(self) -> None:
        self._strips.clear()

    def _visible(self) -> Iterator[tuple[int, StepPath]]:
        """Yield the lines on screen that hold a row, with its path."""
        if self._table is None:
            return
        top = self.scroll_offset.y
        for index in range(top, min(top + self.size.height, len(self._table))):
            yield index, self._table.path(index)

    def _repaint(self, path: StepPath | None) -> None:
        if path is not None:
            self._strips.forget((path,))
            self._refresh_lines((path,))

    def _resized(self) -> None:
        self.virtual_size = Size(0, len(self._table) if self._table is not None else 0)

    # Standing still while rows come and go

    def _anchor(self) -> StepPath | None:
        """Return the row that is to keep its place on screen."""
        if self._table is None:
            return None
        top = self.scroll_offset.y
        if self._cursor is not None and top <= self._index < top + self.size.height:
            return self._cursor
        return self._table.path(top) if top < len(self._table) else None

    def _hold_still(self, anchor: StepPath | None) -> None:
        """Scroll by as many lines as came or went above ``anchor``; find the cursor again."""
        table = self._table
        if table is None:
            return
        before = self._index if anchor == self._cursor else self.scroll_offset.y
        after = table.index(anchor) if anchor is not None else None
        if after is not None and after != before and before >= self.scroll_offset.y:
            screen_line = before - self.scroll_offset.y
            if after - screen_line > 0 or self.scroll_offset.y:
                self.scroll_to(y=max(0, after - screen_line), animate=False, force=True)
        if self._cursor is not None:
            index = table.index(self._cursor)
            self._index = min(self._index, max(0, len(table) - 1)) if index is None else index
            if len(table) and table.path(self._index) != self._cursor:
                self._place(self._index)

    def _steer(self) -> None:
        """Where nobody steers, go to the first failure, else to what began last."""
        table = self._table
        if table is None or self._steered:
            return
        failure = table.first_failure
        target = table.newest_running or table.cut_off
        if failure is not None and failure != self._known_failure:
            target = failure
        if target is None or target == self._cursor:
            return
        index = table.index(target)
        if index is not None and index != self._index:
            self._place(index)
            self._keep_in_view()

    # Moving

    def _place(self, index: int) -> None:
        """Put the cursor on the row at ``index`` and say so."""
        if self._table is None or not len(self._table):
            return
        before = self._cursor
        self._index = max(0, min(index, len(self._table) - 1))
        self._cursor = self._table.path(self._index)
        if before == self._cursor:
            return
        self._repaint(before)
        self._repaint(self._cursor)
        self.post_message(self.Highlighted(self._cursor))

    def _move(self, index: int) -> None:
        """Put the cursor somewhere because a person said so."""
        self._steered = True
        self._place(index)
        if self._table is not None:
            self._table.hold(self._cursor)
        self._keep_in_view()

    def _keep_in_view(self) -> None:
        top, height = self.scroll_offset.y, self.size.height
        if height <= 0:
            return
        margin = min(_CONTEXT, (height - 1) // 2)
        if self._index < top + margin:
            self.scroll_to(y=max(0, self._index - margin), animate=False, force=True)
        elif self._index > top + height - 1 - margin:
            self.scroll_to(y=self._index - height + 1 + margin, animate=False, force=True)

    def _reshaped(self) -> None:
        """Show what somebody folded or unfolded."""
        if self._now is not None:
            self.show(self._now)

    # Keys and mouse

    def action_cursor_down(self) -> None:
        self.step(1)

    def action_cursor_up(self) -> None:
        self.step(-1)

    def step(self, by: int) -> None:
        """Put the cursor so many rows further down."""
        self._move(self._index + by)

    @override
    def action_page_down(self) -> None:
        self.step(max(1, self.size.height - 1))

    @override
    def action_page_up(self) -> None:
        self.step(-max(1, self.size.height - 1))

    def action_first(self) -> None:
        self._move(0)

    def action_last(self) -> None:
        self._move(len(self._table) - 1 if self._table is not None else 0)

    def action_toggle_row(self) -> None:
        """Fold the block or unfold it; mark a step, or not any more, and go on to the next row."""
        row = self.row
        if row is None or self._table is None:
            return
        if row.has_children:
            self._set_open(row, is_open=not row.expanded)
        elif row.is_leaf:
            self._table.mark(row.path)
            self._reshaped()
            self.step(1)

    def action_fold(self) -> None:
        row = self.row
        if row is None or self._table is None:
            return
        if row.has_children and row.expanded:
            self._set_open(row, is_open=False)
            return
        index = next((i for i in range(self._index, -1, -1) if self._table.row(i).depth < row.depth), None)
        if index is not None:
            self._move(index)

    def action_unfold(self) -> None:
        row = self.row
        if row is None or not row.has_children:
            return
        if row.expanded:
            self._move(self._index + 1)
        else:
            self._set_open(row, is_open=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow what can be done now; over time, the key that folds all shows more time instead."""
        if action == "fold_all":
            return self._drawing is OUTLINE or parameters == (True,)
        if action == "turn":
            return (self._cursor is not None and "#" in self._cursor) or self._is_at_loop
        return True

    @property
    def _is_at_loop(self) -> bool:
        row = self.row
        return row is not None and bool(row.passes())

    def action_fold_all(self, is_open: bool) -> None:
        """Fold every block, or unfold it; what runs or has failed is found again by following it."""
        if self._table is not None:
            (self._table.unfold_all if is_open else self._table.fold_all)()
            self._reshaped()
            self._keep_in_view()

    def action_turn(self, by: int) -> None:
        """Go to the same step in another turn of the loop around it."""
        table = self._table
        if table is None or self._cursor is None:
            return
        path = table.in_turn(self._cursor, by)
        if path is not None:
            self.go_to(path)

    def action_open(self) -> None:
        if self._cursor is not None:
            self.post_message(self.Opened(self._cursor))

    def _set_open(self, row: "Row", *, is_open: bool) -> None:
        if self._table is None:
            return
        (self._table.unfold if is_open else self._table.fold)(row.path)
        self._reshaped()

    def on_mouse_scroll_up(self) -> None:
        """Who scrolls wants to read where they are."""
        self._steered = True

    on_mouse_scroll_down = on_mouse_scroll_up

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        if place is None or self._table is None:
            return
        index = self.scroll_offset.y + place.y
        if index >= len(self._table):
            return
        row = self._table.row(index)
        self._move(index)
        if row.has_children and place.x == row.fold_at:
            self._set_open(row, is_open=not row.expanded)
        elif event.chain == 2:
            self.post_message(self.Opened(row.path))
