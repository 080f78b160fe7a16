"""What the tabs say about a place on the map, against scikit-learn and a simulation."""

import io
import json
import math
import shutil
import tracemalloc
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch
from gradio.context import LocalContext
from PIL import Image
from scipy.stats import norm, percentileofscore
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import KDTree, KNeighborsClassifier

from tests.api.kinds import KINDS, photograph, write_kinds
from ui.checks import InputError, code
from ui.examples import digit, suited_to
from ui.lab import (
    DENSITY_RADIUS,
    LAYER_SIDE,
    LAYER_SPAN,
    REGION_SIDE,
    SLIDER_RANGE,
    WITHIN,
    Lab,
    Once,
)
from ui.pictures import difference, histogram, named, shares
from ui.tabs import complete as complete_tab
from ui.tabs import generate as generate_tab
from ui.tabs import reconstruct as reconstruct_tab
from ui.tabs.map import Download
from vae_core import geometry
from vae_core.exact import Grid
from vae_core.features import GROUPS
from vae_core.pretrained import WEIGHTS_DIR

MODEL = "mnist-vae"
PLACES = [(0.0, 0.0), (1.3, -0.4), (-2.5, 2.0), (6.0, 6.0)]


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab(WEIGHTS_DIR)


@pytest.fixture(scope="module")
def tree(lab: Lab) -> KDTree:
    return KDTree(lab.encodings(MODEL).mean.double().numpy())


@pytest.mark.parametrize("z", PLACES)
def test_the_nearest_test_images(lab: Lab, tree: KDTree, z: tuple[float, float]) -> None:
    distances, indices = tree.query([z], k=5)
    found = lab.nearest(z, MODEL)
    assert [index for index, _, _ in found] == indices[0].tolist()
    assert [distance for _, _, distance in found] == pytest.approx(distances[0], abs=1e-5)
    labels = lab.encodings(MODEL).label
    assert [label for _, label, _ in found] == [str(int(labels[i])) for i in indices[0]]


@pytest.mark.parametrize("z", PLACES)
def test_how_crowded_a_place_is(lab: Lab, tree: KDTree, z: tuple[float, float]) -> None:
    density = lab.density(z, MODEL)
    assert density.nearby == tree.query_radius([z], DENSITY_RADIUS, count_only=True)[0]
    around_all = tree.query_radius(tree.data, DENSITY_RADIUS, count_only=True)
    assert density.percentile == pytest.approx(100 * np.mean(around_all <= density.nearby), abs=4)


@pytest.mark.parametrize("z", PLACES)
def test_what_the_prior_expects(lab: Lab, z: tuple[float, float]) -> None:
    draws = np.random.default_rng(0).standard_normal((2_000_000, 2))
    share = np.mean(np.hypot(*(draws - z).T) <= DENSITY_RADIUS)
    expected = 10_000 * share
    noise = 10_000 * np.sqrt(share / len(draws))
    assert lab.density(z, MODEL).expected == pytest.approx(
        expected, abs=4 * noise + 0.02 * expected + 0.001
    )


def test_a_typical_image_of_a_class_has_its_label(lab: Lab) -> None:
    encodings = lab.encodings(MODEL)
    for label in range(10):
        z = lab.class_code(str(label), MODEL)
        exact = (encodings.mean == encodings.mean.new_tensor(z)).all(dim=1)
        assert label in encodings.label[exact].tolist()


@pytest.mark.parametrize("z", [(float("nan"), 0), (0, float("inf")), ("1", 0), (10**400, 0)])
def test_what_is_no_code_is_refused(z: tuple[object, object]) -> None:
    with pytest.raises(InputError, match="expected a number from -10 to 10"):
        code(*z)


def test_the_difference_is_white_where_pictures_agree(lab: Lab) -> None:
    image = lab.model(MODEL).config.shape
    one = np.zeros(image, dtype=np.float32)
    tensor = lab.encodings(MODEL).mean.new_tensor(one)
    assert difference(tensor, tensor).getextrema() == ((255, 255),) * 3
    red, _, blue = difference(tensor, tensor + 1).getpixel((0, 0))
    assert blue > red  # added
    red, _, blue = difference(tensor + 1, tensor).getpixel((0, 0))
    assert red > blue  # missing


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


def test_an_encoder_that_misses_is_told_from_one_that_finds(lab: Lab, data_dir: Path) -> None:
    here = Lab(WEIGHTS_DIR, data_dir)
    missed = here.missed(MODEL)
    assert len(missed) == len({int(here.encodings(MODEL).label[index]) for index in missed}) == 3
    for index in missed:
        inferred = here.infer(here.reconstruct(here.original(index, MODEL), MODEL), MODEL)
        assert inferred.numbers["kl_q_p"] > 20
        assert inferred.found < 0.5
    assert here.missed("mnist-ae") == here.missed("mnist-cvae") == []
    assert here.infer(here.reconstruct(digit("3"), MODEL), MODEL).found > 0.5


