"""What is written beside a model: its figures, the tables of its card, and its plane."""

import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch

from vae_core.datasets import DatasetError, Images, describe, is_there, load_images
from vae_core.evaluate.figures import NEIGHBOURS, ROWS, evaluate, manifold
from vae_core.evaluate.layers import write_layers
from vae_core.evaluate.scored import codes, process
from vae_core.evaluate.uses import (
    GUESSES,
    KINDS,
    RELIABLE,
    SCORES,
    completion,
    detection,
    features,
)
from vae_core.images import to_pil
from vae_core.model import VAE
from vae_core.pretrained import ModelError, load, load_encodings, model_folder, write_text

STRANGE = {"mnist": "fashion", "fashion": "mnist"}  # another dataset of the same shape
TABLE_START, TABLE_END = "<!-- figures: written by vae_core.evaluate -->", "<!-- end of figures -->"
SAME = 0.05  # of the plane: codes of the same picture by the same model, on whatever device


def measure(
    name: str,
    weights_dir: Path,
    data_dir: str | None,
    dataset: str | None,
    only: Collection[str] = (),
    device: str = "auto",
) -> str:
    """Measure a stored model and write what the package says; the tables.

    With `only`, some of "completion", "auroc", "features" and "layers", the other figures stay as
    they were.
    Of the processes that `accelerate launch` starts, the first one writes.

    Raises:
        ModelError: no such model, one whose parameters are not finite, one without figures to stay,
            or a device that is not there.
        DatasetError: its dataset is neither on disk nor to be downloaded, or is not the one that
            the model was trained on.
    """
    model = load(name, weights_dir)
    if not all(bool(parameter.isfinite().all()) for parameter in model.parameters()):
        raise ModelError(
            f"{name} has parameters that are not finite, so there is nothing to measure: its "
            "training diverged. Train it again, with a lower --lr"
        )
    dataset = dataset or model.config.dataset
    train, test = _images(name, model, weights_dir, data_dir, dataset)
    other = STRANGE.get(dataset)
    strange = {}
    if other and is_there(other, data_dir):
        strange[other] = load_images(other, False, data_dir)
    folder = model_folder(name, weights_dir)
    file = folder / "metrics.json"
    if only and not file.exists():
        raise ModelError(f"{name} has no figures yet: measure it without --only first")
    model.to(_device(device))
    if only:
        metrics = json.loads(file.read_text(encoding="utf-8"))
    else:
        metrics = evaluate(model, train, test, name, strange)
    if "completion" in only:
        metrics["completion"] = completion(model, train, test)
    if "auroc" in only:
        metrics["auroc"] = detection(model, test, strange)
    if "features" in only:
        metrics["features"] = features(model, test)
    table = figures_table(metrics)
    if process()[0] > 0:
        return table
    write_text(file, json.dumps(metrics, indent=2) + "\n")
    update_card(folder / "README.md", table, name)
    encoded = (folder / "encodings.safetensors").exists()  # of a model that was trained
    if "layers" in only or (encoded and not only):
        write_layers(folder, model, load_encodings(name, weights_dir))
    if not only:
        tiles = manifold(model).permute(2, 0, 3, 1, 4)  # (C, rows, H, tiles, W)
        to_pil(tiles.flatten(3, 4).flatten(1, 2)).save(folder / "manifold.png", optimize=True)
    return table


