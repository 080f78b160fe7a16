"""Parts of a picture and noisy pictures, against conditioned Gaussians and brute force."""

import math

import pytest
import torch

from tests.unit.exact_models import MASK, PIXELS, SHAPE, Linear, conditional, observed
from vae_core import exact
from vae_core.exact import Grid, complete


def brute_force(model, x, mask, side=500, label=None):
    """log p(o) (n,) and E[x|o] (n, D), pixel by pixel, in double precision."""
    axis = (torch.arange(side) + 0.5) / side * 10 - 5
    z = torch.cartesian_prod(axis, axis)
    labels = None if label is None else torch.full((len(z),), label)
    p = model.decode(z, labels).flatten(1).double()
    seen = mask.expand(model.config.shape).flatten()
    joint = torch.distributions.Normal(0.0, 1.0).log_prob(z.double()).sum(1)
    joint = joint.expand(len(x), -1).clone() + 2 * math.log(10 / side)
    for k in seen.nonzero().flatten():
        pixel = x.flatten(1)[:, k, None].double()
        if model.config.likelihood == "bernoulli":
            joint += pixel * p[:, k].log() + (1 - pixel) * (1 - p[:, k]).log()
        else:
            sigma = model.pixel_logvar.double().mul(0.5).exp()
            joint += torch.distributions.Normal(p[:, k], sigma).log_prob(pixel)
    return joint.logsumexp(1), joint.softmax(1) @ p


