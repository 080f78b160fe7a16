"""Quadrature against closed forms, other quadratures in double precision, and a finer reference."""

import json
import math

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

import vae_core
from tests.unit import exact_reference as reference
from vae_core import VAE, Posterior, VAEConfig, exact
from vae_core.exact import (
    Grid,
    aggregate_posterior,
    best_gaussian,
    complete,
    importance_log_prob,
    log_prob,
)

SHAPE, PIXELS = (1, 6, 5), 30


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


# the grid


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
    monkeypatch.setattr(exact, "CELLS", 7)
    monkeypatch.setattr(exact, "IMAGES", 2)
    monkeypatch.setattr(exact, "PART", 3)
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
        assert max(sizes, default=0) <= exact.CELLS
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


# refined


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


# importance sampling


def test_importance_sampling_converges_to_the_exact_value():
    model = Linear(scale=0.04, noise=0.05)
    x = model.draw(8)
    generator = torch.Generator().manual_seed(1)
    found = importance_log_prob(model, x, 20_000, generator=generator)
    torch.testing.assert_close(found, model.log_prob(x), atol=0.04, rtol=0)


def test_importance_sampling_is_a_lower_bound_that_rises_with_samples():
    model = Linear(scale=0.04, noise=0.05)
    x = model.draw(1).expand(2000, -1, -1, -1)
    generator = torch.Generator().manual_seed(1)
    expected = model.log_prob(x[:1]).item()
    bounds = [importance_log_prob(model, x, k, generator=generator).mean() for k in (1, 3, 20)]
    assert bounds[0] + 0.05 < bounds[1] < bounds[2] - 0.05 < expected
    assert bounds[0].item() == pytest.approx(model.elbo(x[:1]).elbo.item(), abs=0.1)


def test_importance_sampling_ignores_how_it_is_batched(model, binary):
    found = [
        importance_log_prob(
            model, binary, 20, generator=torch.Generator().manual_seed(1), batch=batch
        )
        for batch in (3, 8192)
    ]
    torch.testing.assert_close(*found, atol=1e-4, rtol=0)


def test_importance_sampling_given_the_label(binary):
    model, label = conditional(), torch.tensor([2, 0, 1, 0, 2])
    generator = torch.Generator().manual_seed(1)
    found = importance_log_prob(model, binary, 5000, label, generator)
    expected = [legendre(model, binary[k : k + 1], label[k].item()) for k in range(5)]
    torch.testing.assert_close(found, torch.cat(expected), atol=0.1, rtol=0)


def test_importance_sampling_refuses_a_point():
    model = VAE(
        VAEConfig("mnist", SHAPE, objective="autoencoder", encoder_width=4, decoder_width=4)
    )
    with pytest.raises(ValueError, match=r"no q\(z\|x\)"):
        importance_log_prob(model, torch.zeros(1, *SHAPE))
    with pytest.raises(ValueError, match="a point"):
        best_gaussian(model, torch.zeros(1, *SHAPE))
    assert math.isfinite(Grid(model, side=20).refine(torch.zeros(1, *SHAPE)).log_prob)


@pytest.mark.parametrize("samples", [0, -1])
def test_importance_sampling_needs_a_sample(model, grey, samples):
    with pytest.raises(ValueError, match="at least 1"):
        importance_log_prob(model, grey, samples)


# the best Gaussian


def test_the_best_gaussian_of_a_linear_model_is_known():
    """Of a Gaussian posterior with precision L, the best diagonal one has precisions diag(L)."""
    model = Linear(scale=0.04, noise=0.05)
    x = model.draw(20)
    posterior = model.posterior(x)
    precision = posterior.precision_matrix[0]
    q = best_gaussian(model, x)
    torch.testing.assert_close(q.mean.double(), posterior.loc, atol=1e-3, rtol=0)
    variance = (1 / precision.diag()).expand(20, 2)
    torch.testing.assert_close(q.logvar.double().exp(), variance, atol=0, rtol=0.01)
    gap = 0.5 * (precision.diag().log().sum() - precision.logdet())
    found = model.log_prob(x) - model.elbo(x, q=q).elbo
    torch.testing.assert_close(found, gap.expand(20), atol=2e-4, rtol=0)


def test_there_is_no_gap_where_the_posterior_is_a_diagonal_gaussian():
    model = Linear(scale=0.04, noise=0.05)
    model.A[:, 1] -= model.A[:, 0] * (model.A[:, 0] @ model.A[:, 1]) / model.A[:, 0].square().sum()
    x = model.draw(20)
    q = best_gaussian(model, x, Posterior(torch.zeros(20, 2), torch.zeros(20, 2)))
    expected = MultivariateNormal(q.mean.double(), torch.diag_embed(q.logvar.double().exp()))
    assert kl_divergence(expected, model.posterior(x)).max() < 1e-4
    bound = model.elbo(x, q=q).elbo.double()
    torch.testing.assert_close(bound, model.log_prob(x), atol=2e-4, rtol=0)


