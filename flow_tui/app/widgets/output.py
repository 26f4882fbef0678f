"""The recorded output of an attempt: its title, the lines, and the line below that says where one is."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from flow_tui.app.scene import Scene
from flow_tui.app.widgets.pane_title import PaneTitle
from flow_tui.model.state import StepState
from flow_tui.runtime.messages import CouldNotRead, LogMatches, LogPage


class Output(Vertical):
    """Shows the output of one attempt."""

    has_search = False

    def compose(self) -> ComposeResult:
        yield PaneTitle(3, "Output", id="log-title")
        yield Static(Content(), id="log", markup=False)
        yield Static(Content(), id="log-bar", markup=False)

    @property
    def log_view(self) -> Widget:
        return self.query_one("#log")

    @property
    def text(self) -> str:
        return ""

    def show(self, scene: Scene, step: StepState | None, index: int) -> None:
        """Show the attempt at ``index`` of a step."""

    def paint_title(self, *, is_focused: bool) -> None:
        self.query_one(PaneTitle).show(title="Output", is_focused=is_focused)

    def answer(self, item: LogPage | LogMatches | CouldNotRead) -> None:
        """Take what the reader found."""

    def toggle_follow(self) -> None:
        """Stay at the end, or stop staying there."""

    def begin_search(self) -> None:
        """Type what to find."""

    def next_match(self, by: int) -> None:
        """Go to a match."""
