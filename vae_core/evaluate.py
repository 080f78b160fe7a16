"""Measure a model: python -m vae_core.evaluate mnist-vae

Writes weights/<name>/metrics.json, the tables of its model card weights/<name>/README.md, and
weights/<name>/manifold.png, the plane as the decoder sees it. The same model gives the same files
on the same machine, byte for byte but for the versions.
"""

import argparse
import json
import math
import platform
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.distributions import Bernoulli, Normal
from tqdm import tqdm

from vae_core.datasets import DATASETS, DatasetError, Images, is_there, load_images
from vae_core.exact import Grid, best_gaussian, importance_log_prob, log_prob
from vae_core.features import GROUPS, adjusted_rand, kmeans, knn_accuracy, pca
from vae_core.images import to_pil
from vae_core.model import VAE, Posterior
from vae_core.pretrained import WEIGHTS_DIR, ModelError, load, model_folder, write_text

SEED = 0  # of the binarization, the importance samples and the bootstrap
SIDE = 320  # cells of the quadrature along each axis, for a mean over many images
FINE_SIDE = 160  # the same for single images, whose cells are refined
SAMPLES = 500  # of importance sampling, as in published figures
NEIGHBOURS = 20
FIRST = 500  # images of the gaps, and of the figures that a test recomputes
RESAMPLES = 1000  # of the bootstrap
BATCH = 1000
TILES = 20  # of the manifold, along each axis
COMPLETED = 1000  # images whose lower half is hidden
JUDGED = 2000  # images of each kind, ordinary and strange
FAILS = 0.7  # AUROC below which a score is said to fail
STRANGE = {"mnist": "fashion", "fashion": "mnist"}  # another dataset of the same shape
TABLE_START, TABLE_END = "<!-- figures: written by vae_core.evaluate -->", "<!-- end of figures -->"


class Row(NamedTuple):
    """How a figure is called and shown."""

    key: str
    name: str
    form: str


ROWS = (
    Row("log_prob", "log p(x), exact", "{:.2f} nats"),
    Row("is_500", f"log p(x) as published, IS-{SAMPLES}", "{:.2f} nats"),
    Row("elbo", "ELBO", "{:.2f} nats"),
    Row("rate", "rate", "{:.2f} nats"),
    Row("distortion", "distortion", "{:.2f} nats"),
    Row("amortization_gap", "gap of amortization", "{:.2f} nats"),
    Row("family_gap", "gap of the family", "{:.2f} nats"),
    Row("active_units", "active units", "{:.0f} of 2"),
    Row("knn_accuracy", f"{NEIGHBOURS}-NN accuracy", "{:.2%}"),
    Row("reconstruction_mse", "reconstruction MSE per pixel", "{:.4f}"),
    Row("pca_log_prob", "for comparison: log p(x) of PCA with two components", "{:.2f} nats"),
)

GUESSES = {
    "posterior": "the posterior given the upper half",
    "encoder": "the encoder, shown 0 in its place",
    "mean_image": "the mean training image",
}
SCORES = {
    "log_prob": "log p(x), exact",
    "elbo": "ELBO",
    "distortion": "distortion",
    "code": "distance of the code",
}
KINDS = {key: dataset.title for key, dataset in DATASETS.items()} | {
    "upside_down": "the same upside down",
    "noise": "uniform noise",
}


