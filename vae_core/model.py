"""A variational autoencoder whose code has exactly two numbers: the whole model in one file.

    encoder   q(z|x) = N(mean(x), diag(exp(logvar(x))))     Kingma & Welling 2013, section 3
    prior     p(z)   = N(0, I)
    decoder   p(x|z) = Bernoulli(pixel; sigmoid(logits(z)))   same, appendix C.1
              or N(pixel; sigmoid(logits(z)), sigma^2)      same, appendix C.2
    ELBO      E_q[log p(x|z)] - KL(q(z|x) || p(z))          same, equation 3

Kingma & Welling 2013 is arXiv:1312.6114. Every figure is in nats per image: summed over pixels
and over latent dimensions, never averaged over them. Under the Gaussian likelihood they are of a
density over pixels in [0, 1], so log p(x) can be above zero; sigma is one number for all pixels,
learned with the rest (Rybkin, Daniilidis and Levine 2021, arXiv:2006.13202).

A conditional model is told the label, one-hot, in both networks (Kingma, Rezende, Mohamed and
Welling 2014, arXiv:1406.5298, model M2 with labels known): then every p is p(.|label). A plain
autoencoder is the same two networks without noise in between: its q(z|x) is a point.

Both networks are residual MLPs with LayerNorm before each block ("pre-norm"; He et al. 2016,
arXiv:1603.05027; Xiong et al. 2020, arXiv:2002.04745).
"""

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

LATENT_DIM = 2
LIKELIHOODS = ("bernoulli", "gaussian")
OBJECTIVE_NAMES = ("elbo", "iwae", "autoencoder", "exact")  # see `vae_core.objectives`
PREPARATIONS = ("ink", "photo", "thing")
MAX_SIZE = 2**16  # of a side in pixels, and of a layer in units
MAX_BLOCKS = 256


@dataclass(frozen=True)
class VAEConfig:
    """Everything needed to build a VAE and to prepare pictures for it.

    Args:
        dataset: what it was trained on: a key of `vae_core.datasets.DATASETS`, or "folder".
        shape: (C, H, W) of one image.
        classes: the name of each label, in order; empty without labels.
        preparation: how `images.prepare` frames a picture, one of `PREPARATIONS`.
        likelihood: p(x|z), one of `LIKELIHOODS`.
        conditional: whether both networks are given the label.
        objective: what training minimized, one of `OBJECTIVE_NAMES`.
        beta: the weight of the rate in it.
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
    conditional: bool = False
    objective: str = "elbo"
    beta: float = 1.0
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
        "".join((self.dataset, *self.classes)).encode()  # half a character is a ValueError
        if type(self.conditional) is not bool:
            raise ValueError("conditional: expected true or false")
        if self.objective not in OBJECTIVE_NAMES:
            raise ValueError(f"objective {self.objective!r}: expected one of {OBJECTIVE_NAMES}")
        if type(self.beta) not in (int, float) or not 0 <= self.beta <= sys.float_info.max:
            raise ValueError(f"beta {self.beta!r}: expected a number, at least 0")
        if self.conditional and not self.classes:
            raise ValueError("conditional: expected classes to condition on")
        widths, blocks = (
            (self.encoder_width, self.decoder_width),
            (self.encoder_blocks, self.decoder_blocks),
        )
        if len(self.shape) != 3 or not _all_within((*self.shape, *widths), MAX_SIZE):
            raise ValueError(f"shape (C, H, W) and widths: expected whole numbers, 1 to {MAX_SIZE}")
        if self.shape[0] not in (1, 3):
            raise ValueError(f"shape {self.shape}: expected 1 channel or 3")
        if not _all_within(blocks, MAX_BLOCKS):
            raise ValueError(f"blocks: expected whole numbers, 1 to {MAX_BLOCKS}")

    @property
    def folded(self) -> bool:
        """Whether grids need twice the cells along each axis for log p(x).

        A decoder that was trained for log p(x) itself folds the plane more than an encoder could
        follow: posteriors are half as wide.
        """
        return self.objective == "exact"

    @property
    def probabilistic(self) -> bool:
        """Whether the encoder gives a Gaussian; a plain autoencoder's gives a point."""
        return self.objective != "autoencoder"


