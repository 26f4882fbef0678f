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


class TreeStrips:
    """Paints rows, each once until it is forgotten."""

    def __init__(
        self, style_of: Callable[[str], Style], finished: Callable[[list[Segment], int], Strip]
    ) -> None:
        self._style_of = style_of
        self._finished = finished
        self._strips: dict[StepPath, Strip] = {}
        self.ticking: set[StepPath] = set()
        """The rows that say something else with every second."""

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
        segments = [Segment(each.text, ground + look(each.role)) for each in pieces]
        strip = self._strips[row.path] = self._finished(segments, width)
        return strip

    def forget(self, paths: Iterable[StepPath]) -> None:
        """Paint these again when they are asked for."""
        for path in paths:
            self._strips.pop(path, None)

    def clear(self) -> None:
        """Paint everything again when it is asked for."""
        self._strips.clear()
        self.ticking.clear()
