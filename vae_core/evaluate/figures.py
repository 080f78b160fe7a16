"""The figures of a model on its test images."""

import math
import platform
from collections.abc import Iterator, Mapping
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae_core.datasets import Images
from vae_core.evaluate.scored import (
    BATCH,
    FINE_SIDE,
    INFERRED,
    REFINED_CELLS,
    SEED,
    Bar,
    Done,
    Plan,
    codes,
    decoder_size,
    device_of,
    exact_log_prob,
    interval,
    mean_image,
    parts,
    plan,
    planes,
    process,
    rounded,
    scored_pixels,
    spread,
)
from vae_core.evaluate.uses import COMPLETED, JUDGED, completion, detection, features
from vae_core.exact import best_gaussian, importance_log_prob
from vae_core.features import knn_regions, principal_axes
from vae_core.model import LATENT_DIM, VAE, Posterior

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
    Row("amortization_gap", "amortization gap", "{:.2f} nats"),
    Row("approximation_gap", "approximation gap", "{:.2f} nats"),
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
    """Figures of a model on a test set; docs/figures.md says what each means.

    Nats per image, means over the test images, each binarized once with a fixed seed if the
    likelihood is Bernoulli's; a conditional model is given the labels. A plain autoencoder has no
    q(z|x): its figures that need one are None. So is 20-NN accuracy where there are no labels, and
    PCA where there are too few training images for it. Where decoding takes long, as of large
    colour pictures, what integrates over the plane is of the first test images alone: see `plan`.

    Under `accelerate launch` each process measures its share of the images, and all return the
    figures of all; those of `features` the first alone.

    Args:
        model: as `load` gives it, on any device.
        train, test: the two parts of its dataset.
        name: of the model, for the command that is written down.
        strange: other datasets for `detection`.
    Returns:
        the figures of `ROWS`, their 95 % bootstrap intervals, the same of the first 500 images,
        those of `completion`, of `detection` ("auroc") and of `features`, of how many images each
        is, and how all were made.
    """
    config, strange, n = model.config, strange or {}, len(test.labels)
    how = plan(model, n)
    bar = Bar(_costs(model, train, test, 2 + len(strange), how))
    x, exact = scored_pixels(model, test), slice(how.images)
    images = _bounds(model, x, test, bar["ELBO"])
    (images["log_prob"],) = spread(
        lambda part: [
            exact_log_prob(model, x[exact][part], test.labels[exact][part], how, bar["log p(x)"])
        ],
        len(x[exact]),
    )
    if config.probabilistic:
        (images["is_500"],) = spread(
            lambda part: [
                _importance(model, x[exact], test.labels[exact], part, bar[f"IS-{SAMPLES}"])
            ],
            len(x[exact]),
        )
        first = x[exact][:FIRST]
        gaps = spread(
            lambda part: _gaps(model, first[part], test.labels[: len(first)][part], bar["gaps"]),
            len(first),
        )
        images |= dict(zip(("amortization_gap", "approximation_gap"), gaps, strict=True))
    test_codes = codes(model, test)
    if config.classes:
        nearest = knn_regions(codes(model, train), train.labels, test_codes, NEIGHBOURS)
        images["knn_accuracy"] = nearest == test.labels.cpu()
    if config.likelihood == "gaussian":
        pca_log_probs = pca_log_prob(train, test)
        if pca_log_probs is not None:
            images["pca_log_prob"] = pca_log_probs

    values = {key: value.double().numpy() for key, value in images.items()}
    means = {row.key: rounded(values[row.key].mean()) for row in ROWS if row.key in values}
    every = dict.fromkeys([row.key for row in ROWS]) | means
    if config.probabilistic:
        every["active_units"] = int((test_codes.var(0) > 0.01).sum())
    every |= {
        "completion": completion(model, train, test, bar["completion"]),
        "auroc": detection(model, test, strange, bar["detection"]),
        "features": features(model, test) if process()[0] == 0 else None,
        "interval": {key: interval(values[key]) for key in means},
        "first": {key: rounded(values[key][:FIRST].mean()) for key in means},
        "first_images": min(FIRST, len(x)),
        "exact_images": len(x[exact]),
        "test_images": len(x),
        "seed": SEED,
        "command": f"python -m vae_core.evaluate {name}",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }
    bar.close()
    return every


def _costs(model: VAE, train: Images, test: Images, kinds: int, how: Plan) -> dict[str, float]:
    """What each measurement costs in multiply-adds, about: for the progress bar."""
    code, n, pixels = decoder_size(model), len(test.labels), test.pixels[0].numel()
    labels = len(model.config.classes) if model.config.conditional else 1
    exact = min(n, how.images)

    def on_planes(images: int, times: int = 1) -> float:
        more = REFINED_CELLS * code if how.refined else how.side**2 * pixels
        return how.side**2 * code * labels * times + images * times * more

    first = min(FIRST, exact)
    return {
        "ELBO": 66.0 * n * code,
        "log p(x)": on_planes(exact),
        f"IS-{SAMPLES}": SAMPLES * exact * code * model.config.probabilistic,
        "gaps": (labels * FINE_SIDE**2 + first * (REFINED_CELLS + 900))
        * code
        * model.config.probabilistic,
        "completion": on_planes(min(COMPLETED, exact), times=4),
        "detection": on_planes(min(JUDGED, exact) * (1 + kinds)) * (labels if labels > 1 else 1),
    }


