"""Train a model: see `train`, or python -m vae_core.train --help."""

from vae_core.train.encode import encode_all, standardize_codes
from vae_core.train.loop import train
from vae_core.train.recipe import parse_arguments

__all__ = ["encode_all", "parse_arguments", "standardize_codes", "train"]
