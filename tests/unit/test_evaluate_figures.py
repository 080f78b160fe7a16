"""Figures of a model, against scikit-learn, NumPy, SciPy and torch.distributions."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal, norm
from sklearn.neighbors import KNeighborsClassifier

from tests.proofs import LIBRARY
from tests.unit.evaluated import draw_elbo, family, log_prob
from vae_core import VAEConfig, load
from vae_core.datasets import Images, load_images
from vae_core.evaluate import (
    ROWS,
    evaluate,
    figures_table,
    manifold,
    pca_log_prob,
    scored,
)
from vae_core.evaluate import figures as figures_module
from vae_core.features import knn_regions

pytestmark = pytest.mark.proof("weights/mnist-vae/*.[js]*", "tests/unit/evaluated.py", *LIBRARY)


@pytest.fixture(autouse=True)
def _coarser(monkeypatch):
    """The quadrature of small models needs fewer cells, and the tests less time."""
    monkeypatch.setattr(scored, "SIDE", 200)
    monkeypatch.setattr(scored, "FINE_SIDE", 60)
    monkeypatch.setattr(figures_module, "FINE_SIDE", 60)
    monkeypatch.setattr(figures_module, "SAMPLES", 50)


def scikit_accuracy(codes, labels, queries, truth, k=20):
    return KNeighborsClassifier(k).fit(codes, labels).score(queries, truth)


@pytest.mark.parametrize("k", [1, 5, 20])
def test_knn_is_that_of_scikit_learn(k):
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(10, 2))
    labels, truth = rng.integers(10, size=1500), rng.integers(10, size=1200)
    codes = (centres[labels] + 0.3 * rng.normal(size=(1500, 2))).astype(np.float32)
    queries = (centres[truth] + 0.3 * rng.normal(size=(1200, 2))).astype(np.float32)
    nearest = knn_regions(*map(torch.from_numpy, (codes, labels, queries)), k)
    found = (nearest.numpy() == truth).mean()
    assert 0.3 < found < 0.95
    assert found == pytest.approx(scikit_accuracy(codes, labels, queries, truth, k), abs=2 / 1200)


def test_the_commonest_label_wins_and_of_equals_the_smallest():
    codes = torch.tensor([[0.0, 0], [0, 0.1], [0.1, 0], [5, 5]])
    labels, query = torch.tensor([7, 3, 7, 3]), torch.zeros(1, 2)
    for k, winner in (1, 7), (3, 7), (4, 3):
        assert knn_regions(codes, labels, query, k).tolist() == [winner]


@pytest.fixture
def digits(tiny_mnist, small_model):
    """A small model, training images, and test images of zeros and ones.

    Binarizing those changes nothing, so no figure depends on the seed.
    """
    train, test = (load_images("mnist", part, tiny_mnist, download=False) for part in (True, False))
    test = Images((test.pixels > 127).byte() * 255, test.labels)
    model = small_model((1, 28, 28))
    model.decoder[-1].weight *= 0.4  # a smoother picture, so that the grids below are fine enough
    return model, train, test


def test_figures_are_what_their_names_say(digits):
    model, train, test = digits
    figures = evaluate(model, train, test)
    x, n = test.batch(slice(None)), len(test.labels)
    assert figures["elbo"] == pytest.approx(-(figures["rate"] + figures["distortion"]), abs=2e-5)
    assert figures["test_images"] == n

    draws = torch.stack([draw_elbo(model, x) for _ in range(300)])
    error = draws.mean(1).std().item() / 300**0.5
    assert figures["elbo"] == pytest.approx(draws.mean().item(), abs=4 * error)
    exact = log_prob(model, x)
    assert figures["log_prob"] == pytest.approx(exact.mean(), abs=0.01)
    low, high = figures["interval"]["log_prob"]
    assert (high - low) / 2 == pytest.approx(1.96 * exact.std() / n**0.5, rel=0.15)
    assert (high + low) / 2 == pytest.approx(exact.mean(), abs=0.2 * (high - low))
    gaps = figures["amortization_gap"] + figures["approximation_gap"]
    assert gaps == pytest.approx(figures["log_prob"] - figures["elbo"], abs=0.01)
    assert figures["amortization_gap"] >= 0
    assert figures["approximation_gap"] >= 0
    assert figures["elbo"] <= figures["is_500"] <= figures["log_prob"] + 0.1

    mean = model.encode(x).mean
    mse = np.mean((model.decode(mean).numpy() - x.numpy()) ** 2)
    assert figures["reconstruction_mse"] == pytest.approx(mse, abs=1e-5)
    codes = model.encode(train.batch(slice(None))).mean
    expected = scikit_accuracy(codes, train.labels, mean, test.labels)
    assert figures["knn_accuracy"] == pytest.approx(expected, abs=2 / n)
    assert figures["active_units"] == (mean.var(0) > 0.01).sum()
    assert figures["pca_log_prob"] is None


def test_grey_test_images_are_binarized_with_a_fixed_seed(digits):
    model, train, test = digits
    grey = Images(torch.full_like(test.pixels, 102), test.labels)  # 0.4
    figures = evaluate(model, train, grey)
    torch.manual_seed(5)
    assert evaluate(model, train, grey) == figures
    draws = torch.stack([draw_elbo(model, torch.bernoulli(grey.batch(...))) for _ in range(50)])
    error = draws.std().item() / len(test.labels) ** 0.5
    assert figures["elbo"] == pytest.approx(draws.mean().item(), abs=4 * error)
    low, high = figures["interval"]["elbo"]
    assert high > low  # equal grey images, different coins


def test_a_plain_autoencoder_has_no_figures_of_a_posterior(digits):
    _, train, test = digits
    model = family(objective="autoencoder")
    figures = evaluate(model, train, test)
    absent = {key for key in figures if figures[key] is None}
    posterior = {"elbo", "rate", "is_500", "amortization_gap", "approximation_gap", "active_units"}
    assert absent == posterior | {"pca_log_prob"}
    exact = log_prob(model, test.batch(slice(None)))
    assert figures["log_prob"] == pytest.approx(exact.mean(), abs=0.01)
    assert all("elbo" not in areas for areas in figures["auroc"]["against"].values())
    assert "ELBO" not in figures_table(figures)
    assert figures_table(figures).count("This model has no q(z|x)") == 2


def test_a_conditional_model_is_told_the_labels(digits):
    _, train, test = digits
    model, few = family(conditional=True), Images(test.pixels[:5], test.labels[:5])
    figures = evaluate(model, train, few)
    x = few.batch(slice(None))
    exact = [
        log_prob(model, image[None], label)[0] for image, label in zip(x, few.labels, strict=True)
    ]
    assert figures["log_prob"] == pytest.approx(np.mean(exact), abs=0.01)
    bound = model.elbo(x, few.labels).elbo.mean().item()
    assert figures["elbo"] == pytest.approx(bound, abs=1e-3)


def test_a_gaussian_model_is_compared_with_pca(digits):
    _, train, test = digits
    model = family(likelihood="gaussian")
    model.pixel_logvar.fill_(-1.0)  # a wide posterior, for which the grids below are fine enough
    figures = evaluate(model, train, test)
    exact = log_prob(model, test.batch(slice(None)))
    assert figures["log_prob"] == pytest.approx(exact.mean(), abs=0.02)
    assert figures["pca_log_prob"] == pytest.approx(pca_log_prob(train, test).mean().item())


def test_pca_is_a_gaussian_of_low_rank():
    """Against the density of the whole covariance, W W' + sigma² I."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2)) @ rng.normal(size=(2, 12)) + 0.3 * rng.normal(size=(400, 12)) + 5
    pixels = torch.from_numpy((x * 12).clip(0, 255).round().astype(np.uint8)).view(-1, 1, 3, 4)
    images = Images(pixels, torch.zeros(400).long())
    found = pca_log_prob(images, images)
    values = images.batch(slice(None)).flatten(1).double().numpy()
    covariance = np.cov(values.T, bias=True)
    variances, axes = np.linalg.eigh(covariance)
    noise = variances[:-2].mean()
    model = (axes[:, -2:] * (variances[-2:] - noise)) @ axes[:, -2:].T + noise * np.eye(12)
    expected = multivariate_normal(values.mean(0), model).logpdf(values)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)


