"""Codes for new pictures, drawn at random; and whether there is anything new about them.

    z ~ N(0, t² I)                               `from_prior`
    x_k picked at random, z ~ N(mean, t² std²)   `from_aggregate`: q(z) = 1/N Σ q(z|x_k) for t = 1
    z evenly from a disc of the plane            `from_disc`

The temperature t scales the deviation: 1 is the distribution itself, 0 its middle. Decoded, a code
is the mean picture E[x|z]. The same generator gives the same codes, on its own device unless they
are drawn around others.
"""

import torch
from torch import Tensor

from vae_core.model import LATENT_DIM, Posterior

ROWS = 500  # codes compared with all others at a time


def from_prior(n: int, generator: torch.Generator, temperature: float = 1.0) -> Tensor:
    """n codes (n, 2) from the prior N(0, I), their deviation times the temperature."""
    noise = torch.randn(n, LATENT_DIM, generator=generator, device=generator.device)
    return temperature * noise


def from_aggregate(
    q: Posterior, n: int, generator: torch.Generator, temperature: float = 1.0
) -> Tensor:
    """n codes from the aggregate posterior, the average of q(z|x) over a data set.

    Each picks an image at random, and draws from its q(z|x). Of a plain autoencoder, whose q(z|x)
    is a point, these are the codes of the images themselves.

    Args:
        q: of the images, (N, 2) each.
        n: how many codes.
        generator: the source of chance.
        temperature: times the deviation of each q(z|x); the choice of the image it leaves alone.
    Returns:
        (n, 2).
    """
    chosen = torch.randint(len(q.mean), (n,), generator=generator, device=generator.device)
    noise = torch.randn(n, LATENT_DIM, generator=generator, device=generator.device).to(q.mean)
    chosen = chosen.to(q.mean.device)
    return q.mean[chosen] + temperature * q.std[chosen] * noise


def from_disc(
    centre: tuple[float, float], radius: float, n: int, generator: torch.Generator
) -> Tensor:
    """n codes (n, 2) evenly from the disc of a radius, in units of the plane, around a code."""
    share, turn = torch.rand(2, n, generator=generator, device=generator.device)
    angle = 2 * torch.pi * turn
    away = radius * share.sqrt()  # the area within r grows as r²
    direction = torch.stack([angle.cos(), angle.sin()], 1)
    z: Tensor = away.new_tensor(centre) + away[:, None] * direction
    return z


def nearest(codes: Tensor, others: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The nearest of other codes to each.

    Args:
        codes: (n, 2).
        others: (N, 2), at least one; without them, the rest of `codes`.
    Returns:
        Distances on the plane and places among the others, (n,) each. A single code that has no
        others is infinitely far from itself.
    """
    distances, places = [], []
    for start, some in enumerate(codes.split(ROWS)):
        # Not by products, whose rounding is larger than the distance of near duplicates.
        apart = torch.cdist(
            some,
            codes if others is None else others,
            compute_mode="donot_use_mm_for_euclid_dist",
        )
        if others is None:
            own = torch.arange(len(some), device=codes.device)
            apart[own, start * ROWS + own] = torch.inf
        distance, place = apart.min(dim=1)
        distances.append(distance)
        places.append(place)
    return torch.cat(distances), torch.cat(places)
