"""Real test images that the page may show: python -m ui.real_images [--data-dir DIR]

Forty each of MNIST and Fashion-MNIST, whose licences allow it, go into `ui/web/images/`: four of
each class, far apart on the plane of the dataset's model, the typical one first; those that the
lesson shows take the place of the last ones. What other datasets look like, the page paints itself,
and says so.
"""

import argparse
import base64
import zlib
from pathlib import Path

import numpy as np

from ui.bundle import WEB

EACH = 4  # images of a class
INNER = 0.9  # the share of a class's codes, nearest to its median, that they are picked from
LESSON = {"mnist-vae": (522, 3808, 7562)}  # of ui/web/lessons/stops.js
OF = {
    "mnist": (
        "mnist-vae",
        "MNIST: LeCun, Cortes, Burges; CC BY-SA 3.0",
    ),
    "fashion": ("fashion-vae", "Fashion-MNIST: © 2017 Zalando SE; MIT"),
}


def picked(name: str) -> list[int]:
    """Indexes of test images, class by class: the one nearest to the median, then the farthest."""
    from vae_core import load_encodings

    found = load_encodings(name)
    mean, label = found.mean.numpy(), found.label.numpy()
    indexes: list[int] = []
    for k in np.unique(label):
        own = np.flatnonzero(label == k)
        away = np.linalg.norm(mean[own] - np.median(mean[own], axis=0), axis=1)
        own = own[np.argsort(away, kind="stable")][: int(INNER * len(own))]
        chosen = [own[0]]
        while len(chosen) < EACH:
            gaps = np.linalg.norm(mean[own, None] - mean[chosen], axis=2).min(axis=1)
            chosen.append(own[gaps.argmax()])
        shown = [k for k in LESSON.get(name, ()) if label[k] == label[own[0]] and k not in chosen]
        indexes += [*map(int, chosen[: EACH - len(shown)]), *shown]
    return indexes


def module(dataset: str, data_dir: Path | None) -> str:
    """The text of a module with the images, their places in the test set, and their licence."""
    from vae_core.datasets import load_images

    name, licence = OF[dataset]
    indexes = picked(name)
    images = load_images(dataset, train=False, directory=data_dir, download=False)
    pixels = images.pixels[indexes].numpy()
    packed = base64.b64encode(zlib.compress(pixels.tobytes(), 9)).decode()
    return f"""// Test images of {licence}. `python -m ui.real_images` wrote this.

export const licence = "{licence}";
export const index = {indexes}; // in the test set
export const label = {images.labels[indexes].tolist()}; // of the class
export const shape = {list(pixels.shape[1:])};
/** Levels from 0 to 255, row by row: compressed (zlib), in base64. */
export const packed = "{packed}";
"""


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ui.real_images", description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="where the datasets are")
    data_dir = parser.parse_args().data_dir
    for dataset in OF:
        (WEB / "images" / f"{dataset}.js").write_text(module(dataset, data_dir), encoding="utf-8")


if __name__ == "__main__":
    main()
