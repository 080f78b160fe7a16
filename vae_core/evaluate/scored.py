"""What is measured of all models alike: which images, in which parts, with which interval."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.distributions import Bernoulli, Normal

from vae_core.datasets import Images
from vae_core.model import VAE

SEED = 0  # of the binarization, the importance samples and the bootstrap
SIDE = 320  # cells of the quadrature along each axis, for a mean over many images
RESAMPLES = 1000  # of the bootstrap
BATCH = 1000


def codes(model: VAE, images: Images) -> Tensor:
    """Posterior means of grey images, (n, 2)."""
    means = [model.encode(images.batch(p), images.labels[p]).mean for p in parts(images)]
    return torch.cat(means)


def scored_pixels(model: VAE, images: Images, first: int | None = None) -> Tensor:
    """What is scored: the first images, binarized if the likelihood is Bernoulli's.

    Coins are thrown for all images, so that the first of them are the same however many are used.
    """
    x = torch.cat([images.batch(part) for part in parts(images)])
    if model.config.likelihood == "bernoulli":
        x = torch.bernoulli(x, generator=torch.Generator().manual_seed(SEED))
    return x[:first]


def mean_image(images: Images) -> Tensor:
    """The average of all images, (C, H, W) float64."""
    mean = torch.zeros(images.pixels.shape[1:], dtype=torch.float64)
    for part in parts(images):
        mean += images.batch(part).double().sum(0) / len(images.labels)
    return mean


def pixel_log_likelihood(model: VAE, logits: Tensor, x: Tensor) -> Tensor:
    """log p(x|z) of every pixel and channel, for what the decoder says of z."""
    if model.config.likelihood == "bernoulli":
        found: Tensor = Bernoulli(logits=logits).log_prob(x)
    else:
        found = Normal(logits.sigmoid(), (model.pixel_logvar / 2).exp()).log_prob(x)
    return found


def interval(values: NDArray[np.float64]) -> list[float]:
    """95 % of the means of as many images drawn with replacement (Efron 1979, the bootstrap)."""
    n = len(values)
    random = np.random.default_rng(SEED)
    counts = random.multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    low, high = np.quantile(counts @ values / n, [0.025, 0.975])
    return [rounded(low), rounded(high)]


def rounded(value: float) -> float:
    """Digits beyond these are of the machine, not of the model."""
    return round(float(value), 5)


def parts(images: Images, size: int = BATCH) -> list[slice]:
    """Slices that cover all images, some at a time."""
    return [slice(start, start + size) for start in range(0, len(images.labels), size)]