def random_device(generator: torch.Generator | None, like: Tensor) -> torch.device:
    """Where random numbers are drawn: where their generator is, else where they are needed."""
    return like.device if generator is None else generator.device


def _all_within(sizes: Iterable[object], most: int) -> bool:
    return all(type(size) is int and 1 <= size <= most for size in sizes)


class Posterior(NamedTuple):
    """A batch of q(z|x): diagonal Gaussians on the plane, or points (whose variance is 0)."""

    mean: Tensor  # (n, 2)
    logvar: Tensor  # (n, 2), the log of the variance; -inf for a point

    @property
    def std(self) -> Tensor:
        """Standard deviations, (n, 2)."""
        return (0.5 * self.logvar).exp()

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One z ~ q(z|x) for each image, (n, 2): mean + std * noise, so gradients reach both."""
        device = random_device(generator, self.mean)
        noise = torch.randn(self.mean.shape, generator=generator, device=device)
        return self.mean + self.std * noise.to(self.mean)

    def rate(self) -> Tensor:
        """KL(q(z|x) || N(0, I)) in nats, (n,); infinite for a point.

        Kingma & Welling 2013, appendix B, negated.
        """
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

    Images and codes are on the model's device, and so is what is computed of them.

    A grey pixel under the Bernoulli likelihood stands for the probability that it is white: its
    log-likelihood is the expectation over that coin, which is cross-entropy ("dynamic
    binarization" draws the coin instead).

    Labels, int64 (n,), are needed by a conditional model and ignored by the others.
    """

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.config = config
        self.input_dropout = 0.0  # share of pixels hidden from the encoder, in training mode only
        self.in_half = False  # whether the networks' products are in bfloat16, in training mode
        pixels = int(np.prod(config.shape))
        classes = len(config.classes) if config.conditional else 0
        self.encoder = residual_mlp(
            pixels + classes,
            config.encoder_width,
            config.encoder_blocks,
            2 * LATENT_DIM if config.probabilistic else LATENT_DIM,
        )
        self.decoder = residual_mlp(
            LATENT_DIM + classes, config.decoder_width, config.decoder_blocks, pixels
        )
        if config.likelihood == "gaussian":  # kept with the decoder, whose file it belongs in
            self.decoder.register_parameter("pixel_logvar", nn.Parameter(torch.tensor(-3.0)))

    @property
    def pixel_logvar(self) -> Tensor:
        """log sigma^2 of a pixel under the Gaussian likelihood, a scalar.

        Raises:
            AttributeError: the model has another likelihood.
        """
        return self.decoder.get_parameter("pixel_logvar")

    def encode(self, x: Tensor, label: Tensor | None = None) -> Posterior:
        """q(z|x) of each image.

        Args:
            x: images, (n, C, H, W) in [0, 1].
            label: (n,), see the class.
        Raises:
            ValueError: another shape, or no labels for a conditional model.
        """
        self._check_images(x)
        pixels = F.dropout(x.flatten(1), self.input_dropout, self.training)
        out = self._run(self.encoder, self._labelled(pixels, label))
        if not self.config.probabilistic:
            return Posterior(out, torch.full_like(out, -torch.inf))
        mean, logvar = out.chunk(2, dim=1)
        return Posterior(mean, logvar)

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """The expected image E[x|z] of each code, (n, C, H, W) in [0, 1].

        Args:
            z: codes, (n, 2).
            label: (n,), see the class.
        Raises:
            ValueError: another shape, or no labels for a conditional model.
        """
        return self.logits(z, label).sigmoid().view(-1, *self.config.shape)

    def reconstruct(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """Decode the posterior mean of each image: (n, C, H, W) -> (n, C, H, W)."""
        return self.decode(self.encode(x, label).mean, label)

    def sample(
        self, n: int, generator: torch.Generator | None = None, label: Tensor | None = None
    ) -> Tensor:
        """Expected images (n, C, H, W) of n codes drawn from the prior N(0, I)."""
        like = next(self.parameters())
        device = random_device(generator, like)
        z = torch.randn(n, LATENT_DIM, generator=generator, device=device).to(like)
        return self.decode(z, label)

    def log_likelihood(self, x: Tensor, z: Tensor, label: Tensor | None = None) -> Tensor:
        """log p(x|z) in nats of each image x under its own code z, (n,).

        Args:
            x: images, (n, C, H, W) in [0, 1].
            z: codes, (n, 2).
            label: (n,), see the class.
        Raises:
            ValueError: another shape, or no labels for a conditional model.
        """
        self._check_images(x)
        logits, pixels = self.logits(z, label), x.flatten(1)
        if self.config.likelihood == "bernoulli":
            return -F.binary_cross_entropy_with_logits(logits, pixels, reduction="none").sum(1)
        errors = (pixels - logits.sigmoid()).square().sum(1)
        log_normalizer = 0.5 * pixels.shape[1] * (math.log(2 * math.pi) + self.pixel_logvar)
        return -0.5 * errors / self.pixel_logvar.exp() - log_normalizer

    def elbo(
        self, x: Tensor, label: Tensor | None = None, nodes: int = 8, q: Posterior | None = None
    ) -> ELBO:
        """Rate and distortion of each image, in nats, without sampling noise.

        The expectation over q(z|x) is a Gauss-Hermite quadrature (Abramowitz & Stegun 1964,
        25.4.46) with `nodes` x `nodes` codes per image, so the same image always gets the same
        numbers; with 8 they are right to 0.01 nats on 99 of 100 of MNIST's test images, to 0.5 on
        all. A plain autoencoder has no noise to average over, and an infinite rate.

        Args:
            x: images, (n, C, H, W) in [0, 1].
            label: (n,), see the class.
            nodes: nodes along each latent axis.
            q: the Gaussian of each image, if not the encoder's.
        Raises:
            ValueError: another shape, or no labels for a conditional model.
        """
        self._check_images(x)
        q = self.encode(x, label) if q is None else q
        if q.logvar.isneginf().all():  # points
            return ELBO(q.rate(), -self.log_likelihood(x, q.mean, label))
        points, weights = np.polynomial.hermite_e.hermegauss(nodes)
        weights /= weights.sum()
        along, shares = q.mean.new_tensor(points), q.mean.new_tensor(weights)
        distortion = q.mean.new_zeros(len(x))
        along_z2 = x.repeat(nodes, 1, 1, 1)  # one row of the grid of nodes at a time
        labels = None if label is None else label.repeat(nodes)
        for point, weight in zip(points, weights, strict=True):
            offsets = torch.stack([torch.full_like(along, point), along], 1)
            z = q.mean + q.std * offsets.unsqueeze(1)  # (nodes, n, 2)
            row = self.log_likelihood(along_z2, z.flatten(0, 1), labels).view(nodes, len(x))
            distortion -= float(weight) * shares @ row
        return ELBO(q.rate(), distortion)

    def logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """What `decode` takes the sigmoid of, (n, C*H*W)."""
        if z.ndim != 2 or z.shape[1] != LATENT_DIM:
            raise ValueError(f"codes have shape {tuple(z.shape)}: expected (n, {LATENT_DIM})")
        return self._run(self.decoder, self._labelled(z, label))

    def _run(self, network: nn.Module, h: Tensor) -> Tensor:
        if self.training and self.in_half:
            with torch.autocast(h.device.type, torch.bfloat16):
                out: Tensor = network(h).float()  # sums over pixels need single precision
        else:
            out = network(h)
        return out

    def _labelled(self, h: Tensor, label: Tensor | None) -> Tensor:  # (n, d) -> (n, d + classes)
        if not self.config.conditional:
            return h
        if label is None or label.shape != h.shape[:1]:
            labels = "missing" if label is None else f"of shape {tuple(label.shape)}"
            raise ValueError(
                f"labels are {labels}: this model is conditional, expected ({len(h)},)"
            )
        return torch.cat([h, F.one_hot(label, len(self.config.classes)).to(h)], dim=1)

    def _check_images(self, x: Tensor) -> None:
        if x.ndim != 4 or tuple(x.shape[1:]) != self.config.shape:
            expected = ", ".join(map(str, self.config.shape))
            raise ValueError(f"images have shape {tuple(x.shape)}: expected (n, {expected})")
