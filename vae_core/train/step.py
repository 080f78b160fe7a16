"""One step of a training: what it draws, and what it minimizes.

An objective that needs more than noise gets it as another field of `Batch`, filled by `draw`.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from vae_core.datasets import Images
from vae_core.exact import Grid
from vae_core.model import LATENT_DIM, VAE
from vae_core.objectives import OBJECTIVES, Loss, exact_likelihood
from vae_core.train.checkpoint import Training
from vae_core.train.recipe import Recipe
from vae_core.train.warp import warp

PLANE_STEPS = 25  # that the plane stays decoded; its cells:
GUIDE_CELLS = (112, 4.2)  # along each axis, and how far they reach
EXACT_CELLS = (200, 3.8)


class Batch(NamedTuple):
    """What a step is given of a batch: the share of this process."""

    x: Tensor  # (n, C, H, W)
    label: Tensor  # (n,)
    noise: Tensor  # (codes per image, n, 2), standard normal
    beta: float  # weight of the rate
    guide: float  # nats per unit of distance between the means and
    guide_codes: Tensor | None  # (n, 2), if there is a guide
    plane: Grid | None  # for the objective "exact"


class Step(nn.Module):
    """The objective as a module, so that Accelerate can wrap it."""

    def __init__(self, model: VAE, recipe: Recipe) -> None:
        super().__init__()
        self.model, self.objective = model, OBJECTIVES.get(recipe.objective)

    def forward(self, batch: Batch) -> Loss:
        """What is minimized for a batch, in nats per image."""
        if batch.plane is not None:
            loss = exact_likelihood(self.model, batch.x, batch.noise, batch.plane)
        else:
            assert self.objective is not None
            loss = self.objective(self.model, batch.x, batch.noise, batch.label, batch.beta)
        if batch.guide_codes is None:
            return loss
        away = (self.model.encode(batch.x).mean - batch.guide_codes).norm(dim=1).mean()
        return loss._replace(total=loss.total + batch.guide * away)


class Plane:
    """The plane, decoded anew every `PLANE_STEPS` steps: for what is asked of all codes."""

    def __init__(self, model: VAE, recipe: Recipe) -> None:
        self.model, self.decoded_at = model, -1
        self.frozen = recipe.freeze_decoder
        self.cells = EXACT_CELLS if recipe.objective == "exact" else GUIDE_CELLS
        self.grid: Grid | None = None

    def at(self, step: int) -> Grid:
        """The cells as the decoder saw them at most `PLANE_STEPS` steps before one of an epoch."""
        old = not self.frozen and step - self.decoded_at >= PLANE_STEPS
        if self.grid is None or old:
            self.grid, self.decoded_at = Grid(self.model, *self.cells), step
        return self.grid


def draw(
    training: Training,
    number: int,
    index: Tensor,
    images: Images,
    plane: Plane,
    generator: torch.Generator,
    accelerator: Any,
) -> tuple[Batch, float]:
    """This process's share of a batch, and the weight that makes their mean the batch's mean.

    Every process draws for the whole batch and takes its share: as many as there may be, they do
    together what one would do alone.
    """
    recipe, device = training.recipe, index.device
    x, label = images.batch(index), images.labels[index]
    if recipe.warp:
        some = round(recipe.warp * len(x))
        x = torch.cat([warp(x[:some], generator), x[some:]])
    if training.model.config.likelihood == "bernoulli":
        x = torch.bernoulli(x, generator=generator)  # dynamic binarization
    size = (recipe.codes_per_image, len(index), LATENT_DIM)
    noise = torch.randn(size, generator=generator, device=device)
    share, weight = share_of(len(index), accelerator)
    x, label, noise = x[share], label[share], noise[:, share]
    epoch = training.done + number / training.steps
    beta = recipe.beta * (min(1.0, epoch / recipe.warmup) if recipe.warmup else 1.0)
    done = epoch / recipe.epochs
    fall = min(1.0, (1 - done) / 0.4) if recipe.freeze_decoder else max(0.0, 1 - done / 0.7) ** 3
    guide = recipe.guide * fall
    codes = None
    if guide:
        grid = plane.at(number)
        codes = grid.codes[grid.log_joint(x).argmax(1)]
    cells = plane.at(number) if recipe.objective == "exact" else None
    return Batch(x, label, noise, beta, guide, codes, cells), weight


def share_of(n: int, accelerator: Any) -> tuple[slice, float]:
    """This process's part of a batch, and the weight that makes their mean the batch's mean."""
    rank, processes = accelerator.process_index, accelerator.num_processes
    mine = len(range(rank, n, processes))
    return (slice(rank, n, processes) if mine else slice(0, 1)), mine * processes / n
