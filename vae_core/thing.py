"""Cutting a thing out of a plain background, and framing it as Fashion-MNIST frames garments.

Its makers trimmed the background, made the longest side 28 pixels and put the thing at the centre
of a black square (Xiao, Rasul and Vollgraf, arXiv:1708.07747, section 2).
"""

from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from vae_core.planes import WHOLE, Floats, Frame, edge_of, extent, resize

PLAIN = 0.08  # from the background's colour, at most, in every channel
PLAIN_SHARE = 0.6  # of the picture's edge that is so near to it
DUST = 0.05  # of the largest piece's area: smaller pieces are none of the thing
SMALLEST = 0.0001  # share of the picture that a thing covers
DARK = 0.15  # mean grey below which a thing on a light background is turned to light


class Thing(NamedTuple):
    """A thing in front of a plain background."""

    image: Floats | None  # (height, width), the background is 0; None if there is nothing else
    frame: Frame  # around it in the picture


def is_framed(color: Floats, height: int, width: int) -> bool:
    """Whether (h, w, c) has the size of the training images and, as they have, no light edge."""
    return color.shape[:2] == (height, width) and not _is_light(_background(color))


def cut_out(color: Floats, gray: Floats, height: int, width: int) -> Thing | None:
    """Frame what is in front of a plain background; None without such a background.

    The background becomes 0. The thing keeps its greys, because that is how the training images
    were cut out, unless it is as good as black on a light background: then it is turned to white.

    Args:
        color: (h, w, 1 or 3) in [0, 1].
        gray: (h, w), the same in grey.
        height, width: of the image it is framed in.
    """
    background = _background(color)
    if background is None:
        return None
    alike = abs(color - background).max(2) <= PLAIN
    label, _ = ndimage.label(alike)
    at_edge = np.zeros(label.max() + 1, bool)
    at_edge[edge_of(label)] = True
    at_edge[0] = False
    thing = _without_dust(~at_edge[label])
    if thing.mean() < SMALLEST:
        return Thing(None, WHOLE)
    if _is_light(background) and gray[thing].mean() < DARK:
        gray = 1 - gray
    top, bottom, left, right = extent(thing)
    scale = min(height / (bottom - top), width / (right - left))
    h, w = max(1, round((bottom - top) * scale)), max(1, round((right - left) * scale))
    filter = Image.Resampling.LANCZOS
    small = resize(gray * thing, (w, h), (left, top, right, bottom), filter).clip(0, 1)
    image = np.zeros((height, width), np.float32)
    row, column = (height - h) // 2, (width - w) // 2
    image[row : row + h, column : column + w] = small
    rows, columns = gray.shape
    return Thing(image, Frame(left / columns, top / rows, right / columns, bottom / rows))


def _background(color: Floats) -> Floats | None:
    """The colour (c,) of most of the picture's edge, if there is one."""
    edge = edge_of(color)
    middle = np.median(edge, axis=0)
    plain = (abs(edge - middle).max(1) <= PLAIN).mean() >= PLAIN_SHARE
    return middle if plain else None


def _is_light(background: Floats | None) -> bool:
    return background is not None and float(background.mean()) > 0.5


def _without_dust(mask: np.ndarray) -> np.ndarray:
    label, n = ndimage.label(mask, np.ones((3, 3)))
    if n == 0:
        return mask
    area = np.bincount(label.ravel())
    area[0] = 0
    return np.isin(label, np.flatnonzero(area >= DUST * area.max()))
