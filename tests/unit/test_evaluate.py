"""Figures of a model, against scikit-learn, NumPy, SciPy and torch.distributions."""

import json
import math
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.spatial.distance import cdist
from scipy.special import logsumexp, softmax
from scipy.stats import bernoulli, multivariate_normal, norm
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from torch.distributions import Bernoulli, Independent, Normal

from vae_core import VAE, VAEConfig, load, save
from vae_core import evaluate as evaluation
from vae_core.datasets import Images, load_images
from vae_core.evaluate import (
    ROWS,
    TABLE_END,
    TABLE_START,
    auroc,
    completion,
    detection,
    evaluate,
    features,
    figures_table,
    knn_right,
    manifold,
    pca_log_prob,
    posterior_means,
    update_card,
)
from vae_core.exact import Grid, complete
from vae_core.pretrained import WEIGHTS_DIR


@pytest.fixture(autouse=True)
def _coarser(monkeypatch):
    """The quadrature of small models needs fewer cells, and the tests less time."""
    monkeypatch.setattr(evaluation, "SIDE", 200)
    monkeypatch.setattr(evaluation, "FINE_SIDE", 60)
    monkeypatch.setattr(evaluation, "SAMPLES", 50)


def draw_elbo(model, x):
    """log p(x, z) - log q(z|x) of each image for one z ~ q(z|x)."""
    mean, logvar = model.encode(x)
    q = Independent(Normal(mean, (logvar / 2).exp()), 1)
    z = q.sample()
    prior = Independent(Normal(torch.zeros(2), torch.ones(2)), 1)
    likelihood = Independent(Bernoulli(model.decode(z)), 3)
    return likelihood.log_prob(x) + prior.log_prob(z) - q.log_prob(z)


def scikit_accuracy(codes, labels, queries, truth, k=20):
    return KNeighborsClassifier(k).fit(codes, labels).score(queries, truth)


# Neighbours


@pytest.mark.parametrize("k", [1, 5, 20])
def test_knn_is_that_of_scikit_learn(k):
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(10, 2))
    labels, truth = rng.integers(10, size=1500), rng.integers(10, size=1200)
    codes = (centres[labels] + 0.3 * rng.normal(size=(1500, 2))).astype(np.float32)
    queries = (centres[truth] + 0.3 * rng.normal(size=(1200, 2))).astype(np.float32)
    right = knn_right(*map(torch.from_numpy, (codes, labels, queries, truth)), k)
    found = right.double().mean().item()
    assert 0.3 < found < 0.95
    assert found == pytest.approx(scikit_accuracy(codes, labels, queries, truth, k), abs=2 / 1200)


def test_the_commonest_label_wins_and_of_equals_the_smallest():
    codes = torch.tensor([[0.0, 0], [0, 0.1], [0.1, 0], [5, 5]])
    labels, query = torch.tensor([7, 3, 7, 3]), torch.zeros(1, 2)
    for k, winner in (1, 7), (3, 7), (4, 3):
        for truth in 3, 7:
            right = knn_right(codes, labels, query, torch.tensor([truth]), k)
            assert right.tolist() == [truth == winner]


# Figures


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


AXIS = np.linspace(-5.5, 5.5, 221)
CODES = np.stack(np.meshgrid(AXIS, AXIS), -1).reshape(-1, 2)


def log_joint(model, x, label=None, pixels=slice(None)):
    """log p(x, z) at CODES times a cell's area, by SciPy's own logarithms in double precision."""
    p = decoded(model, label)[:, pixels]
    x = x.flatten(1).double().numpy()[:, pixels]
    if model.config.likelihood == "bernoulli":
        terms = x @ np.log(p).T + (1 - x) @ np.log1p(-p).T
    else:
        variance = math.exp(model.pixel_logvar.item())
        normalizer = 0.5 * p.shape[1] * math.log(2 * math.pi * variance)
        terms = -cdist(x, p, "sqeuclidean") / (2 * variance) - normalizer
    return terms + multivariate_normal(np.zeros(2)).logpdf(CODES) + 2 * math.log(AXIS[1] - AXIS[0])


