"""The map's ten colours, seen with normal vision and with each dichromacy."""

import re
from pathlib import Path

import numpy as np
import pytest

SOURCE = Path(__file__).resolve().parents[2] / "ui/web/parts/latent-map-paint.js"

# Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1.0, on linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
# IEC 61966-2-1: linear sRGB to CIE XYZ, and the white of D65.
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ.sum(axis=1)


def linear(colours: list[str]) -> np.ndarray:
    channels = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in colours])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def cielab(rgb: np.ndarray) -> np.ndarray:
    ratio = np.clip(rgb, 0, 1) @ TO_XYZ.T / WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = f.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def smallest_difference(colours: list[str], vision: str) -> float:
    lab = cielab(linear(colours) @ np.transpose(VISIONS[vision]))
    differences = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    return float(differences[np.triu_indices(len(colours), 1)].min())


def colours(name: str) -> list[str]:
    found = re.search(rf"const {name} = \[(.*?)\]", SOURCE.read_text(encoding="utf-8"), re.S)
    assert found
    return re.findall(r"#[0-9a-f]{6}", found[1])


@pytest.mark.parametrize("name", ["COLOURS", "IN_THE_DARK"])
@pytest.mark.parametrize("vision", VISIONS)
def test_ten_colours_are_told_apart(name: str, vision: str) -> None:
    """A CIELAB difference of 2.3 is just noticeable; small dots need many times that."""
    assert len(colours(name)) == 10
    assert smallest_difference(colours(name), vision) > 8 * 2.3


@pytest.mark.parametrize(
    ("name", "background"), [("COLOURS", "#ffffff"), ("IN_THE_DARK", "#12171e")]
)
def test_every_colour_shows_on_its_background(name: str, background: str) -> None:
    lightness = cielab(linear(colours(name)))[:, 0]
    assert abs(lightness - cielab(linear([background]))[0, 0]).min() > 10


def test_every_colour_of_the_dark_is_bright() -> None:
    """A contrast of 3 to 1, as WCAG 2.2 wants it of what is no text."""
    weights = [0.2126, 0.7152, 0.0722]
    behind, shown = (linear(one) @ weights for one in (["#12171e"], colours("IN_THE_DARK")))
    assert ((shown + 0.05) / (behind + 0.05)).min() > 3
