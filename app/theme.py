"""Colour means one thing: one hue a cell, one scale for gradient size, in a light and a dark version."""

from collections.abc import Mapping

LIGHT = {
    "text": "#1f2430",
    "muted": "#5b6270",
    "grid": "#e3e5ea",
    "zero": "#9aa0ac",
    "band": "#5b627014",
    "band_edge": "#8a909c",
    "theory": "#444b58",
    "input": "#4a5160",
}
DARK = {
    "text": "#eceef3",
    "muted": "#a9b0be",
    "grid": "#2b3140",
    "zero": "#7c8494",
    "band": "#c8d0e014",
    "band_edge": "#8a93a6",
    "theory": "#c9cfdb",
    "input": "#bac2d0",
}
HUES_LIGHT = ("#b85c00", "#7a3fc9", "#0069b4", "#a8326e", "#00796b", "#6b6a00", "#8a4b2a", "#3f51b5")
HUES_DARK = ("#ffa94d", "#c4a1ff", "#5ab8ff", "#ff8ac0", "#4fd1c0", "#d8d65a", "#e0a37e", "#9fa8ff")
"""Cells take these in menu order; adjacent ones differ for the common kinds of colour-blindness too."""

GRADIENT_SIZE = (
    (0.0, "#123a7a"),
    (0.25, "#2f7fc1"),
    (0.42, "#8db9d6"),
    (0.5, "#9aa0ac"),
    (0.58, "#e0a36a"),
    (0.75, "#d4622a"),
    (1.0, "#8f1d14"),
)
"""log10 of a gradient on a fixed, symmetric range: cold as it shrinks, neutral where carried, hot as it grows."""


def colours(mode: str) -> Mapping[str, str]:
    """The named colours of a theme, "light" or "dark"."""
    return DARK if mode == "dark" else LIGHT


def hue(place: int, mode: str) -> str:
    """Colour of the cell at a place of the menu."""
    hues = HUES_DARK if mode == "dark" else HUES_LIGHT
    return hues[place % len(hues)]


def repaint() -> dict[str, str]:
    """{light colour: dark colour}: what turns a figure drawn for the light theme into one for the dark theme."""
    pairs = dict(zip(HUES_LIGHT, HUES_DARK, strict=True))
    return pairs | {LIGHT[name]: DARK[name] for name in LIGHT}
