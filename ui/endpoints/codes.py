"""What the endpoints say of codes: paths between them, codes drawn at random, features."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ui.checks import (
    MAX_COORDINATE,
    InputError,
    class_index,
    code,
    known_class,
    listed,
    real_number,
    step_count,
    whole_number,
)
from ui.endpoints.models import KEPT
from ui.endpoints.once import Once
from ui.endpoints.pictures import Pictures
from vae_core import Posterior, VAEConfig, generate, geometry, images
from vae_core.features import GROUPS, adjusted_rand, kmeans, knn_accuracy
from vae_core.geometry import Plane

CURVE = 60  # pieces of a geodesic, at least: it shows no corners then
SOURCES = ("prior", "aggregate", "around", "class")  # of the codes of generated pictures
MOST_GENERATED, MOST_TEMPERATURE, MOST_SEED = 1000, 3.0, 2**31 - 1
SAME = 0.005  # of the plane: pictures of codes nearer than this differ by about a grey level
DECODED_AT_ONCE = 100
NO_LABELS = (
    "This model's pictures have no labels: there are no classes to compare the groups with, and "
    "none for the neighbours to tell."
)
ONE_LABEL = "All of this model's test images are of one class: there is nothing to tell apart."
STYLE_ONLY = (
    "This model is told the class, so its code keeps the style alone, and should say next to "
    "nothing about the class."
)
NOT_MEASURED = "PCA needs the images: python -m vae_core.evaluate {} adds its figures."


class Shortest(NamedTuple):
    """The geodesic between two codes beside the straight line, both of as many pictures.

    Lengths and steps are distances in picture space, see `vae_core.geometry`.
    """

    curve: Tensor  # (k (steps - 1) + 1, 2): the codes, and k - 1 between each and the next
    codes: Tensor  # (steps, 2)
    images: Tensor  # (steps, C, H, W)
    numbers: dict[str, float]  # length, largest_step, straight_length, straight_largest_step


class Generated(NamedTuple):
    """Codes drawn at random, and how new they are. All but the codes are (n,)."""

    codes: Tensor  # (n, 2)
    told: int  # index of the class a conditional model decodes them as; others ignore it
    label: Tensor | None  # indices of the classes asked for; None where no class was
    nearest: Tensor  # the test image with the nearest code: its index in the test set
    distance: Tensor  # to that code, on the plane
    known: Tensor  # bool: within SAME of it, so that it looks like that image's reconstruction
    repeated: Tensor  # bool: within SAME of another code drawn, so that both look the same


class Lab(Pictures):
    """All that the endpoints ask for.

    Args:
        weights_dir: a folder for each model.
        data_dir: where datasets may be found, see `vae_core.datasets.data_dir`.
    """

    def __init__(self, weights_dir: Path, data_dir: Path | None = None) -> None:
        super().__init__(weights_dir, data_dir)
        self.plane = Once(self._plane, KEPT)
        self._grouped, self._told_by_neighbours = Once(self._groups), Once(self._knn)

    @torch.inference_mode()
    def interpolate(
        self,
        a: tuple[object, object],
        b: tuple[object, object],
        steps: object,
        model_name: object,
        label: object = None,
    ) -> tuple[Tensor, Tensor]:
        """Codes (steps, 2) on the straight line from a to b, and their images (steps, C, H, W).

        Args:
            a, b: the codes at the ends.
            steps: how many, both ends included.
            model_name: one of `models`.
            label: see `decode`.
        """
        model = self.model(self.model_name(model_name))
        told = class_index(label, model.config) or 0
        ends = torch.tensor([code(*a), code(*b)])
        path = geometry.straight_path(ends[0], ends[1], step_count(steps))
        return path, model.decode(path, torch.full((len(path),), told))

    @torch.inference_mode()
    def geodesic(
        self,
        a: tuple[object, object],
        b: tuple[object, object],
        steps: object,
        model_name: object,
        label: object = None,
    ) -> Shortest:
        """The path from a to b along which the picture changes least in all; see `plane`.

        Args:
            a, b, steps, model_name, label: see `interpolate`.
        """
        path, straight = self.interpolate(a, b, steps, model_name, label)
        name = self.model_name(model_name)
        model = self.model(name)
        told = (class_index(label, model.config) or 0) if model.config.conditional else None
        pieces = math.ceil(CURVE / (len(path) - 1))
        found = self.plane(name, told).geodesic(path[0], path[-1], pieces * (len(path) - 1) + 1)
        codes = found.codes[::pieces]
        decoded = model.decode(codes, torch.full((len(codes),), told or 0))
        numbers = {
            "length": found.length,
            "largest_step": _largest_step(decoded),
            "straight_length": found.straight_length,
            "straight_largest_step": _largest_step(straight),
        }
        return Shortest(found.codes, codes, decoded, numbers)

    def generate(
        self,
        model_name: object,
        n: object,
        source: object = None,
        label: object = None,
        z1: object = None,
        z2: object = None,
        radius: object = None,
        temperature: object = None,
        seed: object = None,
    ) -> Generated:
        """Codes drawn at random; the same arguments give the same.

        Args:
            model_name: one of `models`.
            n: how many, 1 to 1,000.
            source: "prior", z ~ N(0, I), which it is without one; "aggregate", q(z|x) of test
                images picked at random; "around", evenly within `radius` of (z1, z2); "class",
                like "aggregate" with the images of one class only, but of a conditional model,
                which is told the class, like "prior".
            label: the class, for "class"; for a conditional model see `decode`.
            temperature: times the deviation of the prior or of q(z|x), 0 to 3; 1 without one.
            seed: of the draw; 0 without one.
        """
        name = self.model_name(model_name)
        config, encodings = self.model(name).config, self.encodings(name)
        n = whole_number(n, "The number of pictures", 1, MOST_GENERATED)
        if source is None:
            source = SOURCES[0]
        if source not in SOURCES:
            raise InputError(
                f"There is no source {str(source)[:80]!r}. Available: {listed(SOURCES)}."
            )
        t = 1.0 if temperature is None else temperature
        t = real_number(t, "The temperature", 0, MOST_TEMPERATURE)
        start = whole_number(0 if seed is None else seed, "The seed", 0, MOST_SEED)
        chance = torch.Generator().manual_seed(start)
        if source == "class":
            told = self._class_asked(label, config)
        else:
            told = class_index(label, config) or 0
        q = Posterior(encodings.mean, encodings.logvar)
        if source == "around":
            centre = code(z1, z2)
            reach = real_number(radius, "The radius", 0, MAX_COORDINATE)
            codes = generate.from_disc(centre, reach, n, chance)
        elif source == "prior" or (source == "class" and config.conditional):
            codes = generate.from_prior(n, chance, t)
        else:
            if source == "class":
                members = self._members(config.classes[told], name)
                q = Posterior(q.mean[members], q.logvar[members])
            codes = generate.from_aggregate(q, n, chance, t)
        others = torch.arange(len(encodings.mean))
        # Of a conditional model, the same code as another class is another picture.
        if config.conditional and (encodings.label == told).any():
            others = others[encodings.label == told]
        distance, place = generate.nearest(codes, encodings.mean[others])
        nearest = others[place]
        known = distance < SAME
        if config.conditional:
            known &= encodings.label[nearest] == told
        asked = torch.full((n,), told) if source == "class" or config.conditional else None
        repeated = generate.nearest(codes)[0] < SAME
        return Generated(codes, told, asked, nearest, distance, known, repeated)

    @torch.inference_mode()
    def generated_pictures(self, found: Generated, model_name: str) -> Iterator[np.ndarray]:
        """What the decoder makes of generated codes, as the endpoints give pictures.

        Yields:
            Some at a time, in order: grey levels, uint8 (k, H, W); of a colour model red, green
            and blue, (k, H, W, 3).
        """
        model = self.model(model_name)
        for codes in found.codes.split(DECODED_AT_ONCE):
            decoded = model.decode(codes, torch.full((len(codes),), found.told))
            strip = np.asarray(images.to_strip(decoded))  # (H, n * W) or (H, n * W, 3)
            height = len(strip)
            tiles = strip.reshape(height, len(codes), -1, *strip.shape[2:])
            yield tiles.swapaxes(0, 1)

    def told(self, label: str | None, model_name: str) -> str | None:
        """The class to decode as: the one picked if the model knows it, else its first.

        Returns:
            None if the model is not told one.
        """
        config = self.model(model_name).config
        if not config.conditional:
            return None
        return label if label in config.classes else config.classes[0]

    def features(self, model_name: object, k: object = None) -> dict[str, Any]:
        """How much of the class the code's two numbers keep, and PCA's of the same test images.

        Args:
            model_name: one of `models`.
            k: groups of k-means, 2 to 10 and no more than there are test images; as many as there
                may be without it.
        Returns:
            k; groups, of each test image's code, numbered from 0; ari, the adjusted Rand index of
            groups and labels; knn, the accuracy of the code's 1, 2, … nearest other test codes;
            pca_ari and pca_knn, the same of PCA, as `vae_core.evaluate` measured them; note, a
            sentence about what is None or low, or None. See `vae_core.features`.
        """
        name = self.model_name(model_name)
        config, labels = self.model(name).config, self.encodings(name).label
        if len(labels) < GROUPS.start:
            raise InputError("This model has one test image only: there is nothing to group.")
        most = min(GROUPS.stop - 1, len(labels))
        k = most if k is None else whole_number(k, "The number of groups", GROUPS.start, most)
        groups = self._grouped(name, k)
        found: dict[str, Any] = {"k": k, "groups": groups.tolist()}
        found |= dict.fromkeys(("ari", "pca_ari", "knn", "pca_knn", "note"))
        if not config.classes:
            found["note"] = NO_LABELS
        elif len(labels.unique()) == 1:
            found["note"] = ONE_LABEL
        else:
            found["ari"] = adjusted_rand(groups, labels)
            found["knn"] = self._told_by_neighbours(name)
            measured = self.measured(name).get("features") or {}
            if k in measured.get("k", []):
                found["pca_ari"] = measured["pca_ari"][measured["k"].index(k)]
                found["pca_knn"] = measured["pca_knn"]
            notes = [STYLE_ONLY] * config.conditional
            notes += [NOT_MEASURED.format(name)] * (found["pca_ari"] is None)
            found["note"] = " ".join(notes) or None
        return found

    def _class_asked(self, label: object, config: VAEConfig) -> int:
        if not config.classes:
            raise InputError(
                "This model's pictures have no labels, so there is no class to draw from. "
                f"Use another source: {listed(SOURCES[:-1])}."
            )
        if label is None or label == "":
            raise InputError(f"Which class? Give a label. Available: {listed(config.classes)}.")
        return known_class(label, config.classes)

    def _plane(self, name: str, told: int | None = None) -> Plane:
        """The plane with a model's distances; the first time it takes a second or two."""
        return Plane(self.model(name), told)

    def _groups(self, name: str, k: int) -> Tensor:
        return kmeans(self.encodings(name).mean, k)

    def _knn(self, name: str) -> list[float]:
        encodings = self.encodings(name)
        return [round(share, 5) for share in knn_accuracy(encodings.mean, encodings.label).tolist()]


def _largest_step(pictures: Tensor) -> float:  # (n, C, H, W)
    return float(pictures.flatten(1).diff(dim=0).norm(dim=1).max())
