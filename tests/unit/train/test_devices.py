"""Training makes every tensor where its partners are: DESIGN.md, "Devices"."""

import dataclasses

import pytest
import torch

from tests.unit.train.test_call import TINY
from vae_core import load_encodings
from vae_core.train import train


@pytest.fixture
def _clean_optimizer(monkeypatch):
    """AdamW itself counts its steps in a tensor on the default device."""
    step = torch.optim.AdamW.step

    def on_the_cpu(self, *arguments):
        with torch.device("cpu"):
            return step(self, *arguments)

    monkeypatch.setattr(torch.optim.AdamW, "step", on_the_cpu)


@pytest.mark.usefixtures("_clean_optimizer")
@pytest.mark.parametrize(
    "changes",
    [
        {"warmup": 1.0, "input_dropout": 0.5},
        {"objective": "iwae"},
        {"objective": "autoencoder"},
        {"guide": 10.0},
        {"conditional": True},
        {"likelihood": "gaussian"},
    ],
    ids=str,
)
def test_a_training_runs_whatever_the_default_device_is(tiny_mnist, tmp_path, changes):
    """A tensor made without its device is on "meta", where it has no numbers and no partners."""
    recipe = dataclasses.replace(TINY, epochs=2, **changes)
    places = {"weights_dir": tmp_path, "data_dir": tiny_mnist, "device": "cpu"}
    with torch.device("meta"):
        asked = iter([False, False, True])
        assert train(recipe, "tiny", should_stop=lambda: next(asked), **places) is None
        model = train(recipe, "tiny", resume=True, **places)
        stored = load_encodings("tiny", tmp_path)
    assert {value.device.type for value in (*model.parameters(), *stored)} == {"cpu"}
    there = train(recipe, "other", **places)
    for key, value in model.state_dict().items():
        assert torch.equal(value, there.state_dict()[key]), key
