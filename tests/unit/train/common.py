"""What the tests of training share: options, places and comparisons."""

import os
import subprocess
import sys
from pathlib import Path

import torch

from vae_core.train.__main__ import main as command

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


def start_process(text, data, weights):
    command = [sys.executable, "-m", "vae_core.train", *arguments(text, data, weights)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def main(text, data, weights, monkeypatch):
    monkeypatch.setattr("sys.argv", ["train", *arguments(text, data, weights)])
    return command()