def pca_log_prob(train: Images, test: Images, components: int = 2) -> Tensor | None:
    """log p(x) of each test image under probabilistic PCA, in nats, (n,) float64.

    The linear model with the same prior and likelihood as a Gaussian VAE, at its maximum
    likelihood (Tipping and Bishop 1999, "Probabilistic principal component analysis", equations 4,
    7 and 8): what a VAE gains over it, it owes to a decoder that is not linear.

    Returns:
        None where the training images vary in no more directions than there are components, so
        that nothing is left for the noise.
    """
    n, pixels = len(train.labels), train.pixels[0].numel()
    mean = mean_image(train).flatten()

    def centred(images: Images) -> Iterator[Tensor]:
        for part in parts(len(images.labels)):
            yield images.batch(part).flatten(1).double() - mean

    def covariance(v: Tensor) -> Tensor:
        product = torch.zeros_like(mean)
        for x in centred(train):
            product += x.T @ (x @ v) / n
        return product

    variance = float(sum(x.square().sum() for x in centred(train))) / n
    if not variance:
        return None
    main, axes = principal_axes(covariance, pixels, components)
    left = variance - float(main.sum())
    if left < 1e-9 * variance:
        return None
    noise = left / (pixels - components)
    logs = main.log().sum() + (pixels - components) * math.log(noise)
    log_probs = []
    for x in centred(test):
        along = (x @ axes).square()
        across = x.square().sum(1) - along.sum(1)
        constant = pixels * math.log(2 * math.pi) + logs
        log_probs.append(-0.5 * (constant + (along / main).sum(1) + across / noise))
    return torch.cat(log_probs)


@torch.no_grad()
def manifold(model: VAE, tiles: int = TILES) -> Tensor:
    """The plane as pictures, at equal steps of the prior's probability: (rows, tiles, C, H, W).

    Kingma and Welling 2013, figure 4. Row by row from the top, z2 falling and z1 rising, as on a
    map. A conditional model has two rows for each class: all classes while z1 rises, then z2.
    """
    quantiles = [NormalDist().inv_cdf((i + 0.5) / tiles) for i in range(tiles)]
    steps = torch.tensor(quantiles, device="cpu").to(device_of(model))
    if not model.config.conditional:
        z = torch.cartesian_prod(steps.flip(0), steps).flip(1)
        return model.decode(z).view(tiles, tiles, *model.config.shape)
    rows = []
    zero = torch.zeros_like(steps)
    for z in torch.stack([steps, zero], 1), torch.stack([zero, steps], 1):
        for label in range(len(model.config.classes)):
            rows.append(model.decode(z, torch.full((tiles,), label, device=z.device)))
    return torch.stack(rows)


def _bounds(model: VAE, x: Tensor, test: Images, done: Done) -> dict[str, Tensor]:
    """The figures of the encoder and of reconstructions, for each image."""
    device = device_of(model)

    def measure(share: slice) -> list[Tensor]:
        empty = torch.zeros(0, device="cpu")
        rows = [(empty, empty, empty)]
        for k in range(share.start, share.stop, BATCH):
            part = slice(k, min(k + BATCH, share.stop))
            grey, label = test.batch(part).to(device), test.labels[part].to(device)
            bound = model.elbo(x[part].to(device), label)
            error = (model.reconstruct(grey, label) - grey).square().flatten(1).mean(1)
            rows.append((bound.rate.cpu(), bound.distortion.cpu(), error.cpu()))
            done((part.stop - k) / (share.stop - share.start))
        return [torch.cat(column) for column in zip(*rows, strict=True)]

    rate, distortion, error = spread(measure, len(x))
    figures = {"distortion": distortion, "reconstruction_mse": error}
    if model.config.probabilistic:
        figures |= {"rate": rate, "elbo": -rate - distortion}
    return figures


def _importance(model: VAE, x: Tensor, labels: Tensor, share: slice, done: Done) -> Tensor:
    """IS-500 of some images, with the noise that they get when one process measures all."""
    generator, device = torch.Generator().manual_seed(SEED), device_of(model)
    for _ in range(share.start):
        torch.randn(SAMPLES, LATENT_DIM, generator=generator, device=generator.device)
    estimates = [torch.zeros(0, dtype=torch.float64, device="cpu")]
    for k in range(share.start, share.stop):
        one = slice(k, k + 1)
        image, label = x[one].to(device), labels[one].to(device)
        estimates.append(
            importance_log_prob(model, image, SAMPLES, label=label, generator=generator)
        )
        done(1 / (share.stop - share.start))
    return torch.cat(estimates)


def _gaps(model: VAE, x: Tensor, labels: Tensor, done: Done) -> list[Tensor]:
    """log p(x) - ELBO of single images, in two parts after Cremer et al. 2018: `best_gaussian`."""
    device = device_of(model)
    mean, logvar = torch.zeros(2, len(x), LATENT_DIM, device="cpu")
    exact = torch.zeros(len(x), dtype=torch.float64, device="cpu")
    for grid, here in planes(model, labels, min(FINE_SIDE, plan(model, len(x)).side)):
        for some in here.split(INFERRED):
            for i, posterior in zip(
                some.tolist(), grid.refine_each(x[some].to(device)), strict=True
            ):
                heaviest = posterior.modes().gaussian
                exact[i] = posterior.log_prob
                mean[i], logvar[i] = heaviest.mean[0], heaviest.logvar[0]
            done(len(some) / len(x))
    x, labels = x.to(device), labels.to(device)
    strongest = Posterior(mean.to(device), logvar.to(device))
    best = best_gaussian(model, x, model.encode(x, labels), strongest, label=labels)
    best_bound = model.elbo(x, labels, q=best).elbo.cpu().double()
    return [best_bound - model.elbo(x, labels).elbo.cpu(), exact - best_bound]
