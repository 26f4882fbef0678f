"""Every setting with its value, its source and its meaning; those of the screen are changed in place."""

import json
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static
from typing_extensions import override

from flow_tui.app import dialog_keys, key_names, keys, marks
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.base import FullScreen
from flow_tui.app.text import plain, short
from flow_tui.app.widgets.entries import Entries, Entry
from flow_tui.app.widgets.key_bar import KeyBar
from flow_tui.runtime.messages import CouldNotRead, News
from flow_tui.runtime.ui_settings import KEYS, TABLE, About, Change, Scalar, Setting, SettingsTold, about
from flow_tui.view import format as fmt

_OURS = f"{TABLE}."
_KEYS = f"{TABLE}.{KEYS}."
_ABOUT: Mapping[str, About] = MappingProxyType({f"{_OURS}{each.name}": each for each in about()})
_TROUBLES = 3
"""So much of what does not hold is told."""
_NAME_WIDTH = 20
_VALUE_WIDTH = 22
_READ = "Typing keys: their names, with commas between, such as 'x,ctrl+x,f5'; nothing for the usual ones."


class Settings(Entries, inherit_bindings=True):
    """A list in which nothing opens: what is under the cursor changes."""

    BINDINGS: ClassVar[list[BindingType]] = [*dialog_keys.SETTINGS_LIST]


class SettingsScreen(FullScreen):
    """Lists settings by subject; the sentence below says what the one under the cursor means."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.SETTINGS]
    AUTO_FOCUS = "Entries"
    CSS_PATH = Path(__file__).with_name("settings.tcss")

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self._scene = scene
        self._token = 0
        self._told: SettingsTold | None = None
        self._pending: dict[str, Change] = {}
        """What was asked for and is not known to have happened."""
        self._trouble = ""
        self._query = ""
        self._typing = ""
        """What the line is for in which one types."""

    def compose(self) -> ComposeResult:
        """List over explanation over the line in which one types."""
        yield Static(id="settings-title", markup=False)
        yield Settings(id="settings")
        yield Static(id="settings-about", markup=False)
        yield Input(id="settings-input", compact=True)
        yield KeyBar()

    def on_mount(self) -> None:
        """Ask what is set."""
        field = self.query_one(Input)
        field.cursor_blink = False
        field.display = False
        app_of(self).clear_notifications()  # what does not hold is told here, and they would lie over it
        self._ask()
        self._show()

    def _ask(self) -> None:
        self._token += 1
        self._scene.session.reader.settings(self._token, tuple(self._pending.values()))

    def answer(self, item: News) -> None:
        """Show what is in force now."""
        match item:
            case SettingsTold():
                if item.token == self._token:
                    self._pending.clear()
                self._told, self._trouble = item, item.why
                self._show()
            case CouldNotRead(token=token, why=why) if token == self._token:
                self._trouble = why
                self._show()
            case _:
                return

    # What is shown

    def _show(self) -> None:
        said = self._told.file if self._told is not None else "reading"
        title = self.query_one("#settings-title", Static)
        said = fmt.from_home(said, os.environ.get("HOME", ""))
        title.update(Content.assemble(("Settings", marks.STRONG), "  ", short(said, style=marks.FAINT)))
        self.query_one(Entries).show(list(self._entries()))
        self._explain()
        self.refresh_bindings()

    def _found(self) -> dict[str, Setting]:
        return {each.name: each for each in self._told.settings} if self._told is not None else {}

    def _entries(self) -> Iterator[Entry]:
        found = self._found()
        own = [each for name, each in found.items() if name in _ABOUT]
        bound = [each.id for _, each in keys.entries() if each.id is not None]
        chosen = [_key_setting(name, found) for name in dict.fromkeys(bound)] if found else []
        lost = [
            each for name, each in found.items() if name.startswith(_KEYS) and name[len(_KEYS) :] not in bound
        ]
        others = [each for name, each in found.items() if not name.startswith(_OURS)]
        for heading, settings in (
            ("The screen", own),
            ("Everything else", others),
            ("Keys", [*lost, *chosen]),
        ):
            listed = [each for each in settings if self._fits(each)]
            if listed:
                yield Entry(key="", draw=partial(_heading, heading))
                yield from (Entry(key=each.name, draw=partial(_line, each)) for each in listed)

    def _fits(self, setting: Setting) -> bool:
        return self._query.casefold() in f"{setting.name} {setting.about} {_value(setting)}".casefold()

    def _explain(self) -> None:
        setting = self._setting
        said: list[Content] = []
        if self._trouble:
            said.append(short(self._trouble, 400, marks.WARNING))
        said += [
            short(each, 160, marks.WARNING) for each in getattr(app_of(self), "troubles", ())[:_TROUBLES]
        ]
        if setting is not None:
            said.append(Content.assemble(plain(setting.name, "bold"), "  ", short(setting.about, 300)))
            said.append(Content.styled(_how(setting), marks.FAINT))
        elif not self._trouble:
            said.append(Content.styled("nothing fits" if self._query else "", marks.FAINT))
        self.query_one("#settings-about", Static).update(Content("\n").join(said))

    @override
    def in_footer(self, name: str) -> bool:
        """Say whether a key is to be told: that one changes things, only where it does."""
        setting = self._setting if name == "settings.change" else None
        return setting is None or setting.name.startswith(_OURS)

    @property
    def _setting(self) -> Setting | None:
        name = self.query_one(Entries).key
        found = self._found()
        if name.startswith(_KEYS):
            return _key_setting(name[len(_KEYS) :], found)
        return found.get(name)

    @on(Entries.Highlighted)
    def _moved(self, event: Entries.Highlighted) -> None:
        event.stop()
        self._explain()
        self.refresh_bindings()

    # Changing

    @on(Entries.Opened)
    def _opened(self, event: Entries.Opened) -> None:
        event.stop()
        setting = self._setting
        if setting is None:
            return
        known = _ABOUT.get(setting.name)
        if setting.name == f"{_OURS}theme":
            from flow_tui.app.screens.themes import ThemePicker  # noqa: PLC0415 - only when it is opened

            app_of(self).push_screen(ThemePicker(self._scene))
        elif known is not None and known.choices:
            self._set(setting.name, _next(known, setting.value))
        elif setting.name.startswith(_KEYS):
            self._type(_text(setting), "keys")

    def _set(self, name: str, value: Scalar | None) -> None:
        own = name.removeprefix(_OURS)
        self._pending[own] = Change(name=own, value=value)
        self._ask()

    def _type(self, text: str, what: str) -> None:
        field = self.query_one(Input)
        self._typing = what
        field.value, field.placeholder = text, what
        field.display = True
        field.focus()
        field.cursor_position = len(text)
        if what == "keys":
            self.query_one("#settings-about", Static).update(Content(_READ))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if self._typing == "find":
            self._query = event.value.strip()
            self._show()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        setting = self._setting
        if self._typing == "keys" and setting is not None:
            wanted = event.value.strip()
            usual = wanted == "" or wanted == _usual(setting.name[len(_KEYS) :])
            self._set(setting.name, None if usual else wanted)
        self._done()

    def _done(self) -> None:
        self.query_one(Input).display = False
        self.query_one(Entries).focus()
        self._explain()

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow to go back to the usual value where there is another."""
        if action != "usual":
            return True
        setting = self._setting
        return setting is not None and setting.name.startswith(_OURS) and setting.source != "default"

    def action_usual(self) -> None:
        """Take what is set out of the user's file."""
        setting = self._setting
        if setting is not None:
            self._set(setting.name, None)

    def action_find(self) -> None:
        """Type what to find."""
        self._type(self._query, "find")

    def action_back(self) -> None:
        """Leave what is typed, then what was found, then the screen."""
        if self.query_one(Input).display:
            self._done()
        elif self._query:
            self._query = ""
            self._show()
        else:
            self.dismiss(None)


