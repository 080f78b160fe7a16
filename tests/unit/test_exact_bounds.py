"""Importance sampling and the best Gaussian, against closed forms and quadrature."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from tests.unit.exact_models import SHAPE, Folded, Linear, conditional, legendre
from vae_core import VAE, Posterior, VAEConfig
from vae_core.exact import Grid, best_gaussian, importance_log_prob


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
