"""Texts in a dialog: one to be typed, or one to be read."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static, TextArea

from flow_tui.app import marks, step_keys
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.dialog import Dialog
from flow_tui.app.sheet import Sheet
from flow_tui.app.text import plain, short
from flow_tui.app.widgets.log_view import LogView
from flow_tui.model.ids import ROOT, RunId
from flow_tui.runtime.log_news import LogMatches
from flow_tui.runtime.messages import LogPage, News, Recording
from flow_tui.sanitize import visible_lines


class Typed(Dialog[str]):
    """Takes a text of several lines; decides nothing by a letter, and takes none that cannot be."""

    BINDINGS: ClassVar[list[BindingType]] = [*step_keys.TYPED]

    def __init__(self, title: str, text: str, *, judge: Callable[[str], str]) -> None:
        """Begin with ``text``; ``judge`` returns why a text cannot be taken, or nothing."""
        super().__init__()
        self._title, self._text, self._judge = title, text, judge

    def compose(self) -> ComposeResult:
        """Put the text between its title and what can be done."""
        with Vertical(classes="dialog tall"):
            yield Static(short(self._title), classes="question", markup=False)
            yield TextArea(visible_lines(self._text), id="typed", compact=True, tab_behavior="focus")
            yield Static(id="typed-why", classes="body", markup=False)
            with Horizontal(classes="choices"):
                yield Button(plain("Leave it"), id="harmless")
                yield Button(plain("Take it"), id="take")
            yield Static(Content("^s take it · tab move · esc leave it"), classes="legend", markup=False)

    def on_mount(self) -> None:
        """Begin in the text."""
        area = self.query_one("#typed", TextArea)
        area.cursor_blink = False
        area.focus()

    @on(TextArea.Changed)
    def _forget_why(self) -> None:
        self.query_one("#typed-why", Static).update("")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "take":
            self.action_take()
        else:
            self.dismiss(None)

    def action_take(self) -> None:
        """Take the text, or say why it cannot be."""
        text = self.query_one("#typed", TextArea).text
        if why := self._judge(text):
            self.query_one("#typed-why", Static).update(plain(why, marks.ERROR))
        else:
            self.dismiss(text)


class Seen(Dialog[None]):
    """Shows lines; longer ones than there is room for can be scrolled and copied."""

    BINDINGS: ClassVar[list[BindingType]] = [*step_keys.INPUTS]

    def __init__(self, scene: Scene, title: str, lines: tuple[str, ...]) -> None:
        super().__init__()
        self._scene, self._title, self._lines = scene, title, lines
        self._view = LogView()
        self._view.wraps = True

    def compose(self) -> ComposeResult:
        """Put the lines under their title."""
        with Vertical(classes="dialog tall"):
            yield Static(short(self._title), classes="question", markup=False)
            yield self._view
            yield Static(Content("↑ ↓ scroll · w wrap · y copy · esc close"), classes="legend", markup=False)

    def on_mount(self) -> None:
        """Show them."""
        self._view.focus()
        page = Recording(run_id=RunId(""), path=ROOT, attempt=0, what="page")
        self._view.open(Sheet(self._scene.session.inbox, self._lines), page)

    def answer(self, item: News) -> None:
        """Take the lines."""
        if isinstance(item, LogPage | LogMatches):
            self._view.answer(item)

    def action_copy(self) -> None:
        """Copy what is in sight."""
        app_of(self).copy_to_clipboard(self.get_selected_text() or self._view.text)
        self.notify("copied", timeout=2)
