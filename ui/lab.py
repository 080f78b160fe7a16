"""What the tabs and the endpoints ask for. Input from outside is checked here, once."""

import math
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vae_core import (
    VAE,
    Encodings,
    ModelError,
    PictureError,
    Posterior,
    geometry,
    images,
    list_models,
    load,
    load_encodings,
)
from vae_core.datasets import DatasetError, Images, load_images

MAX_COORDINATE = 10.0
SLIDER_RANGE = 6.0  # of the current code; the prior has 99.999998 % of its mass within
STEPS = (2, 32)
DENSITY_RADIUS = 0.2
Picture = str | bytes | Image.Image


class InputError(ValueError):
    """Input the lab cannot use: one sentence, what was wrong and what is accepted."""


EXPECTED_ERRORS = (InputError, ModelError, PictureError)


class Reconstruction(NamedTuple):
    """One picture seen through a model. Images are (C, H, W) in [0, 1]."""

    seen: Tensor
    decoded: Tensor
    samples: Tensor  # (4, C, H, W), decoded from z ~ q(z|x)
    numbers: dict[str, Any]  # mean [z1, z2], std [s1, s2], rate, distortion, elbo: see /encode


class Density(NamedTuple):
    """How many test codes lie within DENSITY_RADIUS of a place, and how many the prior expects."""

    count: int
    expected: float
    percentile: float  # of every tenth test code, how many per cent lie no more densely


