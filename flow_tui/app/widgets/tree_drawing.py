"""The ways to show the rows of a run as lines; here as a tree."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from typing_extensions import override

from flow_tui.app.widgets import tree_line
from flow_tui.view.glyphs import Glyphs
from flow_tui.view.piece import Piece

if TYPE_CHECKING:  # loaded with the first run
    from flow_tui.view.rows import Row, RowTable


class Drawing(Protocol):
    """One of them."""

    def take(self, table: "RowTable", now: datetime, width: int) -> bool:
        """Take over what changed in ``table``, and the time; say whether every line may be another now."""
        ...

    def line(self, row: "Row", now: datetime, width: int, glyphs: Glyphs) -> list[Piece]:
        """Return what the row says, in exactly ``width`` cells."""
        ...


class Outline(Drawing):
    """As a tree."""

    @override
    def take(self, table: "RowTable", now: datetime, width: int) -> bool:
        return False

    @override
    def line(self, row: "Row", now: datetime, width: int, glyphs: Glyphs) -> list[Piece]:
        return tree_line.line(row, now, width, glyphs)


OUTLINE = Outline()
