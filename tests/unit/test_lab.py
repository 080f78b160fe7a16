"""What the tabs say about a place on the map, against scikit-learn and a simulation."""

import json
import math
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import torch
from scipy.stats import percentileofscore
from sklearn.metrics import adjusted_rand_score

from tests.api.kinds import KINDS, photograph, write_kinds
from tests.api.pictures import digit
from ui.checks import InputError, code
from ui.endpoints import Lab
from ui.endpoints.once import Once
from ui.endpoints.pictures import WITHIN
from vae_core import geometry
from vae_core.exact import Grid
from vae_core.pretrained import WEIGHTS_DIR

MODEL = "mnist-vae"
PLACES = [(0.0, 0.0), (1.3, -0.4), (-2.5, 2.0), (6.0, 6.0)]


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab(WEIGHTS_DIR)


@pytest.mark.parametrize("z", [(float("nan"), 0), (0, float("inf")), ("1", 0), (10**400, 0)])
def test_what_is_no_code_is_refused(z: tuple[object, object]) -> None:
    with pytest.raises(InputError, match="expected a number from -10 to 10"):
        code(*z)


# Bayes' rule


def test_the_posterior_of_a_picture_is_that_of_a_fine_grid(lab: Lab) -> None:
    found = lab.reconstruct(digit("3"), MODEL)
    inferred = lab.infer(found, MODEL)
    model, x = lab.model(MODEL), found.seen.unsqueeze(0)
    fine = Grid(model, side=300, limit=1.5)  # the rest of the plane holds nothing of it
    log_prob = fine.log_prob(x).item()
    numbers = inferred.numbers
    assert numbers["log_prob"] == pytest.approx(log_prob, abs=0.05)
    assert numbers["elbo"] == pytest.approx(model.elbo(x).elbo.item(), abs=1e-3)
    assert numbers["kl_q_p"] == pytest.approx(log_prob - model.elbo(x).elbo.item(), abs=0.05)
    heaviest = numbers["modes"][0]
    top = fine.codes[fine.log_joint(x)[0].argmax()]
    assert heaviest["z"] == pytest.approx(top.tolist(), abs=0.04)
    assert sum(mode["mass"] for mode in numbers["modes"]) == pytest.approx(1, abs=0.05)
    stored = lab.encodings(MODEL).log_prob.numpy()
    assert numbers["percentile"] == pytest.approx(percentileofscore(stored, log_prob), abs=0.3)
    mean, std = (torch.tensor(found.numbers[key]) for key in ("mean", "std"))
    mass = fine.posterior(x)[0].flatten()
    near = ((fine.codes - mean) / std).norm(dim=1) <= WITHIN
    assert inferred.found == pytest.approx(mass[near].sum().item(), abs=0.1)


def test_features_are_those_of_the_codes_beside_what_was_measured_of_pca(lab: Lab) -> None:
    found, labels = lab.features(MODEL, 7), lab.encodings(MODEL).label
    measured = json.loads((WEIGHTS_DIR / MODEL / "metrics.json").read_text())["features"]
    assert set(found["groups"]) == set(range(7))
    assert found["ari"] == pytest.approx(adjusted_rand_score(labels, found["groups"]))
    assert found["pca_ari"] == measured["pca_ari"][measured["k"].index(7)]
    assert found["pca_knn"] == measured["pca_knn"]
    assert found["knn"] == pytest.approx(measured["knn"], abs=0.002)
    assert found["note"] is None
    assert lab.features(MODEL)["k"] == 10


def test_what_is_slow_is_done_once_however_many_ask() -> None:
    asked: list[int] = []
    together = Barrier(8)

    def slow(key: int) -> int:
        asked.append(key)
        return -key

    once = Once(slow, most=2)

    def ask(key: int) -> int:
        together.wait()
        return once(key)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, [1, 2] * 4)) == [-1, -2] * 4
    assert sorted(asked) == [1, 2]
    once(3)  # puts out the one used longest ago
    once(1)
    once(2)
    assert len(asked) >= 4


