"""Measure a model: python -m vae_core.evaluate mnist-vae

Writes weights/<name>/metrics.json, the tables of its model card weights/<name>/README.md, and
weights/<name>/manifold.png, the plane as the decoder sees it. The same model gives the same files
on the same machine, byte for byte but for the versions.
"""

from vae_core.evaluate.card import (
    KINDS,
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
    knn_right,
    manifold,
    pca_log_prob,
)
from vae_core.evaluate.scored import codes
from vae_core.evaluate.uses import auroc, completion, detection, features, posterior_means

__all__ = [
    "KINDS",
    "NEIGHBOURS",
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
    "knn_right",
    "manifold",
    "measure",
    "pca_log_prob",
    "posterior_means",
    "update_card",
]