def decoded(model, label=None):
    told = None if label is None else torch.full((len(CODES),), int(label))
    return model.decode(torch.from_numpy(CODES).float(), told).flatten(1).double().numpy()


def log_prob(model, x, label=None, pixels=slice(None)):
    """log p(x) of each image, or of some of its pixels, on another grid."""
    return logsumexp(log_joint(model, x, label, pixels), axis=1)


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
    gaps = figures["amortization_gap"] + figures["family_gap"]
    assert gaps == pytest.approx(figures["log_prob"] - figures["elbo"], abs=0.01)
    assert figures["amortization_gap"] >= 0
    assert figures["family_gap"] >= 0
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


def family(shape=(1, 28, 28), **fields):
    torch.manual_seed(0)
    config = {"encoder_width": 8, "decoder_width": 8, **fields}
    classes = tuple("0123456789")
    model = VAE(VAEConfig("mnist", shape, classes, **config)).eval().requires_grad_(False)
    model.decoder[0].weight *= 2
    model.decoder[-1].weight *= 2
    return model


def test_a_plain_autoencoder_has_no_figures_of_a_posterior(digits):
    _, train, test = digits
    model = family(objective="autoencoder")
    figures = evaluate(model, train, test)
    absent = {key for key in figures if figures[key] is None}
    posterior = {"elbo", "rate", "is_500", "amortization_gap", "family_gap", "active_units"}
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


# Completion


MODELS = [{}, {"objective": "autoencoder"}, {"likelihood": "gaussian"}, {"conditional": True}]


def tiny(**fields):
    """A model of two channels and an odd number of rows, and images of zeros and ones for it."""
    model = family(shape=(2, 7, 4), **fields)
    whiter = torch.rand(2, 7, 4)  # some pixels more often than others
    parts = []
    for n in 60, 40:
        pixels = torch.bernoulli(whiter.expand(n, -1, -1, -1)).byte() * 255
        parts.append(Images(pixels, torch.randint(10, (n,))))
    return model, *parts


@pytest.mark.parametrize("fields", MODELS)
def test_completion_is_bayes_rule_beside_two_other_guesses(fields):
    model, train, test = tiny(**fields)
    train.pixels[:, 0, 5, 2], train.pixels[:, 0, 6, 1] = 0, 255  # no logarithm of 0 follows
    found = completion(model, train, test)
    x = test.batch(...)
    rows = np.broadcast_to(np.arange(7)[:, None], (2, 7, 4)).ravel()
    upper, lower = rows < 3, rows >= 3
    hidden = x.flatten(1).double().numpy()[:, lower]
    empty = x.clone()
    empty[:, :, 3:] = 0
    z = model.encode(empty, test.labels).mean
    mean = train.pixels.flatten(1).numpy().mean(0) / 255
    if model.config.likelihood == "bernoulli":
        mean = mean.clip(0.5 / 60, 1 - 0.5 / 60)
    guesses = {
        "encoder": model.decode(z, test.labels).flatten(1).double().numpy()[:, lower],
        "mean_image": np.tile(mean[lower], (len(x), 1)),
    }
    if model.config.likelihood == "bernoulli":
        nats = {key: bernoulli(p).logpmf(hidden).sum(1) for key, p in guesses.items()}
    else:
        spread = math.exp(model.pixel_logvar.item() / 2)
        nats = {key: norm(m, spread).logpdf(hidden).sum(1) for key, m in guesses.items()}
    nats["posterior"], guesses["posterior"] = np.zeros(len(x)), np.zeros_like(hidden)
    groups = test.labels.numpy() if model.config.conditional else np.zeros(len(x), int)
    for label in set(groups):
        here = groups == label
        observed = log_joint(model, x[here], label, upper)
        nats["posterior"][here] = log_prob(model, x[here], label) - logsumexp(observed, axis=1)
        guesses["posterior"][here] = softmax(observed, 1) @ decoded(model, label)[:, lower]
    assert found["images"] == len(x)
    for key, guess in guesses.items():
        assert found[key]["log_prob"] == pytest.approx(nats[key].mean(), abs=0.01), key
        mse = np.mean((guess - hidden) ** 2)
        assert found[key]["mse"] == pytest.approx(mse, abs=1e-4), key
        low, high = found[key]["interval"]["log_prob"]
        error = 1.96 * nats[key].std() / len(x) ** 0.5
        assert (high - low) / 2 == pytest.approx(error, rel=0.15)


