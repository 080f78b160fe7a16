"""Completion, detection and features, against scikit-learn and SciPy."""

import json
import math

import numpy as np
import pytest
import torch
from scipy.special import logsumexp, softmax
from scipy.stats import bernoulli, norm
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from tests.proofs import CORE, LIBRARY
from tests.unit.evaluated import MODELS, decoded, log_joint, log_prob, tiny
from vae_core import load
from vae_core.datasets import Images, load_images
from vae_core.evaluate import auroc, completion, detection, features, posterior_means, scored
from vae_core.exact import Grid, complete
from vae_core.pretrained import WEIGHTS_DIR

pytestmark = pytest.mark.proof("tests/unit/evaluated.py", *LIBRARY)


@pytest.fixture(autouse=True)
def _coarser(monkeypatch):
    """The quadrature of small models needs fewer cells, and the tests less time."""
    monkeypatch.setattr(scored, "SIDE", 200)
    monkeypatch.setattr(scored, "FINE_SIDE", 60)


@pytest.mark.parametrize("fields", MODELS)
def test_completion_is_bayes_rule_beside_two_other_guesses(fields):
    model, train, test = tiny(**fields)
    train.pixels[:, 0, 5, 2], train.pixels[:, 0, 6, 1] = 0, 255  # no logarithm of 0 follows
    found = completion(model, train, test)
    x = test.batch(...)
    rows = np.broadcast_to(np.arange(7)[:, None], (3, 7, 4)).ravel()
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
    found = posterior_means(grid, x, mask)
    expected = [complete(grid, image, mask, samples=0).mean for image in x.split(1)]
    torch.testing.assert_close(found.where(~mask, x), torch.cat(expected), atol=2e-3, rtol=0)


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


def test_features_of_the_code_are_beside_those_of_pca():
    """On images in three heaps, against scikit-learn."""
    model, _, _ = tiny()
    labels = torch.arange(90) % 3
    heaps = torch.rand(3, 3, 7, 4)[labels]
    pixels = ((heaps + 0.3 * torch.rand(90, 3, 7, 4)) * 190).byte()
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
@pytest.mark.proof("weights/mnist-vae/*.[js]*", "tests/unit/evaluated.py", *CORE)
def test_the_shipped_completion_is_found_again_on_another_grid(shipped):
    model, metrics, x, _ = shipped
    x, upper, found = x[:1000], slice(14 * 28), metrics["completion"]
    whole = log_terms(model, x, 331)[1].logsumexp(1)
    codes, observed = log_terms(model, x, 331, upper)
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
@pytest.mark.proof("weights/mnist-vae/*.[js]*", "tests/unit/evaluated.py", *CORE)
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
