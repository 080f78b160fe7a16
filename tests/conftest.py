"""Shared fixtures: small models, a tiny dataset on disk, the real data where it is."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont

from vae_core.model import VAE, VAEConfig

pytest_plugins = ["tests.proofs"]
DIGITS = tuple("0123456789")


# What runs in one process, because it shares a browser or an app; what takes longest first.
TOGETHER = ("tests/web/", "tests/api/")


def share_of(nodeid):
    """What a test is handed out with when processes share the tests: its folder or its file."""
    file = nodeid.partition("::")[0]
    return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def pytest_collection_modifyitems(items):
    """The largest shares come first, so that no process is left alone with one at the end."""
    size = Counter(share_of(item.nodeid) for item in items)
    for share in TOGETHER:
        size[share] += len(items)
    items.sort(key=lambda item: -size[share_of(item.nodeid)])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Hand the shares out in the order of `pytest_collection_modifyitems`."""
    from xdist.scheduler import LoadScopeScheduling

    class Shares(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return share_of(nodeid)

    config.option.loadscopereorder = False
    return Shares(config, log)


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """Bitwise comparisons need a fixed number of threads, and so do the subprocesses."""
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def data_dir():
    """The real datasets (LATENT_LAB_DATA)."""
    found = os.environ.get("LATENT_LAB_DATA")
    if not found:
        pytest.skip("needs the real datasets: set LATENT_LAB_DATA to their directory")
    return Path(found)


@pytest.fixture
def small_model():
    """Build a small untrained VAE: seeded, but with weights large enough for codes to matter."""

    def build(shape=(1, 6, 5), width=8, seed=0):
        torch.manual_seed(seed)
        config = VAEConfig(
            "mnist",
            shape,
            DIGITS,
            encoder_width=width,
            encoder_blocks=2,
            decoder_width=width + 4,
            decoder_blocks=1,
        )
        model = VAE(config)
        with torch.no_grad():
            model.encoder[-1].weight *= 2
            model.encoder[-1].bias[2:] -= 4  # standard deviations around exp(-2)
            model.decoder[0].weight *= 2
            model.decoder[-1].weight *= 4
        return model.eval().requires_grad_(False)

    return build


@pytest.fixture
def model(small_model):
    return small_model()


@pytest.fixture
def grey():
    """Five random grey images for `model`."""
    return torch.rand(5, 1, 6, 5, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def binary(grey):
    """Five random images of zeros and ones for `model`."""
    return grey.round()


@pytest.fixture(scope="session")
def tiny_mnist(tmp_path_factory):
    """A directory that torchvision takes for MNIST: 256 + 64 digits drawn in Pillow's own font."""
    root = tmp_path_factory.mktemp("tiny-mnist")
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for part, n in ("train", 256), ("t10k", 64):
        labels = rng.integers(10, size=n).astype(np.uint8)
        images = np.stack([_draw_digit(label, rng) for label in labels])
        for kind, array in ("images-idx3", images), ("labels-idx1", labels):
            sizes = np.array(array.shape, dtype=">u4").tobytes()
            header = bytes([0, 0, 8, array.ndim]) + sizes
            (raw / f"{part}-{kind}-ubyte").write_bytes(header + array.tobytes())
    return root


def _draw_digit(label, rng):
    picture = Image.new("L", (28, 28))
    font = ImageFont.load_default(size=int(rng.integers(20, 24)))
    place = tuple(14 + rng.integers(-1, 2, size=2))
    ImageDraw.Draw(picture).text(place, str(label), fill=255, font=font, anchor="mm")
    return np.asarray(picture.rotate(float(rng.normal(0, 6)), Image.Resampling.BILINEAR))