@torch.no_grad()
def evaluate(
    model: VAE,
    train: Images,
    test: Images,
    name: str = "",
    strange: Mapping[str, Images] | None = None,
) -> dict[str, Any]:
    """Figures of a model on a test set; the README's "Measure" says what each means.

    Nats per image, means over the test images, each binarized once with a fixed seed if the
    likelihood is Bernoulli's; a conditional model is told the labels. A plain autoencoder has no
    q(z|x): its figures that need one are None. So is 20-NN accuracy where there are no labels.

    Args:
        model: as `load` gives it.
        train, test: the two parts of its dataset.
        name: of the model, for the command that is written down.
        strange: other datasets for `detection`.
    Returns:
        the figures of `ROWS`, their 95 % bootstrap intervals, the same of the first 500 images,
        those of `completion`, of `detection` ("auroc") and of `features`, and how all were made.
    """
    config = model.config
    x = _pixels(model, test)
    found = _bounds(model, x, test)
    found["log_prob"] = log_prob(model, x, test.labels, SIDE)
    if config.probabilistic:
        generator = torch.Generator().manual_seed(SEED)
        found["is_500"] = torch.cat(
            [
                importance_log_prob(
                    model, x[part], SAMPLES, label=test.labels[part], generator=generator
                )
                for part in tqdm(_parts(test, 100), desc=f"IS-{SAMPLES}", leave=False)
            ]
        )
        found |= _gaps(model, x[:FIRST], test.labels[:FIRST])
    test_codes = codes(model, test)
    if config.classes:
        found["knn_accuracy"] = knn_right(
            codes(model, train), train.labels, test_codes, test.labels
        )
    if config.likelihood == "gaussian":
        found["pca_log_prob"] = pca_log_prob(train, test)

    values = {key: value.double().numpy() for key, value in found.items()}
    means = {row.key: _rounded(values[row.key].mean()) for row in ROWS if row.key in values}
    every = dict.fromkeys([row.key for row in ROWS]) | means
    if config.probabilistic:
        every["active_units"] = int((test_codes.var(0) > 0.01).sum())
    return every | {
        "completion": completion(model, train, test),
        "auroc": detection(model, test, strange or {}),
        "features": features(model, test),
        "interval": {key: _interval(values[key]) for key in means},
        "first": {key: _rounded(values[key][:FIRST].mean()) for key in means},
        "first_images": min(FIRST, len(x)),
        "test_images": len(x),
        "seed": SEED,
        "command": f"python -m vae_core.evaluate {name}",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }


def codes(model: VAE, images: Images) -> Tensor:
    """Posterior means of grey images, (n, 2)."""
    parts = _parts(images)
    return torch.cat([model.encode(images.batch(p), images.labels[p]).mean for p in parts])


def knn_right(
    codes: Tensor, labels: Tensor, queries: Tensor, truth: Tensor, k: int = NEIGHBOURS
) -> Tensor:
    """Whether the commonest label among each query's k nearest codes is the true one, (m,).

    Args:
        codes, labels: where the neighbours are, (n, 2) and (n,).
        queries, truth: what is judged, (m, 2) and (m,).
        k: neighbours asked; of equally common labels the smallest is taken.
    """
    right = []
    for part, true in zip(queries.split(500), truth.split(500), strict=True):
        nearest = torch.cdist(part, codes).topk(k, largest=False).indices
        right.append(labels[nearest].mode(dim=1).values == true)
    return torch.cat(right)


