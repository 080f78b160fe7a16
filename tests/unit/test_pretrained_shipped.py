"""The model that is shipped, as it lies on disk."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from tests.proofs import CORE
from vae_core import VAEConfig, list_models, load, load_encodings, pretrained
from vae_core.datasets import load_images

needs_weights = pytest.mark.skipif(
    "mnist-vae" not in list_models(), reason="needs weights/mnist-vae, which is not trained yet"
)


@needs_weights
def test_the_shipped_model_loads():
    model, stored = load("mnist-vae"), load_encodings("mnist-vae")
    assert model.config.dataset == "mnist"
    assert model.config.shape == (1, 28, 28)
    assert model.config.classes == tuple("0123456789")
    assert isinstance(model.config, VAEConfig)
    assert len(stored.label) == 10_000
    assert stored.label.unique().tolist() == list(range(10))
    assert all(values.isfinite().all() for values in stored)
    prior = Normal(0.0, 1.0)
    rate = kl_divergence(Normal(stored.mean, (stored.logvar / 2).exp()), prior).sum(1)
    torch.testing.assert_close(stored.rate, rate, rtol=1e-4, atol=1e-4)
    for path in (pretrained.WEIGHTS_DIR / "mnist-vae").iterdir():
        assert path.stat().st_size < 10e6, path


@needs_weights
@pytest.mark.slow
@pytest.mark.proof("weights/mnist-vae/*.[js]*", *CORE)
def test_the_shipped_encodings_are_those_of_the_test_images(data_dir):
    model, stored = load("mnist-vae"), load_encodings("mnist-vae")
    images = load_images("mnist", False, data_dir, download=False)
    assert torch.equal(stored.label, images.labels)
    x = images.batch(slice(None))
    q = model.encode(x)
    torch.testing.assert_close(stored.mean, q.mean, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(stored.logvar, q.logvar, rtol=1e-4, atol=1e-3)
    drawn = torch.stack([-model.log_likelihood(x, q.sample()) for _ in range(4)]).mean(0)
    difference = drawn - stored.distortion
    assert difference.mean().abs() < 4 * difference.std() / 100
    assert difference.abs().median() < 1
