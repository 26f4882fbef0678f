"""How the pieces of a run's steps look, in whichever way they are drawn."""

from typing import ClassVar

from rich.style import Style
from textual.scroll_view import ScrollView
from typing_extensions import override

from flow_tui.model.status import StepStatus

_PREFIX = "step-tree--"
_ROLES = (
    *("cursor", "box", "guide", "fold", "name", "active", "faint", "kind", "clock"),
    *("retry", "beat", "stale", "left"),
    *("critical", "aside", "try", "now", "tick"),
    *(status.value for status in StepStatus),
)
_GROUNDS = frozenset({"cursor", "box"})


class StepPane(ScrollView, inherit_bindings=False):
    """Something that scrolls and knows how pieces of steps look."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"{_PREFIX}{role}" for role in _ROLES}
    DEFAULT_CSS = """
    StepPane {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: auto;
        color: $foreground;

        & > .step-tree--cursor { background: $block-cursor-blurred-background; }
        &:focus > .step-tree--cursor { background: $block-cursor-background; }
        & > .step-tree--box { background: $panel; }
        & > .step-tree--guide { color: $foreground 30%; }
        & > .step-tree--fold { color: $foreground 70%; }
        & > .step-tree--name { color: $foreground; }
        & > .step-tree--active, & > .step-tree--critical { color: $foreground; text-style: bold; }
        & > .step-tree--faint, & > .step-tree--kind, & > .step-tree--tick { color: $foreground 55%; }
        & > .step-tree--clock { color: $foreground; }
        & > .step-tree--retry { color: $warning; }
        & > .step-tree--beat { color: $success; }
        & > .step-tree--stale { color: $error; text-style: bold; }
        & > .step-tree--left { color: $accent; }
        & > .step-tree--pending, & > .step-tree--skipped { color: $foreground 55%; }
        & > .step-tree--running { color: $accent; }
        & > .step-tree--waiting { color: $warning; text-style: bold; }
        & > .step-tree--completed { color: $success; }
        & > .step-tree--failed, & > .step-tree--timed_out { color: $error; }
        & > .step-tree--cancelled { color: $warning; }
        & > .step-tree--aside { color: $success 55%; }
        & > .step-tree--try { color: $error 70%; }
        & > .step-tree--now { color: $accent 80%; }
    }
"""

    def __init__(self, *, name: str | None = None, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        self._looks: dict[str, Style] = {}
        super().__init__(name=name, id=id)

    def look(self, role: str) -> Style:
        """Return how a piece looks: only some have a ground of their own, and only the others a colour."""
        style = self._looks.get(role)
        if style is None:
            whole = self.get_component_rich_style(f"{_PREFIX}{role}")
            style = Style(bgcolor=whole.bgcolor) if role in _GROUNDS else Style(color=whole.color)
            style += Style(bold=whole.bold or None, underline=whole.underline or None)
            self._looks[role] = style
        return style

    @override
    def notify_style_update(self) -> None:
        """Forget other colours."""
        super().notify_style_update()
        self._looks.clear()