@pytest.mark.parametrize("memory", [exact.MEMORY, 160**2 * PIXELS * 4, 0])
def test_part_of_a_picture_of_a_linear_model_has_closed_forms(memory):
    """Whether all, the weights alone or nothing of the decoded cells is kept."""
    model = Linear(scale=0.04, noise=0.05)
    x = model.draw(20)
    grid = Grid(model, side=160, limit=6, memory=memory)
    log_prob, z, hidden = observed(model, x)
    for _ in range(2):
        torch.testing.assert_close(grid.log_prob(x, MASK), log_prob, atol=1e-4, rtol=0)
    torch.testing.assert_close(grid.log_prob(x), model.log_prob(x), atol=1e-4, rtol=0)
    mean = grid.posterior(x[:3], MASK).double().flatten(1) @ grid.codes.double()
    torch.testing.assert_close(mean, z.loc[:3], atol=1e-4, rtol=0)
    for k in range(3):
        found = complete(grid, x[k : k + 1], MASK, samples=0)
        assert found.posterior.log_prob == pytest.approx(log_prob[k].item(), abs=5e-3)
        assert torch.equal(found.mean[0, 0][MASK], x[k, 0][MASK])
        expected = hidden[k].view(SHAPE).float()[0][~MASK]
        torch.testing.assert_close(found.mean[0, 0][~MASK], expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_part_of_a_picture_by_brute_force(likelihood, binary):
    model = conditional(likelihood)
    for label in (0, 2):
        grid = Grid(model, side=160, label=label)
        log_prob, mean = brute_force(model, binary, MASK, label=label)
        torch.testing.assert_close(grid.log_prob(binary, MASK), log_prob, atol=3e-4, rtol=0)
        found = complete(grid, binary[:1], MASK)
        expected = mean[0].view(6, 5).float()
        torch.testing.assert_close(found.mean[0, 0][~MASK], expected[~MASK], atol=1e-3, rtol=0)
        assert found.samples.shape == (8, *SHAPE)
        told = torch.full((8,), label)
        torch.testing.assert_close(found.samples, model.decode(found.codes, told))


def test_a_mask_covers_all_channels(small_model):
    model = small_model(shape=(3, 6, 5))
    x = torch.rand(2, 3, 6, 5, generator=torch.Generator().manual_seed(1))
    log_prob, mean = brute_force(model, x, MASK)
    grid = Grid(model)
    torch.testing.assert_close(grid.log_prob(x, MASK), log_prob, atol=3e-4, rtol=0)
    found = complete(grid, x[:1], MASK)
    expected = torch.where(MASK, x[0], mean[0].view(3, 6, 5).float())
    torch.testing.assert_close(found.mean[0], expected, atol=1e-3, rtol=0)


def test_what_is_hidden_makes_no_difference(model, grey):
    grid = Grid(model, side=40)
    other = grey[:1].where(MASK, torch.nan)
    assert torch.equal(grid.log_prob(grey[:1], MASK), grid.log_prob(other, MASK))
    assert torch.equal(grid.posterior(grey[:1], MASK), grid.posterior(other, MASK))
    found = [
        complete(grid, x, MASK, generator=torch.Generator().manual_seed(3))
        for x in (grey[:1], other)
    ]
    for a, b in zip(found[0][:3], found[1][:3], strict=True):
        assert torch.equal(a, b)
    assert found[0].posterior.log_prob == found[1].posterior.log_prob


def test_everything_observed_is_the_whole_picture(model, grey):
    full, grid = torch.ones(6, 5, dtype=torch.bool), Grid(model, side=40)
    torch.testing.assert_close(grid.log_prob(grey, full), grid.log_prob(grey), atol=1e-4, rtol=0)
    found, expected = grid.refine(grey[:1], full), grid.refine(grey[:1])
    assert found.log_prob == pytest.approx(expected.log_prob, abs=1e-4)


@pytest.mark.parametrize("noise", [0.05, 0.01])
def test_samples_are_drawn_from_the_posterior(noise):
    """Deviations between half a cell and several."""
    model = Linear(scale=0.04, noise=noise)
    x = model.draw(1)
    _, z, _ = observed(model, x)
    n = 20_000
    generator = torch.Generator().manual_seed(0)
    codes = complete(Grid(model, side=40), x, MASK, n, generator).codes.double()
    deviation = z.variance[0].sqrt()
    assert ((codes.mean(0) - z.loc[0]).abs() < 4 * deviation / n**0.5).all()
    found, expected = codes.T.cov(), z.covariance_matrix[0]
    scale = torch.outer(deviation, deviation)
    assert ((found - expected).abs() < 0.04 * scale).all()


def test_a_mask_that_is_none_is_refused(model, grey):
    grid, one = Grid(model, side=8), grey[:1]
    for mask in (torch.ones(5, 6).bool(), torch.ones(1, 6, 5).bool(), torch.ones(6, 5)):
        for ask in (grid.log_prob, grid.log_joint, grid.posterior, grid.refine):
            with pytest.raises(ValueError, match=r"expected torch.bool of shape \(6, 5\)"):
                ask(one, mask)
        with pytest.raises(ValueError, match=r"expected torch.bool of shape \(6, 5\)"):
            complete(grid, one, mask)
    with pytest.raises(ValueError, match="-1 samples"):
        complete(grid, one, MASK, -1)
    with pytest.raises(ValueError, match="expected one image"):
        complete(grid, grey, MASK)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_nothing_observed_is_completed_as_the_prior_and_everything_as_it_is(likelihood, binary):
    grid = Grid(conditional(likelihood), side=60, label=1)
    nothing, everything = torch.zeros(6, 5).bool(), torch.ones(6, 5).bool()
    found = complete(grid, binary[:1], nothing)
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(grid.codes).sum(1).softmax(0)
    average = prior @ grid.model.decode(grid.codes, torch.ones(3600).long()).flatten(1)
    torch.testing.assert_close(found.mean.flatten(), average, atol=1e-3, rtol=0)
    assert torch.equal(complete(grid, binary[:1], everything).mean, binary[:1])


def noisy_brute_force(model, y, mask, noise, side=400, label=None):
    """log p(o) (n,) and E[x|o] (n, D) from sums over what was struck, pixel by pixel."""
    axis = (torch.arange(side) + 0.5) / side * 10 - 5
    z = torch.cartesian_prod(axis, axis)
    labels = None if label is None else torch.full((len(z),), label)
    p = model.decode(z, labels).flatten(1).double()
    joint = torch.distributions.Normal(0.0, 1.0).log_prob(z.double()).sum(1)
    joint = joint.expand(len(y), -1) + 2 * math.log(10 / side)
    clean = p.expand(len(y), -1, -1).clone()
    for k in mask.expand(model.config.shape).flatten().nonzero().flatten():
        pixel, mean = y.flatten(1)[:, k, None].double(), p[:, k].expand(len(y), -1)
        if model.config.likelihood == "bernoulli":  # white or black, struck or not
            likelihood = torch.zeros_like(mean)
            white = torch.zeros_like(mean)
            for value, chance in ((1, mean), (0, 1 - mean)):
                seen = (1 - noise) * (pixel == value) + noise * 0.5
                likelihood += chance * seen
                white += value * chance * seen
            clean[:, :, k] = white / likelihood
            joint = joint + likelihood.log()
        else:
            variance = model.pixel_logvar.double().exp()
            observed = torch.distributions.Normal(mean, (variance + noise**2).sqrt())
            joint = joint + observed.log_prob(pixel)
            precise = mean / variance + pixel / noise**2
            clean[:, :, k] = precise / (1 / variance + 1 / noise**2)
    return joint.logsumexp(1), (joint.softmax(1).unsqueeze(1) @ clean).squeeze(1)


@pytest.mark.parametrize("memory", [exact.MEMORY, 0])
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_noise_by_brute_force(likelihood, memory, binary):
    model, noise = conditional(likelihood), 0.3
    grid = Grid(model, side=120, label=2, memory=memory, noise=noise)
    y = grid.corrupt(binary, torch.Generator().manual_seed(0))
    assert not torch.equal(y, binary)
    for mask in (MASK, torch.ones(6, 5).bool()):
        log_prob, mean = noisy_brute_force(model, y[:2], mask, noise, label=2)
        torch.testing.assert_close(grid.log_prob(y[:2], mask), log_prob, atol=3e-4, rtol=0)
        for k in range(2):
            found = complete(grid, y[k : k + 1], mask)
            torch.testing.assert_close(found.mean.flatten(), mean[k].float(), atol=1e-3, rtol=0)
            assert found.posterior.log_prob == pytest.approx(log_prob[k].item(), abs=5e-3)
            told = torch.full((8,), 2)
            torch.testing.assert_close(found.samples, model.decode(found.codes, told))


def test_noise_on_a_linear_model_is_another_linear_model():
    model, noisier = Linear(scale=0.04, noise=0.03), Linear(scale=0.04, noise=0.05)
    x = model.draw(10)
    grid = Grid(model, side=160, limit=6, noise=0.04)
    torch.testing.assert_close(grid.log_prob(x), noisier.log_prob(x), atol=1e-4, rtol=0)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_without_noise_nothing_changes(likelihood, grey):
    model = conditional(likelihood)
    grids = [Grid(model, 40, label=0, **options) for options in ({}, {"noise": 0}, {"noise": 1e-6})]
    first, same, close = (grid.log_joint(grey, MASK) for grid in grids)
    assert torch.equal(first, same)
    torch.testing.assert_close(first, close, atol=1e-3, rtol=0)
    assert torch.equal(grids[1].corrupt(grey), grey)
    means = [complete(grid, grey[:1], MASK).mean for grid in grids]
    assert torch.equal(means[0], means[1])
    torch.testing.assert_close(means[0], means[2], atol=1e-4, rtol=0)


def test_the_noise_is_what_it_is_said_to_be(model):
    x = torch.full((2000, *SHAPE), 0.25)
    generator = torch.Generator().manual_seed(0)
    y = Grid(model, 4, noise=0.6).corrupt(x, generator)
    assert (y != x).float().mean().item() == pytest.approx(0.6, abs=0.01)
    assert y[y != x].mean().item() == pytest.approx(0.5, abs=0.01)
    gaussian = conditional("gaussian")
    added = Grid(gaussian, 4, label=0, noise=0.6).corrupt(x, generator) - x
    assert added.mean().item() == pytest.approx(0, abs=0.01)
    assert added.std().item() == pytest.approx(0.6, abs=0.01)


def test_the_more_noise_the_less_is_told(model, binary):
    told = [
        Grid(model, 80, noise=noise).refine(binary[:1]).information_bits()
        for noise in (0, 0.3, 0.6, 0.9, 0.999)
    ]
    assert sorted(told, reverse=True) == told
    assert told[-1] == pytest.approx(0, abs=0.01)


def test_what_cannot_be_noise_is_refused(model):
    for noise in (-0.1, 1, math.nan):
        with pytest.raises(ValueError, match="expected at least 0, below 1"):
            Grid(model, 8, noise=noise)
    with pytest.raises(ValueError, match="expected at least 0"):
        Grid(conditional("gaussian"), 8, label=0, noise=math.inf)
