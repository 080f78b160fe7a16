"""Generated pictures as files: a grid, a ZIP of PNGs with a table, and NumPy's format.

The same pictures give the same bytes.
"""

import csv
import io
import math
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
import numpy as np
from gradio.processing_utils import save_file_to_cache
from PIL import Image

from ui.lab import Generated, Lab
from ui.pictures import enlarge

PAPER = 255  # where the last row of a grid is not full
FACTOR = 4  # by which a grid is enlarged, to be looked at
COLUMNS = ("index", "file", "z1", "z2", "label", "nearest_test_image", "distance")


class File(NamedTuple):
    """A file to download."""

    name: str
    content: bytes

from gradio.events import Dependency

class FileOutput(gr.File):
    """Shows a `File`."""

    is_template = True  # shown by gr.File's own front end

    def postprocess(self, value: Any) -> Any:
        """A `File` -> where it lies in the cache."""
        if value is None:
            return None
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / value.name
            path.write_bytes(value.content)
            return super().postprocess(save_file_to_cache(path, self.GRADIO_CACHE))
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


def grid(levels: np.ndarray, columns: int | None = None) -> Image.Image:
    """Pictures beside and below one another, without gaps.

    Args:
        levels: uint8 (n, H, W) or (n, H, W, 3).
        columns: how many are beside one another; without it, about as many as below.
    """
    n, height, width, *channels = levels.shape
    columns = columns or math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    page = np.full((rows * columns, height, width, *channels), PAPER, np.uint8)
    page[:n] = levels
    tiles = page.reshape(rows, columns, height, width, *channels).swapaxes(1, 2)
    return Image.fromarray(tiles.reshape(rows * height, columns * width, *channels))


def png(levels: np.ndarray) -> File:
    """The grid, each pixel as a square."""
    buffer = io.BytesIO()
    enlarge(grid(levels), FACTOR).save(buffer, "PNG")
    return File("generated.png", buffer.getvalue())


def zipped(levels: np.ndarray, table: str) -> File:
    """Native-size PNGs, `0000.png` and so on, and a table of theirs, `codes.csv`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # PNGs are compressed
        for index, picture in enumerate(levels):
            with archive.open(_file(index), "w") as file:  # which, unlike writestr, has no clock
                Image.fromarray(picture).save(file, "PNG")
        with archive.open("codes.csv", "w") as file:
            file.write(table.encode("utf-8"))
    return File("generated.zip", buffer.getvalue())


def npz(levels: np.ndarray, found: Generated, classes: Sequence[str]) -> File:
    """For `numpy.load(file, allow_pickle=False)`.

    Its arrays: images, uint8 (n, H, W) or (n, H, W, 3); z, float32 (n, 2). Where the class of the
    pictures is known also label, int64 (n,), and classes, the names of all labels.
    """
    arrays = {"images": levels, "z": found.codes.numpy()}
    if found.label is not None:
        arrays |= {"label": found.label.numpy(), "classes": np.array(classes)}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return File("generated.npz", buffer.getvalue())


def table(lab: Lab, found: Generated, model: str) -> str:
    """CSV: a row for each picture, its code, its class if that is known, the nearest test image."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    label = "" if found.label is None else lab.class_name(model, found.told)
    rows = zip(found.codes.tolist(), found.nearest.tolist(), found.distance.tolist(), strict=True)
    for index, ((z1, z2), nearest, distance) in enumerate(rows):
        place = (f"{z1:.6f}", f"{z2:.6f}")
        writer.writerow([index, _file(index), *place, label, nearest, f"{distance:.6f}"])
    return text.getvalue()


def _file(index: int) -> str:
    return f"{index:04d}.png"