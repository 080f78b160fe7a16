"""Small models, images for them, and their figures by other means: for the tests of evaluate."""

import math

import numpy as np
import torch
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from torch.distributions import Bernoulli, Independent, Normal

from vae_core import VAE, VAEConfig
from vae_core.datasets import Images


def draw_elbo(model, x):
    """log p(x, z) - log q(z|x) of each image for one z ~ q(z|x)."""
    mean, logvar = model.encode(x)
    q = Independent(Normal(mean, (logvar / 2).exp()), 1)
    z = q.sample()
    prior = Independent(Normal(torch.zeros(2), torch.ones(2)), 1)
    likelihood = Independent(Bernoulli(model.decode(z)), 3)
    return likelihood.log_prob(x) + prior.log_prob(z) - q.log_prob(z)


AXIS = np.linspace(-5.5, 5.5, 221)
CODES = np.stack(np.meshgrid(AXIS, AXIS), -1).reshape(-1, 2)


def log_joint(model, x, label=None, pixels=slice(None)):
    """log p(x, z) at CODES times a cell's area, by SciPy's own logarithms in double precision."""
    p = decoded(model, label)[:, pixels]
    x = x.flatten(1).double().numpy()[:, pixels]
    if model.config.likelihood == "bernoulli":
        terms = x @ np.log(p).T + (1 - x) @ np.log1p(-p).T
    else:
        variance = math.exp(model.pixel_logvar.item())
        normalizer = 0.5 * p.shape[1] * math.log(2 * math.pi * variance)
        terms = -cdist(x, p, "sqeuclidean") / (2 * variance) - normalizer
    return terms + multivariate_normal(np.zeros(2)).logpdf(CODES) + 2 * math.log(AXIS[1] - AXIS[0])


def decoded(model, label=None):
    told = None if label is None else torch.full((len(CODES),), int(label))
    return model.decode(torch.from_numpy(CODES).float(), told).flatten(1).double().numpy()


def log_prob(model, x, label=None, pixels=slice(None)):
    """log p(x) of each image, or of some of its pixels, on another grid."""
    return logsumexp(log_joint(model, x, label, pixels), axis=1)


def family(shape=(1, 28, 28), **fields):
    torch.manual_seed(0)
    config = {"encoder_width": 8, "decoder_width": 8, **fields}
    classes = tuple("0123456789")
    model = VAE(VAEConfig("mnist", shape, classes, **config)).eval().requires_grad_(False)
    model.decoder[0].weight *= 2
    model.decoder[-1].weight *= 2
    return model


MODELS = [{}, {"objective": "autoencoder"}, {"likelihood": "gaussian"}, {"conditional": True}]


def tiny(**fields):
    """A model of three channels and an odd number of rows, and images of zeros and ones for it."""
    model = family(shape=(3, 7, 4), **fields)
    whiter = torch.rand(3, 7, 4)  # some pixels more often than others
    parts = []
    for n in 60, 40:
        pixels = torch.bernoulli(whiter.expand(n, -1, -1, -1)).byte() * 255
        parts.append(Images(pixels, torch.randint(10, (n,))))
    return model, *parts
