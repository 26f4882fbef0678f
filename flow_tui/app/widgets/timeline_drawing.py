"""The rows of a run over time."""

from datetime import datetime

from typing_extensions import override

from flow_tui.app.widgets import tree_line
from flow_tui.app.widgets.tree_drawing import Drawing
from flow_tui.model.ids import StepPath
from flow_tui.view import time_axis, timeline
from flow_tui.view.glyphs import UNICODE, Glyphs
from flow_tui.view.piece import Piece
from flow_tui.view.row import Row
from flow_tui.view.rows import RowTable
from flow_tui.view.time_axis import Axis

_NAMES = 30
"""Names take at most this many cells beside bars."""
_FEWEST = 8
_DEEPEST = 16
"""So often the time is halved at most."""


class Timeline(Drawing):
    """Over time: names in a column, and a bar for each."""

    def __init__(self) -> None:
        self._table: RowTable | None = None
        self._now: datetime | None = None
        self._width = 0
        self._axis: Axis | None = None
        self._zoom = 0
        self._aim: StepPath | None = None

    def zoom(self, by: int) -> None:
        """Show half of the time, around what is aimed at, or twice as much."""
        self._zoom = max(0, min(self._zoom + by, _DEEPEST))

    @property
    def times(self) -> str:
        """Return how much nearer than the whole it is: ``×4``; nothing where the whole is shown."""
        return f"×{2**self._zoom:,}" if self._zoom else ""

    def aim(self, path: StepPath | None) -> bool:
        """Aim at a step; say whether every line is another now."""
        is_other, self._aim = path != self._aim, path
        return is_other and self._zoom > 0

    @override
    def take(self, table: RowTable, now: datetime, width: int) -> bool:
        """Take it over; while the run goes on, what takes longest, and so stands out, may become another."""
        before = self._axis
        self._table, self._now, self._width = table, now, width
        cells = width - names(width) - 1
        axis = time_axis.axis(table.state, table.active, now, cells)
        row = table.at(self._aim) if self._zoom and self._aim is not None else None
        if row is not None:
            begin = row.started_at or axis.until
            end = row.ended_at if row.ended_at is not None and row.status.is_over else axis.until
            axis = time_axis.zoomed(axis, self._zoom, (axis.length(begin) + axis.length(end)) / 2)
        self._axis = axis
        return axis.is_live or axis != before

    @override
    def line(self, row: Row, now: datetime, width: int, glyphs: Glyphs) -> list[Piece]:
        table, axis = self._table, self._measured(now, width)
        if table is None or axis is None:
            return [Piece("name", " " * width)]
        is_critical = table.is_critical(row.path)
        bar = timeline.bar(row, axis, glyphs, is_critical=is_critical)
        said = name(row, names(width), glyphs, is_critical=is_critical)
        return tree_line.exactly([*said, Piece("name", " "), *bar], width)

    def ruler(self, now: datetime, width: int, glyphs: Glyphs = UNICODE) -> list[Piece]:
        """Return what stands over the bars, in ``width`` cells."""
        axis = self._measured(now, width)
        said = time_axis.ruler(axis, glyphs) if axis is not None else []
        return tree_line.exactly([Piece("tick", " " * (names(width) + 1)), *said], width)

    def _measured(self, now: datetime, width: int) -> Axis | None:
        """Return the axis for lines of ``width`` cells."""
        if self._table is not None and width != self._width:
            self.take(self._table, now, width)
        return self._axis


def names(width: int) -> int:
    """Return how many cells names take in lines of ``width``."""
    return min(_NAMES, max(min(_FEWEST, width // 2), width * 3 // 10))


def name(row: Row, width: int, glyphs: Glyphs, *, is_critical: bool) -> list[Piece]:
    """Return what a row is called and how it stands, in exactly ``width`` cells."""
    marks = list(tree_line.ahead(row))
    taken = 2 * (len(marks) + row.has_breakpoint)
    guides = row.lines(glyphs)[: max(0, width - taken - 3) // 2]
    lead = [
        *marks,
        Piece("guide", guides),
        Piece("fold", row.fold(glyphs)),
        Piece(row.looks_like.value, f"{glyphs.step(row.looks_like)} "),
        *tree_line.breakpoint_mark(row, glyphs),
    ]
    label = glyphs.translate(tree_line.safe(row.label))
    role = "critical" if is_critical and row.started_at is not None else "faint"
    return tree_line.exactly(
        [*lead, Piece(role, tree_line.cut(label, width - taken - len(guides) - 3))], width
    )
