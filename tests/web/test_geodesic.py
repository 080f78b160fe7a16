"""Geodesics: the page finds paths as short as `vae_core.geometry` does."""

import numpy as np
import pytest
import torch
from playwright.sync_api import Page
from scipy.spatial import cKDTree

from tests.web.conftest import use
from tests.web.expected import CONSOLE, model_of, plane_of
from vae_core import list_models, load_encodings
from vae_core.geometry import measure

ENDS = torch.randn(8, 2, 2, generator=torch.Generator().manual_seed(0))
# Near a few hundred codes, and on a folded plane, there are many local minima: between grids of 80
# and 320 codes a side, the library's own paths differ by as much (frey-vae, near its codes: the
# longest is 6 to 84 % longer than the shortest, in the median of the eight pairs 14 %).
RUGGED = 1.15
NEAR = 0.2  # of the plane: as the page calls a code near a test code
GEODESIC = "([a, b, stay]) => latentLab.geodesic(a, b, 20, { stay })"


def ratios(page: Page, name: str, ends: torch.Tensor, stay: bool = False) -> list[float]:
    """Lengths of the page's paths over those of the library's."""
    use(page, name, "0" if model_of(name).config.conditional else None)  # as `plane_of`
    found = []
    for a, b in ends:
        path = page.evaluate(GEODESIC, [a.tolist(), b.tolist(), stay])
        expected = plane_of(name, stay).geodesic(a, b, 20)
        assert path["straight_length"] == pytest.approx(expected.straight_length, rel=0.01)
        assert path["codes"][0] == pytest.approx(a.tolist())
        assert path["codes"][-1] == pytest.approx(b.tolist())
        found.append(path["length"] / expected.length)
    return found


def test_a_path_is_as_long_as_it_says_and_no_longer_than_the_librarys(page: Page) -> None:
    name = "frey-vae"
    assert max(ratios(page, name, ENDS[:3], stay=True)) < RUGGED
    assert max(ratios(page, name, ENDS[:3])) < 1.01
    a, b = ENDS[0].tolist()
    path = page.evaluate("([a, b]) => latentLab.geodesic(a, b, 200)", [a, b])
    measured = measure(model_of(name), torch.tensor(path["codes"]))
    assert measured.length == pytest.approx(path["length"], rel=0.01)
    steps = np.linalg.norm(
        model_of(name).decode(torch.tensor(path["codes"])).flatten(1).diff(dim=0), axis=1
    )
    assert steps.max() < 2 * np.median(steps)  # equal steps of length


@pytest.mark.slow
@pytest.mark.proof("weights/{name}/*.[js]*", *CONSOLE)
@pytest.mark.parametrize("stay", [False, True], ids=["shortest", "near"])
@pytest.mark.parametrize("name", list_models())
def test_paths_of_every_model(page: Page, name: str, stay: bool) -> None:
    """A local minimum may be another one, or shorter: one in eight is allowed to be longer."""
    found = np.array(ratios(page, name, ENDS, stay))
    rugged = name == "mnist-exact" or (stay and name == "frey-vae")
    longest = RUGGED if rugged else 1.01
    assert (found < longest).sum() >= len(ENDS) - 1


@pytest.mark.slow
@pytest.mark.proof("weights/{name}/*.[js]*", *CONSOLE)
@pytest.mark.parametrize("name", ["mnist-vae", "mnist-ae", "fashion-vae"])
def test_paths_near_the_data_stay_where_test_codes_are(page: Page, name: str) -> None:
    """As tests/unit/test_rarity.py asks of the library, whose grid is finer."""
    use(page, name)
    mean = load_encodings(name).mean
    tree = cKDTree(mean)
    near = []
    for a, b in mean[torch.randint(len(mean), (40, 2), generator=torch.Generator().manual_seed(0))]:
        path = page.evaluate(
            "([a, b]) => latentLab.geodesic(a, b, 200, { stay: true })", [a.tolist(), b.tolist()]
        )
        assert path["length"] <= path["straight_length"]
        near.append(np.mean(tree.query(path["codes"])[0] <= NEAR))
    assert np.mean(near) >= 0.95
    assert np.mean(np.array(near) >= 0.95) >= 0.9


def test_the_same_code_twice_is_no_way(page: Page) -> None:
    use(page, "frey-vae")
    path = page.evaluate(GEODESIC, [[0.5, 0.5], [0.5, 0.5]])
    assert path["length"] == 0
    assert path["codes"] == [[0.5, 0.5]] * 20
