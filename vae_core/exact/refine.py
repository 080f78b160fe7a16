"""Cells that are halved until a posterior on the plane is resolved, whatever it is a posterior of.

Nothing here knows of models or pictures: `refine_cells` asks for log p(x, z) at codes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_core.model import LATENT_DIM, Posterior

LOG_2PI = math.log(2 * math.pi)
FAR = 8.0  # nats below the highest cell: what is dropped, exp(-8) of a mode's mass
NEAR = 3.0  # nats below a component's highest cell: where it has to be resolved
RESOLVED = 1.5  # width of a cell over the narrowest deviation of the posterior across it
WIDE, VAST = 400, 1600  # cells of a component: errors at its cells tend to cancel in a wide one,
SMOOTH = 0.3  # of whose mass this share may be where it is rough; a vast one is fine as it is
HALVINGS = 8  # at most: cells of 2^-8 of the grid's
SEED_HALVINGS = 3  # as long as the cells around the encoder's mean are kept, whatever they hold
PROMINENCE = 1.0  # nats that a mode stands above the pass to a higher one

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cells = tuple[int, Ints, Floats]  # halvings, places (m, 2) counted in such cells, log p(x, z) (m,)
QUARTERS = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])
NEIGHBOURS = np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)])


def log_prior(codes: Tensor) -> Tensor:
    """log N(z; 0, I) of each code in nats, (k, 2) -> (k,) float64 on the CPU."""
    return -0.5 * codes.cpu().double().square().sum(1) - LOG_2PI


def row_sums(rows: Tensor) -> Tensor:
    """(k, D) -> (k,) float64 on the CPU; added up in double precision only there: MPS has none."""
    on_cpu = rows.device.type == "cpu"
    return rows.sum(1, dtype=torch.float64) if on_cpu else rows.sum(1).cpu().double()


class Modes(NamedTuple):
    """The separate modes of a posterior p(z|x), the heaviest first."""

    codes: Tensor  # (k, 2), the highest cell of each
    mass: Tensor  # (k,) float64 on the CPU, they sum to 1
    gaussian: Posterior  # mean and log-variance of p(z|x) within each, (k, 2)


@dataclass(frozen=True)
class Refined:
    """p(z|x) of one image on cells of several sizes: what `Grid.refine` returns.

    What is float64 is on the CPU, the rest is on the grid's device.
    """

    log_prob: float  # log p(x) in nats
    codes: Tensor  # (m, 2), centres of the cells; the plane outside of them holds next to nothing
    log_mass: Tensor  # (m,) float64, log of the mass of p(z|x) in each: exp sums to 1
    mass: Tensor  # (side, side) float64, summed over the grid's own cells: [i, j] as in `Grid`
    step: Tensor  # (m,), width of each cell
    _cells: list[Cells]

    def entropy_bits(self) -> float:
        """Differential entropy -∫ p log2 p dz of p = p(z|x) over the plane, in bits.

        Halving the area that z may lie in takes one bit. The prior has log2(2πe) = 4.09; a
        posterior that fills less than one unit of area has less than 0. Unlike an entropy over
        cells, it does not grow as they get smaller (Cover and Thomas 2006, chapter 8).

            grid.refine(x, mask).entropy_bits()
        """
        return -(self.log_mass.exp() @ self.log_density()).item() / math.log(2)

    def information_bits(self) -> float:
        """What was learned of z: KL(p(z|x) || p(z)) = ∫ p(z|x) log2 p(z|x) / p(z) dz, in bits.

        0 as long as nothing is observed, then above 0; it is the same however the plane is
        measured, which `entropy_bits` is not (Cover and Thomas 2006, chapter 8).

            grid.refine(x, mask).information_bits()
        """
        ratio = self.log_density() - log_prior(self.codes)
        return (self.log_mass.exp() @ ratio).item() / math.log(2)

    def log_density(self) -> Tensor:
        """log p(z|x) at each of `codes`, (m,) float64 on the CPU, in nats."""
        return self.log_mass - 2 * self.step.cpu().double().log()

    def modes(self) -> Modes:
        """The separate modes, with the mass of each.

        A mode is what drains uphill to the same peak. Two are one unless the lower rises at least
        a nat above the pass between them, so that neither rounding nor a kink of the decoder makes
        a mode (persistence: Chazal, Guibas, Oudot and Skraba 2013, doi:10.1145/2535927).

            modes = grid.refine(x).modes()
            int((modes.mass > 0.05).sum())      # how many hold more than 5 %
            model.decode(modes.codes)           # (k, C, H, W): what each would have it be
        """
        basin, n = [], 0
        for _, cells, values in self._cells:
            peak = _drain(values, _neighbours(cells))
            basin.append(n + peak)
            n += len(cells)
        peaks, index = np.unique(np.concatenate(basin), return_inverse=True)
        share = self.log_mass.new_zeros(len(peaks), len(self.codes))
        cell = torch.from_numpy(np.arange(len(index)))
        share[torch.from_numpy(index), cell] = self.log_mass.exp()
        mass = share.sum(1)
        codes = self.codes.cpu().double()
        mean = share @ codes / mass[:, None]
        spread = share @ codes.square() / mass[:, None] - mean.square()
        width = self.step.cpu().double()
        within = share @ width.square() / mass / 12  # the variance inside of a cell
        order = mass.argsort(descending=True, stable=True)
        logvar = spread.maximum(within[:, None]).log()
        gaussian = Posterior(mean[order].to(self.codes), logvar[order].to(self.codes))
        highest = torch.from_numpy(peaks)[order].to(self.codes.device)
        return Modes(self.codes[highest], mass[order] / mass.sum(), gaussian)


def refine_cells(
    log_joint: Callable[[Tensor], Floats], start: Floats, limit: float, seed: Floats | None = None
) -> Refined:
    """Halve the cells of a grid where log p(x, z) asks for it; see `Grid.refine`.

    Args:
        log_joint: log p(x, z) in nats at codes (m, 2), as (m,) float64.
        start: the same at the cells of the grid, (side, side) float64.
        limit: they cover [-limit, limit]².
        seed: a code, (2,), around which cells are kept at first, whatever they hold.
    """
    side = len(start)
    width = 2 * limit / side
    cells: Ints = np.indices((side, side)).reshape(2, -1).T
    values, done, best = start.ravel(), [], -math.inf
    rise = np.zeros((len(cells), LATENT_DIM))
    for level in range(HALVINGS + 1):
        step = width / 2**level
        best = max(best, values.max())
        around = _neighbours(cells)
        rise = _rise(values, around, rise / 2)
        kept = values + rise.sum(1) > best - FAR
        if seed is not None and level < SEED_HALVINGS:
            kept |= (np.abs(cells - np.floor((seed + limit) / step)) <= 1).all(1)
        rough = (_bend(values, around, best - FAR) > RESOLVED**2)[kept]
        cells, values, rise = cells[kept], values[kept], rise[kept]
        coarse = _unresolved(cells, values, rough) & (level < HALVINGS)
        done.append((level, cells[~coarse], values[~coarse]))
        if not coarse.any():
            break
        cells = (2 * cells[coarse, None] + QUARTERS).reshape(-1, LATENT_DIM)
        rise = rise[coarse].repeat(len(QUARTERS), 0)
        values = log_joint(torch.from_numpy((cells + 0.5) * step / 2 - limit))
    return _as_masses(done, side, limit)


def _as_masses(levels: list[Cells], side: int, limit: float) -> Refined:
    """Turn log p(x, z) on cells that do not overlap into masses."""
    level = np.concatenate([np.full(len(cells), level) for level, cells, _ in levels])
    cells = np.concatenate([cells for _, cells, _ in levels])
    step = 2 * limit / side / 2.0**level
    log_mass = torch.from_numpy(np.concatenate([values for *_, values in levels]))
    log_mass = log_mass + 2 * torch.from_numpy(step).log()
    log_prob = log_mass.logsumexp(0)
    log_mass = log_mass - log_prob
    mass = np.zeros((side, side))
    np.add.at(mass, tuple((cells >> level[:, None]).T), log_mass.exp().numpy())
    return Refined(
        log_prob.item(),
        torch.from_numpy((cells + 0.5) * step[:, None] - limit),
        log_mass,
        torch.from_numpy(mass),
        torch.from_numpy(step),
        levels,
    )


def _neighbours(cells: Ints) -> Ints:
    """Row of each cell's eight neighbours, (m, 2) -> (m, 8), in the order of NEIGHBOURS; or -1."""
    low = cells.min(0, initial=0) - 1
    width = cells.max(initial=0) - low.min() + 2
    keys = (cells - low) @ np.array([width, 1])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    wanted = keys + (NEIGHBOURS @ np.array([width, 1]))[:, None]  # rows in order: quick to search
    place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    rows = np.empty((len(cells), len(NEIGHBOURS)), dtype=np.int64)
    rows[order] = np.where(keys[place] == wanted, order[place], -1).T
    return rows


