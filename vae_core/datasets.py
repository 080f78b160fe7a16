"""The datasets a model can be trained on. The only place that imports torchvision, and late."""

import functools
import io
import os
import random
import sys
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from vae_core import images

DATA_DIR_VARIABLE = "LATENT_LAB_DATA"
FOLDER_PREFIX = "folder:"
FREY_FILE = "frey_faces.npy"
FREY_SHAPE = (1965, 28, 20)
FREY_TEST = 200  # frames held out
CIFAR10_FILE = "cifar10_jpg.zip"
LAST_FILE = "raw/t10k-labels-idx1-ubyte"  # a download that was cut off has the folder, but not this
MAX_CLASSES = 256  # a label is stored in a byte
COLOUR = 8  # levels of 255 by which two channels of a grey picture may differ, after compression
SUFFIXES = "png apng jpg jpeg jpe jfif gif webp bmp dib tif tiff ppm pgm pbm pnm"
PICTURE_SUFFIXES = ("", *(f".{suffix}" for suffix in SUFFIXES.split()))


class DatasetError(RuntimeError):
    """A dataset that is neither on disk nor to be had; the message says what to do."""


class Images(NamedTuple):
    """One part of a dataset. Bytes, because 60,000 float images would take four times as much."""

    pixels: Tensor  # (n, C, H, W) uint8
    labels: Tensor  # (n,) int64; all 0 without labels

    def batch(self, index: Tensor | slice) -> Tensor:
        """The images at `index` as float32 in [0, 1]."""
        return self.pixels[index].float() / 255


@dataclass(frozen=True)
class Dataset:
    """What is known of a dataset before it is read.

    Args:
        title: its name for people.
        shape: (C, H, W) of one image.
        classes: the name of each label; empty without labels.
        preparation: see `vae_core.images.prepare`.
        likelihood: p(x|z) it is modelled by unless said otherwise.
        torchvision_name: its class in `torchvision.datasets`, if it has one.
        files: a data directory that has it holds one of these.
    """

    title: str
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    preparation: str
    likelihood: str
    torchvision_name: str = ""
    files: tuple[str, ...] = ()


FASHION = "T-shirt,trousers,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot"
CIFAR10 = "airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck"
DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        "mnist": Dataset(
            title="MNIST",
            shape=(1, 28, 28),
            classes=tuple("0123456789"),
            preparation="ink",
            likelihood="bernoulli",
            torchvision_name="MNIST",
            files=(f"MNIST/{LAST_FILE}",),
        ),
        "fashion": Dataset(
            title="Fashion-MNIST",
            shape=(1, 28, 28),
            classes=tuple(FASHION.split(",")),
            preparation="thing",
            likelihood="gaussian",
            torchvision_name="FashionMNIST",
            files=(f"FashionMNIST/{LAST_FILE}",),
        ),
        "frey": Dataset(
            title="Frey faces",
            shape=(1, *FREY_SHAPE[1:]),
            classes=(),
            preparation="photo",
            likelihood="gaussian",
            files=(FREY_FILE,),
        ),
        "cifar10": Dataset(
            title="CIFAR-10",
            shape=(3, 32, 32),
            classes=tuple(CIFAR10.split(",")),
            preparation="photo",
            likelihood="gaussian",
            torchvision_name="CIFAR10",
            files=("cifar-10-batches-py", CIFAR10_FILE),
        ),
    }
)


def data_dir(chosen: str | os.PathLike[str] | None = None) -> Path:
    """Where datasets are: the directory chosen, else $LATENT_LAB_DATA, else ~/.cache/latent-lab."""
    found = chosen or os.environ.get(DATA_DIR_VARIABLE)
    return Path(found) if found else Path.home() / ".cache" / "latent-lab"


