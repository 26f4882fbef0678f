"""The field in which one types a few letters of a workflow's name, title or group."""

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from flow_tui.app import keys


class WorkflowFinder(Input):
    """Says what is typed, and when somebody moves or chooses meanwhile."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.HOME_FIND]

    class Moved(Message):
        """Somebody wants the workflow below, or the one above."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    class Chosen(Message):
        """Somebody wants the workflow under the cursor."""

    def __init__(self) -> None:
        super().__init__(id="find-workflow", placeholder="find a workflow by a few letters", compact=True)
        self.cursor_blink = False

    def action_move(self, by: int) -> None:
        """Go down or up in the list, without leaving the field."""
        self.post_message(self.Moved(by))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Chosen())
