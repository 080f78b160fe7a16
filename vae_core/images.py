"""Any picture a person has -> the tensor a model expects, and back.

`prepare` reads a photograph, a scan, a drawing or an array, and frames it as the model's training
images were framed. For digits that means doing what the makers of MNIST did (LeCun, Bottou, Bengio
and Haffner, "Gradient-based learning applied to document recognition", 1998, section III.A): fit
the ink in a 20x20 box, keeping its shape, and place its centre of mass at the centre of 28x28.
"""

import io
import math
import os
import threading
import warnings
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import ExifTags, Image

MAX_BYTES = 10 * 1024**2  # of a file; checked before anything is decoded
MAX_PIXELS = 25_000_000  # width x height, read from the header: about 300 MB to decode, at worst
MIN_SIDE = 4  # pixels
WORKING_PIXELS = 400_000  # larger pictures are averaged down to at most this many
INK_GRID = 100  # cells, at most, on the long side of the grid on which ink is told from paper
INK_BOX = 20 / 28  # longest side of the ink, as a fraction of the image's side

# Pixel formats only, decoded by Pillow itself: "EPS", say, would start Ghostscript.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")
BLANK = "The page looks blank; use a picture with clear strokes on plain paper."
ACCEPTED = "Use a PNG, JPEG, GIF, WebP, BMP, TIFF or PPM picture."

# Threads that decode share memory, and the filters that `warnings.catch_warnings` sets.
_one_at_a_time = threading.Lock()

Array = NDArray[Any]
Floats = NDArray[np.float32]
Picture = str | os.PathLike[str] | bytes | Image.Image | Array


class PictureError(ValueError):
    """One plain sentence, for a person: what is wrong with the picture and what is accepted."""


class PreparationConfig(Protocol):
    """What `prepare` needs to know about a model."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels (1 or 3), height and width of the model's images."""

    @property
    def preparation(self) -> str:
        """`"ink"`: find the ink and frame it as MNIST does. `"photo"`: crop and resize."""


def prepare(picture: Picture, config: PreparationConfig) -> torch.Tensor:
    """Turn a picture into the image a model expects.

    An image that already is framed as the model's training images are comes back unchanged, bit
    for bit, divided by 255. Photographs are turned upright by their EXIF tag, the first frame of
    an animation is taken, and transparency becomes white paper, or black under light strokes.

    Args:
        picture: a path, the bytes of a file, a Pillow image, or an array (H, W), (H, W, 1|3|4) or
            (1|3, H, W): bool, uint8, uint16, or other numbers all in [0, 1] or else in [0, 255].
        config: the model's image shape (C, H, W) and its kind of preparation.

    Returns:
        float32 (1, C, H, W) with values in [0, 1]. For "ink", paper is 0 and ink is up to 1.

    Raises:
        PictureError: the picture cannot be read, is too large or too small, or shows no ink.
        TypeError: `picture` is none of the types above.
    """
    channels, height, width = config.shape
    pixels = _on_paper(_read(picture))
    if config.preparation == "photo":
        framed = _photo(pixels, channels, height, width)
    elif _is_framed_ink(pixels, height, width):
        framed = pixels[..., :1]
    else:
        framed = _ink(pixels, height, width)
    framed = np.broadcast_to(framed, (height, width, channels))
    return torch.from_numpy(np.array(framed.transpose(2, 0, 1)[None], order="C"))


def to_mask(picture: Picture, config: PreparationConfig) -> torch.Tensor:
    """A picture of a model's native size -> the pixels that are observed, (H, W) of bool.

    It refers to what `prepare` returns: at least half white is observed (True), darker is hidden.

    Raises:
        PictureError: the picture cannot be read, or is of another size.
        TypeError: `picture` is none of the types that `prepare` takes.
    """
    _, height, width = config.shape
    gray = _gray(_on_paper(_read(picture)))
    if gray.shape != (height, width):
        raise PictureError(
            f"The mask has another size than the model's pictures: use {width} x {height} pixels, "
            "white where a pixel is observed, black where it is hidden."
        )
    return torch.from_numpy(gray >= 0.5)


