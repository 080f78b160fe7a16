"""Small untrained models, one of every kind the lab serves, and what each must look like."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from vae_core import VAE, Encodings, VAEConfig, save, save_encodings
from vae_core.exact import log_prob

DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt", "trousers", "dress", "ankle boot")
MANY = tuple(f"person {number}" for number in range(256))
SMALL = {"encoder_width": 16, "encoder_blocks": 1, "decoder_width": 16, "decoder_blocks": 1}


@dataclass(frozen=True)
class Kind:
    """A model to serve.

    Args:
        config: of the model.
        n: how many test images it has.
        missing: labels that no test image has.
    """

    config: VAEConfig
    n: int = 300
    missing: tuple[int, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of its pictures."""
        _, height, width = self.config.shape
        return width, height

    @property
    def mode(self) -> str:
        """Of its pictures, in Pillow's words."""
        return "RGB" if self.config.shape[0] == 3 else "L"


def config(
    dataset: str,
    shape: tuple[int, int, int],
    classes: tuple[str, ...] = (),
    preparation: str = "photo",
    likelihood: str = "gaussian",
    **options: bool | str | float,
) -> VAEConfig:
    return VAEConfig(dataset, shape, classes, preparation, likelihood, **options, **SMALL)


MNIST = ("mnist", (1, 28, 28), DIGITS, "ink", "bernoulli")
KINDS = {
    "mnist-vae": Kind(config(*MNIST)),
    "mnist-ae": Kind(config(*MNIST, objective="autoencoder")),
    "mnist-cvae": Kind(config(*MNIST, conditional=True)),
    "fashion-vae": Kind(config("fashion", (1, 28, 28), CLOTHES, likelihood="bernoulli", beta=4.0)),
    "frey-vae": Kind(config("frey", (1, 28, 20), objective="iwae")),
    "cifar10-vae": Kind(config("cifar10", (3, 32, 32), ("cat", "dog", "frog"))),
    "folder-one": Kind(config("folder", (3, 16, 24), ("cats",))),
    "folder-many": Kind(config("folder", (1, 20, 20), MANY), missing=(0, 1, 7)),
    "folder-tiny": Kind(config("folder", (1, 12, 12)), n=1),
    "folder-told": Kind(
        config("folder", (3, 16, 12), MANY, conditional=True, objective="autoencoder"), missing=(0,)
    ),
}


def write_kinds(folder: Path, names: Iterable[str] = KINDS) -> None:
    """Save a model of every kind, or of these, with its encodings of random images."""
    for seed, name in enumerate(names):
        kind = KINDS[name]
        torch.manual_seed(seed)
        model = VAE(kind.config)
        with torch.no_grad():
            model.encoder[-1].weight *= 6  # codes far from one another
            model.encoder[-1].bias[2:] -= 4
            model.decoder[0].weight *= 2
            model.decoder[-1].weight *= 4
        save(name, model, folder)
        x = torch.rand(kind.n, *kind.config.shape)
        known = [k for k in range(len(kind.config.classes) or 1) if k not in kind.missing]
        label = torch.tensor(known)[torch.arange(kind.n) % len(known)]
        with torch.no_grad():
            q, bound = model.encode(x, label), model.elbo(x, label)
        exact = log_prob(model, x, label, side=24).float()
        save_encodings(name, Encodings(*q, label, *bound, exact), folder)


def photograph() -> Image.Image:
    """Something with strokes, colours and an uneven shape, that every kind of model can take."""
    page = np.full((120, 90, 3), 240, np.uint8)
    page[20:100, 40:52] = (30, 60, 160)
    return Image.fromarray(page)
