"""Finding the ink on a page, and framing it as MNIST frames its digits.

MNIST's makers fit the ink in a 20x20 box, keeping its shape, and place its centre of mass at the
centre of 28x28 (LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
recognition", 1998, section III.A).
"""

import math
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from vae_core.groups import CROSSES, LINE, doubt_about, find_groups
from vae_core.planes import WHOLE as WHOLE
from vae_core.planes import Floats, Mask, edge_of, extent, resize
from vae_core.planes import Frame as Frame

GRID = 160  # cells, at most, on the long side of the grid on which ink is told from paper
CROP_GRID = 60  # as many or a few less, at least, on that of a crop
THICKEST = 0.25  # stroke, in long sides of the page
SAME = 0.0111  # difference in level, of one tone
FULL = 0.97  # difference between white and black, of all that can be
DRAWN = 0.801  # share of a drawing's cells that are white or black
DARKEST = 0.3  # paper in a shadow, of the brightest, that is still made up for
FAINTEST = 0.251  # ink, of the strongest: no share of a cell that a drawing often covers
EDGE = 0.301  # of full ink, at the outline of strokes
TIE = 1e-6  # of ink: less is rounding, which decides nothing
TILT = 0.16  # rise of a line across the page, at most, in widths
CROSSES_CROP = 0.92  # share of a crop that a line covers
INK_BOX = 20 / 28  # longest side of the ink, as a fraction of the image's side


