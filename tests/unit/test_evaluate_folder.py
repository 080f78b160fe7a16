"""Evaluate where data are few, large, other than the model's, or spread over processes."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.proofs import LIBRARY
from tests.unit.evaluated import tiny
from vae_core import VAE, Encodings, VAEConfig, load, save, save_encodings
from vae_core.datasets import load_images
from vae_core.evaluate import __main__ as evaluation
from vae_core.evaluate import evaluate, figures_table, scored
from vae_core.evaluate.scored import Plan
from vae_core.pretrained import write_tensors

pytestmark = pytest.mark.proof("tests/unit/evaluated.py", *LIBRARY)

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("code", "images", "objective", "expected"),
    [
        (1_460_000, 10_000, "elbo", Plan(320, False, 10_000)),  # as mnist-vae: all that there is
        (1_460_000, 6, "elbo", Plan(160, True, 6)),
        (2_600_000, 6, "elbo", Plan(160, True, 6)),  # colour, 32 x 32
        (1_000_000, 10_000, "exact", Plan(632, False, 10_000)),  # what half a minute decodes
        (100_000, 10_000, "exact", Plan(640, False, 10_000)),  # twice as fine
    ],
)
def test_few_images_are_refined_and_many_share_a_fine_grid(
    code, images, objective, expected, monkeypatch
):
    monkeypatch.setattr(scored, "decoder_size", lambda _: code)
    model, _, _ = tiny(objective=objective)
    assert scored.plan(model, images) == expected


@pytest.mark.parametrize("side", [64, 128, 256])
def test_large_colour_pictures_cost_a_bounded_number_of_operations(side, monkeypatch):
    code = 512 * 3 * side**2
    monkeypatch.setattr(scored, "decoder_size", lambda _: code)
    plan = scored.plan(tiny()[0], 10_000)
    assert plan.refined
    assert plan.side**2 * code <= scored.PLANE_WORK
    refining = plan.images * scored.REFINED_CELLS * code
    assert refining <= scored.IMAGES_WORK or plan.images == scored.LEAST_IMAGES


def test_the_card_says_of_how_many_images_the_exact_figures_are(monkeypatch):
    model, train, test = tiny(likelihood="gaussian")
    model.pixel_logvar.fill_(-1.0)
    monkeypatch.setattr(scored, "PLANE_WORK", scored.decoder_size(model) * 100.0**2)
    monkeypatch.setattr(scored, "IMAGES_WORK", 0)
    figures = evaluate(model, train, test)
    assert (figures["exact_images"], figures["test_images"]) == (scored.LEAST_IMAGES, 40)
    assert figures["completion"]["images"] == scored.LEAST_IMAGES
    assert "of the first 5 of 40 test images" in figures_table(figures)
    exact = scored.exact_log_prob(model, test.batch(slice(5)), test.labels[:5], Plan(320, False, 5))
    assert figures["log_prob"] == pytest.approx(exact.mean().item(), abs=0.02)


@pytest.mark.parametrize(("n", "count"), [(7, 3), (2, 4), (6, 1)])
def test_each_process_measures_its_share_and_gets_all(n, count, monkeypatch):
    values, shares = torch.arange(n), []

    def measure(part):
        shares.append(part)
        return [values[part], -values[part]]

    def gather(into, _):
        into[:] = [
            [column[n * k // count : n * (k + 1) // count] for column in (values, -values)]
            for k in range(count)
        ]

    monkeypatch.setattr(torch.distributed, "all_gather_object", gather)
    for index in range(count):
        monkeypatch.setattr(scored, "process", lambda index=index: (index, count))
        first, second = scored.spread(measure, n)
        assert torch.equal(first, values)
        assert torch.equal(second, -values)
    assert torch.equal(torch.cat([values[part] for part in shares]), values)


@pytest.fixture
def folder(tmp_path):
    """Twenty pictures in two sub-folders, and a model of them as training leaves it."""
    rng = np.random.default_rng(0)
    for name in "ab":
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for k in range(10):
            pixels = rng.integers(0, 256, (12, 12, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{k}.png")
    torch.manual_seed(0)
    config = VAEConfig(
        "folder", (3, 8, 8), ("a", "b"), "photo", "gaussian", encoder_width=8, decoder_width=8
    )
    model = VAE(config).eval().requires_grad_(False)
    model.pixel_logvar.fill_(-1.0)
    save("mine", model, tmp_path / "weights")
    test = load_images(f"folder:{tmp_path / 'pictures'}", False, size=8)
    q, bound = (ask(test.batch(...), test.labels) for ask in (model.encode, model.elbo))
    encodings = Encodings(*q, test.labels, *bound, bound.elbo)
    save_encodings("mine", encodings, tmp_path / "weights")
    return tmp_path


def command(root, monkeypatch, *options):
    monkeypatch.setattr(scored, "FINE_SIDE", 60)
    places = ["--weights-dir", str(root / "weights"), "--device", "cpu"]
    monkeypatch.setattr("sys.argv", ["evaluate", "mine", *places, *options])
    return evaluation.main()


def test_eighteen_training_pictures_are_enough(folder, monkeypatch):
    assert command(folder, monkeypatch, "--dataset", f"folder:{folder / 'pictures'}") == 0
    figures = json.loads((folder / "weights" / "mine" / "metrics.json").read_text())
    assert figures["test_images"] == 2
    assert figures["knn_accuracy"] in (0, 0.5, 1)
    numbers = [value for value in figures.values() if isinstance(value, float)]
    assert np.isfinite(numbers).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("more", "expected the same folder, with no picture added"),
        ("other", "was trained on other pictures: of shape (3, 8, 8) with the classes a, b; "),
        ("none", "name it with --dataset folder:PATH"),
        ("mnist", "'mine' was trained on 'folder', not on 'mnist'"),
        ("nan", "tensor '0.weight' holds values that are not finite numbers"),
    ],
)
def test_other_pictures_and_numbers_that_are_none_are_refused(
    folder, change, message, monkeypatch, capsys
):
    pictures = folder / "pictures"
    if change in ("more", "other"):  # elsewhere, because a folder is read once per process
        pictures = Path(shutil.copytree(pictures, folder / "changed"))
    if change == "more":
        for k in range(10):
            Image.new("RGB", (12, 12), (20 * k, 0, 0)).save(pictures / "a" / f"more{k}.png")
    elif change == "other":
        (pictures / "b").rename(pictures / "c")
    elif change == "nan":
        state = load("mine", folder / "weights").decoder.state_dict()
        state["0.weight"][0, 0] = torch.nan
        write_tensors(folder / "weights" / "mine" / "decoder.safetensors", state)
    options = {"none": [], "mnist": ["--dataset", "mnist"]}
    others = options.get(change, ["--dataset", f"folder:{pictures}"])
    assert command(folder, monkeypatch, *others) == 1
    error = capsys.readouterr().err.rpartition("\r")[2]  # what follows a progress bar
    assert error.startswith("error: ")
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.slow
def test_two_processes_give_the_figures_of_one(tiny_mnist, small_model, tmp_path):
    """accelerate launch on two CPU processes; one of them alone prints and writes."""
    figures = []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    # --multi_gpu is what starts processes at all: with --cpu alone, accelerate leaves that to MPI.
    launch = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    launch += ["--main_process_port", port]
    for place, way in ("one", []), ("two", launch):
        save("tiny", small_model((1, 28, 28)), tmp_path / place)
        words = [*way, "-m", "vae_core.evaluate", "tiny", "--device", "cpu"]
        words += ["--weights-dir", str(tmp_path / place), "--data-dir", str(tiny_mnist)]
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("| figure | value |") == 1
        figures.append(json.loads((tmp_path / place / "tiny" / "metrics.json").read_text()))
    one, two = (json.dumps(each, indent=0).splitlines() for each in figures)
    assert len(one) == len(two) > 100
    for a, b in zip(one, two, strict=True):
        try:
            value = float(a.rpartition(":")[2].strip(" ,"))
        except ValueError:
            assert a == b
        else:
            assert float(b.rpartition(":")[2].strip(" ,")) == pytest.approx(value, abs=2e-4)
