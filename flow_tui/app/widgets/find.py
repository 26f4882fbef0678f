"""The field in which one types what to find in the output, or what to do with it."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widgets import Input

from flow_tui.app import dialog_keys


class Find(Input):
    """Hands over what was typed, or nothing when it is left otherwise."""

    BINDINGS: ClassVar[list[BindingType]] = [*dialog_keys.FIELD]

    def __init__(self) -> None:
        super().__init__(id="find-in-log", select_on_focus=True)
        self.cursor_blink = False
        self._done: Callable[[str | None], None] = lambda _: None

    def begin(self, text: str, asked: str, done: Callable[[str | None], None]) -> None:
        """Take the focus, with ``text`` as a beginning; while it is empty, it says what is asked."""
        self.value, self.placeholder = text, asked
        self._done = done
        self.focus()

    def action_leave(self) -> None:
        """Take nothing of it."""
        self._done(None)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._done(event.value)

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        event.stop()
        self._done(None)
