"""What the endpoints say of one picture: its code, reconstruction, posterior and completion."""

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor

from ui.checks import InputError, class_index, code, listed, whole_number
from ui.endpoints.models import CLASSES_AT_ONCE, Models
from vae_core import Posterior, images
from vae_core.exact import Completion, Refined, complete
from vae_core.ink import Frame

SEPARATE = 0.05  # of the posterior's mass: lighter modes are not counted
WITHIN = 3.0  # deviations of q(z|x): what lies further off, it says hardly anything of
SAMPLES, SAMPLES_AT_FIRST = (1, 32), 8  # of a completion
Picture = str | bytes | Image.Image


class Reconstruction(NamedTuple):
    """One picture seen through a model. Images are (C, H, W) in [0, 1]."""

    seen: Tensor
    decoded: Tensor
    samples: Tensor  # (4, C, H, W), decoded from z ~ q(z|x); all alike if q is a point
    numbers: dict[str, Any]  # what /encode answers, see `Lab.encode`
    groups: list[Frame]  # around the other ink of the picture, see `images.examine`


class Inferred(NamedTuple):
    """The true posterior p(z|x) of one picture, beside what the encoder made of it."""

    posterior: Refined
    found: float  # mass of p(z|x) within WITHIN deviations of q(z|x); nan if that is a point
    numbers: dict[str, Any]  # what /posterior answers, see `Lab.posterior`