class Ink(NamedTuple):
    """The ink that was found on a page."""

    image: Floats  # (height, width), framed as MNIST does: 0 on paper and up to 1 in ink
    frame: Frame  # around it on the page
    groups: list[Frame]  # around the other groups of strokes, the likeliest first
    doubt: str  # a key of DOUBTS, or "" without doubt


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
    top, bottom, left, right = extent(gray > 0)
    side = max(bottom - top, right - left)
    box = round(INK_BOX * min(height, width))
    y, x = _center(gray)
    return box - 1 <= side <= box and max(abs(y - height // 2), abs(x - width // 2)) < 0.53


def _center(gray: Floats) -> tuple[float, float]:
    """Centre of mass (row, column), in pixels, of (h, w)."""
    total = gray.sum(dtype=float)
    y = gray.sum(1, dtype=float) @ np.arange(gray.shape[0]) / total
    x = gray.sum(0, dtype=float) @ np.arange(gray.shape[1]) / total
    return float(y), float(x)


def take(pixels: Floats, page: tuple[int, int], height: int, width: int) -> Ink | None:
    """Find the ink, whatever its colour and the paper's, and frame it; None on an empty page.

    Ink is a difference in colour from the paper beside it, in one direction of colour space, so
    its polarity and hue do not matter, nor do shadows and edges of the paper. What is ink is
    decided on a grid of cells, where noise averages out.

    Args:
        pixels: (h, w, 1 or 3) in [0, 1].
        page: (h, w) of the picture of which these pixels may be a crop.
        height, width: of the image it is framed in.
    """
    if (pixels == pixels[..., :1]).all():
        pixels = pixels[..., :1]
    h, w = pixels.shape[:2]
    cell = min(math.ceil(max(page) / GRID), math.ceil(max(h, w) / CROP_GRID))
    rows, columns = max(1, round(h / cell)), max(1, round(w / cell))
    cells = np.stack([resize(plane, (columns, rows)) for plane in pixels.transpose(2, 0, 1)], 2)
    direction = _ink_direction(cells)
    level = cells @ direction
    paper, noise = _paper(level, cells.shape[2])
    least = max(0.02, 5 * noise)
    excess, lines = _without_lines(
        level - paper, least, CROSSES if (h, w) == page else CROSSES_CROP
    )
    strongest = excess.max()
    if strongest < max(0.04, 8 * noise):
        return None
    groups = find_groups(level, excess, max(least, FAINTEST * strongest), 2 if lines.any() else 1)
    if not groups:
        return None
    best = groups[0]
    near = ndimage.maximum_filter(best.cells, 3, mode="constant")
    local = resize(paper, (w, h), filter=Image.Resampling.BILINEAR)
    ink = pixels @ direction - local
    if direction.sum() < 0:  # dark ink takes away a share of the light, which is less in a shadow
        ink /= (local / paper.min()).clip(DARKEST, 1)
    ink = (ink * (resize(near.astype(np.float32), (w, h)) > 0)).clip(0)
    inked = ink[ink > 0.501 * (excess * best.cells).max()]
    if not len(inked):
        return None
    ink /= np.quantile(inked, 0.9)
    top, bottom, left, right = extent(ink > EDGE)
    image = _frame(ink, (left, top, right, bottom), height, width)
    if image is None:
        return None
    frame = Frame(left / w, top / h, right / w, bottom / h)
    return Ink(image, frame, [group.frame for group in groups[1:6]], doubt_about(groups, excess))


def _frame(ink: Floats, box: tuple[int, int, int, int], height: int, width: int) -> Floats | None:
    """Strokes in a box that fits them -> (height, width), as MNIST does; None if all is noise."""
    left, top, right, bottom = box
    scale = round(INK_BOX * min(height, width)) / max(right - left, bottom - top)
    w, h = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    small = resize(ink, (w, h), box).clip(0)
    if small.max() == 0:
        return None
    small /= small.max()
    # As in MNIST, paper is exactly 0 and most of a stroke is at full strength, even a thin one.
    small = np.where(small < 0.0203, 0, small / np.quantile(small[small > 0.1], 0.8)).clip(0, 1)
    y, x = _center(small)
    # Whole-pixel shifts, as in MNIST: they move the strokes without blurring them. Of a symmetric
    # stroke's tie not the noise decides, but the rounding before.
    row = min(max(0, round(height // 2 - round(y, 2))), height - h)
    column = min(max(0, round(width // 2 - round(x, 2))), width - w)
    framed = np.zeros((height, width), np.float32)
    framed[row : row + h, column : column + w] = small
    return framed


def _odd(n: float) -> int:
    """An odd number near n, at least 1."""
    return 2 * int(n / 2) + 1


def _opening(level: Floats, size: int) -> Floats:
    """Remove what is brighter than its surroundings and narrower than `size`."""
    padded = np.pad(level, size, mode="edge")
    opened: Floats = ndimage.grey_opening(padded, (size, size))
    return opened[size:-size, size:-size]


def _paper(level: Floats, channels: int) -> tuple[Floats, float]:
    """What the cells would be without ink, (rows, columns), and their noise's deviation."""
    if _is_drawing(level, channels):
        return np.full_like(level, level.min()), 0.0
    paper = _opening(level, _odd(THICKEST * max(level.shape)))
    low, middle = np.quantile(level - paper, (0.1, 0.5))  # more than half of the page is paper
    return paper + middle, float(middle - low) / 1.2816  # if the noise is Gaussian


def _is_drawing(level: Floats, channels: int) -> bool:
    """Whether nearly all cells are black or white: such a page has thick strokes, no shadows."""
    low, high = level.min(), level.max()
    extreme = (level - low < SAME) | (high - level < SAME)
    return bool(high - low > FULL * math.sqrt(channels) and extreme.mean() > DRAWN)


def _ink_direction(cells: Floats) -> Floats:
    """The direction (c,) in colour space, of length 1, from paper to ink.

    It is the one in which cells differ most from what is around them. Ink is rarer than paper, so
    the differences towards ink are fewer and larger: their skewness tells ink from paper.
    """
    rows, columns, channels = cells.shape
    size = _odd(max(rows, columns) / 6)
    local = np.stack(
        [ndimage.uniform_filter(cells[..., c], size, mode="reflect") for c in range(channels)], 2
    )
    away = cells - local
    contrast = np.linalg.norm(away, axis=2)
    strong = away[contrast > contrast.max() / 2]
    direction = np.linalg.eigh(strong.T @ strong)[1][:, -1].astype(np.float32)
    level = cells @ direction
    if _is_drawing(level, channels):
        upper = level > (level.min() + level.max()) / 2
        return direction if 2 * upper.mean() + edge_of(upper).mean() <= 1.5 else -direction
    return direction if ((away @ direction) ** 3).sum() >= 0 else -direction


def _without_lines(excess: Floats, least: float, crosses: float) -> tuple[Floats, Mask]:
    """Remove lines that run across the page, but where strokes cross them; and tell where."""
    level = _level_lines(excess, least, crosses)
    upright = _level_lines(excess.T, least, crosses).T
    lines = level | upright
    if not lines.any():
        return excess, lines
    free = np.where(lines, 0, excess)
    side = 2 * LINE + 3
    above = ndimage.maximum_filter1d(free, side, axis=0, mode="nearest")
    beside = ndimage.maximum_filter1d(free, side, axis=1, mode="nearest")
    around = ndimage.maximum_filter(free, side, mode="nearest")
    stroke = np.where(level, np.where(upright, around, above), np.where(upright, beside, excess))
    return np.minimum(excess, stroke), lines


def _level_lines(excess: Floats, least: float, share: float) -> Mask:
    """Cells of the lines that run from left to right, rising or falling by at most TILT.

    A line is at most 2 LINE + 1 cells thick. What is thicker may hide a line but shows none.
    """
    rows, columns = excess.shape
    inked = excess > least
    thick = ndimage.binary_opening(inked, np.ones((2 * LINE + 2, 1)))
    steepest = int(TILT * columns)
    beyond = ((steepest, steepest), (0, 0))
    weight = np.pad(np.where(thick, 0, excess / (2 * least)).clip(0, 1), beyond)
    thick = np.pad(thick, beyond)
    inked = ndimage.maximum_filter1d(weight >= 0.5, 3, axis=0, mode="constant")
    x = np.arange(columns)
    place = (x + 0.5) / columns - 0.5
    best, slope = np.zeros(rows), np.zeros(rows, int)
    for rise in range(-steepest, steepest + 1):
        path = np.arange(rows)[:, None] + np.rint(rise * place).astype(int) + steepest
        shown = columns - thick[path, x].sum(1)
        crosses = (shown > columns / 2) & (inked[path, x].sum(1) >= share * shown)
        along = np.where(crosses, weight[path, x].sum(1, dtype=float) / np.maximum(shown, 1), 0)
        better = along > best + TIE
        best[better], slope[better] = along[better], rise
    cells = np.zeros(weight.shape, bool)
    for row in np.flatnonzero((best > 0) & (best >= ndimage.maximum_filter1d(best, 5) - TIE)):
        path = row + np.rint(slope[row] * place).astype(int) + steepest
        for off in range(-LINE, LINE + 1):
            cells[np.clip(path + off, 0, len(cells) - 1), x] = True
    return cells[steepest : steepest + rows]
