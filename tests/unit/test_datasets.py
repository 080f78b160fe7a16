"""Datasets are read in place, downloaded only when missing, and fail with advice."""

import hashlib
import io
import pickle
import shutil
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import MNIST

from vae_core.datasets import (
    CIFAR10_FILE,
    DATA_DIR_VARIABLE,
    DATASETS,
    FREY_FILE,
    FREY_SHAPE,
    DatasetError,
    data_dir,
    describe,
    load_images,
)
from vae_core.model import LIKELIHOODS, PREPARATIONS

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


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


def test_mnists_own_files_are_what_torchvision_reads_and_do_not_need_it(tiny_mnist, monkeypatch):
    expected = MNIST(tiny_mnist, train=False)
    monkeypatch.setitem(sys.modules, "torchvision", None)  # its import fails
    found = load_images("mnist", False, tiny_mnist)
    assert torch.equal(found.pixels[:, 0], expected.data)
    assert torch.equal(found.labels, expected.targets)


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


@pytest.mark.parametrize("name", ["", "MNIST", "imagenet", "../mnist", "folder"])
def test_an_unknown_name_is_refused(name):
    known = "expected one of mnist, fashion, frey, cifar10, or folder:PATH"
    with pytest.raises(DatasetError, match=known):
        load_images(name, True)
    with pytest.raises(DatasetError, match=known):
        describe(name)


@pytest.mark.parametrize(
    ("name", "shape", "classes", "preparation", "likelihood"),
    [
        ("mnist", (1, 28, 28), 10, "ink", "bernoulli"),
        ("fashion", (1, 28, 28), 10, "thing", "gaussian"),
        ("frey", (1, 28, 20), 0, "photo", "gaussian"),
        ("cifar10", (3, 32, 32), 10, "photo", "gaussian"),
    ],
)
def test_what_is_known_of_each_dataset(name, shape, classes, preparation, likelihood):
    dataset = describe(name, size=7)  # which only a folder asks for
    assert dataset == DATASETS[name]
    assert dataset.shape == shape
    assert len(set(dataset.classes)) == classes
    assert dataset.preparation == preparation in PREPARATIONS
    assert dataset.likelihood == likelihood in LIKELIHOODS


# Frey faces.


@pytest.fixture
def frames():
    """As many different frames as there are Frey faces, with their number in two pixels."""
    frames = np.zeros(FREY_SHAPE, np.uint8)
    frames[:, 0, 0], frames[:, 0, 1] = np.divmod(np.arange(len(frames)), 256)
    return frames


def numbers(part):
    return (part.pixels[:, 0, 0, 0].long() * 256 + part.pixels[:, 0, 0, 1]).tolist()


def test_200_random_frames_of_the_frey_faces_are_held_out(tmp_path, frames):
    np.save(tmp_path / FREY_FILE, frames)
    train, test = (load_images("frey", part, tmp_path) for part in (True, False))
    assert train.pixels.shape == (1765, 1, 28, 20)
    assert test.pixels.shape == (200, 1, 28, 20)
    for part in train, test:
        assert part.pixels.dtype == torch.uint8
        assert part.labels.dtype == torch.int64
        assert part.labels.tolist() == [0] * len(part.pixels)
    assert sorted(numbers(train) + numbers(test)) == list(range(1965))
    assert numbers(test)[:5] == [35, 40, 52, 75, 97]  # the same on every machine
    assert 50 < sum(number < 1965 // 2 for number in numbers(test)) < 150  # not all from one end


class Harmful:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.mkdir, (self.path,)


def test_a_pickle_instead_of_the_frey_faces_is_not_run(tmp_path):
    done = tmp_path / "done"
    np.save(tmp_path / FREY_FILE, np.array([Harmful(done)]), allow_pickle=True)
    with pytest.raises(DatasetError, match=FREY_FILE):
        load_images("frey", True, tmp_path)
    (tmp_path / FREY_FILE).write_bytes(pickle.dumps(Harmful(done)))
    with pytest.raises(DatasetError, match=FREY_FILE):
        load_images("frey", True, tmp_path)
    assert not done.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: None,
        lambda data: b"",
        lambda data: data[:60],
        lambda data: data[:-1],
        lambda data: b"<html>404: not found</html>" * 100,
        lambda data: b"PK\3\4" + data,
        lambda data: saved(np.zeros((1965, 20, 28), np.uint8)),
        lambda data: saved(np.zeros(FREY_SHAPE, np.float32)),
    ],
)
def test_without_the_frey_faces_the_file_expected_is_named(tmp_path, frames, offline, damage):
    if (data := damage(saved(frames))) is not None:
        (tmp_path / FREY_FILE).write_bytes(data)
    with pytest.raises(DatasetError) as error:
        load_images("frey", False, tmp_path)
    for words in str(tmp_path / FREY_FILE), "(1965, 28, 20)", "--data-dir", "LATENT_LAB_DATA":
        assert words in str(error.value)
    assert offline == []


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


# CIFAR-10.


def jpeg(color, size=(32, 32), format="JPEG"):
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, format)
    return file.getvalue()


@pytest.fixture
def cifar():
    """The files of a small `cifar10_jpg.zip`: each class of one red, each file of one blue."""
    return {
        f"{part}/{name}/{i:04}.jpg": jpeg((20 * label, 0, 60 * i))
        for part, n in (("train", 3), ("test", 2))
        for label, name in enumerate(DATASETS["cifar10"].classes)
        for i in range(n)
    }