@pytest.mark.parametrize("label", [None, 3])
def test_many_completions_at_once_are_those_of_single_ones(label):
    model, _, test = tiny(conditional=label is not None)
    grid, x, mask = Grid(model, 160, label=label), test.batch(slice(5)), torch.rand(7, 4) < 0.4
    found = posterior_means(grid, x, mask, batch=2)
    expected = [complete(grid, image, mask, samples=0).mean for image in x.split(1)]
    torch.testing.assert_close(found.where(~mask, x), torch.cat(expected), atol=2e-3, rtol=0)


# Detection of strange pictures


def test_auroc_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    for n, m, levels in (50, 80, 4), (30, 7, 1000), (1, 1, 5), (200, 300, 20):
        ordinary, strange = rng.integers(levels, size=n) / 8, rng.integers(levels, size=m) / 8 + 0.1
        truth = np.repeat([0, 1], [n, m])
        expected = roc_auc_score(truth, np.concatenate([ordinary, strange]))
        assert auroc(ordinary, strange) == pytest.approx(expected, abs=1e-12)


def test_auroc_of_what_always_is_higher_lower_or_equal():
    low, high = np.zeros(3), np.ones(2)
    assert (auroc(low, high), auroc(high, low), auroc(low, low)) == (1, 0, 0.5)


@pytest.mark.parametrize("fields", MODELS)
def test_detection_is_by_scores_that_choose_the_class_themselves(fields):
    model, train, test = tiny(**fields)
    found = detection(model, test, {"fashion": train})
    assert found["images"] == len(test.labels)
    x = test.batch(...)
    kinds = {
        "fashion": train.batch(...),
        "upside_down": torch.rot90(x, 2, (2, 3)),
        "noise": torch.rand(x.shape),
    }
    if model.config.likelihood == "bernoulli":
        kinds["noise"] = kinds["noise"].round()
    every = torch.cat([x, *kinds.values()])
    exact, others = [], []
    for label in range(10) if model.config.conditional else [0]:
        told = torch.full((len(every),), label)
        bound, mean = model.elbo(every, told), model.encode(every, told).mean
        exact.append(log_prob(model, every, label))
        others.append(np.stack([-bound.elbo, bound.distortion, mean.square().sum(1).sqrt()]))
    row = 0 if model.config.probabilistic else 1
    best = np.argmin([scores[row] for scores in others], 0)
    best = np.stack(others)[best, :, np.arange(len(every))].T
    scores = {"log_prob": -logsumexp(exact, 0), "elbo": best[0], "distortion": best[1]}
    scores["code"] = best[2]
    if not model.config.probabilistic:
        del scores["elbo"]
    start = len(x)
    for name, images in kinds.items():
        end = start + len(images)
        areas = found["against"][name]
        assert areas.keys() == scores.keys()
        for key, area in areas.items():
            both = np.concatenate([scores[key][: len(x)], scores[key][start:end]])
            expected = roc_auc_score(np.repeat([0, 1], [len(x), len(images)]), both)
            # other noise, other areas; else one pair in a thousand may change places
            assert area == pytest.approx(expected, abs=0.2 if name == "noise" else 1e-3), key
        start = end


