"""A device that any machine has: tensors that say they are elsewhere, and hold real numbers.

The device is called "meta", which torch knows on every machine. As on a GPU, tensors of two devices
do not mix, numbers come back by `.cpu()` or `.item()` alone, and as on MPS there is no float64.
"""

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("meta")
COPIES = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)


class Away(Tensor):
    """A tensor on DEVICE; `held` is what it holds."""

    @staticmethod
    def __new__(cls, held):
        if held.dtype == torch.float64:
            raise TypeError("float64 on a device that has none")
        return Tensor._make_wrapper_subclass(
            cls, held.size(), held.stride(), held.storage_offset(), dtype=held.dtype, device=DEVICE
        )

    def __init__(self, held):
        self.held = held

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _run(func, args, kwargs or {})


class TwoDevices(TorchDispatchMode):
    """Where tensors are made on DEVICE and moved there."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _run(func, args, kwargs or {})


def _run(func, args, kwargs):
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    away = [tensor for tensor in tensors if isinstance(tensor, Away)]
    here = [tensor for tensor in tensors if not isinstance(tensor, Away) and tensor.ndim]
    if away and here and func not in COPIES:
        raise RuntimeError(f"{func}: tensors on two devices")
    device = kwargs.get("device")
    there = bool(away) if device is None else torch.device(device).type == DEVICE.type
    if device is not None:
        kwargs = kwargs | {"device": "cpu"}
    holders = {id(tensor.held): tensor for tensor in away}
    plain_args, plain_kwargs = tree_map(_held, (args, kwargs))
    result = func(*plain_args, **plain_kwargs)

    def answer(leaf):
        if not isinstance(leaf, Tensor):
            return leaf
        if id(leaf) in holders:  # changed in place
            return holders[id(leaf)]
        return Away(leaf) if there else leaf

    return tree_map(answer, result)


def _held(leaf):
    return leaf.held if isinstance(leaf, Away) else leaf


def move(value):
    """The same thing on DEVICE: a tensor, a tuple of them, or a model, which is changed."""
    if isinstance(value, nn.Module):
        for module in value.modules():
            for name, parameter in module._parameters.items():
                held = Away(parameter.detach())
                module._parameters[name] = nn.Parameter(held, requires_grad=False)
        return value
    return tree_map(lambda leaf: Away(leaf) if isinstance(leaf, Tensor) else leaf, value)


def back(value):
    """The same thing on the CPU."""
    return tree_map(_held, value)
