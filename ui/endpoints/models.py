"""The models of one weights directory, and what is kept of each."""

import math
from contextlib import suppress
from functools import cache
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from ui.checks import InputError, known_class, listed, whole_number
from ui.endpoints.once import Once
from vae_core import VAE, Encodings, ModelError, images, list_models, load, load_encodings
from vae_core.datasets import DATASETS, DatasetError, Images, is_there, load_images
from vae_core.exact import Grid
from vae_core.pretrained import load_config

CLASSES_AT_ONCE = 16  # of those a picture is tried as, so that memory stays bounded
GRID_SIDE, GRID_BYTES = 160, 100 * 10**6  # fine enough to refine from, and at most so much of it
KEPT = 8  # grids and planes, of the models used last
COARSE_SIDE = 40  # of those that tell which class fits best


class Models:
    """Models of one weights directory, each read once, when it is first asked for.

    Raises:
        ModelError: the directory holds none.
    """

    def __init__(self, weights_dir: Path, data_dir: Path | None = None) -> None:
        self.weights_dir = weights_dir
        self.data_dir = data_dir
        names = list_models(weights_dir)
        if not names:
            raise ModelError(f"{weights_dir} holds no model: train one with vae_core.train")
        self._models = sorted(names, key=lambda name: name != "mnist-vae")
        # A model's answers never change, so each is kept; methods are cached per instance.
        self.model = cache(self._model)
        self.encodings = cache(self._encodings)
        self._test_images = cache(self._load_test_images)
        self._grids = Once(self._grid, KEPT)
        self._coarse = Once(self._coarse_grid, CLASSES_AT_ONCE)

    def models(self) -> list[str]:
        """Names for the picker, the default first: those there were at the start."""
        return list(self._models)

    def told_the_class(self) -> list[str]:
        """Names of the conditional models; without reading their parameters."""
        found = []
        for name in self._models:
            with suppress(ModelError):  # whoever picks it learns what is wrong
                if load_config(name, self.weights_dir).conditional:
                    found.append(name)
        return found

    def model_name(self, name: object) -> str:
        """Check a model name that came from outside."""
        if not isinstance(name, str) or name not in self._models:
            raise InputError(
                f"There is no model named {str(name)[:80]!r}. Available: {listed(self._models)}."
            )
        return name

    def grid(self, model_name: str, told: int | None = None) -> Grid:
        """The decoded plane of a model, to infer from; the first time it takes a second or two.

        Args:
            model_name: one of `models`.
            told: index of the class, for a conditional model.
        """
        return self._grids(model_name, told)

    def class_name(self, model_name: str, label: int) -> str:
        """The name of a label; empty without classes."""
        classes = self.model(model_name).config.classes
        return classes[label] if label < len(classes) else str(label) if classes else ""

    def original(self, index: object, model_name: str) -> Image.Image | None:
        """A test image as it is in the dataset, if that is on disk."""
        index = self._test_index(index, model_name)
        test = self._test_images(self.model(model_name).config.dataset)
        if test is None or len(test.labels) != len(self.encodings(model_name).label):
            return None
        return images.to_pil(test.batch(slice(index, index + 1)))

    def can_fetch(self, model_name: str) -> bool:
        """Whether the test images are not on disk, but can be downloaded."""
        dataset = self.model(model_name).config.dataset
        known = DATASETS.get(dataset)
        return bool(known and known.torchvision_name) and not is_there(dataset, self.data_dir)

    def fetch(self, model_name: str) -> None:
        """Download the dataset, so that there are originals; shows tqdm's progress bar.

        Raises:
            DatasetError: it could not be had.
        """
        dataset = self.model(self.model_name(model_name)).config.dataset
        load_images(dataset, train=False, directory=self.data_dir)
        self._test_images.cache_clear()

    def _members(self, label: str, model_name: str) -> Tensor:
        """Which test images are of a class, (N,) bool; at least one is."""
        classes = self.model(model_name).config.classes
        members = self.encodings(model_name).label == known_class(label, classes)
        if not members.any():
            raise InputError(f"The test set has no image of the class {label[:80]!r}.")
        return members

    def _test_index(self, index: object, model_name: str) -> int:
        last = len(self.encodings(model_name).label) - 1
        return whole_number(index, "The test-set index", 0, last)

    @torch.inference_mode(False)  # whoever asks first: its derivatives are wanted as well
    def _model(self, name: str) -> VAE:
        return load(name, self.weights_dir)

    def _encodings(self, name: str) -> Encodings:
        return load_encodings(name, self.weights_dir)

    def _grid(self, name: str, told: int | None) -> Grid:
        model = self.model(name)
        side = min(GRID_SIDE, math.isqrt(GRID_BYTES // (4 * math.prod(model.config.shape))))
        return Grid(model, side, label=told)

    def _coarse_grid(self, name: str, told: int | None) -> Grid:
        return Grid(self.model(name), COARSE_SIDE, label=told)

    def _load_test_images(self, dataset: str) -> Images | None:
        try:
            return load_images(dataset, train=False, directory=self.data_dir, download=False)
        except DatasetError:
            return None
