"""What is written beside a model: its figures, the tables of its card, and its plane."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from vae_core.datasets import DATASETS, is_there, load_images
from vae_core.evaluate.figures import NEIGHBOURS, ROWS, evaluate, manifold
from vae_core.evaluate.uses import completion, detection, features
from vae_core.images import to_pil
from vae_core.pretrained import ModelError, load, model_folder, write_text

FAILS = 0.7  # AUROC below which a score is said to fail
STRANGE = {"mnist": "fashion", "fashion": "mnist"}  # another dataset of the same shape
TABLE_START, TABLE_END = "<!-- figures: written by vae_core.evaluate -->", "<!-- end of figures -->"

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
