"""Colours of text that goes through the view of recorded lines: SGR, around what has been made harmless."""

from flow_tui.sanitize import visible

FAINT, STRONG = 2, 1
RED, GREEN, YELLOW, CYAN = 31, 32, 33, 36


def ink(text: str, *codes: int) -> str:
    """Return ``text`` with nothing in it that acts, in a colour or emphasis."""
    shown = visible(text.rstrip("\r").expandtabs())
    return f"\x1b[{';'.join(map(str, codes))}m{shown}\x1b[0m" if codes and shown else shown


def head(text: str) -> str:
    """Return the line over a part of a page."""
    return ink(text, STRONG, CYAN)
