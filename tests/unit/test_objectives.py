"""Losses are summed over pixels and latent dimensions and averaged over images, nothing else."""

import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from vae_core import Posterior
from vae_core.objectives import OBJECTIVES, elbo


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_elbo_equals_torch_distributions_for_given_codes(model, binary, monkeypatch):
    z = torch.randn(5, 2)
    monkeypatch.setattr(Posterior, "sample", lambda self, generator=None: z)
    mean, logvar = model.encode(binary)
    q = Independent(Normal(mean, (logvar / 2).exp()), 1)
    prior = Independent(Normal(torch.zeros(2), torch.ones(2)), 1)
    rate = kl_divergence(q, prior).mean()
    distortion = -Independent(Bernoulli(model.decode(z)), 3).log_prob(binary).mean()
    loss = elbo(model, binary, beta=0.3)
    torch.testing.assert_close(loss.rate, rate)
    torch.testing.assert_close(loss.distortion, distortion)
    torch.testing.assert_close(loss.total, distortion + 0.3 * rate)
    assert loss.total.shape == loss.rate.shape == loss.distortion.shape == ()


def test_beta_scales_the_rate_alone(model, grey):
    plain, zero, four = (elbo(model, grey, generator(), beta) for beta in (1.0, 0.0, 4.0))
    assert torch.equal(zero.total, zero.distortion)
    torch.testing.assert_close(plain.total, plain.distortion + plain.rate)
    torch.testing.assert_close(four.total - zero.total, 4 * plain.rate)
    assert four.rate == plain.rate
    assert four.distortion == plain.distortion
    assert torch.equal(elbo(model, grey, generator()).total, plain.total)


def test_repeating_the_images_changes_nothing(model, grey, monkeypatch):
    monkeypatch.setattr(Posterior, "sample", lambda self, generator=None: self.mean)
    once, thrice = elbo(model, grey), elbo(model, grey.repeat(3, 1, 1, 1))
    torch.testing.assert_close(once, thrice)


def test_more_pixels_weigh_more(small_model, monkeypatch):
    """With every logit at 0 an image costs log 2 a pixel, and with q = N(1, I) half a nat an axis.

    Averaging over pixels or over latent dimensions would make both independent of their number.
    """
    for shape in (1, 6, 5), (3, 8, 8):
        model = small_model(shape)
        for network in model.encoder, model.decoder:
            network[-1].weight.zero_()
            network[-1].bias.zero_()
        model.encoder[-1].bias[:2] = 1
        loss = elbo(model, torch.rand(4, *shape))
        pixels = torch.tensor(shape).prod()
        torch.testing.assert_close(loss.distortion, pixels * torch.tensor(2.0).log())
        torch.testing.assert_close(loss.rate, torch.tensor(1.0))


def test_loss_is_an_unbiased_estimate_of_minus_the_elbo(model, grey):
    n = 200
    totals = torch.stack([elbo(model, grey, generator(seed)).total for seed in range(n)])
    expected = -model.elbo(grey).elbo.mean()
    assert (totals.mean() - expected).abs() < 4 * totals.std() / n**0.5


@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_gradients_reach_every_parameter(model, grey, beta):
    model.requires_grad_(True)
    elbo(model, grey, generator(), beta).total.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_objectives_are_named():
    assert OBJECTIVES["elbo"] is elbo
