"""How the program looks by itself; Textual's own themes are there as well."""

from dataclasses import replace

from rich.terminal_theme import TerminalTheme
from textual.theme import BUILTIN_THEMES, Theme

DUSK = Theme(
    name="dusk",
    primary="#7fb4ca",
    secondary="#5f7a8c",
    accent="#7fb4ca",
    foreground="#d3d7de",
    background="#15171c",
    surface="#1a1d23",
    panel="#22262e",
    success="#87c38f",
    warning="#e2b866",
    error="#e87d7d",
    dark=True,
    variables={
        "block-cursor-background": "#2d3a46",
        "block-cursor-foreground": "#eef1f5",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#22262e",
        "block-cursor-blurred-text-style": "none",
        "input-selection-background": "#7fb4ca 30%",
        "footer-background": "#1a1d23",
        "footer-key-foreground": "#7fb4ca",
        "scrollbar": "#333a45",
        "scrollbar-hover": "#465060",
        "scrollbar-active": "#5f7a8c",
        "scrollbar-background": "#15171c",
        "scrollbar-background-hover": "#15171c",
        "scrollbar-background-active": "#15171c",
        "border": "#5f7a8c",
        "border-blurred": "#2b3039",
    },
)
"""One accent on quiet greys; colour only where something runs, waits or went wrong."""

DAWN = Theme(
    name="dawn",
    primary="#2b6783",
    secondary="#5f7a8c",
    accent="#2b6783",
    foreground="#24292f",
    background="#fbfbf9",
    surface="#f2f2ee",
    panel="#e6e7e3",
    success="#2c7a3d",
    warning="#8f5a00",
    error="#b42b2b",
    dark=False,
    variables={
        "block-cursor-background": "#d3e1e8",
        "block-cursor-foreground": "#14181c",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#e6e7e3",
        "block-cursor-blurred-text-style": "none",
        "input-selection-background": "#2b6783 30%",
        "footer-background": "#f2f2ee",
        "footer-key-foreground": "#2b6783",
        "scrollbar": "#c9ccc6",
        "scrollbar-hover": "#b1b5ae",
        "scrollbar-active": "#5f7a8c",
        "scrollbar-background": "#fbfbf9",
        "scrollbar-background-hover": "#fbfbf9",
        "scrollbar-background-active": "#fbfbf9",
        "border": "#5f7a8c",
        "border-blurred": "#d3d6d0",
    },
)
"""The same by day."""

TERMINAL = replace(
    BUILTIN_THEMES["ansi-dark"],
    name="terminal",
    accent="ansi_cyan",
    primary="ansi_cyan",
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "block-cursor-background": "ansi_blue",
        "block-cursor-foreground": "ansi_bright_white",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-text-style": "none",
        "border": "ansi_cyan",
        "border-blurred": "ansi_bright_black",
    },
)
"""The colours of the terminal itself, dark or light."""

OURS = (DUSK, DAWN, TERMINAL)

ANSI = TerminalTheme(
    (0x15, 0x17, 0x1C),
    (0xD3, 0xD7, 0xDE),
    [
        (0x33, 0x3A, 0x45),
        (0xE8, 0x7D, 0x7D),
        (0x87, 0xC3, 0x8F),
        (0xE2, 0xB8, 0x66),
        (0x7F, 0xA6, 0xD9),
        (0xC3, 0x98, 0xCE),
        (0x7F, 0xB4, 0xCA),
        (0xC3, 0xC8, 0xD1),
    ],
    [
        (0x6B, 0x74, 0x82),
        (0xF2, 0x9A, 0x9A),
        (0xA3, 0xD9, 0xAA),
        (0xF0, 0xCD, 0x88),
        (0x9D, 0xBE, 0xE8),
        (0xD6, 0xB3, 0xDF),
        (0x9C, 0xCC, 0xDF),
        (0xEE, 0xF1, 0xF5),
    ],
)
"""The sixteen colours of recorded output, to go with it."""
