"""Datasets are read in place, downloaded only when missing, and fail with advice."""

import shutil
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import torch

from vae_core.datasets import DATA_DIR_VARIABLE, DATASETS, DatasetError, data_dir, load_images


@pytest.fixture
def offline(monkeypatch):
    """Make every download fail; the list of addresses asked for."""
    asked = []

    def refuse(request, *arguments, **options):
        asked.append(getattr(request, "full_url", request))
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    return asked


def test_the_directory_is_the_one_chosen_else_the_variable_else_a_cache(monkeypatch):
    monkeypatch.setenv(DATA_DIR_VARIABLE, "from-variable")
    assert data_dir("chosen") == Path("chosen")
    assert data_dir() == Path("from-variable")
    monkeypatch.delenv(DATA_DIR_VARIABLE)
    assert data_dir() == Path.home() / ".cache" / "latent-lab"


@pytest.mark.parametrize(("train", "part", "n"), [(True, "train", 256), (False, "t10k", 64)])
def test_files_already_there_are_read_without_network(tiny_mnist, offline, train, part, n):
    images = load_images("mnist", train, tiny_mnist)
    raw = tiny_mnist / "MNIST" / "raw"
    pixels = (raw / f"{part}-images-idx3-ubyte").read_bytes()[16:]
    labels = (raw / f"{part}-labels-idx1-ubyte").read_bytes()[8:]
    assert images.pixels.shape == (n, 1, 28, 28)
    assert images.pixels.dtype == torch.uint8
    assert images.pixels.numpy().tobytes() == pixels
    assert images.labels.dtype == torch.int64
    assert images.labels.tolist() == list(labels)
    assert offline == []


def test_the_variable_names_the_directory(tiny_mnist, offline, monkeypatch):
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tiny_mnist))
    assert len(load_images("mnist", train=False).labels) == 64
    assert offline == []


def test_batches_are_floats_in_0_1(tiny_mnist):
    images = load_images("mnist", True, tiny_mnist, download=False)
    x = images.batch(torch.tensor([7, 3]))
    assert x.dtype == torch.float32
    assert ((x >= 0) & (x <= 1)).all()
    assert (x * 255).round().to(torch.uint8).equal(images.pixels[[7, 3]])
    assert images.batch(slice(250, 300)).shape == (6, 1, 28, 28)


@pytest.mark.parametrize("download", [True, False])
def test_missing_files_say_what_to_do(tmp_path, offline, download):
    with pytest.raises(DatasetError) as error:
        load_images("mnist", True, tmp_path, download=download)
    message = str(error.value)
    for words in "MNIST could not be had", str(tmp_path), "--data-dir", "LATENT_LAB_DATA":
        assert words in message
    assert bool(offline) == download
    assert ("no network" in message) == download


@pytest.mark.parametrize("part", ["images-idx3", "labels-idx1"])
@pytest.mark.parametrize("keep", [0, 3, 4, 10, -1])
def test_a_truncated_file_says_what_to_do(tiny_mnist, tmp_path, offline, part, keep):
    shutil.copytree(tiny_mnist, tmp_path / "data")
    path = tmp_path / "data" / "MNIST" / "raw" / f"train-{part}-ubyte"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DatasetError, match="LATENT_LAB_DATA"):
        load_images("mnist", True, tmp_path / "data")


def test_a_file_of_another_kind_says_what_to_do(tiny_mnist, tmp_path, offline):
    shutil.copytree(tiny_mnist, tmp_path / "data")
    path = tmp_path / "data" / "MNIST" / "raw" / "train-images-idx3-ubyte"
    path.write_text("<html>404: not found</html>" * 100)
    with pytest.raises(DatasetError, match="LATENT_LAB_DATA"):
        load_images("mnist", True, tmp_path / "data")


@pytest.mark.parametrize("name", ["", "MNIST", "imagenet", "../mnist"])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(DatasetError, match="expected one of mnist, fashion"):
        load_images(name, True)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "mean"), [("mnist", 0.1307), ("fashion", 0.2860)])
def test_the_real_datasets_have_the_published_size_and_mean(data_dir, offline, name, mean):
    train, test = (load_images(name, part, data_dir) for part in (True, False))
    assert train.pixels.shape == (60_000, *DATASETS[name].shape)
    assert test.pixels.shape == (10_000, *DATASETS[name].shape)
    assert train.pixels.double().mean().item() / 255 == pytest.approx(mean, abs=5e-5)
    for part in train, test:
        assert part.labels.unique().tolist() == list(range(len(DATASETS[name].classes)))
    assert offline == []
