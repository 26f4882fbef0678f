"""How the program looks by itself; Textual's own themes are there as well."""

from textual.theme import Theme

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
