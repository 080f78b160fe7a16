"""Datasets are read in place, downloaded only when missing, and fail with advice."""

import hashlib
import io
import os
import pickle
import shutil
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vae_core import images
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


# A folder of a person's own pictures.


def save(path, color=RED, size=(8, 8), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path, **options)
    return path


def both(folder, size=8):
    return [load_images(f"folder:{folder}", train, size=size) for train in (True, False)]


def shades(folder, n):
    """Save n grey pictures, named in order, each of its own shade."""
    for i in range(n):
        save(folder / f"{i:03}.png", (i, i, i))


def test_pictures_without_sub_folders_have_no_labels(tmp_path, capsys):
    for i in range(7):
        save(tmp_path / f"{i}.png", (i, 100, 200), size=(8 + i, 20))
    assert describe(f"folder:{tmp_path}", 12) == describe(f"folder:{tmp_path}/", size=12)
    dataset = describe(f"folder:{tmp_path}", 12)
    assert dataset.title == "folder"
    assert dataset.shape == (3, 12, 12)
    assert dataset.classes == ()
    assert (dataset.preparation, dataset.likelihood) == ("photo", "gaussian")
    train, test = both(tmp_path, 12)
    assert train.pixels.shape == (6, 3, 12, 12)
    assert test.pixels.shape == (1, 3, 12, 12)
    assert train.pixels.dtype == test.pixels.dtype == torch.uint8
    assert train.labels.tolist() == [0] * 6
    assert train.labels.dtype == torch.int64
    assert "skipped" not in capsys.readouterr().err


def test_sub_folders_are_labels_and_are_searched_to_the_bottom(tmp_path):
    places = ["zebra/a", "Ωmega/日本/ü/a", "ape/deep/deeper/a", "ape/b", "ape/deep/a"]
    for i, place in enumerate(places):
        save(tmp_path / f"{place}.png", (10 * i, 0, 255))
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("no picture")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.png").write_bytes(b"no picture")
    assert describe(f"folder:{tmp_path}").classes == ("ape", "zebra", "Ωmega")
    label_of = {
        int(image[0, 0, 0]): int(label)
        for part in both(tmp_path)
        for image, label in zip(part.pixels, part.labels, strict=True)
    }
    assert label_of == {0: 1, 10: 2, 20: 0, 30: 0, 40: 0}


@pytest.mark.parametrize("n", [2, 3, 9, 19, 20, 21, 100])
def test_a_tenth_is_held_out_and_nothing_is_lost(tmp_path, n):
    shades(tmp_path, n)
    train, test = ([int(x[0, 0, 0]) for x in part.pixels] for part in both(tmp_path))
    assert sorted(train + test) == list(range(n))
    assert len(test) == max(1, n // 10)
    assert train == sorted(train)


def test_the_same_pictures_are_split_the_same_everywhere(tmp_path, monkeypatch):
    shades(tmp_path / "here", 40)
    (tmp_path / "there").mkdir()
    for path in sorted((tmp_path / "here").iterdir(), reverse=True):
        shutil.copy(path, tmp_path / "there")
    walk = os.walk

    def reversed_walk(top, **options):
        for parent, folders, files in walk(top, **options):
            yield parent, folders, sorted(files, reverse=True)

    here = both(tmp_path / "here")
    monkeypatch.setattr(os, "walk", reversed_walk)
    torch.manual_seed(1)
    there = both(tmp_path / "there")
    for a, b in zip(here, there, strict=True):
        assert a.pixels.equal(b.pixels)
    assert here[1].pixels[:, 0, 0, 0].tolist() == [3, 15, 25, 35]


def test_a_folder_is_read_once(tmp_path, monkeypatch, capsys):
    shades(tmp_path, 4)
    (tmp_path / "note.txt").touch()
    asked = []
    prepare = images.prepare
    monkeypatch.setattr(images, "prepare", lambda *of: asked.append(of) or prepare(*of))
    describe(f"folder:{tmp_path}", 8)
    both(tmp_path)
    monkeypatch.chdir(tmp_path)
    both(".")
    assert len(asked) == 4
    assert capsys.readouterr().err.count("note.txt") == 1


def test_pictures_are_cut_to_a_square_and_resized(tmp_path):
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, :20], wide[:, 20:40], wide[:, 40:] = RED, GREEN, BLUE
    Image.fromarray(wide).save(tmp_path / "wide.png")
    Image.fromarray(wide.swapaxes(0, 1)).save(tmp_path / "tall.png")
    for part in both(tmp_path, 20):
        assert (part.pixels == torch.tensor(GREEN)[:, None, None]).all()


