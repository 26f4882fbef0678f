"""Other keys than those of the table: which of a person's wishes hold, and why the others do not."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from types import MappingProxyType

from textual.binding import Binding
from textual.keys import Keys

from flow_tui.app import key_names, keys, step_keys
from flow_tui.dataclass import dataclass
from flow_tui.dsl.words import meant
from flow_tui.sanitize import line

_SAME = "a terminal sends the same for {}"
RESERVED = {
    "ctrl+c": "it interrupts, whatever is on screen",
    "ctrl+q": "it leaves, whatever is on screen",
    "ctrl+i": _SAME.format("tab"),
    "ctrl+m": _SAME.format("enter"),
    "ctrl+j": _SAME.format("a new line"),
    "ctrl+h": _SAME.format("backspace"),
    "ctrl+left_square_bracket": _SAME.format("escape"),
}
_EDITING = frozenset(f"ctrl+{letter}" for letter in "aewukdxv")
"""Keys that edit what is being typed."""
_MODIFIERS = ("ctrl", "shift", "alt", "super", "hyper", "meta")
_RARE = frozenset({"alt", "super", "hyper", "meta"})
_KNOWN = frozenset(each.value for each in Keys if not each.value.startswith("<"))
_WRITTEN = {
    "esc": "escape",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "del": "delete",
    "ins": "insert",
    "return": "enter",
}


TOGETHER: Mapping[str, tuple[tuple[Binding, ...], ...]] = MappingProxyType(
    {
        "at the steps of a run": (keys.GLOBAL, keys.RUN, step_keys.TREE, step_keys.LOG_ANYWHERE),
        "at the output of a run": (keys.GLOBAL, keys.RUN, keys.LOG, step_keys.TABS),
        "at the attempts of a step": (
            keys.GLOBAL,
            keys.RUN,
            step_keys.LOG_ANYWHERE,
            step_keys.TABS,
            step_keys.ATTEMPTS,
        ),
        "in the project": (keys.GLOBAL, keys.HOME),
        "while finding": (keys.GLOBAL, keys.HOME_FIND),
    }
)
"""What works at the same time; every other scope works with what works everywhere, or alone."""
MODAL = frozenset({"Dialogs", "Inputs", "Choosing", "Launch", "Gate", "Finding a step"})
"""Scopes that lie over everything: nothing else works there."""
TYPING = frozenset({"Finding", "Launch", "Gate", "Finding a step"})
"""Scopes in which letters are text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keymap:
    """What holds of what a person wishes."""

    keys: Mapping[str, tuple[str, ...]]
    """By the name of what they do; only what differs from the table."""
    troubles: tuple[str, ...] = ()
    """What does not hold, each with its reason."""

    def for_textual(self) -> dict[str, str]:
        """Return what Textual is told: whatever shared a key with what has changed is told its own again.

        It would otherwise lose that key, too.
        """
        moved = {key for name in self.keys for key in _usual(_TABLE[name])}
        sharing = {name: _usual(each) for name, each in _TABLE.items() if moved & {*_usual(each)}}
        return (
            {name: ",".join(wanted) for name, wanted in (sharing | dict(self.keys)).items()} if moved else {}
        )


_TABLE: Mapping[str, Binding] = {
    binding.id: binding for _, binding in keys.entries() if binding.id is not None
}


def _usual(binding: Binding) -> tuple[str, ...]:
    return tuple(key.strip() for key in binding.key.split(","))


def keymap(wishes: Mapping[str, str]) -> Keymap:
    """Return which keys hold: a wish that cannot be, or that gets in the way of another key, does not."""
    held: dict[str, tuple[str, ...]] = {}
    troubles: list[str] = []
    for name, said in wishes.items():
        wanted = tuple(_name(each) for each in _split(said))
        if name in _TABLE and wanted == _usual(_TABLE[name]):
            continue  # nobody wishes for anything else
        if why := _refusal(name, wanted):
            troubles.append(f"ui.keys.{line(name, 60)} = '{line(said, 60)}' does not hold: {why}")
        else:
            held[name] = wanted
    while clash := next(_clashes(held), None):
        first, second, key, where = clash
        troubles.append(
            f"'{key_names.shown(key)}' would do two things {where}: {first} and {second}; "
            f"{' and '.join(name for name in (first, second) if name in held)} keeps its usual key"
        )
        held.pop(first, None)
        held.pop(second, None)
    return Keymap(keys=held, troubles=tuple(troubles))


