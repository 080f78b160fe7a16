"""What a model is used for, and how well it does it: completion, detection, features."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_core.datasets import DATASETS, Images
from vae_core.evaluate.scored import (
    BATCH,
    INFERRED,
    SEED,
    Done,
    Plan,
    codes,
    device_of,
    exact_log_prob,
    ignore,
    interval,
    mean_image,
    parts,
    pixel_log_likelihood,
    plan,
    planes,
    rounded,
    scored_pixels,
    spread,
)
from vae_core.exact import Grid, expected_image
from vae_core.features import GROUPS, adjusted_rand, kmeans, knn_accuracy, pca
from vae_core.model import VAE

COMPLETED = 1000  # images whose lower half is hidden
JUDGED = 2000  # images of each kind, ordinary and strange
RELIABLE = 0.9  # AUROC from which a score is said to detect a kind of pictures reliably
GUESSES = {
    "posterior": "the posterior given the upper half",
    "encoder": "the encoder, given 0 for the lower half",
    "mean_image": "the mean training image",
}
SCORES = {
    "log_prob": "log p(x), exact",
    "elbo": "ELBO",
    "distortion": "distortion",
    "code": "distance of the code",
}
KINDS = {key: dataset.title for key, dataset in DATASETS.items()} | {
    "upside_down": "test images upside down",
    "noise": "uniform noise",
}


@torch.no_grad()
def completion(model: VAE, train: Images, test: Images, done: Done = ignore) -> dict[str, Any]:
    """How well the upper half of a picture predicts its lower half.

    Of the first 1,000 test images, as they are scored elsewhere (binarized for Bernoulli's
    likelihood), by three guesses:

        posterior     p(h|o) = p(x) / p(o) and E[h|o]: see `vae_core.exact.complete`
        encoder       p(h|z) and E[h|z], z the encoder's mean of the picture with 0 for h
        mean_image    each pixel on its own, as it is on average over the training images

    A conditional model is given the labels. A plain autoencoder's decoder has a posterior all the
    same, under the prior N(0, I) that its training knew nothing of.

    Args:
        model: as `load` gives it, on any device.
        train, test: the two parts of its dataset.
        done: is called with the share of the work that has just been done.
    Returns:
        for each guess "log_prob", log-likelihood of the lower half in nats per image, "mse", the
        squared error per hidden pixel, and the "interval" of both; and how many "images".
    """
    how = plan(model, min(COMPLETED, len(test.labels)))
    x, labels = scored_pixels(model, test, min(COMPLETED, how.images)), test.labels
    mask = torch.ones(model.config.shape[1:], dtype=torch.bool, device="cpu")
    mask[model.config.shape[1] // 2 :] = False
    mean = mean_image(train).float()
    if model.config.likelihood == "bernoulli":  # n images make no pixel surer than half an image
        half = 0.5 / len(train.labels)
        mean = mean.clamp(half, 1 - half)
    columns = spread(
        lambda part: _completed(model, x[part], labels[: len(x)][part], mask, mean, how, done),
        len(x),
    )
    figures: dict[str, Any] = {"images": len(x)}
    for key, nats, error in zip(GUESSES, columns[::2], columns[1::2], strict=True):
        values = {"log_prob": nats.double().numpy(), "mse": error.double().numpy()}
        figures[key] = {name: rounded(value.mean()) for name, value in values.items()}
        figures[key]["interval"] = {name: interval(value) for name, value in values.items()}
    return figures


def _completed(
    model: VAE, x: Tensor, labels: Tensor, mask: Tensor, mean: Tensor, how: Plan, done: Done
) -> list[Tensor]:
    """log p(hidden) and squared error of each image, (n,) each: by each of GUESSES in turn."""
    device = device_of(model)
    exact = torch.zeros(len(x), dtype=torch.float64, device="cpu")
    picture = torch.zeros_like(x)
    for grid, here in planes(model, labels, how.side):
        for some in here.split(INFERRED):
            images = x[some].to(device)
            if how.refined:
                parts = grid.refine_each(images, mask)
                wholes = grid.refine_each(images)
                pairs = zip(wholes, parts, strict=True)
                exact[some] = exact.new_tensor([a.log_prob - b.log_prob for a, b in pairs])
                pictures = [
                    expected_image(grid, posterior, image, mask)
                    for posterior, image in zip(parts, images.split(1), strict=True)
                ]
                picture[some] = torch.cat(pictures).cpu()
            else:
                exact[some] = grid.log_prob(images) - grid.log_prob(images, mask)
                picture[some] = posterior_means(grid, images, mask).cpu()
            done(len(some) / len(x))
    columns = [exact, _hidden_error(picture, x, mask)]
    z = model.encode(x.where(mask, 0).to(device), labels.to(device)).mean
    by_encoder = model.logits(z, labels.to(device)).view(x.shape)
    by_mean = mean.logit().expand_as(x).to(device)
    for logits in by_encoder, by_mean:
        nats = pixel_log_likelihood(model, logits, x.to(device)).cpu()
        columns += [nats[:, :, ~mask].flatten(1).sum(1)]
        columns += [_hidden_error(logits.sigmoid().cpu(), x, mask)]
    return columns


def _hidden_error(picture: Tensor, x: Tensor, mask: Tensor) -> Tensor:
    """Squared error per hidden pixel, (n,)."""
    return (picture - x)[:, :, ~mask].square().flatten(1).mean(1)


@torch.no_grad()
def posterior_means(grid: Grid, x: Tensor, mask: Tensor) -> Tensor:
    """The expected picture E[E[x|z]|observed] of many images at once, (n, C, H, W).

    Where the mask is False it is `exact.complete(grid, x, mask).mean` without its smaller cells.

    Args:
        grid: of the model, and of the label of all the images for a conditional one.
        x: images, (n, C, H, W) in [0, 1]: a few hundred, as each holds 4 bytes for every cell.
        mask: (H, W) of bool, True where a pixel is observed.
    Raises:
        ValueError: images or a mask of another shape.
    """
    mass, mean = grid.posterior(x, mask).flatten(1), torch.zeros_like(x)
    for share, z in zip(mass.split(BATCH, 1), grid.codes.split(BATCH), strict=True):
        label = torch.full((len(z),), grid.label or 0, device=z.device)
        mean += (share @ grid.model.decode(z, label).flatten(1)).view_as(x)
    return mean


@torch.no_grad()
def detection(
    model: VAE, test: Images, strange: Mapping[str, Images], done: Done = ignore
) -> dict[str, Any]:
    """How well four scores tell strange pictures from the first 2,000 test images.

        log_prob      -log p(x)
        elbo          -ELBO; a plain autoencoder has none
        distortion    -E_q[log p(x|z)]
        code          distance of the posterior mean from the origin

    Strange are the same images upside down, uniform noise, and those of other datasets. With
    Bernoulli's likelihood all of them are binarized alike, so that grey values tell nothing. A
    conditional model is given no label: log p(x) averages p(x|label) over its classes, and the
    other scores are those of the class with the highest ELBO.

    That log p(x) can be higher for pictures of another kind was found by Nalisnick, Matsukawa, Teh,
    Gorur and Lakshminarayanan 2019 (arXiv:1810.09136).

    Args:
        model: as `load` gives it, on any device.
        test: the test images of its dataset.
        strange: test images of other datasets of the same shape, by the dataset's name.
        done: is called with the share of the work that has just been done.
    Returns:
        "against" each kind of pictures the `auroc` of each score; and how many test "images".
    """
    how = plan(model, min(JUDGED, len(test.labels)) * (3 + len(strange)))
    judged = min(JUDGED, how.images)
    x = scored_pixels(model, test, judged)
    generator = torch.Generator().manual_seed(SEED)
    noise = torch.rand(x.shape, generator=generator, device=generator.device)
    if model.config.likelihood == "bernoulli":
        noise = torch.bernoulli(noise, generator=generator)
    kinds = {name: scored_pixels(model, images, judged) for name, images in strange.items()}
    kinds |= {"upside_down": x.flip(2, 3), "noise": noise}
    every = torch.cat([x, *kinds.values()])
    columns = spread(lambda part: _strangeness(model, every[part], how, done), len(every))
    names = [name for name in SCORES if name != "elbo" or model.config.probabilistic]
    scores = dict(zip(names, columns, strict=True))
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
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([ordinary, strange]))[len(ordinary) :]
    return float((ranks.mean() - (len(strange) + 1) / 2) / len(ordinary))


def _strangeness(model: VAE, x: Tensor, how: Plan, done: Done) -> list[Tensor]:
    """The scores of `detection`, (n,) float64 each, in the order of SCORES."""
    config, device = model.config, device_of(model)
    labels = range(len(config.classes)) if config.conditional else range(1)
    log_probs, by_label = [], []
    for label in labels:
        given = torch.full((len(x),), label, device="cpu")
        log_probs.append(
            exact_log_prob(model, x, given, how, lambda share: done(share / len(labels)))
        )
        rows = [torch.zeros(0, 3, device="cpu")]
        for some, own in zip(x.split(BATCH), given.split(BATCH), strict=True):
            some, own = some.to(device), own.to(device)
            q = model.encode(some, own)
            bound = model.elbo(some, own, q=q)
            row = [-bound.elbo, bound.distortion, q.mean.norm(dim=1)]
            rows.append(torch.stack(row, 1).cpu())
        by_label.append(torch.cat(rows))
    others = torch.stack(by_label)  # (labels, n, 3)
    best = others[..., 0 if config.probabilistic else 1].argmin(0)
    of_best = others.take_along_dim(best[None, :, None], 0)[0].double().T
    log_prob = math.log(len(labels)) - torch.stack(log_probs).logsumexp(0)
    return [log_prob, *of_best[0 if config.probabilistic else 1 :]]


@torch.no_grad()
def features(model: VAE, test: Images) -> dict[str, Any] | None:
    """How much of the class two numbers keep: the code's, and those of PCA of the same images.

    Of the test images alone, whose codes come with the model: PCA's directions are theirs, and a
    neighbour is another test image.

    Args:
        model: as `load` gives it, on any device.
        test: the test images of its dataset.
    Returns:
        how many "images"; for each "k" groups of k-means the adjusted Rand index against the
        labels, "ari" of the codes and "pca_ari"; the accuracy of k nearest neighbours for k = 1, 2,
        …, "knn" and "pca_knn". None where there are no two labels to tell apart.
    """
    labels = test.labels.cpu()
    if not model.config.classes or len(labels.unique()) < 2:
        return None
    groups = [k for k in GROUPS if k <= len(labels)]
    figures: dict[str, Any] = {"images": len(labels), "k": groups}
    of_pixels = pca(torch.cat([test.batch(part) for part in parts(len(labels))]))
    for kind, points in ("", codes(model, test)), ("pca_", of_pixels):
        agreement = [adjusted_rand(kmeans(points, k), labels) for k in groups]
        figures[f"{kind}ari"] = [rounded(value) for value in agreement]
        figures[f"{kind}knn"] = [rounded(value) for value in knn_accuracy(points, labels)]
    return figures
