"""How well ink is found on photographs: python -m tests.benchmarks.photographs --data-dir DIR

Of every kind in `tests.benchmarks.kinds`, photographs of test digits of MNIST are drawn and
prepared. "Kept" is the share whose class, by the 20 nearest training codes of mnist-vae, is that of
the original image; "lost" the share whose prepared image correlates below 0.8 (both blurred by 1.5
pixels) with that of the same strokes black on white; "cropped" is what is kept with a frame around
the strokes given as crop. "Doubted" are shares of those lost, and of the others. Empty pages are to
be called blank.
"""

import argparse
import os
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor
from tqdm import tqdm

from tests.benchmarks import kinds as _kinds  # noqa: F401  (fills KINDS and EMPTY)
from tests.benchmarks.scenes import EMPTY, KINDS, Page, photograph
from vae_core import PictureError, images, load
from vae_core.datasets import Images, load_images

MODEL, NEIGHBOURS, MARGIN = "mnist-vae", 20, 0.15  # around the strokes, of their longest side
FIRST, LAST = 0, 10  # of the test images of each class, those that are photographed


class Photograph(NamedTuple):
    """A photograph, the digit on it, and the same strokes black on white."""

    file: bytes
    original: Tensor  # (1, 1, 28, 28)
    clean: np.ndarray  # (h, w) uint8
    crop: list[float]


def photographs(name: str, test: Images, places: list[int]) -> Iterator[Photograph]:
    """One photograph of each test image at `places`."""
    for place in places:
        rng = np.random.default_rng([zlib.crc32(name.encode()), place])
        others = rng.choice(len(test.labels), 2)
        digits = test.batch(torch.tensor([place, *others]))[:, 0].numpy()
        page = Page(rng, digits)
        file = photograph(KINDS[name], page)
        clean = (255 * (1 - page.cover.clip(0, 1))).round().astype(np.uint8)
        yield Photograph(file, test.batch(slice(place, place + 1)), clean, crop_of(page.cover))


def crop_of(cover: np.ndarray) -> list[float]:
    """A frame around the strokes, as a person would draw it."""
    rows, columns = (np.flatnonzero((cover > 0.5).any(axis)) for axis in (1, 0))
    margin = MARGIN * max(np.ptp(rows), np.ptp(columns))
    h, w = cover.shape
    sides = (columns[0] - margin, rows[0] - margin, columns[-1] + margin, rows[-1] + margin)
    return [float(min(max(s / size, 0), 1)) for s, size in zip(sides, (w, h, w, h), strict=True)]


def correlation(a: Tensor, b: Tensor) -> float:
    """Between two images (1, 1, H, W), blurred so that a shift of a pixel does not matter."""
    blurred = [ndimage.gaussian_filter(x[0, 0].numpy(), 1.5).ravel() for x in (a, b)]
    return float(np.corrcoef(*blurred)[0, 1])


def prepared(picture: object, crop: list[float] | None = None) -> tuple[Tensor, str]:
    """The image and the doubt; an empty image and "blank" where no ink is found."""
    try:
        found = images.examine(picture, load(MODEL).config, crop)
    except PictureError:
        return torch.zeros(1, 1, 28, 28), "blank"
    return found.image, found.doubt


class Reader:
    """Tells the class of images by their nearest training codes."""

    def __init__(self, train: Images) -> None:
        from sklearn.neighbors import KNeighborsClassifier

        self.model = load(MODEL)
        parts = torch.arange(len(train.labels)).split(1000)
        codes = torch.cat([self.model.encode(train.batch(part)).mean for part in parts])
        self.neighbours = KNeighborsClassifier(NEIGHBOURS).fit(codes.numpy(), train.labels.numpy())

    def read(self, pictures: list[Tensor]) -> np.ndarray:
        """Classes, (n,)."""
        return self.neighbours.predict(self.model.encode(torch.cat(pictures)).mean.numpy())


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", default=os.environ.get("LATENT_LAB_DATA"))
    parser.add_argument("--first", type=int, default=FIRST, help="of each class's test images")
    parser.add_argument("--last", type=int, default=LAST)
    parser.add_argument("kinds", nargs="*", help="all without it")
    options = parser.parse_args()
    torch.set_num_threads(1)
    train, test = (load_images("mnist", part, options.data_dir, False) for part in (True, False))
    reader = Reader(train)
    of_class = [np.flatnonzero(test.labels.numpy() == label) for label in range(10)]
    places = [int(i) for all_of in of_class for i in all_of[options.first : options.last]]
    print(
        "| kind | kept | lost | cropped | doubted of lost | of others |\n|---|---|---|---|---|---|"
    )
    sums = np.zeros(4, int)
    for name in options.kinds or KINDS:
        drawn = list(tqdm(photographs(name, test, places), name, len(places), leave=False))
        found, doubts = zip(*(prepared(one.file) for one in drawn), strict=True)
        cropped = [prepared(one.file, one.crop)[0] for one in drawn]
        clean = [prepared(one.clean)[0] for one in drawn]
        lost = np.array([correlation(*pair) < 0.8 for pair in zip(found, clean, strict=True)])
        doubted = np.array([doubt != "" for doubt in doubts])
        classes = reader.read([one.original for one in drawn])
        kept, kept_cropped = (np.mean(reader.read(list(x)) == classes) for x in (found, cropped))
        counts = [(doubted & lost).sum(), lost.sum(), (doubted & ~lost).sum(), (~lost).sum()]
        sums += counts
        print(
            f"| {name} | {kept:.0%} | {lost.mean():.0%} | {kept_cropped:.0%} | "
            f"{counts[0]}/{counts[1]} | {counts[2]}/{counts[3]} |",
            flush=True,
        )
    print(f"| all | | | | {sums[0]}/{sums[1]} | {sums[2]}/{sums[3]} |\n")
    print("| empty page | called blank |\n|---|---|")
    for name, scene in EMPTY.items():
        rngs = [np.random.default_rng([zlib.crc32(name.encode()), i]) for i in range(20)]
        blank = [prepared(photograph(scene, Page(rng, None)))[1] == "blank" for rng in rngs]
        print(f"| {name} | {np.mean(blank):.0%} |", flush=True)


if __name__ == "__main__":
    main()
