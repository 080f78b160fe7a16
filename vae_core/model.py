"""A variational autoencoder whose code has exactly two numbers: the whole model in one file.

    encoder   q(z|x) = N(mean(x), diag(exp(logvar(x))))     Kingma & Welling 2013, section 3
    prior     p(z)   = N(0, I)
    decoder   p(x|z) = Bernoulli(pixel; sigmoid(logits(z)))   same, appendix C.1
    ELBO      E_q[log p(x|z)] - KL(q(z|x) || p(z))          same, equation 3

Kingma & Welling 2013 is arXiv:1312.6114. Every figure is in nats per image: summed over pixels
and over latent dimensions, never averaged over them.

Both networks are residual MLPs with LayerNorm before each block ("pre-norm"; He et al. 2016,
arXiv:1603.05027; Xiong et al. 2020, arXiv:2002.04745).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

LATENT_DIM = 2
LIKELIHOODS = ("bernoulli",)
PREPARATIONS = ("ink", "photo")


@dataclass(frozen=True)
class VAEConfig:
    """Everything needed to build a VAE and to prepare pictures for it.

    Args:
        dataset: the dataset it was trained on, a key of `vae_core.datasets.DATASETS`.
        shape: (C, H, W) of one image.
        classes: the name of each label, in order; empty without labels.
        preparation: how `images.prepare` frames a picture, one of `PREPARATIONS`.
        likelihood: p(x|z), one of `LIKELIHOODS`.
        encoder_width, encoder_blocks: units per layer and residual blocks of the encoder.
        decoder_width, decoder_blocks: the same for the decoder.
    Raises:
        ValueError: a field of another kind.
    """

    dataset: str
    shape: tuple[int, int, int]
    classes: tuple[str, ...] = ()
    preparation: str = "ink"
    likelihood: str = "bernoulli"
    encoder_width: int = 512
    encoder_blocks: int = 2
    decoder_width: int = 512
    decoder_blocks: int = 2

    def __post_init__(self) -> None:
        if self.likelihood not in LIKELIHOODS:
            raise ValueError(f"likelihood {self.likelihood!r}: expected one of {LIKELIHOODS}")
        if self.preparation not in PREPARATIONS:
            raise ValueError(f"preparation {self.preparation!r}: expected one of {PREPARATIONS}")
        if not all(type(text) is str for text in (self.dataset, *self.classes)):
            raise ValueError("dataset and classes: expected text")
        encoder = (self.encoder_width, self.encoder_blocks)
        sizes = (*self.shape, *encoder, self.decoder_width, self.decoder_blocks)
        if len(self.shape) != 3 or not all(type(size) is int and size > 0 for size in sizes):
            raise ValueError("shape (C, H, W), widths and blocks: expected positive whole numbers")


class Posterior(NamedTuple):
    """A batch of q(z|x): diagonal Gaussians on the plane."""

    mean: Tensor  # (n, 2)
    logvar: Tensor  # (n, 2), the log of the variance

    @property
    def std(self) -> Tensor:
        """Standard deviations, (n, 2)."""
        return (0.5 * self.logvar).exp()

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One z ~ q(z|x) for each image, (n, 2): mean + std * noise, so gradients reach both."""
        noise = torch.randn(self.mean.shape, generator=generator)
        return self.mean + self.std * noise

    def rate(self) -> Tensor:
        """KL(q(z|x) || N(0, I)) in nats, (n,). Kingma & Welling 2013, appendix B, negated."""
        return 0.5 * (self.mean**2 + self.logvar.exp() - 1 - self.logvar).sum(-1)


class ELBO(NamedTuple):
    """The two halves of the evidence lower bound, in nats per image."""

    rate: Tensor  # (n,), KL(q(z|x) || p(z)): what it costs to send z
    distortion: Tensor  # (n,), -E_q[log p(x|z)]: what it costs to send x once z is known

    @property
    def elbo(self) -> Tensor:
        """The bound itself, (n,): at most log p(x)."""
        return -(self.rate + self.distortion)