def describe(name: str, size: int = 32) -> Dataset:
    """What a dataset is like.

    Args:
        name: a key of `DATASETS`, or "folder:PATH", which is read to tell: the names of the
            sub-folders that hold pictures are its classes, and it has one channel if all is grey.
        size: height and width of a folder's images; the others come in one size.
    Raises:
        DatasetError: an unknown name, or a folder that cannot be used.
    """
    if name.startswith(FOLDER_PREFIX):
        return _open_folder(name, size).dataset
    if name not in DATASETS:
        raise DatasetError(
            f"unknown dataset {name!r}: expected one of {', '.join(DATASETS)}, or "
            f"{FOLDER_PREFIX}PATH for a folder of your own pictures"
        )
    return DATASETS[name]


def is_there(name: str, directory: str | os.PathLike[str] | None = None) -> bool:
    """Whether a data directory seems to hold a dataset, without reading it.

    Args:
        name: a key of `DATASETS`.
        directory: see `data_dir`.
    """
    return any((data_dir(directory) / file).exists() for file in DATASETS[name].files)


def load_images(
    name: str,
    train: bool,
    directory: str | os.PathLike[str] | None = None,
    download: bool = True,
    size: int = 32,
) -> Images:
    """Read one part of a dataset. What is held out for testing is the same everywhere.

    Args:
        name: a key of `DATASETS`, or "folder:PATH", of which a random tenth is held out. A folder
            is read once per process; files that are no pictures are skipped and listed on stderr.
        train: the training part, or the test part.
        directory: see `data_dir`; files already there are read in place.
        download: fetch what is missing, with a progress bar.
        size: see `describe`.
    Raises:
        DatasetError: an unknown name, or files that could be neither read nor downloaded.
    """
    if name.startswith(FOLDER_PREFIX):
        folder = _open_folder(name, size)
        return folder.train if train else folder.test
    root = data_dir(directory)
    if name == "frey":
        return _load_frey(root, train)
    if name == "cifar10" and (root / CIFAR10_FILE).is_file():
        return _load_cifar10(root / CIFAR10_FILE, train)
    return _load_torchvision(name, root, train, download)


def _held_out(n: int, test: int) -> tuple[list[int], list[int]]:
    """The indices below n in two parts, each in order: for training, and `test` at random."""
    chance = random.Random(0)  # its random() gives the same numbers in every version of Python
    shuffled = sorted(range(n), key=lambda _: chance.random())
    return sorted(shuffled[test:]), sorted(shuffled[:test])


def _load_torchvision(name: str, root: Path, train: bool, download: bool) -> Images:
    dataset = describe(name)
    try:
        if not download and not is_there(name, root):
            raise FileNotFoundError("it is not there")
        from torchvision import datasets  # slow and large, so not for nothing

        reader = getattr(datasets, dataset.torchvision_name)
        data = reader(root, train=train, download=download)  # only what is missing
    except (RuntimeError, OSError, ValueError, TypeError, LookupError, AssertionError) as error:
        raise DatasetError(
            f"{dataset.title} could not be had from {root}: {error}\n"
            "Check the network and try again, or name the directory that holds "
            f"{' or '.join(dataset.files)} with --data-dir or the variable {DATA_DIR_VARIABLE}."
        ) from error
    pixels = torch.as_tensor(data.data)
    colour = pixels.ndim == 4
    pixels = pixels.permute(0, 3, 1, 2).contiguous() if colour else pixels.unsqueeze(1)
    return Images(pixels, torch.as_tensor(data.targets))


