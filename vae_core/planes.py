"""Planes of floats, (h, w), and frames on them: what finding ink and cutting out things share."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


class Frame(NamedTuple):
    """Where something is in a picture, in shares of its width and height."""

    left: float
    top: float
    right: float
    bottom: float


WHOLE = Frame(0.0, 0.0, 1.0, 1.0)


def resize(
    plane: Floats,
    size: tuple[int, int],
    box: tuple[float, float, float, float] | None = None,
    filter: Image.Resampling = Image.Resampling.BOX,
) -> Floats:
    """Resample (h, w), or its part `box` (left, top, right, bottom), to `size` (width, height)."""
    return np.array(Image.fromarray(plane).resize(size, filter, box))


def extent(mask: Mask) -> tuple[int, int, int, int]:
    """Top, bottom, left and right (ends exclusive) of the true part of a mask."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def edge_of(plane: np.ndarray) -> np.ndarray:
    """The outermost pixels of (h, w) or (h, w, c): (n,) or (n, c)."""
    return np.concatenate([plane[0], plane[-1], plane[1:-1, 0], plane[1:-1, -1]])


def to_gray(color: Floats) -> Floats:
    """(h, w, 1|3) -> (h, w). Grey pictures keep their exact values."""
    if (color == color[..., :1]).all():
        return color[..., 0]
    luma: Floats = color @ np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
    return luma