class ResidualBlock(nn.Module):
    """A layer that adds to what it is given."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, width)
        self.down = nn.Linear(width, width)

    def forward(self, h: Tensor) -> Tensor:
        """h + W2 SiLU(W1 LayerNorm(h)), (n, width) -> (n, width)."""
        out: Tensor = h + self.down(F.silu(self.up(self.norm(h))))
        return out


def residual_mlp(n_in: int, width: int, blocks: int, n_out: int) -> nn.Sequential:
    """(n, n_in) -> (n, n_out)."""
    return nn.Sequential(
        nn.Linear(n_in, width),
        *(ResidualBlock(width) for _ in range(blocks)),
        nn.LayerNorm(width),
        nn.SiLU(),
        nn.Linear(width, n_out),
    )


class VAE(nn.Module):
    """Encoder, decoder and likelihood. Images are float32 (n, C, H, W) in [0, 1], codes (n, 2).

    A grey pixel under the Bernoulli likelihood stands for the probability that it is white: its
    log-likelihood is the expectation over that coin, which is cross-entropy ("dynamic
    binarization" draws the coin instead).
    """

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.config = config
        pixels = int(np.prod(config.shape))
        self.encoder = residual_mlp(
            pixels, config.encoder_width, config.encoder_blocks, 2 * LATENT_DIM
        )
        self.decoder = residual_mlp(LATENT_DIM, config.decoder_width, config.decoder_blocks, pixels)

    def encode(self, x: Tensor) -> Posterior:
        """q(z|x) of each image.

        Args:
            x: images, (n, C, H, W) in [0, 1].
        Raises:
            ValueError: another shape.
        """
        self._check_images(x)
        mean, logvar = self.encoder(x.flatten(1)).chunk(2, dim=1)
        return Posterior(mean, logvar)

    def decode(self, z: Tensor) -> Tensor:
        """The expected image E[x|z] of each code, (n, C, H, W) in [0, 1].

        Args:
            z: codes, (n, 2).
        Raises:
            ValueError: another shape.
        """
        return self._logits(z).sigmoid().view(-1, *self.config.shape)

    def reconstruct(self, x: Tensor) -> Tensor:
        """Decode the posterior mean of each image: (n, C, H, W) -> (n, C, H, W)."""
        return self.decode(self.encode(x).mean)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Expected images (n, C, H, W) of n codes drawn from the prior N(0, I)."""
        return self.decode(torch.randn(n, LATENT_DIM, generator=generator))

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x|z) in nats of each image x under its own code z, (n,).

        Args:
            x: images, (n, C, H, W) in [0, 1].
            z: codes, (n, 2).
        Raises:
            ValueError: another shape.
        """
        self._check_images(x)
        logits = self._logits(z)
        return -F.binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="none").sum(1)

    def elbo(self, x: Tensor, nodes: int = 8) -> ELBO:
        """Rate and distortion of each image, in nats, without sampling noise.

        The expectation over q(z|x) is a Gauss-Hermite quadrature (Abramowitz & Stegun 1964,
        25.4.46) with `nodes` x `nodes` codes per image, so the same image always gets the same
        numbers; with 8 they are right to 0.01 nats on MNIST's test images, to 0.1 on strange ones.

        Args:
            x: images, (n, C, H, W) in [0, 1].
            nodes: nodes along each latent axis.
        Raises:
            ValueError: another shape.
        """
        q = self.encode(x)
        points, weights = np.polynomial.hermite_e.hermegauss(nodes)
        weights /= weights.sum()
        distortion = torch.zeros(len(x))
        along_z2 = x.repeat(nodes, 1, 1, 1)  # one row of the grid of nodes at a time
        for point, weight in zip(points, weights, strict=True):
            offsets = torch.tensor([[point, other] for other in points], dtype=torch.float32)
            z = q.mean + q.std * offsets.unsqueeze(1)  # (nodes, n, 2)
            row = self.log_likelihood(along_z2, z.flatten(0, 1)).view(nodes, len(x))
            distortion -= float(weight) * torch.tensor(weights, dtype=torch.float32) @ row
        return ELBO(q.rate(), distortion)

    def _logits(self, z: Tensor) -> Tensor:  # (n, 2) -> (n, C*H*W)
        if z.ndim != 2 or z.shape[1] != LATENT_DIM:
            raise ValueError(f"codes have shape {tuple(z.shape)}: expected (n, {LATENT_DIM})")
        logits: Tensor = self.decoder(z)
        return logits

    def _check_images(self, x: Tensor) -> None:
        if x.ndim != 4 or tuple(x.shape[1:]) != self.config.shape:
            expected = ", ".join(map(str, self.config.shape))
            raise ValueError(f"images have shape {tuple(x.shape)}: expected (n, {expected})")
