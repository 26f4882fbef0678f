"""A question with several answers, each of which says beforehand what it does, or why it cannot be given."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widgets import Static
from typing_extensions import override

from flow_tui.app import keys, marks
from flow_tui.app.scene import Scene
from flow_tui.app.screens.confirm import Wording
from flow_tui.app.screens.dialog import Dialog
from flow_tui.app.text import lines, plain, short
from flow_tui.dataclass import dataclass

HARMLESS = "harmless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that can be done, or that cannot be done now."""

    name: str
    """What the menu answers with."""
    label: str
    key: str = ""
    """A letter that chooses it."""
    about: str = ""
    """What it does, or why it cannot be done."""
    is_possible: bool = True
    is_grave: bool = False


class MenuLine(Horizontal, can_focus=True):
    """One thing to choose; painted faintly, and passed over, while it cannot be chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "Choose", show=False)]

    class Chosen(Message):
        """Somebody has chosen it."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, item: Item) -> None:
        super().__init__(id=item.name, classes="grave" if item.is_grave else "")
        self._label = Static(classes="what", markup=False)
        self._about = Static(classes="about", markup=False)
        self.show(item)

    def compose(self) -> ComposeResult:
        """Put what it is beside what that does."""
        yield self._label
        yield self._about

    def show(self, item: Item) -> None:
        """Be this from now on."""
        self.item = item
        self.can_focus = item.is_possible
        faint = not item.is_possible
        edge = "▸" if self.has_focus else " "
        key = (f"{edge}{item.key or ' '} ", marks.FAINT if faint else f"bold {marks.ACCENT}")
        self._label.update(Content.assemble(key, short(item.label, 60, marks.FAINT if faint else "bold")))
        self._about.set_class(not item.about, "-empty")
        self._about.update(lines(item.about, marks.FAINT if faint else "$foreground 75%"))

    @override
    def watch_has_focus(self, _has_focus: bool) -> None:
        super().watch_has_focus(_has_focus)
        self.show(self.item)  # by a mark, too: colours may not be there

    def action_choose(self) -> None:
        """Take it."""
        if self.item.is_possible:
            self.post_message(self.Chosen(self.item.name))

    def on_click(self) -> None:
        """Do the same."""
        self.action_choose()


class Menu(Dialog[str]):
    """Shows a question over its answers, one below the other; the harmless one is first and has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.DIALOG]

    def __init__(
        self,
        question: str,
        items: Sequence[Item],
        *,
        body: Sequence[str] = (),
        harmless: str = "Not now",
        void: Wording = lambda _: "",
    ) -> None:
        """Ask ``question``; close with a note as soon as ``void`` says why it no longer makes sense."""
        super().__init__()
        self._question = question
        self._body = tuple(body)
        self._lines = (MenuLine(Item(name=HARMLESS, label=harmless)), *map(MenuLine, items))
        self._void = void

    def compose(self) -> ComposeResult:
        """Stack the question over its answers."""
        with Vertical(classes="dialog menu"):
            yield Static(plain(self._question), classes="question", markup=False)
            yield Static(self._told(), id="menu-body", classes="body", markup=False)
            with Vertical(id="menu-items"):  # one that scrolls by keys would take those that move the cursor
                yield from self._lines
            yield Static(
                Content("up and down move · enter choose · esc close"), classes="legend", markup=False
            )

    def on_mount(self) -> None:
        """Begin at the harmless answer."""
        self._lines[0].focus()
        self.query_one("#menu-body").set_class(not self._body, "-empty")

    def show(self, items: Sequence[Item], body: Sequence[str]) -> None:
        """Know more of the same answers, and of what they are about."""
        self._body = tuple(body)
        told = {item.name: item for item in items}
        for line in self._lines:
            if line.item.name in told:
                line.show(told[line.item.name])
        said = self.query_one("#menu-body", Static)
        said.update(self._told())
        said.set_class(not self._body, "-empty")
        self.refresh_bindings()

    def _told(self) -> Content:
        return Content("\n").join(map(lines, self._body))

    def paint(self, scene: Scene) -> None:
        """Close when the question has answered itself."""
        reason = self._void(scene)
        if reason and self.is_current:
            self.notify(reason)
            self.dismiss(None)

    @on(MenuLine.Chosen)
    def _chosen(self, event: MenuLine.Chosen) -> None:
        event.stop()
        self.dismiss(None if event.name == HARMLESS else event.name)

    def on_key(self, event: Key) -> None:
        """Let a letter choose."""
        for item in self._possible():
            if item.key and event.key == item.key and not self.is_repeated:
                event.stop()
                self.dismiss(item.name)
                return

    def _possible(self) -> list[Item]:
        return [line.item for line in self._lines[1:] if line.item.is_possible]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - part of the interface
        """Allow yes only where it can mean one thing."""
        return action != "confirm" or len(self._possible()) == 1

    def action_confirm(self) -> None:
        """Do the one thing that is asked."""
        if not self.is_repeated:
            self.dismiss(self._possible()[0].name)
