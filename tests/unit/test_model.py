"""The model against torch.distributions, numerical integrals and a plain NumPy forward pass."""

import copy
import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_core import ELBO, LATENT_DIM, VAE, Posterior, VAEConfig

DIGITS = tuple("0123456789")


@pytest.fixture
def posterior():
    generator = torch.Generator().manual_seed(2)
    mean = 2 * torch.randn(6, 2, generator=generator)
    logvar = torch.empty(6, 2).uniform_(-6, 1.5, generator=generator)
    return Posterior(mean, logvar)


def plane(low, high, n):
    """Codes of an even grid, (n * n, 2) float64, and the area around each."""
    axes = [np.linspace(a, b, n) for a, b in zip(low, high, strict=True)]
    codes = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)
    return codes, np.prod([axis[1] - axis[0] for axis in axes])


def log_normal(z, mean, var):
    return (-0.5 * ((z - mean) ** 2 / var + np.log(2 * np.pi * var))).sum(-1)


def log_p_x_given_z(model, x, z):
    """log p(x|z) of n images under m codes, (n, m), in double precision."""
    p = copy.deepcopy(model).double().decode(torch.from_numpy(z)).flatten(1).numpy()
    x = x.flatten(1).double().numpy()
    return x @ np.log(p).T + (1 - x) @ np.log1p(-p).T


def log_sum_exp(values):
    return values.max() + np.log(np.exp(values - values.max()).sum())


# q(z|x)


def test_rate_is_the_kl_divergence_to_the_prior(posterior):
    q = Normal(posterior.mean, (posterior.logvar / 2).exp())
    expected = kl_divergence(q, Normal(0.0, 1.0)).sum(-1)
    torch.testing.assert_close(posterior.rate(), expected)


def test_rate_is_the_integral_of_q_log_q_over_p(posterior):
    for mean, logvar, rate in zip(*posterior, posterior.rate(), strict=True):
        mean, var = mean.double().numpy(), logvar.double().exp().numpy()
        z, area = plane(mean - 8 * var**0.5, mean + 8 * var**0.5, 101)
        log_q = log_normal(z, mean, var)
        integral = (np.exp(log_q) * (log_q - log_normal(z, 0, np.ones(2)))).sum() * area
        assert rate.item() == pytest.approx(integral, rel=1e-4)


def test_rate_is_zero_at_the_prior_and_positive_elsewhere(posterior):
    assert Posterior(torch.zeros(1, 2), torch.zeros(1, 2)).rate().item() == 0
    assert (posterior.rate() > 0).all()


def test_samples_have_the_mean_and_deviation_of_the_posterior():
    n = 40_000
    mean, std = torch.tensor([1.5, -3.0]), torch.tensor([0.2, 2.0])
    q = Posterior(mean.expand(n, 2), (2 * std.log()).expand(n, 2))
    torch.testing.assert_close(q.std[0], std)
    z = q.sample(torch.Generator().manual_seed(3))
    assert z.shape == (n, LATENT_DIM)
    assert ((z.mean(0) - mean).abs() < 4 * std / n**0.5).all()
    assert ((z.std(0) - std).abs() < 4 * std / (2 * n) ** 0.5).all()
    assert abs(np.corrcoef(z.T.numpy())[0, 1]) < 4 / n**0.5


def test_samples_are_differentiable_in_both_parameters(posterior):
    """z = mean + exp(logvar / 2) noise, so dz/dmean = 1 and dz/dlogvar = (z - mean) / 2."""
    mean, logvar = (t.clone().requires_grad_() for t in posterior)
    z = Posterior(mean, logvar).sample()
    z.sum().backward()
    torch.testing.assert_close(mean.grad, torch.ones(6, 2))
    torch.testing.assert_close(logvar.grad, (z - mean).detach() / 2)


# encode and decode


