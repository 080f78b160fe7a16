"""Codes drawn at random, against the distributions they are said to come from."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import kstest, norm
from sklearn.neighbors import KDTree
from torch import Tensor

from vae_core import Posterior, generate

N = 20_000


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def follows(values: Tensor, cdf: object) -> bool:
    """Kolmogorov and Smirnov find no fault; draws are seeded, so this never changes."""
    return bool(kstest(values.double().numpy(), cdf).pvalue > 0.01)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.0])
def test_the_prior_is_normal_with_the_temperature_as_its_deviation(temperature: float) -> None:
    z = generate.from_prior(N, chance(), temperature)
    assert z.shape == (N, 2)
    for axis in (0, 1):
        assert follows(z[:, axis], norm(scale=temperature).cdf)
        assert not follows(z[:, axis], norm(scale=1.1 * temperature).cdf)
    assert abs(np.corrcoef(z.T.numpy())[0, 1]) < 0.03


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_the_aggregate_posterior_is_a_mixture(temperature: float) -> None:
    mean = torch.tensor([[-1.0, 2.0], [0.0, 0.0], [3.0, -1.0]])
    std = torch.tensor([[0.5, 0.1], [0.2, 0.3], [1.0, 0.2]])
    z = generate.from_aggregate(Posterior(mean, 2 * std.log()), N, chance(), temperature)
    for axis in (0, 1):

        def mixture(x: np.ndarray, axis: int = axis, t: float = temperature) -> np.ndarray:
            parts = zip(mean[:, axis].tolist(), std[:, axis].tolist(), strict=True)
            return np.mean([norm(m, t * s).cdf(x) for m, s in parts], axis=0)

        assert follows(z[:, axis], mixture)
        assert not follows(z[:, axis], lambda x: mixture(x, t=1.3 * temperature))


def test_points_and_temperature_zero_give_the_codes_themselves() -> None:
    mean = torch.randn(50, 2, generator=chance(1))
    points = Posterior(mean, torch.full_like(mean, -torch.inf))
    for q, temperature in ((points, 2.0), (Posterior(mean, torch.zeros(50, 2)), 0.0)):
        z = generate.from_aggregate(q, 500, chance(), temperature)
        distance, which = generate.nearest(z, mean)
        assert distance.max() == 0
        assert len(set(which.tolist())) == 50


def test_the_disc_is_even() -> None:
    z = generate.from_disc((3.0, -1.0), 0.5, N, chance()) - torch.tensor([3.0, -1.0])
    radius, angle = z.norm(dim=1), torch.atan2(z[:, 1], z[:, 0])
    assert radius.max() <= 0.5 + 1e-6
    assert follows(radius, lambda r: (np.clip(r, 0, 0.5) / 0.5) ** 2)
    assert follows(angle, lambda a: (a + math.pi) / (2 * math.pi))
    assert (generate.from_disc((1.0, 2.0), 0.0, 3, chance()) == torch.tensor([1.0, 2.0])).all()


def test_the_same_seed_draws_the_same() -> None:
    q = Posterior(torch.randn(9, 2), torch.zeros(9, 2))
    for draw in (
        lambda g: generate.from_prior(7, g),
        lambda g: generate.from_aggregate(q, 7, g),
        lambda g: generate.from_disc((0.0, 0.0), 1.0, 7, g),
    ):
        assert torch.equal(draw(chance(3)), draw(chance(3)))
        assert not torch.equal(draw(chance(3)), draw(chance(4)))


def test_the_nearest_is_scikit_learns() -> None:
    codes = 4 + torch.randn(1200, 2, generator=chance())
    others = codes[torch.randperm(1200, generator=chance(1))][:700] + 1e-5
    distances, places = KDTree(others.double().numpy()).query(codes.double().numpy())
    found = generate.nearest(codes, others)
    assert found[0].tolist() == pytest.approx(distances[:, 0].tolist(), abs=1e-6)
    assert (found[1].numpy() == places[:, 0]).mean() > 0.999
    distances, places = KDTree(codes.double().numpy()).query(codes.double().numpy(), k=2)
    found = generate.nearest(codes)
    assert found[0].tolist() == pytest.approx(distances[:, 1].tolist(), abs=1e-6)
    assert generate.nearest(codes[:1])[0].item() == math.inf
