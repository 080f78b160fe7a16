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
from scipy import ndimage

GRID = 160  # cells, at most, on the long side of the grid on which ink is told from paper
CROP_GRID = 60  # as many or a few less, at least, on that of a crop
THICKEST = 0.25  # stroke, in long sides of the page
DARKEST = 0.3  # paper in a shadow, of the brightest, that is still made up for
FAINTEST = 0.25  # ink, of the strongest
LINE = 1  # cells on either side of a line's middle that it may cover
TILT = 0.16  # rise of a line across the page, at most, in widths
CROSSES, CROSSES_CROP = 0.65, 0.92  # share of the width that a line covers
NEAR = 0.1  # gap between pieces that belong together, in longest sides
RIVAL = 0.6  # of the best group's score, for another to raise a doubt
ALIKE = 0.6  # mean ink of a small piece, of that of the large piece it belongs to
PALE = 0.45  # ink, of the strongest, which may be a stain
MARGIN = 0.05  # of the page, in long sides: where nothing but frames and ends of lines are
ATTACHED = 0.35  # of the surroundings, at most, may be like a group of strokes
DUST = 0.02  # of the heaviest piece's ink
INK_BOX = 20 / 28  # longest side of the ink, as a fraction of the image's side

Array = NDArray[Any]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Why the ink that was taken may not be what was meant: an identifier, and a sentence for a person.
DOUBTS = {
    "several-groups": "There are several groups of strokes, and another may be the one you mean.",
    "border": "The strokes touch the edge of the picture, so some of them may be cut off.",
    "line": "What was taken is as long and thin as a line of the paper.",
    "low-contrast": "Some of the ink is much fainter than the rest: it may be a stain or a shadow.",
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
    top, bottom, left, right = extent(gray > 0)
    side = max(bottom - top, right - left)
    box = round(INK_BOX * min(height, width))
    y, x = _center(gray)
    return box - 1 <= side <= box and max(abs(y - height // 2), abs(x - width // 2)) < 0.53


def extent(mask: Mask) -> tuple[int, int, int, int]:
    """Top, bottom, left and right (ends exclusive) of the true part of a mask."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


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
    paper = _opening(level, _odd(THICKEST * max(rows, columns)))
    excess = level - paper
    low, middle = np.quantile(excess, (0.1, 0.5))  # of the paper, which is more than half of it
    noise = (middle - low) / 1.2816  # standard deviation, if Gaussian
    paper += middle
    excess -= middle
    least = max(0.02, 5 * noise)
    excess, lines = _without_lines(excess, least, CROSSES if (h, w) == page else CROSSES_CROP)
    strongest = excess.max()
    if strongest < max(0.04, 8 * noise):
        return None
    groups = _groups(level, excess, max(least, FAINTEST * strongest), 2 if lines.any() else 1)
    if not groups:
        return None
    best = groups[0]
    near = ndimage.maximum_filter(best.cells, 3, mode="constant")
    local = resize(paper, (w, h), filter=Image.Resampling.BILINEAR)
    ink = pixels @ direction - local
    if direction.sum() < 0:  # dark ink takes away a share of the light, which is less in a shadow
        ink /= (local / paper.min()).clip(DARKEST, 1)
    ink = (ink * (resize(near.astype(np.float32), (w, h)) > 0)).clip(0)
    inked = ink[ink > (excess * best.cells).max() / 2]
    if not len(inked):
        return None
    ink /= np.quantile(inked, 0.9)
    top, bottom, left, right = extent(ink > 0.3)
    image = _frame(ink[top:bottom, left:right], height, width)
    if image is None:
        return None
    frame = Frame(left / w, top / h, right / w, bottom / h)
    return Ink(image, frame, [group.frame for group in groups[1:6]], _doubt(groups, excess))


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


def _odd(n: float) -> int:
    """An odd number near n, at least 1."""
    return 2 * int(n / 2) + 1


def _opening(level: Floats, size: int) -> Floats:
    """Remove what is brighter than its surroundings and narrower than `size`."""
    padded = np.pad(level, size, mode="edge")
    opened: Floats = ndimage.grey_opening(padded, (size, size))
    return opened[size:-size, size:-size]


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
    along = away @ direction
    return direction if (along**3).sum() >= 0 else -direction


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
        along = np.where(crosses, weight[path, x].sum(1) / np.maximum(shown, 1), 0)
        better = along > best
        best[better], slope[better] = along[better], rise
    cells = np.zeros(weight.shape, bool)
    for row in np.flatnonzero((best > 0) & (best == ndimage.maximum_filter1d(best, 5))):
        path = row + np.rint(slope[row] * place).astype(int) + steepest
        for off in range(-LINE, LINE + 1):
            cells[np.clip(path + off, 0, len(cells) - 1), x] = True
    return cells[steepest : steepest + rows]


class Group(NamedTuple):
    """Pieces of ink that belong together."""

    cells: Mask
    frame: Frame
    score: float  # of being what was meant
    at_border: bool
    is_line: bool


def _groups(level: Floats, excess: Floats, least: float, reach: int) -> list[Group]:
    """Connected pieces, with small ones that are near, the likeliest first.

    Args:
        level: (rows, columns), along the direction of ink.
        excess: the ink in every cell.
        least: of it, for a cell to be ink.
        reach: cells over which ink is connected.
    """
    rows, columns = excess.shape
    mask = excess > least
    linked = ndimage.maximum_filter(mask, 2 * reach + 1, mode="constant")
    label, n = ndimage.label(linked, np.ones((3, 3)))
    label *= mask
    margin = math.ceil(MARGIN * max(rows, columns))
    central = np.unique(label[margin : rows - margin, margin : columns - margin])
    label *= np.isin(label, central)  # what lies along the edge only is a frame, or a line's end
    label, n = _renumbered(label)
    if n == 0:
        return []
    mass = ndimage.sum_labels(excess, label, np.arange(1, n + 1))
    count = np.bincount(label.ravel(), minlength=n + 1)[1:]
    mean = mass / count
    boxes = [(ys.start, ys.stop, xs.start, xs.stop) for ys, xs in ndimage.find_objects(label)]
    at_border = [t == 0 or x0 == 0 or b == rows or x1 == columns for t, b, x0, x1 in boxes]
    order = [int(i) for i in np.argsort(-mass, kind="stable") if mass[i] >= DUST * mass.max()]
    groups = []
    while order:
        main, *order = order
        most = NEAR * _longest(boxes[main])
        members = [main] + [
            i
            for i in order
            if _gap(boxes[i], boxes[main]) <= most
            and mass[i] < 0.5 * mass[main]
            and mean[i] > ALIKE * mean[main]
            and not _surrounds(boxes[i], boxes[main])
            and at_border[i] <= at_border[main]
        ]
        order = [i for i in order if i not in members]
        tops, bottoms, lefts, rights = zip(*(boxes[i] for i in members), strict=True)
        box = (min(tops), max(bottoms), min(lefts), max(rights))
        inside = [i for i in range(n) if _surrounds(box, boxes[i]) and i not in members]
        score = _longest(box) * math.sqrt(sum(mass[i] for i in members))
        score *= _shape_and_place(box, rows, columns)
        if at_border[main]:
            score *= 0.2
        if any(mass[i] > 0.15 * mass[main] for i in inside):  # it is a frame around something
            score *= 0.05
        is_line = _longest(box) > CROSSES * max(rows, columns) and (
            sum(count[i] for i in members) <= (2 * LINE + 1) * _longest(box)
        )
        if is_line:
            score *= 0.2
        frame = Frame(box[2] / columns, box[0] / rows, box[3] / columns, box[1] / rows)
        cells = np.isin(label, np.array(members) + 1)
        if _attached(level, excess, cells) > ATTACHED:
            continue
        groups.append(Group(cells, frame, score, at_border[main], is_line))
    groups.sort(key=lambda group: -group.score)
    return [group for group in groups if group.score >= 0.05 * groups[0].score]


def _renumbered(label: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """Labels from 1 to n, in the same order."""
    kept = np.unique(label[label > 0])
    number = np.zeros(label.max() + 1, np.int32)
    number[kept] = np.arange(1, len(kept) + 1)
    return number[label], len(kept)


def _attached(level: Floats, excess: Floats, cells: Mask) -> float:
    """How much of what is around a group is like it, as around the corner of a sheet."""
    inner, outer = (ndimage.maximum_filter(cells, side, mode="constant") for side in (5, 9))
    ink, paper = (
        ndimage.maximum_filter(np.where(cells, values, -9), 9, mode="nearest")
        for values in (level, level - excess)
    )
    ring = outer & ~inner
    return float((level > (ink + paper) / 2)[ring].mean()) if ring.any() else 1.0


Box = tuple[int, int, int, int]  # top, bottom, left, right, ends exclusive


def _longest(box: Box) -> int:
    return max(box[1] - box[0], box[3] - box[2])


def _gap(a: Box, b: Box) -> int:
    """Cells between two boxes; negative if they overlap."""
    return max(a[0] - b[1], b[0] - a[1], a[2] - b[3], b[2] - a[3])


def _surrounds(outer: Box, inner: Box) -> bool:
    return (
        outer[0] < inner[0] and outer[1] > inner[1] and outer[2] < inner[2] and outer[3] > inner[3]
    )


def _shape_and_place(box: Box, rows: int, columns: int) -> float:
    """At most 1: less away from the middle, and for what is wider than a digit, as text is."""
    top, bottom, left, right = box
    away = math.hypot((top + bottom) / 2 / rows - 0.5, (left + right) / 2 / columns - 0.5)
    wide = 1.5 * (bottom - top) / (right - left)
    return (1 - away) ** 2 * min(1, wide)


def _doubt(groups: list[Group], excess: Floats) -> str:
    """Why the likeliest group may not be what was meant: a key of DOUBTS, or ""."""
    best = groups[0]
    if best.is_line:
        return "line"
    if best.at_border:
        return "border"
    if len(groups) > 1 and groups[1].score > RIVAL * best.score:
        return "several-groups"
    inked = excess * best.cells
    top, bottom, left, right = extent(best.cells)
    strong = extent(inked > PALE * inked.max())
    if _longest(strong) < 0.8 * _longest((top, bottom, left, right)):
        return "low-contrast"
    return ""