def test_a_picture_of_the_size_asked_for_is_unchanged(tmp_path):
    pixels = np.random.default_rng(0).integers(256, size=(2, 8, 8, 3), dtype=np.uint8)
    for i in range(2):
        Image.fromarray(pixels[i]).save(tmp_path / f"{i}.png")
    found = {part.pixels.numpy().transpose(0, 2, 3, 1).tobytes() for part in both(tmp_path)}
    assert found == {image.tobytes() for image in pixels}


def turned(path):
    """Left half red and right half blue once it is turned upright by its tag."""
    stored = Image.new("RGB", (8, 16), RED)
    stored.paste(BLUE, (0, 0, 8, 8))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise
    stored.save(path, exif=exif)


def see_through(path):
    """A dark stroke on nothing, whose hidden colour is green."""
    picture = Image.new("RGBA", (8, 8), (*GREEN, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 4, 8))
    picture.save(path)


def palette(path):
    picture = Image.new("P", (8, 8), 1)
    picture.putpalette([0, 0, 0, *RED])
    picture.save(path)


@pytest.mark.parametrize(
    ("name", "write", "left", "right"),
    [
        ("rgb.png", lambda path: save(path), RED, RED),
        ("rgba.png", lambda path: Image.new("RGBA", (8, 8), (*RED, 255)).save(path), RED, RED),
        ("half.png", lambda path: Image.new("RGBA", (8, 8), (0, 0, 0, 51)).save(path), 204, 204),
        ("clear.png", see_through, 0, 255),
        ("p.png", palette, RED, RED),
        ("p.gif", palette, RED, RED),
        ("l.png", lambda path: Image.new("L", (8, 8), 77).save(path), 77, 77),
        ("la.png", lambda path: Image.new("LA", (8, 8), (77, 255)).save(path), 77, 77),
        ("1.png", lambda path: Image.new("1", (8, 8), 1).save(path), 255, 255),
        ("16.png", lambda path: Image.new("I;16", (8, 8), 77 * 257).save(path), 77, 77),
        ("16.TIFF", lambda path: Image.new("I;16", (8, 8), 77 * 257).save(path), 77, 77),
        ("f.tif", lambda path: Image.new("F", (8, 8), 77.0).save(path), 77, 77),
        ("cmyk.jpg", lambda path: Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(path), RED, RED),
        ("turned.JPG", turned, RED, BLUE),
        ("tiny.bmp", lambda path: save(path, size=(4, 4)), RED, RED),
        ("lossless.webp", lambda path: save(path, lossless=True), RED, RED),
        ("any.ppm", lambda path: save(path, size=(5, 9)), RED, RED),
        ("nothing", lambda path: save(path, format="PNG"), RED, RED),
        ("wrong.png", lambda path: save(path, format="BMP"), RED, RED),
        ("ünï cödé 日本.png", lambda path: save(path), RED, RED),
    ],
)
def test_pictures_of_any_kind_are_read(tmp_path, capsys, name, write, left, right):
    write(tmp_path / name)
    shutil.copy(tmp_path / name, tmp_path / f"copy {name}")
    train, test = both(tmp_path, 4)
    assert len(train.labels) == len(test.labels) == 1
    assert train.pixels.equal(test.pixels)
    channels = 3 if isinstance(left, tuple) else 1
    assert train.pixels.shape == (1, channels, 4, 4)
    for half, color in (slice(0, 1), left), (slice(3, 4), right):
        distance = train.pixels[0, :, :, half].int() - torch.tensor(color).reshape(-1, 1, 1)
        assert distance.abs().max() <= (8 if "jpg" in name.lower() else 0)
    assert "skipped" not in capsys.readouterr().err


