"""Exact inference on the plane: what two latent dimensions make possible.

    p(x) = ∫ p(x|z) p(z) dz          `log_prob` of many pictures, and `Grid.refine` of one
    p(z|x) = p(x|z) p(z) / p(x)      `Grid.posterior`, and `Refined.modes`
    p(z|part of x)                   the same with a mask, and `complete`
    1/N Σ q(z|x_n)                   `aggregate_posterior`

Everywhere else these are out of reach, and are bounded (`VAE.elbo`) or estimated
(`importance_log_prob`). Both likelihoods are linear in what the decoder says of a code,

    log p(x|z) = (x - c) · W(z) + b(z) + h(x)      c: any fixed picture, here an average one
    bernoulli  W = logits          b = c · W - Σ log(1 + exp W)     h = 0
    gaussian   W = (m - c) / σ²    b = -|m - c|² / 2σ²              h = log N(x; c, σ²)

(m: the decoded picture), so many pictures under many codes cost one matrix product.
Without c the terms would be large numbers of opposite sign, which single precision loses.

Pixels are independent given z, so a picture of which only some pixels are known needs no other
mathematics: p(known|z) is the product over those, and the sums above run over them alone. Nor does
a corrupted one, if how it was corrupted is known, though not where: noise ε changes each pixel's
likelihood alone, and what is asked for is still the clean picture (`Grid(noise=ε)`):

    bernoulli  a fair coin takes a pixel's place with probability ε:  p'(1|z) = (1 - ε) p(1|z) + ε/2
    gaussian   noise of standard deviation ε is added to each pixel:  σ'² = σ² + ε²
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from vae_core.model import LATENT_DIM, VAE, Posterior

CELLS = 1024  # cells decoded at a time
IMAGES = 512  # images met by them at a time: with CELLS, a product that stays in the cache
MEMORY = 512 * 2**20  # bytes of decoded cells that are kept
PART = 8 * IMAGES  # images between two steps of the progress bar
LOG_2PI = math.log(2 * math.pi)

# `Grid.refine`
FAR = 8.0  # nats below the highest cell: what is dropped, exp(-8) of a mode's mass
NEAR = 3.0  # nats below a component's highest cell: where it has to be resolved
RESOLVED = 1.5  # width of a cell over the narrowest deviation of the posterior across it
WIDE, VAST = 400, 1600  # cells of a component: errors at its cells tend to cancel in a wide one,
SMOOTH = 0.3  # of whose mass this share may be where it is rough; a vast one is fine as it is
HALVINGS = 8  # at most: cells of 2^-8 of the grid's
SEED_HALVINGS = 3  # as long as the cells around the encoder's mean are kept, whatever they hold
NODES = 4  # of `best_gaussian`, along either axis
TRIES = 16  # codes of which `Refined.sample` picks one
MOST = 1e-4  # of the posterior's mass, in its lightest cells, is not decoded by `complete`
EMPTY = 0.01  # of the prior's density: where the aggregate posterior is lower, it is almost empty
PROMINENCE = 1.0  # nats that a mode stands above the pass to a higher one

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cells = tuple[int, Ints, Floats]  # halvings, places (m, 2) counted in such cells, log p(x, z) (m,)
QUARTERS = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])
NEIGHBOURS = np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)])


class Grid:
    """Even cells over the plane, decoded once: the exact log p(x) and p(z|x) of any picture.

    The integral becomes a sum over cell centres, the midpoint rule. Where a smooth integrand has
    died out at the edges, that rule converges faster than any power of the cell's width (Trefethen
    and Weideman 2014, doi:10.1137/130932132): for a Gaussian of deviation s under cells of width h
    its relative error is 2 exp(-2π² s² / h²), which is 1e-8 at h = s, 1 % at h = 2s and useless
    beyond. Posterior deviations of `mnist-vae` go down to 0.01, so for single pictures `refine`
    halves the cells where it has to; the mean over its 10,000 test images is 0.002 nats too low at
    side 400, and 0.011 at 320.

        grid = Grid(vae_core.load("mnist-vae"))                # decodes for some seconds
        grid.log_prob(x)                                       # (n,) nats
        grid.posterior(x[:1])[0]                               # (400, 400), sums to 1
        grid.log_prob(x, mask)                                 # log p(the pixels where it is True)
        Grid(model, side=160).refine(x[:1]).log_prob           # one picture, right to 0.01 nats

    Args:
        model: the VAE; it is not changed, and must not change while the grid is in use.
        side: cells along each latent axis.
        limit: cells cover [-limit, limit]²; the prior holds 1e-6 outside of the default.
        label: index of the class, for a conditional model: then every p is p(.|label). Others
            ignore it.
        memory: bytes of decoded cells that are kept; if they need more, each call decodes anew.
            The first call with a mask keeps as much again, where there is room for it.
        noise: ε above, of the pictures that are given: then every p(x|z) is of a picture that was
            corrupted by `corrupt`, and posteriors are wider. At least 0, and below 1 if pixels are
            Bernoulli's.
    Raises:
        ValueError: a side or limit that is not positive; no label for a conditional model, or one
            that is not the index of a class; noise out of range.
    """

    codes: Tensor  # (side * side, 2): codes[i * side + j] is (axis[i], axis[j])
    axis: Tensor  # (side,), centres of the cells along either latent axis
    step: float  # width of a cell

    @torch.no_grad()
    def __init__(
        self,
        model: VAE,
        side: int = 400,
        limit: float = 5.0,
        label: int | None = None,
        memory: int = MEMORY,
        noise: float = 0.0,
    ) -> None:
        if side < 1 or not 0 < limit < math.inf:
            raise ValueError(f"side {side}, limit {limit}: expected positive numbers")
        classes = len(model.config.classes)
        if model.config.conditional and (label is None or not 0 <= label < classes):
            raise ValueError(
                f"label {label}: this model is conditional, expected 0 to {classes - 1}"
            )
        self._bernoulli = model.config.likelihood == "bernoulli"
        if not 0 <= noise < (1 if self._bernoulli else math.inf):
            raise ValueError(f"noise {noise}: expected at least 0, below 1 for Bernoulli pixels")
        self.model, self.side, self.limit, self.label = model, side, float(limit), label
        self.noise = float(noise)
        self.step = 2 * self.limit / side
        self.axis = (torch.arange(side, dtype=torch.float64) + 0.5) * self.step - self.limit
        self.axis = self.axis.to(next(model.parameters()))
        self.codes = torch.cartesian_prod(self.axis, self.axis)
        around = torch.randn(64, LATENT_DIM, generator=torch.Generator().manual_seed(0))
        around = around.to(self.codes)
        self._centre = self._decode(around).mean(0)
        if not self._bernoulli:
            self._logvar = model.pixel_logvar
            if noise:
                self._logvar = (self._logvar.exp() + noise**2).log()
        kept = len(self.codes) * len(self._centre) * self.codes.element_size() <= memory
        self._kept: list[tuple[Tensor, Tensor]] | None = None
        if kept:  # in one piece, because pieces among what decoding needs would hold that as well
            whole = self.codes.new_empty(len(self.codes), len(self._centre)).split(CELLS)
            self._kept = [(w.copy_(v), b) for w, (v, b) in zip(whole, self._decoded(), strict=True)]
        self._shares: list[Tensor] | None = None  # with a mask: b(z) of each pixel (k, D)
        self._room = 2 * len(self.codes) * len(self._centre) * self.codes.element_size() <= memory

    @torch.no_grad()
    def log_prob(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """log p(x) of each image in nats, (n,) float64; with a mask, of its observed pixels.

            grid.log_prob(x) - grid.log_prob(x, mask)   # log p(hidden pixels | observed pixels)

        Args:
            x: images, (n, C, H, W) in [0, 1]; thousands at a time, in bounded memory.
            mask: (H, W) of bool, True where a pixel is observed, in all its channels and all
                images: what the others hold makes no difference. Without one all are.
        Raises:
            ValueError: images or a mask of another shape.
        """
        seen = self._seen(mask)
        pixels, constant = self._pixels(x, seen)
        total = torch.full_like(constant, -math.inf)
        for weights, offset in self._blocks(seen):
            for start in range(0, len(x), IMAGES):
                some = slice(start, start + IMAGES)
                block = torch.addmm(offset, pixels[some], weights.T).logsumexp(1)
                total[some] = torch.logaddexp(total[some], block.double())
        return total + constant + 2 * math.log(self.step)

    @torch.no_grad()
    def log_joint(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """log p(x|z) + log p(z) of each image at each of `codes`, (n, side * side), in nats.

        Args:
            x: images, (n, C, H, W) in [0, 1]: a few, as each needs 4 bytes for every cell.
            mask: the observed pixels, as in `log_prob`.
        Raises:
            ValueError: images or a mask of another shape.
        """
        seen = self._seen(mask)
        pixels, constant = self._pixels(x, seen)
        blocks = [torch.addmm(b, pixels, weights.T) for weights, b in self._blocks(seen)]
        return torch.cat(blocks, 1) + constant.to(pixels.dtype).unsqueeze(1)

    def posterior(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Mass of p(z|x) in each cell, (n, side, side): [k, i, j] at z = (axis[i], axis[j]).

        Each image's sum to 1. A narrow posterior wants `refine`.

        Args:
            x: images, (n, C, H, W) in [0, 1]: a few, as in `log_joint`.
            mask: the observed pixels, as in `log_prob`.
        Raises:
            ValueError: images or a mask of another shape.
        """
        return self.log_joint(x, mask).softmax(1).view(-1, self.side, self.side)

    @torch.no_grad()
    def refine(self, x: Tensor, mask: Tensor | None = None) -> "Refined":
        """log p(x) and p(z|x) of one image, with cells as small as its posterior needs.

        Starts from the grid's own cells (side 160 is fine enough on MNIST) and drops those that
        hold next to nothing. In each connected component of the others it measures the curvature
        of log p(x, z), and halves the component's cells until they are narrower than 1.5 of the
        posterior's local deviations 1/√curvature. The cells around the encoder's mean are kept at
        first whatever they hold, so that a mode narrower than a cell cannot be overlooked there.

        Where few pixels are observed, p(z|x) is wide: components of more than 400 cells are halved
        only if more than 30 % of their mass lies where they are too coarse. With masks of one pixel
        up to half a picture, `mnist-vae`'s log p is right to 0.03 nats all the same.

            found = grid.refine(x)
            found.log_prob                  # nats
            found.mass                      # (side, side), for a picture of p(z|x)
            found.modes().mass              # of the separate modes, the heaviest first

        Args:
            x: one image, (1, C, H, W) in [0, 1].
            mask: the observed pixels, as in `log_prob`. The encoder, which only finds where to
                look first, is shown an average picture in place of the others.
        Raises:
            ValueError: more or fewer images, or an image or a mask of another shape.
        """
        if len(x) != 1:
            raise ValueError(f"images have shape {tuple(x.shape)}: expected one image")
        seen = self._seen(mask)
        pixels, constant = self._pixels(x, seen)
        cells: Ints = np.indices((self.side, self.side)).reshape(2, -1).T
        values = self.log_joint(x, mask)[0].double().numpy()
        seed = self._seed((pixels + self._centre).view(x.shape))
        done, best = [], -math.inf
        rise = np.zeros((len(cells), LATENT_DIM))
        for level in range(HALVINGS + 1):
            step = self.step / 2**level
            best = max(best, values.max())
            around = _neighbours(cells)
            rise = _rise(values, around, rise / 2)
            kept = values + rise.sum(1) > best - FAR
            if seed is not None and level < SEED_HALVINGS:
                kept |= (np.abs(cells - np.floor((seed + self.limit) / step)) <= 1).all(1)
            rough = (_bend(values, around) > RESOLVED**2)[kept]
            cells, values, rise = cells[kept], values[kept], rise[kept]
            coarse = _unresolved(cells, values, rough) & (level < HALVINGS)
            done.append((level, cells[~coarse], values[~coarse]))
            if not coarse.any():
                break
            cells = (2 * cells[coarse, None] + QUARTERS).reshape(-1, LATENT_DIM)
            rise = rise[coarse].repeat(len(QUARTERS), 0)
            codes = torch.from_numpy((cells + 0.5) * step / 2 - self.limit).to(pixels.dtype)
            values = self._log_joint_at(codes, pixels, seen) + constant.item()
        return Refined.from_cells(self, done)

    def corrupt(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Images as the noise leaves them, (n, C, H, W); Gaussian noise may lead out of [0, 1].

            grid = Grid(model, side=80, noise=0.5)
            complete(grid, grid.corrupt(x[:1]), torch.ones(28, 28).bool()).mean    # denoised

        Args:
            x: images, (n, C, H, W) in [0, 1].
            generator: source of the noise.
        """
        if not self._bernoulli:
            return x + self.noise * torch.randn(x.shape, generator=generator).to(x)
        chance = torch.rand(2, *x.shape, generator=generator).to(x)
        return chance[1].round().where(chance[0] < self.noise, x)

    def strongest(self, x: Tensor) -> Posterior:
        """Mean and log-variance of p(z|x) within each image's heaviest mode, (n, 2).

        Args:
            x: images, (n, C, H, W) in [0, 1]; each is refined on its own.
        Raises:
            ValueError: images of another shape.
        """
        found = [self.refine(image).modes().gaussian for image in x.split(1)]
        mean, logvar = (torch.stack([q[k][0] for q in found]) for k in (0, 1))
        return Posterior(mean, logvar)

    def _seed(self, x: Tensor) -> Floats | None:  # (2,), the encoder's mean
        if not self.model.config.probabilistic:
            return None
        label = None if self.label is None else torch.tensor([self.label])
        mean: Floats = self.model.encode(x, label).mean[0].double().numpy()
        return mean

    def _seen(self, mask: Tensor | None) -> Tensor | None:  # (H, W) -> (D,) of 0 and 1
        if mask is None:
            return None
        channels, *size = self.model.config.shape
        if mask.dtype != torch.bool or list(mask.shape) != size:
            raise ValueError(
                f"the mask is {mask.dtype} of shape {tuple(mask.shape)}: expected torch.bool of "
                f"shape {tuple(size)}, True where a pixel is observed"
            )
        return mask.expand(channels, -1, -1).flatten().to(self.codes)

    def _pixels(self, x: Tensor, seen: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """What is seen of x - c, else 0 (n, D), and h(x) (n,) float64."""
        if x.ndim != 4 or tuple(x.shape[1:]) != self.model.config.shape:
            expected = ", ".join(map(str, self.model.config.shape))
            raise ValueError(f"images have shape {tuple(x.shape)}: expected (n, {expected})")
        pixels = x.flatten(1) - self._centre
        if seen is not None:
            pixels = pixels.where(seen > 0, 0)
        if self._bernoulli:
            return pixels, torch.zeros(len(x), dtype=torch.float64)
        logvar = self._logvar.double()
        errors = pixels.square().sum(1, dtype=torch.float64)
        normalizer = (pixels.shape[1] if seen is None else seen.sum()) * (LOG_2PI + logvar)
        return pixels, -0.5 * (errors / logvar.exp() + normalizer)

    def _blocks(  # W (k, D) and b + log p(z) (k,)
        self, seen: Tensor | None = None
    ) -> "Iterator[tuple[Tensor, Tensor]]":
        if self._kept is None:
            return self._decoded(seen)
        return iter(self._kept) if seen is None else self._partly(self._kept, seen)

    def _decoded(self, seen: Tensor | None = None) -> "Iterator[tuple[Tensor, Tensor]]":
        for codes in self.codes.split(CELLS):
            yield self._terms(codes, seen)

    def _partly(
        self, kept: list[tuple[Tensor, Tensor]], seen: Tensor
    ) -> "Iterator[tuple[Tensor, Tensor]]":
        if self._shares is None and self._room:
            self._shares = [self._share(weights) for weights, _ in kept]
        codes = self.codes.split([len(weights) for weights, _ in kept])
        for k, (weights, _) in enumerate(kept):
            share = self._share(weights) if self._shares is None else self._shares[k]
            yield weights, share @ seen + _log_prior(codes[k]).to(weights)

    def _decode(self, codes: Tensor) -> Tensor:  # (k, 2) -> (k, D)
        label = None if self.label is None else torch.full_like(codes[:, 0], self.label).long()
        return self.model.decode(codes, label).flatten(1)

    def _terms(self, codes: Tensor, seen: Tensor | None) -> tuple[Tensor, Tensor]:
        weights = self._weights(codes)
        share = self._share(weights)
        offset = (share if seen is None else share * seen).sum(1, dtype=torch.float64)
        return weights, (offset + _log_prior(codes)).to(weights.dtype)

    def _weights(self, codes: Tensor) -> Tensor:  # W, (k, D)
        if not self._bernoulli:
            return (self._decode(codes) - self._centre) / self._logvar.exp()
        label = None if self.label is None else torch.full_like(codes[:, 0], self.label).long()
        logits = self.model.logits(codes, label)
        if not self.noise:
            return logits
        p = torch.stack([logits, -logits]).sigmoid()  # of white, of black
        noisy = ((1 - self.noise) * p + 0.5 * self.noise).log()
        return noisy[0] - noisy[1]

    def _share(self, weights: Tensor) -> Tensor:
        """What each pixel contributes to b(z), (k, D)."""
        if self._bernoulli:
            return weights * self._centre - F.softplus(weights)
        return -0.5 * weights.square() * self._logvar.exp()

    def _expected(self, weights: Tensor, pixels: Tensor, seen: Tensor) -> Tensor:
        """E[x|z, what is observed], (k, D): of the clean picture, by Bayes' rule.

        Given z, only a pixel itself tells more of it; without noise it would tell all:
        bernoulli  E[x|z, 1] = (1 - ε/2) p / p'(1)    E[x|z, 0] = ε/2 p / p'(0)
        gaussian   E[x|z, x'] = (ε² m + σ² x') / (ε² + σ²)
        """
        if not self._bernoulli:
            mean: Tensor = weights * self._logvar.exp() + self._centre
            kept = 1 - self.noise**2 / self._logvar.exp()  # σ² / (σ² + ε²)
            return mean + kept * seen * (pixels + self._centre - mean)
        noisy, half = weights.sigmoid(), 0.5 * self.noise
        if not self.noise:
            return noisy
        p = ((noisy - half) / (1 - self.noise)).clamp(0, 1)
        given = pixels + self._centre
        told = given * (1 - half) * p / noisy + (1 - given) * half * p / (1 - noisy)
        return told.where(seen > 0, p)

    def _weighed(self, found: "Refined") -> "Iterator[tuple[Tensor, Tensor]]":
        """W (k, D) and mass (k,) of all cells but the lightest: decoded, if they are not kept."""
        order = found.log_mass.argsort(descending=True)
        mass = found.log_mass[order].exp()
        heavy = int((mass.cumsum(0) < 1 - MOST).sum()) + 1
        order, mass = order[:heavy], (mass[:heavy] / mass[:heavy].sum()).to(self.codes)
        codes, kept = found.codes[order], self._kept or []
        own = (found.step[order] > 0.75 * self.step) & (self._kept is not None)
        place = ((codes[own] + self.limit) / self.step).long()
        share = torch.zeros(len(self.codes) if kept else 0).to(mass)
        share[place[:, 0] * self.side + place[:, 1]] = mass[own]
        for (weights, _), part in zip(kept, share.split([len(w) for w, _ in kept]), strict=True):
            yield weights[part > 0], part[part > 0]
        for some, part in zip(codes[~own].split(CELLS), mass[~own].split(CELLS), strict=True):
            yield self._weights(some), part

    def _log_joint_at(  # without h(x)
        self, codes: Tensor, pixels: Tensor, seen: Tensor | None
    ) -> Floats:
        found = []
        for some in codes.split(CELLS):
            weights, offset = self._terms(some, seen)
            found.append((weights @ pixels[0] + offset).double().numpy())
        return np.concatenate(found)


def _log_prior(codes: Tensor) -> Tensor:  # log p(z), (k,) float64
    return -0.5 * codes.double().square().sum(1) - LOG_2PI


def log_prob(model: VAE, x: Tensor, label: Tensor | None = None, side: int = 320) -> Tensor:
    """log p(x) of many images in nats, (n,) float64, with a progress bar.

    For a conditional model log p(x|label), with a `Grid` for each label. The mean is right to 0.011
    nats (see `Grid`), 19 in 20 of `mnist-vae`'s single images to 0.4: `Grid.refine` does better.

    Args:
        x: images, (n, C, H, W) in [0, 1].
        label: (n,), for a conditional model; others ignore it.
        side: cells along each latent axis, see `Grid`.
    Raises:
        ValueError: images of another shape, or no labels for a conditional model.
    """
    groups: list[tuple[int | None, Tensor]] = [(None, torch.arange(len(x)))]
    if model.config.conditional and label is not None:
        groups = [(one, (label == one).nonzero().flatten()) for one in label.unique().tolist()]
    found = torch.zeros(len(x), dtype=torch.float64)
    with tqdm(total=len(x), desc="log p(x)", unit="image", leave=False) as progress:
        for one, here in groups:
            grid = Grid(model, side, label=one)
            for some in here.split(PART):
                found[some] = grid.log_prob(x[some])
                progress.update(len(some))
    return found


class Modes(NamedTuple):
    """The separate modes of a posterior p(z|x), the heaviest first."""

    codes: Tensor  # (k, 2), the highest cell of each
    mass: Tensor  # (k,), they sum to 1
    gaussian: Posterior  # mean and log-variance of p(z|x) within each, (k, 2)


@dataclass(frozen=True)
class Refined:
    """p(z|x) of one image on cells of several sizes: what `Grid.refine` returns."""

    log_prob: float  # log p(x) in nats
    codes: Tensor  # (m, 2), centres of the cells; the plane outside of them holds next to nothing
    log_mass: Tensor  # (m,) float64, log of the mass of p(z|x) in each: exp sums to 1
    mass: Tensor  # (side, side) float64, summed over the grid's own cells: [i, j] as in `Grid`
    step: Tensor  # (m,), width of each cell
    _cells: list[Cells]

    @staticmethod
    def from_cells(grid: Grid, found: list[Cells]) -> "Refined":
        """Turn log p(x, z) on cells into masses.

        Args:
            grid: whose cells were halved.
            found: cells that do not overlap.
        """
        level = np.concatenate([np.full(len(cells), level) for level, cells, _ in found])
        cells = np.concatenate([cells for _, cells, _ in found])
        step = grid.step / 2.0**level
        log_mass = torch.from_numpy(np.concatenate([values for *_, values in found]))
        log_mass = log_mass + 2 * torch.from_numpy(step).log()
        log_prob = log_mass.logsumexp(0)
        log_mass = log_mass - log_prob
        mass = np.zeros((grid.side, grid.side))
        np.add.at(mass, tuple((cells >> level[:, None]).T), log_mass.exp().numpy())
        return Refined(
            log_prob.item(),
            torch.from_numpy((cells + 0.5) * step[:, None] - grid.limit).to(grid.codes),
            log_mass,
            torch.from_numpy(mass),
            torch.from_numpy(step).to(grid.codes),
            found,
        )

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
        ratio = self.log_density() - _log_prior(self.codes)
        return (self.log_mass.exp() @ ratio).item() / math.log(2)

    def log_density(self) -> Tensor:
        """log p(z|x) at each of `codes`, (m,) float64, in nats."""
        return self.log_mass - 2 * self.step.double().log()

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
        share = torch.zeros(len(peaks), len(self.codes), dtype=torch.float64)
        share[torch.from_numpy(index), torch.arange(len(index))] = self.log_mass.exp()
        mass = share.sum(1)
        codes = self.codes.double()
        mean = share @ codes / mass[:, None]
        spread = share @ codes.square() / mass[:, None] - mean.square()
        within = share @ self.step.double().square() / mass / 12  # of the mass inside one cell
        order = mass.argsort(descending=True, stable=True)
        logvar = spread.maximum(within[:, None]).log()
        gaussian = Posterior(mean[order].to(self.codes), logvar[order].to(self.codes))
        codes = self.codes[torch.from_numpy(peaks)]
        return Modes(codes[order], mass[order] / mass.sum(), gaussian)


class Completion(NamedTuple):
    """What `complete` returns."""

    mean: Tensor  # (1, C, H, W): E[x|observed]; without noise, observed pixels are as given
    codes: Tensor  # (samples, 2), drawn from p(z|observed)
    samples: Tensor  # (samples, C, H, W): E[x|z] at those codes, everywhere
    posterior: Refined  # p(z|observed): its log_prob is that of the observed pixels


@torch.no_grad()
def complete(
    grid: Grid,
    x: Tensor,
    mask: Tensor,
    samples: int = 8,
    generator: torch.Generator | None = None,
) -> Completion:
    """What a picture may be where it is hidden: exact inference from the pixels that are observed.

    Given z the pixels are independent, so what is observed, o, tells of what is hidden, h, through
    the code alone (Rezende, Mohamed and Wierstra 2014, arXiv:1401.4082, appendix F, where a
    Markov chain through the encoder takes the place of the sum over the plane):

        p(z|o) = p(o|z) p(z) / p(o)          p(o|z) = Π p(pixel|z) over the observed pixels
        E[h|o] = ∫ E[h|z] p(z|o) dz          the best guess by mean squared error
        p(h|o) = p(x) / p(o)                 `Grid.log_prob(x) - Grid.log_prob(x, mask)`

    Under a grid with noise, the same takes noise away: what is observed is then not certain either,
    and the mean is that of the clean picture, ∫ E[x|z, o] p(z|o) dz, everywhere.

    As more is observed, `posterior.information_bits()` rises from 0 and `entropy_bits()` falls,
    though not at every pixel: a surprising one can bring back doubt.

        grid = Grid(vae_core.load("mnist-vae"), side=160)
        mask = torch.zeros(28, 28, dtype=torch.bool)
        mask[:14] = True                                    # the upper half is observed
        found = complete(grid, x[:1], mask, generator=torch.Generator().manual_seed(0))
        found.samples.where(~mask, x[:1])                   # eight endings of the same beginning

    Args:
        x: one image, (1, C, H, W) in [0, 1]; its hidden pixels make no difference.
        mask: (H, W) of bool, True where a pixel is observed. If none is, p(z|o) is the prior; if
            all are, what is left to tell is the code, and the noise.
        samples: how many codes to draw.
        generator: source of the samples.
    Raises:
        ValueError: an image or a mask of another shape; fewer than no samples.
    """
    if samples < 0:
        raise ValueError(f"{samples} samples: expected at least 0")
    posterior, seen = grid.refine(x, mask), grid._seen(mask)
    assert seen is not None
    pixels, _ = grid._pixels(x, seen)
    mean = torch.zeros_like(pixels[0])
    for weights, mass in grid._weighed(posterior):
        mean += mass @ grid._expected(weights, pixels, seen)
    mean = mean.view(x.shape)

    # A code anywhere in a cell, the cell by its mass; then one of TRIES such codes by what it is
    # really worth (sampling-importance-resampling: Rubin 1987, a comment on Tanner and Wong,
    # Journal of the American Statistical Association 82, pages 543 to 546).
    n = samples * TRIES
    cell = torch.multinomial(posterior.log_mass.exp(), max(n, 1), True, generator=generator)[:n]
    place = torch.rand(n, LATENT_DIM, generator=generator) - 0.5
    tried = posterior.codes[cell] + (place * posterior.step[cell].unsqueeze(1)).to(pixels)
    joint = torch.from_numpy(grid._log_joint_at(tried, pixels, seen))
    worth = joint - posterior.log_density()[cell]
    chosen = torch.zeros(samples, 1, dtype=torch.long)
    if samples:
        share = worth.view(samples, TRIES).softmax(1)
        chosen = torch.multinomial(share, 1, generator=generator)
    codes = tried.view(samples, TRIES, 2)[torch.arange(samples), chosen.flatten()]
    drawn = grid._decode(codes).view(-1, *grid.model.config.shape)
    return Completion(mean if grid.noise else x.where(mask, mean), codes, drawn, posterior)


class Aggregate(NamedTuple):
    """The average of many q(z|x) on even cells of the plane: what `aggregate_posterior` returns."""

    mass: Tensor  # (side, side) float64, in each cell: [i, j] as in `Grid`; they sum to 1
    kl: float  # KL(aggregate || N(0, I)) in nats
    empty: float  # share of the prior's mass where its density is below a hundredth of the prior's


def aggregate_posterior(q: Posterior, side: int = 500, limit: float = 5.0) -> Aggregate:
    """The aggregate posterior 1/N Σ q(z|x_n) on the plane, and how it differs from the prior.

    Training pulls each q(z|x) towards the prior N(0, I); what a sample from the prior meets is
    their average q(z) (Makhzani, Shlens, Jaitly, Goodfellow and Frey 2016, arXiv:1511.05644). The
    rate splits in two (Hoffman and Johnson 2016, "ELBO surgery", approximateinference.org):

        1/N Σ KL(q(z|x_n) || p) = KL(q(z) || p) + how much z tells of n, at most log N nats

    Where q(z) is much lower than p(z), no picture lives, and what the decoder shows there was
    never trained: samples from there look wrong. `empty` says how often it happens, the prior's
    mass where q(z) < p(z) / 100.

        e = vae_core.load_encodings("mnist-vae")
        found = aggregate_posterior(vae_core.Posterior(e.mean, e.logvar))
        found.kl, found.empty                              # nats, and a share between 0 and 1
        found.mass.T.flip(0)                               # a layer of the map, z2 upwards

    The mass of each Gaussian in each cell is exact (differences of its distribution function), and
    the outermost cells reach to infinity, so nothing is lost however narrow q(z|x) is. The sum
    Σ mass log(mass / prior's mass) over cells is never above the integral, and rises to it as the
    cells get smaller.

    Args:
        q: the Gaussian of each image, means and log-variances (n, 2).
        side: cells along each latent axis.
        limit: cells cover [-limit, limit]².
    Raises:
        ValueError: points, as a plain autoencoder has no q(z|x); no images; a side or limit that
            is not positive.
    """
    if side < 1 or not 0 < limit < math.inf:
        raise ValueError(f"side {side}, limit {limit}: expected positive numbers")
    if not len(q.mean):
        raise ValueError("no images: expected at least one q(z|x)")
    if q.logvar.isneginf().any():
        raise ValueError("aggregate posterior: this model is an autoencoder and has no q(z|x)")
    edges = torch.linspace(-limit, limit, side + 1, dtype=torch.float64)
    edges[0], edges[-1] = -math.inf, math.inf
    mass = torch.zeros(side, side, dtype=torch.float64)
    for mean, std in zip(q.mean.double().split(CELLS), q.std.double().split(CELLS), strict=True):
        cumulative = torch.special.ndtr((edges - mean.unsqueeze(2)) / std.unsqueeze(2))
        along = cumulative.diff(dim=2)  # (k, 2, side)
        mass += along[:, 0].T @ along[:, 1]
    mass /= len(q.mean)
    own = torch.special.ndtr(edges).diff()
    prior = torch.outer(own, own)
    kl = torch.special.xlogy(mass, mass / prior).sum()
    return Aggregate(mass, kl.item(), prior[mass < EMPTY * prior].sum().item())


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


def _bend(values: Floats, around: Ints) -> Floats:
    """Curvature of log p(x, z) across each cell in the direction where it is largest, nats (m,).

    The larger eigenvalue of its second differences. Across a Gaussian of deviation s they are
    -(width / s)²: so this says how wide the cells are for the posterior, in whatever direction.
    """
    near = _at(values, around)
    ii = np.nan_to_num(near[:, 1] + near[:, 6] - 2 * values)
    jj = np.nan_to_num(near[:, 3] + near[:, 4] - 2 * values)
    ij = np.nan_to_num(0.25 * (near[:, 0] + near[:, 7] - near[:, 2] - near[:, 5]))
    bend: Floats = np.hypot(0.5 * (ii - jj), ij) + np.abs(0.5 * (ii + jj))
    return bend


def _unresolved(cells: Ints, values: Floats, rough: "NDArray[np.bool_]") -> "NDArray[np.bool_]":
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


@torch.no_grad()
def importance_log_prob(
    model: VAE,
    x: Tensor,
    samples: int = 500,
    label: Tensor | None = None,
    generator: torch.Generator | None = None,
    batch: int = 8192,
) -> Tensor:
    """An estimate of log p(x) by importance sampling from the encoder, in nats, (n,) float64.

    log 1/K Σ_k p(x, z_k) / q(z_k|x) with z_k ~ q(z|x): Burda, Grosse and Salakhutdinov 2016
    (arXiv:1509.00519, equation 8). Its expectation is at most log p(x) and rises with K.

    Published figures are of this kind with K = 500 ("IS-500"); compare them with it alone, and
    never mix it with `Grid.log_prob`. The encoder proposes one Gaussian, a posterior often has
    several separate modes, and those the proposal never visits are missing from the sum however
    many samples are drawn in practice: on one model IS-500 is 2.5 nats below the exact value.

        generator = torch.Generator().manual_seed(0)
        importance_log_prob(model, x, 500, generator=generator).mean()

    Args:
        x: images, (n, C, H, W) in [0, 1].
        samples: K.
        label: (n,), for a conditional model.
        generator: source of the noise; the result depends on it and not on `batch`.
        batch: codes decoded at a time.
    Raises:
        ValueError: a plain autoencoder, which has no q(z|x); another shape; fewer than one sample;
            no labels for a conditional model.
    """
    if not model.config.probabilistic:
        raise ValueError("importance sampling: this model is an autoencoder and has no q(z|x)")
    if samples < 1:
        raise ValueError(f"{samples} samples: expected at least 1")
    q = model.encode(x, label)
    estimates = []
    for i in range(len(x)):
        noise = torch.randn(samples, LATENT_DIM, generator=generator).to(x)
        total = torch.tensor(-math.inf, dtype=torch.float64)
        for part in noise.split(batch):
            z = q.mean[i] + q.std[i] * part
            own = None if label is None else label[i].expand(len(z))
            images = x[i].expand(len(z), -1, -1, -1)
            log_ratio = 0.5 * (part.square() - z.square() + q.logvar[i]).sum(1)  # log p(z) / q(z|x)
            weights = model.log_likelihood(images, z, own) + log_ratio
            total = torch.logaddexp(total, weights.double().logsumexp(0))
        estimates.append(total - math.log(samples))
    return torch.stack(estimates) if estimates else torch.zeros(0, dtype=torch.float64)


@torch.no_grad()
def best_gaussian(
    model: VAE, x: Tensor, *starts: Posterior, label: Tensor | None = None, steps: int = 20
) -> Posterior:
    """The diagonal Gaussian q* of the highest ELBO for each image.

    It splits what the ELBO loses into two parts (Cremer, Li and Duvenaud 2018, arXiv:1801.03558):
    the amortization gap, ELBO(q*) - ELBO(q), is the encoder's fault; the family gap,
    log p(x) - ELBO(q*), is that of Gaussians.

        q = best_gaussian(model, x, model.encode(x), grid.strongest(x))
        bound = model.elbo(x, q=q).elbo
        bound - model.elbo(x).elbo, grid.log_prob(x) - bound      # the two gaps, (n,)

    Climbs by the natural gradient (Khan and Lin 2017, arXiv:1703.04265), where each step is
    Newton's with an averaged curvature: precision <- -E_q[∂² log p(x, z)], mean <- mean +
    variance E_q[∂ log p(x, z)], both derivatives from values alone (Stein's identity: E[f' ] =
    E[f ε] / σ and E[f''] = E[f (ε² - 1)] / σ² for z = mean + σ ε). A step that lowers the bound is
    taken again at half the length. Finds the top of the hill it starts on, so start on several;
    nothing is random.

    Args:
        x: images, (n, C, H, W) in [0, 1].
        starts: Gaussians to climb from, the encoder's unless others are given.
        label: (n,), for a conditional model.
        steps: decodings of 4 x 4 codes for each image and start.
    Returns:
        the best, by `VAE.elbo`, of all starts and of where they led: never worse than a start.
    Raises:
        ValueError: another shape, no labels for a conditional model, or a start that is a point.
    """
    starts = starts or (model.encode(x, label),)
    if any(start.logvar.isneginf().any() for start in starts):
        raise ValueError("a start is a point: expected Gaussians (an autoencoder has no q(z|x))")
    parts = []
    for some in torch.arange(len(x)).split(64):
        told = None if label is None else label[some]
        best = Posterior(starts[0].mean[some], starts[0].logvar[some])
        bound = torch.full((len(some),), -math.inf)
        for start in starts:
            first = Posterior(start.mean[some], start.logvar[some])
            for q in (first, _climb(model, x[some], first, told, steps)):
                elbo = model.elbo(x[some], told, q=q).elbo
                better = (elbo > bound).unsqueeze(1)
                best = _where(better, q, best)
                bound = bound.maximum(elbo)
        parts.append(best)
    return Posterior(torch.cat([q.mean for q in parts]), torch.cat([q.logvar for q in parts]))


def _where(here: Tensor, q: Posterior, other: Posterior) -> Posterior:
    return Posterior(q.mean.where(here, other.mean), q.logvar.where(here, other.logvar))


def _climb(
    model: VAE, x: Tensor, start: Posterior, label: Tensor | None, steps: int, nodes: int = NODES
) -> Posterior:
    n = len(x)
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    noise = torch.from_numpy(np.stack(np.meshgrid(points, points), -1).reshape(-1, LATENT_DIM))
    weight = torch.from_numpy(np.outer(weights, weights).ravel() / weights.sum() ** 2)
    images = x.repeat_interleave(len(noise), 0)
    labels = None if label is None else label.repeat_interleave(len(noise))
    mean, precision = start.mean.double(), (-start.logvar).double().exp()
    try_mean, try_precision = mean, precision
    push, bend = torch.zeros_like(mean), precision
    bound = torch.full((n, 1), -math.inf, dtype=torch.float64)
    rate = torch.ones_like(bound)
    for _ in range(steps):
        z = try_mean[:, None] + try_precision[:, None].rsqrt() * noise
        flat = z.flatten(0, 1).to(x)
        values = model.log_likelihood(images, flat, labels).double().view(n, len(noise))
        values -= 0.5 * z.square().sum(2)
        average = (values @ weight).unsqueeze(1)
        elbo = average - 0.5 * try_precision.log().sum(1, keepdim=True)
        better = elbo > bound
        weighed = (values - average) * weight
        bound = elbo.where(better, bound)
        mean, precision = try_mean.where(better, mean), try_precision.where(better, precision)
        push = (weighed @ noise * try_precision.sqrt()).where(better, push)
        bend = (weighed @ (1 - noise.square()) * try_precision).where(better, bend)
        rate = (2 * rate).clamp(max=1).where(better, rate / 2)
        turn = (bend / precision).clamp(1 / 4, 4)  # a quarter to four times at once
        try_precision = precision * (1 + rate * (turn - 1))
        reach = 2 * precision.rsqrt()  # two deviations at once
        try_mean = mean + rate * (push / try_precision).clamp(-reach, reach)
    return Posterior(mean.to(x), -precision.log().to(x))
