"""What training minimizes: one number per batch, and the two figures to watch.

Losses are averaged over images only; over pixels and latent dimensions they are summed
(averaging over pixels as well would silently multiply the rate by 784).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from vae_core.model import VAE


class Loss(NamedTuple):
    """Scalars, in nats per image."""

    total: Tensor
    rate: Tensor  # 0 for a plain autoencoder, which has none
    distortion: Tensor


# (model, images (n, C, H, W), noise (samples, n, 2), labels (n,), beta) -> Loss
Objective = Callable[[VAE, Tensor, Tensor, Tensor | None, float], Loss]


def elbo(
    model: VAE, x: Tensor, noise: Tensor, label: Tensor | None = None, beta: float = 1.0
) -> Loss:
    """distortion + beta * rate.

    With beta = 1 it is the negative ELBO (Kingma & Welling 2013, arXiv:1312.6114, equation 3,
    estimated by equation 6); with another, the objective of the beta-VAE (Higgins et al. 2017,
    "beta-VAE: Learning basic visual concepts with a constrained variational framework").

    Args:
        x: images, (n, C, H, W) in [0, 1].
        noise: standard normal, (samples, n, 2): each image's codes are mean + std * noise.
        label: (n,), for a conditional model.
        beta: weight of the rate.
    """
    q = model.encode(x, label)
    log_likelihood = _log_likelihood(model, x, q.mean + q.std * noise, label)
    distortion, rate = -log_likelihood.mean(), q.rate().mean()
    return Loss(distortion + beta * rate, rate, distortion)


def importance_weighted(
    model: VAE, x: Tensor, noise: Tensor, label: Tensor | None = None, beta: float = 1.0
) -> Loss:
    """The negative importance-weighted bound, -log (1/K) sum_k p(x, z_k) / q(z_k|x).

    Burda, Grosse and Salakhutdinov 2016, arXiv:1509.00519, equation 8; with K = 1 it is the ELBO,
    its rate sampled. The same arguments as `elbo`: K is the number of samples in the noise, and
    beta weighs log p(z) - log q(z|x).
    """
    q = model.encode(x, label)
    z = q.mean + q.std * noise
    log_likelihood = _log_likelihood(model, x, z, label)
    log_ratio = 0.5 * (noise**2 + q.logvar - z**2).sum(-1)  # log p(z) - log q(z|x)
    bound = (log_likelihood + beta * log_ratio).logsumexp(0) - math.log(len(noise))
    return Loss(-bound.mean(), q.rate().mean(), -log_likelihood.mean())


def autoencoder(
    model: VAE, x: Tensor, noise: Tensor, label: Tensor | None = None, beta: float = 1.0
) -> Loss:
    """The distortion alone, of a code without noise: `noise` and `beta` are not used."""
    distortion = -model.log_likelihood(x, model.encode(x, label).mean, label).mean()
    return Loss(distortion, torch.zeros_like(distortion), distortion)


OBJECTIVES: dict[str, Objective] = {
    "elbo": elbo,
    "iwae": importance_weighted,
    "autoencoder": autoencoder,
}


def _log_likelihood(
    model: VAE, x: Tensor, z: Tensor, label: Tensor | None
) -> Tensor:  # z (samples, n, 2) -> log p(x|z) (samples, n)
    samples = len(z)
    labels = None if label is None else label.repeat(samples)
    nats = model.log_likelihood(x.repeat(samples, 1, 1, 1), z.flatten(0, 1), labels)
    return nats.view(samples, len(x))