def test_how_well_strange_pictures_are_told_is_what_was_measured(lab: Lab, kinds: Lab) -> None:
    measured = json.loads((WEIGHTS_DIR / MODEL / "metrics.json").read_text())["auroc"]["against"]
    assert lab.detects(MODEL) == {
        "Fashion-MNIST": measured["fashion"]["log_prob"],
        "test images upside down": measured["upside_down"]["log_prob"],
        "uniform noise": measured["noise"]["log_prob"],
    }
    assert kinds.detects(MODEL) == {}


def test_the_crowd_is_the_codes_density(lab: Lab) -> None:
    """Against samples: z ~ q(z|x) of random test images, counted in cells."""
    crowd, encodings = lab.crowd(MODEL), lab.encodings(MODEL)
    assert crowd.log_ratio.shape == (LAYER_SIDE, LAYER_SIDE)
    rng = np.random.default_rng(0)
    which = rng.integers(len(encodings.mean), size=2_000_000)
    std = (encodings.logvar / 2).exp().numpy()[which]
    z = encodings.mean.numpy()[which] + std * rng.standard_normal((len(which), 2))
    edges = np.linspace(-LAYER_SPAN / 2, LAYER_SPAN / 2, LAYER_SIDE + 1)
    counts = np.histogram2d(z[:, 1], z[:, 0], [edges, edges])[0][::-1]  # from the top
    middle = (edges[1:] + edges[:-1]) / 2
    prior = norm.pdf(middle[::-1, None]) * norm.pdf(middle[None]) * (edges[1] - edges[0]) ** 2
    often = counts > 400
    assert often.sum() > 500
    ratio = np.log(counts[often] / len(z) / prior[often])
    assert np.abs(crowd.log_ratio.numpy()[often] - ratio).max() < 0.3
    assert 0 < crowd.kl < 1
    assert 0 < crowd.empty < 0.5


def test_the_area_factor_is_a_layer_from_the_top(lab: Lab) -> None:
    layer = lab.area_factor(MODEL, None)
    row, column = 20, 61  # high on the map, and right of its middle
    z1 = ((column + 0.5) / LAYER_SIDE - 0.5) * LAYER_SPAN
    z2 = (0.5 - (row + 0.5) / LAYER_SIDE) * LAYER_SPAN
    jacobian = torch.autograd.functional.jacobian(
        lambda z: lab.model(MODEL).decode(z.unsqueeze(0)).flatten(), torch.tensor([z1, z2])
    ).double()
    expected = 0.5 * torch.logdet(jacobian.T @ jacobian).item()
    assert layer[row, column].item() == pytest.approx(expected, abs=1e-3)


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


def test_the_regions_are_a_layer_from_the_top(lab: Lab) -> None:
    layer, encodings = lab.regions(MODEL, 5), lab.encodings(MODEL)
    knn = KNeighborsClassifier(5).fit(encodings.mean, encodings.label)
    axis = ((np.arange(REGION_SIDE) + 0.5) / REGION_SIDE - 0.5) * LAYER_SPAN
    for row, column in (20, 61), (100, 90), (150, 120):
        expected = knn.predict(torch.tensor([[axis[column], -axis[row]]]).float())
        assert layer[row, column] == expected.item()


def test_curves_of_shares_are_told_to_those_who_cannot_see_them() -> None:
    drawn = shares({"a & b": [0.5, 0.75], "PCA": [0.25, 0.25]}, "accuracy")
    assert 'aria-label="accuracy: a &amp; b 50.0% at k = 1, 75.0% at k = 2; PCA 25.0%' in drawn
    assert drawn.count("<polyline") == 2
    assert "<svg" in shares({"one": [1.0]}, "accuracy of a single k")


def test_a_histogram_puts_the_mark_where_the_value_is() -> None:
    values = torch.arange(101.0)
    for marker, x in ((50, 150), (0, 0), (-7, 0), (100, 300), (1e9, 300)):
        assert f'd="M{x:.1f} 0V50"' in histogram(values, marker, "words")
    assert histogram(values, 0, 'a "quoted" word').count("&quot;") == 2
    assert "<svg" in histogram(torch.ones(1), 1, "one image only")


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


def test_ten_thousand_noises_leave_the_memory_as_it_was() -> None:
    once = Once(lambda noise: bytes(10_000), most=2)
    tracemalloc.start()
    for noise in range(10_000):
        once(noise / 10_000)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 100_000


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
    assert kinds.area_factor(name, told).isfinite().all()
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
    if compared:
        assert kinds.regions(name, 20).max() < len(kind.config.classes)
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


