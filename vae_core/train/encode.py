"""What is stored beside a trained model, and where a plain autoencoder's codes are put."""

import sys
import time
from typing import cast

import torch
from torch import Tensor, nn
from tqdm import tqdm

from vae_core.datasets import Images
from vae_core.exact import log_prob
from vae_core.model import ELBO, VAE, Posterior
from vae_core.pretrained import Encodings

SIDE = 320  # cells of the plane along either axis, for log p(x)
WORK, WORK_PER_IMAGE = 1e12, 3e8  # multiply-adds that log p(x) may take: a minute or two
PATIENCE = 20.0  # seconds after which one likes to know how long it will be
LEAST_SPREAD = 1e-3  # codes that deviate by less are all alike


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


def encodings_of(model: VAE, test: Images) -> Encodings:
    """What is stored beside a model: its view of the test images, with the exact log p(x).

    On large pictures the plane has fewer cells, so that it takes minutes and not hours. A line on
    stderr says so, and how long it takes if that is long.
    """
    q, bound = encode_all(model, test)
    x = test.batch(slice(None))
    side = affordable_side(model, len(x))
    begun = time.monotonic()
    log_prob(model, x, test.labels, max(1, side // 10))  # a hundredth of the work
    seconds = 100 * (time.monotonic() - begun)
    most = finest(model)
    if side < most or seconds > PATIENCE:
        why = f", not {most} x {most}, because they are large: it is less exact" * (side < most)
        print(
            f"log p(x) of {len(x):,} test pictures takes about {seconds:.0f} s, on {side} x {side} "
            f"cells of the plane{why}.",
            file=sys.stderr,
        )
    return Encodings(*q, test.labels, *bound, log_prob(model, x, test.labels, side).float())


def affordable_side(model: VAE, images: int) -> int:
    """Cells along each axis for `exact.log_prob` of so many images: at most `finest`.

    Each cell's code is decoded, once for each class if the model is told it, which is the decoder's
    last layer for the most part; then each image meets each cell. Both are a multiply-add for each
    pixel: of each unit of that layer, and of each image. `WORK` bounds how many there are.
    """
    last = cast(nn.Linear, model.decoder[-1])
    planes = len(model.config.classes) if model.config.conditional else 1
    of_a_cell = last.out_features * (planes * last.in_features + images)
    return min(finest(model), max(1, int(((WORK + WORK_PER_IMAGE * images) / of_a_cell) ** 0.5)))


def finest(model: VAE) -> int:
    """Cells along each axis at most."""
    return 2 * SIDE if model.config.folded else SIDE


@torch.no_grad()
def standardize_codes(model: VAE, images: Images) -> tuple[Tensor, Tensor]:
    """Shift and scale a plain autoencoder's codes to mean 0 and deviation 1 along each axis.

    Nothing in its objective says where on the plane its codes are. The change is undone in the
    decoder's first layer, so that every reconstruction stays what it was. Along an axis on which
    all codes are alike, they are only shifted.

    Returns:
        The mean that the codes had, and what they were divided by, (2,) each, on the CPU.
    """
    mean = encode_all(model, images, nodes=1)[0].mean
    shift, scale = mean.mean(0), mean.std(0, correction=0)
    scale = scale.where(scale > LEAST_SPREAD, 1)
    first, last = cast(nn.Linear, model.decoder[0]), cast(nn.Linear, model.encoder[-1])
    by, along = shift.to(first.weight), scale.to(first.weight)
    first.bias.add_(first.weight[:, : len(scale)] @ by)
    first.weight[:, : len(scale)] *= along
    last.weight /= along[:, None]
    last.bias.copy_((last.bias - by) / along)
    return shift, scale
