"""All gates that wait for a person, in runs of this program and of others."""

from collections.abc import Sequence
from itertools import count
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from flow_tui.app import dialog_keys
from flow_tui.app.project_runs import arranged
from flow_tui.app.scene import Scene
from flow_tui.app.screens.dialog import Dialog
from flow_tui.app.widgets import home_entries
from flow_tui.app.widgets.entries import Entries
from flow_tui.runtime.messages import CouldNotRead, GateListed, News, RunsListed
from flow_tui.view import format as fmt

_tokens = count(-2_000_000, -1)
"""Of no other question about runs: home counts upwards."""


class GatesDialog(Dialog[GateListed]):
    """Lists what waits with its age, its expiry and what happens then; answers with one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [*dialog_keys.GATES]

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self._scene = scene
        self._listed: RunsListed | None = None
        self._token = next(_tokens)
        self._trouble = ""
        self._gates: tuple[GateListed, ...] = ()

    def compose(self) -> ComposeResult:
        """Put the list under how long it is."""
        with Vertical(classes="dialog", id="gates"):
            yield Static(id="gates-title", classes="question", markup=False)
            yield Entries(id="gates-list")
            yield Static(
                Content("enter answers, or opens the run first · esc close"), classes="legend", markup=False
            )

    def on_mount(self) -> None:
        """Ask what waits in runs of others."""
        self._scene.session.reader.runs(self._token)
        self.query_one(Entries).focus()
        self.paint(self._scene)

    def paint(self, scene: Scene) -> None:
        """Show what waits now."""
        self._scene = scene
        self._gates = arranged(self._listed, scene.runs).gates
        self.query_one(Entries).show(
            list(home_entries.gates(self._gates, scene.now)) or home_entries.told(self._nothing())
        )
        number = fmt.counted(len(self._gates), "gate")
        said = f"{number} {'waits' if len(self._gates) == 1 else 'wait'} for you" if self._gates else "Gates"
        self.query_one("#gates-title", Static).update(Content(said))
        self.query_one(Entries).styles.height = max(1, min(len(self._gates), 12))

    def _nothing(self) -> Sequence[str]:
        if self._trouble:
            return (self._trouble,)
        return ("nothing waits for you",) if self._listed is not None else ("looking …",)

    def answer(self, item: News) -> None:
        """Take what the reader found."""
        match item:
            case RunsListed(token=token) if token == self._token:
                self._listed = item
                self.paint(self._scene)
            case CouldNotRead(token=token, why=why) if token == self._token:
                self._trouble = f"what others wait for cannot be read: {why}"
                self.paint(self._scene)
            case _:
                pass

    @on(Entries.Opened)
    def _opened(self, event: Entries.Opened) -> None:
        event.stop()
        chosen = next((each for each in self._gates if home_entries.gate_key(each) == event.key), None)
        if chosen is not None:
            self.dismiss(chosen)
