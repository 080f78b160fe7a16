"""What is stored beside a trained model, and where a plain autoencoder's codes are put."""

from typing import cast

import torch
from torch import Tensor, nn
from tqdm import tqdm

from vae_core.datasets import Images
from vae_core.model import ELBO, VAE, Posterior


@torch.no_grad()
def encode_all(
    model: VAE, images: Images, nodes: int = 8, batch_size: int = 1000
) -> tuple[Posterior, ELBO]:
    """Encode images as they are (grey, not binarized), with a progress bar; on the CPU.

    Args:
        model: it may be on any device.
        images: on any device.
        nodes: see `VAE.elbo`.
        batch_size: images at a time.
    """
    parts = []
    device = next(model.parameters()).device
    for start in tqdm(range(0, len(images.labels), batch_size), desc="encode", leave=False):
        part = slice(start, start + batch_size)
        x, label = images.batch(part).to(device), images.labels[part].to(device)
        q, bound = model.encode(x, label), model.elbo(x, label, nodes)
        parts.append((*q, *bound))
    mean, logvar, rate, distortion = (torch.cat(part).cpu() for part in zip(*parts, strict=True))
    return Posterior(mean, logvar), ELBO(rate, distortion)


@torch.no_grad()
def standardize_codes(model: VAE, images: Images) -> tuple[Tensor, Tensor]:
    """Shift and scale a plain autoencoder's codes to mean 0 and deviation 1 along each axis.

    Nothing in its objective says where on the plane its codes are. The change is undone in the
    decoder's first layer, so that every reconstruction stays what it was.

    Returns:
        the mean and the deviation that the codes had, (2,) each.
    """
    mean = encode_all(model, images, nodes=1)[0].mean
    shift, scale = mean.mean(0), mean.std(0)
    first, last = cast(nn.Linear, model.decoder[0]), cast(nn.Linear, model.encoder[-1])
    first.bias.add_(first.weight[:, : len(scale)] @ shift)
    first.weight[:, : len(scale)] *= scale
    last.weight /= scale[:, None]
    last.bias.copy_((last.bias - shift) / scale)
    return shift, scale
