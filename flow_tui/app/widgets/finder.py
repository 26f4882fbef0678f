"""A field in which one types a few letters of what one looks for in a list."""

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from flow_tui.app import keys


class Finder(Input):
    """Says what is typed, and when somebody moves or chooses meanwhile."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.HOME_FIND]

    class Moved(Message):
        """Somebody wants what is below in the list, or above."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    class Chosen(Message):
        """Somebody wants what is under the cursor of the list."""

    def __init__(self, asked: str, *, id: str) -> None:  # noqa: A002 - Textual's word
        """While nothing is typed, it says what is ``asked``."""
        super().__init__(id=id, placeholder=asked, compact=True)
        self.cursor_blink = False

    def action_move(self, by: int) -> None:
        """Go down or up in the list, without leaving the field."""
        self.post_message(self.Moved(by))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Chosen())
