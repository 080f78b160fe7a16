"""Measure a model: python -m vae_core.evaluate mnist-vae

Writes weights/<name>/metrics.json, the tables of its model card weights/<name>/README.md, and
weights/<name>/manifold.png, the plane as the decoder sees it. The same model gives the same files
on the same machine, byte for byte but for the versions.
"""

import argparse
import json
import platform
import sys
from pathlib import Path
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from vae_core.datasets import DatasetError, Images, load_images
from vae_core.exact import Grid, best_gaussian, importance_log_prob, log_prob
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


@torch.no_grad()
def evaluate(model: VAE, train: Images, test: Images, name: str = "") -> dict[str, Any]:
    """Figures of a model on a test set; the README's "Measure" says what each means.

    Nats per image, means over the test images, each binarized once with a fixed seed if the
    likelihood is Bernoulli's; a conditional model is told the labels. A plain autoencoder has no
    q(z|x): its figures that need one are None. So is 20-NN accuracy where there are no labels.

    Args:
        model: as `load` gives it.
        train, test: the two parts of its dataset.
        name: of the model, for the command that is written down.
    Returns:
        the figures of `ROWS`, their 95 % bootstrap intervals, the same of the first 500 images,
        and how all were made.
    """
    config = model.config
    x = torch.cat([test.batch(part) for part in _parts(test)])
    if config.likelihood == "bernoulli":
        x = torch.bernoulli(x, generator=torch.Generator().manual_seed(SEED))
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
    mean = torch.zeros(pixels, dtype=torch.float64)
    for part in _parts(train):
        mean += train.batch(part).flatten(1).double().sum(0) / n
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
    return "\n".join(lines)


def update_card(path: Path, table: str, title: str) -> None:
    """Put the table between its two marks, in a new card if there is none."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if TABLE_START not in text or TABLE_END not in text:
        picture = "![The plane, decoded](manifold.png)"
        text = f"{text or f'# {title}'}\n\n{picture}\n\n{TABLE_START}\n{TABLE_END}\n"
    before, _, rest = text.rpartition(TABLE_START)
    after = rest.partition(TABLE_END)[2]
    write_text(path, f"{before}{TABLE_START}\n{table}\n{TABLE_END}{after}")


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


def measure(name: str, weights_dir: Path, data_dir: str | None, dataset: str | None) -> str:
    """Measure a stored model and write what the module says; the table.

    Raises:
        ModelError: no such model.
        DatasetError: its dataset is neither on disk nor to be downloaded.
    """
    model = load(name, weights_dir)
    dataset = dataset or model.config.dataset
    train, test = (
        load_images(dataset, part, data_dir, size=model.config.shape[1]) for part in (True, False)
    )
    metrics = evaluate(model, train, test, name)
    folder = model_folder(name, weights_dir)
    write_text(folder / "metrics.json", json.dumps(metrics, indent=2) + "\n")
    table = figures_table(metrics)
    update_card(folder / "README.md", table, name)
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
    options = parser.parse_args()
    try:
        print(measure(options.name, options.weights_dir, options.data_dir, options.dataset))
    except (ModelError, DatasetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