@pytest.mark.parametrize("shape", [(1, 28, 28), (1, 6, 5), (3, 8, 8)])
def test_shapes_and_ranges(small_model, shape):
    model = small_model(shape)
    x = torch.rand(4, *shape)
    q = model.encode(x)
    assert q.mean.shape == q.logvar.shape == q.std.shape == (4, 2)
    for picture in model.decode(50 * torch.randn(4, 2)), model.reconstruct(x), model.sample(4):
        assert picture.shape == (4, *shape)
        assert picture.dtype == torch.float32
        assert ((picture >= 0) & (picture <= 1)).all()
    bound = model.elbo(x)
    assert bound.rate.shape == bound.distortion.shape == bound.elbo.shape == (4,)
    assert model.encode(x[:0]).mean.shape == (0, 2)
    assert model.decode(torch.zeros(0, 2)).shape == (0, *shape)


@pytest.mark.parametrize("shape", [(1, 6, 5), (2, 1, 5, 6), (2, 3, 6, 5), (2, 30), (1, 2, 1, 6, 5)])
@pytest.mark.parametrize("method", ["encode", "reconstruct", "elbo", "log_likelihood"])
def test_images_of_another_shape_are_refused(model, method, shape):
    codes = [torch.zeros(2, 2)] if method == "log_likelihood" else []
    with pytest.raises(ValueError, match=r"expected \(n, 1, 6, 5\)"):
        getattr(model, method)(torch.zeros(shape), *codes)


@pytest.mark.parametrize("shape", [(2,), (1, 3), (1, 2, 1), (4, 1)])
def test_codes_of_another_shape_are_refused(model, shape):
    with pytest.raises(ValueError, match=r"expected \(n, 2\)"):
        model.decode(torch.zeros(shape))
    with pytest.raises(ValueError, match=r"expected \(n, 2\)"):
        model.log_likelihood(torch.zeros(1, 1, 6, 5), torch.zeros(shape))


def test_an_unknown_likelihood_is_refused():
    with pytest.raises(ValueError, match="'poisson': expected one of"):
        VAEConfig("mnist", (1, 6, 5), likelihood="poisson")


def test_both_networks_are_residual_mlps(model, grey):
    """The same numbers from the stored names, as the browser computes them."""

    def norm(h, weight, bias):
        h = h - h.mean(1, keepdims=True)
        return h / np.sqrt((h**2).mean(1, keepdims=True) + 1e-5) * weight + bias

    def silu(h):
        return h / (1 + np.exp(-h))

    def forward(network, blocks, h):
        state = {k: v.double().numpy() for k, v in network.state_dict().items()}

        def layer(name):
            return state.pop(f"{name}.weight").T, state.pop(f"{name}.bias")

        def linear(name, h):
            weight, bias = layer(name)
            return h @ weight + bias

        h = linear("0", h)
        for block in range(1, blocks + 1):
            up = linear(f"{block}.up", norm(h, *layer(f"{block}.norm")))
            h = h + linear(f"{block}.down", silu(up))
        h = linear(str(blocks + 3), silu(norm(h, *layer(str(blocks + 1)))))
        assert not state
        return h

    codes = forward(model.encoder, 2, grey.flatten(1).double().numpy())
    np.testing.assert_allclose(torch.cat(model.encode(grey), 1), codes, atol=1e-5)
    z = torch.randn(5, 2)
    logits = forward(model.decoder, 1, z.double().numpy())
    expected = (1 / (1 + np.exp(-logits))).reshape(5, 1, 6, 5)
    np.testing.assert_allclose(model.decode(z), expected, atol=1e-5)


def test_reconstruct_decodes_the_posterior_mean(model, grey):
    assert torch.equal(model.reconstruct(grey), model.decode(model.encode(grey).mean))


