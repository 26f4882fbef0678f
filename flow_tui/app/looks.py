"""How the screen looks and listens: theme, characters, mouse, motion and keys, as a person has set them."""

import os
from collections.abc import Sequence
from typing import ClassVar, Protocol, TypeGuard

from textual.filter import LineFilter
from textual.reactive import Reactive
from textual.theme import Theme
from typing_extensions import override

from flow_tui.app import keys
from flow_tui.app.receiving import ReceivingApp
from flow_tui.app.session import Session
from flow_tui.app.text import AsciiFilter, ControlFilter
from flow_tui.app.themes import ANSI, DUSK, OURS
from flow_tui.clock import Clock
from flow_tui.runtime.messages import FileWritten, News
from flow_tui.runtime.ui_settings import SettingsTold, UiSettings, draws_ascii
from flow_tui.sanitize import line
from flow_tui.view import outcome
from flow_tui.view.glyphs import in_ascii

_BY_NAME = {each.name: each for each in OURS}


class Window(Protocol):
    """A driver whose mouse can be let go, and that has a title."""

    def use_mouse(self, wanted: bool) -> None:
        """Listen to the mouse, or leave it to the terminal."""
        ...

    def entitle(self, title: str) -> None:
        """Name the window."""
        ...


def _is_window(driver: object) -> TypeGuard[Window]:
    return hasattr(driver, "use_mouse")


