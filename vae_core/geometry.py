"""Paths between codes on the plane."""

import torch
from torch import Tensor


def straight_path(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Evenly spaced codes on the straight line, both ends included.

    Args:
        start, end: one code each, (2,).
        steps: how many codes, at least 2.
    Returns:
        (steps, 2), in order from start to end.
    Raises:
        ValueError: fewer than 2 steps.
    """
    if steps < 2:
        raise ValueError(f"a path has at least 2 steps, not {steps}")
    return torch.lerp(start, end, torch.linspace(0, 1, steps).unsqueeze(1))
