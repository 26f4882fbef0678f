"""How a person wants the screen: the ``[ui]`` table of the user's file, read without anything heavy.

A wrong value counts as not set here: what is wrong with the file is told by whoever reads all of it.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints

from flow_tui.dataclass import dataclass
from flow_tui.runtime.settings import user_file

Value = TypeVar("Value")
Scalar: TypeAlias = bool | str
TABLE = "ui"
KEYS = "keys"
_PLAIN_TERMINALS = frozenset({"linux", "vt100", "vt102", "vt220", "ansi"})
"""Whose characters are few."""


def _set(default: Value, about: str) -> Value:
    """Return a field with what it means."""
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True, slots=True, kw_only=True)
class UiSettings:
    """How the screen looks and behaves."""

    mode: Literal["auto", "tui", "plain", "quiet"] = _set(
        "auto", "how runs are shown when --ui does not say; auto is the dashboard, where there is a terminal"
    )
    theme: str = _set("dusk", "the colours; 'terminal' are those of the terminal itself")
    glyphs: Literal["auto", "unicode", "ascii"] = _set(
        "auto", "which characters are drawn with; auto is unicode wherever the locale knows it"
    )
    mouse: bool = _set(True, "whether clicks are the dashboard's; without, the terminal selects text")
    motion: bool = _set(True, "whether anything may slide or fade; clocks and new output are always shown")
    notify: Literal["all", "bell", "off"] = _set(
        "all", "how a waiting gate or an ended run calls: notification and bell, the bell alone, not at all"
    )
    log_wrap: bool = _set(False, "whether long lines of output begin on several rows")
    log_times: bool = _set(False, "whether it stands before each line of output when it began to come")
    format_on_save: bool = _set(
        False, "whether a definition that is written in the dashboard is laid out in the one style when saved"
    )
    summary: bool = _set(True, "whether a few lines about the run stay in the terminal afterwards")
    on_quit: Literal["ask", "cancel", "leave"] = _set(
        "ask", "what becomes of runs when the dashboard is left: ask, cancel them, or let them finish"
    )
    restore: bool = _set(True, "whether the dashboard opens as it was left in this folder")
    screen_reader: bool = _set(False, "lines instead of the dashboard, in ASCII, and nothing that moves")
    keys: Mapping[str, str] = field(
        default_factory=dict[str, str],
        metadata={"about": "other keys, by the name of what they do: 'run.cancel' = 'x,delete'"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """One setting of the screen, for people."""

    name: str
    choices: tuple[str, ...]
    """What it can be, where that is a short list."""
    default: Scalar
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value that is in force."""

    name: str
    value: object
    """As JSON has it."""
    source: str
    """Where it comes from, for people."""
    about: str = ""
    """What it means, where somebody asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value of the screen that is to be set in the user's file, or to be as it comes."""

    name: str
    """In the table; ``keys.ID`` is a key."""
    value: Scalar | None


def about() -> tuple[About, ...]:
    """Return every setting that has one value, in the order of the table."""
    hints = get_type_hints(UiSettings)
    return tuple(
        About(
            name=each.name,
            choices=_choices(hints[each.name]),
            default=cast("Scalar", each.default),
            said=each.metadata["about"],
        )
        for each in dataclasses.fields(UiSettings)
        if each.name != KEYS
    )


def _choices(hint: Any) -> tuple[str, ...]:
    if hint is bool:
        return ("true", "false")
    return tuple(map(str, get_args(hint))) if get_origin(hint) is Literal else ()


def read(environ: Mapping[str, str]) -> UiSettings:
    """Return what the user has set."""
    file = user_file(environ)
    return from_text(_text(file)) if file.is_file() else UiSettings()


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def wants_ascii(ui: UiSettings) -> bool:
    """Say whether a person has asked for ASCII."""
    return ui.screen_reader or ui.glyphs == "ascii"


def draws_ascii(ui: UiSettings, environ: Mapping[str, str]) -> bool:
    """Say whether everything is drawn in ASCII."""
    if ui.screen_reader or ui.glyphs != "auto":
        return wants_ascii(ui)
    if environ.get("TERM", "") in _PLAIN_TERMINALS:
        return True
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "UTF-8"
    return "utf-8" not in locale.casefold().replace("utf8", "utf-8")


def from_text(text: str) -> UiSettings:
    """Return what a file says about the screen, as far as it is right."""
    if TABLE not in text:
        return UiSettings()
    import tomllib  # noqa: PLC0415 - few have anything set

    try:
        table: Any = tomllib.loads(text).get(TABLE, {})
    except (tomllib.TOMLDecodeError, RecursionError):
        return UiSettings()
    return from_table(cast("Mapping[str, object]", table)) if isinstance(table, dict) else UiSettings()


def from_table(table: Mapping[str, object]) -> UiSettings:
    """Return what a table says, as far as it is right."""
    told = {each.name: table[each.name] for each in about() if _fits(each, table.get(each.name))}
    keys = table.get(KEYS)
    if isinstance(keys, dict):
        pairs = cast("dict[str, object]", keys).items()
        told[KEYS] = MappingProxyType({name: value for name, value in pairs if isinstance(value, str)})
    return UiSettings(**cast("Any", told))


def _fits(each: About, value: object) -> bool:
    if isinstance(each.default, bool):
        return isinstance(value, bool)
    return isinstance(value, str) and (not each.choices or value in each.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsTold:
    """What is in force, after changes if there were some."""

    token: int
    file: str
    """The user's."""
    settings: tuple[Setting, ...]
    ui: UiSettings
    why: str = ""
    """Why nothing was changed, or why a file cannot be read."""
