"""Something that is chosen or not, told by a mark and not by a colour."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from flow_tui.app import marks
from flow_tui.app.text import short


class Tick(Widget, can_focus=True):
    """Paints ``[x]`` or ``[ ]`` and a text; the space bar and a click change it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "change", "Change", show=False)]

    class Changed(Message):
        """Somebody has chosen it, or not any more."""

    def __init__(self, text: str, *, is_on: bool = False) -> None:
        super().__init__()
        self._text = text
        self.is_on = is_on

    def render(self) -> Content:
        """Return the line."""
        mark = "[x]" if self.is_on else "[ ]"
        return Content.assemble(
            (mark, f"bold {marks.ACCENT}" if self.is_on else marks.FAINT), " ", short(self._text, 70)
        )

    def action_change(self) -> None:
        """Choose it, or not."""
        self.is_on = not self.is_on
        self.refresh()
        self.post_message(self.Changed())

    def on_click(self) -> None:
        """Do the same."""
        self.action_change()
