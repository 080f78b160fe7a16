"""Finding the ink on a page, and framing it as MNIST frames its digits.

MNIST's makers fit the ink in a 20x20 box, keeping its shape, and place its centre of mass at the
centre of 28x28 (LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
recognition", 1998, section III.A).
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

INK_GRID = 100  # cells, at most, on the long side of the grid on which ink is told from paper
INK_BOX = 20 / 28  # longest side of the ink, as a fraction of the image's side

Array = NDArray[Any]
Floats = NDArray[np.float32]

# Why the ink that was taken may not be what was meant: an identifier, and a sentence for a person.
DOUBTS = {
    "several-groups": "There are several groups of strokes; this is the largest near the middle.",
    "lines": "Lines of the paper or a frame touch the strokes; some may be taken as ink.",
    "border": "The strokes touch the edge of the picture, so some of them may be cut off.",
    "low-contrast": "The strokes are faint against the paper, so parts of them may be missed.",
}


class Frame(NamedTuple):
    """Where something is in a picture, in shares of its width and height."""

    left: float
    top: float
    right: float
    bottom: float


WHOLE = Frame(0.0, 0.0, 1.0, 1.0)


class Ink(NamedTuple):
    """The ink that was found on a page."""

    image: Floats  # (height, width), framed as MNIST does: 0 on paper and up to 1 in ink
    frame: Frame  # around it on the page
    groups: list[Frame]  # around the other groups of strokes, the likeliest first
    doubt: str  # a key of DOUBTS, or "" without doubt


def resize(
    plane: Floats,
    size: tuple[int, int],
    box: tuple[float, float, float, float] | None = None,
    filter: Image.Resampling = Image.Resampling.BOX,
) -> Floats:
    """Resample (h, w), or its part `box` (left, top, right, bottom), to `size` (width, height)."""
    return np.array(Image.fromarray(plane).resize(size, filter, box))


def is_framed(pixels: Floats, height: int, width: int) -> bool:
    """Whether a picture is framed as all 70,000 images of MNIST are.

    Each of them is grey on paper of exactly 0, its ink has a longest side of 19 or 20 pixels and a
    largest value of 254 or 255, and its centre of mass is within 0.52 pixels of (14, 14).
    """
    if pixels.shape[:2] != (height, width) or (pixels != pixels[..., :1]).any():
        return False
    gray = pixels[..., 0]
    if gray.max() < 254 / 255:
        return False
    top, bottom, left, right = _extent(gray > 0)
    side = max(bottom - top, right - left)
    box = round(INK_BOX * min(height, width))
    y, x = _center(gray)
    return box - 1 <= side <= box and max(abs(y - height // 2), abs(x - width // 2)) < 0.53


def _extent(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Top, bottom, left and right (ends exclusive) of the true part of a mask."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _center(gray: Floats) -> tuple[float, float]:
    """Centre of mass (row, column), in pixels, of (h, w)."""
    total = gray.sum(dtype=float)
    y = gray.sum(1, dtype=float) @ np.arange(gray.shape[0]) / total
    x = gray.sum(0, dtype=float) @ np.arange(gray.shape[1]) / total
    return float(y), float(x)


def take(pixels: Floats, height: int, width: int) -> Ink | None:
    """Find the ink, whatever its colour and the paper's, and frame it; None on an empty page.

    Args:
        pixels: (h, w, 1 or 3) in [0, 1].
        height, width: of the image it is framed in.
    """
    ink = _find_ink(pixels)
    if ink is None:
        return None
    top, bottom, left, right = _extent(ink > 0.3)
    image = _frame(ink[top:bottom, left:right], height, width)
    if image is None:
        return None
    h, w = ink.shape
    return Ink(image, Frame(left / w, top / h, right / w, bottom / h), [], "")


def _frame(ink: Floats, height: int, width: int) -> Floats | None:
    """Strokes in a box that fits them -> (height, width), as MNIST does; None if all is noise."""
    box = round(INK_BOX * min(height, width))
    scale = box / max(ink.shape)
    h, w = (max(1, round(side * scale)) for side in ink.shape)
    small = resize(ink, (w, h)).clip(0)
    if small.max() == 0:
        return None
    small /= small.max()
    # As in MNIST, paper is exactly 0 and most of a stroke is at full strength, even a thin one.
    small = np.where(small < 0.02, 0, small / np.quantile(small[small > 0.1], 0.8)).clip(0, 1)
    y, x = _center(small)
    # Whole-pixel shifts, as in MNIST: they move the strokes without blurring them. Of a symmetric
    # stroke's tie not the noise decides, but the rounding before.
    row = min(max(0, round(height // 2 - round(y, 2))), height - h)
    column = min(max(0, round(width // 2 - round(x, 2))), width - w)
    framed = np.zeros((height, width), np.float32)
    framed[row : row + h, column : column + w] = small
    return framed


def _find_ink(pixels: Floats) -> Floats | None:
    """(h, w, c) -> (h, w): about 0 on paper and 1 in full ink, dust removed.

    Ink is a difference in colour from the paper, in one direction of colour space, so its polarity
    and hue do not matter. What is ink is decided on a coarse grid, where noise averages out.
    """
    h, w, channels = pixels.shape
    cell = math.ceil(max(h, w) / INK_GRID)
    rows, columns = math.ceil(h / cell), math.ceil(w / cell)
    cells = np.stack([resize(pixels[..., c], (columns, rows)) for c in range(channels)], 2)
    paper = _fit_paper(cells)
    difference = cells - _surface(rows, columns) @ paper
    contrast = np.linalg.norm(difference, axis=2)
    strongest = contrast.max()
    strong = difference[contrast > strongest / 2]
    direction = np.linalg.eigh(strong.T @ strong)[1][:, -1]
    direction *= 1 if (strong @ direction).sum() >= 0 else -1
    amount = difference @ direction
    noise = np.quantile(abs(amount), 0.1) / 0.1257  # standard deviation, if Gaussian
    inked = amount > max(0.1 * strongest, min(0.4 * strongest, 4 * noise))
    if strongest < max(0.04, min(0.3, 6 * noise)) or not inked.any():
        return None
    kept = _without_dust(amount * inked)
    near = resize(kept.astype(np.float32), (w, h)) > 0
    ink: Floats = ((pixels - _surface(h, w) @ paper) @ direction) * near
    ink /= np.quantile(ink[ink > (amount * kept).max() / 2], 0.9)
    return ink


def _surface(h: int, w: int) -> Floats:
    """(h, w, 6): the terms of a quadratic in row and column, enough for lighting to vary by."""
    y = np.linspace(-1, 1, h, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, w, dtype=np.float32)[None]
    terms = [np.ones_like(y), y, x, y * y, x * x, y * x]
    return np.stack([np.broadcast_to(term, (h, w)) for term in terms], 2)


def _fit_paper(cells: Floats) -> Floats:
    """Colour of the paper under its lighting: coefficients (6, c) of `_surface`.

    Reweighted least squares: what differs from the paper found so far counts ever less. The
    border, mostly paper, is fitted first, by a plane; then everything, by the quadratic.
    """
    h, w, channels = cells.shape
    terms, colors = _surface(h, w).reshape(h * w, 6), cells.reshape(h * w, channels)
    border = np.ones((h, w), bool)
    margin = max(1, min(h, w) // 12)
    border[margin:-margin, margin:-margin] = False
    everywhere = np.ones(h * w, bool)
    paper = np.zeros((6, channels), np.float32)
    paper[0] = np.median(cells[border], axis=0)
    for part, used in [(border.ravel(), 3)] * 5 + [(everywhere, 6)] * 5:
        distance = np.linalg.norm(colors - terms @ paper, axis=1)
        spread = max(2 / 255, float(np.quantile(distance[part], 0.4)) * 2)
        weights = (part / (1 + (distance / spread) ** 2) ** 2)[:, None]
        a = terms[:, :used]
        gram = a.T @ (a * weights) + 1e-4 * np.eye(used)
        paper[:used] = np.linalg.solve(gram, a.T @ (colors * weights))
    return paper


def _without_dust(mass: Floats) -> NDArray[np.bool_]:
    """Cells of the connected pieces with at least 5 % of the largest's ink, and cells around them.

    Args:
        mass: (h, w), the ink in every cell, 0 for none.
    """
    h, w = mass.shape
    waiting = {(int(y), int(x)) for y, x in np.argwhere(mass > 0)}
    pieces = []
    while waiting:
        piece = [waiting.pop()]
        for y, x in piece:  # grows while it is read
            around = {(y + i, x + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & waiting
            waiting -= around
            piece.extend(around)
        pieces.append((sum(float(mass[cell]) for cell in piece), piece))
    inside = [(m, p) for m, p in pieces if all(0 < y < h - 1 and 0 < x < w - 1 for y, x in p)]
    if inside and max(inside)[0] > 0.25 * max(pieces)[0]:
        pieces = inside  # what touches the edge then is a frame or a shadow
    least = 0.05 * max(pieces)[0]
    kept = np.zeros((h + 2, w + 2), bool)
    for total, piece in pieces:
        if total >= least:
            for y, x in piece:
                kept[y : y + 3, x : x + 3] = True
    return kept[1:-1, 1:-1]
