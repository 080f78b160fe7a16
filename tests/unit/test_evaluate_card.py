"""The command line of evaluate, and what it writes on the model card."""

import json
import shutil

import pytest
from PIL import Image

from tests.proofs import LIBRARY
from vae_core import save
from vae_core.evaluate import (
    ROWS,
    TABLE_END,
    TABLE_START,
    figures_table,
    scored,
    update_card,
)
from vae_core.evaluate import __main__ as evaluation
from vae_core.evaluate import figures as figures_module

pytestmark = pytest.mark.proof(*LIBRARY)


@pytest.fixture(autouse=True)
def _coarser(monkeypatch):
    """The quadrature of small models needs fewer cells, and the tests less time."""
    monkeypatch.setattr(scored, "SIDE", 200)
    monkeypatch.setattr(scored, "FINE_SIDE", 60)
    monkeypatch.setattr(figures_module, "FINE_SIDE", 60)
    monkeypatch.setattr(figures_module, "SAMPLES", 50)


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
    assert "better than the encoder by 3.50 nats per image, and better than the mean image" in table
    assert "squared error of" not in table
    found["mean_image"]["mse"] = 0.1
    metrics["completion"] |= found
    assert "The squared error of the mean training image is lower." in figures_table(metrics)


def test_the_card_says_where_detection_fails():
    metrics = dict.fromkeys(row.key for row in ROWS) | {"interval": {}, "elbo": -1.0}
    areas = {"log_prob": 0.9, "elbo": 0.899, "distortion": 0.95, "code": 0.2}
    fine = dict.fromkeys(areas, 0.95)
    metrics["auroc"] = {"images": 5, "against": {"upside_down": areas, "noise": fine}}
    said = figures_table(metrics | {"elbo": None, "log_prob": None})
    table = figures_table(metrics | {"elbo": -1.0})
    assert "| test images upside down | 0.900 | 0.899 | 0.950 | 0.200 |" in table
    unreliable = "test images upside down by ELBO (0.899), distance of the code (0.200)."
    assert f"Below 0.9 detection is not reliable: {unreliable}" in table
    assert "no q(z|x)" in said
    metrics["auroc"]["against"] = {"noise": fine}
    assert "Every score detects every kind reliably: none is below 0.9." in figures_table(metrics)


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
