"""Dialogs: they lie over everything, swallow all keys, and follow what happens to the run meanwhile."""

from pathlib import Path
from typing import TypeVar

from textual.screen import ModalScreen

from flow_tui.app.scene import Scene

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A question; closing it without an answer changes nothing."""

    AUTO_FOCUS = ""
    CSS_PATH = Path(__file__).with_name("dialogs.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-short"), (18, "-high")]  # noqa: RUF012 - as Textual declares it

    def paint(self, scene: Scene) -> None:
        """Follow what happened; called by every frame."""

    def action_harmless(self) -> None:
        """Close and change nothing."""
        self.dismiss(None)
