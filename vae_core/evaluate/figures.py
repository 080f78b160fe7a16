"""The figures of a model on its test images."""

import platform
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from vae_core.datasets import Images
from vae_core.evaluate.scored import (
    SEED,
    SIDE,
    codes,
    interval,
    mean_image,
    parts,
    rounded,
    scored_pixels,
)
from vae_core.evaluate.uses import completion, detection, features
from vae_core.exact import Grid, best_gaussian, importance_log_prob, log_prob
from vae_core.model import VAE, Posterior

FINE_SIDE = 160  # the same for single images, whose cells are refined
SAMPLES = 500  # of importance sampling, as in published figures
NEIGHBOURS = 20
FIRST = 500  # images of the gaps, and of the figures that a test recomputes
TILES = 20  # of the manifold, along each axis


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
    x = scored_pixels(model, test)
    found = _bounds(model, x, test)
    found["log_prob"] = log_prob(model, x, test.labels, SIDE)
    if config.probabilistic:
        generator = torch.Generator().manual_seed(SEED)
        found["is_500"] = torch.cat(
            [
                importance_log_prob(
                    model, x[part], SAMPLES, label=test.labels[part], generator=generator
                )
                for part in tqdm(parts(test, 100), desc=f"IS-{SAMPLES}", leave=False)
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
    means = {row.key: rounded(values[row.key].mean()) for row in ROWS if row.key in values}
    every = dict.fromkeys([row.key for row in ROWS]) | means
    if config.probabilistic:
        every["active_units"] = int((test_codes.var(0) > 0.01).sum())
    return every | {
        "completion": completion(model, train, test),
        "auroc": detection(model, test, strange or {}),
        "features": features(model, test),
        "interval": {key: interval(values[key]) for key in means},
        "first": {key: rounded(values[key][:FIRST].mean()) for key in means},
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
    mean = mean_image(train).flatten()
    covariance = torch.zeros(pixels, pixels, dtype=torch.float64)
    for part in parts(train):
        away = train.batch(part).flatten(1).double() - mean
        covariance += away.T @ away / n
    variances, axes = torch.linalg.eigh(covariance)
    main, axes = variances[-components:], axes[:, -components:]
    noise = variances[:-components].mean()
    found = []
    for part in parts(test):
        x = test.batch(part).flatten(1).double() - mean
        along = (x @ axes).square()
        across = x.square().sum(1) - along.sum(1)
        logs = main.log().sum() + (pixels - components) * noise.log()
        constant = pixels * np.log(2 * np.pi) + logs
        found.append(-0.5 * (constant + (along / main).sum(1) + across / noise))
    return torch.cat(found)


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


def _bounds(model: VAE, x: Tensor, test: Images) -> dict[str, Tensor]:
    rows = []
    for part in tqdm(parts(test), desc="ELBO", leave=False):
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
