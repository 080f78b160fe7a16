"""Input from outside: what is wrong with it, in one sentence that says what is accepted."""

import textwrap
from collections.abc import Sequence
from typing import TypeGuard

from vae_core import VAEConfig

MAX_COORDINATE = 10.0
STEPS = (2, 32)


class InputError(ValueError):
    """Input the lab cannot use: one sentence, what was wrong and what is accepted."""


def code(z1: object, z2: object) -> tuple[float, float]:
    """Check a code that came from outside."""
    return _coordinate(z1, "z1"), _coordinate(z2, "z2")


def within(z: Sequence[float], limit: float) -> tuple[float, float]:
    """The place nearest to a code whose coordinates are at most `limit`."""
    z1, z2 = (min(max(value, -limit), limit) for value in z)
    return z1, z2


def class_index(label: object, config: VAEConfig) -> int | None:
    """Check the class a model is told, which came from outside; None if nothing was said."""
    if label is None or label == "":
        return None
    if not config.conditional:
        raise InputError("This model is not told the class, so it takes none. Leave the label out.")
    return known_class(label, config.classes)


def known_class(label: object, classes: Sequence[str]) -> int:
    """Check the name of a class that came from outside; its place among the classes."""
    if label not in classes:
        available = listed(classes) or "none, it has no labels"
        raise InputError(f"There is no class {str(label)[:80]!r}. Available: {available}.")
    return classes.index(str(label))


def step_count(value: object) -> int:
    """Check a number of interpolation steps that came from outside."""
    return whole_number(value, "The number of steps", *STEPS)


def whole_number(value: object, name: str, low: int, high: int) -> int:
    """Check an integer that came from outside."""
    if not _is_number(value) or value != int(value) or not low <= value <= high:
        raise InputError(
            f"{name} is {_shown(value)}: expected a whole number from {low} to {high}."
        )
    return int(value)


def real_number(value: object, name: str, low: float, high: float) -> float:
    """Check a number that came from outside."""
    if not _is_number(value) or not low <= value <= high:
        raise InputError(f"{name} is {_shown(value)}: expected a number from {low:g} to {high:g}.")
    return float(value)


def _coordinate(value: object, name: str) -> float:
    return real_number(value, name, -MAX_COORDINATE, MAX_COORDINATE)


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300  # false for NaN as well; a whole number can be beyond any float


def listed(names: Sequence[str]) -> str:
    """Names for a sentence, not too many."""
    return textwrap.shorten(", ".join(names), 130, break_on_hyphens=False, placeholder=" …")


def _shown(value: object) -> str:
    return "missing" if value is None else repr(value)[:80]
