"""What the tabs and the endpoints ask for; input from outside is checked here, by `ui.checks`."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from threading import Lock
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar, cast
from weakref import WeakValueDictionary

import numpy as np
import torch
from PIL import Image
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
from vae_core import (
    VAE,
    Encodings,
    ModelError,
    PictureError,
    Posterior,
    VAEConfig,
    generate,
    geometry,
    images,
    list_models,
    load,
    load_encodings,
)
from vae_core.datasets import DATASETS, DatasetError, Images, is_there, load_images
from vae_core.exact import Completion, Grid, Refined, aggregate_posterior, complete
from vae_core.features import GROUPS, adjusted_rand, kmeans, knn_accuracy, knn_regions
from vae_core.geometry import Plane
from vae_core.pretrained import load_config

SLIDER_RANGE = 6.0  # of the current code; the prior has 99.999998 % of its mass within
DENSITY_RADIUS = 0.2
CENTRAL = 0.9  # share of the test codes, those nearest to their middle, that are typical
CLASSES_AT_ONCE = 16  # of those a picture is tried as, so that memory stays bounded
GRID_SIDE, GRID_BYTES = 160, 100 * 10**6  # fine enough to refine from, and at most so much of it
KEPT, KEPT_NOISY = 8, 2  # grids and planes, of the models used last
SEPARATE = 0.05  # of the posterior's mass: lighter modes are not counted
WITHIN = 3.0  # deviations of q(z|x): what lies further off, it says hardly anything of
LAYER_SIDE, LAYER_SPAN = 96, 9.0  # cells of a layer of the map, and its width in units of the axes
REGION_SIDE = 192  # the same of a layer with sharp edges
MISSED = 3  # test images, to show what an encoder misses
RECOGNISABLE = 25.0  # per cent of the test images have a lower log p(x)
CURVE = 60  # pieces of a geodesic, at least: it shows no corners then
NOISY_SIDE = 80  # of a grid with noise: posteriors are wider
COARSE_SIDE = 40  # of those that tell which class fits best, or which place
MOVES = 3  # pixels that the beginning of a drawing is moved by, at most
SAMPLES, SAMPLES_AT_FIRST = (1, 32), 8  # of a completion
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
Picture = str | bytes | Image.Image


EXPECTED_ERRORS = (InputError, ModelError, PictureError, DatasetError)


class Reconstruction(NamedTuple):
    """One picture seen through a model. Images are (C, H, W) in [0, 1]."""

    seen: Tensor
    decoded: Tensor
    samples: Tensor  # (4, C, H, W), decoded from z ~ q(z|x); all alike if q is a point
    numbers: dict[str, Any]  # what /encode answers, see `Lab.encode`


class Inferred(NamedTuple):
    """The true posterior p(z|x) of one picture, beside what the encoder made of it."""

    posterior: Refined
    found: float  # mass of p(z|x) within WITHIN deviations of q(z|x); nan if that is a point
    numbers: dict[str, Any]  # what /posterior answers, see `Lab.posterior`


class Crowd(NamedTuple):
    """The aggregate posterior q(z) = 1/N Σ q(z|x_n) of the test set, against the prior."""

    log_ratio: Tensor  # log q(z) / p(z) in nats, a layer: (LAYER_SIDE, LAYER_SIDE) from the top
    kl: float  # KL(q(z) ‖ N(0, I)) in nats
    empty: float  # share of the prior's mass where q(z) is below a hundredth of p(z)


class Density(NamedTuple):
    """How many test codes lie within DENSITY_RADIUS of a place, and how many the prior expects."""

    nearby: int
    expected: float
    percentile: float  # of every tenth test code, how many per cent lie no more densely


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


Key = ParamSpec("Key")
Answer = TypeVar("Answer")


class Once(Generic[Key, Answer]):
    """A function that is slow: its answers are kept, and who asks for the same meanwhile waits.

    Args:
        function: of hashable arguments.
        most: answers that are kept, those used last; all without it.
    """

    def __init__(self, function: Callable[Key, Answer], most: int | None = None) -> None:
        self._answers = cast(Callable[Key, Answer], lru_cache(most)(function))
        self._guard = Lock()  # of the next line
        self._locks: WeakValueDictionary[Any, Lock] = WeakValueDictionary()  # of those being made

    def __call__(self, *key: Key.args, **more: Key.kwargs) -> Answer:
        """The answer, made once."""
        with self._guard:
            lock = self._locks.setdefault((key, *more.items()), Lock())
        with lock:
            return self._answers(*key, **more)


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
        self._grids, self.plane = Once(self._grid, KEPT), Once(self._plane, KEPT)
        self._noisy = Once(self._noisy_grid, KEPT_NOISY)
        self._coarse = Once(self._coarse_grid, CLASSES_AT_ONCE)
        self.area_factor, self.crowd = Once(self._area_factor), Once(self._crowd)
        self._grouped, self._told_by_neighbours = Once(self._groups), Once(self._knn)

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

    def grid(self, model_name: str, told: int | None = None, noise: float = 0) -> Grid:
        """The decoded plane of a model, to infer from; the first time it takes a second or two.

        Args:
            model_name: one of `models`.
            told: index of the class, for a conditional model.
            noise: of the pictures, see `Grid`.
        """
        return self._noisy(model_name, told, noise) if noise else self._grids(model_name, told)

    def encode(
        self, picture: Picture | None, model_name: object, label: object = None
    ) -> dict[str, Any]:
        """The posterior of one picture and its ELBO, as plain numbers (nats).

        Returns:
            mean [z1, z2], std [s1, s2], rate, distortion, elbo. A plain autoencoder has no std,
            rate and elbo: they are None. A conditional model has a label as well.
        """
        return self.reconstruct(picture, model_name, label).numbers

    @torch.inference_mode()
    def reconstruct(
        self, picture: Picture | None, model_name: object, label: object = None, seed: int = 0
    ) -> Reconstruction:
        """Everything the Reconstruct tab shows of one picture.

        Args:
            picture: see `images.prepare`.
            model_name: one of `models`.
            label: the class a conditional model is told; None for the one that fits best.
            seed: of the samples.
        """
        model = self.model(self.model_name(model_name))
        config = model.config
        told = class_index(label, config)
        if picture is None:
            raise InputError("There is no picture yet. Upload, paste, photograph or draw one.")
        x = images.prepare(picture, config)
        tried = torch.tensor([told or 0])
        if config.conditional and told is None:
            tried = torch.arange(len(config.classes))
        bounds = [
            model.elbo(x.expand(len(part), -1, -1, -1), part)
            for part in tried.split(CLASSES_AT_ONCE)
        ]
        rate, distortion = map(torch.cat, zip(*bounds, strict=True))
        loss = rate + distortion if config.probabilistic else distortion
        best = loss.argmin()
        as_class = tried[best : best + 1]
        q = model.encode(x, as_class)
        numbers: dict[str, Any] = {
            "mean": q.mean[0].tolist(),
            "std": q.std[0].tolist() if config.probabilistic else None,
            "rate": rate[best].item() if config.probabilistic else None,
            "distortion": distortion[best].item(),
            "elbo": -loss[best].item() if config.probabilistic else None,
        }
        if config.conditional:
            numbers["label"] = config.classes[int(as_class)]
        draws = Posterior(q.mean.expand(4, -1), q.logvar.expand(4, -1))
        z = draws.sample(torch.Generator().manual_seed(seed))
        return Reconstruction(
            x[0], model.decode(q.mean, as_class)[0], model.decode(z, as_class.expand(4)), numbers
        )

    def complete(
        self,
        picture: Picture | None,
        mask: Picture | None,
        model_name: object,
        samples: object = None,
        label: object = None,
    ) -> tuple[Completion, dict[str, Any]]:
        """What a picture may be where it is hidden, see `vae_core.exact.complete`.

        Args:
            picture: see `images.prepare`.
            mask: which pixels of the prepared picture are observed, see `images.to_mask`; at least
                one, and not all.
            model_name: one of `models`.
            samples: how many, SAMPLES_AT_FIRST if it is None.
            label: the class a conditional model is told; None for the one that fits best.
        """
        name = self.model_name(model_name)
        config = self.model(name).config
        told = class_index(label, config)
        count = SAMPLES_AT_FIRST
        if samples is not None:
            count = whole_number(samples, "The number of samples", *SAMPLES)
        if picture is None or mask is None:
            missing = "picture" if picture is None else "mask"
            raise InputError(f"There is no {missing} yet. Upload a picture and a mask.")
        x, observed = images.prepare(picture, config), images.to_mask(mask, config)
        if not observed.any():
            raise InputError("The mask is empty: at least one pixel has to be observed (white).")
        if observed.all():
            raise InputError("The mask is full: at least one pixel has to be hidden (black).")
        return self.fill_in(x, observed, name, told, count)

    @torch.inference_mode()
    def fill_in(
        self,
        x: Tensor,
        mask: Tensor,
        model_name: str,
        told: int | None = None,
        samples: int = SAMPLES_AT_FIRST,
        noise: float = 0,
    ) -> tuple[Completion, dict[str, Any]]:
        """The completion of an image of which the mask's pixels are observed, and its numbers.

        Args:
            x: (1, C, H, W) in [0, 1].
            mask: (H, W) of bool.
            model_name: one of `models`.
            told: index of the class; None for the one that makes what is observed most probable,
                or for the first if there are more than CLASSES_AT_ONCE.
            samples: how many.
            noise: that the image was corrupted by, see `corrupt`.
        Returns:
            entropy_bits and information_bits of p(z|observed), log_prob of the observed pixels in
            nats; of a conditional model the label as well.
        """
        config = self.model(model_name).config
        if config.conditional and told is None:
            told = self._class_that_fits(x, mask, model_name)
        grid = self.grid(model_name, told, noise)
        found = complete(grid, x, mask, samples, torch.Generator().manual_seed(0))
        numbers: dict[str, Any] = {
            "entropy_bits": found.posterior.entropy_bits(),
            "information_bits": found.posterior.information_bits(),
            "log_prob": found.posterior.log_prob,
        }
        if config.conditional:
            numbers["label"] = config.classes[told or 0]
        return found, numbers

    def place(self, x: Tensor, mask: Tensor, model_name: str, told: int | None) -> tuple[int, int]:
        """How far down and right what is observed is to be moved to where it is most probable.

        A whole drawing is framed by its centre, as MNIST's are; half a drawing does not show where
        that is. At most MOVES pixels each way; on coarse cells, to a nat or so, as it is guesswork
        all the same.

        Args:
            x, mask, model_name, told: see `fill_in`.
        """
        grid = self._coarse(model_name, told)
        moves = range(-MOVES, MOVES + 1)
        places = sorted(product(moves, moves), key=lambda d: math.hypot(*d))
        fits = [grid.log_prob(x.roll(d, (2, 3)), mask.roll(d, (0, 1))).item() for d in places]
        return places[fits.index(max(fits))]

    def corrupt(self, x: Tensor, model_name: str, told: int | None, noise: float) -> Tensor:
        """An image with noise, see `Grid.corrupt`: always the same in the same place."""
        if not noise:
            return x
        generator = torch.Generator().manual_seed(0)
        return self.grid(model_name, told, noise).corrupt(x, generator)

    @torch.inference_mode()
    def infer(self, found: Reconstruction, model_name: str) -> Inferred:
        """Bayes' rule for a picture that was reconstructed: see `posterior`.

        Args:
            found: what `reconstruct` made of it.
            model_name: of the same model.
        """
        config, encodings = self.model(model_name).config, self.encodings(model_name)
        label = found.numbers.get("label")
        told = None if label is None else config.classes.index(label)
        posterior = self.grid(model_name, told).refine(found.seen.unsqueeze(0))
        modes = posterior.modes()
        elbo, log_prob = found.numbers["elbo"], posterior.log_prob
        numbers = {
            "log_prob": log_prob,
            "elbo": elbo,
            "kl_q_p": None if elbo is None else log_prob - elbo,
            "modes": [
                {"z": z, "mass": mass}
                for z, mass in zip(modes.codes.tolist(), modes.mass.tolist(), strict=True)
                if mass > SEPARATE
            ],
            "percentile": 100 * (encodings.log_prob < log_prob).double().mean().item(),
        }
        if label is not None:
            numbers["label"] = label
        within = math.nan
        if config.probabilistic:
            mean, std = (torch.tensor(found.numbers[key]) for key in ("mean", "std"))
            # A cell that is wider than q counts if q lies in it.
            reach = WITHIN * std + posterior.step.unsqueeze(1) / 2
            near = (((posterior.codes - mean) / reach).square().sum(1)) <= 1
            within = posterior.log_mass[near].exp().sum().item()
        return Inferred(posterior, within, numbers)

    def posterior(
        self, picture: Picture | None, model_name: object, label: object = None
    ) -> dict[str, Any]:
        """The true posterior of one picture, as plain numbers (nats); right to 0.05 nats.

        Returns:
            log_prob, the exact log p(x); elbo; kl_q_p, their difference KL(q(z|x) ‖ p(z|x)), what
            the encoder loses; modes, those with more than 5 % of the mass of p(z|x), the heaviest
            first, each with z [z1, z2] of its peak and mass; percentile, per cent of the test
            images with a lower log p(x). A plain autoencoder has no q: its elbo and kl_q_p are
            None, and its p(z|x) is under the prior N(0, I) all the same. For a conditional model
            every p is p(.|label), and label is there as well.
        """
        found = self.reconstruct(picture, model_name, label)
        return self.infer(found, self.model_name(model_name)).numbers

    def measured(self, model_name: str) -> dict[str, Any]:
        """The figures of a model's card, by `vae_core.evaluate`; none if it was not measured."""
        path = self.weights_dir / model_name / "metrics.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def detects(self, model_name: str) -> dict[str, float]:
        """How well log p(x) tells strange pictures from test images: AUROC by kind of pictures.

        Measured by `vae_core.evaluate`; empty for a model that was not.
        """
        from vae_core.evaluate import KINDS  # what it imports, the start can do without

        against = self.measured(model_name).get("auroc", {}).get("against", {}).items()
        return {KINDS[kind]: areas["log_prob"] for kind, areas in against}

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

    def regions(self, model_name: str, neighbours: int) -> Tensor:
        """The class that most of the nearest test codes have: a layer, from the top."""
        encodings = self.encodings(model_name)
        places = _layer_codes(REGION_SIDE)
        found = knn_regions(encodings.mean, encodings.label, places, neighbours)
        return found.view(REGION_SIDE, REGION_SIDE)

    def missed(self, model_name: str) -> list[int]:
        """Test images, of different classes, of whose posterior the encoder misses most.

        Those where log p(x) − ELBO = KL(q(z|x) ‖ p(z|x)) is largest, leaving out the strangest
        quarter. An empty list if the model has no q(z|x), if it is conditional, because the page
        chooses the class by what the encoder says, or if the originals are not on disk.
        """
        model, encodings = self.model(model_name), self.encodings(model_name)
        if not model.config.probabilistic or model.config.conditional:
            return []
        if self.original(0, model_name) is None:
            return []
        gap = encodings.log_prob + encodings.rate + encodings.distortion
        gap = gap.where(encodings.log_prob > encodings.log_prob.quantile(RECOGNISABLE / 100), 0)
        chosen: dict[int, int] = {}
        for index in gap.argsort(descending=True).tolist():
            kind = int(encodings.label[index]) if model.config.classes else index
            chosen.setdefault(kind, index)
            if len(chosen) == MISSED:
                break
        return list(chosen.values())

    @torch.inference_mode()
    def decode(
        self, z1: object, z2: object, model_name: object, label: object = None
    ) -> Image.Image:
        """The decoded picture of one code, at the model's native size.

        Args:
            z1, z2: the code.
            model_name: one of `models`.
            label: the class a conditional model is told; None for its first.
        """
        model = self.model(self.model_name(model_name))
        told = torch.tensor([class_index(label, model.config) or 0])
        return images.to_pil(model.decode(torch.tensor([code(z1, z2)]), told))

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

    def analogies(self, picture: Picture | None, label: object, model_name: object) -> Tensor:
        """The style of a picture in every class: its code, decoded as each, (classes, C, H, W).

        The "analogies" of Kingma, Rezende, Mohamed and Welling 2014 (arXiv:1406.5298, figure 1).

        Args:
            picture: see `images.prepare`.
            label: the class it is read as; None for the one that fits best.
            model_name: one of `models` that is told the class.
        """
        name = self.model_name(model_name)
        if not self.model(name).config.conditional:
            raise InputError(
                f"{name} is not told the class, so it keeps no style apart from it. "
                f"Models that are: {listed(self.told_the_class()) or 'none here'}."
            )
        return self.every_class(self.reconstruct(picture, name, label).numbers["mean"], name)

    @torch.inference_mode()
    def every_class(self, z: Sequence[float], model_name: str) -> Tensor:
        """A code decoded as each class of a conditional model, (classes, C, H, W)."""
        model = self.model(model_name)
        labels = torch.arange(len(model.config.classes))
        decoded: Tensor = model.decode(torch.tensor([z]).expand(len(labels), -1), labels)
        return decoded

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

    def nearest(
        self, z: tuple[float, float], model_name: str, k: int = 5
    ) -> list[tuple[int, str, float]]:
        """The k nearest test codes, or all: index in the test set, label, distance on the plane."""
        encodings = self.encodings(model_name)
        distances = (encodings.mean - torch.tensor(z)).norm(dim=1)
        closest = distances.topk(min(k, len(distances)), largest=False)
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
        members = self.encodings(model_name).mean[self._members(label, model_name)]
        middle = members.median(dim=0).values
        z1, z2 = members[(members - middle).norm(dim=1).argmin()].tolist()
        return z1, z2

    def classes_met(self, model_name: str) -> list[str]:
        """The classes that the test set has an image of: those with a typical code."""
        met = set(self.encodings(model_name).label.tolist())
        classes = self.model(model_name).config.classes
        return [name for label, name in enumerate(classes) if label in met]

    def extreme_codes(self, model_name: str) -> tuple[tuple[float, float], tuple[float, float]]:
        """The test codes farthest left and farthest right among the typical ones."""
        codes = self._central_codes(model_name)
        across = codes[:, 0]
        (a1, a2), (b1, b2) = codes[across.argmin()].tolist(), codes[across.argmax()].tolist()
        return (a1, a2), (b1, b2)

    def spread_codes(self, model_name: str, n: int) -> list[tuple[float, float]]:
        """Up to n typical test codes far from one another, the one in the middle first."""
        codes = self._central_codes(model_name)
        chosen = codes[:1]
        while len(chosen) < min(n, len(codes)):
            farthest = torch.cdist(codes, chosen).min(dim=1).values.argmax()
            chosen = torch.cat([chosen, codes[farthest : farthest + 1]])
        return [(z1, z2) for z1, z2 in chosen.tolist()]

    def test_code(self, index: object, model_name: str) -> tuple[float, float]:
        """The posterior mean of one test image."""
        mean = self.encodings(model_name).mean
        z1, z2 = mean[self._test_index(index, model_name)].tolist()
        return z1, z2

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

    def _class_asked(self, label: object, config: VAEConfig) -> int:
        if not config.classes:
            raise InputError(
                "This model's pictures have no labels, so there is no class to draw from. "
                f"Use another source: {listed(SOURCES[:-1])}."
            )
        if label is None or label == "":
            raise InputError(f"Which class? Give a label. Available: {listed(config.classes)}.")
        return known_class(label, config.classes)

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

    def _noisy_grid(self, name: str, told: int | None, noise: float) -> Grid:
        return Grid(self.model(name), NOISY_SIDE, label=told, noise=noise)

    def _coarse_grid(self, name: str, told: int | None) -> Grid:
        return Grid(self.model(name), COARSE_SIDE, label=told)

    def _class_that_fits(self, x: Tensor, mask: Tensor, name: str) -> int:
        count = len(self.model(name).config.classes)
        if count > CLASSES_AT_ONCE:
            return 0
        grids = [self._coarse(name, told) for told in range(count)]
        fits = [grid.refine(x, mask).log_prob for grid in grids]
        return fits.index(max(fits))

    def _plane(self, name: str, told: int | None = None) -> Plane:
        """The plane with a model's distances; the first time it takes a second or two."""
        return Plane(self.model(name), told)

    def _area_factor(self, name: str, told: int | None = None) -> Tensor:
        """A layer, (LAYER_SIDE, LAYER_SIDE) from the top: see `geometry.area_factor`."""
        found = geometry.area_factor(self.model(name), _layer_codes(), told)
        return found.view(LAYER_SIDE, LAYER_SIDE)

    def _crowd(self, name: str) -> Crowd:
        """Against the prior: for models that have a q(z|x)."""
        encodings = self.encodings(name)
        q = Posterior(encodings.mean, encodings.logvar)
        whole = aggregate_posterior(q)
        mass = aggregate_posterior(q, LAYER_SIDE, LAYER_SPAN / 2).mass.T.flip(0)
        log_area = 2 * math.log(LAYER_SPAN / LAYER_SIDE)
        prior = -0.5 * _layer_codes().square().sum(1) - math.log(2 * math.pi)
        log_ratio = mass.log() - log_area - prior.view(LAYER_SIDE, LAYER_SIDE)
        return Crowd(log_ratio, whole.kl, whole.empty)

    def _groups(self, name: str, k: int) -> Tensor:
        return kmeans(self.encodings(name).mean, k)

    def _knn(self, name: str) -> list[float]:
        encodings = self.encodings(name)
        return [round(share, 5) for share in knn_accuracy(encodings.mean, encodings.label).tolist()]

    def _central_codes(self, name: str) -> Tensor:  # the one in the middle first
        mean = self.encodings(name).mean
        order = (mean - mean.median(dim=0).values).norm(dim=1).argsort()
        return mean[order[: math.ceil(CENTRAL * len(mean))]]

    def _load_test_images(self, dataset: str) -> Images | None:
        try:
            return load_images(dataset, train=False, directory=self.data_dir, download=False)
        except DatasetError:
            return None

    def _count_around_test_codes(self, name: str) -> np.ndarray:
        mean = self.encodings(name).mean
        around = mean[::10]  # a tenth tells the percentile well enough, and the start is faster
        counts = [
            (torch.cdist(some, mean) <= DENSITY_RADIUS).sum(dim=1) for some in around.split(50)
        ]
        return np.sort(torch.cat(counts).numpy())


def _layer_codes(side: int = LAYER_SIDE) -> Tensor:
    """Centres of a layer's cells, row by row from the top, (n, 2)."""
    axis = ((torch.arange(side) + 0.5) / side - 0.5) * LAYER_SPAN
    return torch.cartesian_prod(-axis, axis).flip(1)


def _largest_step(pictures: Tensor) -> float:  # (n, C, H, W)
    return float(pictures.flatten(1).diff(dim=0).norm(dim=1).max())
