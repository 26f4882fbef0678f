"""Texts that people and programs may say without anything happening: each acts, hides or deceives.

Every one carries a token of its own, so that it can be told apart where it comes out.
"""

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

_SEQUENCES = {
    "clipboard": "\x1b]52;c;aGk=\x07",
    "clipboard-st": "\x1b]52;p;aGk=\x1b\\",
    "clipboard-c1": "\x9d52;c;aGk=\x9c",
    "title": "\x1b]0;owned\x07",
    "icon": "\x1b]1;owned\x07",
    "title-only": "\x1b]2;owned\x1b\\",
    "palette": "\x1b]4;1;#000000\x07",
    "foreground": "\x1b]10;#000000\x07",
    "folder": "\x1b]7;file:///etc\x07",
    "link": "\x1b]8;;http://example.invalid\x07click\x1b]8;;\x07",
    "notify": "\x1b]9;owned\x07",
    "notify-kitty": "\x1b]99;;owned\x1b\\",
    "notify-urxvt": "\x1b]777;notify;owned;x\x07",
    "prompt-mark": "\x1b]133;A\x07",
    "iterm-file": "\x1b]1337;File=inline=1:QQ==\x07",
    "unterminated-osc": "\x1b]0;for ever",
    "clear": "\x1b[2J\x1b[H",
    "clear-scrollback": "\x1b[3J",
    "cursor-up": "\x1b[9A",
    "cursor-home": "\x1b[1;1H",
    "erase-line": "\x1b[2K",
    "scroll-region": "\x1b[1;1r",
    "hide-cursor": "\x1b[?25l",
    "alternate-screen": "\x1b[?1049h",
    "leave-screen": "\x1b[?1049l",
    "mouse": "\x1b[?1003h\x1b[?1006h",
    "focus": "\x1b[?1004h",
    "paste-end": "\x1b[201~rm -rf x\r",
    "paste-mode": "\x1b[?2004h",
    "synchronised": "\x1b[?2026h",
    "kitty-keys": "\x1b[>31u",
    "ask-cursor": "\x1b[6n",
    "ask-device": "\x1b[c\x1b[>c",
    "ask-title": "\x1b[21t",
    "ask-setting": "\x1bP$qm\x1b\\",
    "resize": "\x1b[8;1;1t",
    "media-copy": "\x1b[5i",
    "colour": "\x1b[31;5;8mred",
    "unterminated-csi": "\x1b[38;5;",
    "reset": "\x1bc",
    "charset": "\x1b(0lqk",
    "keypad": "\x1b=",
    "application": "\x1b_x\x1b\\",
    "privacy": "\x1b^x\x1b\\",
    "start-of-string": "\x1bXx\x1b\\",
    "graphics": "\x1b_Ga=T;QQ==\x1b\\",
    "sixel": "\x1bPq#0~\x1b\\",
    "tmux": "\x1bPtmux;\x1b\x1b]52;c;QQ==\x07\x1b\\",
    "csi-c1": "\x9b31m\x9b2J",
    "dcs-c1": "\x90q\x9c",
    "next-line-c1": "\x85\x84\x8d",
    "bell": "\x07\x07",
    "backspaces": "safe\x08\x08\x08\x08evil",
    "returns": "safe\revil",
    "feeds": "a\x0bb\x0cc",
    "shifts": "\x0e\x0f\x05",
    "delete": "\x7f\x7f",
    "escape-alone": "\x1b",
    "right-to-left": "\u202etxt.exe\u202c",
    "isolates": "\u2066a\u2067b\u2069",
    "marks": "\u200e\u200f\u061c",
    "zero-width": "a\u200bb\u200cc\u200dd\ufeffe",
    "joiner": "\u2060\u2061\u00ad",
    "tags": "\U000e0041\U000e007f",
    "selectors": "\ufe00\U000e0100",
    "fillers": "\u115f\u3164\uffa0",
    "separators": "a\u2028b\u2029c",
    "nonchars": "\ufdd0\ufffe\U0010ffff",
    "wide": "漢字" * 9 + "👩‍👩‍👧",
    "combining": "a" + "\u0301" * 40,
    "markup": "[/][bold red]x[/close]",
    "click": "[@click=app.quit]click[/]",
    "brackets": '{"a":[true]} [x] $x {{y}} %s',
    "ansi-words": "\\x1b[31m \\033]0;t\\a",
}
PAYLOADS: Mapping[str, str] = MappingProxyType(
    {name: f"Zq{number:02}{text}qZ" for number, (name, text) in enumerate(_SEQUENCES.items())}
)
NUL = "Zq98\x00qZ"
"""In no name and no argument, but in what programs print."""
SURROGATE = "Zq99\ud800\udcffqZ"
"""What Python makes of bytes that are no text."""

# Signs of the category "format" that have a glyph, such as the Arabic mark before a number.
_SEEN = {0x06DD, 0x070F, 0x08E2, 0x110BD, 0x110CD, *range(0x600, 0x606), *range(0x890, 0x892)}


def token(payload: str) -> str:
    """Return what is to be found of a payload, whatever is made of the rest."""
    return payload[:4]


def is_harmless(character: str) -> bool:
    """Say whether a character has a glyph of its own and does nothing."""
    code = ord(character)
    return code in _SEEN or (
        unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        and code & 0xFFFE != 0xFFFE
        and not 0xFDD0 <= code <= 0xFDEF
        and not 0xE0000 <= code <= 0xE0FFF
    )


def acting(text: str, also: str = "") -> list[str]:
    """Return what acts or hides in a text, but for the characters named, with what stands around it."""
    return [
        text[max(0, at - 20) : at + 20]
        for at, character in enumerate(text)
        if character not in also and not is_harmless(character)
    ]
