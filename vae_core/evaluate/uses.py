"""What a model is used for, and how well it does it: completion, detection, features."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from vae_core.datasets import Images
from vae_core.evaluate.scored import (
    BATCH,
    SEED,
    SIDE,
    codes,
    interval,
    mean_image,
    parts,
    pixel_log_likelihood,
    rounded,
    scored_pixels,
)
from vae_core.exact import Grid, log_prob
from vae_core.features import GROUPS, adjusted_rand, kmeans, knn_accuracy, pca
from vae_core.model import VAE

COMPLETED = 1000  # images whose lower half is hidden
JUDGED = 2000  # images of each kind, ordinary and strange


@torch.no_grad()
def completion(model: VAE, train: Images, test: Images) -> dict[str, Any]:
    """How well the lower half of a picture is told from its upper half.

    Of the first 1,000 test images, as they are scored elsewhere (binarized for Bernoulli's
    likelihood), by three guesses:

        posterior     p(h|o) = p(x) / p(o) and E[h|o]: see `vae_core.exact.complete`
        encoder       p(h|z) and E[h|z], z the encoder's mean of the picture with 0 for h
        mean_image    each pixel on its own, as it is on average over the training images

    A conditional model is told the labels. A plain autoencoder's decoder has a posterior all the
    same, under the prior N(0, I) that its training knew nothing of.

    Args:
        model: as `load` gives it.
        train, test: the two parts of its dataset.
    Returns:
        for each guess "log_prob", log-likelihood of the lower half in nats per image, "mse", the
        squared error per hidden pixel, and the "interval" of both; and how many "images".
    """
    config = model.config
    x, labels = scored_pixels(model, test)[:COMPLETED], test.labels[:COMPLETED]
    mask = torch.ones(config.shape[1:], dtype=torch.bool)
    mask[config.shape[1] // 2 :] = False
    exact = torch.zeros(len(x), dtype=torch.float64)
    picture = torch.zeros_like(x)
    groups = labels if config.conditional else torch.zeros_like(labels)
    for label in tqdm(groups.unique().tolist(), desc="completion", leave=False):
        grid, here = Grid(model, SIDE, label=label), groups == label
        exact[here] = grid.log_prob(x[here]) - grid.log_prob(x[here], mask)
        picture[here] = posterior_means(grid, x[here], mask)

    mean = mean_image(train)
    if config.likelihood == "bernoulli":  # n images make no pixel surer than half an image
        half = 0.5 / len(train.labels)
        mean = mean.clamp(half, 1 - half)
    z = model.encode(x.where(mask, 0), labels).mean
    logits = {
        "encoder": model.logits(z, labels).view_as(x),
        "mean_image": mean.float().logit().expand_as(x),
    }
    guesses = {"posterior": (exact, picture)}
    for key, guess in logits.items():
        nats = pixel_log_likelihood(model, guess, x)[:, :, ~mask].flatten(1).sum(1)
        guesses[key] = (nats, guess.sigmoid())
    figures: dict[str, Any] = {"images": len(x)}
    for key, (nats, picture) in guesses.items():
        error = (picture - x)[:, :, ~mask].square().flatten(1).mean(1)
        values = {"log_prob": nats.double().numpy(), "mse": error.double().numpy()}
        figures[key] = {name: rounded(value.mean()) for name, value in values.items()}
        figures[key]["interval"] = {name: interval(value) for name, value in values.items()}
    return figures


@torch.no_grad()
def posterior_means(grid: Grid, x: Tensor, mask: Tensor, batch: int = 250) -> Tensor:
    """The expected picture E[E[x|z]|observed] of many images at once, (n, C, H, W).

    Where the mask is False it is `exact.complete(grid, x, mask).mean` without its smaller cells.

    Args:
        grid: of the model, and of the label of all the images for a conditional one.
        x: images, (n, C, H, W) in [0, 1].
        mask: (H, W) of bool, True where a pixel is observed.
        batch: images at a time: 4 bytes for each and every cell are held, a few times over.
    Raises:
        ValueError: images or a mask of another shape.
    """
    means = []
    for some in x.split(batch):
        mass = grid.posterior(some, mask).flatten(1)
        mean = torch.zeros_like(some)
        for share, z in zip(mass.split(BATCH, 1), grid.codes.split(BATCH), strict=True):
            label = torch.full((len(z),), grid.label or 0)
            mean += (share @ grid.model.decode(z, label).flatten(1)).view_as(some)
        means.append(mean)
    return torch.cat(means)


@torch.no_grad()
def detection(model: VAE, test: Images, strange: Mapping[str, Images]) -> dict[str, Any]:
    """How well strange pictures are told from the first 2,000 test images, by four scores.

        log_prob      -log p(x)
        elbo          -ELBO; a plain autoencoder has none
        distortion    -E_q[log p(x|z)]
        code          distance of the posterior mean from the origin

    Strange are the same images upside down, uniform noise, and those of other datasets. With
    Bernoulli's likelihood all of them are binarized alike, so that grey values tell nothing. A
    conditional model is told no label: log p(x) averages p(x|label) over its classes, and the
    other scores are those of the class with the highest ELBO.

    That log p(x) can be higher for pictures of another kind was found by Nalisnick, Matsukawa, Teh,
    Gorur and Lakshminarayanan 2019 (arXiv:1810.09136).

    Args:
        model: as `load` gives it.
        test: the test images of its dataset.
        strange: test images of other datasets of the same shape, by the dataset's name.
    Returns:
        "against" each kind of pictures the `auroc` of each score; and how many test "images".
    """
    x = scored_pixels(model, test, JUDGED)
    generator = torch.Generator().manual_seed(SEED)
    noise = torch.rand(x.shape, generator=generator)
    if model.config.likelihood == "bernoulli":
        noise = torch.bernoulli(noise, generator=generator)
    kinds = {name: scored_pixels(model, images, JUDGED) for name, images in strange.items()}
    kinds |= {"upside_down": x.flip(2, 3), "noise": noise}
    scores = _strangeness(model, torch.cat([x, *kinds.values()]))
    sizes = [len(x), *map(len, kinds.values())]
    against: dict[str, dict[str, float]] = {name: {} for name in kinds}
    for key, score in scores.items():
        ordinary, *others = np.split(score.numpy(), np.cumsum(sizes)[:-1])
        for name, other in zip(kinds, others, strict=True):
            against[name][key] = rounded(auroc(ordinary, other))
    return {"images": len(x), "against": against}


def auroc(ordinary: NDArray[np.float64], strange: NDArray[np.float64]) -> float:
    """Area under the ROC curve: the chance that a strange picture scores higher than an ordinary.

    Ties count half, 0.5 is guessing, and less is worse than guessing. From the sum of ranks
    (Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747).

    Args:
        ordinary, strange: scores, (n,) and (m,), high where a picture seems strange.
    """
    _, place, counts = np.unique(
        np.concatenate([ordinary, strange]), return_inverse=True, return_counts=True
    )
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place[len(ordinary) :]]  # ties share theirs
    n, m = len(ordinary), len(strange)
    return float((ranks.mean() - (m + 1) / 2) / n)


def _strangeness(model: VAE, x: Tensor) -> dict[str, Tensor]:
    """The scores of `detection`, (n,) each."""
    config = model.config
    labels = range(len(config.classes)) if config.conditional else range(1)
    found: dict[str, list[Tensor]] = {"log_prob": [], "elbo": [], "distortion": [], "code": []}
    for label in labels:
        told = torch.full((len(x),), label)
        found["log_prob"].append(log_prob(model, x, told, SIDE))
        qs = [model.encode(*some) for some in zip(x.split(BATCH), told.split(BATCH), strict=True)]
        parts = zip(x.split(BATCH), told.split(BATCH), qs, strict=True)
        bounds = [
            model.elbo(some, own, q=q)
            for some, own, q in tqdm(parts, total=len(qs), desc="ELBO", leave=False)
        ]
        found["elbo"].append(-torch.cat([bound.elbo for bound in bounds]))
        found["distortion"].append(torch.cat([bound.distortion for bound in bounds]))
        found["code"].append(torch.cat([q.mean.norm(dim=1) for q in qs]))
    every = {key: torch.stack(values) for key, values in found.items()}  # (labels, n)
    best = every["elbo" if config.probabilistic else "distortion"].argmin(0, keepdim=True)
    scores = {key: every[key].gather(0, best)[0].double() for key in ("elbo", "distortion", "code")}
    if not config.probabilistic:
        del scores["elbo"]
    return {"log_prob": math.log(len(labels)) - every["log_prob"].logsumexp(0)} | scores


@torch.no_grad()
def features(model: VAE, test: Images) -> dict[str, Any] | None:
    """How much of the class two numbers keep: the code's, and those of PCA of the same images.

    Of the test images alone, whose codes come with the model: PCA's directions are theirs, and a
    neighbour is another test image.

    Args:
        model: as `load` gives it.
        test: the test images of its dataset.
    Returns:
        how many "images"; for each "k" groups of k-means the adjusted Rand index against the
        labels, "ari" of the codes and "pca_ari"; the accuracy of k nearest neighbours for k = 1, 2,
        …, "knn" and "pca_knn". None where there are no two labels to tell apart.
    """
    labels = test.labels
    if not model.config.classes or len(labels.unique()) < 2:
        return None
    groups = [k for k in GROUPS if k <= len(labels)]
    found: dict[str, Any] = {"images": len(labels), "k": groups}
    of_pixels = pca(torch.cat([test.batch(part) for part in parts(test)]))
    for kind, points in ("", codes(model, test)), ("pca_", of_pixels):
        agreement = [adjusted_rand(kmeans(points, k), labels) for k in groups]
        found[f"{kind}ari"] = [rounded(value) for value in agreement]
        found[f"{kind}knn"] = [rounded(value) for value in knn_accuracy(points, labels)]
    return found
