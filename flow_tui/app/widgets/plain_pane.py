"""What only holds other widgets: drawn once, as all its lines are alike."""

from textual.containers import Horizontal, Vertical
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from typing_extensions import override


class Alike(Widget):
    """Has no line that differs from the first; most lie under the widgets inside anyway."""

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        first = super().render_lines(Region(crop.x, crop.y, crop.width, min(1, crop.height)))
        return first * crop.height


class Columns(Alike, Horizontal):
    """Holds widgets beside one another."""


class Rows(Alike, Vertical):
    """Holds widgets below one another."""
