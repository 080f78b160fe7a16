"""Figures of a model, against scikit-learn, NumPy and torch.distributions."""

import json

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier
from torch.distributions import Bernoulli, Independent, Normal

from vae_core import evaluate as evaluation
from vae_core import list_models, load, pretrained, save
from vae_core.datasets import Images, load_images
from vae_core.evaluate import TABLE_END, TABLE_START, evaluate, knn_accuracy, update_card


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
def test_knn_accuracy_is_that_of_scikit_learn(k):
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(10, 2))
    labels, truth = rng.integers(10, size=1500), rng.integers(10, size=1200)
    codes = (centres[labels] + 0.3 * rng.normal(size=(1500, 2))).astype(np.float32)
    queries = (centres[truth] + 0.3 * rng.normal(size=(1200, 2))).astype(np.float32)
    found = knn_accuracy(*map(torch.from_numpy, (codes, labels, queries, truth)), k)
    assert 0.3 < found < 0.95
    assert found == pytest.approx(scikit_accuracy(codes, labels, queries, truth, k), abs=2 / 1200)


def test_the_commonest_label_wins_and_of_equals_the_smallest():
    codes = torch.tensor([[0.0, 0], [0, 0.1], [0.1, 0], [5, 5]])
    labels, query = torch.tensor([7, 3, 7, 3]), torch.zeros(1, 2)
    for k, winner in (1, 7), (3, 7), (4, 3):
        for truth in 3, 7:
            right = knn_accuracy(codes, labels, query, torch.tensor([truth]), k)
            assert right == (truth == winner)


# Figures


@pytest.fixture
def digits(tiny_mnist, small_model):
    """A small model, training images, and test images of zeros and ones.

    Binarizing those changes nothing, so no figure depends on the seed.
    """
    train, test = (load_images("mnist", part, tiny_mnist, download=False) for part in (True, False))
    test = Images((test.pixels > 127).byte() * 255, test.labels)
    return small_model((1, 28, 28)), train, test


def test_figures_are_what_their_names_say(digits):
    model, train, test = digits
    figures = evaluate(model, train, test)
    x, n = test.batch(slice(None)), len(test.labels)
    assert figures["elbo"] == pytest.approx(-(figures["rate"] + figures["distortion"]))
    assert figures["test_images"] == n

    draws = torch.stack([draw_elbo(model, x) for _ in range(300)])
    error = draws.mean(1).std().item() / 300**0.5
    assert figures["elbo"] == pytest.approx(draws.mean().item(), abs=4 * error)
    spread = np.std(draws.mean(0).numpy(), ddof=1) / n**0.5
    assert figures["elbo_standard_error"] == pytest.approx(spread, rel=0.05)

    mean = model.encode(x).mean
    mse = np.mean((model.decode(mean).numpy() - x.numpy()) ** 2)
    assert figures["reconstruction_mse"] == pytest.approx(mse, rel=1e-4)
    codes = model.encode(train.batch(slice(None))).mean
    expected = scikit_accuracy(codes, train.labels, mean, test.labels)
    assert figures["knn_accuracy"] == pytest.approx(expected, abs=2 / n)


def test_grey_test_images_are_binarized_with_a_fixed_seed(digits):
    model, train, test = digits
    grey = Images(torch.full_like(test.pixels, 102), test.labels)  # 0.4
    figures = evaluate(model, train, grey)
    torch.manual_seed(5)
    assert evaluate(model, train, grey) == figures
    draws = torch.stack([draw_elbo(model, torch.bernoulli(grey.batch(...))) for _ in range(50)])
    error = draws.std().item() / len(test.labels) ** 0.5
    assert figures["elbo"] == pytest.approx(draws.mean().item(), abs=4 * error)
    assert figures["elbo_standard_error"] > 0  # equal grey images, different coins


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
        written.append((card.read_text(), (tmp_path / "tiny" / "metrics.json").read_text()))
    assert written[0] == written[1]
    text, figures = written[0][0], json.loads(written[0][1])
    assert text.startswith("# Tiny\n\nMy words.\n\n")
    assert text.endswith("\n\nMore words.\n")
    assert "old" not in text
    assert f"{figures['elbo']:.2f}" in text
    assert "nats" in capsys.readouterr().out


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


# The model shipped


@pytest.fixture(scope="module")
def shipped(data_dir):
    if "mnist-vae" not in list_models():
        pytest.skip("needs weights/mnist-vae, which is not trained yet")
    path = pretrained.WEIGHTS_DIR / "mnist-vae" / "metrics.json"
    if not path.exists():
        pytest.skip("needs the figures of weights/mnist-vae, which are not measured yet")
    train, test = (load_images("mnist", part, data_dir, download=False) for part in (True, False))
    return load("mnist-vae"), json.loads(path.read_text()), train, test


@pytest.mark.slow
def test_the_shipped_elbo_is_found_again_by_monte_carlo(shipped):
    model, figures, _, test = shipped
    x, n, repeats = test.batch(slice(None)), len(test.labels), 4
    draws = torch.stack([draw_elbo(model, torch.bernoulli(x)) for _ in range(repeats)])
    coin = draws.var(0).mean().item()  # of binarization and code; the test images stay the same
    error = (coin / n + coin / (n * repeats)) ** 0.5
    assert figures["elbo"] == pytest.approx(draws.mean().item(), abs=3 * error)
    assert figures["elbo"] >= -137
    assert figures["elbo"] == pytest.approx(-(figures["rate"] + figures["distortion"]), abs=1e-3)
    assert figures["test_images"] == n
    between = draws.mean(0).std().item() / n**0.5
    assert figures["elbo_standard_error"] == pytest.approx(between, rel=0.1)


@pytest.mark.slow
def test_the_shipped_neighbours_are_found_again_by_scikit_learn(shipped):
    model, figures, train, test = shipped
    codes = [
        torch.cat([model.encode(images.batch(part)).mean for part in torch.arange(n).split(2000)])
        for images, n in ((train, 60_000), (test, 10_000))
    ]
    found = scikit_accuracy(codes[0], train.labels, codes[1], test.labels)
    assert figures["knn_accuracy"] == pytest.approx(found, abs=1e-3)
    assert found >= 0.83


@pytest.mark.slow
def test_eight_nodes_are_enough_for_the_shipped_model(shipped):
    model, _, _, test = shipped
    x = torch.bernoulli(test.batch(slice(0, 100)))
    torch.testing.assert_close(model.elbo(x).elbo, model.elbo(x, nodes=32).elbo, atol=0.01, rtol=0)
