"""How the pieces of a run's steps look, in whichever way they are drawn."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from rich.style import Style
from textual.scroll_view import ScrollView
from textual.style import Style as VisualStyle
from typing_extensions import override

from flow_tui.app import marks
from flow_tui.app.reach import app_of

_PREFIX = "step-tree--"
_GROUNDS = ("cursor", "box")
_INKS: Mapping[str, str] = MappingProxyType(
    {
        **{status.value: ink for status, ink in marks.STEPS.items()},
        "waiting": f"bold {marks.WARNING}",
        "paused": f"bold {marks.WARNING}",
        "breakpoint": marks.ERROR,
        "guide": "$foreground 30%",
        "fold": "$foreground 70%",
        "name": "$foreground",
        "active": marks.STRONG,
        "critical": marks.STRONG,
        "faint": marks.FAINT,
        "kind": marks.FAINT,
        "tick": marks.FAINT,
        "clock": "$foreground",
        "retry": marks.WARNING,
        "beat": marks.SUCCESS,
        "stale": f"bold {marks.ERROR}",
        "left": marks.ACCENT,
        "aside": "$success 55%",
        "try": "$error 70%",
        "now": "$accent 80%",
    }
)
"""Looked up when a piece is first painted: a style rule for each would be gone through for every widget."""


class StepPane(ScrollView, inherit_bindings=False):
    """Something that scrolls and knows how pieces of steps look."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"{_PREFIX}{role}" for role in _GROUNDS}
    DEFAULT_CSS = """
    StepPane {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: auto;
        color: $foreground;

        & > .step-tree--cursor { background: $block-cursor-blurred-background; }
        &:focus > .step-tree--cursor { background: $block-cursor-background; }
        & > .step-tree--box { background: $panel; }
    }
"""

    def __init__(self, *, name: str | None = None, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        self._looks: dict[str, Style] = {}
        super().__init__(name=name, id=id)

    def look(self, role: str) -> Style:
        """Return how a piece looks: only some have a ground of their own, and only the others a colour."""
        style = self._looks.get(role)
        if style is None:
            style = self._looks[role] = self._ground(role) if role in _GROUNDS else self._ink(role)
        return style

    def _ground(self, role: str) -> Style:
        return Style(bgcolor=self.get_component_rich_style(f"{_PREFIX}{role}").bgcolor)

    def _ink(self, role: str) -> Style:
        ink = VisualStyle.parse(_INKS[role], app_of(self).theme_variables)
        whole = (self.visual_style + ink).rich_style
        return Style(color=whole.color, bold=whole.bold or None)

    @override
    def notify_style_update(self) -> None:
        """Forget other colours."""
        super().notify_style_update()
        self._looks.clear()
