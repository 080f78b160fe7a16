"""The average of many q(z|x), which is what a sample from the prior meets."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from vae_core.model import Posterior

CELLS = 1024  # Gaussians spread over the cells at a time
EMPTY = 0.01  # of the prior's density: where the aggregate posterior is lower, it is almost empty


class Aggregate(NamedTuple):
    """The average of many q(z|x) on even cells of the plane: what `aggregate_posterior` returns."""

    mass: Tensor  # (side, side) float64 on the CPU: of each cell, [i, j] as in `Grid`; sums to 1
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
        aggregate = aggregate_posterior(vae_core.Posterior(e.mean, e.logvar))
        aggregate.kl, aggregate.empty                      # nats, and a share between 0 and 1
        aggregate.mass.T.flip(0)                           # a layer of the map, z2 upwards

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
    edges = torch.linspace(-limit, limit, side + 1, dtype=torch.float64, device="cpu")
    edges[0], edges[-1] = -math.inf, math.inf
    mass = torch.zeros(side, side, dtype=torch.float64, device="cpu")
    means, stds = (part.cpu().double().split(CELLS) for part in (q.mean, q.std))
    for mean, std in zip(means, stds, strict=True):
        cumulative = torch.special.ndtr((edges - mean.unsqueeze(2)) / std.unsqueeze(2))
        along = cumulative.diff(dim=2)  # (k, 2, side)
        mass += along[:, 0].T @ along[:, 1]
    mass /= len(q.mean)
    own = torch.special.ndtr(edges).diff()
    prior = torch.outer(own, own)
    kl = torch.special.xlogy(mass, mass / prior).sum()
    return Aggregate(mass, kl.item(), prior[mass < EMPTY * prior].sum().item())
