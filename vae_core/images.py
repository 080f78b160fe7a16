"""Any picture a person has -> the tensor a model expects, and back.

`prepare` reads a photograph, a scan, a drawing or an array, and frames it as the model's training
images were framed: digits by `vae_core.ink`. `examine` also says what was taken, and how surely.
"""

import io
import math
import os
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import ExifTags, Image, features

from vae_core import ink, thing
from vae_core.groups import DOUBTS as DOUBTS
from vae_core.planes import WHOLE, Floats, resize, to_gray
from vae_core.planes import Frame as Frame

MAX_BYTES = 10 * 1024**2  # of a file; checked before anything is decoded
MAX_PIXELS = 25_000_000  # width x height, read from the header: about 300 MB to decode, at worst
MIN_SIDE = 4  # pixels
WORKING_PIXELS = 400_000  # larger pictures are averaged down to at most this many

# Pixel formats only, decoded by Pillow itself: "EPS", say, would start Ghostscript.
FORMATS: tuple[str, ...] = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")
if features.check("avif"):  # not every build of Pillow can
    FORMATS += ("AVIF",)
HUNGRY = ("WEBP", "AVIF")  # their decoders hold several copies of the picture
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
DEPTHS = (1, 255, 1023, 4095, 16383, 65535)  # the largest level of 1, 8, 10, 12, 14 and 16 bits
BLANK = "The page looks blank; use a picture with clear strokes on plain paper."
EMPTY = "The picture is empty; use one of a thing in front of a plain background."
ACCEPTED = (
    f"Use a PNG, JPEG, GIF, WebP,{' AVIF,' if 'AVIF' in FORMATS else ''} BMP, TIFF or PPM picture."
)

# Threads that decode share memory, and the filters that `warnings.catch_warnings` sets.
_one_at_a_time = threading.Lock()

Array = NDArray[Any]
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
        """`"ink"`: find the ink and frame it as MNIST does. `"photo"`: crop and resize. `"thing"`:
        cut it out of a plain background and frame it as Fashion-MNIST does, else as a photo."""


class Prepared(NamedTuple):
    """A picture as a model expects it, and what was taken of it.

    A frame is (left, top, right, bottom) in shares of the upright picture's width and height.
    """

    image: torch.Tensor  # float32 (1, C, H, W) in [0, 1]
    frame: Frame  # around what was taken
    groups: list[Frame]  # around the other groups of ink, the likeliest first
    doubt: str  # a key of `DOUBTS`: why the ink may not be what was meant; "" without doubt


def prepare(
    picture: Picture, config: PreparationConfig, crop: Sequence[float] | None = None
) -> torch.Tensor:
    """Turn a picture into the image a model expects; see `examine`, of which this is the image."""
    return examine(picture, config, crop).image


def examine(
    picture: Picture, config: PreparationConfig, crop: Sequence[float] | None = None
) -> Prepared:
    """Turn a picture into the image a model expects, and say what was taken of it.

    An image that already is framed as the model's training images are comes back unchanged, bit
    for bit, divided by 255. Photographs are turned upright by their EXIF tag, the first frame of
    an animation is taken, and transparency becomes white paper, or black under light strokes.

    Args:
        picture: a path, the bytes of a file, a Pillow image, or an array (H, W), (H, W, 1|3|4) or
            (1|3, H, W). uint8 is white at 255; floats at 1, or at 255 if any is above 1. Other
            integers, as in files of 16 or 32 bits, rarely use all their bits: white is the first
            of 1, 255, 1023, 4095, 16383 and 65535 that is not below the largest value, or else
            that value.
        config: the model's image shape (C, H, W) and its kind of preparation.
        crop: the only part that is looked at, as (left, top, right, bottom) in shares of the
            upright picture; None for all of it.

    Returns:
        The image, float32 (1, C, H, W) with values in [0, 1]: for "ink", paper is 0 and ink is up
        to 1. Beside it where it is in the picture, and a doubt if there is one.

    Raises:
        PictureError: the picture cannot be read, is too large or too small, or shows no ink; or
            the crop is none.
        TypeError: `picture` is none of the types above.
    """
    channels, height, width = config.shape
    left, top, right, bottom = WHOLE if crop is None else _check_crop(crop)
    pixels = _on_paper(_read(picture))
    h, w = pixels.shape[:2]
    rows = slice(round(top * h), round(bottom * h))
    columns = slice(round(left * w), round(right * w))
    pixels = pixels[rows, columns]
    if min(pixels.shape[:2]) < MIN_SIDE:
        raise PictureError(
            f"The crop holds {pixels.shape[1]} x {pixels.shape[0]} pixels; it needs at least "
            f"{MIN_SIDE} x {MIN_SIDE}."
        )
    framed, inner, groups, doubt = _frame(pixels, (h, w), config)
    scale = (pixels.shape[1] / w, pixels.shape[0] / h) * 2
    origin = (columns.start / w, rows.start / h) * 2
    frame, *others = (
        Frame(*(o + s * side for o, s, side in zip(origin, scale, inside, strict=True)))
        for inside in (inner, *groups)
    )
    framed = np.broadcast_to(framed, (height, width, channels))
    image = torch.from_numpy(np.array(framed.transpose(2, 0, 1)[None], order="C"))
    return Prepared(image, frame, others, doubt)