def test_the_card_says_what_the_posterior_is_worth():
    metrics = dict.fromkeys(row.key for row in ROWS) | {"interval": {}, "elbo": -1.0}
    interval = {"log_prob": [-3.0, -1.0], "mse": [0.1, 0.3]}
    found = {
        key: {"log_prob": nats, "mse": mse, "interval": interval}
        for key, nats, mse in (
            ("posterior", -2.0, 0.2),
            ("encoder", -5.5, 0.4),
            ("mean_image", -3.25, 0.2001),
        )
    }
    metrics["completion"] = {"images": 5} | found
    table = figures_table(metrics)
    assert "| the mean training image | -3.25 nats | -3.00 to -1.00 | 0.2001 | 0.1000" in table
    assert "worth 3.50 nats per image against the encoder, and 1.25 against the mean" in table
    assert "nearer" not in table
    found["mean_image"]["mse"] = 0.1
    metrics["completion"] |= found
    assert "By squared error the mean training image is nearer." in figures_table(metrics)


def test_the_card_says_where_detection_fails():
    metrics = dict.fromkeys(row.key for row in ROWS) | {"interval": {}, "elbo": -1.0}
    areas = {"log_prob": 0.9, "elbo": 0.699, "distortion": 0.7, "code": 0.2}
    fine = dict.fromkeys(areas, 0.95)
    metrics["auroc"] = {"images": 5, "against": {"upside_down": areas, "noise": fine}}
    said = figures_table(metrics | {"elbo": None, "log_prob": None})
    table = figures_table(metrics | {"elbo": -1.0})
    assert "| the same upside down | 0.900 | 0.699 | 0.700 | 0.200 |" in table
    assert "fails, below 0.7, by ELBO against the same upside down (0.699); by distance" in table
    assert "no q(z|x)" in said
    metrics["auroc"]["against"] = {"noise": fine}
    assert "fails, below 0.7, by no score." in figures_table(metrics)


# Two numbers as features


def test_features_of_the_code_are_beside_those_of_pca():
    """On images in three heaps, against scikit-learn."""
    model, _, _ = tiny()
    labels = torch.arange(90) % 3
    heaps = torch.rand(3, 2, 7, 4)[labels]
    pixels = ((heaps + 0.3 * torch.rand(90, 2, 7, 4)) * 190).byte()
    test = Images(pixels, labels)
    found = features(model, test)
    assert (found["images"], found["k"]) == (90, list(range(2, 11)))
    x = test.batch(...)
    planes = {"": model.encode(x).mean, "pca_": torch.tensor(PCA(2).fit_transform(x.flatten(1)))}
    for kind, points in planes.items():
        groups = KMeans(3, n_init=20, random_state=0).fit_predict(points)
        expected = adjusted_rand_score(labels, groups)
        assert found[f"{kind}ari"][1] == pytest.approx(expected, abs=1e-5)
        near = KNeighborsClassifier(1).fit(points, labels).kneighbors(return_distance=False)
        right = (labels[near[:, 0]] == labels).double().mean().item()
        assert found[f"{kind}knn"][0] == pytest.approx(right, abs=1e-5)
        assert len(found[f"{kind}ari"]) == 9
        assert len(found[f"{kind}knn"]) == 50
    assert found["pca_ari"][1] > 0.9


def test_one_label_is_nothing_to_tell_apart():
    model, _, test = tiny()
    assert features(model, Images(test.pixels, torch.full_like(test.labels, 4))) is None


def test_the_card_puts_the_code_beside_pca():
    metrics = dict.fromkeys(row.key for row in ROWS) | {"interval": {}, "elbo": -1.0}
    assert "PCA |" not in figures_table(metrics | {"features": None})
    found = {"images": 9000, "k": [2, 3], "ari": [0.1, 0.25], "pca_ari": [0.3, -0.01]}
    found |= {"knn": [0.5] * 30, "pca_knn": [0.25] * 30}
    table = figures_table(metrics | {"features": found})
    assert "of 9,000 test images | the code | PCA |" in table
    assert "| k-means with 3 groups, adjusted Rand index | 0.25 | -0.01 |" in table
    for k in 1, 20, 30:
        assert f"| {k}-NN accuracy, leave-one-out | 50.00% | 25.00% |" in table


