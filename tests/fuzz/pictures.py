"""Pictures to prepare: damaged files, odd arrays, Pillow's images, and what is no picture."""

import io
import tempfile
import warnings
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from PIL import Image

from tests.api.pictures import digit
from tests.fuzz.cases import Case, check_sentence
from tests.fuzz.corpus import LARGE, any_file, files, in_mode, large
from tests.fuzz.damage import damaged
from tests.fuzz.headers import with_another_header
from vae_core import PictureError, VAEConfig
from vae_core.images import prepare, to_mask

CONFIGS = (
    VAEConfig("mnist", (1, 28, 28)),
    VAEConfig("mnist", (1, 28, 28)),
    VAEConfig("fashion", (1, 28, 28), preparation="photo"),
    VAEConfig("cifar10", (3, 32, 32), preparation="photo"),
    VAEConfig("frey", (1, 28, 20), preparation="photo"),
    VAEConfig("folder", (3, 16, 24), preparation="ink"),
    VAEConfig("folder", (1, 1, 1), preparation="ink"),
    VAEConfig("folder", (3, 1, 40), preparation="photo"),
)
DTYPES = (
    *("bool", "int8", "uint8", "int16", "uint16", ">u2", "int32", "uint32", "int64", "uint64"),
    *("float16", "float32", ">f4", "float64", "longdouble", "complex64", "object", "U3", "M8[s]"),
)
SHAPES = (
    *((28, 28), (28, 28, 1), (1, 28, 28), (3, 28, 28), (28, 28, 3), (28, 28, 4), (40, 30, 3)),
    *((), (0,), (784,), (0, 0), (0, 28), (28, 0, 3), (3, 3), (4, 4), (1, 1, 1), (28, 28, 2)),
    *((3, 3, 3), (4, 28, 28), (1, 1, 28, 28), (4, 5000), (28, 28, 28), (1,) * 40),
)
NO_PICTURES: tuple[Any, ...] = (
    None,
    5,
    2.5,
    [],
    [[0, 1]],
    {},
    object(),
    bytearray(b"x"),
    torch.ones(9, 9),
)
PATHS = (
    "",
    ".",
    "..",
    "/",
    "nowhere.png",
    "a\0b",
    "x" * 5000,
    "\ud800",
    "/dev/zero",
    "/proc/self/mem",
)


def damaged_file(chance: Random) -> tuple[str, bytes]:
    """A file that has suffered, and what it was."""
    kind, data = any_file(chance)
    if chance.random() < 0.5:
        data = with_another_header(data, kind.split()[0], chance)
    if chance.random() < 0.6:
        data = damaged(data, chance, list(files().values()))
    return kind, data


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="latent-lab-fuzz-"))


def _array(chance: Random) -> tuple[str, Any]:
    dtype, shape = chance.choice(DTYPES), chance.choice(SHAPES)
    rng = np.random.default_rng(chance.getrandbits(32))
    values = rng.random(shape) * chance.choice((1, 1, 255, 256, 65535, 1e300, -1))
    values = np.asarray(values)
    if values.size and chance.random() < 0.3:
        values.reshape(-1)[chance.randrange(values.size)] = chance.choice(
            (np.nan, np.inf, -np.inf, -1, 1e9)
        )
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of numbers that do not fit: so they come
        array: Any = values.astype(dtype)
    words = f"array {dtype} {shape}"
    kind = chance.randrange(8)
    if kind == 0 and array.ndim:
        array = array.T[::-1]
    elif kind == 1:  # which takes no memory as long as nobody writes to it
        sides = chance.choice(((5000, 5000), (100_000, 100_000), (2, 10**9), (5000, 5000, 3)))
        array, words = (
            np.broadcast_to(array.reshape(-1)[:1] if array.size else 0, sides),
            f"{words} {sides}",
        )
    elif kind == 2:
        array = np.ma.masked_array(array, mask=chance.random() < 0.5)
    elif kind == 3 and dtype != "object":
        array.flags.writeable = False
    return words, array


def _image(chance: Random) -> tuple[str, Any]:
    kind = chance.randrange(3)
    if kind == 0:  # opened, but not decoded
        words, data = damaged_file(chance)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return f"opened {words}", Image.open(io.BytesIO(data))
        except Exception:
            return words, data
    mode = chance.choice(
        (
            "1",
            "L",
            "P",
            "RGB",
            "RGBA",
            "CMYK",
            "LAB",
            "HSV",
            "YCbCr",
            "I;16",
            "I",
            "F",
            "LA",
            "PA",
            "La",
            "RGBa",
            "RGBX",
        )
    )
    if kind == 1:
        size = chance.choice(((0, 0), (0, 9), (9, 0), (1, 1), (3, 9), (4, 4), (28, 28), (4, 4000)))
        return f"new {mode} {size}", Image.new(mode, size)
    try:
        return f"image {mode}", in_mode(digit("3", chance.choice((28, 70))), mode)
    except (ValueError, OSError):  # Pillow has no such conversion
        return f"new {mode}", Image.new(mode, (20, 20), chance.choice((0, 1)))


def _picture(chance: Random) -> tuple[str, Any]:
    kind = chance.random()
    if kind < 0.003:
        words = chance.choice(LARGE)
        return f"large {words}", large(words)
    if kind < 0.7:
        return damaged_file(chance)
    if kind < 0.8:
        return _image(chance)
    if kind < 0.93:
        return _array(chance)
    if kind < 0.96:
        path = chance.choice(PATHS)
        return f"path {path[:20]!r}", chance.choice((path, Path(path)))
    if kind < 0.98:
        words, data = damaged_file(chance)
        path = _folder() / "picture"
        path.write_bytes(data)
        return f"file {words}", chance.choice((path, str(path)))
    value = chance.choice(NO_PICTURES)
    return f"no picture: {type(value).__name__}", value


def case(chance: Random) -> Case:
    """A picture for `prepare`, or a mask for `to_mask`."""
    config = chance.choice(CONFIGS)
    words, picture = _picture(chance)
    mask = chance.random() < 0.15
    no_picture = any(picture is value for value in NO_PICTURES)

    def ask() -> None:
        try:
            answer = to_mask(picture, config) if mask else prepare(picture, config)
        except PictureError as error:
            check_sentence(str(error))
            return
        except TypeError:
            assert no_picture, "a TypeError of a picture"
            return
        assert not no_picture, "what is no picture was taken"
        if mask:
            assert answer.dtype == torch.bool
            assert answer.shape == config.shape[1:]
        else:
            assert answer.dtype == torch.float32
            assert answer.shape == (1, *config.shape)
            assert 0 <= answer.min() <= answer.max() <= 1, "values outside of [0, 1]"

    target = "to_mask" if mask else "prepare"
    return Case(f"{target}, {words}, for {config.shape} {config.preparation}", ask)
