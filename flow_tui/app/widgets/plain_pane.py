"""What only holds other widgets: drawn once, as all its lines are alike."""

from collections.abc import Callable

from textual.containers import Horizontal, Vertical
from textual.geometry import Region
from textual.strip import Strip
from typing_extensions import override


def alike(render: Callable[[Region], list[Strip]], crop: Region) -> list[Strip]:
    """Return the lines of what has none that differs from the first; most of them are covered anyway."""
    return render(Region(crop.x, crop.y, crop.width, min(1, crop.height))) * crop.height


class Columns(Horizontal):
    """Holds widgets beside one another."""

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        return alike(super().render_lines, crop)


class Rows(Vertical):
    """Holds widgets below one another."""

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        return alike(super().render_lines, crop)
