"""Generated pictures as the endpoint gives them: a grid, and NumPy's format.

The same pictures give the same bytes.
"""

import io
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr
import numpy as np
from gradio.processing_utils import save_file_to_cache
from PIL import Image

from ui.gradio_fixes import write_no_stubs

if TYPE_CHECKING:  # torch is behind them
    from ui.endpoints.codes import Generated

write_no_stubs()  # before any component is defined

PAPER = 255  # where the last row of a grid is not full


class File(NamedTuple):
    """A file to download."""

    name: str
    content: bytes


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


def npz(levels: np.ndarray, found: "Generated", classes: Sequence[str]) -> File:
    """For `numpy.load(file, allow_pickle=False)`.

    Its arrays: images, uint8 (n, H, W) or (n, H, W, 3); z, float32 (n, 2). Where the class of the
    pictures is known also label, int64 (n,), and classes, the names of all labels.
    """
    arrays: dict[str, Any] = {"images": levels, "z": found.codes.numpy()}
    if found.label is not None:
        arrays |= {"label": found.label.numpy(), "classes": np.array(classes)}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return File("generated.npz", buffer.getvalue())