def upright(picture: Picture, side: int) -> Image.Image:
    """The whole of a picture as `prepare` reads it, for a person to look at: upright and on paper.

    Args:
        picture: see `prepare`.
        side: of the longer side of what is returned, in pixels; at least 1 for the shorter.

    Raises:
        PictureError: the picture cannot be read, or is too large or too small.
        TypeError: `picture` is none of the types that `prepare` takes.
    """
    levels = (_on_paper(_read(picture)) * 255).round().astype(np.uint8)
    image = Image.fromarray(levels if levels.shape[2] == 3 else levels[..., 0])
    scale = side / max(image.size)
    smaller = Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST
    return image.resize([max(1, round(scale * length)) for length in image.size], smaller)


def to_pil(images: torch.Tensor) -> Image.Image:
    """One image (C, H, W) or (1, C, H, W) in [0, 1] -> a picture of W x H pixels, L or RGB.

    Raises:
        ValueError: any other shape; C must be 1 or 3.
    """
    if images.ndim == 3:
        images = images[None]
    if images.ndim != 4 or len(images) != 1:
        raise ValueError(f"expected one image (C, H, W) or (1, C, H, W), got {tuple(images.shape)}")
    return to_strip(images)


def to_strip(images: torch.Tensor) -> Image.Image:
    """Images (n, C, H, W) in [0, 1] -> one picture, n * W by H pixels, left to right, no gaps.

    Raises:
        ValueError: any other shape; C must be 1 or 3 and n at least 1.
    """
    if images.ndim != 4 or len(images) == 0 or images.shape[1] not in (1, 3):
        raise ValueError(f"expected (n, 1 or 3, H, W) with n >= 1, got {tuple(images.shape)}")
    n, channels, height, width = images.shape
    strip = images.detach().cpu().float().permute(2, 0, 3, 1).reshape(height, n * width, channels)
    levels = (strip * 255).round().clamp(0, 255).to(torch.uint8).numpy()
    return Image.fromarray(levels if channels == 3 else levels[..., 0])


# Reading: anything -> float32 (h, w, 1|3|4) in [0, 1], upright, of at most WORKING_PIXELS.


