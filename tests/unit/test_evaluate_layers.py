"""The layers of the map: against autograd, a sum of Gaussians, and scikit-learn."""

import math

import pytest
import torch
from safetensors.torch import load_file
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import KNeighborsClassifier
from torch.distributions import Normal

from vae_core import Encodings, list_models, load, load_encodings
from vae_core.evaluate.layers import FILE, SIDE, SPAN, cells, layers
from vae_core.features import GROUPS
from vae_core.pretrained import WEIGHTS_DIR


@pytest.fixture
def encodings():
    generator = torch.Generator().manual_seed(0)
    mean = torch.randn(120, 2, generator=generator)
    label = (mean[:, 0] > 0).long() + 2 * (mean[:, 1] > 0).long()
    logvar = torch.full((120, 2), -2.0)
    nothing = torch.zeros(120)
    return Encodings(mean, logvar, label, nothing, nothing, nothing)


def test_cells_go_row_by_row_from_the_top():
    codes = cells()
    assert codes[0].tolist() == pytest.approx(
        [-SPAN / 2 * (1 - 1 / SIDE), SPAN / 2 * (1 - 1 / SIDE)]
    )
    assert codes[1, 0] > codes[0, 0]
    assert codes[SIDE, 1] < codes[0, 1]


def test_layers_are_what_they_say(small_model, encodings):
    model = small_model((1, 6, 5))
    found = layers(model, encodings)
    place = 17 * SIDE + 60
    code = cells()[place]
    jacobian = torch.autograd.functional.jacobian(lambda z: model.decode(z[None]).flatten(), code)
    expected = 0.5 * torch.linalg.slogdet(jacobian.T @ jacobian).logabsdet
    assert found["area"][0].flatten()[place] == pytest.approx(expected.item(), abs=0.02)
    q = Normal(encodings.mean, (encodings.logvar / 2).exp()).log_prob(code).sum(1)
    ratio = q.logsumexp(0) - math.log(len(q)) - Normal(0, 1).log_prob(code).sum()
    assert found["crowd"].flatten()[place] == pytest.approx(ratio.item(), abs=0.05)
    for k, groups, ari in zip(GROUPS, found["groups"], found["groups_ari"], strict=True):
        assert groups.unique().tolist() == list(range(k))
        assert ari == pytest.approx(adjusted_rand_score(encodings.label, groups), abs=1e-5)
    one = KNeighborsClassifier(1).fit(encodings.mean, encodings.label)
    nearest = one.kneighbors(return_distance=False)[:, 0]  # leave-one-out
    right = (encodings.label[nearest] == encodings.label).float().mean()
    assert found["knn"][0] == pytest.approx(right.item(), abs=1e-5)


@pytest.mark.parametrize("name", list_models())
def test_what_is_shipped_is_small_and_of_the_model(name):
    path = WEIGHTS_DIR / name / FILE
    assert path.stat().st_size <= 300_000
    found, encodings = load_file(path), load_encodings(name)
    config = load(name).config
    assert found["groups"].shape == (len(GROUPS), len(encodings.label))
    assert ("crowd" in found) == config.probabilistic
    assert len(found["area"]) == (len(config.classes) if config.conditional else 1)
    if "knn" in found:
        agreement = adjusted_rand_score(encodings.label, found["groups"][-1])
        assert found["groups_ari"][-1] == pytest.approx(agreement, abs=1e-5)
