"""Themes of others made fit for text in many colours: none of it vanishes, whatever it stands on."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from textual.color import BLACK, WHITE, Color
from textual.theme import Theme

INKS = ("accent", "success", "warning", "error")
"""What says how things stand by its colour."""
LEAST = 4.0
"""The contrast of these with whatever they are painted on."""
FAINT, LEAST_FAINT = 0.55, 2.5
"""How much of the foreground there is in what matters less, and the contrast of that."""
_PANEL, _CURSOR = 1.2, 1.5
"""So far a ground may stand out from the background."""
_STEP = 0.05

_IN_ANSI: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "ansi-dark": {"block-cursor-background": "ansi_blue", "block-cursor-foreground": "ansi_bright_white"},
        "ansi-light": {"block-cursor-background": "ansi_white", "block-cursor-foreground": "ansi_black"},
    }
)
"""The cursor where nobody knows what the colours are: never one that text has."""


def legible(theme: Theme) -> Theme:
    """Return ``theme`` with quiet grounds, and with colours of text that can be told from all of them."""
    plain = {"block-cursor-text-style": "none", "block-cursor-blurred-text-style": "none"}
    if theme.ansi:
        return replace(theme, variables={**theme.variables, **plain, **_IN_ANSI.get(theme.name, {})})
    given = theme.to_color_system().generate()
    colours = {name: Color.parse(given[name]) for name in ("background", "foreground", "primary", *INKS)}
    background = colours["background"]
    surface, panel = (_quiet(background, Color.parse(given[name]), _PANEL) for name in ("surface", "panel"))
    cursor = _quiet(background, background.blend(colours["primary"], 0.3, alpha=1), _CURSOR)
    grounds = (background, surface, panel, cursor)
    inks = {name: _seen(colours[name], grounds).hex for name in INKS}
    foreground = _seen_faint(colours["foreground"], background, grounds).hex
    return replace(
        theme,
        foreground=foreground,
        surface=surface.hex,
        panel=panel.hex,
        accent=inks["accent"],
        success=inks["success"],
        warning=inks["warning"],
        error=inks["error"],
        variables={
            **theme.variables,
            **plain,
            "block-cursor-background": cursor.hex,
            "block-cursor-foreground": foreground,
            "block-cursor-blurred-background": panel.hex,
            "block-cursor-blurred-foreground": foreground,
            "footer-background": surface.hex,
            "footer-foreground": foreground,
            "footer-description-foreground": foreground,
            "footer-key-foreground": inks["accent"],
        },
    )


def contrast(one: Color, other: Color) -> float:
    """Return how well two colours can be told apart: 1 for the same, 21 for black and white."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _quiet(background: Color, ground: Color, most: float) -> Color:
    """Return ``ground``, nearer to the background where it stands out too much."""
    share = 1.0
    while contrast(background, quiet := background.blend(ground, share, alpha=1)) > most and share > 0:
        share -= _STEP
    return quiet


def _seen(ink: Color, grounds: tuple[Color, ...]) -> Color:
    """Return ``ink``, darker or lighter where it is lost on one of the grounds."""
    away, share = _away(grounds[0]), 0.0
    while min(contrast(seen := ink.blend(away, share), each) for each in grounds) < LEAST and share < 1:
        share += _STEP
    return seen


def _seen_faint(ink: Color, background: Color, grounds: tuple[Color, ...]) -> Color:
    """Return ``ink``, darker or lighter where a little of it on the background is lost."""
    away, share = _away(background), 0.0
    while share < 1:
        seen = ink.blend(away, share)
        faint = background.blend(seen, FAINT, alpha=1)
        if min(contrast(faint, each) for each in grounds) >= LEAST_FAINT:
            return seen
        share += _STEP
    return away


def _away(background: Color) -> Color:
    return WHITE if contrast(background, WHITE) > contrast(background, BLACK) else BLACK
