"""Choosing colours: each theme is shown on what lies behind, as the cursor comes to it."""

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from flow_tui.app import keys, marks
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.dialog import Dialog
from flow_tui.app.widgets.entries import Entries, Entry
from flow_tui.runtime.ui_settings import Change

_WORDS = {True: "dark", False: "light"}


class ThemePicker(Dialog[None]):
    """Lists the themes; what is chosen is kept in the user's file."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.PICKER]
    AUTO_FOCUS = "Entries"

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self._scene = scene
        self._before = ""

    def compose(self) -> ComposeResult:
        """Put the list at the edge, so that much of the screen is seen."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Theme", marks.STRONG), markup=False)
            yield Entries(id="themes")
            yield Static(Content("enter keeps it · esc goes back"), classes="legend", markup=False)

    def on_mount(self) -> None:
        """Begin with the theme in force."""
        app = app_of(self)
        self._before = app.theme
        listed = self.query_one(Entries)
        themes = app.available_themes
        listed.show([Entry(key=name, draw=partial(self._drawn, name)) for name in themes])
        listed.go_to(self._before)

    def _drawn(self, name: str, _width: int) -> Content:
        theme = app_of(self).available_themes[name]
        kind = "the terminal's own" if theme.ansi else _WORDS[theme.dark]
        return Content.assemble(f"{name:<22}", (kind, marks.FAINT))

    @on(Entries.Highlighted)
    def _preview(self, event: Entries.Highlighted) -> None:
        event.stop()
        if event.entries.key:
            app_of(self).theme = event.entries.key

    @on(Entries.Opened)
    def _keep(self, event: Entries.Opened) -> None:
        event.stop()
        self._scene.session.reader.settings(0, (Change(name="theme", value=event.key),))
        self.dismiss(None)

    def action_harmless(self) -> None:
        """Go back to the theme that was there before."""
        app_of(self).theme = self._before
        self.dismiss(None)
