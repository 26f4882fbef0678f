"""Dialogs: they lie over everything, swallow all keys, and follow what happens to the run meanwhile."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from textual.screen import ModalScreen
from typing_extensions import override

from flow_tui.app.reach import app_of, while_shown
from flow_tui.app.scene import Scene

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A question; closing it without an answer changes nothing."""

    AUTO_FOCUS = ""
    CSS_PATH = Path(__file__).with_name("dialogs.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-short"), (18, "-high")]  # noqa: RUF012 - as Textual declares it

    opened_by = ""
    """The key that was pressed last before it was there: held down, it comes again and means nothing."""

    @override
    def call_after_refresh(self, callback: Callable[..., object], *args: object, **named: object) -> bool:
        return super().call_after_refresh(while_shown(self, callback), *args, **named)

    def on_mount(self) -> None:
        """Know a key that is only repeated."""
        self.opened_by = self._pressed_last()

    @property
    def is_repeated(self) -> bool:
        """Say whether the key that was just pressed is the one that opened the dialog."""
        return bool(self.opened_by) and self._pressed_last() == self.opened_by

    def _pressed_last(self) -> str:
        return str(getattr(app_of(self), "last_key", ""))

    def paint(self, scene: Scene) -> None:
        """Follow what happened; called by every frame."""

    def action_harmless(self) -> None:
        """Close and change nothing."""
        self.dismiss(None)
