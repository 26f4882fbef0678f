"""What a run was given, and what its steps have exported so far."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from typing_extensions import override

from flow_tui.app import step_keys
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.dialog import Dialog
from flow_tui.app.sheet import Sheet
from flow_tui.app.text import short
from flow_tui.app.widgets.log_view import LogView
from flow_tui.model.ids import ROOT
from flow_tui.model.state import RunState
from flow_tui.runtime.log_news import LogMatches
from flow_tui.runtime.messages import LogPage, News, Recording
from flow_tui.view import given


class Inputs(Dialog[None]):
    """Shows names and values; grows with the run."""

    BINDINGS: ClassVar[list[BindingType]] = [*step_keys.INPUTS]

    def __init__(self, scene: Scene, state: RunState) -> None:
        super().__init__()
        self._state = state
        self._seen = -1
        self._scene = scene
        self._lines: tuple[str, ...] = ()
        self._view = LogView()
        self._view.wraps = True

    def compose(self) -> ComposeResult:
        """Put the lines under the name of the run."""
        with Vertical(classes="dialog tall"):
            yield Static(short(f"{self._state.name}: inputs and variables"), classes="question", markup=False)
            yield self._view
            yield Static(Content("↑ ↓ scroll · w wrap · y copy · esc close"), classes="legend", markup=False)

    def on_mount(self) -> None:
        """Begin with what is known."""
        self._view.focus()
        self.paint(self._scene)

    @override
    def paint(self, scene: Scene) -> None:
        """Take over what has been exported meanwhile."""
        if self._state.seq == self._seen:
            return
        self._seen = self._state.seq
        lines = tuple(given.of_run(self._state))
        if lines != self._lines:
            self._lines = lines
            page = Recording(run_id=self._state.run_id, path=ROOT, attempt=0, what="page")
            self._view.open(Sheet(scene.session.inbox, lines), page)

    def answer(self, item: News) -> None:
        """Take the lines."""
        if isinstance(item, LogPage | LogMatches):
            self._view.answer(item)

    def action_copy(self) -> None:
        """Copy what is in sight."""
        app_of(self).copy_to_clipboard(self.get_selected_text() or self._view.text)
        self.notify("copied", timeout=2)