@pytest.mark.parametrize("name", KINDS)
def test_the_places_every_kind_offers(kinds: Lab, name: str) -> None:
    kind, encodings = KINDS[name], kinds.encodings(name)
    assert len(kinds.nearest((0, 0), name)) == min(5, kind.n)
    assert kinds.density((0, 0), name).nearby <= kind.n
    codes = {tuple(z) for z in encodings.mean.tolist()}
    left, right = kinds.extreme_codes(name)
    spread = kinds.spread_codes(name, 6)
    assert {left, right, *spread} <= codes
    assert len(set(spread)) == min(6, kind.n)
    assert left[0] <= min(z1 for z1, _ in spread) <= max(z1 for z1, _ in spread) <= right[0]
    outside = encodings.mean[:, 0] < left[0]
    assert outside.float().mean() <= 0.1
    met = kinds.classes_met(name)
    missing = {kind.config.classes[label] for label in kind.missing}
    assert met == [label for label in kind.config.classes if label not in missing]
    assert all(kinds.class_code(label, name) in codes for label in met[:12])
    for label in missing:
        with pytest.raises(InputError, match="no image of the class"):
            kinds.class_code(label, name)


@pytest.mark.parametrize("name", KINDS)
def test_examples_suit_every_kind(kinds: Lab, name: str) -> None:
    kind = KINDS[name]
    examples = suited_to(kinds, name)
    assert 1 <= len(examples) == len({example.name for example in examples}) <= 6
    for example in examples:
        with Image.open(example.path) as picture:
            painted = (picture.mode, picture.size) == (kind.mode, kind.size)
        assert painted == (kind.config.preparation == "photo")
        kinds.encode(str(example.path), name)


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


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # Gradio's, for tqdm to be mute
def test_a_download_that_is_cancelled_ends_with_its_next_piece(
    kinds: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab(kinds.weights_dir, tmp_path)
    download, page = Download(lab), SimpleNamespace(session_hash="page")
    told: list[int] = []
    progress = gr.Progress(track_tqdm=True)
    monkeypatch.setattr(
        progress, "_progress_callback", lambda: lambda bars: told.extend(bar.index for bar in bars)
    )

    class Endless(io.BytesIO):
        url, length, pieces = "http://mirror", 10**9, 0

        def read(self, size: int | None = None) -> bytes:
            self.pieces += 1
            if self.pieces == 3:
                download.stop(page)
            return bytes(size)

    monkeypatch.setattr(urllib.request, "urlopen", lambda request: Endless())
    reset = LocalContext.progress.set(progress)  # as Gradio does
    assert download.fetch("mnist-vae", page, progress) == gr.skip()
    assert download.wanted == {}
    LocalContext.progress.reset(reset)
    assert told[-1] == 2 * told[1] > 0
    assert [path.name for path in tmp_path.rglob("*-ubyte.gz")] == ["train-images-idx3-ubyte.gz"]
    assert lab.can_fetch("mnist-vae")  # what there is of it does not count


def test_a_download_that_ends_is_forgotten(kinds: Lab, tiny_mnist: Path) -> None:
    """However many pages there were."""
    download = Download(Lab(kinds.weights_dir, tiny_mnist))
    for number in range(3):
        page = SimpleNamespace(session_hash=str(number))
        shown = download.fetch("mnist-vae", page, gr.Progress())
        assert shown == gr.update(visible=False)
    assert download.wanted == {}


def test_what_is_said_of_digits_is_said_of_digits_alone(kinds: Lab, tmp_path: Path) -> None:
    """And of datasets, not of people's own pictures."""
    lab = Lab(kinds.weights_dir, tmp_path)
    for name in lab.models():
        config = lab.model(name).config
        digits = config.dataset == "mnist"
        for words in (generate_tab.notes(lab, name), complete_tab.meaning(lab, name)):
            assert ("digits" in words) == digits
        offer = reconstruct_tab.offered(lab, name, [])[0]
        expected = config.dataset in ("mnist", "fashion", "cifar10") and (
            config.probabilistic and not config.conditional
        )
        assert offer["visible"] == expected


def test_another_edition_of_a_dataset_has_no_originals(kinds: Lab, tiny_mnist: Path) -> None:
    """64 images there, 300 codes here: not those the model encoded."""
    assert Lab(kinds.weights_dir, tiny_mnist).original(0, "mnist-vae") is None


def test_colours_that_differ_show_though_they_are_as_bright() -> None:
    red, green = torch.zeros(2, 3, 4, 4)
    red[0], green[1] = 1, 1
    assert difference(red, green).getpixel((0, 0)) != (255, 255, 255)
    assert difference(red, red).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        ("dress", "a dress"),
        ("ankle boot", "an ankle boot"),
        ("trousers", "trousers"),
        ("8", "an 8"),
    ],
)
def test_how_a_class_is_said(thing: str, said: str) -> None:
    assert named(thing) == said


def test_the_browser_knows_the_same_limits() -> None:
    ui = Path(__file__).resolve().parents[2] / "ui"
    source = (ui / "static/lab.js").read_text("utf-8")
    assert f"export const LIMIT = {SLIDER_RANGE:g};" in source
    page = (ui / "components/latent_map.html").read_text("utf-8")
    assert f'min="{GROUPS.start}" max="{GROUPS.stop - 1}"' in page
