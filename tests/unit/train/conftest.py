"""What the tests of training share: a tiny run."""

import pytest

from tests.unit.train.common import SIDE, arguments, train_with
from vae_core.train import encode, loop


@pytest.fixture(autouse=True)
def _coarse_and_checked_often(monkeypatch):
    monkeypatch.setattr(encode, "SIDE", SIDE)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)


@pytest.fixture
def run(tiny_mnist, tmp_path, monkeypatch):
    """Train on the tiny dataset; the parameters before they are rounded to half precision."""
    whole = {}
    save = loop.save

    def keep(name, model, weights_dir):
        whole.update({key: value.clone() for key, value in model.state_dict().items()})
        save(name, model, weights_dir)

    monkeypatch.setattr(loop, "save", keep)

    def start(text, weights=tmp_path, **options):
        train_with(arguments(text, tiny_mnist, weights), **options)
        return dict(whole)

    return start
