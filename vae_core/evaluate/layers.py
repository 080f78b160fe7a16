"""Figures of the plane that the page draws as layers of its map: weights/<name>/layers.safetensors.

Computed once, because the page would need seconds for them:

    area            log √det G on even cells, row by row from the top, (classes told, SIDE, SIDE)
    crowd           log q(z) / p(z) on the same cells, (SIDE, SIDE); of a plain autoencoder none
    aggregate       KL(q(z) || p(z)) in nats, and the share of the prior's mass that is empty
    groups          of each test image for k = 2, 3, …, (k's, n), by `features.kmeans`
    groups_ari      their adjusted Rand index with the labels, (k's,); nan without labels
    knn             accuracy of the 1, 2, … nearest other test images; of unlabelled ones none
"""

import math
from pathlib import Path

import torch
from torch import Tensor

from vae_core.exact import aggregate_posterior
from vae_core.features import GROUPS, adjusted_rand, kmeans, knn_accuracy
from vae_core.geometry import area_factor
from vae_core.model import VAE, Posterior
from vae_core.pretrained import Encodings, write_tensors

SIDE, SPAN = 96, 9.0  # cells of a layer, and its width in units of the axes
FILE = "layers.safetensors"


def layers(model: VAE, encodings: Encodings) -> dict[str, Tensor]:
    """The tensors of the file, as its first lines say.

    Args:
        model: whose plane it is.
        encodings: its encoded test set.
    """
    codes, n = cells().to(next(model.parameters())), len(encodings.label)
    told = range(len(model.config.classes)) if model.config.conditional else (None,)
    area = torch.stack([area_factor(model, codes, label).view(SIDE, SIDE) for label in told])
    found = {"area": area.cpu().half()}
    if model.config.probabilistic:
        q = Posterior(encodings.mean, encodings.logvar)
        whole = aggregate_posterior(q)
        mass = aggregate_posterior(q, SIDE, SPAN / 2).mass.T.flip(0)
        log_prior = -0.5 * cells().square().sum(1).view(SIDE, SIDE) - math.log(2 * math.pi)
        ratio = mass.log() - 2 * math.log(SPAN / SIDE) - log_prior
        found["crowd"] = ratio.clamp(-99, 99).half()
        found["aggregate"] = torch.tensor([whole.kl, whole.empty])
    labelled = len(encodings.label.unique()) > 1
    groups = [kmeans(encodings.mean, k) for k in range(GROUPS.start, min(GROUPS.stop, n + 1))]
    found["groups"] = torch.stack(groups).to(torch.uint8)
    agreement = [adjusted_rand(one, encodings.label) if labelled else math.nan for one in groups]
    found["groups_ari"] = torch.tensor(agreement)
    if labelled:
        found["knn"] = knn_accuracy(encodings.mean, encodings.label).float()
    return found


def write_layers(folder: Path, model: VAE, encodings: Encodings) -> None:
    """Measure the plane, and write the file beside the model's others.

    Raises:
        ModelError: the file cannot be written.
    """
    tensors = layers(model, encodings)
    write_tensors(folder / FILE, {key: value.contiguous() for key, value in tensors.items()})


def cells() -> Tensor:
    """Codes at the centres of a layer's cells, row by row from the top, (SIDE * SIDE, 2)."""
    axis = ((torch.arange(SIDE, device="cpu") + 0.5) / SIDE - 0.5) * SPAN
    return torch.cartesian_prod(-axis, axis).flip(1)
