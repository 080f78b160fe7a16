"""Losses are summed over pixels and latent dimensions and averaged over images, nothing else."""

import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from vae_core import VAE, VAEConfig
from vae_core.model import OBJECTIVE_NAMES
from vae_core.objectives import OBJECTIVES, autoencoder, elbo, importance_weighted


def noise(seed=0, samples=1, n=5):
    return torch.randn(samples, n, 2, generator=torch.Generator().manual_seed(seed))


def test_elbo_equals_torch_distributions_for_given_codes(model, binary):
    mean, logvar = model.encode(binary)
    z = mean + (logvar / 2).exp() * noise()[0]
    q = Independent(Normal(mean, (logvar / 2).exp()), 1)
    prior = Independent(Normal(torch.zeros(2), torch.ones(2)), 1)
    rate = kl_divergence(q, prior).mean()
    distortion = -Independent(Bernoulli(model.decode(z)), 3).log_prob(binary).mean()
    loss = elbo(model, binary, noise(), beta=0.3)
    torch.testing.assert_close(loss.rate, rate)
    torch.testing.assert_close(loss.distortion, distortion)
    torch.testing.assert_close(loss.total, distortion + 0.3 * rate)
    assert loss.total.shape == loss.rate.shape == loss.distortion.shape == ()


def test_beta_scales_the_rate_alone(model, grey):
    plain, zero, four = (elbo(model, grey, noise(), None, beta) for beta in (1.0, 0.0, 4.0))
    assert torch.equal(zero.total, zero.distortion)
    torch.testing.assert_close(plain.total, plain.distortion + plain.rate)
    torch.testing.assert_close(four.total - zero.total, 4 * plain.rate)
    assert four.rate == plain.rate
    assert four.distortion == plain.distortion
    assert torch.equal(elbo(model, grey, noise()).total, plain.total)


def test_repeating_the_images_changes_nothing(model, grey):
    once = elbo(model, grey, noise())
    thrice = elbo(model, grey.repeat(3, 1, 1, 1), noise().repeat(1, 3, 1))
    torch.testing.assert_close(once, thrice)


def test_more_pixels_weigh_more(small_model):
    """With every logit at 0 an image costs log 2 a pixel, and with q = N(1, I) half a nat an axis.

    Averaging over pixels or over latent dimensions would make both independent of their number.
    """
    for shape in (1, 6, 5), (3, 8, 8):
        model = small_model(shape)
        for network in model.encoder, model.decoder:
            network[-1].weight.zero_()
            network[-1].bias.zero_()
        model.encoder[-1].bias[:2] = 1
        loss = elbo(model, torch.rand(4, *shape), noise(n=4))
        pixels = torch.tensor(shape).prod()
        torch.testing.assert_close(loss.distortion, pixels * torch.tensor(2.0).log())
        torch.testing.assert_close(loss.rate, torch.tensor(1.0))


def test_loss_is_an_unbiased_estimate_of_minus_the_elbo(model, grey):
    n = 200
    totals = torch.stack([elbo(model, grey, noise(seed)).total for seed in range(n)])
    expected = -model.elbo(grey).elbo.mean()
    assert (totals.mean() - expected).abs() < 4 * totals.std() / n**0.5


@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_gradients_reach_every_parameter(model, grey, beta):
    model.requires_grad_(True)
    elbo(model, grey, noise(), None, beta).total.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_objectives_are_named():
    assert OBJECTIVES["elbo"] is elbo


# Importance-weighted bound


def test_iwae_is_the_mean_of_the_weights_under_the_logarithm(model, binary):
    mean, logvar = model.encode(binary)
    z = mean + (logvar / 2).exp() * noise(samples=3)
    weights = []
    for codes in z:
        likelihood = Independent(Bernoulli(model.decode(codes)), 3).log_prob(binary)
        prior = Independent(Normal(torch.zeros(2), torch.ones(2)), 1).log_prob(codes)
        q = Independent(Normal(mean, (logvar / 2).exp()), 1).log_prob(codes)
        weights.append((likelihood + prior - q).double().exp())
    expected = -torch.stack(weights).mean(0).log().mean().float()
    loss = importance_weighted(model, binary, noise(samples=3))
    torch.testing.assert_close(loss.total, expected)
    torch.testing.assert_close(loss.rate, model.encode(binary).rate().mean())


def test_more_samples_tighten_the_bound(model, binary):
    """Burda et al. 2016, theorem 1; the mean over many draws, so that the order is certain."""
    bounds = []
    for samples in 1, 5, 50:
        draws = [
            importance_weighted(model, binary, noise(seed, samples)).total for seed in range(200)
        ]
        bounds.append(-torch.stack(draws).mean())
    assert bounds[0] < bounds[1] < bounds[2]
    torch.testing.assert_close(bounds[0], model.elbo(binary).elbo.mean(), atol=0.2, rtol=0)


# Plain autoencoder, several samples, labels


def test_a_configuration_names_every_objective():
    assert {*OBJECTIVES, "exact"} == set(OBJECTIVE_NAMES)


def test_autoencoder_is_the_distortion_at_the_mean(model, binary):
    expected = -Independent(Bernoulli(model.reconstruct(binary)), 3).log_prob(binary).mean()
    loss = autoencoder(model, binary, noise())
    torch.testing.assert_close(loss.total, expected)
    assert loss.rate == 0


def test_several_samples_estimate_the_same_elbo_with_less_noise(model, grey):
    one, many = (
        torch.stack([elbo(model, grey, noise(seed, n)).total for seed in range(200)])
        for n in (1, 16)
    )
    assert many.std() < 0.5 * one.std()
    assert (many.mean() + model.elbo(grey).elbo.mean()).abs() < 4 * many.std() / 200**0.5


@pytest.mark.parametrize("objective", OBJECTIVES.values())
def test_labels_reach_encoder_and_decoder(objective, grey):
    torch.manual_seed(0)
    model = VAE(VAEConfig("mnist", (1, 6, 5), ("a", "b", "c"), conditional=True))
    label = torch.tensor([0, 1, 2, 0, 1])
    given = objective(model, grey, noise(0, 2), label).total
    other = objective(model, grey, noise(0, 2), (label + 1) % 3).total
    assert given != other
    with pytest.raises(ValueError, match="labels are missing"):
        objective(model, grey, noise(0, 2), None)
