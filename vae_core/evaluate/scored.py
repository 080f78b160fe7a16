"""What all measurements share: which images, on which device, in which parts, by which process."""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.distributions import Bernoulli, Normal
from tqdm import tqdm

from vae_core.datasets import Images
from vae_core.exact import Grid
from vae_core.model import VAE

SEED = 0  # of the binarization, the importance samples and the bootstrap
SIDE = 320  # cells of the quadrature along each axis, for a mean over many images
FINE_SIDE = 160  # the same for single images, whose cells are refined
REFINED_CELLS = 2000  # decoded to refine one image, about
PLANE_WORK = 4e11  # multiply-adds to decode a plane: half a minute of a core
IMAGES_WORK = 1e12  # multiply-adds to refine images
LEAST_IMAGES = 5
RESAMPLES = 1000  # of the bootstrap
BATCH = 1000
INFERRED = 250  # images at a time whose posterior on all cells is held

Done = Callable[[float], None]  # told which share of a measurement has just been done


class Plan(NamedTuple):
    """How log p(x) is computed, so that it takes minutes whatever the model decodes."""

    side: int  # cells of the grid along each axis
    refined: bool  # whether each image's cells are refined, or the grid is fine enough as it is
    images: int  # at most so many


def plan(model: VAE, images: int) -> Plan:
    """A fine grid for many images; a coarse one that is refined where that decodes fewer codes.

    Where even a coarse grid takes long to decode, as for large colour pictures, it gets coarser,
    and fewer images are measured.

    Args:
        images: how many there are.
    """
    each = decoder_size(model)
    affordable = int(math.sqrt(PLANE_WORK / each))
    side = min(2 * SIDE, affordable) if model.config.folded else SIDE
    if affordable < SIDE:
        images = min(images, max(LEAST_IMAGES, int(IMAGES_WORK / (each * REFINED_CELLS))))
    few = FINE_SIDE**2 + images * REFINED_CELLS < side**2
    if few or affordable < SIDE:
        return Plan(min(FINE_SIDE, affordable), True, images)
    return Plan(side, False, images)


def decoder_size(model: VAE) -> int:
    """Multiply-adds to decode one code, about: the decoder's parameters."""
    return sum(parameter.numel() for parameter in model.decoder.parameters())


def device_of(model: VAE) -> torch.device:
    """Where a model is."""
    return next(model.parameters()).device


class Bar:
    """One progress bar over measurements of different cost, shown by the first process alone.

        bar = Bar({"ELBO": 1e9, "log p(x)": 5e9})
        bar["ELBO"](0.5)                            # half of it has been done

    Args:
        costs: of each measurement, in multiply-adds.
    """

    def __init__(self, costs: dict[str, float]) -> None:
        self._costs = costs
        self._bar = tqdm(
            total=round(sum(costs.values())),
            bar_format="{desc}{percentage:.0f}%|{bar}| {elapsed}, about {remaining} left",
            leave=False,
            disable=process()[0] > 0,
        )

    def __getitem__(self, name: str) -> Done:
        def done(share: float) -> None:
            self._bar.set_description(name, refresh=False)
            self._bar.update(share * self._costs[name])

        done(0)
        return done

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()


def ignore(share: float) -> None:
    """What a measurement tells its progress to where nobody looks at it."""


def process() -> tuple[int, int]:
    """The number of this process, and how many `accelerate launch` started."""
    if not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return 0, 1
    return torch.distributed.get_rank(), torch.distributed.get_world_size()


def spread(measure: Callable[[slice], list[Tensor]], n: int) -> list[Tensor]:
    """What a function measures of n images, each process its share of them; all get all of it.

    Args:
        measure: gives tensors of one row for each image of a slice.
        n: how many images.
    """
    index, count = process()
    if count == 1:
        return measure(slice(0, n))
    rows = measure(slice(n * index // count, n * (index + 1) // count))
    gathered: list[list[Tensor]] = [[] for _ in range(count)]
    torch.distributed.all_gather_object(gathered, [row.cpu() for row in rows])
    return [torch.cat(parts) for parts in zip(*gathered, strict=True)]


def codes(model: VAE, images: Images) -> Tensor:
    """Posterior means of grey images, (n, 2), on the CPU."""
    device = device_of(model)
    return torch.cat(
        [
            model.encode(images.batch(part).to(device), images.labels[part].to(device)).mean.cpu()
            for part in parts(len(images.labels))
        ]
    )


def scored_pixels(model: VAE, images: Images, first: int | None = None) -> Tensor:
    """What is scored: the first images, binarized if the likelihood is Bernoulli's; on the CPU.

    Coins are thrown for all images, so that the first of them are the same however many are used.
    """
    x = torch.cat([images.batch(part) for part in parts(len(images.labels))])
    if model.config.likelihood == "bernoulli":
        x = torch.bernoulli(x, generator=torch.Generator().manual_seed(SEED))
    return x[:first]


def mean_image(images: Images) -> Tensor:
    """The average of all images, (C, H, W) float64, on the CPU."""
    mean = torch.zeros(images.pixels.shape[1:], dtype=torch.float64, device="cpu")
    for part in parts(len(images.labels)):
        mean += images.batch(part).double().sum(0) / len(images.labels)
    return mean


def planes(model: VAE, labels: Tensor, side: int) -> Iterator[tuple[Grid, Tensor]]:
    """A grid for each label that a conditional model is given, and which images it is for.

    Args:
        labels: (n,); of another model, whose only grid is for all images, they make no difference.
        side: cells along each axis.
    """
    groups = labels.cpu() if model.config.conditional else torch.zeros_like(labels.cpu())
    for label in groups.unique().tolist():
        yield Grid(model, side, label=label), (groups == label).nonzero().flatten()


def exact_log_prob(model: VAE, x: Tensor, labels: Tensor, how: Plan, done: Done = ignore) -> Tensor:
    """log p(x), or log p(x|label) of a conditional model, in nats: (n,) float64, on the CPU."""
    log_probs = torch.zeros(len(x), dtype=torch.float64, device="cpu")
    for grid, here in planes(model, labels, how.side):
        for some in here.split(INFERRED if how.refined else 8 * BATCH):
            images = x[some].to(grid.codes)
            if how.refined:
                refined = [posterior.log_prob for posterior in grid.refine_each(images)]
                log_probs[some] = log_probs.new_tensor(refined)
            else:
                log_probs[some] = grid.log_prob(images)
            done(len(some) / len(x))
    return log_probs


def pixel_log_likelihood(model: VAE, logits: Tensor, x: Tensor) -> Tensor:
    """log p(x|z) of every pixel and channel, for what the decoder says of z."""
    if model.config.likelihood == "bernoulli":
        bernoulli: Tensor = Bernoulli(logits=logits).log_prob(x)
        return bernoulli
    gaussian: Tensor = Normal(logits.sigmoid(), (model.pixel_logvar / 2).exp()).log_prob(x)
    return gaussian


def interval(values: NDArray[np.float64]) -> list[float]:
    """95 % of the means of as many images drawn with replacement (Efron 1979, the bootstrap)."""
    n = len(values)
    random = np.random.default_rng(SEED)
    counts = random.multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    low, high = np.quantile(counts @ values / n, [0.025, 0.975])
    return [rounded(low), rounded(high)]


def rounded(value: float) -> float:
    """Digits beyond these are of the machine, not of the model."""
    return round(float(value), 5)


def parts(n: int, size: int = BATCH) -> list[slice]:
    """Slices that cover n images, some at a time."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]