def _at(values: Floats, around: Ints) -> Floats:  # (m,), (m, 8) -> (m, 8), nan where there is none
    return np.where(around < 0, np.nan, values[around])


def _rise(values: Floats, around: Ints, before: Floats) -> Floats:
    """How much higher than at its centre log p(x, z) can be inside a cell, along each axis, (m, 2).

    Where it is concave it lies below its tangent, whose slope the neighbours tell; where one is
    missing, `before` says what its slope was in the cell that was halved.
    """
    slopes = np.abs(_at(values, around) - values[:, None])
    pairs = 0.5 * np.stack([slopes[:, [1, 6]].max(1), slopes[:, [3, 4]].max(1)], 1)
    rise: Floats = np.where(np.isnan(pairs), before, pairs)
    return rise


def _bend(values: Floats, around: Ints, low: float) -> Floats:
    """Curvature of log p(x, z) across each cell in the direction where it is largest, nats (m,).

    The larger eigenvalue of its second differences. Across a Gaussian of deviation s they are
    -(width / s)²: so this says how wide the cells are for the posterior, in whatever direction. A
    neighbour that was dropped before counts as the highest that is: a ridge may be one cell wide.
    """
    near = np.nan_to_num(_at(values, around), nan=low)
    ii = near[:, 1] + near[:, 6] - 2 * values
    jj = near[:, 3] + near[:, 4] - 2 * values
    ij = 0.25 * (near[:, 0] + near[:, 7] - near[:, 2] - near[:, 5])
    bend: Floats = np.hypot(0.5 * (ii - jj), ij) + np.abs(0.5 * (ii + jj))
    return bend


