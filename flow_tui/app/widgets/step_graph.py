"""The run as a graph: boxes in the order in which they follow one another, with the cursor of the tree."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size, Spacing
from textual.strip import Strip
from typing_extensions import override

from flow_tui.app import step_keys
from flow_tui.app.widgets import tree_line
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.app.widgets.tree_style import StepPane
from flow_tui.model.ids import StepPath
from flow_tui.model.status import StepStatus
from flow_tui.view import format as fmt
from flow_tui.view.chart import FRAME, Box, Chart, chart, marked, parts
from flow_tui.view.glyphs import UNICODE, Glyphs
from flow_tui.view.piece import Cells, Piece
from flow_tui.view.row import Row
from flow_tui.view.rows import RowTable

_MOST = 2_000
"""So many rows are drawn; the tree has the others."""
_FEW = 300
"""With more rows than this they are laid out again once a second at most."""
_NOTHING = chart((), 1)


class StepGraph(StepPane, can_focus=True, inherit_bindings=False):
    """Shows the rows of a tree that is not in sight, and hands it the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [*step_keys.TREE]

    def __init__(self, tree: StepTree, *, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self._tree = tree
        self._glyphs = glyphs
        self._chart = _NOTHING
        self._drawn: tuple[RowTable, int, int] | None = None
        self._drawn_at: datetime | None = None
        self._now: datetime | None = None
        self._cursor: StepPath | None = None
        self._shown: object = None

    def show(self, now: datetime) -> None:
        """Show what the tree has now."""
        self._now = now
        table, width = self._tree.table, self.scrollable_content_region.width
        if table is None or not width:
            return
        drawn = (table, table.arrangement, width)
        is_due = len(table) <= _FEW or self._drawn_at != now
        is_other = self._drawn is None or self._drawn[0] is not table
        if drawn != self._drawn and (is_due or is_other):
            self._drawn, self._drawn_at = drawn, now
            self._chart = chart(parts(_rows(table)), width)
            self.virtual_size = Size(self._chart.width, self._chart.height)
            self._cursor = None
        if self._cursor != self._tree.path:
            self._cursor = self._tree.path
            self._keep_in_view()
        shown = (drawn, self._cursor, table.state.seq)
        if shown != self._shown or not table.state.is_stopped:
            self._shown = shown
            self.refresh()

    @property
    def chart(self) -> Chart:
        """Return where everything is."""
        return self._chart

    def _keep_in_view(self) -> None:
        box = self._chart.by_path.get(self._cursor) if self._cursor is not None else None
        if box is not None:
            region = Region(box.x, box.y, box.width, 1)
            self.scroll_to_region(region, spacing=Spacing(2, 0, 2, 0), animate=False, force=True)

    # Painting

    @override
    def render_line(self, y: int) -> Strip:
        """Return one visible line."""
        left, top = self.scroll_offset
        width = self.scrollable_content_region.width
        strip = Strip(list(self._line(top + y, left + width)), left + width)
        return strip.crop(left, left + width)

    def _line(self, y: int, width: int) -> Iterator[Segment]:
        """Yield a line from its very beginning, in exactly ``width`` cells."""
        ground = self.rich_style
        strokes = Cells(max(width, self._chart.width), "guide")
        for x, text in self._chart.strokes.get(y, ()):
            strokes.write(x, self._glyphs.translate(text), "guide")
        lines = "".join(piece.text for piece in strokes.pieces())
        done = 0
        for box in self._chart.by_line.get(y, ()):
            row = self._row(box.path)
            yield Segment(lines[done : box.x], ground + self.look("faint"))
            done = box.x + box.width
            behind = ground + self.look("cursor" if box.path == self._cursor else "box")
            for piece in inscription(row, box, self._now, self._glyphs):
                yield Segment(piece.text, behind + self.look(piece.role))
        yield Segment(lines[done:width].ljust(max(0, width - done)), ground + self.look("faint"))

    def _row(self, path: StepPath) -> Row | None:
        return self._tree.table.at(path) if self._tree.table is not None else None

    # Keys and mouse: the tree moves, and says so

    def action_cursor_down(self) -> None:
        self._tree.action_cursor_down()

    def action_cursor_up(self) -> None:
        self._tree.action_cursor_up()

    @override
    def action_page_down(self) -> None:
        self._tree.step(max(1, self.size.height // 2))

    @override
    def action_page_up(self) -> None:
        self._tree.step(-max(1, self.size.height // 2))

    def action_first(self) -> None:
        self._tree.action_first()

    @property
    def left_out(self) -> str:
        """Return how many rows are not drawn, and where they are; nothing as long as all are."""
        count = len(self._tree.table or ()) - _MOST
        return f"{fmt.number(count)} rows more in the tree (v)" if count > 0 else ""

    def action_last(self) -> None:
        self._tree.action_last()

    def action_toggle_row(self) -> None:
        """Fold the block or unfold it; marks are for the tree, which shows them."""
        row = self._tree.row
        if row is not None and row.has_children:
            self._tree.action_toggle_row()
            self._reshaped()

    def action_fold(self) -> None:
        self._tree.action_fold()
        self._reshaped()

    def action_unfold(self) -> None:
        self._tree.action_unfold()
        self._reshaped()

    def action_open(self) -> None:
        self._tree.action_open()

    def _reshaped(self) -> None:
        """Show at once what somebody folded or unfolded."""
        self._drawn_at = None
        if self._now is not None:
            self.show(self._now)

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        if place is None:
            return
        box = self._chart.at(place.x + self.scroll_offset.x, place.y + self.scroll_offset.y)
        if box is not None:
            self._tree.go_to(box.path)
            if event.chain == 2:
                self._tree.action_open()


def _rows(table: RowTable) -> Iterator[Row]:
    for index in range(min(len(table), _MOST)):
        yield table.row(index)


def inscription(row: Row | None, box: Box, now: datetime | None, glyphs: Glyphs) -> list[Piece]:
    """Return what stands in a box, in exactly as many cells as it has."""
    if row is None or now is None:
        return [Piece("name", " " * box.width)]
    status, begin, end = row.looks_like.value, "[", "]"
    if box.is_choice:
        begin, end = glyphs.translate("◇"), " "
    room = box.width - FRAME - marked(row)
    label = tree_line.safe(row.label)
    facts = _facts(row, now)
    spare = room - cell_len(label) - 1
    shown = f" {facts}" if facts and spare >= len(facts) else ""
    role = "active" if row.is_running and row.is_leaf else "faint" if row.started_at is None else "name"
    mark = Piece(status, f"{glyphs.step(row.looks_like)} ")
    if row.has_breakpoint and row.looks_like is StepStatus.PENDING:
        mark = next(tree_line.breakpoint_mark(row, glyphs))
    pieces = [
        Piece(status, begin),
        *(tree_line.ahead(row) if marked(row) else ()),
        mark,
        Piece(role, glyphs.translate(tree_line.fit(label, room - len(shown)))),
        Piece("faint", glyphs.translate(shown)),
        Piece(status, end),
    ]
    return tree_line.exactly(pieces, box.width)


def _facts(row: Row, now: datetime) -> str:
    """Return the one thing there is room for: how far it is, or for how long it has been at it."""
    if row.passes():
        return row.passes()
    if not row.is_leaf and row.inside.total and row.is_running:
        return fmt.share(row.inside.done, row.inside.total)
    return row.elapsed(now)
