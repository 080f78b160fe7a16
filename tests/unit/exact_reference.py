"""What test_exact_shipped.py compares with: python -m tests.unit.exact_reference

log p(x) of MNIST's test images, binarized once with a fixed seed, by a plain sum over 1,280 x 1,280
codes, for the model in weights/. Shares no code with `vae_core.exact`: decoded pictures, their
logarithms, one product, a running sum of exponentials around a running maximum. To be run again
whenever the model's decoder has changed: about a quarter of an hour on two idle cores, a few
minutes with --images 500, which leaves the mean over the whole test set unchecked.
"""

import argparse
import hashlib
import json
import os
from pathlib import Path

import torch
from tqdm import tqdm

from vae_core.datasets import load_images
from vae_core.pretrained import WEIGHTS_DIR, load

MODEL = "mnist-vae"
SIDE, LIMIT, SEED, SINGLE = 1280, 5.0, 0, 500
FILE = Path(__file__).with_suffix(".json")


def binarized(directory=None):
    """The 10,000 test images as zeros and ones, (n, 1, 28, 28)."""
    grey = load_images("mnist", False, directory).pixels.float() / 255
    return torch.bernoulli(grey, generator=torch.Generator().manual_seed(SEED))


def decoder_hash():
    """Names the decoder that the figures belong to."""
    return hashlib.sha256((WEIGHTS_DIR / MODEL / "decoder.safetensors").read_bytes()).hexdigest()


@torch.no_grad()
def log_prob(model, x, side=SIDE, limit=LIMIT):
    """log p(x) of n images of zeros and ones, (n,) float64."""
    x = x.flatten(1)
    edges = torch.linspace(-limit, limit, side + 1, dtype=torch.float64)
    middles = (edges[1:] + edges[:-1]) / 2
    area = (2 * limit / side) ** 2
    highest = torch.full((len(x), 1), -torch.inf)
    total = torch.zeros(len(x), dtype=torch.float64)
    for z1 in tqdm(middles, desc="reference", leave=False):
        z = torch.stack([z1.expand(side), middles], 1)
        logits = model.logits(z.float())
        log_white = torch.nn.functional.logsigmoid(logits.double())
        log_black = torch.nn.functional.logsigmoid(-logits.double())
        prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)
        base = (log_black.sum(1) + prior).float()
        odds = (log_white - log_black).float()
        for part in torch.arange(len(x)).split(500):
            joint = torch.addmm(base, x[part], odds.T)
            peak = torch.maximum(highest[part], joint.max(1, keepdim=True).values)
            total[part] *= (highest[part] - peak).exp().squeeze(1)
            total[part] += joint.sub_(peak).exp_().sum(1)
            highest[part] = peak
    return total.log() + highest.squeeze(1) + torch.tensor(area).double().log()


def main():
    """Compute and write the reference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", help="where MNIST is")
    parser.add_argument("--images", type=int, default=10_000, help="how many, the first ones")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    values = log_prob(load(MODEL), binarized(options.data_dir)[: options.images])
    found = {
        "decoder_sha256": decoder_hash(),
        "side": SIDE,
        "images": len(values),
        "mean": round(values.mean().item(), 5),
        "single": [round(value, 4) for value in values[:SINGLE].tolist()],
    }
    FILE.write_text(json.dumps(found) + "\n", encoding="utf-8")
    print(f"mean log p(x) of {len(values)} images {found['mean']} nats, in {FILE.name}")


if __name__ == "__main__":
    main()
