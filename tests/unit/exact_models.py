"""Models whose integrals over the plane are known otherwise, for the tests of `vae_core.exact`."""

import math

import numpy as np
import torch
from torch.distributions import MultivariateNormal

from vae_core import VAE, Posterior, VAEConfig

SHAPE, PIXELS = (1, 6, 5), 30
MASK = torch.zeros(6, 5, dtype=torch.bool)
MASK[:3, 1:] = True
MASK[4, 0] = True


class Linear(VAE):
    """x = A z + b + noise, whose log p(x) and p(z|x) are Gaussians known in closed form."""

    def __init__(self, scale, noise, seed=0):
        super().__init__(VAEConfig("mnist", SHAPE, likelihood="gaussian", encoder_width=4))
        generator = torch.Generator().manual_seed(seed)
        self.A = scale * (2 * torch.rand(PIXELS, 2, generator=generator) - 1)
        self.b = 0.5 + 0.04 * torch.randn(PIXELS, generator=generator).clamp(-1, 1)
        self.decoder.pixel_logvar.data.fill_(2 * math.log(noise))
        self.wide = 1.5  # the encoder's deviations over the best diagonal Gaussian's
        self.eval().requires_grad_(False)

    def logits(self, z, label=None):
        return torch.logit(self.b + z @ self.A.T)

    def encode(self, x, label=None):
        posterior = self.posterior(x)
        variance = 1 / posterior.precision_matrix.diagonal(dim1=1, dim2=2)
        mean = posterior.loc + 0.3 * variance.sqrt()
        return Posterior(mean.float(), (self.wide**2 * variance).log().float())

    def draw(self, n):
        generator = torch.Generator().manual_seed(5)
        z = torch.randn(n, 2, generator=generator)
        noise = self.pixel_logvar.mul(0.5).exp() * torch.randn(n, PIXELS, generator=generator)
        return (self.b + z @ self.A.T + noise).view(n, *SHAPE)

    def log_prob(self, x):
        a, variance = self.A.double(), self.pixel_logvar.double().exp()
        covariance = a @ a.T + variance * torch.eye(PIXELS)
        return MultivariateNormal(self.b.double(), covariance).log_prob(x.flatten(1).double())

    def posterior(self, x):
        a, variance = self.A.double(), self.pixel_logvar.double().exp()
        precision = torch.eye(2) + a.T @ a / variance
        mean = (x.flatten(1).double() - self.b.double()) @ a / variance @ precision.inverse()
        return MultivariateNormal(mean, precision_matrix=precision.expand(len(x), 2, 2))


class Folded(VAE):
    """One picture is made at z1 = 1 and, less exactly, at z1 = -1.5: a posterior of two modes."""

    def __init__(self, noise):
        super().__init__(VAEConfig("mnist", SHAPE, likelihood="gaussian", encoder_width=4))
        self.decoder.pixel_logvar.data.fill_(2 * math.log(noise))
        self.eval().requires_grad_(False)

    def logits(self, z, label=None):
        return torch.logit(0.5 + 0.012 * (z[:, :1] - 1) * (z[:, :1] + 1.5)).expand(-1, PIXELS)

    def encode(self, x, label=None):
        return Posterior(torch.tensor([[1.0, 0.0]]), torch.zeros(1, 2))

    def density(self, z1):
        """p(x, z1) up to a factor, of the picture that is 0.5 everywhere."""
        error = PIXELS * (0.012 * (z1 - 1) * (z1 + 1.5)) ** 2
        return np.exp(-0.5 * (error / self.pixel_logvar.exp().item() + z1**2))


def legendre(model, x, label=None, nodes=240, limit=5.0):
    """log p(x) by Gauss-Legendre nodes and cross-entropy in double precision, (n,)."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    z = limit * np.stack(np.meshgrid(points, points), -1).reshape(-1, 2)
    weights = limit**2 * np.outer(weights, weights).ravel()
    labels = None if label is None else torch.full((len(z),), label)
    p = model.decode(torch.from_numpy(z).float(), labels).flatten(1).double().numpy()
    prior = np.exp(-0.5 * (z**2).sum(1)) / (2 * np.pi)
    x = x.flatten(1).double().numpy()
    if model.config.likelihood == "bernoulli":
        joint = x @ np.log(p).T + (1 - x) @ np.log1p(-p).T
    else:
        variance = model.pixel_logvar.double().exp().item()
        squares = ((x[:, None] - p) ** 2).sum(2)
        joint = -0.5 * (squares / variance + x.shape[1] * np.log(2 * np.pi * variance))
    top = joint.max(1)
    return torch.from_numpy(np.log(np.exp(joint - top[:, None]) @ (prior * weights)) + top)


def conditional(likelihood="bernoulli"):
    torch.manual_seed(0)
    config = VAEConfig(
        "mnist", SHAPE, ("a", "b", "c"), likelihood=likelihood, conditional=True,
        encoder_width=8, decoder_width=12, decoder_blocks=1,
    )  # fmt: skip
    model = VAE(config)
    model.decoder[0].weight.data *= 2
    model.decoder[-1].weight.data *= 4
    return model.eval().requires_grad_(False)


def observed(model, x, mask=MASK):
    """log p(o) (n,), p(z|o) and p(h|o) of a linear model: Gaussians, by conditioning."""
    seen = mask.flatten()
    a, b, variance = model.A.double(), model.b.double(), model.pixel_logvar.double().exp()
    own, error = a[seen], (x.flatten(1).double() - b)[:, seen]
    marginal = MultivariateNormal(
        torch.zeros(int(seen.sum()), dtype=torch.float64),
        own @ own.T + variance * torch.eye(int(seen.sum())),
    )
    precision = torch.eye(2) + own.T @ own / variance
    mean = error @ own / variance @ precision.inverse()
    z = MultivariateNormal(mean, precision_matrix=precision.expand(len(x), 2, 2))
    return marginal.log_prob(error), z, b + mean @ a.T
