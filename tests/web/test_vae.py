"""The model's module on an empty page: it computes what vae_core does, for every shipped model."""

import base64
import json
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from playwright.sync_api import JSHandle, Page

from ui.descriptions import describe
from vae_core import list_models, load
from vae_core.pretrained import WEIGHTS_DIR

CODES = 1000
IN_PARTS = 100  # what travels to the page and back at a time
LOAD = """async (description) => {
  const { loadModel } = await import("/ui/web/core/model.js");
  const model = await loadModel(description);
  await model.loadEncoder();
  return model;
}"""
DECODE = """([model, codes, label]) => {
  const all = codes.flatMap(([z1, z2]) => [...model.decode(z1, z2, label)]);
  const bytes = new Uint8Array(Float32Array.from(all).buffer);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""
ENCODE = """([model, base64, size, label]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const pixels = new Float32Array(bytes.buffer);
  const found = [];
  for (let at = 0; at < pixels.length; at += size) {
    const { mean, logvar } = model.encode(pixels.subarray(at, at + size), label);
    found.push([mean, logvar]);
  }
  return JSON.stringify(found); // a point's log-variance, -Infinity, becomes null
}"""

every_model = pytest.mark.parametrize("name", list_models())
proof = pytest.mark.proof(
    "weights/{name}/*coder.safetensors",
    "weights/{name}/config.json",
    "vae_core/model.py",
    "vae_core/pretrained.py",
    "ui/web/core/model.js",
    "ui/web/core/kernel.js",
    "ui/web/core/half.js",
    "ui/web/core/safetensors.js",
)


def in_the_page(page: Page, name: str) -> JSHandle:
    """The module's model of what the library knows by that name."""
    described = describe(WEIGHTS_DIR / name, lambda file: f"weights/{name}/{file.name}")
    return page.evaluate_handle(LOAD, described)


def parts(n: int) -> Iterator[slice]:
    return (slice(start, start + IN_PARTS) for start in range(0, n, IN_PARTS))


@proof
@every_model
def test_decodes_as_the_library_does(empty_page: Page, name: str) -> None:
    model = load(name)
    z = 2 * torch.randn(CODES, 2, generator=torch.Generator().manual_seed(0))
    label = torch.zeros(CODES, dtype=torch.int64)  # a conditional model's first class
    expected = model.decode(z, label).flatten(1).numpy()
    there, told = in_the_page(empty_page, name), (*model.config.classes, None)[0]
    raw = [
        base64.b64decode(empty_page.evaluate(DECODE, [there, z[part].tolist(), told]))
        for part in parts(CODES)
    ]
    found = np.frombuffer(b"".join(raw), np.float32).reshape(expected.shape)
    away = abs(found - expected)
    assert away.max() <= 2 / 255
    assert np.quantile(away, 0.999) <= 1 / 255


@proof
@every_model
def test_encodes_as_the_library_does(empty_page: Page, name: str) -> None:
    """Noise of every strength, and what the model itself decodes."""
    model = load(name)
    generator = torch.Generator().manual_seed(1)
    half = CODES // 2
    label = torch.zeros(CODES, dtype=torch.int64)
    strength = torch.rand(half, 1, 1, 1, generator=generator)
    noise = strength * torch.rand(half, *model.config.shape, generator=generator)
    own = model.decode(2 * torch.randn(half, 2, generator=generator), label[:half])
    x = torch.cat([noise, own])
    q = model.encode(x, label)
    there, told = in_the_page(empty_page, name), (*model.config.classes, None)[0]
    found = []
    for part in parts(CODES):
        sent = base64.b64encode(x[part].flatten(1).numpy().tobytes()).decode()
        found += json.loads(empty_page.evaluate(ENCODE, [there, sent, x[0].numel(), told]))
    mean = np.array([one[0] for one in found])
    assert abs(mean - q.mean.numpy()).max() <= 0.02
    if model.config.probabilistic:
        logvar = np.array([one[1] for one in found])
        assert abs(logvar - q.logvar.numpy()).max() <= 0.02