def test_sample_decodes_standard_normal_codes(model):
    first, again, other = (model.sample(3, torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    n = 40_000
    model.decode = lambda z, label: z
    z = model.sample(n, torch.Generator().manual_seed(4))
    assert (z.mean(0).abs() < 4 / n**0.5).all()
    assert ((z.std(0) - 1).abs() < 4 / (2 * n) ** 0.5).all()


# p(x|z)


def test_log_likelihood_of_binary_images_is_bernoulli(model, binary):
    z = 2 * torch.randn(5, 2)
    expected = Bernoulli(model.decode(z)).log_prob(binary).sum((1, 2, 3))
    torch.testing.assert_close(model.log_likelihood(binary, z), expected)


def test_log_likelihood_of_grey_images_is_the_mean_over_their_binarizations(model, grey):
    z = 2 * torch.randn(5, 2)
    p = model.decode(z)
    closed = (grey * p.log() + (1 - grey) * (1 - p).log()).sum((1, 2, 3))
    found = model.log_likelihood(grey, z)
    torch.testing.assert_close(found, closed)
    n = 20_000
    drawn = Bernoulli(p).log_prob(torch.bernoulli(grey.expand(n, -1, -1, -1, -1))).sum((2, 3, 4))
    assert ((found - drawn.mean(0)).abs() < 4 * drawn.std(0) / n**0.5).all()


# the ELBO


def test_elbo_is_minus_rate_minus_distortion(model, grey):
    bound = model.elbo(grey)
    torch.testing.assert_close(bound.elbo, -bound.rate - bound.distortion)
    assert (bound.distortion > 0).all()
    assert ELBO(torch.tensor([2.0]), torch.tensor([3.0])).elbo.item() == -5
    torch.testing.assert_close(bound.rate, model.encode(grey).rate())


@pytest.mark.parametrize("images", ["grey", "binary"])
def test_distortion_is_an_integral_over_the_posterior(model, images, request):
    x = request.getfixturevalue(images)
    q, bound = model.encode(x), model.elbo(x)
    for i in range(len(x)):
        mean, std = q.mean[i].double().numpy(), (q.logvar[i] / 2).double().exp().numpy()
        z, area = plane(mean - 7 * std, mean + 7 * std, 81)
        weight = np.exp(log_normal(z, mean, std**2)) * area
        integral = -(weight * log_p_x_given_z(model, x[i : i + 1], z)).sum()
        assert bound.distortion[i].item() == pytest.approx(integral, abs=2e-3)


def test_elbo_is_the_mean_of_its_samples(model, binary):
    n = 20_000
    q, bound = model.encode(binary), model.elbo(binary)
    proposal = Normal(q.mean, (q.logvar / 2).exp())
    drawn = []
    for _ in range(n // 1000):
        z = proposal.sample((1000,))  # (1000, 5, 2)
        picture = model.decode(z.view(-1, 2)).view(1000, 5, 1, 6, 5)
        log_joint = Bernoulli(picture).log_prob(binary).sum((2, 3, 4))
        log_joint += Normal(0.0, 1.0).log_prob(z).sum(-1)
        drawn.append(log_joint - proposal.log_prob(z).sum(-1))
    drawn = torch.cat(drawn)
    assert ((bound.elbo - drawn.mean(0)).abs() < 4 * drawn.std(0) / n**0.5).all()


def test_elbo_is_log_p_minus_the_divergence_from_the_true_posterior(model, binary):
    """log p(x) = ELBO + KL(q(z|x) || p(z|x)), all three terms on the same plane of codes."""
    q, bound = model.encode(binary), model.elbo(binary)
    z, area = plane((-7, -7), (7, 7), 301)
    log_joints = log_normal(z, 0, np.ones(2)) + log_p_x_given_z(model, binary, z)
    for i, log_joint in enumerate(log_joints):
        log_p = log_sum_exp(log_joint) + np.log(area)
        log_q = log_normal(z, q.mean[i].double().numpy(), q.logvar[i].double().exp().numpy())
        gap = (np.exp(log_q) * (log_q - (log_joint - log_p))).sum() * area
        assert gap > 0.1  # an untrained encoder is far from the truth, so the bound is not trivial
        assert bound.elbo[i].item() < log_p
        assert bound.elbo[i].item() == pytest.approx(log_p - gap, abs=2e-3)


def test_elbo_of_an_image_does_not_depend_on_its_batch(model, grey):
    together = model.elbo(grey).elbo
    alone = torch.cat([model.elbo(x[None]).elbo for x in grey])
    torch.testing.assert_close(together, alone)


# The other families


def build(**fields):
    torch.manual_seed(0)
    config = {"encoder_width": 8, "decoder_width": 8, **fields}
    return VAE(VAEConfig("mnist", (1, 6, 5), DIGITS, **config)).eval().requires_grad_(False)


def test_gaussian_log_likelihood_is_that_of_torch(grey):
    model = build(likelihood="gaussian")
    model.pixel_logvar.fill_(-1.7)
    z = 2 * torch.randn(5, 2)
    pixel = Normal(model.decode(z), math.exp(-1.7 / 2))
    expected = pixel.log_prob(grey).sum((1, 2, 3))
    torch.testing.assert_close(model.log_likelihood(grey, z), expected)
    assert ((model.decode(z) > 0) & (model.decode(z) < 1)).all()


def test_gaussian_variance_learns_the_mean_squared_error(grey):
    """The likelihood is highest where sigma^2 is the mean squared error of a pixel."""
    model = build(likelihood="gaussian").requires_grad_(True)
    z = torch.randn(5, 2)
    mse = (grey - model.decode(z)).square().mean()
    with torch.no_grad():
        model.pixel_logvar.copy_(mse.log())
    model.log_likelihood(grey, z).sum().backward()
    assert model.pixel_logvar.grad.abs() < 1e-3
    names = [name for name, _ in model.decoder.named_parameters()]
    assert "pixel_logvar" in names  # so that it is in decoder.safetensors


def test_other_likelihoods_have_no_variance(model):
    with pytest.raises(AttributeError, match="pixel_logvar"):
        _ = model.pixel_logvar


def test_conditional_models_say_other_things_of_other_labels(grey):
    model = build(conditional=True)
    z, zeros, ones = torch.randn(5, 2), torch.zeros(5).long(), torch.ones(5).long()
    assert not torch.equal(model.decode(z, zeros), model.decode(z, ones))
    assert not torch.equal(model.encode(grey, zeros).mean, model.encode(grey, ones).mean)
    mixed = torch.tensor([0, 1, 0, 1, 1])
    both = model.elbo(grey, zeros).elbo, model.elbo(grey, ones).elbo
    torch.testing.assert_close(model.elbo(grey, mixed).elbo, torch.where(mixed == 0, *both))
    for wrong in None, torch.zeros(4).long(), torch.zeros(5, 1).long():
        with pytest.raises(ValueError, match=r"expected \(5,\)"):
            model.encode(grey, wrong)


def test_labels_change_nothing_in_other_models(model, grey):
    label = torch.ones(5).long()
    assert torch.equal(model.encode(grey, label).mean, model.encode(grey).mean)
    assert torch.equal(model.decode(torch.zeros(5, 2), label), model.decode(torch.zeros(5, 2)))


def test_a_plain_autoencoder_gives_points(grey):
    model = build(objective="autoencoder")
    q = model.encode(grey)
    assert (q.std == 0).all()
    assert (q.rate() == torch.inf).all()
    assert torch.equal(q.sample(), q.mean)
    bound = model.elbo(grey)
    torch.testing.assert_close(bound.distortion, -model.log_likelihood(grey, q.mean))
    assert (bound.elbo == -torch.inf).all()


def test_dropout_hides_pixels_from_the_encoder_in_training_only(model, grey):
    before = model.encode(grey).mean
    model.input_dropout = 0.5
    assert torch.equal(model.encode(grey).mean, before)
    model.train()
    assert not torch.equal(model.encode(grey).mean, before)
    assert torch.equal(model.decode(before), model.eval().decode(before))


@pytest.mark.parametrize(
    "fields",
    [
        {"likelihood": "poisson"},
        {"conditional": 1},
        {"objective": "elbow"},
        {"objective": None},
        {"objective": ["elbo"]},
        {"beta": -1},
        {"beta": math.nan},
        {"beta": math.inf},
        {"beta": True},
        {"beta": "4"},
        {"conditional": True, "classes": ()},
    ],
)
def test_configurations_of_no_family_are_refused(fields):
    with pytest.raises(ValueError, match="expected"):
        VAEConfig(**{"dataset": "mnist", "shape": (1, 6, 5), "classes": DIGITS} | fields)
