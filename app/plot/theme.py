"""Colour means one thing: one hue a cell, one scale for gradient size, in a light and a dark version."""

import colorsys
from collections.abc import Mapping
from functools import cache

LIGHT = {
    "text": "#1f2430",
    "muted": "#5b6270",
    "grid": "#e3e5ea",
    "zero": "#9aa1ad",
    "band": "#5b627014",
    "band_edge": "#8a909c",
    "theory": "#444b58",
    "input": "#4a5160",
    "label": "#fcfcfd",
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
    "label": "#232936",
}
HUES_LIGHT = (
    "#b85c00", "#7a3fc9", "#0069b4", "#a8326e", "#00796b", "#357c02",
    "#433f01", "#d8152f", "#95503f", "#552e60", "#ca0e9c",
)  # fmt: skip
HUES_DARK = (
    "#ffa94d", "#c4a1ff", "#5ab8ff", "#ff8ac0", "#4fd1c0", "#93fc52",
    "#f2e702", "#f94d4e", "#bc7b6b", "#cc56f2", "#f92cc3",
)  # fmt: skip
"""Cells take these in menu order; the first three differ for the common kinds of colour-blindness too."""
GOLDEN = 0.618034
"""Turns of the colour wheel from one cell to the next beyond them, so that none comes back."""

SYMBOLS_LIGHT = {
    "i": "#0069b4",
    "f": "#b85c00",
    "g": "#00796b",
    "o": "#7a3fc9",
    "r": "#8a4b2a",
    "z": "#3f51b5",
    "n": "#5d7300",
    "h": "#1b6e2d",
    "c": "#b0246b",
    "u": "#c4302b",
    "v": "#7a5c00",
    "q": "#6a1b9a",
    "x": "#4a5160",
}
SYMBOLS_DARK = {
    "i": "#5ab8ff",
    "f": "#ffa94d",
    "g": "#4fd1c0",
    "o": "#c4a1ff",
    "r": "#e0a37e",
    "z": "#9fa8ff",
    "n": "#c6d65a",
    "h": "#7ddc8c",
    "c": "#ff8ac0",
    "u": "#ff7b72",
    "v": "#e3c34a",
    "q": "#d69bff",
    "x": "#bac2d0",
}
"""One hue a symbol, in diagram, curves and formulas alike; a symbol not listed takes a cell's hue by its letter."""

_DIVERGING_LIGHT = ("#1d4f91", "#6fa3d4", "#f4f4f5", "#e0975a", "#9c3d0d")
_DIVERGING_DARK = ("#79b8ff", "#2f5f96", "#191d27", "#9a5a26", "#ffb066")
_STOPS = (0.0, 0.25, 0.42, 0.5, 0.58, 0.75, 1.0)
_SIZES_LIGHT = ("#123a7a", "#2f7fc1", "#5f9cc9", "#7d838f", "#cf8748", "#d4622a", "#8f1d14")
_SIZES_DARK = ("#5b8def", "#58a6e8", "#8fc1e3", "#a3a9b5", "#efb27c", "#f57f45", "#ff5a4a")


@cache
def gradient_size(mode: str) -> list[list[object]]:
    """Colour scale of log10 of a gradient on a fixed, symmetric range: cold below 1, neutral at 1, hot above."""
    return [list(stop) for stop in zip(_STOPS, _SIZES_DARK if mode == "dark" else _SIZES_LIGHT, strict=True)]


@cache
def symbol(name: str, mode: str) -> str:
    """Colour of a gate, a state or the input, whatever layer it stands in."""
    known = SYMBOLS_DARK if mode == "dark" else SYMBOLS_LIGHT
    return known.get(name) or known.get(name.rstrip("0123456789")) or hue(sum(map(ord, name)) % len(HUES_LIGHT), mode)


def diverging(mode: str) -> list[list[object]]:
    """Colour scale of a value on a fixed, symmetric range: neutral at 0."""
    stops = _DIVERGING_DARK if mode == "dark" else _DIVERGING_LIGHT
    return [[place / 4, stop] for place, stop in enumerate(stops)]


def opening(mode: str) -> list[list[object]]:
    """Colour scale of a gate on 0 to 1: the warm half of the diverging one."""
    stops = (_DIVERGING_DARK if mode == "dark" else _DIVERGING_LIGHT)[2:]
    return [[place / 2, stop] for place, stop in enumerate(stops)]


@cache
def colours(mode: str) -> Mapping[str, str]:
    """The named colours of a theme, "light" or "dark"."""
    return DARK if mode == "dark" else LIGHT


@cache
def hue(place: int, mode: str) -> str:
    """Colour of the cell at a place of the menu."""
    dark = mode == "dark"
    hues = HUES_DARK if dark else HUES_LIGHT
    if place < len(hues):
        return hues[place]
    channels = colorsys.hls_to_rgb(place * GOLDEN % 1, 0.75 if dark else 0.27, 0.8)
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)
