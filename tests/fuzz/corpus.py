"""Whole pictures of every format and every kind of pixels, which damage starts from."""

import io
import struct
import zlib
from functools import cache
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from tests.api.pictures import digit
from tests.fuzz.headers import png

MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "GIF": ("1", "L", "P", "RGBA"),
    "WEBP": ("L", "RGB", "RGBA"),
    "BMP": ("1", "L", "P", "RGB", "RGBA"),
    "TIFF": (
        *("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "I;16B", "I", "F"),
    ),
    "PPM": ("1", "L", "RGB", "RGBA", "I;16", "F"),
}
TIFF_COMPRESSIONS = ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group3", "group4")
OTHERS = ("AVIF", "ICO", "TGA", "PDF", "EPS", "JPEG2000", "DDS", "SGI", "PCX", "QOI")  # refused
PLAIN = {  # as text, which Pillow reads but does not write
    "P1": b"P1\n# a comment\n8 8\n" + b"0 1 1 0 0 1 0 0\n" * 8,
    "P2": b"P2 8 8 255\n" + b"0 90 255 0 0 90 255 0\n" * 8,
    "P3": b"P3 4 4 65535\n" + b"0 900 65535 0 900 65535 0 900 65535 0 900 65535\n" * 4,
    "P7": b"P7\nWIDTH 4\nHEIGHT 4\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n" + bytes(48),
}


def in_mode(picture: Image.Image, mode: str) -> Image.Image:
    """The same picture with other pixels; those of 16 bits and more use their whole range."""
    levels = np.asarray(picture.convert("L"))
    if mode.startswith("I;16"):
        order = ">" if mode == "I;16B" else "<"
        wide = (levels.astype(np.uint16) * 257).astype(f"{order}u2")
        return Image.frombytes(mode, picture.size, wide.tobytes())
    if mode == "I":
        return Image.fromarray(levels.astype(np.int32) * 257)
    if mode == "F":
        return Image.fromarray(levels.astype(np.float32) / 255)
    if mode == "LAB":
        return Image.merge("LAB", [picture.convert("L")] * 3)
    return picture.convert("RGB").convert(mode)


def _saved(picture: Image.Image, file_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


@cache
def files() -> dict[str, bytes]:
    """Small files by what they are, such as "PNG I;16"; the first word is the format."""
    large, small, found = digit("3", 90), digit("8", 28), dict[str, bytes]()
    for file_format, modes in MODES.items():
        for mode in modes:
            found[f"{file_format} {mode}"] = _saved(in_mode(large, mode), file_format)
            found[f"{file_format} {mode} small"] = _saved(in_mode(small, mode), file_format)
    for bits in 1, 2, 4:
        palette = large.quantize(2**bits)
        found[f"PNG {bits} bits"] = _saved(palette, "PNG", bits=bits, transparency=0)
        found[f"GIF {bits} bits"] = _saved(palette, "GIF", transparency=0)
    frames = [digit(text, 40).convert("RGB") for text in "123"]
    for file_format in "PNG", "GIF", "WEBP", "TIFF":
        found[f"{file_format} of three frames"] = _saved(
            frames[0], file_format, save_all=True, append_images=frames[1:]
        )
    exif = Image.Exif()
    for orientation in range(1, 10):
        exif[0x0112] = orientation
        for file_format in "PNG", "JPEG", "WEBP", "TIFF":
            turned = _saved(large.convert("RGB"), file_format, exif=exif)
            found[f"{file_format} turned by {orientation}"] = turned
    for compression in TIFF_COMPRESSIONS:
        one_bit = compression.startswith("group")
        picture = large.convert("1" if one_bit else "RGB")
        found[f"TIFF {compression}"] = _saved(picture, "TIFF", compression=compression)
    found["TIFF with tiles"] = _saved(large, "TIFF", tiffinfo={322: 32, 323: 32})
    found["TIFF big"] = _saved(large, "TIFF", big_tiff=True)
    found["JPEG progressive"] = _saved(large, "JPEG", progressive=True, quality=50)
    found["JPEG 4:4:4"] = _saved(large.convert("RGB"), "JPEG", subsampling=0, restart_marker_rows=1)
    found["WEBP lossless"] = _saved(large.convert("RGBA"), "WEBP", lossless=True)
    found |= {f"PPM {kind}": content for kind, content in PLAIN.items()}
    return found


@cache
def refused() -> dict[str, bytes]:
    """Files that are no pictures, or pictures of formats that are not accepted."""
    picture = digit("3", 64).convert("RGB")
    found = {kind: _saved(picture, kind) for kind in OTHERS}
    found["SVG"] = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>'
    found["text"] = b"This is no picture.\n" * 20
    found["zip"] = b"PK\x03\x04" + bytes(200)
    found["HEIC"] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
    return found


LARGEST = {"PNG": (5000, 5000), "TIFF": (5000, 5000), "WEBP": (3500, 3500)}
LARGE = (
    *(f"PNG {mode}" for mode in ("1", "L", "RGB", "RGBA", "I;16", "16-bit RGBA")),
    *(f"TIFF {mode}" for mode in ("L", "CMYK", "LAB", "I;16", "I", "F", "RGBA")),
    *("JPEG L", "JPEG RGB", "JPEG CMYK", "JPEG progressive", "GIF P", "WEBP RGBA", "BMP 1"),
    *("PNG of the largest frames", "WEBP of the largest frames"),
)


@cache
def large(kind: str) -> bytes:
    """A picture of about as many pixels as are accepted, one of `LARGE`, in a file of a few kB."""
    file_format, mode = kind.split(" ", 1)
    width, height = LARGEST.get(file_format, (5000, 5000))
    if mode == "16-bit RGBA":
        header = struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0)
        row = b"\0" + bytes([255, 0]) * 4 * (width // 2) + bytes(8) * (width - width // 2)
        body = zlib.compressobj(1)
        data = b"".join(body.compress(row) for _ in range(height)) + body.flush()
        return png([(b"IHDR", header), (b"IDAT", data), (b"IEND", b"")])
    if mode == "of the largest frames":
        frames = [Image.new("RGB", (3500, 3500), colour) for colour in ("white", "black")]
        frames[0].paste(0, (1000, 800, 1400, 2600))
        return _saved(frames[0], file_format, save_all=True, append_images=frames[1:])
    options: dict[str, Any] = {"TIFF": {"compression": "tiff_adobe_deflate"}}.get(file_format, {})
    if mode == "progressive":
        mode, options = "RGB", {"progressive": True}
    picture = Image.new(mode if mode != "P" else "L", (width, height))
    stroke = Image.new("L", (width // 10, height // 2), 255)
    picture.paste(in_mode(stroke, picture.mode), (width // 2, height // 4))
    return _saved(picture, file_format, **options)


def any_file(chance: Random) -> tuple[str, bytes]:
    """What a whole file is, and the file: of an accepted format, nineteen times of twenty."""
    kinds = files() if chance.random() < 0.95 else refused()
    kind = chance.choice(sorted(kinds))
    return kind, kinds[kind]
