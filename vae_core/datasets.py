"""The datasets a model can be trained on. The only place that imports torchvision, and late."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor

DATA_DIR_VARIABLE = "LATENT_LAB_DATA"


class DatasetError(RuntimeError):
    """A dataset that is neither on disk nor to be had; the message says what to do."""


class Images(NamedTuple):
    """One part of a dataset. Bytes, because 60,000 float images would take four times as much."""

    pixels: Tensor  # (n, C, H, W) uint8
    labels: Tensor  # (n,) int64

    def batch(self, index: Tensor | slice) -> Tensor:
        """The images at `index` as float32 in [0, 1]."""
        return self.pixels[index].float() / 255


@dataclass(frozen=True)
class Dataset:
    """What is known of a dataset before it is read.

    Args:
        torchvision_name: its class in `torchvision.datasets`.
        title: its name for people.
        classes: the name of each label.
        preparation: see `vae_core.images.prepare`.
    """

    torchvision_name: str
    title: str
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    preparation: str


DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        "mnist": Dataset("MNIST", "MNIST", (1, 28, 28), tuple("0123456789"), "ink"),
        "fashion": Dataset(
            "FashionMNIST",
            "Fashion-MNIST",
            (1, 28, 28),
            (
                "T-shirt",
                "trousers",
                "pullover",
                "dress",
                "coat",
                "sandal",
                "shirt",
                "sneaker",
                "bag",
                "ankle boot",
            ),
            "photo",
        ),
    }
)


def data_dir(chosen: str | os.PathLike[str] | None = None) -> Path:
    """Where datasets are: the directory chosen, else $LATENT_LAB_DATA, else ~/.cache/latent-lab."""
    found = chosen or os.environ.get(DATA_DIR_VARIABLE)
    return Path(found) if found else Path.home() / ".cache" / "latent-lab"


def load_images(
    name: str,
    train: bool,
    directory: str | os.PathLike[str] | None = None,
    download: bool = True,
) -> Images:
    """Read one part of a dataset.

    Args:
        name: a key of `DATASETS`.
        train: the training part, or the test part.
        directory: see `data_dir`; files already there are read in place.
        download: fetch what is missing, with a progress bar.
    Raises:
        DatasetError: an unknown name, or files that could be neither read nor downloaded.
    """
    if name not in DATASETS:
        raise DatasetError(f"unknown dataset {name!r}: expected one of {', '.join(DATASETS)}")
    root = data_dir(directory)
    from torchvision import datasets

    reader = getattr(datasets, DATASETS[name].torchvision_name)
    try:
        data = reader(root, train=train, download=download)  # only what is missing
    except (RuntimeError, OSError, ValueError, TypeError, LookupError, AssertionError) as error:
        folder = root / DATASETS[name].torchvision_name / "raw"
        raise DatasetError(
            f"{DATASETS[name].title} could not be had from {folder}: {error}\n"
            "Check the network and try again, or put its idx files there, or name the directory "
            f"that holds them with --data-dir or the variable {DATA_DIR_VARIABLE}."
        ) from error
    return Images(torch.as_tensor(data.data).unsqueeze(1), torch.as_tensor(data.targets))