def _unresolved(cells: Ints, values: Floats, rough: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells of the connected components that are rough near their top, (m,)."""
    around, rows = _neighbours(cells), len(cells)
    component = _roots(np.where(around < 0, np.arange(rows)[:, None], around))
    top = np.full(rows, -np.inf)
    np.maximum.at(top, component, values)
    mass = np.exp(values - top[component])
    size = np.bincount(component, minlength=rows)
    share = np.bincount(component, mass * rough, rows) / np.bincount(component, mass, rows).clip(1)
    near = rough & (values > top[component] - NEAR)
    wanted = np.bincount(component, near, rows) > 0
    wanted &= (size <= WIDE) | ((share > SMOOTH) & (size <= VAST))
    return wanted[component]


def _roots(linked: Ints) -> Ints:
    """The lowest row that each is connected with, (m, 8) -> (m,)."""
    root = np.arange(len(linked))
    while True:
        lowest = np.minimum(root, root[linked].min(1, initial=len(linked)))
        lowest = lowest[lowest]
        if (lowest == root).all():
            return root
        root = lowest


def _drain(values: Floats, around: Ints) -> Ints:
    """Row of the peak that each cell belongs to, (m,): see `Refined.modes`."""
    near = np.where(around < 0, -np.inf, values[around])
    steepest = near.argmax(1) if len(values) else np.zeros(0, np.int64)
    rows = np.arange(len(values))
    up = np.where(near[rows, steepest] > values, around[rows, steepest], rows)
    while (up != up[up]).any():
        up = up[up]
    here, there = np.nonzero((around >= 0) & (up[around] < up[:, None]))
    there = around[here, there]
    passes = sorted(
        zip(np.minimum(values[here], values[there]), up[here], up[there], strict=True), reverse=True
    )
    over = np.arange(len(values))  # the peak that a peak was merged into
    for height, a, b in passes:
        low, high = sorted((_top(over, a), _top(over, b)), key=lambda peak: values[peak])
        if values[low] - height < PROMINENCE:
            over[low] = high
    return np.array([_top(over, peak) for peak in up], dtype=np.int64)


def _top(over: Ints, peak: int) -> int:
    while over[peak] != peak:
        peak = over[peak]
    return peak
