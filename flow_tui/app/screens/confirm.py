"""Asks before something is stopped or started."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key, Resize
from textual.widgets import Button, Static

from flow_tui.app import keys, marks
from flow_tui.app.scene import Scene
from flow_tui.app.screens.dialog import Dialog
from flow_tui.app.text import plain
from flow_tui.dataclass import dataclass

Wording = Callable[[Scene], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing that can be done."""

    name: str
    """What the dialog answers with."""
    label: str
    key: str
    """A letter that chooses it."""
    is_grave: bool = True
    """Painted as something to think about."""


class Confirm(Dialog[str]):
    """Shows a question with choices; the harmless one is first and has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.DIALOG]

    def __init__(
        self,
        question: str,
        *,
        body: Iterable[str] = (),
        harmless: str = "Keep running",
        choices: Iterable[Choice],
        void: Wording = lambda _: "",
    ) -> None:
        """Ask ``question``; close with a note as soon as ``void`` says why it no longer makes sense."""
        super().__init__()
        self._question = question
        self._body = tuple(body)
        self._harmless = harmless
        self._choices = tuple(choices)
        self._void = void

    def compose(self) -> ComposeResult:
        """Stack the question over its answers."""
        with Vertical(classes="dialog"):
            yield Static(plain(self._question), classes="question", markup=False)
            with VerticalScroll(id="confirm-body", classes="body", can_focus=False) as body:
                body.display = bool(self._body)
                yield Static(Content("\n").join(map(plain, self._body)), markup=False)
            with Horizontal(classes="choices"):
                yield Button(plain(self._harmless), id="harmless")
                for choice in self._choices:
                    label = Content.assemble(plain(choice.label), (f" {choice.key}", "dim"))
                    yield Button(label, id=choice.name, classes="grave" if choice.is_grave else "")
            yield Static(classes="legend", markup=False)

    def on_mount(self) -> None:
        """Begin at the harmless answer."""
        self.query_one("#harmless").focus()
        self._tell_keys()

    def paint(self, scene: Scene) -> None:
        """Close when the question has answered itself."""
        reason = self._void(scene)
        if reason and self.is_current:
            self.notify(reason)
            self.dismiss(None)

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(None if event.button.id == "harmless" else event.button.id)

    def on_key(self, event: Key) -> None:
        """Let a letter choose."""
        for choice in self._choices:
            if event.key == choice.key and not self.is_repeated:
                event.stop()
                self.dismiss(choice.name)
                return

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - part of the interface
        """Allow yes only where it can mean one thing."""
        return action != "confirm" or len(self._choices) == 1

    def action_confirm(self) -> None:
        """Do the one thing that is asked."""
        if not self.is_repeated:
            self.dismiss(self._choices[0].name)

    # What there is to read

    @on(Resize)
    def _resized(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Give the text what the rest leaves, and say how to read on where that is not enough."""
        dialog, body = self.query_one(".dialog"), self.query_one("#confirm-body")
        others = (child for child in dialog.children if child is not body and child.display)
        taken = sum(child.outer_size.height + child.styles.margin.height for child in others)
        room = self.size.height - dialog.gutter.height - taken - body.styles.margin.height
        body.styles.max_height = max(1, room)
        self.call_after_refresh(self._tell_keys)

    def _tell_keys(self) -> None:
        is_longer = self.query_one("#confirm-body").max_scroll_y > 0
        said = "tab move · enter choose · esc close" if self._choices else "enter or esc close"
        on = (f"{keys.first('dialog.page_down')} read on", f"bold {marks.WARNING}") if is_longer else ""
        told = Content.assemble(on, " · " if is_longer else "", said)
        self.query_one(".legend", Static).update(told)

    def action_scroll_body(self, direction: int) -> None:
        """Show more of what there is to read."""
        body = self.query_one("#confirm-body")
        body.scroll_relative(y=direction * max(1, body.size.height - 1), animate=False)
