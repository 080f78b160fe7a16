"""The aggregate posterior against closed forms and samples."""

import math

import numpy as np
import pytest
import torch

from vae_core import Posterior, exact
from vae_core.exact import aggregate_posterior


def test_the_aggregate_of_one_gaussian_is_that_gaussian():
    q = Posterior(torch.tensor([[0.5, -1.0]]), torch.tensor([[0.4, 0.2]]).square().log())
    found = aggregate_posterior(q)
    assert found.kl == pytest.approx(q.rate().item(), abs=1e-3)
    assert found.mass.sum().item() == pytest.approx(1)
    axis = (torch.arange(500).double() + 0.5) / 50 - 5
    assert (found.mass.sum(1) @ axis).item() == pytest.approx(0.5, abs=1e-4)
    assert (found.mass.sum(0) @ axis).item() == pytest.approx(-1.0, abs=1e-4)
    rng = np.random.default_rng(0)
    z = rng.normal(size=(400_000, 2))
    away = ((z - [0.5, -1.0]) / [0.4, 0.2]) ** 2
    ratio = -0.5 * away.sum(1) - math.log(0.4 * 0.2) + 0.5 * (z**2).sum(1)
    assert found.empty == pytest.approx((ratio < math.log(0.01)).mean(), abs=5e-3)


def test_the_aggregate_of_the_prior_is_the_prior():
    found = aggregate_posterior(Posterior(torch.zeros(3, 2), torch.zeros(3, 2)))
    assert found.kl == pytest.approx(0, abs=1e-12)
    assert found.empty == 0


def test_the_aggregate_of_separate_gaussians_and_of_narrow_ones():
    """KL of a mixture whose parts do not meet: the mean rate less log of how many there are."""
    mean = torch.tensor([[2.0, 2.0], [-2.0, 2.0], [0.0, -2.0]])
    q = Posterior(mean, torch.full((3, 2), 2 * math.log(0.1)))
    expected = q.rate().mean().item() - math.log(3)
    assert aggregate_posterior(q, side=1000).kl == pytest.approx(expected, abs=5e-3)
    narrow = Posterior(mean, torch.full((3, 2), 2 * math.log(1e-4)))
    coarse, fine = (aggregate_posterior(narrow, side=side) for side in (125, 375))
    assert coarse.mass.sum().item() == pytest.approx(1)
    assert coarse.kl < fine.kl < narrow.rate().mean().item() - math.log(3)
    assert coarse.empty > 0.99


def test_the_aggregate_is_the_same_in_parts(monkeypatch):
    q = Posterior(torch.randn(7, 2), torch.randn(7, 2) - 2)
    expected = aggregate_posterior(q, side=30)
    monkeypatch.setattr(exact.aggregate, "CELLS", 3)
    found = aggregate_posterior(q, side=30)
    torch.testing.assert_close(found.mass, expected.mass)
    assert found[1:] == pytest.approx(expected[1:])


def test_what_has_no_aggregate_is_refused():
    point = Posterior(torch.zeros(2, 2), torch.full((2, 2), -math.inf))
    with pytest.raises(ValueError, match=r"an autoencoder and has no q\(z\|x\)"):
        aggregate_posterior(point)
    with pytest.raises(ValueError, match="at least one"):
        aggregate_posterior(Posterior(torch.zeros(0, 2), torch.zeros(0, 2)))
    for side, limit in ((0, 5), (8, 0), (8, math.inf)):
        with pytest.raises(ValueError, match="positive"):
            aggregate_posterior(Posterior(torch.zeros(1, 2), torch.zeros(1, 2)), side, limit)