def _check_crop(crop: object) -> Frame:
    """Check a crop that came from outside."""
    sides = list(crop) if isinstance(crop, Sequence) else []
    if len(sides) == 4 and all(type(side) in (int, float) and 0 <= side <= 1 for side in sides):
        left, top, right, bottom = map(float, sides)
        if left < right and top < bottom:
            return Frame(left, top, right, bottom)
    raise PictureError(
        f"The crop is {str(crop)[:80]}: expected [left, top, right, bottom] as shares of the "
        "picture, 0 <= left < right <= 1 and 0 <= top < bottom <= 1."
    )


def to_mask(picture: Picture, config: PreparationConfig) -> torch.Tensor:
    """A picture of a model's native size -> the pixels that are observed, (H, W) of bool.

    It refers to what `prepare` returns: at least half white is observed (True), darker is hidden.

    Raises:
        PictureError: the picture cannot be read, or is of another size.
        TypeError: `picture` is none of the types that `prepare` takes.
    """
    _, height, width = config.shape
    gray = to_gray(_on_paper(_read(picture)))
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
            shown = repr(os.fspath(picture))[:80]
            raise PictureError(f"The file {shown} cannot be opened.") from error
    if not isinstance(picture, bytes):
        raise TypeError(f"expected a path, bytes, Pillow image or array, got {type(picture)}")
    if len(picture) > MAX_BYTES:
        raise PictureError(f"The file is over {MAX_BYTES // 1024**2} MB; use a smaller picture.")
    if not picture:
        raise PictureError(f"The file is empty. {ACCEPTED}")
    try:
        with _one_at_a_time, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about metadata, of no interest here
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
        if picture[4:8] == b"ftyp" and picture[8:12] in HEIC:
            raise PictureError(
                f"HEIC, the format of many phones' photographs, cannot be read here. {ACCEPTED}"
            ) from error
        raise PictureError(f"The file is not a picture that can be read. {ACCEPTED}") from error
    _check_size(*image.size, MAX_PIXELS // 2 if image.format in HUNGRY else MAX_PIXELS)
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
                pixels = _read_array(np.asarray(image))
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
    if array.dtype == np.uint8:
        largest = 255.0
    elif array.dtype.kind == "f":
        largest = 1 if high <= 1 else 255
    else:
        largest = next((depth for depth in DEPTHS if high <= depth), high)
    if not 0 <= low <= high <= largest:
        raise PictureError(
            "Pixel values must be finite and not negative; numbers with a fraction all in [0, 1] "
            "or all in [0, 255]."
        )
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
    opaque = alpha[..., 0] > alpha.max() / 2  # what shows most: all strokes may be translucent
    if alpha.min() < 1:
        light = opaque.any() and np.quantile(to_gray(color)[opaque], 0.01) > 0.5
        color = color * alpha + (0 if light else 1) * (1 - alpha)
    return color


# Framing.


def _frame(pixels: Floats, page: tuple[int, int], config: PreparationConfig) -> ink.Ink:
    """What is taken of (h, w, c): an image (H, W, 1|C), and where it is in these pixels."""
    channels, height, width = config.shape
    if config.preparation == "thing":
        if thing.is_framed(pixels, height, width):
            return _photo(pixels, channels, height, width)
        cut = thing.cut_out(pixels, to_gray(pixels), height, width)
        if cut is not None and cut.image is None:
            raise PictureError(EMPTY)
        if cut is not None and cut.image is not None:
            return ink.Ink(cut.image[..., None], cut.frame, [], "")
    if config.preparation != "ink":
        return _photo(pixels, channels, height, width)
    if ink.is_framed(pixels, height, width):
        return ink.Ink(pixels[..., :1], WHOLE, [], "")
    taken = ink.take(pixels, page, height, width)
    if taken is None:
        raise PictureError(BLANK)
    return taken._replace(image=taken.image[..., None])


def _photo(pixels: Floats, channels: int, height: int, width: int) -> ink.Ink:
    """Cut the largest centred part of the right proportions and resize it."""
    if channels == 1:
        pixels = to_gray(pixels)[..., None]
    pixels = np.broadcast_to(pixels, (*pixels.shape[:2], channels))
    h, w, _ = pixels.shape
    if (h, w) == (height, width):
        return ink.Ink(pixels, WHOLE, [], "")
    scale = min(h / height, w / width)
    left, top = (w - width * scale) / 2, (h - height * scale) / 2
    box = (left, top, left + width * scale, top + height * scale)
    lanczos = Image.Resampling.LANCZOS
    planes = [resize(pixels[..., c], (width, height), box, lanczos) for c in range(channels)]
    frame = Frame(box[0] / w, box[1] / h, box[2] / w, box[3] / h)
    return ink.Ink(np.stack(planes, 2).clip(0, 1), frame, [], "")
