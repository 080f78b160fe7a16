"""What the tests of training share: options, places and comparisons."""

import os
import subprocess
import sys
from pathlib import Path

import torch

from vae_core.train import train
from vae_core.train.__main__ import main as command
from vae_core.train.__main__ import parse_arguments

ROOT = Path(__file__).resolve().parents[3]
SIZE = [f"--{part}-{size}" for part in ("encoder", "decoder") for size in ("width=16", "blocks=1")]
SIDE = 40  # of the quadrature whose figures are stored: enough for small models, and quick


def arguments(text, data, weights):
    places = ["--data-dir", str(data), "--weights-dir", str(weights)]
    return ["--name", "tiny", *SIZE, *places, *text.split()]


def checkpoint(weights):
    return weights / "tiny" / "checkpoint.safetensors"


def assert_same(first, second):
    assert first.keys() == second.keys()
    for key in first:
        assert torch.equal(first[key], second[key]), key


def best_without_code(images, x):
    """Mean log p(x) when every pixel has its own fixed probability."""
    p = images.batch(slice(None)).mean(0).clamp(0.002, 0.998)
    return (x * p.log() + (1 - x) * (1 - p).log()).sum((1, 2, 3)).mean()


def stop_in_call(monkeypatch, target, call):
    """Raise KeyboardInterrupt in a later call of a function, before it does anything."""
    module, name = target.rsplit(".", 1)
    original = getattr(sys.modules.get(module) or os, name)
    calls = iter(range(1000))

    def stop(*arguments, **options):
        if next(calls) == call:
            raise KeyboardInterrupt
        return original(*arguments, **options)

    monkeypatch.setattr(f"{module}.{name}", stop)


def train_with(words, **options):
    """`train` as the command calls it, so that errors come out."""
    recipe, chosen = parse_arguments(words)
    options |= {key: getattr(chosen, key) for key in ("weights_dir", "data_dir", "device")}
    options |= {key: getattr(chosen, key) for key in ("resume", "overwrite")}
    return train(recipe, chosen.name, **options)


EVERY_EPOCH = """
import sys
from vae_core.train import loop
from vae_core.train.__main__ import main
loop.CHECKPOINT_SECONDS = 0.0
sys.exit(main())
"""


def start_process(text, data, weights):
    """The command in a process of its own, with a checkpoint after every epoch."""
    command = [sys.executable, "-c", EVERY_EPOCH, *arguments(text, data, weights)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def main(text, data, weights):
    return command(arguments(text, data, weights))
