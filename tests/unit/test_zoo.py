"""The models that are shipped: each card's figures are found again by other means."""

import dataclasses
import itertools
import json
import math
import re
import shutil

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree
from scipy.special import logsumexp
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import KNeighborsClassifier
from torch.distributions import Bernoulli, Independent, Normal

from tests.proofs import CORE
from vae_core import list_models, load, load_encodings
from vae_core import zoo as shipped
from vae_core.datasets import DATASETS, load_images
from vae_core.evaluate import TABLE_END, TABLE_START, figures_table
from vae_core.features import kmeans, knn_accuracy
from vae_core.pretrained import WEIGHTS_DIR, load_history
from vae_core.train import Recipe
from vae_core.zoo import ZOO

MODELS = list_models()
FEW = 100  # images whose stored log p(x) is found again
MODELS_PAGE = WEIGHTS_DIR.parent / "docs" / "models.md"


def metrics(name):
    return json.loads((WEIGHTS_DIR / name / "metrics.json").read_text(encoding="utf-8"))


def card(name):
    return (WEIGHTS_DIR / name / "README.md").read_text(encoding="utf-8")


def test_the_shelf_holds_what_the_list_names():
    assert set(MODELS) == set(ZOO) - set(shipped.STARTS)
    files = [path for path in WEIGHTS_DIR.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 90e6
    assert all(path.stat().st_size < 10e6 for path in files)
    assert not [
        path for path in files if path.suffix not in {".safetensors", ".json", ".md", ".png"}
    ]


def test_the_docs_give_the_command_of_each():
    text = MODELS_PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[?`([\w-]+)`\S* \|.*\| `(.+)` \|$", text, re.MULTILINE)
    assert dict(rows) == {name: recipe.to_options() for name, recipe in ZOO.items()}


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_complete(name):
    model, encodings, history = load(name), load_encodings(name), load_history(name)
    assert 20 <= len(history.epoch) <= 40  # those of a model's start are among them
    n = metrics(name)["test_images"]
    assert encodings.mean.shape == (n, 2) == history.mean.shape[1:]
    assert (history.epoch.diff() > 0).all()
    drift = (history.mean[-1].float() - encodings.mean).abs()
    assert drift.quantile(0.99) < 0.05  # the last moment is the model itself
    text = card(name)
    table = text.partition(TABLE_START)[2].partition(TABLE_END)[0].strip()
    assert table == figures_table(metrics(name))
    assert "manifold.png" in text
    assert f"--name {name} {ZOO[name].to_options()}" in re.sub(r" \\\n +", " ", text)
    decoder = (WEIGHTS_DIR / name / "decoder.safetensors").stat().st_size
    assert model.config.dataset != "mnist" or decoder <= 3e6


def known(name, key):
    """A figure of the first test images as it was written down."""
    return metrics(name)["first"][key]


@pytest.fixture(scope="module", params=MODELS)
def first(request, data_dir):
    """A model and its first test images, binarized as `vae_core.evaluate` says it does."""
    name = request.param
    model, test = load(name), load_images(load(name).config.dataset, False, data_dir)
    x = test.batch(slice(None))
    if model.config.likelihood == "bernoulli":
        x = torch.bernoulli(x, generator=torch.Generator().manual_seed(metrics(name)["seed"]))
    n = metrics(name)["first_images"]
    return name, model, x[:n], test.batch(slice(0, n)), test.labels[:n]


def likelihood(model, z, label):
    """p(x|z) as torch has it, over whole images."""
    mean = model.decode(z, label)
    if model.config.likelihood == "bernoulli":
        return Independent(Bernoulli(mean), 3)
    return Independent(Normal(mean, math.exp(model.pixel_logvar.item() / 2)), 3)


@pytest.mark.slow
@pytest.mark.proof("weights/{first}/*.[js]*", *CORE)
def test_log_p_x_is_found_again_by_another_quadrature(first):
    """Trapezoid on another grid, in double precision.

    Gaussian posteriors are narrower, so that either grid is right to a tenth of a nat only.
    """
    name, model, x, grey, labels = first
    x, labels = torch.cat([x, grey[:FEW]]), torch.cat([labels, labels[:FEW]])
    # Told the class, posteriors are wider; and each class is a plane of its own to decode. Where
    # the objective is log p(x) itself, they are narrower.
    fine = 801 if model.config.objective == "exact" else 301
    axis = np.linspace(-5, 5, 201 if model.config.conditional else fine)
    codes = torch.from_numpy(np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)).float()
    prior = Normal(0, 1).log_prob(codes).sum(1).double().numpy() + 2 * math.log(axis[1] - axis[0])
    found = np.zeros(len(x))
    told = labels.unique().tolist() if model.config.conditional else [None]
    for label in told:
        here = torch.ones(len(x), dtype=bool) if label is None else labels == label
        parts = []
        for part in torch.arange(len(codes)).split(4096):
            given = None if label is None else torch.full((len(part),), label)
            mean = model.decode(codes[part], given).flatten(1).double()
            image = x[here].flatten(1).double()
            if model.config.likelihood == "bernoulli":
                odds = torch.logit(mean, eps=1e-12)
                terms = image @ odds.T + torch.log1p(-mean.clamp(max=1 - 1e-12)).sum(1)
            else:
                variance = model.pixel_logvar.double().exp()
                terms = -torch.cdist(image, mean).square() / (2 * variance)
                terms = terms - 0.5 * image.shape[1] * (2 * math.pi * variance).log()
            parts.append(logsumexp(terms.numpy() + prior[part.numpy()], axis=1))
        found[here.numpy()] = logsumexp(np.stack(parts), axis=0)
    bound = 0.05 if model.config.likelihood == "bernoulli" else 0.2
    assert known(name, "log_prob") == pytest.approx(found[:-FEW].mean(), abs=bound)
    away = load_encodings(name).log_prob[:FEW].numpy() - found[-FEW:]
    assert abs(away.mean()) < bound
    assert np.median(abs(away)) < bound


@pytest.mark.slow
@pytest.mark.proof("weights/{first}/*.[js]*", *CORE)
def test_the_elbo_is_found_again_by_monte_carlo(first):
    name, model, x, grey, labels = first
    q = model.encode(x, labels)
    mse = (model.reconstruct(grey, labels) - grey).square().mean().item()
    assert known(name, "reconstruction_mse") == pytest.approx(mse, abs=1e-4)
    if not model.config.probabilistic:
        exact = -likelihood(model, q.mean, labels).log_prob(x).mean().item()
        assert known(name, "distortion") == pytest.approx(exact, abs=0.01)
        assert metrics(name)["elbo"] is None
        return
    posterior = Independent(Normal(q.mean, q.std), 1)
    rate = torch.distributions.kl_divergence(
        posterior, Independent(Normal(torch.zeros(2), torch.ones(2)), 1)
    )
    assert known(name, "rate") == pytest.approx(rate.mean().item(), abs=1e-3)
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(100, *q.mean.shape, generator=generator)
    draws = torch.stack([likelihood(model, q.mean + q.std * e, labels).log_prob(x) for e in noise])
    error = (draws.var(0) / len(draws)).mean().item() ** 0.5 / len(x) ** 0.5
    assert known(name, "distortion") == pytest.approx(-draws.mean().item(), abs=4 * error + 0.01)
    assert known(name, "elbo") == pytest.approx(
        -known(name, "rate") - known(name, "distortion"), abs=1e-3
    )
    assert known(name, "elbo") <= known(name, "is_500") <= known(name, "log_prob") + 0.3


@pytest.mark.slow
@pytest.mark.proof("weights/{first}/*.[js]*", *CORE)
def test_the_neighbours_are_found_again_by_scikit_learn(first, data_dir):
    name, model, _, grey, labels = first
    if not model.config.classes:
        assert metrics(name)["knn_accuracy"] is None
        return
    train = load_images(model.config.dataset, True, data_dir)
    parts = torch.arange(len(train.labels)).split(2000)
    codes = torch.cat([model.encode(train.batch(p), train.labels[p]).mean for p in parts])
    knn = KNeighborsClassifier(20).fit(codes, train.labels)
    found = knn.score(model.encode(grey, labels).mean, labels)
    assert known(name, "knn_accuracy") == pytest.approx(found, abs=0.005)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.proof("weights/{name}/*.[js]*", *CORE)
def test_the_features_written_down_are_those_of_the_codes(name):
    found, encodings = metrics(name)["features"], load_encodings(name)
    if not load(name).config.classes:
        assert found is None
        return
    assert found["images"] == len(encodings.label)
    accuracy = knn_accuracy(encodings.mean, encodings.label, most=20)
    assert found["knn"][:20] == pytest.approx(accuracy.tolist(), abs=0.002)
    assert len(found["knn"]) == len(found["pca_knn"]) == 50
    agreement = adjusted_rand_score(encodings.label, kmeans(encodings.mean, 10))
    assert found["ari"][found["k"].index(10)] == pytest.approx(agreement, abs=0.01)


@pytest.mark.slow
@pytest.mark.proof("weights/fashion-vae/*.[js]*", *CORE)
def test_pca_as_features_is_found_again_by_scikit_learn(data_dir):
    test = load_images("fashion", False, data_dir, download=False)
    plane = PCA(2, random_state=0).fit_transform(test.batch(...).flatten(1))
    found = metrics("fashion-vae")["features"]
    near = KNeighborsClassifier(1).fit(plane, test.labels).kneighbors(return_distance=False)
    right = (test.labels[near[:, 0]] == test.labels).double().mean().item()
    assert found["pca_knn"][0] == pytest.approx(right, abs=0.002)
    groups = KMeans(10, n_init=8, random_state=0).fit_predict(plane)
    expected = adjusted_rand_score(test.labels, groups)
    assert found["pca_ari"][-1] == pytest.approx(expected, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_figures_hang_together(name):
    """What theory says of any model, whichever it is."""
    figures = metrics(name)
    if figures["elbo"] is not None:
        assert figures["elbo"] <= figures["is_500"] <= figures["log_prob"] + 0.2
        first = figures["first"]
        gap = first["amortization_gap"] + first["approximation_gap"]
        assert gap == pytest.approx(first["log_prob"] - first["elbo"], abs=0.2)
        assert figures["active_units"] == 2
    if figures["pca_log_prob"] is not None:
        assert figures["elbo"] > figures["pca_log_prob"]
    for key, (low, high) in figures["interval"].items():
        assert low < figures[key] < high
    dataset = load(name).config.dataset
    assert dataset in DATASETS


# One thing changed at a time: three beside a plain VAE of the same small budget. And mnist-iwae
# beside the default, which went on from it by the ELBO.

SHORT = "mnist-beta1"
TWINS = ("mnist-ae", "mnist-beta4", "mnist-beta025")
BESIDE = {**dict.fromkeys(TWINS, SHORT), "mnist-iwae": "mnist-vae"}


def empty(name):
    """Share of the disc that holds nine in ten test codes with no test code within 0.1."""
    codes = load_encodings(name).mean.double().numpy()
    radius = np.quantile(np.linalg.norm(codes, axis=1), 0.9)
    axis = np.arange(-radius, radius, 0.02)
    places = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    places = places[np.linalg.norm(places, axis=1) < radius]
    return (KDTree(codes).query(places)[0] > 0.1).mean()


@pytest.mark.parametrize("name", TWINS)
def test_each_differs_from_the_plain_one_in_its_objective_alone(name):
    same = {"objective": "elbo", "beta": 1.0}
    assert dataclasses.replace(ZOO[name], **same) == ZOO[SHORT] != ZOO[name]
    config = load(name).config
    assert dataclasses.replace(config, **same) == load(SHORT).config != config


@pytest.mark.parametrize("name", [*BESIDE, SHORT])
def test_the_card_shows_its_figures_beside_the_others(name):
    for other in (name, BESIDE.get(name, "mnist-ae")):
        nats = [metrics(other)[key] for key in ("log_prob", "is_500", "elbo", "rate", "distortion")]
        cells = ["none" if value is None else f"{value:.2f}" for value in nats]
        cells += [f"{metrics(other)['knn_accuracy']:.1%}", f"{empty(other):.1%}"]
        assert f"| `{other}` | {' | '.join(cells)} |" in card(name)


def test_beta_trades_rate_for_distortion():
    """Alemi et al. 2018, arXiv:1711.00464: the larger beta, the lower the rate."""
    models = [metrics(name) for name in ("mnist-beta025", SHORT, "mnist-beta4")]
    for more, less in itertools.pairwise(models):
        assert more["interval"]["rate"][0] > less["interval"]["rate"][1] + 1
        assert more["distortion"] < less["distortion"]


def test_what_each_ingredient_does_is_seen_on_the_plane():
    """Without noise there are holes; the larger beta, the wider q(z|x) and the denser the codes."""
    assert empty("mnist-ae") > 5 * empty(SHORT)
    drawn = np.random.default_rng(0).normal(size=(20_000, 2))  # from the prior
    away = {
        name: (KDTree(load_encodings(name).mean.double().numpy()).query(drawn)[0] > 0.1).mean()
        for name in (*TWINS, SHORT)
    }
    assert away["mnist-ae"] > 3 * away[SHORT]
    width = {
        name: (load_encodings(name).logvar / 2).exp().median()
        for name in ("mnist-beta4", SHORT, "mnist-beta025")
    }
    assert width["mnist-beta4"] > 2 * width[SHORT] > 4 * width["mnist-beta025"]
    reach = [
        load_encodings(name).mean.norm(dim=1).quantile(0.9)
        for name in ("mnist-beta4", SHORT, "mnist-beta025")
    ]
    assert reach == sorted(reach)


@pytest.mark.parametrize("name", [*TWINS, SHORT, "mnist-vae"])
def test_the_replay_begins_with_a_clump(name):
    codes = load_history(name).mean.float()
    assert codes[0].std() < 0.3 * codes[-1].std()


def test_the_importance_weighted_bound_is_worth_its_samples():
    ours, theirs = metrics("mnist-iwae"), metrics("mnist-vae")
    assert ours["is_500"] > theirs["is_500"] + 1  # nats, of the same images
    assert ours["log_prob"] > theirs["log_prob"]


def test_the_command_trains_what_is_missing(tiny_mnist, tmp_path, monkeypatch, capsys):
    tiny = Recipe(encoder_width=8, encoder_blocks=1, decoder_width=8, decoder_blocks=1, epochs=1)
    starts = {"a": None, "b": "a", "c": None, "s": None, "t": "s"}
    zoo = {name: dataclasses.replace(tiny, start=start) for name, start in starts.items()}
    monkeypatch.setattr(shipped, "ZOO", zoo)
    monkeypatch.setattr(shipped, "STARTS", ("s",))
    monkeypatch.setattr(shipped, "measure", lambda name, *_: f"figures of {name}")
    monkeypatch.setattr("vae_core.train.encode.SIDE", 40)  # quick
    places = ["--data-dir", str(tiny_mnist), "--weights-dir", str(tmp_path)]
    monkeypatch.setattr("sys.argv", ["zoo", "a", "b", *places])
    assert shipped.main() == 0
    assert list_models(tmp_path) == ["a", "b"]
    assert "figures of b" in capsys.readouterr().out
    shutil.copytree(tmp_path / "a", tmp_path / "t")  # there, so that its start is not wanted
    before = (tmp_path / "a" / "decoder.safetensors").stat().st_mtime_ns
    monkeypatch.setattr("sys.argv", ["zoo", *places])
    assert shipped.main() == 0
    assert list_models(tmp_path) == ["a", "b", "c", "t"]
    assert (tmp_path / "a" / "decoder.safetensors").stat().st_mtime_ns == before
    shutil.rmtree(tmp_path / "t")
    monkeypatch.setattr("sys.argv", ["zoo", "t", *places])
    assert shipped.main() == 0
    assert list_models(tmp_path) == ["a", "b", "c", "s", "t"]
    assert "figures of s" not in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["zoo", "d", *places])
    with pytest.raises(SystemExit):
        shipped.main()
    assert "expected some of a, b, c" in capsys.readouterr().err
