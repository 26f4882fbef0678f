"""A page of text over everything else."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from flow_tui.app import step_keys
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.dialog import Dialog
from flow_tui.app.sheet import Sheet
from flow_tui.app.text import short
from flow_tui.app.widgets.log_view import LogView
from flow_tui.app.widgets.log_wrap import folded_at_words
from flow_tui.model.ids import ROOT, RunId
from flow_tui.runtime.log_news import LogMatches
from flow_tui.runtime.messages import LogPage, News, Recording


class Explanation(Dialog[None]):
    """Tells something in a few lines."""

    BINDINGS: ClassVar[list[BindingType]] = [*step_keys.INPUTS]

    def __init__(self, title: str, said: Content) -> None:
        super().__init__()
        self._title = title
        self._said = said

    def compose(self) -> ComposeResult:
        """Put what is said under the title."""
        with VerticalScroll(classes="dialog"):
            yield Static(short(self._title), classes="question", markup=False)
            yield Static(self._said, markup=False)
            yield Static(Content("y copy · esc close"), classes="legend", markup=False)

    def on_mount(self) -> None:
        """Let keys scroll."""
        self.query_one(VerticalScroll).focus()

    def action_copy(self) -> None:
        """Copy what is said."""
        app_of(self).copy_to_clipboard(self.get_selected_text() or self._said.plain)
        self.notify("copied", timeout=2)


class Page(Dialog[None]):
    """Shows lines that can be read, and copied."""

    BINDINGS: ClassVar[list[BindingType]] = [*step_keys.INPUTS]

    def __init__(self, scene: Scene, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._sheet = Sheet(scene.session.inbox, lines)
        self._view = LogView(fold=folded_at_words)
        self._view.wraps = True

    def compose(self) -> ComposeResult:
        """Put the lines under the title."""
        with Vertical(classes="dialog tall page"):
            yield Static(short(self._title), classes="question", markup=False)
            yield self._view
            yield Static(Content("↑ ↓ scroll · w wrap · y copy · esc close"), classes="legend", markup=False)

    def on_mount(self) -> None:
        """Show the lines."""
        self._view.focus()
        self._view.open(self._sheet, Recording(run_id=RunId(""), path=ROOT, attempt=0, what="page"))

    def answer(self, item: News) -> None:
        """Take the lines."""
        if isinstance(item, LogPage | LogMatches):
            self._view.answer(item)

    def action_copy(self) -> None:
        """Copy what is in sight."""
        app_of(self).copy_to_clipboard(self.get_selected_text() or self._view.text)
        self.notify("copied", timeout=2)
