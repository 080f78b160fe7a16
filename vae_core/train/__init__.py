"""Train a model: `train(Recipe(...), name)`, or python -m vae_core.train --help."""

from vae_core.train.encode import encode_all, standardize_codes
from vae_core.train.loop import EpochReport, train
from vae_core.train.recipe import Recipe

__all__ = ["EpochReport", "Recipe", "encode_all", "standardize_codes", "train"]
