"""JSON values that nobody expects: of wrong types, huge, deep, long, or not numbers at all."""

import math
from random import Random
from typing import Any

NUMBERS = (
    *(0, 1, 2, -1, 3, 33, 1001, 0.5, 2.5, -0.0, 10.01, -10, 1e-320, 1e30, 1e308, 10**20, 10**400),
    *(2**31, 2**53 + 1, 2**63, 2**64, -(2**63), math.nan, math.inf, -math.inf),
)
TEXTS = (
    *(
        "",
        " ",
        "0",
        "1",
        "nan",
        "null",
        "None",
        "true",
        "..",
        "/",
        "*",
        "a\0b",
        "\n",
        "é",
        "½",
        "٣",
    ),
    *("\u202e", "\U0001f3a8", "\ud800", "\udfff\ud800", "x" * 10_000, "\U0001f3a8" * 70_000),
    *("mnist-vae\0", "../mnist-vae", "MNIST-VAE", "/etc/passwd", "C:\\nul", "{}", "[1]", "<b>"),
    *("__class__", "${HOME}", "%s%n", "file:///etc/passwd", "http://127.0.0.1:9/x.png"),
    *("data:image/png;base64,AAAA", "data:,", "data:image/png;base64,"),
)


def nested(depth: int, chance: Random) -> Any:
    """Lists or objects within one another."""
    value: Any = 1
    as_list = chance.random() < 0.5
    for _ in range(depth):
        value = [value] if as_list else {"path": value}
    return value


def nasty(chance: Random, depth: int = 3) -> Any:
    """Any such value, of lists and objects within one another at most so deep, or very deep."""
    kind = chance.randrange(12 if depth else 9)
    if kind < 4:
        return chance.choice(NUMBERS)
    if kind < 7:
        return chance.choice(TEXTS)
    if kind < 9:
        return chance.choice((None, True, False, [], {}, [[]], [None], {"": None}))
    if kind == 9:
        return nested(chance.choice((1, 3, 50, 300)), chance)
    if kind == 10:
        return [nasty(chance, depth - 1) for _ in range(chance.choice((1, 2, 3, 4, 30)))]
    return {
        str(chance.choice(TEXTS)): nasty(chance, depth - 1) for _ in range(chance.randint(1, 4))
    }
