"""What keys are called: by Textual, and by people."""

import unicodedata
from types import MappingProxyType

from textual.keys import KEY_NAME_REPLACEMENTS

_NAMES = MappingProxyType(
    {
        "question_mark": "?",
        "colon": ":",
        "slash": "/",
        "plus": "+",
        "minus": "-",
        "equals_sign": "=",
        "less_than_sign": "<",
        "greater_than_sign": ">",
        "ampersand": "&",
        "apostrophe": "'",
        "comma": ",",
        "full_stop": ".",
        "left_square_bracket": "[",
        "right_square_bracket": "]",
        "up": "↑",
        "down": "↓",
        "left": "←",
        "right": "→",
        "pageup": "pgup",
        "pagedown": "pgdn",
        "escape": "esc",
    }
)


_SIGNS = MappingProxyType({short: name for name, short in KEY_NAME_REPLACEMENTS.items()})


def shown(key: str) -> str:
    """Return how a key is written for people."""
    *before, last = key.split("+")
    letter = "" if last in _NAMES or len(last) == 1 else _letter(last)
    return "+".join([*before, _NAMES.get(last, letter or last)]).replace("ctrl+", "^")


def named(said: str) -> str:
    """Return how Textual calls a key that people write as one letter."""
    if len(said) != 1 or said.isalnum():
        return said
    name = unicodedata.name(said, said).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def is_letter(key: str) -> bool:
    """Say whether a key, as Textual calls it, is text where one types."""
    return len(key) == 1 or key == "space" or bool(_letter(key))


def _letter(key: str) -> str:
    """Return the letter or sign that Textual calls so, or nothing."""
    known = _NAMES.get(key, "")
    if len(known) == 1 and known.isascii():
        return known
    try:
        found = unicodedata.lookup(
            _SIGNS.get(key, key).replace("hyphen_minus", "hyphen-minus").replace("_", " ")
        )
    except KeyError:
        return ""
    return found if found.isprintable() and found != " " else ""
