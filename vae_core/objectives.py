"""What training minimizes: one number per batch, and the two figures to watch.

Losses are averaged over images only; over pixels and latent dimensions they are summed
(averaging over pixels as well would silently multiply the rate by 784).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from vae_core.exact import Grid
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


def exact_likelihood(model: VAE, x: Tensor, noise: Tensor, plane: Grid) -> Loss:
    """-log p(x) itself, without a bound: what two latent dimensions allow.

    The gradient of log p(x) is that of log p(x, z) under the true posterior (Fisher's identity):

        d/dθ log p(x) = E_p(z|x)[d/dθ log p(x, z)]

    Expectation: p(z|x) on the plane's cells by Bayes' rule, and codes drawn from it, each moved
    evenly within its cell and weighed by what it is worth there (self-normalized importance
    sampling: the cell says p(z|x) at its centre only). Maximization: a step of the decoder towards
    the images at their codes. This is the generative topographic mapping (Bishop, Svensén and
    Williams 1998, doi:10.1162/089976698300017953) with a neural network in place of fixed basis
    functions. It needs no encoder and no KL: "why is the V needed at all?" Because with more than
    a few latent dimensions there is no such sum over cells.

    The encoder learns from the same codes, by KL(p(z|x) || q(z|x)) (the "wake" update of Bornschein
    and Bengio 2015, arXiv:1406.2751, section 2.3): it covers all modes of the posterior, where the
    ELBO's KL(q || p) seeks one. No gradient passes between the two networks.

        plane = Grid(model, side=200, limit=3.8)        # decoded anew every few steps
        loss = exact_likelihood(model, x, torch.randn(4, len(x), 2), plane)
        loss.total.backward()

    Args:
        model: not a conditional one, and not a plain autoencoder.
        x: images, (n, C, H, W) in [0, 1].
        noise: standard normal, (samples, n, 2): where in their cells the codes are. The cells are
            drawn by torch's own generator.
        plane: the cells, decoded by the model as it is now or was some steps ago: the weights
            correct for that.
    Returns:
        total: its gradient is that of -log p(x) - E_p(z|x)[log q(z|x)]; its value is not log p(x).
        rate: KL(q(z|x) || p(z)) of the encoder. distortion: -E_p(z|x)[log p(x|z)].
    """
    samples = len(noise)
    mass = plane.log_joint(x).log_softmax(1)  # log p(z|x) of each cell, (n, cells)
    cell = mass.exp().multinomial(samples, replacement=True)  # (n, samples)
    within = torch.special.ndtr(noise).transpose(0, 1) - 0.5  # even in (-1/2, 1/2)
    z = (plane.codes[cell] + plane.step * within).transpose(0, 1)  # (samples, n, 2)
    log_likelihood = _log_likelihood(model, x, z, None)
    log_joint = log_likelihood.detach() - 0.5 * z.square().sum(2)
    weight = (log_joint - mass.gather(1, cell).T).softmax(0)  # (samples, n)
    q = model.encode(x)
    log_q = -0.5 * ((z - q.mean).square() / q.logvar.exp() + q.logvar).sum(2)  # but a constant
    distortion = -(weight * log_likelihood).sum(0).mean()
    return Loss(distortion - (weight * log_q).sum(0).mean(), q.rate().mean(), distortion)


# By name; the fourth, "exact", is `exact_likelihood`, which is given the plane as well.
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
