"""The datasets a model can be trained on. The only place that imports torchvision, and late."""

import functools
import io
import math
import os
import random
import zipfile
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

from vae_core.folder import FolderError, find_folder, last_change, read_folder

DATA_DIR_VARIABLE = "LATENT_LAB_DATA"
FOLDER_PREFIX = "folder:"
FREY_FILE = "frey_faces.npy"
FREY_SHAPE = (1965, 28, 20)
FREY_TEST = 200  # frames held out
CIFAR10_FILE = "cifar10_jpg.zip"
IDX_FOLDERS = {"mnist": ["MNIST/raw"], "fashion": ["FashionMNIST/raw"]}
LAST_FILE = "raw/t10k-labels-idx1-ubyte"  # a download that was cut off has the folder, but not this


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
            preparation="photo",
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
    directory = chosen or os.environ.get(DATA_DIR_VARIABLE)
    return Path(directory) if directory else Path.home() / ".cache" / "latent-lab"


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
        return _open_folder(name, size)[0]
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
        name: a key of `DATASETS`, or "folder:PATH", of which a random tenth is held out, unless it
            has parts, see `folder.read_folder`. A folder is read again only after files in it
            changed; files that are no pictures are skipped and listed on stderr.
        train: the training part, or the test part.
        directory: see `data_dir`; files already there are read in place.
        download: fetch what is missing, with a progress bar.
        size: see `describe`.
    Raises:
        DatasetError: an unknown name, or files that could be neither read nor downloaded.
    """
    if name.startswith(FOLDER_PREFIX):
        _, training, testing = _open_folder(name, size)
        return training if train else testing
    root = data_dir(directory)
    if name == "frey":
        return _load_frey(root, train)
    if name == "cifar10" and (root / CIFAR10_FILE).is_file():
        return _load_cifar10(root / CIFAR10_FILE, train)
    files = _idx_files(name, root, train)
    if files and all(file.is_file() for file in files):
        return _load_idx(name, *files)
    return _load_torchvision(name, root, train, download)


def _held_out(n: int, test: int) -> tuple[list[int], list[int]]:
    """The indices below n in two parts, each in order: for training, and `test` at random."""
    chance = random.Random(0)  # its random() gives the same numbers in every version of Python
    shuffled = sorted(range(n), key=lambda _: chance.random())
    return sorted(shuffled[test:]), sorted(shuffled[:test])


def _idx_files(name: str, root: Path, train: bool) -> list[Path]:
    """Images and labels in MNIST's own format; none if the dataset does not come in it."""
    part = "train" if train else "t10k"
    return [
        root / folder / f"{part}-{kind}-ubyte"
        for folder in IDX_FOLDERS.get(name, ())
        for kind in ("images-idx3", "labels-idx1")
    ]


def _load_idx(name: str, image_file: Path, label_file: Path) -> Images:
    """Read MNIST's own files, without torchvision, which takes 190 MB of memory."""
    try:
        pixels, labels = _read_idx(image_file), _read_idx(label_file)
        if pixels.shape != (len(labels), *DATASETS[name].shape[1:]):
            raise ValueError(f"it holds images {pixels.shape} and {len(labels)} labels")
    except (OSError, ValueError) as error:
        raise _could_not_be_had(DATASETS[name], image_file.parent, error) from error
    return Images(pixels.unsqueeze(1), labels.long())


def _read_idx(path: Path) -> Tensor:
    """An array in MNIST's format: its type (bytes), how many sizes it has, the sizes, the bytes."""
    content = path.read_bytes()
    dimensions = content[3] if content[:3] == b"\0\0\x08" and len(content) > 3 else 0
    sizes = np.frombuffer(content[4 : 4 + 4 * dimensions], ">u4").tolist()
    if not dimensions or len(content) != 4 + 4 * dimensions + math.prod(sizes):
        raise ValueError(f"{path.name} is damaged or cut short")
    array = np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(sizes)
    return torch.from_numpy(array.copy())


def _load_torchvision(name: str, root: Path, train: bool, download: bool) -> Images:
    dataset = describe(name)
    try:
        if not download and not is_there(name, root):
            raise FileNotFoundError("it is not there")
        from torchvision import datasets  # slow and large, so not for nothing

        reader = getattr(datasets, dataset.torchvision_name)
        data = reader(root, train=train, download=download)  # only what is missing
    except (RuntimeError, OSError, ValueError, TypeError, LookupError, AssertionError) as error:
        raise _could_not_be_had(dataset, root, error) from error
    pixels = torch.as_tensor(data.data, device="cpu")
    colour = pixels.ndim == 4
    pixels = pixels.permute(0, 3, 1, 2).contiguous() if colour else pixels.unsqueeze(1)
    return Images(pixels, torch.as_tensor(data.targets, device="cpu"))


def _could_not_be_had(dataset: Dataset, place: Path, error: Exception) -> DatasetError:
    return DatasetError(
        f"{dataset.title} could not be had from {place}: {error}\n"
        "Check the network and try again, or name the directory that holds "
        f"{' or '.join(dataset.files)} with --data-dir or the variable {DATA_DIR_VARIABLE}."
    )


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
    return torch.tensor(labels, dtype=torch.int64, device="cpu")


def _open_folder(name: str, size: int) -> tuple[Dataset, Images, Images]:
    try:
        root = find_folder(name.removeprefix(FOLDER_PREFIX))
        return _read_folder(root, size, last_change(root))
    except FolderError as error:
        raise DatasetError(str(error)) from error


@functools.lru_cache(maxsize=1)  # described, then read in two parts
def _read_folder(root: str, size: int, changed: int) -> tuple[Dataset, Images, Images]:
    pixels, labels, classes, test = read_folder(root, size)
    n, channels, *_ = pixels.shape
    dataset = Dataset("folder", (channels, size, size), classes, "photo", "gaussian")
    parts = _held_out(n, max(1, n // 10)) if test is None else (~test, test)
    training, testing = (Images(pixels[part], labels[part]) for part in parts)
    return dataset, training, testing