# Every kind of model


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder = tmp_path_factory.mktemp("kinds")
    write_kinds(folder)
    return Lab(folder)


@pytest.mark.parametrize("name", KINDS)
def test_what_a_picture_is_to_every_kind(kinds: Lab, name: str) -> None:
    config = KINDS[name].config
    found = kinds.reconstruct(photograph(), name)
    assert found.seen.shape == found.decoded.shape == config.shape
    assert found.samples.shape == (4, *config.shape)
    numbers = found.numbers
    missing = {key for key, value in numbers.items() if value is None}
    assert missing == (set() if config.probabilistic else {"std", "rate", "elbo"})
    json.dumps(numbers, allow_nan=False)
    assert ("label" in numbers) == config.conditional
    if config.probabilistic:
        assert numbers["elbo"] == pytest.approx(-(numbers["rate"] + numbers["distortion"]))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_a_true_posterior(kinds: Lab, name: str) -> None:
    config = KINDS[name].config
    found = kinds.reconstruct(photograph(), name)
    inferred = kinds.infer(found, name)
    numbers = inferred.numbers
    json.dumps(numbers, allow_nan=False)
    assert 0 <= numbers["percentile"] <= 100
    assert numbers["modes"]
    assert math.isnan(inferred.found) == (not config.probabilistic)
    assert ("label" in numbers) == config.conditional
    if config.probabilistic:
        assert numbers["kl_q_p"] > -0.05
    else:
        assert numbers["elbo"] is numbers["kl_q_p"] is None
    told = config.classes.index(numbers["label"]) if config.conditional else None
    assert kinds.grid(name, told) is kinds.grid(name, told)


@pytest.mark.parametrize("name", KINDS)
def test_the_features_of_every_kind(kinds: Lab, name: str) -> None:
    kind = KINDS[name]
    if kind.n == 1:
        with pytest.raises(InputError, match=r"one test image only.*\.$"):
            kinds.features(name)
        return
    found = kinds.features(name, 3)
    json.dumps(found, allow_nan=False)
    assert len(found["groups"]) == kind.n
    compared = len(kind.config.classes) > 1
    assert [found[key] is not None for key in ("ari", "knn")] == [compared] * 2
    assert found["pca_ari"] is found["pca_knn"] is None  # they were not measured
    said = "vae_core.evaluate" if compared else "labels" if not kind.config.classes else "one class"
    assert said in found["note"]
    assert ("told the class" in found["note"]) == kind.config.conditional
    for k in (1, 11, 2.5, "3", True):
        with pytest.raises(InputError, match=r"groups is .*: expected a whole number from 2 to 10"):
            kinds.features(name, k)