def write_zip(directory, files):
    with zipfile.ZipFile(directory / CIFAR10_FILE, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)


def test_cifar10_is_read_from_its_zip_in_the_order_of_names(tmp_path, cifar, offline):
    extra = {"README.txt": b"", "train/": b"", "train/cat/Thumbs.db": b"", "__MACOSX/x.jpg": b""}
    write_zip(tmp_path, extra | dict(reversed(cifar.items())))
    for train, n in (True, 3), (False, 2):
        part = load_images("cifar10", train, tmp_path)
        assert part.pixels.shape == (10 * n, 3, 32, 32)
        assert part.pixels.dtype == torch.uint8
        assert part.labels.dtype == torch.int64
        assert part.labels.tolist() == [label for label in range(10) for _ in range(n)]
        colors = part.pixels.float().mean((2, 3))
        expected = [[20 * label, 0, 60 * i] for label in range(10) for i in range(n)]
        assert (colors - torch.tensor(expected)).abs().max() < 4  # JPEG
    assert offline == []


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("train/bird/0001.jpg", b"", "cannot identify"),
        ("train/bird/0001.jpg", jpeg(RED)[:-20], "truncated|broken"),
        ("train/bird/0001.jpg", jpeg(RED, (31, 32)), "train/bird/0001.jpg is not 32 x 32"),
        ("train/bird/0001.jpg", jpeg(RED, format="PNG"), "cannot identify"),
    ],
)
def test_a_damaged_picture_in_the_zip_is_reported(tmp_path, cifar, name, data, words):
    write_zip(tmp_path, cifar | {name: data})
    with pytest.raises(DatasetError, match=words) as error:
        load_images("cifar10", True, tmp_path)
    assert str(tmp_path / CIFAR10_FILE) in str(error.value)
    assert len(load_images("cifar10", False, tmp_path).labels) == 20


def test_a_zip_of_something_else_is_reported(tmp_path, cifar):
    write_zip(tmp_path, {name: data for name, data in cifar.items() if "/cat/" not in name})
    with pytest.raises(DatasetError, match="not all ten classes are in its folder test"):
        load_images("cifar10", False, tmp_path)
    (tmp_path / CIFAR10_FILE).write_bytes(b"<html>404: not found</html>" * 100)
    with pytest.raises(DatasetError, match=r"Expected in it: train/CLASS/\*.jpg"):
        load_images("cifar10", False, tmp_path)


def test_cifar10_without_its_zip_is_torchvisions(tmp_path, offline, monkeypatch):
    from torchvision.datasets import CIFAR10

    rng = np.random.default_rng(0)
    folder = tmp_path / CIFAR10.base_folder
    folder.mkdir()

    def write(name, content):
        data = pickle.dumps(content)
        (folder / name).write_bytes(data)
        return [name, hashlib.md5(data, usedforsecurity=False).hexdigest()]

    def batch(n):
        content = {"data": rng.integers(256, size=(n, 3072), dtype=np.uint8)}
        return content | {"labels": rng.integers(10, size=n).tolist()}

    batches = [batch(3), batch(4)]
    lists = [write(f"data_batch_{i}", content) for i, content in enumerate(batches)]
    monkeypatch.setattr(CIFAR10, "train_list", lists)
    monkeypatch.setattr(CIFAR10, "test_list", [write("test_batch", batch(2))])
    name, md5 = write("batches.meta", {"label_names": list(DATASETS["cifar10"].classes)})
    monkeypatch.setattr(CIFAR10, "meta", {"filename": name, "key": "label_names", "md5": md5})

    train, test = (load_images("cifar10", part, tmp_path) for part in (True, False))
    data = np.concatenate([content["data"] for content in batches])
    assert (train.pixels.numpy() == data.reshape(7, 3, 32, 32)).all()
    assert train.pixels.is_contiguous()
    assert train.labels.tolist() == batches[0]["labels"] + batches[1]["labels"]
    assert train.labels.dtype == torch.int64
    assert test.pixels.shape == (2, 3, 32, 32)
    assert offline == []


def test_cifar10_that_cannot_be_downloaded_says_what_to_do(tmp_path, offline):
    with pytest.raises(DatasetError, match="CIFAR-10 could not be had from") as error:
        load_images("cifar10", True, tmp_path)
    for words in str(tmp_path), CIFAR10_FILE, "--data-dir", "LATENT_LAB_DATA", "no network":
        assert words in str(error.value)
    assert len(offline) == 1


# The real data.


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


@pytest.mark.slow
def test_the_real_frey_faces_are_all_there(data_dir):
    train, test = (load_images("frey", part, data_dir) for part in (True, False))
    assert (len(train.labels), len(test.labels)) == (1765, 200)
    frames = np.load(data_dir / FREY_FILE)
    split = [*train.pixels.numpy()[:, 0], *test.pixels.numpy()[:, 0]]
    assert sorted(map(bytes, split)) == sorted(map(bytes, frames))
    assert 0.4 < train.batch(slice(None)).mean() < 0.8


@pytest.mark.slow
def test_the_real_cifar10_has_ten_classes_of_one_size(data_dir, offline):
    part = load_images("cifar10", train=False, directory=data_dir)
    assert part.pixels.shape == (10_000, 3, 32, 32)
    assert part.labels.bincount().tolist() == [1000] * 10
    # The published means of the channels, of the training set.
    means = part.pixels.float().mean((0, 2, 3)) / 255
    assert means.tolist() == pytest.approx([0.4914, 0.4822, 0.4465], abs=0.005)
    assert offline == []
