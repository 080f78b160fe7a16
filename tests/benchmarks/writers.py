"""How well a model reads other writers: python -m tests.benchmarks.writers [NAME ...]

The first 400 of UCI's 8 x 8 digits (Alpaydin and Kaynak 1998, doi:10.24432/C50P49), which
scikit-learn ships, enlarged by two filters, black on white with a margin, prepared as any picture
is. Each is read by a vote of the 20 test codes nearest to the encoder's mean, to the highest mode
of the exact p(z|x), and by such votes averaged over p(z|x). Beside it the same of MNIST's own first
400 test images, each without its own code, and the ceiling: the nearest test image by pixels.
--data-dir names MNIST, else LATENT_LAB_DATA.
"""

import argparse

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn.functional import one_hot

from tests.unit.exact_reference import MODEL
from vae_core import images, load, load_encodings
from vae_core.datasets import load_images
from vae_core.exact import Grid
from vae_core.model import VAE, VAEConfig
from vae_core.pretrained import Encodings

DIGITS, SIDE, PAGE, NEIGHBOURS = 400, 160, 256, 20
DEEP = 12.0  # nats below the largest cell: what lies deeper has no say


def written(config: VAEConfig, enlarged: str) -> tuple[Tensor, Tensor]:
    """Prepared pictures (400, 1, 28, 28) and what they show."""
    digits, found = load_digits(), []
    for levels in digits.images[:DIGITS]:
        ink = Image.fromarray((255 - levels * 255 / 16).astype(np.uint8))
        page, at = Image.new("L", (PAGE, PAGE), 255), (PAGE - SIDE) // 2
        page.paste(ink.resize((SIDE, SIDE), Image.Resampling[enlarged.upper()]), (at, at))
        found.append(images.prepare(page, config))
    return torch.cat(found), torch.from_numpy(digits.target[:DIGITS]).long()


def votes(codes: Encodings, z: Tensor, skip: Tensor | None = None) -> Tensor:
    """Shares of the classes among the nearest test codes, (n, 10); without the codes `skip`."""
    apart = torch.cdist(z, codes.mean.to(z))
    if skip is not None:
        apart[torch.arange(len(z)), skip] = torch.inf
    near = apart.topk(NEIGHBOURS, largest=False).indices
    return one_hot(codes.label[near].long(), 10).double().mean(1)


def readings(model: VAE, codes: Encodings, x: Tensor, own: Tensor | None) -> list[Tensor]:
    """Votes (n, 10) at the encoder's mean, at the mode, and averaged over p(z|x)."""
    posteriors = Grid(model, 160).refine_each(x)
    mode = torch.stack([one.codes[one.log_density().argmax()] for one in posteriors])
    averaged = []
    for k, one in enumerate(posteriors):
        high = one.log_mass > one.log_mass.max() - DEEP
        left_out = None if own is None else own[k].expand(int(high.sum()))
        averaged.append(one.log_mass[high].exp() @ votes(codes, one.codes[high], left_out))
    with torch.no_grad():
        mean = model.encode(x).mean
    return [votes(codes, mean, own), votes(codes, mode, own), torch.stack(averaged)]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=[MODEL])
    parser.add_argument("--data-dir")
    options = parser.parse_args()
    test = load_images("mnist", False, options.data_dir)
    everything = test.batch(slice(None)).flatten(1)
    print(f"{'':24}{'encoder':>10}{'mode':>10}{'p(z|x)':>10}{'pixels':>10}")
    for name in options.names:
        model, codes = load(name), load_encodings(name)
        first = test.batch(slice(0, DIGITS)), test.labels[:DIGITS].long()
        for what in ("MNIST", "bicubic", "lanczos"):
            own = torch.arange(DIGITS) if what == "MNIST" else None
            x, label = first if what == "MNIST" else written(model.config, what)
            away = torch.cdist(x.flatten(1), everything)
            if own is not None:
                away[own, own] = torch.inf
            guesses = [one.argmax(1) for one in readings(model, codes, x, own)]
            guesses.append(test.labels[away.argmin(1)].long())
            right = [(guess == label).double().mean().item() for guess in guesses]
            print(f"{name + ', ' + what:24}" + "".join(f"{share:10.1%}" for share in right))


if __name__ == "__main__":
    main()