def _device(name: str) -> torch.device:
    """Where this process measures; it joins the others that `accelerate launch` started."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        from accelerate import PartialState  # late: one process does without it

        chosen: torch.device = PartialState(cpu=name == "cpu").device
    elif name != "cpu" and torch.accelerator.is_available():
        chosen = torch.accelerator.current_accelerator() or torch.device("cpu")
    else:
        chosen = torch.device("cpu")
    if name not in ("auto", chosen.type):
        raise ModelError(f"--device {name}: there is none here; available: {chosen.type}")
    return chosen


def _images(
    name: str, model: VAE, weights_dir: Path, data_dir: str | None, dataset: str
) -> tuple[Images, Images]:
    """Training and test images, if they are those of the model as far as can be known."""
    config, size = model.config, model.config.shape[1]
    kind = dataset.partition(":")[0]
    if kind != config.dataset:
        raise DatasetError(f"{name!r} was trained on {config.dataset!r}, not on {kind!r}")
    if dataset == "folder":
        raise DatasetError(
            f"{name} was trained on a folder of pictures: name it with --dataset folder:PATH"
        )
    described = describe(dataset, size)
    if described.shape != config.shape or described.classes != config.classes:
        raise DatasetError(
            f"{name} was trained on other pictures: of shape {config.shape} with the classes "
            f"{', '.join(config.classes) or 'none'}; {dataset} has {described.shape} and "
            f"{', '.join(described.classes) or 'none'}"
        )
    train, test = (load_images(dataset, part, data_dir, size=size) for part in (True, False))
    if kind == "folder" and (weights_dir / name / "encodings.safetensors").exists():
        before = load_encodings(name, weights_dir)
        same = len(before.label) == len(test.labels)
        if not same or (codes(model, test) - before.mean).abs().max() > SAME:
            raise DatasetError(
                f"the test pictures of {dataset} are not those that {name} was trained with: "
                "expected the same folder, with no picture added, removed or changed"
            )
    return train, test


def figures_table(metrics: dict[str, Any]) -> str:
    """The figures as a Markdown table for the model card."""
    lines = ["| figure | value | 95 % interval |", "|---|---|---|"]
    for key, name, form in ROWS:
        if metrics[key] is not None:
            interval = metrics["interval"].get(key)
            ends = [form.format(end).removesuffix(" nats") for end in interval or ()]
            between = " to ".join(ends)
            lines.append(f"| {name} | {form.format(metrics[key])} | {between} |")
    exact_images = metrics.get("exact_images", metrics.get("test_images"))
    if exact_images != metrics.get("test_images"):
        lines += [
            "",
            f"The two log p(x) of the model are of the first {exact_images:,} of "
            f"{metrics['test_images']:,} test images, because it takes long to decode pictures of "
            "this size.",
        ]
    if "completion" in metrics:
        lines += ["", *_completion_lines(metrics)]
    if "auroc" in metrics:
        lines += ["", *_auroc_lines(metrics)]
    if metrics.get("features"):
        lines += ["", *_features_lines(metrics["features"])]
    return "\n".join(lines)


def _completion_lines(metrics: dict[str, Any]) -> list[str]:
    guesses = metrics["completion"]
    lines = [
        f"| lower half of {guesses['images']:,} test images, by | log p(hidden half) "
        "| 95 % interval | MSE per pixel | 95 % interval |",
        "|---|---|---|---|---|",
    ]
    for key, name in GUESSES.items():
        cells = [name]
        for figure, form in ("log_prob", "{:.2f}"), ("mse", "{:.4f}"):
            cells.append(form.format(guesses[key][figure]) + " nats" * (figure == "log_prob"))
            cells.append(" to ".join(map(form.format, guesses[key]["interval"][figure])))
        lines.append(f"| {' | '.join(cells)} |")
    exact, encoder, mean = (guesses[key]["log_prob"] for key in GUESSES)
    lines += [
        "",
        f"The exact posterior predicts the hidden half {_better('the encoder', exact - encoder)} "
        f"per image, and {_better('the mean image', exact - mean)}.",
    ]
    nearest = min(GUESSES, key=lambda key: float(guesses[key]["mse"]))
    if nearest != "posterior":
        lines[-1] += f" The squared error of {GUESSES[nearest]} is lower."
    if metrics["elbo"] is None:
        lines[-1] += (
            " This model has no q(z|x): the posterior is that of its decoder under the prior "
            "N(0, I), which its training knew nothing of."
        )
    return lines


def _better(than: str, nats: float) -> str:
    return f"{'better' if nats >= 0 else 'worse'} than {than} by {abs(nats):.2f} nats"


def _auroc_lines(metrics: dict[str, Any]) -> list[str]:
    against = metrics["auroc"]["against"]
    scores = {key: name for key, name in SCORES.items() if key in against["noise"]}
    lines = [
        f"| AUROC: {metrics['auroc']['images']:,} test images against "
        f"| {' | '.join(scores.values())} |",
        "|---" * (1 + len(scores)) + "|",
    ]
    for kind, areas in against.items():
        cells = [KINDS[kind], *(f"{areas[key]:.3f}" for key in scores)]
        lines.append(f"| {' | '.join(cells)} |")
    unreliable = []
    for kind, areas in against.items():
        below = {scores[key]: areas[key] for key in scores if areas[key] < RELIABLE}
        if below:
            by = ", ".join(f"{name} ({area:.3f})" for name, area in below.items())
            unreliable.append(f"{KINDS[kind]} by {by}")
    lines += [
        "",
        "AUROC is the chance that a strange picture scores stranger than a test image; 0.5 is "
        "guessing. "
        + (
            f"Below {RELIABLE} detection is not reliable: {'; '.join(unreliable)}."
            if unreliable
            else f"Every score detects every kind reliably: none is below {RELIABLE}."
        ),
    ]
    if metrics["elbo"] is None:
        lines[-1] += " This model has no q(z|x), so there is one score less."
    return lines


def _features_lines(measured: dict[str, Any]) -> list[str]:
    images, groups, neighbours = measured["images"], measured["k"][-1], len(measured["knn"])
    lines = [
        f"| two numbers as features, of {images:,} test images | the code | PCA |",
        "|---|---|---|",
        f"| k-means with {groups} groups, adjusted Rand index | {measured['ari'][-1]:.2f} "
        f"| {measured['pca_ari'][-1]:.2f} |",
    ]
    for k in sorted({1, min(NEIGHBOURS, neighbours), neighbours}):
        share, other = (measured[key][k - 1] for key in ("knn", "pca_knn"))
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