def _next(known: About, value: object) -> Scalar:
    at = known.choices.index(_written(value)) if _written(value) in known.choices else -1
    following = known.choices[(at + 1) % len(known.choices)]
    return following == "true" if isinstance(known.default, bool) else following


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _value(setting: Setting) -> str:
    return _written(setting.value) or "–"


def _text(setting: Setting) -> str:
    return setting.value if isinstance(setting.value, str) else ""


def _binding(name: str) -> Binding | None:
    return next((each for _, each in keys.entries() if each.id == name), None)


def _usual(name: str) -> str:
    """Return the keys of the table, as one would type them."""
    binding = _binding(name)
    return (
        ",".join(key_names.shown(key.strip()) for key in binding.key.split(","))
        if binding is not None
        else ""
    )


def _key_setting(name: str, found: Mapping[str, Setting]) -> Setting:
    """Return which keys do something, whether or not somebody has set them."""
    binding = _binding(name)
    said = binding.tooltip if binding is not None else "there is nothing of that name"
    chosen = found.get(f"{_KEYS}{name}")
    value, source = (chosen.value, chosen.source) if chosen is not None else (_usual(name), "default")
    return Setting(name=f"{_KEYS}{name}", value=value, source=source, about=said)


def _how(setting: Setting) -> str:
    """Return how a setting is changed, and what else it can be."""
    known = _ABOUT.get(setting.name)
    if known is not None and known.choices:
        return f"enter: {' · '.join(known.choices)}"
    if setting.name.startswith(_OURS):
        return "enter: choose" if known is not None else "enter: type keys"
    return "this is changed in the file: it decides what may run, and as whom"


def _heading(said: str, _width: int) -> Content:
    return Content.styled(said, marks.STRONG)


def _line(setting: Setting, width: int) -> Content:
    """Return a setting on one line."""
    name = setting.name.removeprefix(_KEYS).removeprefix(_OURS)
    is_set = setting.source != "default"
    wide = max(_NAME_WIDTH, min(30, width // 4))
    home = os.environ.get("HOME", "")
    value = fmt.cut(fmt.from_home(_value(setting), home), _VALUE_WIDTH - 1)
    return Content.assemble(
        plain(f"  {fmt.fit(name, wide)} "),
        plain(fmt.fit(value, _VALUE_WIDTH), marks.ACCENT if is_set else ""),
        short(fmt.from_home(setting.source, home) if is_set else "", style=marks.FAINT),
    )
