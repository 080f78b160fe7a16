"""A class at work, and the criterion of digits as people send them."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier

from tests.api.calls import Caller
from tests.api.pictures import encoded
from tests.live import Server
from vae_core import VAE
from vae_core.datasets import Images, load_images
from vae_core.evaluate import NEIGHBOURS, codes

MODEL = "mnist-vae"
CLIENTS, REQUESTS = 30, 5
DIGITS = 200
WORKERS = 4
LOST = 0.03  # of accuracy
SIDE, INNER = 280, 200  # pixels: the page, and the enlarged image on it


def on_a_page(image: np.ndarray, rng: np.random.Generator) -> bytes:
    """A test image (28, 28) as a scan: black ink somewhere on white paper, as JPEG."""
    ink = Image.fromarray(255 - image).resize((INNER, INNER), Image.Resampling.BICUBIC)
    page = Image.new("L", (SIDE, SIDE), 255)
    left, top = rng.integers(0, SIDE - INNER + 1, size=2)
    page.paste(ink, (int(left), int(top)))
    return encoded(page, "JPEG", quality=90)


def test_a_class_decodes_the_same_codes_at_once(server: Server, shipped: VAE) -> None:
    """The same, because then all of them fetch the same files."""
    grid = torch.linspace(-1, 1, REQUESTS)
    expected = (shipped.decode(torch.stack([grid, grid], 1))[:, 0] * 255).round().byte().numpy()

    def pupil(_: int) -> None:
        with Caller(server.url) as caller:
            for z, picture in zip(grid.tolist(), expected, strict=True):
                answer = caller.call("/decode", z, z, MODEL)
                shown = Image.open(io.BytesIO(caller.download(answer.data[0])))
                assert np.array_equal(shown, picture)

    start = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(pupil, range(CLIENTS)))
    print(f"{CLIENTS} x {REQUESTS} requests: {time.monotonic() - start:.1f} s")


@pytest.mark.slow
@pytest.mark.proof("weights/mnist-vae/*.[js]*", "vae_core/**/*.py", "ui/**/*.py", "app.py")
def test_photographed_digits_are_recognized(server: Server, shipped: VAE, data_dir: Path) -> None:
    train = Images(
        *(part[:20_000] for part in load_images("mnist", True, data_dir, download=False))
    )
    test = load_images("mnist", False, data_dir, download=False)
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(test.labels))[:DIGITS]
    labels = test.labels[chosen].numpy()
    pages = [on_a_page(test.pixels[index, 0].numpy(), rng) for index in chosen]

    def ask(part: list[bytes]) -> list[Any]:
        with Caller(server.url) as caller:
            uploads = (caller.upload(page, "digit.jpg") for page in part)
            return [caller.call("/encode", upload, MODEL).data[0]["mean"] for upload in uploads]

    start = time.monotonic()
    parts = [pages[worker::WORKERS] for worker in range(WORKERS)]
    sent = np.empty((DIGITS, 2))
    with ThreadPoolExecutor(WORKERS) as pool:
        for worker, found in enumerate(pool.map(ask, parts)):
            sent[worker::WORKERS] = found
    seconds = time.monotonic() - start

    neighbours = KNeighborsClassifier(NEIGHBOURS).fit(codes(shipped, train), train.labels)
    direct = neighbours.score(shipped.encode(test.batch(torch.from_numpy(chosen))).mean, labels)
    as_pages = neighbours.score(sent, labels)
    print(f"{DIGITS} pages in {seconds:.1f} s: accuracy {as_pages:.3f}, originals {direct:.3f}")
    assert direct - as_pages <= LOST
