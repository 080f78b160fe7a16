"""Damage that bytes of any kind may suffer: flips, cuts, swaps, splices, extreme numbers."""

import struct
from collections.abc import Callable, Sequence
from random import Random

# Around the ends of every width of whole numbers, and sizes just below and above what is accepted.
EXTREMES = (
    *(0, 1, 2, 3, 4, 27, 28, 127, 128, 255, 256, 4999, 5000, 5001, 32767, 32768, 65535, 65536),
    *(2**24 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**53, 2**63 - 1, 2**63, 2**64 - 1),
)
WIDTHS = {1: "B", 2: "H", 4: "I", 8: "Q"}  # bytes of a whole number, and struct's letter for it
LONGEST = 2_000_000  # bytes; damage that repeats damage must not grow without end


def extreme(chance: Random, width: int, order: str = "") -> bytes:
    """A whole number of so many bytes that a reader may not be ready for."""
    number = chance.choice(EXTREMES) & (256**width - 1)
    return struct.pack((order or chance.choice("<>")) + WIDTHS[width], number)


def place(chance: Random, data: bytes) -> int:
    """A position in a file; every second one in its first 64 bytes, where headers are."""
    last = len(data) - 1
    return chance.randint(0, min(last, 63) if chance.random() < 0.5 else last)


def overwritten(data: bytes, start: int, new: bytes) -> bytes:
    """A file with other bytes from a position on; it stays as long as it was."""
    return (data[:start] + new + data[start + len(new) :])[: len(data)]


def flip(data: bytes, chance: Random) -> bytes:
    """Flip single bits, or replace whole bytes."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16, 64))):
        changed[place(chance, data)] ^= chance.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
    return bytes(changed)


def cut(data: bytes, chance: Random) -> bytes:
    """Cut the end off."""
    return data[: place(chance, data)]


def set_extreme(data: bytes, chance: Random) -> bytes:
    """Set what may be a length or an offset to an extreme."""
    return overwritten(data, place(chance, data), extreme(chance, chance.choice((1, 2, 4, 8))))


def swap(data: bytes, chance: Random) -> bytes:
    """Let two blocks change places."""
    a, b, c, d = sorted(chance.randint(0, len(data)) for _ in range(4))
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def repeat(data: bytes, chance: Random) -> bytes:
    """Repeat a block, or leave it out."""
    start, end = sorted((place(chance, data), place(chance, data)))
    times = chance.choice((0, 0, 2, 3, 50))
    return (data[:start] + data[start:end] * times + data[end:])[:LONGEST]


def insert(data: bytes, chance: Random) -> bytes:
    """Insert bytes by chance, or zeros."""
    start, count = place(chance, data), chance.choice((1, 2, 4, 100))
    return data[:start] + chance.choice((chance.randbytes(count), bytes(count))) + data[start:]


DAMAGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(flip, flip, cut, set_extreme, set_extreme, swap, repeat, insert),
)


def damaged(data: bytes, chance: Random, others: Sequence[bytes] = ()) -> bytes:
    """A file after one to three accidents; one of them may be to end as another file does."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        if not data:
            break
        if others and chance.random() < 0.1:
            other = chance.choice(others)
            data = data[: place(chance, data)] + other[chance.randint(0, len(other)) :]
        else:
            data = chance.choice(DAMAGES)(data, chance)
    return data