@pytest.mark.parametrize("name", [name for name in KINDS if KINDS[name].config.conditional])
def test_the_class_that_fits_best_is_taken(kinds: Lab, name: str) -> None:
    config = KINDS[name].config
    fits = {
        label: kinds.encode(photograph(), name, label)
        for label in (*config.classes[:3], kinds.encode(photograph(), name)["label"])
    }
    *others, best = fits.values()
    worth = "elbo" if config.probabilistic else "distortion"
    sign = 1 if config.probabilistic else -1
    assert best[worth] == pytest.approx(kinds.encode(photograph(), name)[worth], rel=1e-4)
    assert all(sign * best[worth] >= sign * other[worth] for other in others)
    assert [fit["label"] for fit in fits.values()] == list(fits)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_decodes_and_interpolates(kinds: Lab, name: str) -> None:
    kind = KINDS[name]
    picture = kinds.decode(0.5, -1, name)
    assert (picture.mode, picture.size) == (kind.mode, kind.size)
    path, pictures = kinds.interpolate((-1, 0), (1, 0), 5, name)
    assert path.shape == (5, 2)
    assert pictures.shape == (5, *kind.config.shape)
    if kind.config.conditional:
        first, other = kind.config.classes[0], kind.config.classes[-1]
        assert kinds.decode(0.5, -1, name, first) == kinds.decode(0.5, -1, name, "") == picture
        assert kinds.decode(0.5, -1, name, other) != picture
        with pytest.raises(InputError, match=r"no class 'cow'\. Available: .*\.$"):
            kinds.decode(0.5, -1, name, "cow")
    else:
        with pytest.raises(InputError, match="takes none"):
            kinds.decode(0.5, -1, name, "0")


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_geodesics(kinds: Lab, name: str) -> None:
    """As the library finds them, with the same ends as the straight line."""
    model = kinds.model(name)
    config, (a, b) = model.config, torch.tensor([[-1.5, 0.5], [1.0, -1.0]])
    label = config.classes[-1] if config.conditional else None
    told = len(config.classes) - 1 if config.conditional else None
    found = kinds.geodesic(a.tolist(), b.tolist(), 7, name, label)
    expected = geometry.geodesic(model, a, b, 7, told)
    assert torch.allclose(found.codes, expected.codes, atol=1e-4)
    assert found.numbers["length"] == pytest.approx(expected.length, rel=1e-4)
    assert found.numbers["largest_step"] == pytest.approx(expected.largest_step, rel=1e-3)
    assert found.numbers["straight_length"] == pytest.approx(expected.straight_length, rel=1e-4)
    line, pictures = kinds.interpolate(a.tolist(), b.tolist(), 7, name, label)
    straight = geometry.measure(model, line, told)
    assert found.numbers["straight_largest_step"] == pytest.approx(straight.largest_step, rel=1e-4)
    assert found.images.shape == pictures.shape
    assert torch.equal(found.images[[0, -1]], pictures[[0, -1]])
    assert torch.equal(found.curve[:: (len(found.curve) - 1) // 6], found.codes)


@pytest.mark.parametrize("steps", [2, 3, 31, 32])
def test_a_geodesic_is_drawn_without_corners(kinds: Lab, steps: int) -> None:
    found = kinds.geodesic((-2, 0), (2, 1), steps, MODEL)
    assert len(found.codes) == len(found.images) == steps
    assert len(found.curve) > 60
    assert (len(found.curve) - 1) % (steps - 1) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a": (float("nan"), 0)}, "z1 is nan: expected a number from -10 to 10"),
        ({"b": (0, 10.5)}, r"z2 is 10\.5: expected a number from -10 to 10"),
        ({"steps": 33}, "steps is 33: expected a whole number from 2 to 32"),
        ({"steps": "5"}, "steps is '5': expected a whole number from 2 to 32"),
        ({"model_name": "nothing"}, "no model named 'nothing'"),
        ({"label": "0"}, "takes none"),
        ({"model_name": "mnist-cvae", "label": "cow"}, "no class 'cow'"),
    ],
)
def test_what_has_no_geodesic_is_refused(kinds: Lab, change: dict[str, Any], message: str) -> None:
    asked = {"a": (0, 0), "b": (1, 1), "steps": 5, "model_name": MODEL, **change}
    with pytest.raises(InputError, match=message):
        kinds.geodesic(**asked)


def test_a_dataset_that_is_not_there_has_no_originals(kinds: Lab, tmp_path: Path) -> None:
    nowhere = Lab(kinds.weights_dir, tmp_path)
    for name in KINDS:
        assert nowhere.original(0, name) is None


def test_what_can_be_fetched_is_offered_until_it_is_there(
    kinds: Lab, tiny_mnist: Path, tmp_path: Path
) -> None:
    lab = Lab(kinds.weights_dir, tmp_path)
    assert lab.can_fetch("mnist-vae")
    assert not lab.can_fetch("frey-vae")  # is not to be had from torchvision
    assert not lab.can_fetch("folder-one")
    shutil.copytree(tiny_mnist, tmp_path, dirs_exist_ok=True)  # so that nothing is downloaded
    lab.fetch("mnist-vae")
    assert not lab.can_fetch("mnist-vae")


def test_another_edition_of_a_dataset_has_no_originals(kinds: Lab, tiny_mnist: Path) -> None:
    """64 images there, 300 codes here: not those the model encoded."""
    assert Lab(kinds.weights_dir, tiny_mnist).original(0, "mnist-vae") is None