class Pictures(Models):
    """Each method reads its arguments as they come from outside."""

    def encode(
        self,
        picture: Picture | None,
        model_name: object,
        label: object = None,
        crop: Sequence[float] | None = None,
    ) -> dict[str, Any]:
        """The posterior of one picture and its ELBO, as plain numbers (nats).

        Returns:
            mean [z1, z2], std [s1, s2], rate, distortion, elbo. A plain autoencoder has no std,
            rate and elbo: they are None. A conditional model has a label as well. frame is
            [left, top, right, bottom] around what was taken, in shares of the picture; doubt says
            why that may not be what was meant: a key of `images.DOUBTS`, "" without doubt.
        """
        return self.reconstruct(picture, model_name, label, crop).numbers

    @torch.inference_mode()
    def reconstruct(
        self,
        picture: Picture | None,
        model_name: object,
        label: object = None,
        crop: Sequence[float] | None = None,
        seed: int = 0,
    ) -> Reconstruction:
        """Everything the Reconstruct tab shows of one picture.

        Args:
            picture: see `images.prepare`.
            model_name: one of `models`.
            label: the class a conditional model is told; None for the one that fits best.
            crop: the only part that is looked at, see `images.prepare`.
            seed: of the samples.
        """
        model = self.model(self.model_name(model_name))
        config = model.config
        told = class_index(label, config)
        if picture is None:
            raise InputError("There is no picture yet. Upload, paste, photograph or draw one.")
        x, frame, groups, doubt = images.examine(picture, config, crop)
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
            "frame": list(frame),
            "doubt": doubt,
        }
        if config.conditional:
            numbers["label"] = config.classes[int(as_class)]
        draws = Posterior(q.mean.expand(4, -1), q.logvar.expand(4, -1))
        z = draws.sample(torch.Generator().manual_seed(seed))
        return Reconstruction(
            x[0],
            model.decode(q.mean, as_class)[0],
            model.decode(z, as_class.expand(4)),
            numbers,
            groups,
        )

    def complete(
        self,
        picture: Picture | None,
        mask: Picture | None,
        model_name: object,
        samples: object = None,
        label: object = None,
        crop: Sequence[float] | None = None,
    ) -> tuple[Completion, dict[str, Any]]:
        """What a picture may be where it is hidden, see `vae_core.exact.complete`.

        Args:
            picture: see `images.prepare`.
            mask: which pixels of the prepared picture are observed, see `images.to_mask`; at least
                one, and not all.
            model_name: one of `models`.
            samples: how many, SAMPLES_AT_FIRST if it is None.
            label: the class a conditional model is told; None for the one that fits best.
            crop: see `images.prepare`.
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
        x, observed = images.prepare(picture, config, crop), images.to_mask(mask, config)
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
    ) -> tuple[Completion, dict[str, Any]]:
        """The completion of an image of which the mask's pixels are observed, and its numbers.

        Args:
            x: (1, C, H, W) in [0, 1].
            mask: (H, W) of bool.
            model_name: one of `models`.
            told: index of the class; None for the one that makes what is observed most probable,
                or for the first if there are more than CLASSES_AT_ONCE.
            samples: how many.
        Returns:
            entropy_bits and information_bits of p(z|observed), log_prob of the observed pixels in
            nats; of a conditional model the label as well.
        """
        config = self.model(model_name).config
        if config.conditional and told is None:
            told = self._class_that_fits(x, mask, model_name)
        grid = self.grid(model_name, told)
        found = complete(grid, x, mask, samples, torch.Generator().manual_seed(0))
        numbers: dict[str, Any] = {
            "entropy_bits": found.posterior.entropy_bits(),
            "information_bits": found.posterior.information_bits(),
            "log_prob": found.posterior.log_prob,
        }
        if config.conditional:
            numbers["label"] = config.classes[told or 0]
        return found, numbers

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
            "doubt": found.numbers["doubt"],
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
        self,
        picture: Picture | None,
        model_name: object,
        label: object = None,
        crop: Sequence[float] | None = None,
    ) -> dict[str, Any]:
        """The true posterior of one picture, as plain numbers (nats); right to 0.05 nats.

        Returns:
            log_prob, the exact log p(x); elbo; kl_q_p, their difference KL(q(z|x) ‖ p(z|x)), what
            the encoder loses; modes, those with more than 5 % of the mass of p(z|x), the heaviest
            first, each with z [z1, z2] of its peak and mass; percentile, per cent of the test
            images with a lower log p(x). A plain autoencoder has no q: its elbo and kl_q_p are
            None, and its p(z|x) is under the prior N(0, I) all the same. For a conditional model
            every p is p(.|label), and label is there as well. doubt: see `encode`.
        """
        found = self.reconstruct(picture, model_name, label, crop)
        return self.infer(found, self.model_name(model_name)).numbers

    def measured(self, model_name: str) -> dict[str, Any]:
        """The figures of a model's card, by `vae_core.evaluate`; none if it was not measured."""
        path = self.weights_dir / model_name / "metrics.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

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

    def analogies(
        self,
        picture: Picture | None,
        label: object,
        model_name: object,
        crop: Sequence[float] | None = None,
    ) -> Tensor:
        """The style of a picture in every class: its code, decoded as each, (classes, C, H, W).

        The "analogies" of Kingma, Rezende, Mohamed and Welling 2014 (arXiv:1406.5298, figure 1).

        Args:
            picture: see `images.prepare`.
            label: the class it is read as; None for the one that fits best.
            model_name: one of `models` that is told the class.
            crop: see `images.prepare`.
        """
        name = self.model_name(model_name)
        if not self.model(name).config.conditional:
            raise InputError(
                f"{name} is not told the class, so it keeps no style apart from it. "
                f"Models that are: {listed(self.told_the_class()) or 'none here'}."
            )
        return self.every_class(self.reconstruct(picture, name, label, crop).numbers["mean"], name)

    @torch.inference_mode()
    def every_class(self, z: Sequence[float], model_name: str) -> Tensor:
        """A code decoded as each class of a conditional model, (classes, C, H, W)."""
        model = self.model(model_name)
        labels = torch.arange(len(model.config.classes))
        decoded: Tensor = model.decode(torch.tensor([z]).expand(len(labels), -1), labels)
        return decoded

    def _class_that_fits(self, x: Tensor, mask: Tensor, name: str) -> int:
        count = len(self.model(name).config.classes)
        if count > CLASSES_AT_ONCE:
            return 0
        grids = [self._coarse(name, told) for told in range(count)]
        fits = [grid.refine(x, mask).log_prob for grid in grids]
        return fits.index(max(fits))
