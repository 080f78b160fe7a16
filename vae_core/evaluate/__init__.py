"""Measure a model: python -m vae_core.evaluate mnist-vae

Writes weights/<name>/metrics.json, the tables of its model card weights/<name>/README.md,
weights/<name>/layers.safetensors, the layers of its map, and weights/<name>/manifold.png, the plane
as the decoder sees it. The same model gives the same files
on the same machine, byte for byte but for the versions. `accelerate launch -m vae_core.evaluate`
spreads the images over processes, on one machine or many, and gives the same figures.
"""

from vae_core.evaluate.card import (
    TABLE_END,
    TABLE_START,
    figures_table,
    measure,
    update_card,
)
from vae_core.evaluate.figures import (
    NEIGHBOURS,
    ROWS,
    Row,
    evaluate,
    manifold,
    pca_log_prob,
)
from vae_core.evaluate.scored import codes
from vae_core.evaluate.uses import (
    KINDS,
    RELIABLE,
    auroc,
    completion,
    detection,
    features,
    posterior_means,
)

__all__ = [
    "KINDS",
    "NEIGHBOURS",
    "RELIABLE",
    "ROWS",
    "TABLE_END",
    "TABLE_START",
    "Row",
    "auroc",
    "codes",
    "completion",
    "detection",
    "evaluate",
    "features",
    "figures_table",
    "manifold",
    "measure",
    "pca_log_prob",
    "posterior_means",
    "update_card",
]