class LooksApp(ReceivingApp, inherit_bindings=False):
    """Looks and listens as it is set, and follows changes of that at once."""

    ansi_theme_dark = Reactive(ANSI, init=False)
    theme = Reactive(DUSK.name)  # from the beginning: a change would have every style sheet read twice
    LAST_FILTERS: ClassVar[tuple[LineFilter, ...]] = (ControlFilter(),)

    def __init__(self, session: Session, clock: Clock) -> None:
        self._made_legible: dict[str, Theme] = {}
        super().__init__(session, clock)
        self.troubles: tuple[str, ...] = ()
        """What of the settings does not hold."""
        self.has_mouse = self.scene.ui.mouse
        self._window = ""
        self.paints = 0
        """How often everything was painted again because somebody asked."""
        self._ascii: AsciiFilter | None = None
        ui = self.scene.ui
        if ui.theme != DUSK.name and ui.theme in self.available_themes:
            self.set_reactive(LooksApp.theme, ui.theme)
            self._refresh_truecolor_filter(self.ansi_theme)
            self.stylesheet.set_variables(self.get_css_variables())  # nothing has been read yet
        self._listen(ui)
        self._move(ui)
        self._draw(ui)

    @property
    @override
    def available_themes(self) -> dict[str, Theme]:
        return {**_BY_NAME, **super().available_themes}

    @override
    def get_theme(self, theme_name: str) -> Theme | None:
        """Return a theme, fit for text in many colours; asked for with every line that is painted."""
        theme = _BY_NAME.get(theme_name) or self._made_legible.get(theme_name)
        if theme is None and (found := super().get_theme(theme_name)) is not None:
            from flow_tui.app.legible import legible  # noqa: PLC0415 - only for themes that are not ours

            theme = self._made_legible[theme_name] = legible(found)
        return theme

    @override
    def get_line_filters(self) -> Sequence[LineFilter]:
        drawn = (self._ascii,) if self._ascii is not None else ()
        return [*super().get_line_filters(), *drawn, *self.LAST_FILTERS]

    def look_as_set(self, ui: UiSettings) -> None:
        """Look and listen like this from now on."""
        self.scene.ui = ui
        if ui.theme in self.available_themes and ui.theme != self.theme:
            self.theme = ui.theme
        self._listen(ui)
        self._move(ui)
        self._draw(ui)
        if ui.mouse != self.has_mouse:
            self.use_mouse(ui.mouse)
        self.refresh(layout=True)
        for screen in self.screen_stack:
            screen.refresh(recompose=False, layout=True)

    def _listen(self, ui: UiSettings) -> None:
        """Listen to the keys that a person has chosen, as far as they can be had."""
        troubles = list(self._of_theme(ui.theme))
        chosen: dict[str, str] = {}
        if ui.keys:
            from flow_tui.app.keymap import keymap  # noqa: PLC0415 - few have other keys

            found = keymap(ui.keys)
            keys.choose(found.keys)
            troubles += found.troubles
            chosen = found.for_textual()
        else:
            keys.choose({})
        self.troubles = tuple(troubles)
        self.set_keymap(chosen)

    def _of_theme(self, name: str) -> list[str]:
        known = self.available_themes
        if name in known:
            return []
        from flow_tui.dsl.words import meant  # noqa: PLC0415 - only for a name that is not known

        return [f"there is no theme '{line(name, 40)}'; {meant(name, tuple(known)) or 'ctrl+t shows them'}"]

    def _move(self, ui: UiSettings) -> None:
        self.animation_level = (
            "full" if ui.motion and os.environ.get("TEXTUAL_ANIMATIONS") is None else "none"
        )

    def _draw(self, ui: UiSettings) -> None:
        is_ascii = draws_ascii(ui, os.environ)
        self._ascii = (self._ascii or AsciiFilter()) if is_ascii else None

    @override
    def _after_frame(self) -> None:
        """Name the window after how the run stands."""
        super()._after_frame()
        state = self.scene.whole
        said = f"{outcome.mark(state)} {state.name} · flow-tui" if state is not None else "flow-tui"
        if said != self._window and _is_window(self._driver):
            self._window = said
            self._driver.entitle(in_ascii(said) if self._ascii is not None else said)

    def tell_troubles(self) -> None:
        """Say what of the settings does not hold."""
        if self.troubles:
            self.notify("\n".join(self.troubles), title="Settings", severity="warning", timeout=12)

    @override
    def receive(self, item: News) -> None:
        """Follow changed settings at once, whoever asked for them."""
        if isinstance(item, SettingsTold):
            if item.ui != self.scene.ui:
                self.look_as_set(item.ui)
            if item.why and not item.token:  # whoever asks with a token shows it
                self.notify(item.why, title="Settings", severity="warning", timeout=8)
        elif isinstance(item, FileWritten):
            if item.why:
                self.notify(f"{item.file}: {item.why}", title="Not written", severity="warning")
            else:
                self.notify(item.file, title="Written")
            return
        super().receive(item)

    # Keys

    def use_mouse(self, wanted: bool) -> None:
        """Listen to the mouse, or leave it to the terminal."""
        self.has_mouse = wanted
        if _is_window(self._driver):
            self._driver.use_mouse(wanted)

    def action_mouse(self) -> None:
        """Leave the mouse to the terminal, which then selects text by itself; or take it back."""
        self.use_mouse(not self.has_mouse)
        again = keys.first("app.mouse")
        self.notify(
            "clicks are the dashboard's again"
            if self.has_mouse
            else f"the terminal selects text now; {again} brings clicks back",
            title="Mouse",
        )

    def action_repaint(self) -> None:
        """Paint everything again, over whatever another program has left."""
        self.paints += 1
        self.refresh(layout=True)
        self.screen.refresh(layout=True)

    def action_settings(self) -> None:
        """Show every setting."""
        from flow_tui.app.screens.settings import SettingsScreen  # noqa: PLC0415 - only when it is opened

        self.push_screen(SettingsScreen(self.scene))

    def action_theme(self) -> None:
        """Choose a theme, with each shown as the cursor comes to it."""
        from flow_tui.app.screens.themes import ThemePicker  # noqa: PLC0415 - only when it is opened

        self.push_screen(ThemePicker(self.scene))

    def action_picture(self) -> None:
        """Write what is on screen to a file."""
        from flow_tui.app import picture  # noqa: PLC0415 - only when somebody asks

        file = picture.place(self.scene)
        self.session.reader.write(0, file, picture.svg(self.export_screenshot(title=self.title)))
