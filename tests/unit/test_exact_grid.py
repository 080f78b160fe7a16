"""Quadrature against closed forms and other quadratures in double precision."""

import math

import pytest
import torch

from tests.unit.exact_models import Linear, conditional, legendre
from vae_core import exact
from vae_core.exact import Grid, best_gaussian, importance_log_prob, log_prob


def test_the_cells_are_even_and_cover_the_plane(model):
    grid = Grid(model, side=4, limit=2)
    torch.testing.assert_close(grid.axis, torch.tensor([-1.5, -0.5, 0.5, 1.5]))
    assert grid.codes.shape == (16, 2)
    assert grid.codes[1 * 4 + 2].tolist() == [-0.5, 0.5]
    assert grid.step == 1


def test_log_joint_is_likelihood_times_prior(model, grey):
    grid = Grid(model, side=20)
    joint = grid.log_joint(grey)
    assert joint.shape == (5, 400)
    for image, row in zip(grey, joint, strict=True):
        expected = model.log_likelihood(image.expand(400, -1, -1, -1), grid.codes)
        expected += torch.distributions.Normal(0.0, 1.0).log_prob(grid.codes).sum(1)
        torch.testing.assert_close(row, expected, atol=1e-4, rtol=0)


def test_log_prob_of_a_linear_model_is_its_closed_form():
    model = Linear(scale=0.04, noise=0.05)
    x = model.draw(50)
    found = Grid(model, side=160, limit=6).log_prob(x)
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, model.log_prob(x), atol=1e-4, rtol=0)


def test_the_posterior_of_a_linear_model_is_its_closed_form():
    model = Linear(scale=0.04, noise=0.05)
    x = model.draw(3)
    grid = Grid(model, side=160, limit=6)
    mass = grid.posterior(x).double()
    assert mass.shape == (3, 160, 160)
    torch.testing.assert_close(mass.sum((1, 2)), torch.ones(3).double(), atol=1e-5, rtol=0)
    expected, codes = model.posterior(x), grid.codes.double()
    mean = mass.flatten(1) @ codes
    torch.testing.assert_close(mean, expected.loc, atol=1e-4, rtol=0)
    assert (expected.loc[:, 0] - expected.loc[:, 1]).abs().min() > 0.1  # the axes are told apart
    for k in range(3):
        away = codes - mean[k]
        covariance = away.T @ (mass[k].flatten()[:, None] * away)
        torch.testing.assert_close(covariance, expected.covariance_matrix[k], atol=1e-4, rtol=0)


@pytest.mark.parametrize("kind", ["binary", "grey"])
def test_log_prob_agrees_with_another_quadrature(model, kind, request):
    x = request.getfixturevalue(kind)
    torch.testing.assert_close(Grid(model).log_prob(x), legendre(model, x), atol=1e-4, rtol=0)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_a_conditional_model_is_integrated_given_the_label(likelihood, binary):
    model, found = conditional(likelihood), []
    for label in range(3):
        found.append(Grid(model, label=label).log_prob(binary))
        expected = legendre(model, binary, label)
        torch.testing.assert_close(found[-1], expected, atol=2e-4, rtol=0)
    assert (found[0] - found[1]).abs().min() > 0.01
    told = torch.tensor([2, 0, 1, 0, 2])
    mixed = torch.stack(found)[told, torch.arange(5)]
    torch.testing.assert_close(log_prob(model, binary, told), mixed, atol=1e-5, rtol=0)
    with pytest.raises(ValueError, match="label None: this model is conditional"):
        log_prob(model, binary)


def test_blocks_change_nothing_but_memory(model, binary, monkeypatch):
    grid = Grid(model, side=40)
    expected, joint = grid.log_prob(binary), grid.log_joint(binary)
    monkeypatch.setattr(exact.grid, "CELLS", 7)
    monkeypatch.setattr(exact.grid, "IMAGES", 2)
    monkeypatch.setattr(exact.grid, "PART", 3)
    for memory in (exact.MEMORY, 0):
        grid = Grid(model, side=40, memory=memory)
        torch.testing.assert_close(grid.log_prob(binary), expected, atol=1e-5, rtol=0)
        torch.testing.assert_close(grid.log_joint(binary), joint, atol=1e-4, rtol=0)
    found = log_prob(model, binary, torch.ones(5).long(), side=40)  # a label is ignored
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("memory", "calls"), [(exact.MEMORY, [0, 0]), (0, [4, 4])])
def test_cells_are_decoded_once_if_they_can_be_kept(model, binary, memory, calls, monkeypatch):
    grid = Grid(model, side=64, memory=memory)
    decode, sizes, found = model.logits, [], []
    monkeypatch.setattr(model, "logits", lambda z, y: sizes.append(len(z)) or decode(z, y))
    for _ in calls:
        sizes.clear()
        grid.log_prob(binary)
        found.append(len(sizes))
        assert max(sizes, default=0) <= exact.grid.CELLS
    assert found == calls


def test_an_empty_batch_is_an_empty_answer(model, grey):
    grid, none = Grid(model, side=8), grey[:0]
    assert grid.log_prob(none).shape == (0,)
    assert grid.posterior(none).shape == (0, 8, 8)
    assert importance_log_prob(model, none).shape == (0,)
    assert log_prob(model, none, side=8).shape == (0,)
    assert best_gaussian(model, none).mean.shape == (0, 2)


@pytest.mark.parametrize("shape", [(1, 6, 5), (2, 1, 5, 6), (2, 30)])
@pytest.mark.parametrize("method", ["log_prob", "log_joint", "posterior", "refine"])
def test_images_of_another_shape_are_refused(model, method, shape):
    with pytest.raises(ValueError, match=r"expected (\(n, 1, 6, 5\)|one image)"):
        getattr(Grid(model, side=8), method)(torch.zeros(shape))


def test_what_cannot_be_a_grid_is_refused(model, grey):
    for side, limit in ((0, 5), (8, 0), (8, -1), (8, math.inf), (8, math.nan)):
        with pytest.raises(ValueError, match="positive"):
            Grid(model, side, limit)
    for label in (None, -1, 3):
        with pytest.raises(ValueError, match="expected 0 to 2"):
            Grid(conditional(), label=label)
    with pytest.raises(ValueError, match="expected one image"):
        Grid(model, side=8).refine(grey)
