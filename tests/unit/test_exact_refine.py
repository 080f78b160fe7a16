"""Cells that are halved, against Gaussians, a posterior of two modes and finer grids."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from tests.unit.exact_models import MASK, SHAPE, Folded, Linear, legendre, observed
from vae_core.exact import Grid


@pytest.mark.parametrize("noise", [0.05, 0.01, 0.002])
def test_cells_are_halved_until_the_posterior_is_resolved(noise):
    """Deviations of 0.3 to 0.012 under cells of 0.25."""
    model = Linear(scale=0.04, noise=noise)
    grid = Grid(model, side=40)
    x = model.draw(20)
    coarse, expected, wrong = grid.log_prob(x), model.log_prob(x), []
    for k in range(len(x)):
        found = grid.refine(x[k : k + 1])
        wrong.append(found.log_prob - expected[k].item())
        assert found.mass.shape == (40, 40)
        assert found.mass.sum().item() == pytest.approx(1)
        assert found.log_mass.exp().sum().item() == pytest.approx(1)
        assert len(found.codes) == len(found.step) == len(found.log_mass) < 2000
        mean, covariance = moments(found)
        posterior = model.posterior(x[k : k + 1])
        deviation = posterior.variance[0].sqrt()
        assert ((mean - posterior.loc[0]).abs() < 0.01 * deviation + 1e-5).all()
        torch.testing.assert_close(covariance, posterior.covariance_matrix[0], rtol=0.01, atol=1e-8)
    assert np.abs(wrong).max() < (0.005 if noise > 0.005 else 0.02)  # single precision
    if noise < 0.05:
        assert (coarse - expected).abs().max() > 0.3


def moments(found):
    mass, codes = found.log_mass.exp(), found.codes.double()
    away = codes - mass @ codes
    return mass @ codes, away.T @ (mass[:, None] * away)


def test_the_picture_of_a_refined_posterior_is_in_the_place_of_the_coarse_one(model, binary):
    grid, fine = Grid(model, side=40), Grid(model, side=400)
    for image in binary.split(1):
        found = grid.refine(image)
        expected = fine.posterior(image).view(40, 10, 40, 10).sum((1, 3)).double()
        # The midpoint rule is exact for sums over the plane, not for one cell.
        torch.testing.assert_close(found.mass, expected, atol=6e-3, rtol=0)
        assert (found.mass.T - expected).abs().max() > 0.015  # the axes are told apart
        assert found.log_prob == pytest.approx(legendre(model, image).item(), abs=5e-3)


@pytest.mark.parametrize(("noise", "side"), [(0.04, 160), (0.03, 160), (0.01, 50), (0.003, 30)])
def test_two_modes_are_found_with_their_masses(noise, side):
    model = Folded(noise)
    found = Grid(model, side).refine(torch.full((1, *SHAPE), 0.5))
    z1 = np.linspace(-5, 5, 200_001)
    density = model.density(z1)
    pass_ = z1[(z1 > -1.4) & (z1 < 0.9)][density[(z1 > -1.4) & (z1 < 0.9)].argmin()]
    right = density[z1 > pass_].sum() / density.sum()
    modes = found.modes()
    assert modes.mass.tolist() == pytest.approx([right, 1 - right], abs=2e-3)
    assert right > 0.6
    for k, side_of in enumerate((z1 > pass_, z1 < pass_)):
        share = density * side_of / density[side_of].sum()
        mean = (share * z1).sum()
        variance = (share * (z1 - mean) ** 2).sum()
        assert modes.codes[k, 0].item() == pytest.approx(
            z1[(density * side_of).argmax()], abs=variance**0.5
        )
        assert modes.gaussian.mean[k].tolist() == pytest.approx([mean, 0], abs=5e-3)
        assert modes.gaussian.logvar[k].tolist() == pytest.approx([math.log(variance), 0], abs=0.05)


def test_what_is_not_separate_is_one_mode():
    model = Linear(scale=0.04, noise=0.01)
    grid = Grid(model, side=40)
    for image in model.draw(10).split(1):
        modes = grid.refine(image).modes()
        assert modes.mass.tolist() == pytest.approx([1.0])
        posterior = model.posterior(image)
        deviation = posterior.variance.sqrt()
        assert ((modes.codes - posterior.loc).abs() < 1.5 * deviation).all()
        assert torch.equal(grid.strongest(image).mean, modes.gaussian.mean)


@pytest.mark.parametrize("noise", [0.1, 0.05, 0.01])
def test_bits_of_a_linear_model_are_its_closed_form(noise):
    model = Linear(scale=0.04, noise=noise)
    grid = Grid(model, side=60)
    prior = MultivariateNormal(torch.zeros(2).double(), torch.eye(2).double())
    for image in model.draw(5).split(1):
        _, z, _ = observed(model, image)
        z = MultivariateNormal(z.loc[0], z.covariance_matrix[0])
        found = grid.refine(image, MASK)
        assert found.entropy_bits() == pytest.approx(z.entropy().item() / math.log(2), abs=0.02)
        learned = kl_divergence(z, prior).item() / math.log(2)
        assert found.information_bits() == pytest.approx(learned, abs=0.02)


def test_bits_do_not_depend_on_the_grid(model, binary):
    coarse, fine = (Grid(model, side).refine(binary[:1], MASK) for side in (40, 200))
    assert coarse.entropy_bits() == pytest.approx(fine.entropy_bits(), abs=0.01)
    assert coarse.information_bits() == pytest.approx(fine.information_bits(), abs=0.01)


def test_nothing_observed_is_the_prior(model, binary):
    found = Grid(model, 80).refine(binary[:1], torch.zeros(6, 5, dtype=torch.bool))
    assert found.log_prob == pytest.approx(0, abs=2e-3)
    assert found.information_bits() == pytest.approx(0, abs=0.01)
    assert found.entropy_bits() == pytest.approx(math.log2(2 * math.pi * math.e), abs=0.02)
