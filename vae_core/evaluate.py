"""Measure a model: python -m vae_core.evaluate mnist-vae

Writes weights/<name>/metrics.json and the tables of its model card, weights/<name>/README.md.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from vae_core.datasets import DatasetError, Images, load_images
from vae_core.model import VAE
from vae_core.pretrained import WEIGHTS_DIR, ModelError, load, model_folder, write_text

SEED = 0  # of the binarization of the test images
NEIGHBOURS = 20
BATCH = 1000
TABLE_START, TABLE_END = "<!-- figures: written by vae_core.evaluate -->", "<!-- end of figures -->"


@torch.no_grad()
def evaluate(model: VAE, train: Images, test: Images) -> dict[str, Any]:
    """Figures of a model on a test set.

    Returns:
        elbo, rate, distortion: in nats per image, means over the test images, each binarized once
            with a fixed seed; elbo_standard_error: of that mean.
        knn_accuracy: share of test codes whose 20 nearest training codes have the right majority,
            codes being posterior means of grey images.
        reconstruction_mse: mean squared error per pixel of the reconstruction of grey images.
    """
    generator = torch.Generator().manual_seed(SEED)
    rates, distortions, errors = [], [], []
    for part in tqdm(_parts(test), desc="ELBO", leave=False):
        x = test.batch(part)
        bound = model.elbo(torch.bernoulli(x, generator=generator))
        rates.append(bound.rate)
        distortions.append(bound.distortion)
        errors.append((model.reconstruct(x) - x).square().flatten(1).mean(1))
    rate, distortion, error = map(torch.cat, (rates, distortions, errors))
    elbo = -(rate + distortion)
    return {
        "elbo": elbo.mean().item(),
        "elbo_standard_error": (elbo.std() / len(elbo) ** 0.5).item(),
        "rate": rate.mean().item(),
        "distortion": distortion.mean().item(),
        "knn_accuracy": knn_accuracy(
            codes(model, train), train.labels, codes(model, test), test.labels
        ),
        "reconstruction_mse": error.mean().item(),
        "test_images": len(test.labels),
        "seed": SEED,
    }


def codes(model: VAE, images: Images) -> Tensor:
    """Posterior means of grey images, (n, 2)."""
    return torch.cat([model.encode(images.batch(part)).mean for part in _parts(images)])


def knn_accuracy(
    codes: Tensor, labels: Tensor, queries: Tensor, truth: Tensor, k: int = NEIGHBOURS
) -> float:
    """Share of queries whose k nearest codes have the true label as their commonest.

    Args:
        codes, labels: where the neighbours are, (n, 2) and (n,).
        queries, truth: what is judged, (m, 2) and (m,).
        k: neighbours asked; of equally common labels the smallest is taken.
    """
    right = 0
    for part, true in zip(queries.split(500), truth.split(500), strict=True):
        nearest = torch.cdist(part, codes).topk(k, largest=False).indices
        right += int((labels[nearest].mode(dim=1).values == true).sum())
    return right / len(truth)


def figures_table(metrics: dict[str, Any]) -> str:
    """The figures as a Markdown table for the model card."""
    rows = [
        ("ELBO", "{elbo:.2f} ± {elbo_standard_error:.2f} nats"),
        ("rate", "{rate:.2f} nats"),
        ("distortion", "{distortion:.2f} nats"),
        (f"{NEIGHBOURS}-NN accuracy", "{knn_accuracy:.2%}"),
        ("reconstruction MSE per pixel", "{reconstruction_mse:.4f}"),
    ]
    lines = [f"| {name} | {form.format(**metrics)} |" for name, form in rows]
    return "\n".join(["| figure | value |", "|---|---|", *lines])


def update_card(path: Path, table: str, title: str) -> None:
    """Put the table between its two marks, in a new card if there is none."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if TABLE_START not in text or TABLE_END not in text:
        text = f"{text or f'# {title}'}\n\n{TABLE_START}\n{TABLE_END}\n"
    before, _, rest = text.rpartition(TABLE_START)
    after = rest.partition(TABLE_END)[2]
    write_text(path, f"{before}{TABLE_START}\n{table}\n{TABLE_END}{after}")


def _parts(images: Images) -> list[slice]:
    return [slice(start, start + BATCH) for start in range(0, len(images.labels), BATCH)]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m vae_core.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", help="the model")
    parser.add_argument("--data-dir", help="where its dataset is, or is downloaded to")
    parser.add_argument("--weights-dir", type=Path, default=WEIGHTS_DIR)
    options = parser.parse_args()
    try:
        model = load(options.name, options.weights_dir)
        train, test = (
            load_images(model.config.dataset, part, options.data_dir) for part in (True, False)
        )
    except (ModelError, DatasetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    metrics = evaluate(model, train, test)
    folder = model_folder(options.name, options.weights_dir)
    write_text(folder / "metrics.json", json.dumps(metrics, indent=2) + "\n")
    table = figures_table(metrics)
    update_card(folder / "README.md", table, options.name)
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
