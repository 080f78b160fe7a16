"""The shipped model against a finer reference."""

import json

import numpy as np
import pytest
import torch

import vae_core
from tests.proofs import CORE
from tests.unit import exact_reference as reference
from vae_core.exact import Grid


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.01, 0.2])
@pytest.mark.proof("weights/mnist-vae/*.[js]*", "tests/unit/exact_reference*", *CORE)
def test_part_of_a_picture_by_the_shipped_model(shipped, share):
    """Posteriors from as wide as the plane to narrower than a cell."""
    model, x, _ = shipped
    generator = torch.Generator().manual_seed(0)
    mask = torch.rand(28, 28, generator=generator) < share
    grid, fine = Grid(model, side=160), Grid(model, side=500, memory=0)
    expected = fine.log_prob(x[:6], mask)
    found = [grid.refine(x[k : k + 1], mask) for k in range(6)]
    errors = torch.tensor([one.log_prob for one in found], dtype=torch.float64) - expected
    assert errors.abs().max() < 0.05
    assert max(len(one.codes) for one in found) < 25_600


@pytest.fixture(scope="module")
def shipped(data_dir):
    stored = json.loads(reference.FILE.read_text(encoding="utf-8"))
    if stored["decoder_sha256"] != reference.decoder_hash():
        pytest.fail(
            f"{reference.MODEL} has another decoder than {reference.FILE.name} was computed for: "
            "python -m tests.unit.exact_reference"
        )
    return vae_core.load(reference.MODEL), reference.binarized(data_dir), stored


@pytest.mark.slow
@pytest.mark.proof("weights/mnist-vae/*.[js]*", "tests/unit/exact_reference*", *CORE)
def test_the_mean_over_test_images(shipped):
    model, x, stored = shipped
    found = Grid(model).log_prob(x[: reference.SINGLE]).mean().item()
    assert found == pytest.approx(np.mean(stored["single"]), abs=0.01)


@pytest.mark.slow
@pytest.mark.proof("weights/mnist-vae/*.[js]*", "tests/unit/exact_reference*", *CORE)
def test_single_images(shipped):
    model, x, stored = shipped
    grid = Grid(model, side=160)
    found = [grid.refine(x[k : k + 1]).log_prob for k in range(200)]
    assert np.abs(np.subtract(found, stored["single"][:200])).max() < 0.05


@pytest.mark.slow
@pytest.mark.proof("weights/mnist-vae/*.[js]*", "tests/unit/exact_reference*", *CORE)
def test_the_reference_can_be_recomputed(shipped):
    """In the same steps, but only in the middle: of images whose posterior is there."""
    model, x, stored = shipped
    middle = model.encode(x[: reference.SINGLE]).mean.norm(dim=1).argsort()[:3]
    side = round(reference.SIDE * 1.25 / reference.LIMIT)
    found = reference.log_prob(model, x[middle], side, limit=1.25).tolist()
    assert found == pytest.approx([stored["single"][k] for k in middle], abs=1e-3)