def test_without_labels_there_is_no_accuracy(small_model):
    model = small_model((1, 28, 28))
    model.config = VAEConfig("frey", (1, 28, 28))
    images = Images(torch.randint(256, (30, 1, 28, 28)).byte(), torch.zeros(30).long())
    figures = evaluate(model, images, images)
    assert figures["knn_accuracy"] is figures["features"] is None


def test_the_manifold_lies_like_the_map(small_model):
    """Equal steps of probability, z1 to the right, z2 up."""
    model = small_model()
    tiles = manifold(model, 5)
    assert tiles.shape == (5, 5, 1, 6, 5)
    steps = norm.ppf((np.arange(5) + 0.5) / 5)
    for row, column in (0, 0), (0, 4), (4, 0), (2, 2), (3, 1):
        z = torch.tensor([[steps[column], steps[4 - row]]], dtype=torch.float32)
        torch.testing.assert_close(tiles[row, column], model.decode(z)[0])


def test_every_row_has_a_figure_of_its_own(digits):
    model, train, test = digits
    figures = evaluate(model, train, test)
    assert {row.key for row in ROWS} <= figures.keys()
    table = figures_table(figures)
    for key, name, form in ROWS:
        if figures[key] is not None:
            assert f"| {name} | {form.format(figures[key])} |" in table
    assert figures["versions"].keys() == {"python", "torch", "numpy"}


@pytest.mark.slow
def test_eight_nodes_are_enough_for_the_shipped_model(data_dir):
    model, test = load("mnist-vae"), load_images("mnist", False, data_dir, download=False)
    x = torch.bernoulli(test.batch(slice(0, 300)), generator=torch.Generator().manual_seed(0))
    away = (model.elbo(x).elbo - model.elbo(x, nodes=20).elbo).abs()
    assert away.quantile(0.99) <= 0.01
    assert away.max() <= 0.5