def log_terms(model, x, side, pixels=slice(None)):
    """log p(x, z) at side x side codes times the area of a cell, in single precision."""
    axis = torch.linspace(-4.9, 4.9, side)
    codes = torch.cartesian_prod(axis, axis)
    weights = -codes.square().sum(1) / 2 + math.log((axis[1] - axis[0]) ** 2 / (2 * math.pi))
    parts = []
    for z, weight in zip(codes.split(4096), weights.split(4096), strict=True):
        logits = model.logits(z)[:, pixels]
        base = weight - torch.nn.functional.softplus(logits).sum(1)
        parts.append(x.flatten(1)[:, pixels] @ logits.T + base)
    return codes, torch.cat(parts, 1)


@pytest.fixture(scope="module")
def shipped(data_dir):
    """mnist-vae, its figures, and what they are of: 2,000 digits and 2,000 pieces of clothing."""
    metrics = json.loads((WEIGHTS_DIR / "mnist-vae" / "metrics.json").read_text(encoding="utf-8"))
    sets = []
    for name in "mnist", "fashion":
        grey = load_images(name, False, data_dir, download=False).batch(...)
        coins = torch.Generator().manual_seed(metrics["seed"])
        sets.append(torch.bernoulli(grey, generator=coins)[:2000])
    return load("mnist-vae"), metrics, *sets


@pytest.mark.slow
def test_the_shipped_completion_is_found_again_on_another_grid(shipped):
    model, metrics, x, _ = shipped
    x, upper, found = x[:1000], slice(14 * 28), metrics["completion"]
    whole = log_terms(model, x, 221)[1].logsumexp(1)
    codes, observed = log_terms(model, x, 221, upper)
    nats = (whole - observed.logsumexp(1)).mean().item()
    assert found["posterior"]["log_prob"] == pytest.approx(nats, abs=0.05)
    mass, mean = observed.softmax(1), torch.zeros(len(x), 14 * 28)
    for z, share in zip(codes.split(4096), mass.split(4096, 1), strict=True):
        mean += share @ model.decode(z).flatten(1)[:, 14 * 28 :]
    hidden = x[:, :, 14:].flatten(1)
    mse = (mean - hidden).square().mean().item()
    assert found["posterior"]["mse"] == pytest.approx(mse, abs=2e-4)
    p = model.decode(model.encode(x * (torch.arange(28) < 14)[:, None]).mean)[:, :, 14:].flatten(1)
    nats = torch.where(hidden > 0, p.log(), (-p).log1p()).sum(1).mean().item()
    assert found["encoder"]["log_prob"] == pytest.approx(nats, abs=0.05)
    assert found["encoder"]["mse"] == pytest.approx((p - hidden).square().mean().item(), abs=1e-4)


@pytest.mark.slow
def test_the_shipped_auroc_is_found_again_by_scikit_learn(shipped):
    model, metrics, x, fashion = shipped
    against, truth = metrics["auroc"]["against"], np.repeat([0, 1], 2000)
    turned = torch.rot90(x, 2, (2, 3))
    for name, strange in ("fashion", fashion), ("upside_down", turned):
        distance = model.encode(torch.cat([x, strange])).mean.norm(dim=1)
        assert against[name]["code"] == pytest.approx(roc_auc_score(truth, distance), abs=1e-3)
    logs = [log_terms(model, part, 201)[1].logsumexp(1) for part in (x, turned)]
    expected = roc_auc_score(truth, -torch.cat(logs))
    assert against["upside_down"]["log_prob"] == pytest.approx(expected, abs=0.003)


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


def test_the_command_writes_figures_and_card(
    tiny_mnist, small_model, tmp_path, monkeypatch, capsys
):
    save("tiny", small_model((1, 28, 28)), tmp_path)
    card = tmp_path / "tiny" / "README.md"
    card.write_text(f"# Tiny\n\nMy words.\n\n{TABLE_START}\nold\n{TABLE_END}\n\nMore words.\n")
    command = ["evaluate", "tiny", "--weights-dir", str(tmp_path), "--data-dir", str(tiny_mnist)]
    monkeypatch.setattr("sys.argv", command)
    written = []
    for _ in range(2):
        assert evaluation.main() == 0
        files = [tmp_path / "tiny" / name for name in ("metrics.json", "manifold.png")]
        written.append((card.read_text(), *(file.read_bytes() for file in files)))
    assert written[0] == written[1]
    text, figures = written[0][0], json.loads(written[0][1])
    assert text.startswith("# Tiny\n\nMy words.\n\n")
    assert text.endswith("\n\nMore words.\n")
    assert "old" not in text
    assert f"{figures['elbo']:.2f}" in text
    assert f"{figures['log_prob']:.2f}" in text
    assert "nats" in capsys.readouterr().out
    with Image.open(tmp_path / "tiny" / "manifold.png") as picture:
        assert picture.size == (20 * 28, 20 * 28)


