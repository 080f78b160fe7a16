"""Bounds of log p(x) by a Gaussian q(z|x): by importance sampling, and by the best Gaussian."""

import math

import numpy as np
import torch
from torch import Tensor

from vae_core.model import LATENT_DIM, VAE, Posterior, random_device

NODES = 4  # of `best_gaussian`, along either axis
PART = 64  # images of `best_gaussian` at a time


@torch.no_grad()
def importance_log_prob(
    model: VAE,
    x: Tensor,
    samples: int = 500,
    label: Tensor | None = None,
    generator: torch.Generator | None = None,
    batch: int = 8192,
) -> Tensor:
    """An estimate of log p(x) by importance sampling from the encoder, in nats.

    log 1/K Σ_k p(x, z_k) / q(z_k|x) with z_k ~ q(z|x): Burda, Grosse and Salakhutdinov 2016
    (arXiv:1509.00519, equation 8). Its expectation is at most log p(x) and rises with K.

    Published figures are of this kind with K = 500 ("IS-500"); compare them with it alone, and
    never mix it with `Grid.log_prob`. The encoder proposes one Gaussian, a posterior often has
    several separate modes, and those the proposal never visits are missing from the sum however
    many samples are drawn in practice: on one model IS-500 is 2.5 nats below the exact value.

        generator = torch.Generator().manual_seed(0)
        importance_log_prob(model, x, 500, generator=generator).mean()

    Args:
        x: images, (n, C, H, W) in [0, 1].
        samples: K.
        label: (n,), for a conditional model.
        generator: source of the noise; the result depends on it and not on `batch`.
        batch: codes decoded at a time.
    Returns:
        (n,) float64, on the CPU.
    Raises:
        ValueError: a plain autoencoder, which has no q(z|x); another shape; fewer than one sample;
            no labels for a conditional model.
    """
    if not model.config.probabilistic:
        raise ValueError("importance sampling: this model is an autoencoder and has no q(z|x)")
    if samples < 1:
        raise ValueError(f"{samples} samples: expected at least 1")
    q = model.encode(x, label)
    estimates = []
    for i in range(len(x)):
        device = random_device(generator, x)
        noise = torch.randn(samples, LATENT_DIM, generator=generator, device=device).to(x)
        total = torch.tensor(-math.inf, dtype=torch.float64, device="cpu")
        for part in noise.split(batch):
            z = q.mean[i] + q.std[i] * part
            own = None if label is None else label[i].expand(len(z))
            images = x[i].expand(len(z), -1, -1, -1)
            log_ratio = 0.5 * (part.square() - z.square() + q.logvar[i]).sum(1)  # log p(z) / q(z|x)
            weights = model.log_likelihood(images, z, own) + log_ratio
            total = torch.logaddexp(total, weights.cpu().double().logsumexp(0))
        estimates.append(total - math.log(samples))
    if not estimates:
        return torch.zeros(0, dtype=torch.float64, device="cpu")
    return torch.stack(estimates)


