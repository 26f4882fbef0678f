"""Whatever theme is chosen, every colour that says something can be told from what it stands on."""

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from flow_tui.app.legible import FAINT, INKS, LEAST, LEAST_FAINT, contrast, legible
from flow_tui.app.themes import DAWN, DUSK

GROUNDS = (
    "background",
    "surface",
    "panel",
    "footer-background",
    "block-cursor-background",
    "block-cursor-blurred-background",
)
OTHERS = [legible(theme) for theme in BUILTIN_THEMES.values() if not theme.ansi]


@pytest.mark.parametrize("theme", [DUSK, DAWN, *OTHERS], ids=[t.name for t in (DUSK, DAWN, *OTHERS)])
def test_colours_can_be_read_on_every_ground_of_every_theme(theme: Theme) -> None:
    """Marks, keys, names and what is faint: on the background, in the footer and under the cursor."""
    made = {**theme.to_color_system().generate(), **theme.variables}
    colour = {
        name: Color.parse(made[name]) for name in ("foreground", "footer-key-foreground", *INKS, *GROUNDS)
    }
    faint = colour["background"].blend(colour["foreground"], FAINT, alpha=1)
    for ground in GROUNDS:
        for ink in ("foreground", "footer-key-foreground", *INKS):
            assert contrast(colour[ink], colour[ground]) > LEAST - 0.1, (ink, ground)
        assert contrast(faint, colour[ground]) >= LEAST_FAINT, ground


def test_the_cursor_of_a_theme_without_known_colours_has_a_ground_of_its_own() -> None:
    """Nothing is painted in the colour that the cursor has."""
    for theme in map(legible, (each for each in BUILTIN_THEMES.values() if each.ansi)):
        inks = {theme.accent, theme.success, theme.warning, theme.error}
        assert theme.variables["block-cursor-background"] not in inks
        assert theme.variables["block-cursor-text-style"] == "none"
