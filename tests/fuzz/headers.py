"""Headers that say something else than the picture: sizes, depths, counts, tags; checksums hold."""

import re
import struct
import zlib
from collections.abc import Callable, Iterable
from random import Random

from tests.fuzz.damage import EXTREMES, damaged, extreme, overwritten

SIGNATURE = b"\x89PNG\r\n\x1a\n"
BOMB = zlib.compress(bytes(30_000_000), 9)  # 30 kB for 30 MB
SIDES = (0, 1, 3, 4, 5, 28, 89, 91, 4999, 5000, 5001, 16384, 30_000, 65535, 2**31 - 1, 2**32 - 1)


def png(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A PNG of these chunks, each with its right checksum."""
    return SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a whole PNG."""
    found, at = [], len(SIGNATURE)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _png(data: bytes, chance: Random) -> bytes:
    chunks = chunks_of(data)
    kind = chance.randrange(7)
    where = chance.randrange(len(chunks))
    name, body = chunks[where]
    header = chunks[0][1]
    if kind == 0:  # another size
        for start in chance.choice(((0,), (4,), (0, 4))):
            header = overwritten(header, start, struct.pack(">I", chance.choice(SIDES)))
    elif kind == 1:  # another depth, colour type, compression, filter or interlacing
        value = chance.choice((0, 1, 2, 3, 4, 6, 8, 16, 32, 255))
        header = overwritten(header, chance.randint(8, 12), bytes([value]))
    elif kind == 2:  # a chunk that is damaged, but whose checksum is right
        chunks[where] = name, damaged(body, chance)
    elif kind == 3:  # a chunk less, or one twice
        chunks[where : where + 1] = chance.choice(([], [chunks[where]] * 2))
    elif kind == 4:
        rest = chunks[1:]
        chance.shuffle(rest)
        chunks[1:] = rest
    elif kind == 5:  # pixels, a profile or a text that unpack to much more
        bomb = chance.choice(
            ((b"IDAT", BOMB), (b"iCCP", b"p\0\0" + BOMB), (b"zTXt", b"t\0\0" + BOMB))
        )
        chunks.insert(chance.randint(1, len(chunks)), bomb)
    else:
        extra = chance.choice((b"tRNS", b"PLTE", b"eXIf", b"acTL", b"fcTL", b"fdAT", b"gAMA"))
        content = chance.randbytes(chance.choice((0, 1, 3, 8, 26, 768, 771)))
        chunks.insert(chance.randint(1, len(chunks)), (extra, content))
    if chunks and chunks[0][0] == b"IHDR" and kind < 2:
        chunks[0] = b"IHDR", header
    return png(chunks)


def _jpeg(data: bytes, chance: Random) -> bytes:
    segments = [match.start() for match in re.finditer(rb"\xff[\xc0-\xfe]", data)]
    frame = re.search(rb"\xff[\xc0\xc1\xc2]", data)
    kind = chance.randrange(5)
    if kind == 0 and frame:  # another size
        at = frame.start() + 5 + chance.choice((0, 2))
        return overwritten(data, at, struct.pack(">H", chance.choice(SIDES) & 0xFFFF))
    if kind == 1 and frame:  # another coding, precision, number or sampling of components
        at = frame.start() + chance.choice((1, 4, 9, 10, 11, 12, 14))
        return overwritten(
            data, at, bytes([chance.choice((0, 1, 2, 3, 4, 8, 12, 0x44, 0xC9, 255))])
        )
    at = chance.choice(segments)
    if kind == 2:  # a segment of another length
        return overwritten(data, at + 2, extreme(chance, 2, ">"))
    if kind == 3:  # another segment
        return overwritten(data, at + 1, bytes([chance.randint(0xC0, 0xFE)]))
    content = b"Exif\0\0" + damaged(_EXIF, chance)
    segment = b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content
    return data[:2] + segment + data[2:]


_EXIF = (  # orientation 6, and a directory within itself
    b"MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
    b"\x87\x69\0\x04\0\0\0\x01\0\0\0\x08\0\0\0\0"
)


def _gif(data: bytes, chance: Random) -> bytes:
    if chance.random() < 0.4:  # the screen: width, height, flags, background, aspect
        return _set(data, chance, {6: 2, 8: 2, 10: 1, 11: 1, 12: 1}, "<")
    frames = [match.start() for match in re.finditer(rb"\x2c", data)]
    at = chance.choice(frames) if frames else 13
    return _set(
        data, chance, {at + 1: 2, at + 3: 2, at + 5: 2, at + 7: 2, at + 9: 1, at + 10: 1}, "<"
    )


def _webp(data: bytes, chance: Random) -> bytes:
    chunks = [match.start() for match in re.finditer(rb"VP8[ LX]|ANMF|ALPH|EXIF|ANIM", data)]
    at = chance.choice([*chunks, 4])
    if chance.random() < 0.2:
        return overwritten(data, at, chance.choice((b"VP8 ", b"VP8L", b"VP8X", b"ANMF", b"ALPH")))
    places = {at + 4: 4, at + 8: 1, at + 9: 4, at + 12: 2, at + 14: 4, at + 17: 2, at + 20: 2}
    return _set(data, chance, places, "<")


def _bmp(data: bytes, chance: Random) -> bytes:
    places = {2: 4, 10: 4, 14: 4, 18: 4, 22: 4, 26: 2, 28: 2, 30: 4, 34: 4, 38: 4, 46: 4, 50: 4}
    return _set(data, chance, places, "<")


# Tags whose values decide what a reader does, and values that mean something to it.
_TAGS = (
    254,
    256,
    257,
    258,
    259,
    262,
    266,
    273,
    274,
    277,
    278,
    279,
    284,
    317,
    320,
    322,
    323,
    338,
    339,
)
_VALUES = (*range(10), 16, 32, 64, 128, 32773, 32946, 34712, 50000, 50001, 65535)


def _tiff(data: bytes, chance: Random) -> bytes:
    order = "<" if data[:2] == b"II" else ">"
    if data[2:4] not in (b"*\0", b"\0*"):  # a big TIFF's directory has another layout
        return damaged(data, chance)
    (directory,) = struct.unpack_from(order + "I", data, 4)
    if directory + 2 > len(data):
        return damaged(data, chance)
    (count,) = struct.unpack_from(order + "H", data, directory)
    at = directory + 2 + 12 * chance.randrange(max(count, 1))
    kind = chance.randrange(5)
    if kind == 0:  # another tag, which may be the only one that is missing, or there twice
        return overwritten(data, at, struct.pack(order + "H", chance.choice(_TAGS)))
    if kind == 1:  # of another type
        return overwritten(data, at + 2, struct.pack(order + "H", chance.randint(0, 18)))
    if kind == 2:
        return overwritten(data, at + 4, extreme(chance, 4, order))
    if kind == 3:
        return overwritten(
            data, at + 8, struct.pack(order + "H", chance.choice(_VALUES)) + bytes(2)
        )
    return _set(data, chance, {4: 4, directory: 2, at + 8: 4, directory + 2 + 12 * count: 4}, order)


def _ppm(data: bytes, chance: Random) -> bytes:
    kind = chance.randrange(4)
    if kind == 0:
        magic = chance.choice(
            (b"P0", b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7", b"PF", b"Pf")
        )
        return magic + data[2:]
    numbers = list(re.finditer(rb"(?<=\s)-?\d+", data[:60])) or [re.match(rb".{2}", data)]
    number = chance.choice([match for match in numbers if match])
    sizes = [str(size).encode() for size in (*EXTREMES, 10**20, -1)]
    other = chance.choice([*sizes, b"9" * 5000, b"", b"x", b"1.5", b"#\n3", b"0x10", b"nan"])
    return data[: number.start()] + other + data[number.end() :]


def _set(data: bytes, chance: Random, places: dict[int, int], order: str) -> bytes:
    """Set one or two of a header's fields to extremes.

    Args:
        places: where a field begins, and how many bytes it has.
    """
    for start in chance.sample(sorted(places), chance.choice((1, 1, 2))):
        data = overwritten(data, start, extreme(chance, places[start], order))
    return data


_BY_FORMAT: dict[str, Callable[[bytes, Random], bytes]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "GIF": _gif,
    "WEBP": _webp,
    "BMP": _bmp,
    "TIFF": _tiff,
    "PPM": _ppm,
}


def with_another_header(data: bytes, file_format: str, chance: Random) -> bytes:
    """A whole file whose header says something else; of other formats, a damaged file."""
    return _BY_FORMAT.get(file_format, damaged)(data, chance)