def _load_frey(root: Path, train: bool) -> Images:
    """Random frames are held out, as is usual, though each has near twins before and after it."""
    path = root / FREY_FILE
    try:
        with path.open("rb") as file:
            frames = np.load(file, allow_pickle=False)
        if frames.dtype != np.uint8 or frames.shape != FREY_SHAPE:
            raise ValueError(f"it holds {frames.dtype} {frames.shape}")
    except Exception as error:  # damaged files raise nearly anything
        raise DatasetError(
            f"Frey faces could not be had from {path}: {error}\n"
            f"Expected there: an array of uint8 {FREY_SHAPE}, saved by numpy.save. It cannot be "
            f"downloaded; name the directory that holds {FREY_FILE} with --data-dir or the "
            f"variable {DATA_DIR_VARIABLE}."
        ) from error
    part = _held_out(len(frames), FREY_TEST)[0 if train else 1]
    return Images(torch.from_numpy(frames[part]).unsqueeze(1), _long([0] * len(part)))


def _load_cifar10(path: Path, train: bool) -> Images:
    """Read JPEG copies of the images, which differ a little from those that are downloaded."""
    dataset, part = DATASETS["cifar10"], "train" if train else "test"
    label_of = {f"{part}/{name}": label for label, name in enumerate(dataset.classes)}
    try:
        with zipfile.ZipFile(path) as file:
            paths = [PurePosixPath(name) for name in sorted(file.namelist())]
            paths = [p for p in paths if str(p.parent) in label_of and p.suffix == ".jpg"]
            labels = [label_of[str(p.parent)] for p in paths]
            if set(labels) != set(label_of.values()):
                raise ValueError(f"not all ten classes are in its folder {part}")
            pixels = np.empty((len(paths), *dataset.shape), np.uint8)
            for i, name in enumerate(tqdm(paths, f"Reading {path.name}", leave=False)):
                with Image.open(io.BytesIO(file.read(str(name))), formats=["JPEG"]) as image:
                    if image.size != (32, 32):
                        raise ValueError(f"{name} is not 32 x 32 pixels")
                    pixels[i] = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
    except Exception as error:  # damaged files raise nearly anything
        raise DatasetError(
            f"CIFAR-10 could not be read from {path}: {error}\nExpected in it: train/CLASS/*.jpg "
            "and test/CLASS/*.jpg. Without this file, CIFAR-10 is downloaded."
        ) from error
    return Images(torch.from_numpy(pixels), _long(labels))


def _long(labels: list[int]) -> Tensor:
    return torch.tensor(labels, dtype=torch.int64)


# A folder of a person's own pictures.


class _Folder(NamedTuple):
    dataset: Dataset
    train: Images
    test: Images


def _open_folder(name: str, size: int) -> _Folder:
    if size < 1:
        raise DatasetError(f"size {size}: expected at least 1 pixel")
    path = name.removeprefix(FOLDER_PREFIX)
    there = os.path.expanduser(path)
    if not os.path.isdir(there):
        problem = "is not a folder" if os.path.exists(there) else "does not exist"
        raise DatasetError(
            f"{path!r} {problem}: expected {FOLDER_PREFIX}PATH, where PATH is a folder of "
            "pictures, or of sub-folders of pictures whose names are the labels"
        )
    return _read_folder(os.path.realpath(there), size)


