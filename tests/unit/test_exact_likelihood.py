"""The objective `exact`: its gradient is that of log p(x), and it reaches what can be reached."""

import math

import pytest
import torch

from vae_core import VAE, VAEConfig
from vae_core.exact import Grid
from vae_core.objectives import exact_likelihood

SIDE, LIMIT = 40, 4.0


def quadrature(model, x):
    """-log p(x) of each image by the midpoint rule, with gradients, written out."""
    axis = (torch.arange(SIDE) + 0.5) * (2 * LIMIT / SIDE) - LIMIT
    z = torch.cartesian_prod(axis, axis)
    logits = model.decoder(z)
    prior = -0.5 * z.square().sum(1) - math.log(2 * math.pi) + 2 * math.log(2 * LIMIT / SIDE)
    bernoulli = torch.distributions.Bernoulli(logits=logits)
    joint = bernoulli.log_prob(x.flatten(1)[:, None]).sum(2) + prior
    return -joint.logsumexp(1)


def test_its_gradient_is_that_of_the_log_likelihood(model, binary):
    """Averaged over draws: Fisher's identity, against autograd through a sum over cells."""
    model.requires_grad_(True)
    parameters = list(model.decoder.parameters())
    expected = torch.autograd.grad(quadrature(model, binary).mean(), parameters)
    plane = Grid(model, SIDE, LIMIT)
    torch.manual_seed(0)
    draws = 4000
    loss = exact_likelihood(model, binary, torch.randn(draws, len(binary), 2), plane)
    found = torch.autograd.grad(loss.total, parameters)
    for one, other in zip(found, expected, strict=True):
        assert (one - other).norm() <= 0.06 * other.norm() + 1e-3


def test_its_distortion_is_the_posteriors(model, binary):
    plane = Grid(model, 200, LIMIT)
    torch.manual_seed(0)
    noise = torch.randn(4000, len(binary), 2)
    mass = plane.posterior(binary).flatten(1)
    each = torch.stack(
        [
            -model.log_likelihood(x.expand(len(plane.codes), -1, -1, -1), plane.codes)
            for x in binary.split(1)
        ]
    )
    found = exact_likelihood(model, binary, noise, plane)
    assert found.distortion.item() == pytest.approx((mass * each).sum(1).mean().item(), rel=0.005)
    torch.testing.assert_close(found.rate, model.encode(binary).rate().mean())


def test_a_coarse_or_old_plane_is_corrected_for(small_model, binary):
    """Codes come from cells decoded by another model: their weights put that right."""
    model, old = small_model(), small_model(seed=0)
    with torch.no_grad():
        old.decoder[-1].bias += 0.3
    torch.manual_seed(0)
    noise = torch.randn(4000, len(binary), 2)
    right, corrected = (
        exact_likelihood(model, binary, noise, Grid(one, SIDE, LIMIT)).distortion.item()
        for one in (model, old)
    )
    assert corrected == pytest.approx(right, rel=0.01)


def test_training_reaches_the_entropy_of_four_pictures():
    """No model can exceed minus the data's entropy, log ¼ for four pictures as frequent as one
    another, and four regions of a quarter of the prior reach it."""
    torch.manual_seed(0)
    pictures = torch.tensor(
        [[0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 1, 1]]
    )
    x = pictures.view(4, 1, 2, 3).float()
    config = VAEConfig("mnist", (1, 2, 3), encoder_width=8, decoder_width=24, decoder_blocks=1)
    model = VAE(config)
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    for step in range(400):
        if step % 10 == 0:
            plane = Grid(model, SIDE, LIMIT)
        loss = exact_likelihood(model, x, torch.randn(8, 4, 2), plane)
        optimizer.zero_grad()
        loss.total.backward()
        optimizer.step()
    reached = -quadrature(model, x).mean().item()
    assert math.log(1 / 4) - 0.25 < reached <= math.log(1 / 4)
    # The encoder has learnt where each picture is: its codes decode to the pictures.
    assert (model.reconstruct(x) - x).abs().max() < 0.3
