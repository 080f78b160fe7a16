"""What the tests of training share: a tiny run."""

from functools import partial

import pytest

from tests.unit.train.common import SIDE, arguments
from vae_core import train as training
from vae_core.exact import log_prob
from vae_core.train import loop


@pytest.fixture(autouse=True)
def _coarser(monkeypatch):
    monkeypatch.setattr(loop, "log_prob", partial(log_prob, side=SIDE))


@pytest.fixture
def run(tiny_mnist, tmp_path, monkeypatch):
    """Train on the tiny dataset; the parameters before they are rounded to half precision."""
    whole = {}
    save = loop.save

    def keep(name, model, weights_dir):
        whole.update({key: value.clone() for key, value in model.state_dict().items()})
        save(name, model, weights_dir)

    monkeypatch.setattr(loop, "save", keep)

    def start(text, weights=tmp_path):
        training.train(training.parse_arguments(arguments(text, tiny_mnist, weights)))
        return dict(whole)

    return start