def test_a_folder_without_colour_has_one_channel(tmp_path):
    rng = np.random.default_rng(0)
    grey = rng.integers(256, size=(8, 8), dtype=np.uint8)
    Image.fromarray(grey).save(tmp_path / "a.png")
    Image.fromarray(grey).convert("RGB").save(tmp_path / "b.png")
    Image.fromarray(grey).convert("RGBA").save(tmp_path / "c.png")
    Image.fromarray(grey).convert("RGB").save(tmp_path / "d.jpg", quality=100)
    assert describe(f"folder:{tmp_path}", 8).shape == (1, 8, 8)
    train, test = both(tmp_path)
    assert train.pixels.shape == (3, 1, 8, 8)
    everything = torch.cat([train.pixels, test.pixels]).int()
    assert (everything - torch.from_numpy(grey).int()).abs().max() < 8
    save(tmp_path / "coloured" / "a.png")  # one pixel would do
    save(tmp_path / "coloured" / "b.png", WHITE)
    assert describe(f"folder:{tmp_path / 'coloured'}", 8).shape == (3, 8, 8)


def test_what_is_no_picture_is_skipped_and_listed(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(images, "MAX_BYTES", 20_000)
    shades(tmp_path / "good", 5)
    noise = np.random.default_rng(0).integers(256, size=(90, 90, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "good" / "large.png")
    Image.fromarray(noise[:40, :40]).save(tmp_path / "good" / "whole.jpg")
    whole = (tmp_path / "good" / "whole.jpg").read_bytes()
    skipped = {
        "text.png": b"this is no picture",
        "cut.jpg": whole[: len(whole) // 2],
        "header.jpg": whole[:200],
        "empty.png": b"",
        "notes.txt": b"",
        "labels.json": b"{}",
        "Thumbs.db": b"",
        ".DS_Store": b"",
        "LICENSE": b"do as you like",
        "drawing.svg": b"<svg/>",
        "phone.heic": b"....ftypheic",
    }
    for name, data in skipped.items():
        (tmp_path / "good" / name).write_bytes(data)
    save(tmp_path / "good" / "tiny.png", size=(3, 9))
    save(tmp_path / "good" / ".hidden" / "a.png")
    save(tmp_path / ".git" / "a.png")
    save(tmp_path / "beside.png")
    assert describe(f"folder:{tmp_path}", 8).classes == ("good",)
    train, test = both(tmp_path)
    assert len(train.labels) + len(test.labels) == 6
    lines = capsys.readouterr().err.split("\r")[-1].strip().splitlines()
    assert lines[0] == f"6 pictures read from {str(tmp_path)!r}."
    assert lines[1] == "16 skipped:"
    rest = "\n".join(lines[2:])
    for words in (
        "5 not a kind of picture that is read: 'good/Thumbs.db', 'good/drawing.svg'",
        "3 hidden: '.git', 'good/.DS_Store', 'good/.hidden'",
        "3 The file is not a picture that can be read: 'good/LICENSE', 'good/header.jpg', ",
        "1 The picture is damaged or cut short: 'good/cut.jpg'",
        "1 The file is empty: 'good/empty.png'",
        "use a smaller picture: 'good/large.png'",
        "1 The picture is 3 x 9 pixels; it needs at least 4 x 4: 'good/tiny.png'",
        "1 not in a sub-folder: 'beside.png'",
    ):
        assert words in rest
    assert len(lines) == 10


def test_the_list_of_what_is_skipped_is_short_and_safe_to_print(tmp_path, capsys):
    shades(tmp_path, 2)
    for i in range(300):
        (tmp_path / f"{i:03}.txt").touch()
    for side in range(1, 12):
        save(tmp_path / f"tiny{side}.png", size=(side, 2))
    (tmp_path / "a\x1b[31m\n.db").touch()
    both(tmp_path)
    lines = capsys.readouterr().err.split("\r")[-1].strip().splitlines()
    assert lines[1] == "312 skipped:"
    assert lines[2].startswith("  301 not a kind of picture that is read: '000.txt', ")
    assert lines[2].endswith(", ...")
    assert lines[-1] == "  and more, for other reasons"
    assert len(lines) == 11
    assert "\x1b[31m" not in "".join(lines)


def test_links_to_folders_are_not_followed(tmp_path, capsys):
    shades(tmp_path / "pictures", 3)
    save(tmp_path / "elsewhere" / "a.png")
    inside = tmp_path / "pictures"
    (inside / "linked").symlink_to(tmp_path / "elsewhere")
    (inside / "round").symlink_to(inside)
    (inside / "broken.png").symlink_to(tmp_path / "nowhere.png")
    (inside / "one.png").symlink_to(tmp_path / "elsewhere" / "a.png")
    os.mkfifo(inside / "pipe.png")
    (tmp_path / "way in").symlink_to(inside)
    train, test = both(tmp_path / "way in")
    assert len(train.labels) + len(test.labels) == 4
    told = capsys.readouterr().err
    assert "2 link to a folder: 'linked', 'round'" in told
    assert "2 not a file: 'broken.png', 'pipe.png'" in told


def test_a_folder_that_cannot_be_opened_is_skipped(tmp_path, capsys, monkeypatch):
    shades(tmp_path, 2)
    save(tmp_path / "closed" / "a.png")
    scandir = os.scandir

    def refuse(path):
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert [len(part.labels) for part in both(tmp_path)] == [1, 1]
    assert "1 folder that cannot be opened: 'closed'" in capsys.readouterr().err


def test_a_name_that_is_not_utf_8_becomes_one(tmp_path):
    try:
        save(tmp_path / os.fsdecode(b"caf\xe9") / "a.png")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    save(tmp_path / "café" / os.fsdecode(b"\xe9.png"))
    assert describe(f"folder:{tmp_path}").classes == ("café", "caf\N{REPLACEMENT CHARACTER}")


def test_a_home_folder_can_be_named_as_in_a_shell(tmp_path, monkeypatch):
    shades(tmp_path / "pictures", 2)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert describe("folder:~/pictures", 8).shape == (1, 8, 8)


@pytest.mark.parametrize("load", [describe, lambda name: load_images(name, False)])
def test_a_folder_that_cannot_be_used_says_why(tmp_path, load):
    def problem(path):
        with pytest.raises(DatasetError) as error:
            load(f"folder:{path}")
        assert repr(str(path)) in str(error.value)
        return str(error.value)

    for path in tmp_path / "missing", "", "~nobody-of-this-name/pictures", "a\0b":
        assert "does not exist: expected folder:PATH" in problem(path)
    assert "is not a folder" in problem(save(tmp_path / "picture.png"))
    assert "only one picture" in problem(tmp_path)
    (tmp_path / "empty" / "deep").mkdir(parents=True)
    assert "no picture that can be used" in problem(tmp_path / "empty")
    (tmp_path / "empty" / "deep" / "a.heic").write_bytes(b"....ftypheic")
    message = problem(tmp_path / "empty")
    assert images.ACCEPTED in message
    assert "1 not a kind of picture that is read: 'deep/a.heic'" in message


def test_labels_fit_in_a_byte(tmp_path):
    first = save(tmp_path / "000" / "a.png", size=(4, 4))
    for i in range(1, 256):
        (tmp_path / f"{i:03}").mkdir()
        shutil.copy(first, tmp_path / f"{i:03}")
    assert len(describe(f"folder:{tmp_path}", 4).classes) == 256
    save(tmp_path / "256" / "a.png")
    with pytest.raises(DatasetError, match=r"257 sub-folders of pictures.* at most 256"):
        describe(f"folder:{tmp_path}", 5)


def test_a_size_below_one_is_refused(tmp_path):
    shades(tmp_path, 2)
    for size in 0, -3:
        with pytest.raises(DatasetError, match=f"size {size}"):
            describe(f"folder:{tmp_path}", size)
    assert load_images(f"folder:{tmp_path}", True, size=1).pixels.shape == (1, 1, 1, 1)


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