def test_the_command_measures_some_figures_alone(
    tiny_mnist, small_model, tmp_path, monkeypatch, capsys
):
    data = tmp_path / "data"
    for name in "MNIST", "FashionMNIST":
        shutil.copytree(tiny_mnist / "MNIST", data / name)
    save("tiny", small_model((1, 28, 28)), tmp_path)
    command = ["evaluate", "tiny", "--weights-dir", str(tmp_path), "--data-dir", str(data)]
    monkeypatch.setattr("sys.argv", [*command, "--only", "auroc"])
    assert evaluation.main() == 1
    assert "without --only first" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", command)
    assert evaluation.main() == 0
    files = [tmp_path / "tiny" / name for name in ("metrics.json", "README.md")]
    figures = json.loads(files[0].read_text())
    areas = figures["auroc"]["against"]
    assert areas.keys() == {"fashion", "upside_down", "noise"}
    assert set(areas["fashion"].values()) == {0.5}  # the same images under another name
    parts = ("completion", "auroc", "features")
    for part in parts:
        other = {key: figures[key] | {"images": 7} for key in parts}
        old = figures | {"log_prob": -1.5} | other
        files[0].write_text(json.dumps(old))
        monkeypatch.setattr("sys.argv", [*command, "--only", part])
        assert evaluation.main() == 0
        assert json.loads(files[0].read_text()) == old | {part: figures[part]}
        assert "| log p(x), exact | -1.50 nats |" in files[1].read_text()


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [("other", "", "no model named 'other'"), ("tiny", "nowhere", "--data-dir")],
)
def test_the_command_fails_with_a_sentence(
    tiny_mnist, small_model, tmp_path, monkeypatch, capsys, name, data, message
):
    save("tiny", small_model((1, 28, 28)), tmp_path)
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: (_ for _ in ()).throw(OSError))
    data_dir = tmp_path / data if data else tiny_mnist
    command = ["evaluate", name, "--weights-dir", str(tmp_path), "--data-dir", str(data_dir)]
    monkeypatch.setattr("sys.argv", command)
    assert evaluation.main() == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error


# The model card


@pytest.mark.parametrize("text", [None, "", "# A card\n\nWithout a table.\n"])
def test_a_card_without_table_gets_one(tmp_path, text):
    path = tmp_path / "README.md"
    if text is not None:
        path.write_text(text)
    update_card(path, "| a |", "tiny")
    once = path.read_text()
    assert once.startswith(text or "# tiny\n")
    assert once.endswith(f"{TABLE_START}\n| a |\n{TABLE_END}\n")
    update_card(path, "| a |", "tiny")
    assert path.read_text() == once


def test_only_the_table_of_a_card_changes(tmp_path):
    path = tmp_path / "README.md"
    before, after = "---\nμ: σ\n---\n# Title\n\n", "\n\n## How\n\n| other | table |\n"
    path.write_text(f"{before}{TABLE_START}\n| old |\n{TABLE_END}{after}", encoding="utf-8")
    update_card(path, "| new |\n| lines |", "tiny")
    expected = f"{before}{TABLE_START}\n| new |\n| lines |\n{TABLE_END}{after}"
    assert path.read_text(encoding="utf-8") == expected


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
    x = torch.bernoulli(test.batch(slice(0, 100)))
    torch.testing.assert_close(model.elbo(x).elbo, model.elbo(x, nodes=32).elbo, atol=0.01, rtol=0)