@torch.no_grad()
def best_gaussian(
    model: VAE, x: Tensor, *starts: Posterior, label: Tensor | None = None, steps: int = 20
) -> Posterior:
    """The diagonal Gaussian q* of the highest ELBO for each image.

    It splits what the ELBO loses into two parts (Cremer, Li and Duvenaud 2018, arXiv:1801.03558):
    the amortization gap, ELBO(q*) - ELBO(q), is the encoder's fault; the approximation
    gap, log p(x) - ELBO(q*), is that of Gaussians.

        q = best_gaussian(model, x, model.encode(x), grid.strongest(x))
        bound = model.elbo(x, q=q).elbo
        bound - model.elbo(x).elbo, grid.log_prob(x) - bound.cpu()      # the two gaps, (n,)

    Climbs by the natural gradient (Khan and Lin 2017, arXiv:1703.04265), where each step is
    Newton's with an averaged curvature: precision <- -E_q[∂² log p(x, z)], mean <- mean +
    variance E_q[∂ log p(x, z)], both derivatives from values alone (Stein's identity: E[f' ] =
    E[f ε] / σ and E[f''] = E[f (ε² - 1)] / σ² for z = mean + σ ε). A step that lowers the bound is
    taken again at half the length. Finds the top of the hill it starts on, so start on several;
    nothing is random.

    Args:
        x: images, (n, C, H, W) in [0, 1].
        starts: Gaussians to climb from, the encoder's unless others are given.
        label: (n,), for a conditional model.
        steps: decodings of 4 x 4 codes for each image and start.
    Returns:
        the best, by `VAE.elbo`, of all starts and of where they led: never worse than a start.
    Raises:
        ValueError: another shape, no labels for a conditional model, or a start that is a point.
    """
    starts = starts or (model.encode(x, label),)
    if any(start.logvar.isneginf().any() for start in starts):
        raise ValueError("a start is a point: expected Gaussians (an autoencoder has no q(z|x))")
    parts = []
    for start in range(0, max(len(x), 1), PART):
        some = slice(start, start + PART)
        labels = None if label is None else label[some]
        best = Posterior(starts[0].mean[some], starts[0].logvar[some])
        bound = best.mean.new_full((len(best.mean),), -math.inf)
        for every in starts:
            first = Posterior(every.mean[some], every.logvar[some])
            for q in (first, _climb(model, x[some], first, labels, steps)):
                elbo = model.elbo(x[some], labels, q=q).elbo
                better = (elbo > bound).unsqueeze(1)
                best = _where(better, q, best)
                bound = bound.maximum(elbo)
        parts.append(best)
    return Posterior(torch.cat([q.mean for q in parts]), torch.cat([q.logvar for q in parts]))


def _where(here: Tensor, q: Posterior, other: Posterior) -> Posterior:
    return Posterior(q.mean.where(here, other.mean), q.logvar.where(here, other.logvar))


def _climb(
    model: VAE, x: Tensor, start: Posterior, label: Tensor | None, steps: int, nodes: int = NODES
) -> Posterior:
    n = len(x)
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    noise = torch.from_numpy(np.stack(np.meshgrid(points, points), -1).reshape(-1, LATENT_DIM))
    weight = torch.from_numpy(np.outer(weights, weights).ravel() / weights.sum() ** 2)
    images = x.repeat_interleave(len(noise), 0)
    labels = None if label is None else label.repeat_interleave(len(noise))
    mean, precision = start.mean.cpu().double(), (-start.logvar).cpu().double().exp()
    try_mean, try_precision = mean, precision
    push, bend = torch.zeros_like(mean), precision
    bound = mean.new_full((n, 1), -math.inf)
    rate = torch.ones_like(bound)
    for _ in range(steps):
        z = try_mean[:, None] + try_precision[:, None].rsqrt() * noise
        flat = z.flatten(0, 1).to(x)
        values = model.log_likelihood(images, flat, labels).cpu().double().view(n, len(noise))
        values -= 0.5 * z.square().sum(2)
        average = (values @ weight).unsqueeze(1)
        elbo = average - 0.5 * try_precision.log().sum(1, keepdim=True)
        better = elbo > bound
        weighed = (values - average) * weight
        bound = elbo.where(better, bound)
        mean, precision = try_mean.where(better, mean), try_precision.where(better, precision)
        push = (weighed @ noise * try_precision.sqrt()).where(better, push)
        bend = (weighed @ (1 - noise.square()) * try_precision).where(better, bend)
        rate = (2 * rate).clamp(max=1).where(better, rate / 2)
        turn = (bend / precision).clamp(1 / 4, 4)  # a quarter to four times at once
        try_precision = precision * (1 + rate * (turn - 1))
        reach = 2 * precision.rsqrt()  # two deviations at once
        try_mean = mean + rate * (push / try_precision).clamp(-reach, reach)
    return Posterior(mean.to(x), -precision.log().to(x))