class Lab:
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
        self._typical_counts = cache(self._count_around_test_codes)

    def models(self) -> list[str]:
        """Names for the picker, the default first: those there were at the start."""
        return list(self._models)

    def model_name(self, name: object) -> str:
        """Check a model name that came from outside."""
        if not isinstance(name, str) or name not in self._models:
            available = ", ".join(self._models)
            raise InputError(f"There is no model named {str(name)[:80]!r}. Available: {available}.")
        return name

    def encode(self, picture: Picture | None, model_name: object) -> dict[str, Any]:
        """The posterior of one picture and its ELBO, as plain numbers (nats)."""
        return self.reconstruct(picture, model_name).numbers

    @torch.inference_mode()
    def reconstruct(
        self, picture: Picture | None, model_name: object, seed: int = 0
    ) -> Reconstruction:
        """Everything the Reconstruct tab shows of one picture."""
        model = self.model(self.model_name(model_name))
        if picture is None:
            raise InputError("There is no picture yet. Upload, paste, photograph or draw one.")
        x = images.prepare(picture, model.config)
        q = model.encode(x)
        bound = model.elbo(x)
        draws = Posterior(q.mean.expand(4, -1), q.logvar.expand(4, -1))
        numbers = {
            "mean": q.mean[0].tolist(),
            "std": q.std[0].tolist(),
            "rate": bound.rate.item(),
            "distortion": bound.distortion.item(),
            "elbo": bound.elbo.item(),
        }
        samples = model.decode(draws.sample(torch.Generator().manual_seed(seed)))
        return Reconstruction(x[0], model.decode(q.mean)[0], samples, numbers)

    @torch.inference_mode()
    def decode(self, z1: object, z2: object, model_name: object) -> Image.Image:
        """The decoded picture of one code, at the model's native size."""
        model = self.model(self.model_name(model_name))
        return images.to_pil(model.decode(torch.tensor([code(z1, z2)])))

    @torch.inference_mode()
    def interpolate(
        self, a: tuple[object, object], b: tuple[object, object], steps: object, model_name: object
    ) -> tuple[Tensor, Tensor]:
        """Codes (steps, 2) on the straight line from a to b, and their images (steps, C, H, W)."""
        model = self.model(self.model_name(model_name))
        ends = torch.tensor([code(*a), code(*b)])
        path = geometry.straight_path(ends[0], ends[1], step_count(steps))
        return path, model.decode(path)

    def nearest(
        self, z: tuple[float, float], model_name: str, k: int = 5
    ) -> list[tuple[int, str, float]]:
        """The k nearest test codes: index in the test set, label, distance on the plane."""
        encodings = self.encodings(model_name)
        distances = (encodings.mean - torch.tensor(z)).norm(dim=1)
        closest = distances.topk(k, largest=False)
        return [
            (index, self.class_name(model_name, int(encodings.label[index])), distance)
            for distance, index in zip(
                closest.values.tolist(), closest.indices.tolist(), strict=True
            )
        ]

    def density(self, z: tuple[float, float], model_name: str) -> Density:
        """How densely the test set occupies a place."""
        mean = self.encodings(model_name).mean
        count = int(((mean - torch.tensor(z)).norm(dim=1) <= DENSITY_RADIUS).sum())
        area = math.pi * DENSITY_RADIUS**2
        prior = math.exp(-0.5 * (z[0] ** 2 + z[1] ** 2)) / (2 * math.pi)
        typical = self._typical_counts(model_name)
        percentile = 100 * float(np.searchsorted(typical, count, side="right")) / len(typical)
        return Density(count, len(mean) * area * prior, percentile)

    def class_code(self, label: str, model_name: str) -> tuple[float, float]:
        """A typical code of a class: the test code nearest to the median of the class."""
        encodings = self.encodings(model_name)
        classes = self.model(model_name).config.classes
        if label not in classes:
            raise InputError(f"There is no class {label!r}. Available: {', '.join(classes)}.")
        members = encodings.mean[encodings.label == classes.index(label)]
        middle = members.median(dim=0).values
        z1, z2 = members[(members - middle).norm(dim=1).argmin()].tolist()
        return z1, z2

    def test_code(self, index: object, model_name: str) -> tuple[float, float]:
        """The posterior mean of one test image."""
        mean = self.encodings(model_name).mean
        z1, z2 = mean[self._test_index(index, model_name)].tolist()
        return z1, z2

    def class_name(self, model_name: str, label: int) -> str:
        """The name of a label."""
        classes = self.model(model_name).config.classes
        return classes[label] if label < len(classes) else str(label)

    def original(self, index: object, model_name: str) -> Image.Image | None:
        """A test image as it is in the dataset, if that is on disk."""
        index = self._test_index(index, model_name)
        test = self._test_images(self.model(model_name).config.dataset)
        return None if test is None else images.to_pil(test.batch(slice(index, index + 1)))

    def encodings_file(self, model_name: str) -> Path:
        """The file the browser reads the points of the map from."""
        return self.weights_dir / model_name / "encodings.safetensors"

    def _test_index(self, index: object, model_name: str) -> int:
        last = len(self.encodings(model_name).label) - 1
        return whole_number(index, "The test-set index", 0, last)

    def _model(self, name: str) -> VAE:
        return load(name, self.weights_dir)

    def _encodings(self, name: str) -> Encodings:
        return load_encodings(name, self.weights_dir)

    def _load_test_images(self, dataset: str) -> Images | None:
        try:
            return load_images(dataset, train=False, directory=self.data_dir, download=False)
        except DatasetError:
            return None

    def _count_around_test_codes(self, name: str) -> np.ndarray:
        mean = self.encodings(name).mean
        around = mean[::10]  # a tenth tells the percentile well enough, and the start is faster
        return np.sort((torch.cdist(around, mean) <= DENSITY_RADIUS).sum(dim=1).numpy())


def code(z1: object, z2: object) -> tuple[float, float]:
    """Check a code that came from outside."""
    return _coordinate(z1, "z1"), _coordinate(z2, "z2")


def step_count(value: object) -> int:
    """Check a number of interpolation steps that came from outside."""
    return whole_number(value, "The number of steps", *STEPS)


def whole_number(value: object, name: str, low: int, high: int) -> int:
    """Check an integer that came from outside."""
    if not _is_number(value) or value != int(value) or not low <= value <= high:
        raise InputError(
            f"{name} is {_shown(value)}: expected a whole number from {low} to {high}."
        )
    return int(value)


def _coordinate(value: object, name: str) -> float:
    if not _is_number(value) or abs(value) > MAX_COORDINATE:
        raise InputError(
            f"{name} is {_shown(value)}: expected a number "
            f"from {-MAX_COORDINATE:g} to {MAX_COORDINATE:g}."
        )
    return float(value)


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300  # false for NaN as well; a whole number can be beyond any float


def _shown(value: object) -> str:
    return "missing" if value is None else repr(value)[:80]