def _split(said: str) -> Iterator[str]:
    """Yield keys that are separated by commas or blanks; a comma alone is itself a key."""
    if said.strip() == ",":
        yield ","
        return
    yield from said.replace(",", " ").split()


def _name(said: str) -> str:
    """Return a key as Textual calls it, however a person writes it."""
    if said in _KNOWN:
        return said
    if said.startswith("^") and len(said) > 1:
        said = f"ctrl+{said[1:]}"
    *before, last = said.split("+") if said not in {"+", "ctrl++"} else ["+"]
    last = _WRITTEN.get(last.casefold(), last if len(last) == 1 else last.casefold())
    modifiers = [each.casefold() for each in before]
    if modifiers and len(last) == 1:
        last = last.casefold()
    return "+".join([*modifiers, key_names.named(last)])


def _refusal(name: str, wanted: tuple[str, ...]) -> str:
    """Return why these keys cannot be, or nothing."""
    if name not in _TABLE:
        return f"there is no such name; {meant(name, tuple(_TABLE)) or 'the help lists them'}"
    if not wanted:
        return "no key is named"
    if name == "app.interrupt":
        return "that stays at ctrl+c"
    return next((why for key in wanted if (why := _why_not(name, key))), "") or _rarity(wanted)


def _why_not(name: str, key: str) -> str:
    if key in RESERVED:
        return (
            ""
            if name == "app.quit" and key == "ctrl+q"
            else f"{key_names.shown(key)} is not free: {RESERVED[key]}"
        )
    *modifiers, last = key.split("+")
    for each in modifiers:
        if each not in _MODIFIERS:
            return (
                f"there is no key {line(key, 40)!r}; {meant(each, _MODIFIERS) or 'its beginning is unknown'}"
            )
    if not (last in _KNOWN or key_names.is_letter(last)):
        return f"there is no key {line(key, 40)!r}; {meant(last, tuple(_KNOWN)) or 'its name is unknown'}"
    types = any(name == binding.id for scope in TYPING for binding in keys.SCOPES.get(scope, ()))
    if types and (key in _EDITING or (not modifiers and key_names.is_letter(last))):
        return f"{key_names.shown(key)} is for what is typed there"
    return ""


def _rarity(wanted: tuple[str, ...]) -> str:
    rare = [key for key in wanted if _RARE & {*key.split("+")} or key.startswith("ctrl+shift+")]
    if len(rare) == len(wanted):
        return f"not every terminal sends {key_names.shown(rare[0])}: name another key beside it"
    return ""


def _clashes(held: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, str, str]]:
    """Yield two names that would have the same key at the same time, unless they always have."""
    for where, names in contexts():
        for first, second in combinations(names, 2):
            if first not in held and second not in held:
                continue
            one, other = (held.get(name, _usual(_TABLE[name])) for name in (first, second))
            usual = {*_usual(_TABLE[first])} & {*_usual(_TABLE[second])}
            for key in one:
                if key in other and key not in usual:
                    yield first, second, key, where


def contexts() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what works at the same time, with the words for it."""
    for where, groups in TOGETHER.items():
        yield where, tuple(binding.id for group in groups for binding in group if binding.id is not None)
    told = {id(binding) for groups in TOGETHER.values() for group in groups for binding in group}
    for scope, bindings in keys.SCOPES.items():
        if any(id(binding) in told for binding in bindings):
            continue
        around = () if scope in MODAL else keys.GLOBAL
        yield f"in {scope!r}", tuple(each.id for each in (*around, *bindings) if each.id is not None)
