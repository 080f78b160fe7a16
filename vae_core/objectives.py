"""What training minimizes: one number per batch, and the two figures to watch.

Losses are averaged over images only; over pixels and latent dimensions they are summed
(averaging over pixels as well would silently multiply the rate by 784).
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from vae_core.model import VAE


class Loss(NamedTuple):
    """Scalars, in nats per image."""

    total: Tensor
    rate: Tensor
    distortion: Tensor


Objective = Callable[[VAE, Tensor, torch.Generator | None, float], Loss]


def elbo(
    model: VAE, x: Tensor, generator: torch.Generator | None = None, beta: float = 1.0
) -> Loss:
    """distortion + beta * rate, with one sample z ~ q(z|x) per image.

    With beta = 1 it is the negative ELBO (Kingma & Welling 2013, arXiv:1312.6114, equation 3,
    estimated by equation 6).

    Args:
        x: images, (n, C, H, W) in [0, 1].
        generator: source of the noise in z.
        beta: weight of the rate; below 1 only while it is warmed up.
    """
    q = model.encode(x)
    distortion = -model.log_likelihood(x, q.sample(generator)).mean()
    rate = q.rate().mean()
    return Loss(distortion + beta * rate, rate, distortion)


OBJECTIVES: dict[str, Objective] = {"elbo": elbo}