@functools.lru_cache(maxsize=1)  # described, then read in two parts
def _read_folder(root: str, size: int) -> _Folder:
    dataset = Dataset("folder", (3, size, size), (), "photo", "gaussian")
    found, skipped = _find_pictures(root)
    loose = found.pop("", [])
    if len(found) > MAX_CLASSES:
        raise DatasetError(
            f"{root!r} has {len(found)} sub-folders of pictures, each of which is a label: "
            f"expected at most {MAX_CLASSES}"
        )

    def read(paths: list[str]) -> list[Tensor]:
        usable = []
        for path in paths:
            bar.update()
            try:
                image = images.prepare(Path(root, path), dataset)[0].numpy()
            except images.PictureError as error:
                skipped[str(error).removesuffix(images.ACCEPTED).strip(" .")].append(path)
            else:  # not rounded by torch, whose threads cost more than they gain on one image
                usable.append(torch.from_numpy(np.rint(image * 255).astype(np.uint8)))
        return usable

    total = sum(map(len, found.values())) or len(loose)
    bar = tqdm(desc="Reading pictures", total=total, leave=False)
    with bar, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong with a picture is listed, if it matters
        by_class = {folder: read(found[folder]) for folder in sorted(found)}
        by_class = {folder: of_class for folder, of_class in by_class.items() if of_class}
        if not by_class:
            by_class = {"": read(loose)}
        elif loose:
            skipped["not in a sub-folder"] = loose
    pixels = [image for of_class in by_class.values() for image in of_class]
    labels = [label for label, of_class in enumerate(by_class.values()) for _ in of_class]
    report = _list_skipped(skipped)
    if len(pixels) < 2:
        raise DatasetError(
            f"{root!r} holds {'only one picture' if pixels else 'no picture'} that can be used: "
            f"expected at least two, one of them for testing. {images.ACCEPTED}{report}"
        )
    if report:
        print(f"{len(pixels)} pictures read from {root!r}.{report}", file=sys.stderr)
    if not any(_is_coloured(image) for image in pixels):
        pixels = [image[1:2] for image in pixels]  # green is nearest to how bright a colour looks
    train, test = _held_out(len(pixels), max(1, len(pixels) // 10))
    # A name that is not UTF-8 could not be saved with the model.
    classes = tuple(os.fsencode(name).decode("utf-8", "replace") for name in by_class if name)
    return _Folder(
        Dataset("folder", (len(pixels[0]), size, size), classes, "photo", "gaussian"),
        *(
            Images(torch.stack([pixels[i] for i in part]), _long([labels[i] for i in part]))
            for part in (train, test)
        ),
    )


def _find_pictures(root: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The files of a folder that may be pictures, as sorted paths below it with forward slashes.

    Returns:
        by folder of the first level ("" for none), and, of what else there is, by reason.
    """
    found: dict[str, list[str]] = defaultdict(list)
    skipped: dict[str, list[str]] = defaultdict(list)

    def skip_folder(error: OSError) -> None:
        skipped["folder that cannot be opened"].append(os.path.relpath(error.filename, root))

    for parent, folders, files in os.walk(root, onerror=skip_folder):
        below = Path(parent).relative_to(root)
        entered = []
        for name in folders:
            path = (below / name).as_posix()
            if name.startswith("."):
                skipped["hidden"].append(path)
            elif os.path.islink(os.path.join(parent, name)):
                skipped["link to a folder"].append(path)
            else:
                entered.append(name)
        folders[:] = entered
        for name in files:
            path = (below / name).as_posix()
            if name.startswith("."):
                skipped["hidden"].append(path)
            elif Path(name).suffix.lower() not in PICTURE_SUFFIXES:
                skipped["not a kind of picture that is read"].append(path)
            elif not os.path.isfile(os.path.join(parent, name)):
                skipped["not a file"].append(path)  # but a broken link or a pipe
            else:
                found[below.parts[0] if below.parts else ""].append(path)
    return {folder: sorted(paths) for folder, paths in found.items()}, skipped


def _is_coloured(image: Tensor) -> bool:
    """Whether (3, H, W) bytes are anything but shades of grey."""
    spread = image.amax(0) - image.amin(0)
    return bool((spread > COLOUR).any())


def _list_skipped(skipped: Mapping[str, list[str]]) -> str:
    """The lines that say what was skipped, the most frequent reasons first; none if nothing was."""
    reasons = sorted(skipped, key=lambda reason: (-len(skipped[reason]), reason))
    lines = [f"\n{sum(map(len, skipped.values()))} skipped:"] if reasons else []
    for reason in reasons[:8]:
        paths = sorted(skipped[reason])
        more = ", ..." if len(paths) > 5 else ""
        lines.append(f"\n  {len(paths)} {reason}: {', '.join(map(repr, paths[:5]))}{more}")
    if len(reasons) > 8:
        lines.append("\n  and more, for other reasons")
    return "".join(lines)