def pca_log_prob(train: Images, test: Images, components: int = 2) -> Tensor:
    """log p(x) of each test image under probabilistic PCA, in nats, (n,) float64.

    The linear model with the same prior and likelihood as a Gaussian VAE, at its maximum
    likelihood (Tipping and Bishop 1999, "Probabilistic principal component analysis", equations 4,
    7 and 8): what the bends of the decoder are worth.
    """
    n, pixels = len(train.labels), train.pixels[0].numel()
    mean = _mean_image(train).flatten()
    covariance = torch.zeros(pixels, pixels, dtype=torch.float64)
    for part in _parts(train):
        away = train.batch(part).flatten(1).double() - mean
        covariance += away.T @ away / n
    variances, axes = torch.linalg.eigh(covariance)
    main, axes = variances[-components:], axes[:, -components:]
    noise = variances[:-components].mean()
    found = []
    for part in _parts(test):
        x = test.batch(part).flatten(1).double() - mean
        along = (x @ axes).square()
        across = x.square().sum(1) - along.sum(1)
        logs = main.log().sum() + (pixels - components) * noise.log()
        constant = pixels * np.log(2 * np.pi) + logs
        found.append(-0.5 * (constant + (along / main).sum(1) + across / noise))
    return torch.cat(found)


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
    x, labels = _pixels(model, test)[:COMPLETED], test.labels[:COMPLETED]
    mask = torch.ones(config.shape[1:], dtype=torch.bool)
    mask[config.shape[1] // 2 :] = False
    exact = torch.zeros(len(x), dtype=torch.float64)
    picture = torch.zeros_like(x)
    groups = labels if config.conditional else torch.zeros_like(labels)
    for label in tqdm(groups.unique().tolist(), desc="completion", leave=False):
        grid, here = Grid(model, SIDE, label=label), groups == label
        exact[here] = grid.log_prob(x[here]) - grid.log_prob(x[here], mask)
        picture[here] = posterior_means(grid, x[here], mask)

    mean = _mean_image(train)
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
        nats = _log_likelihood(model, guess, x)[:, :, ~mask].flatten(1).sum(1)
        guesses[key] = (nats, guess.sigmoid())
    figures: dict[str, Any] = {"images": len(x)}
    for key, (nats, picture) in guesses.items():
        error = (picture - x)[:, :, ~mask].square().flatten(1).mean(1)
        values = {"log_prob": nats.double().numpy(), "mse": error.double().numpy()}
        figures[key] = {name: _rounded(value.mean()) for name, value in values.items()}
        figures[key]["interval"] = {name: _interval(value) for name, value in values.items()}
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
        for share, codes in zip(mass.split(BATCH, 1), grid.codes.split(BATCH), strict=True):
            label = torch.full((len(codes),), grid.label or 0)
            mean += (share @ grid.model.decode(codes, label).flatten(1)).view_as(some)
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
    x = _pixels(model, test, JUDGED)
    generator = torch.Generator().manual_seed(SEED)
    noise = torch.rand(x.shape, generator=generator)
    if model.config.likelihood == "bernoulli":
        noise = torch.bernoulli(noise, generator=generator)
    kinds = {name: _pixels(model, images, JUDGED) for name, images in strange.items()}
    kinds |= {"upside_down": x.flip(2, 3), "noise": noise}
    scores = _strangeness(model, torch.cat([x, *kinds.values()]))
    sizes = [len(x), *map(len, kinds.values())]
    against: dict[str, dict[str, float]] = {name: {} for name in kinds}
    for key, score in scores.items():
        ordinary, *others = np.split(score.numpy(), np.cumsum(sizes)[:-1])
        for name, other in zip(kinds, others, strict=True):
            against[name][key] = _rounded(auroc(ordinary, other))
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
    of_pixels = pca(torch.cat([test.batch(part) for part in _parts(test)]))
    for kind, points in ("", codes(model, test)), ("pca_", of_pixels):
        agreement = [adjusted_rand(kmeans(points, k), labels) for k in groups]
        found[f"{kind}ari"] = [_rounded(value) for value in agreement]
        found[f"{kind}knn"] = [_rounded(value) for value in knn_accuracy(points, labels)]
    return found


@torch.no_grad()
def manifold(model: VAE, tiles: int = TILES) -> Tensor:
    """The plane as pictures, at equal steps of the prior's probability: (rows, tiles, C, H, W).

    Kingma and Welling 2013, figure 4. Row by row from the top, z2 falling and z1 rising, as on a
    map. A conditional model has two rows for each class: all classes while z1 rises, then z2.
    """
    steps = torch.tensor([NormalDist().inv_cdf((i + 0.5) / tiles) for i in range(tiles)])
    if not model.config.conditional:
        z = torch.cartesian_prod(steps.flip(0), steps).flip(1)
        return model.decode(z).view(tiles, tiles, *model.config.shape)
    rows = []
    zero = torch.zeros_like(steps)
    for z in torch.stack([steps, zero], 1), torch.stack([zero, steps], 1):
        for label in range(len(model.config.classes)):
            rows.append(model.decode(z, torch.full((tiles,), label)))
    return torch.stack(rows)


def figures_table(metrics: dict[str, Any]) -> str:
    """The figures as a Markdown table for the model card."""
    lines = ["| figure | value | 95 % interval |", "|---|---|---|"]
    for key, name, form in ROWS:
        if metrics[key] is not None:
            interval = metrics["interval"].get(key)
            ends = [form.format(end).removesuffix(" nats") for end in interval or ()]
            between = " to ".join(ends)
            lines.append(f"| {name} | {form.format(metrics[key])} | {between} |")
    if "completion" in metrics:
        lines += ["", *_completion_lines(metrics)]
    if "auroc" in metrics:
        lines += ["", *_auroc_lines(metrics)]
    if metrics.get("features"):
        lines += ["", *_features_lines(metrics["features"])]
    return "\n".join(lines)


def _completion_lines(metrics: dict[str, Any]) -> list[str]:
    found = metrics["completion"]
    lines = [
        f"| lower half of {found['images']:,} test images, by | log p(hidden half) "
        "| 95 % interval | MSE per pixel | 95 % interval |",
        "|---|---|---|---|---|",
    ]
    for key, name in GUESSES.items():
        cells = [name]
        for figure, form in ("log_prob", "{:.2f}"), ("mse", "{:.4f}"):
            cells.append(form.format(found[key][figure]) + " nats" * (figure == "log_prob"))
            cells.append(" to ".join(map(form.format, found[key]["interval"][figure])))
        lines.append(f"| {' | '.join(cells)} |")
    exact, encoder, mean = (found[key]["log_prob"] for key in GUESSES)
    lines += [
        "",
        f"Bayes' rule is worth {exact - encoder:.2f} nats per image against the encoder, and "
        f"{exact - mean:.2f} against the mean image.",
    ]
    nearest = min(GUESSES, key=lambda key: float(found[key]["mse"]))
    if nearest != "posterior":
        lines[-1] += f" By squared error {GUESSES[nearest]} is nearer."
    if metrics["elbo"] is None:
        lines[-1] += (
            " This model has no q(z|x): the posterior is that of its decoder under the prior "
            "N(0, I), which its training knew nothing of."
        )
    return lines


def _auroc_lines(metrics: dict[str, Any]) -> list[str]:
    found = metrics["auroc"]["against"]
    scores = {key: name for key, name in SCORES.items() if key in found["noise"]}
    lines = [
        f"| AUROC: {metrics['auroc']['images']:,} test images against "
        f"| {' | '.join(scores.values())} |",
        "|---" * (1 + len(scores)) + "|",
    ]
    for kind, areas in found.items():
        cells = [KINDS[kind], *(f"{areas[key]:.3f}" for key in scores)]
        lines.append(f"| {' | '.join(cells)} |")
    failures = []
    for key, name in scores.items():
        kinds = [
            f"{KINDS[kind]} ({areas[key]:.3f})"
            for kind, areas in found.items()
            if areas[key] < FAILS
        ]
        if kinds:
            failures.append(f"{name} against {', '.join(kinds)}")
    lines += [
        "",
        "AUROC is the chance that a strange picture scores stranger than a test image; 0.5 is "
        f"guessing. Detection fails, below {FAILS}, by {'; by '.join(failures) or 'no score'}.",
    ]
    if metrics["elbo"] is None:
        lines[-1] += " This model has no q(z|x), so there is one score less."
    return lines


def _features_lines(found: dict[str, Any]) -> list[str]:
    images, groups, neighbours = found["images"], found["k"][-1], len(found["knn"])
    lines = [
        f"| two numbers as features, of {images:,} test images | the code | PCA |",
        "|---|---|---|",
        f"| k-means with {groups} groups, adjusted Rand index | {found['ari'][-1]:.2f} "
        f"| {found['pca_ari'][-1]:.2f} |",
    ]
    for k in sorted({1, min(NEIGHBOURS, neighbours), neighbours}):
        share, other = (found[key][k - 1] for key in ("knn", "pca_knn"))
        lines.append(f"| {k}-NN accuracy, leave-one-out | {share:.2%} | {other:.2%} |")
    return [
        *lines,
        "",
        "Here the neighbours are the other test images, and PCA is of the test images: nothing of "
        "the training set is used.",
    ]


def update_card(path: Path, table: str, title: str) -> None:
    """Put the table between its two marks, in a new card if there is none."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if TABLE_START not in text or TABLE_END not in text:
        picture = "![The plane, decoded](manifold.png)"
        text = f"{text or f'# {title}'}\n\n{picture}\n\n{TABLE_START}\n{TABLE_END}\n"
    before, _, rest = text.rpartition(TABLE_START)
    after = rest.partition(TABLE_END)[2]
    write_text(path, f"{before}{TABLE_START}\n{table}\n{TABLE_END}{after}")


def _pixels(model: VAE, images: Images, first: int | None = None) -> Tensor:
    """What is scored: the first images, binarized if the likelihood is Bernoulli's.

    Coins are thrown for all images, so that the first of them are the same however many are used.
    """
    x = torch.cat([images.batch(part) for part in _parts(images)])
    if model.config.likelihood == "bernoulli":
        x = torch.bernoulli(x, generator=torch.Generator().manual_seed(SEED))
    return x[:first]


def _mean_image(images: Images) -> Tensor:  # (C, H, W) float64
    mean = torch.zeros(images.pixels.shape[1:], dtype=torch.float64)
    for part in _parts(images):
        mean += images.batch(part).double().sum(0) / len(images.labels)
    return mean


def _log_likelihood(model: VAE, logits: Tensor, x: Tensor) -> Tensor:
    """log p(x|z) of every pixel and channel, for what the decoder says of z."""
    if model.config.likelihood == "bernoulli":
        found: Tensor = Bernoulli(logits=logits).log_prob(x)
    else:
        found = Normal(logits.sigmoid(), (model.pixel_logvar / 2).exp()).log_prob(x)
    return found


def _bounds(model: VAE, x: Tensor, test: Images) -> dict[str, Tensor]:
    rows = []
    for part in tqdm(_parts(test), desc="ELBO", leave=False):
        grey, label = test.batch(part), test.labels[part]
        bound = model.elbo(x[part], label)
        error = (model.reconstruct(grey, label) - grey).square().flatten(1).mean(1)
        rows.append((bound.rate, bound.distortion, error))
    rate, distortion, error = map(torch.cat, zip(*rows, strict=True))
    found = {"distortion": distortion, "reconstruction_mse": error}
    return found | ({"rate": rate, "elbo": -rate - distortion} if rate.isfinite().all() else {})


def _gaps(model: VAE, x: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """log p(x) - ELBO of single images, split after Cremer et al. 2018: see `best_gaussian`."""
    mean, logvar = torch.zeros(len(x), 2), torch.zeros(len(x), 2)
    exact = torch.zeros(len(x), dtype=torch.float64)
    grids = {}
    for i in tqdm(range(len(x)), desc="posteriors", leave=False):
        label = int(labels[i]) if model.config.conditional else 0
        if label not in grids:
            grids[label] = Grid(model, FINE_SIDE, label=label)
        found = grids[label].refine(x[i : i + 1])
        strongest = found.modes().gaussian
        exact[i], mean[i], logvar[i] = found.log_prob, strongest.mean[0], strongest.logvar[0]
    best = best_gaussian(model, x, model.encode(x, labels), Posterior(mean, logvar), label=labels)
    middle = model.elbo(x, labels, q=best).elbo.double()
    return {
        "amortization_gap": middle - model.elbo(x, labels).elbo,
        "family_gap": exact - middle,
    }


def _interval(values: NDArray[np.float64]) -> list[float]:
    """95 % of the means of as many images drawn with replacement (Efron 1979, the bootstrap)."""
    n = len(values)
    random = np.random.default_rng(SEED)
    counts = random.multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    low, high = np.quantile(counts @ values / n, [0.025, 0.975])
    return [_rounded(low), _rounded(high)]


def _rounded(value: float) -> float:
    """Digits beyond these are of the machine, not of the model."""
    return round(float(value), 5)


def _parts(images: Images, size: int = BATCH) -> list[slice]:
    return [slice(start, start + size) for start in range(0, len(images.labels), size)]


def measure(
    name: str,
    weights_dir: Path,
    data_dir: str | None,
    dataset: str | None,
    only: Collection[str] = (),
) -> str:
    """Measure a stored model and write what the module says; the tables.

    With `only`, some of "completion", "auroc" and "features", the other figures stay as they were.

    Raises:
        ModelError: no such model, or one without figures to stay.
        DatasetError: its dataset is neither on disk nor to be downloaded.
    """
    model = load(name, weights_dir)
    dataset = dataset or model.config.dataset
    train, test = (
        load_images(dataset, part, data_dir, size=model.config.shape[1]) for part in (True, False)
    )
    other = STRANGE.get(dataset)
    strange = {}
    if other and is_there(other, data_dir):
        strange[other] = load_images(other, False, data_dir)
    folder = model_folder(name, weights_dir)
    file = folder / "metrics.json"
    if not only:
        metrics = evaluate(model, train, test, name, strange)
    elif not file.exists():
        raise ModelError(f"{name} has no figures yet: measure it without --only first")
    else:
        metrics = json.loads(file.read_text(encoding="utf-8"))
    if "completion" in only:
        metrics["completion"] = completion(model, train, test)
    if "auroc" in only:
        metrics["auroc"] = detection(model, test, strange)
    if "features" in only:
        metrics["features"] = features(model, test)
    write_text(file, json.dumps(metrics, indent=2) + "\n")
    table = figures_table(metrics)
    update_card(folder / "README.md", table, name)
    if not only:
        tiles = manifold(model).permute(2, 0, 3, 1, 4)  # (C, rows, H, tiles, W)
        to_pil(tiles.flatten(3, 4).flatten(1, 2)).save(folder / "manifold.png", optimize=True)
    return table


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m vae_core.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", help="the model")
    parser.add_argument("--dataset", help="folder:PATH, where a model of one's own pictures learnt")
    parser.add_argument("--data-dir", help="where its dataset is, or is downloaded to")
    parser.add_argument("--weights-dir", type=Path, default=WEIGHTS_DIR)
    parser.add_argument(
        "--only",
        nargs="+",
        choices=("completion", "auroc", "features"),
        default=(),
        help="measure this alone, in minutes, and leave the other figures as they were",
    )
    options = parser.parse_args()
    try:
        print(
            measure(
                options.name, options.weights_dir, options.data_dir, options.dataset, options.only
            )
        )
    except (ModelError, DatasetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
