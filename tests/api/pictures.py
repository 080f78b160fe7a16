"""Good and bad pictures to send, as the bytes of files."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw, ImageFont


def digit(text: str, side: int = 280) -> Image.Image:
    """Dark ink on light paper."""
    page = Image.new("L", (side, side), 245)
    font = ImageFont.load_default(size=side * 0.7)
    ImageDraw.Draw(page).text((side / 2, side / 2), text, fill=25, font=font, anchor="mm")
    return page


def encoded(picture: Image.Image, file_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


def empty_png(width: int, height: int) -> bytes:
    """A whole PNG, one bit a pixel, all white: a small file for a huge picture."""
    rows = zlib.compressobj(9)
    row = b"\0" + b"\xff" * ((width + 7) // 8)
    data = b"".join(rows.compress(row) for _ in range(height)) + rows.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
