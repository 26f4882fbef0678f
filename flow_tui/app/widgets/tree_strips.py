"""The painted lines of the step tree: kept until what they say changes."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from flow_tui.model.ids import StepPath
from flow_tui.view.piece import Piece

if TYPE_CHECKING:  # loaded with the first run
    from flow_tui.view.row import Row

_MOST = 1_000
"""How many lines are kept."""
_AT_ONCE = 8
"""Of the lines whose clocks have moved, so many are painted before keys have their turn again."""


class TreeStrips:
    """Paints rows, each once until it is forgotten."""

    def __init__(
        self, style_of: Callable[[str], Style], finished: Callable[[list[Segment], int], Strip]
    ) -> None:
        self._style_of = style_of
        self._finished = finished
        self._strips: dict[StepPath, Strip] = {}
        self._rows: dict[StepPath, Row] = {}
        """What they were painted of."""
        self.ticking: set[StepPath] = set()
        """The rows that say something else with every second."""
        self._late: set[StepPath] = set()
        """Those of them whose lines are those of a second that is over."""

    def get(self, path: StepPath, width: int) -> Strip | None:
        """Return a line that is still good."""
        strip = self._strips.get(path)
        return strip if strip is not None and strip.cell_length == width else None

    def paint(self, row: "Row", pieces: list[Piece], width: int, ground: Style, *, is_cursor: bool) -> Strip:
        """Return the line of ``row``, ``pieces`` on ``width`` cells, and keep it."""
        if len(self._strips) >= _MOST:
            self.clear()
        if row.is_running and row.stopped_at is None:
            self.ticking.add(row.path)
        else:
            self.ticking.discard(row.path)
        if is_cursor:
            ground += self._style_of("cursor")
        look = self._style_of
        self._rows[row.path] = row
        segments = [Segment(each.text, ground + look(each.role)) for each in pieces]
        strip = self._strips[row.path] = self._finished(segments, width)
        return strip

    def tick(self) -> None:
        """Know that another second has begun."""
        self._late |= self.ticking

    def take_late(self, paths: Iterable[StepPath]) -> tuple[list[StepPath], bool]:
        """Return some of the lines on screen to be painted for this second, and whether there are more.

        All others can wait until somebody goes there.
        """
        found = [path for path in paths if path in self._late]
        now, later = found[:_AT_ONCE], found[_AT_ONCE:]
        self.forget(self._late.difference(later))
        self._late = set(later)
        return now, bool(later)

    def keep(self, rows: Iterable["Row"]) -> None:
        """Keep only the lines of these rows, and of them those that say the same."""
        same = {row.path for row in rows if row == self._rows.get(row.path)}
        self.forget([path for path in self._strips if path not in same])
        self.ticking &= same
        self._late &= same

    def forget(self, paths: Iterable[StepPath]) -> None:
        """Paint these again when they are asked for."""
        for path in paths:
            self._strips.pop(path, None)
            self._rows.pop(path, None)

    def clear(self) -> None:
        """Paint everything again when it is asked for."""
        for kept in (self._strips, self._rows, self.ticking, self._late):
            kept.clear()
