"""Paths on the plane as codes in order: with more of them, and evenly."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

FINE = 0.02  # of the plane: codes at most so far apart measure a length

Floats = NDArray[np.float64]


def finer(codes: Tensor) -> Tensor:
    """The same path with codes in between, none further than FINE from the next."""
    gaps = codes.diff(dim=0).norm(dim=1)
    pieces = (gaps / FINE).ceil().long().clamp(min=1)
    which = torch.repeat_interleave(torch.arange(len(pieces), device=codes.device), pieces)
    first = torch.repeat_interleave(pieces.cumsum(0) - pieces, pieces)
    share = (torch.arange(len(which), device=codes.device) - first) / pieces[which]
    between = torch.lerp(codes[which], codes[which + 1], share.unsqueeze(1))
    return torch.cat([between, codes[-1:]])


def evenly(codes: Floats, lengths: Floats, n: int) -> Tensor:
    """Points on a path at equal steps of the lengths of its pieces, (m, 2) -> (n, 2)."""
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    if not along[-1] > 0:
        along = np.linspace(0, 1, len(codes))
    wanted = np.linspace(0, along[-1], n)
    return torch.from_numpy(np.stack([np.interp(wanted, along, axis) for axis in codes.T], 1))
