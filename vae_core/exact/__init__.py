"""Exact inference on the plane: what two latent dimensions make possible.

    p(x) = ∫ p(x|z) p(z) dz          `log_prob` of many pictures, and `Grid.refine` of one
    p(z|x) = p(x|z) p(z) / p(x)      `Grid.posterior`, and `Refined.modes`
    p(z|part of x)                   the same with a mask, and `complete`
    1/N Σ q(z|x_n)                   `aggregate_posterior`

Everywhere else these are out of reach, and are bounded (`VAE.elbo`) or estimated
(`importance_log_prob`).

`vae_core.exact.grid` says how, and is where to start reading.
"""

from vae_core.exact.aggregate import Aggregate, aggregate_posterior
from vae_core.exact.bounds import best_gaussian, importance_log_prob
from vae_core.exact.complete import Completion, complete, expected_image
from vae_core.exact.grid import MEMORY, Grid, log_prob
from vae_core.exact.refine import Modes, Refined, refine_cells

__all__ = [
    "MEMORY",
    "Aggregate",
    "Completion",
    "Grid",
    "Modes",
    "Refined",
    "aggregate_posterior",
    "best_gaussian",
    "complete",
    "expected_image",
    "importance_log_prob",
    "log_prob",
    "refine_cells",
]
