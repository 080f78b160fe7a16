"""What the tabs say about a place on the map, against scikit-learn and a simulation."""

import numpy as np
import pytest
from sklearn.neighbors import KDTree

from ui.lab import DENSITY_RADIUS, InputError, Lab, code
from ui.pictures import difference
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
    assert density.count == tree.query_radius([z], DENSITY_RADIUS, count_only=True)[0]
    around_all = tree.query_radius(tree.data, DENSITY_RADIUS, count_only=True)
    assert density.percentile == pytest.approx(100 * np.mean(around_all <= density.count), abs=4)


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
    for digit in range(10):
        z = lab.class_code(str(digit), MODEL)
        exact = (encodings.mean == encodings.mean.new_tensor(z)).all(dim=1)
        assert digit in encodings.label[exact].tolist()


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
