"""Groups of strokes on a page: which one was meant, and what is doubtful about that."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vae_core.planes import Floats, Frame, Mask, extent

LINE = 1  # cells on either side of a line's middle that it may cover
CROSSES = 0.65  # share of the page that a line covers
WEAK = 0.35  # ink: it may be reflected light, which has no edges
SHARP = 0.5  # share of an edge's height over nine cells that is within three
NEAR = 0.15  # gap between pieces that belong together, in longest sides
RIVAL = 0.6  # of the best group's score, for another to raise a doubt
ALIKE = 0.6  # mean ink of a small piece, of that of the large piece it belongs to
PALE = 0.451  # ink, of the strongest, which may be a stain
MARGIN = 0.05  # of the page, in long sides: where nothing but frames and ends of lines are
ATTACHED = 0.35  # of the surroundings, at most, may be like a group of strokes
DUST = 0.02  # of the heaviest piece's ink

# Why the ink that was taken may not be what was meant: an identifier, and a sentence for a person.
DOUBTS = {
    "several-groups": "There are several groups of strokes, and another may be the one you mean.",
    "border": "The strokes touch the edge of the picture, so some of them may be cut off.",
    "line": "What was taken is as long and thin as a line of the paper.",
    "low-contrast": "Some of the ink is much fainter than the rest: it may be a stain or a shadow.",
}


class Group(NamedTuple):
    """Pieces of ink that belong together."""

    cells: Mask
    frame: Frame
    score: float  # of being what was meant
    at_border: bool
    is_line: bool


def find_groups(level: Floats, excess: Floats, least: float, reach: int) -> list[Group]:
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
    steep, wide = (
        ndimage.maximum_filter(level, side) - ndimage.minimum_filter(level, side) for side in (3, 9)
    )
    groups = []
    while order:
        main, *order = order
        most = NEAR * _longest(boxes[main])
        members = [main] + [
            i
            for i in order
            if _gap(boxes[i], boxes[main]) <= most
            and (mass[i] < 0.5 * mass[main] or _above(boxes[i], boxes[main]))
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
        soft = steep[cells].max() < SHARP * wide[cells].max() and excess[cells].max() < WEAK
        if soft or _attached(level, excess, cells) > ATTACHED:
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


def _above(a: Box, b: Box) -> bool:
    """Whether one box is over the other, as the parts of one digit are, but not two of a number."""
    shared = min(a[3], b[3]) - max(a[2], b[2])
    return shared > 0.301 * min(a[3] - a[2], b[3] - b[2])


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


def doubt_about(groups: list[Group], excess: Floats) -> str:
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
