"""A verdict's colour says cold or hot, and is no cell's."""

import re

import numpy as np
import pytest

from app.live.component import FOLDER
from app.plot import theme
from tests.contrast import contrast

BACKGROUNDS = {"light": "#ffffff", "dark": "#1a1c24"}
CLOSE = 20.0
"""Distance in CIELAB below which two colours are taken for one where they stand apart; 2 can be told side by side."""


def verdicts(mode: str) -> list[str]:
    rules = (FOLDER / "live.css").read_text()
    cold, hot = (re.findall(rf"--live-{kind}: (#\w+)", rules) for kind in ("cold", "hot"))
    return [colours[mode == "dark"] for colours in (cold, hot)]


def lab(colour: str) -> np.ndarray:
    """CIE 1976 L*a*b* of a colour in sRGB, white point D65."""
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = matrix @ linear / np.array([0.95047, 1.0, 1.08883])
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_verdict_stands_out_and_has_no_cells_colour(mode):
    hues = theme.HUES_DARK if mode == "dark" else theme.HUES_LIGHT
    for colour in verdicts(mode):
        assert contrast(colour, BACKGROUNDS[mode]) >= 4.5
        for hue in hues:
            assert np.linalg.norm(lab(colour) - lab(hue)) > CLOSE, (colour, hue)