def test_the_best_gaussian_is_never_worse_than_a_start(model, grey):
    generator = torch.Generator().manual_seed(2)
    starts = [
        Posterior(
            2 * torch.randn(5, 2, generator=generator), torch.randn(5, 2, generator=generator) - 2
        )
        for _ in range(6)
    ]
    for steps in (0, 1, 20):
        found = best_gaussian(model, grey, *starts, steps=steps)
        bound = model.elbo(grey, q=found).elbo
        for start in starts:
            assert (bound >= model.elbo(grey, q=start).elbo).all()
    exact_value = Grid(model).log_prob(grey)
    assert (bound <= exact_value + 1e-3).all()
    assert (bound > model.elbo(grey).elbo + 0.01).all()  # untrained: the encoder can be beaten
    again = best_gaussian(model, grey, *starts)
    assert torch.equal(found.mean, again.mean)
    assert torch.equal(found.logvar, again.logvar)


def test_the_best_gaussian_of_two_modes_is_the_heavier_one():
    model = Folded(0.01)
    x = torch.full((1, *SHAPE), 0.5)
    found = Grid(model, 50).refine(x)
    modes = found.modes()
    light = Posterior(modes.gaussian.mean[1:2], modes.gaussian.logvar[1:2])
    q = best_gaussian(
        model, x, light, Posterior(modes.gaussian.mean[:1], modes.gaussian.logvar[:1])
    )
    assert q.mean[0, 0].item() == pytest.approx(1, abs=0.05)
    missing = found.log_prob - model.elbo(x, q=q).elbo.item()
    assert missing == pytest.approx(-math.log(modes.mass[0]), abs=0.01)


def test_the_best_gaussian_given_the_label(binary):
    model, label = conditional(), torch.tensor([2, 0, 1, 0, 2])
    found = best_gaussian(model, binary, label=label)
    for k in range(5):
        one = best_gaussian(model, binary[k : k + 1], label=label[k : k + 1])
        torch.testing.assert_close(found.mean[k : k + 1], one.mean, atol=2e-3, rtol=0)


# part of a picture


MASK = torch.zeros(6, 5, dtype=torch.bool)
MASK[:3, 1:] = True
MASK[4, 0] = True


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


# noise


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


# the aggregate posterior


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
    monkeypatch.setattr(exact, "CELLS", 3)
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


# the shipped model


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.01, 0.2])
def test_part_of_a_picture_by_the_shipped_model(shipped, share):
    """Posteriors from as wide as the plane to narrower than a cell."""
    model, x, _ = shipped
    generator = torch.Generator().manual_seed(0)
    mask = torch.rand(28, 28, generator=generator) < share
    grid, fine = Grid(model, side=160), Grid(model, side=500, memory=0)
    expected = fine.log_prob(x[:6], mask)
    found = [grid.refine(x[k : k + 1], mask) for k in range(6)]
    errors = torch.tensor([one.log_prob for one in found], dtype=torch.float64) - expected
    assert errors.abs().max() < 0.05
    assert max(len(one.codes) for one in found) < 25_600


@pytest.fixture(scope="module")
def shipped(data_dir):
    stored = json.loads(reference.FILE.read_text(encoding="utf-8"))
    if stored["decoder_sha256"] != reference.decoder_hash():
        pytest.fail(
            f"{reference.MODEL} has another decoder than {reference.FILE.name} was computed for: "
            "python -m tests.unit.exact_reference"
        )
    return vae_core.load(reference.MODEL), reference.binarized(data_dir), stored


@pytest.mark.slow
def test_the_mean_over_test_images(shipped):
    model, x, stored = shipped
    found = Grid(model).log_prob(x[: reference.SINGLE]).mean().item()
    assert found == pytest.approx(np.mean(stored["single"]), abs=0.01)


@pytest.mark.slow
def test_single_images(shipped):
    model, x, stored = shipped
    grid = Grid(model, side=160)
    found = [grid.refine(x[k : k + 1]).log_prob for k in range(200)]
    assert np.abs(np.subtract(found, stored["single"][:200])).max() < 0.05


@pytest.mark.slow
def test_the_reference_can_be_recomputed(shipped):
    """In the same steps, but only in the middle: of images whose posterior is there."""
    model, x, stored = shipped
    middle = model.encode(x[: reference.SINGLE]).mean.norm(dim=1).argsort()[:3]
    side = round(reference.SIDE * 1.25 / reference.LIMIT)
    found = reference.log_prob(model, x[middle], side, limit=1.25).tolist()
    assert found == pytest.approx([stored["single"][k] for k in middle], abs=1e-3)
