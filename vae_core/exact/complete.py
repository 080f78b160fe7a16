"""What a picture may be where it is hidden."""

from typing import NamedTuple

import torch
from torch import Tensor

from vae_core.exact.grid import Grid
from vae_core.exact.refine import Refined
from vae_core.model import random_device

TRIES = 16  # codes of which a sample is picked


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
        completed = complete(grid, x[:1], mask, generator=torch.Generator().manual_seed(0))
        completed.samples.where(~mask, x[:1])               # eight endings of the same beginning

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
    posterior, observed = grid.refine(x, mask), grid._observed(mask)
    pixels, _ = grid._pixels(x, observed)
    mean = expected_image(grid, posterior, x, mask)

    # A code anywhere in a cell, the cell by its mass; then one of TRIES such codes by the density
    # there over that of its cell (sampling-importance-resampling: Rubin 1987, a comment on Tanner
    # and Wong, Journal of the American Statistical Association 82, pages 543 to 546).
    device = random_device(generator, posterior.log_mass)
    chance = torch.rand(samples, TRIES, 4, generator=generator, device=device).cpu()
    cell = _pick(posterior.log_mass.exp(), chance[..., 0].double()).flatten()
    here, place = cell.to(pixels.device), chance[..., 1:3].flatten(0, 1).to(pixels) - 0.5
    tried = posterior.codes[here] + place * posterior.step[here].unsqueeze(1)
    joint = torch.from_numpy(grid._log_joint_at(tried, pixels[0], observed))
    log_weight = (joint - posterior.log_density()[cell]).view(samples, TRIES)
    chosen = _pick(log_weight.softmax(1), chance[:, :1, 3].double())
    chosen = chosen.unsqueeze(2).to(tried.device)
    codes = tried.view(samples, TRIES, 2).take_along_dim(chosen, 1).squeeze(1)
    drawn = grid._decode(codes).view(-1, *grid.model.config.shape)
    return Completion(mean, codes, drawn, posterior)


@torch.no_grad()
def expected_image(grid: Grid, posterior: Refined, x: Tensor, mask: Tensor) -> Tensor:
    """The mean of `complete`, (1, C, H, W), for a posterior that is there already.

    Args:
        posterior: `grid.refine(x, mask)`.
        x: one image, (1, C, H, W) in [0, 1].
        mask: (H, W) of bool, True where a pixel is observed.
    """
    observed = grid._observed(mask)
    assert observed is not None
    pixels, _ = grid._pixels(x, observed)
    mean = torch.zeros_like(pixels[0])
    for weights, mass in grid._weighed(posterior):
        mean += mass @ grid._expected(weights, pixels, observed)
    mean = mean.view(x.shape)
    return mean if grid.noise else x.where(mask.to(x.device), mean)


def _pick(mass: Tensor, chance: Tensor) -> Tensor:
    """Places drawn in proportion to a mass that sums to 1, by uniform numbers in [0, 1)."""
    return torch.searchsorted(mass.cumsum(-1), chance).clamp(max=mass.shape[-1] - 1)
