"""How rare it is that a code is one of the data: -log of the aggregate posterior's density."""

import math

import torch
from torch import Tensor

from vae_core.model import LATENT_DIM, Posterior

WIDTH = 0.15  # of the plane: each q(z|x) is smoothed by so much
LEAST = (
    1e-3  # density that is added: empty is empty, however far out. N(0, I) has 0.16 in its middle
)
SIDE, LIMIT = 201, 5.0  # nodes along each axis, and where the outermost are
IMAGES = 2000  # whose densities are held at a time


class Rarity:
    """r(z) = -log(q(z) + ε) in nats, between the nodes of a grid by bilinear interpolation.

    q(z) = 1/N Σ N(z; μ_n, σ_n² + h²) is the aggregate posterior (Makhzani et al. 2016,
    arXiv:1511.05644), smoothed with h = 0.15, so that an autoencoder, whose codes are points, has
    one too; ε = 0.001.

        e = vae_core.load_encodings("mnist-vae")
        rarity = Rarity(vae_core.Posterior(e.mean, e.logvar))
        rarity(torch.tensor([[0.0, 0.0], [4.0, 4.0]]))      # nats; the second lies in empty land

    Args:
        q: of many images, means and log-variances (n, 2); -inf for points.
    Raises:
        ValueError: no images, or another shape.
    """

    def __init__(self, q: Posterior) -> None:
        if q.mean.ndim != 2 or q.mean.shape[1] != LATENT_DIM or not len(q.mean):
            raise ValueError(f"codes have shape {tuple(q.mean.shape)}: expected (at least 1, 2)")
        axis = torch.linspace(-LIMIT, LIMIT, SIDE, dtype=torch.float64, device="cpu")
        density = axis.new_zeros(SIDE, SIDE)
        mean, variance = q.mean.cpu().double(), q.logvar.cpu().double().exp() + WIDTH**2
        for part, var in zip(mean.split(IMAGES), variance.split(IMAGES), strict=True):
            distance = (axis - part.unsqueeze(2)).square() / var.unsqueeze(2)
            along = (-distance / 2).exp() / (2 * math.pi * var).sqrt().unsqueeze(2)
            density += along[:, 0].T @ along[:, 1]
        self.nodes = -(density / len(mean) + LEAST).log()  # [i, j] at z1 = axis[i], z2 = axis[j]

    def __call__(self, codes: Tensor) -> Tensor:
        """Nats at each code, (n, 2) -> (n,) float64 on the CPU; beyond the grid as at its edge."""
        place = ((codes.detach().cpu().double() + LIMIT) / (2 * LIMIT) * (SIDE - 1)).clamp(
            0, SIDE - 1
        )
        first = place.long().clamp(max=SIDE - 2)
        i, j = first.unbind(1)
        s, t = (place - first).unbind(1)
        nodes = self.nodes
        below = nodes[i, j] * (1 - t) + nodes[i, j + 1] * t
        above = nodes[i + 1, j] * (1 - t) + nodes[i + 1, j + 1] * t
        return below * (1 - s) + above * s