def _read(picture: Picture) -> Floats:
    if isinstance(picture, np.ndarray):
        return _read_array(picture)
    if isinstance(picture, Image.Image):
        return _decode(picture)
    if isinstance(picture, (str, os.PathLike)):
        try:
            with Path(picture).open("rb") as file:
                picture = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            raise PictureError(f"The file {os.fspath(picture)!r} cannot be opened.") from error
    if not isinstance(picture, bytes):
        raise TypeError(f"expected a path, bytes, Pillow image or array, got {type(picture)}")
    if len(picture) > MAX_BYTES:
        raise PictureError(f"The file is over {MAX_BYTES // 1024**2} MB; use a smaller picture.")
    if not picture:
        raise PictureError(f"The file is empty. {ACCEPTED}")
    try:
        with _one_at_a_time, warnings.catch_warnings():
            # Pillow only warns of pictures between one and two times its own limit.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(picture), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(MAX_PIXELS) from error
    except Exception as error:  # decoders of damaged files raise nearly anything
        if b"<svg" in picture[:4096].lower():
            raise PictureError(
                "An SVG file holds drawing commands, not pixels; export it as a PNG picture."
            ) from error
        raise PictureError(f"The file is not a picture that can be read. {ACCEPTED}") from error
    # Pillow's WebP decoder holds three copies of the picture.
    _check_size(*image.size, MAX_PIXELS // 2 if image.format == "WEBP" else MAX_PIXELS)
    # A JPEG can be decoded at 1, 1/2, 1/4 or 1/8 of its size, fast and in little memory.
    factor = _factor(*image.size)
    image.draft(None, (image.width // factor, image.height // factor))
    return _decode(image)


def _decode(image: Image.Image) -> Floats:
    _check_size(*image.size)
    try:
        with _one_at_a_time, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about metadata, of no interest here
            if image.mode.startswith("I") or image.mode == "F":  # 16 or 32 bits a pixel
                levels = np.asarray(image)
                if image.mode == "I" and levels.max() > 255:  # read from a file of 16 bits
                    levels = levels.clip(0, 65535).astype(np.uint16)
                pixels = _read_array(levels)
            else:
                factor = _factor(*image.size)
                rows = factor * max(1, WORKING_PIXELS // image.width)
                bands = [  # one at a time, so that only the decoded picture is ever held whole
                    image.crop((0, top, image.width, min(top + rows, image.height)))
                    .convert("RGBA")
                    .reduce(factor)
                    for top in range(0, image.height, rows)
                ]
                pixels = np.concatenate([np.asarray(band) for band in bands])
                pixels = pixels.astype(np.float32) / np.float32(255)
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except PictureError:
        raise
    except Exception as error:  # decoders of damaged files raise nearly anything
        raise PictureError(f"The picture is damaged or cut short. {ACCEPTED}") from error
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _read_array(array: Array) -> Floats:
    if array.ndim == 2:
        array = array[..., None]
    elif array.ndim == 3 and array.shape[2] not in (1, 3, 4) and array.shape[0] in (1, 3):
        array = array.transpose(1, 2, 0)
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4):
        raise PictureError(
            f"An array of shape {array.shape} is not a picture; use (H, W), (H, W, 3) or (3, H, W)."
        )
    height, width, _ = array.shape
    _check_size(width, height)
    if array.dtype.kind not in "buif":
        raise PictureError(f"An array of {array.dtype} is not a picture; use numbers.")
    low, high = float(array.min()), float(array.max())  # NaN if any is
    largest = {"u1": 255, "u2": 65535}.get(array.dtype.str[1:], 1 if high <= 1 else 255)
    if not 0 <= low <= high <= largest:
        raise PictureError("Pixel values must be finite, and all in [0, 1] or all in [0, 255].")
    factor = _factor(width, height)
    height, width = height // factor * factor, width // factor * factor
    total: Array = np.zeros((height // factor, width // factor, array.shape[2]), np.float32)
    for row in range(factor):
        for column in range(factor):
            total += array[row:height:factor, column:width:factor].astype(np.float32)
    pixels: Floats = total / np.float32(largest * factor**2)
    return pixels


def _factor(width: int, height: int) -> int:
    return max(1, math.ceil(math.sqrt(width * height / WORKING_PIXELS)))


def _check_size(width: int, height: int, most: int = MAX_PIXELS) -> None:
    if min(width, height) < MIN_SIDE:
        raise PictureError(
            f"The picture is {width} x {height} pixels; it needs at least {MIN_SIDE} x {MIN_SIDE}."
        )
    if width * height > most:
        raise _too_many_pixels(most)


def _too_many_pixels(most: int) -> PictureError:
    return PictureError(f"The picture has over {most / 1e6:g} million pixels; use a smaller one.")


def _on_paper(pixels: Floats) -> Floats:
    """(h, w, 1|3|4) -> (h, w, 1|3): lay transparent pictures on paper that shows their strokes."""
    if pixels.shape[2] < 4:
        return pixels
    color, alpha = pixels[..., :3], pixels[..., 3:]
    opaque = alpha[..., 0] > 0.5
    if alpha.min() < 1:
        light = opaque.any() and np.quantile(_gray(color)[opaque], 0.01) > 0.5
        color = color * alpha + (0 if light else 1) * (1 - alpha)
    return color


def _gray(color: Floats) -> Floats:
    """(h, w, 1|3) -> (h, w). Grey pictures keep their exact values."""
    if (color == color[..., :1]).all():
        return color[..., 0]
    luma: Floats = color @ np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
    return luma


# Framing.


def _resize(
    plane: Floats,
    size: tuple[int, int],
    box: tuple[float, float, float, float] | None = None,
    filter: Image.Resampling = Image.Resampling.BOX,
) -> Floats:
    """Resample (h, w), or its part `box` (left, top, right, bottom), to `size` (width, height)."""
    return np.array(Image.fromarray(plane).resize(size, filter, box))


def _photo(pixels: Floats, channels: int, height: int, width: int) -> Floats:
    """Cut the largest centred part of the right proportions and resize it: (h, w, c)."""
    if channels == 1:
        pixels = _gray(pixels)[..., None]
    pixels = np.broadcast_to(pixels, (*pixels.shape[:2], channels))
    h, w, _ = pixels.shape
    if (h, w) == (height, width):
        return pixels
    scale = min(h / height, w / width)
    left, top = (w - width * scale) / 2, (h - height * scale) / 2
    box = (left, top, left + width * scale, top + height * scale)
    lanczos = Image.Resampling.LANCZOS
    planes = [_resize(pixels[..., c], (width, height), box, lanczos) for c in range(channels)]
    return np.stack(planes, 2).clip(0, 1)


def _is_framed_ink(pixels: Floats, height: int, width: int) -> bool:
    """Whether a picture is framed as all 70,000 images of MNIST are.

    Each of them is grey on paper of exactly 0, its ink has a longest side of 19 or 20 pixels and a
    largest value of 254 or 255, and its centre of mass is within 0.52 pixels of (14, 14).
    """
    if pixels.shape[:2] != (height, width) or (pixels != pixels[..., :1]).any():
        return False
    gray = pixels[..., 0]
    if gray.max() < 254 / 255:
        return False
    top, bottom, left, right = _extent(gray > 0)
    side = max(bottom - top, right - left)
    box = round(INK_BOX * min(height, width))
    y, x = _center(gray)
    return box - 1 <= side <= box and max(abs(y - height // 2), abs(x - width // 2)) < 0.53


def _extent(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Top, bottom, left and right (ends exclusive) of the true part of a mask."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _center(gray: Floats) -> tuple[float, float]:
    """Centre of mass (row, column), in pixels, of (h, w)."""
    total = gray.sum(dtype=float)
    y = gray.sum(1, dtype=float) @ np.arange(gray.shape[0]) / total
    x = gray.sum(0, dtype=float) @ np.arange(gray.shape[1]) / total
    return float(y), float(x)


def _ink(pixels: Floats, height: int, width: int) -> Floats:
    """Find the ink, whatever its colour and the paper's, and frame it as MNIST does: (h, w, 1)."""
    ink = _find_ink(pixels)
    top, bottom, left, right = _extent(ink > 0.3)
    box = round(INK_BOX * min(height, width))
    scale = box / max(bottom - top, right - left)
    h, w = max(1, round((bottom - top) * scale)), max(1, round((right - left) * scale))
    small = _resize(ink, (w, h), (left, top, right, bottom)).clip(0)
    if small.max() == 0:  # nothing but noise
        raise PictureError(BLANK)
    small /= small.max()
    # As in MNIST, paper is exactly 0 and most of a stroke is at full strength, even a thin one.
    small = np.where(small < 0.02, 0, small / np.quantile(small[small > 0.1], 0.8)).clip(0, 1)
    y, x = _center(small)
    # Whole-pixel shifts, as in MNIST: they move the strokes without blurring them. Of a symmetric
    # stroke's tie not the noise decides, but the rounding before.
    row = min(max(0, round(height // 2 - round(y, 2))), height - h)
    column = min(max(0, round(width // 2 - round(x, 2))), width - w)
    framed = np.zeros((height, width, 1), np.float32)
    framed[row : row + h, column : column + w, 0] = small
    return framed


def _find_ink(pixels: Floats) -> Floats:
    """(h, w, c) -> (h, w): about 0 on paper and 1 in full ink, dust removed.

    Ink is a difference in colour from the paper, in one direction of colour space, so its polarity
    and hue do not matter. What is ink is decided on a coarse grid, where noise averages out.
    """
    h, w, channels = pixels.shape
    cell = math.ceil(max(h, w) / INK_GRID)
    rows, columns = math.ceil(h / cell), math.ceil(w / cell)
    cells = np.stack([_resize(pixels[..., c], (columns, rows)) for c in range(channels)], 2)
    paper = _fit_paper(cells)
    difference = cells - _surface(rows, columns) @ paper
    contrast = np.linalg.norm(difference, axis=2)
    strongest = contrast.max()
    strong = difference[contrast > strongest / 2]
    direction = np.linalg.eigh(strong.T @ strong)[1][:, -1]
    direction *= 1 if (strong @ direction).sum() >= 0 else -1
    amount = difference @ direction
    noise = np.quantile(abs(amount), 0.1) / 0.1257  # standard deviation, if Gaussian
    inked = amount > max(0.1 * strongest, min(0.4 * strongest, 4 * noise))
    if strongest < max(0.04, min(0.3, 6 * noise)) or not inked.any():
        raise PictureError(BLANK)
    kept = _without_dust(amount * inked)
    near = _resize(kept.astype(np.float32), (w, h)) > 0
    ink: Floats = ((pixels - _surface(h, w) @ paper) @ direction) * near
    ink /= np.quantile(ink[ink > (amount * kept).max() / 2], 0.9)
    return ink


def _surface(h: int, w: int) -> Floats:
    """(h, w, 6): the terms of a quadratic in row and column, enough for lighting to vary by."""
    y = np.linspace(-1, 1, h, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, w, dtype=np.float32)[None]
    terms = [np.ones_like(y), y, x, y * y, x * x, y * x]
    return np.stack([np.broadcast_to(term, (h, w)) for term in terms], 2)


def _fit_paper(cells: Floats) -> Floats:
    """Colour of the paper under its lighting: coefficients (6, c) of `_surface`.

    Reweighted least squares: what differs from the paper found so far counts ever less. The
    border, mostly paper, is fitted first, by a plane; then everything, by the quadratic.
    """
    h, w, channels = cells.shape
    terms, colors = _surface(h, w).reshape(h * w, 6), cells.reshape(h * w, channels)
    border = np.ones((h, w), bool)
    margin = max(1, min(h, w) // 12)
    border[margin:-margin, margin:-margin] = False
    everywhere = np.ones(h * w, bool)
    paper = np.zeros((6, channels), np.float32)
    paper[0] = np.median(cells[border], axis=0)
    for part, used in [(border.ravel(), 3)] * 5 + [(everywhere, 6)] * 5:
        distance = np.linalg.norm(colors - terms @ paper, axis=1)
        spread = max(2 / 255, float(np.quantile(distance[part], 0.4)) * 2)
        weights = (part / (1 + (distance / spread) ** 2) ** 2)[:, None]
        a = terms[:, :used]
        gram = a.T @ (a * weights) + 1e-4 * np.eye(used)
        paper[:used] = np.linalg.solve(gram, a.T @ (colors * weights))
    return paper


def _without_dust(mass: Floats) -> NDArray[np.bool_]:
    """Cells of the connected pieces with at least 5 % of the largest's ink, and cells around them.

    Args:
        mass: (h, w), the ink in every cell, 0 for none.
    """
    h, w = mass.shape
    waiting = {(int(y), int(x)) for y, x in np.argwhere(mass > 0)}
    pieces = []
    while waiting:
        piece = [waiting.pop()]
        for y, x in piece:  # grows while it is read
            around = {(y + i, x + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & waiting
            waiting -= around
            piece.extend(around)
        pieces.append((sum(float(mass[cell]) for cell in piece), piece))
    inside = [(m, p) for m, p in pieces if all(0 < y < h - 1 and 0 < x < w - 1 for y, x in p)]
    if inside and max(inside)[0] > 0.25 * max(pieces)[0]:
        pieces = inside  # what touches the edge then is a frame or a shadow
    least = 0.05 * max(pieces)[0]
    kept = np.zeros((h + 2, w + 2), bool)
    for total, piece in pieces:
        if total >= least:
            for y, x in piece:
                kept[y : y + 3, x : x + 3] = True
    return kept[1:-1, 1:-1]
