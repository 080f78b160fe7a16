"""Pictures to hold the page against the library with."""

from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from vae_core import VAE, Posterior, load, load_encodings
from vae_core.datasets import load_images
from vae_core.exact import Grid
from vae_core.geometry import Plane

CONSOLE = "vae_core/*.py", "vae_core/exact/*.py", "ui/web/core/*.js", "ui/web/console.js"


@cache
def model_of(name: str) -> VAE:
    return load(name)


@cache
def grid_of(name: str, told: int | None) -> Grid:
    """As `Grid.refine` wants it: refined, it is right to 0.01 nats."""
    return Grid(model_of(name), side=160, label=told)


@cache
def plane_of(name: str, near_data: bool = False) -> Plane:
    """For geodesics; of a conditional model its first class."""
    label = 0 if model_of(name).config.conditional else None
    found = load_encodings(name)
    own = slice(None) if label is None else found.label == label
    data = Posterior(found.mean[own], found.logvar[own]) if near_data else None
    return Plane(model_of(name), label, data=data)


def painted(name: str, n: int) -> Tensor:
    """What a model itself paints, with a little noise: pictures nobody handed over."""
    generator = torch.Generator().manual_seed(3)
    model = model_of(name)
    label = torch.arange(n) % max(len(model.config.classes), 1)
    x = model.decode(torch.randn(n, 2, generator=generator), label)
    return (x + 0.05 * torch.rand(x.shape, generator=generator)).clamp(0, 1)


def photographed(name: str, n: int, data_dir: Path) -> Tensor:
    """Test images of the data a model was trained on."""
    dataset = model_of(name).config.dataset
    return load_images(dataset, train=False, directory=data_dir, download=False).batch(slice(0, n))
