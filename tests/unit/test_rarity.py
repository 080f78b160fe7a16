"""Rarity against torch.distributions, and the paths that it keeps near the data."""

import pytest
import torch
from scipy.spatial import cKDTree
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

import vae_core
from tests.proofs import CORE
from vae_core import Posterior
from vae_core.geometry import RARE, Plane, metric
from vae_core.rarity import LEAST, LIMIT, SIDE, WIDTH, Rarity

NEAR = 0.2  # of the plane: as the page calls a code near a test code


def some(points: bool) -> Posterior:
    generator = torch.Generator().manual_seed(1)
    mean, logvar = torch.randn(2, 50, 2, generator=generator)
    return Posterior(mean, torch.full_like(mean, -torch.inf) if points else logvar - 4)


@pytest.mark.parametrize("points", [False, True])
def test_rarity_is_that_of_the_smoothed_aggregate_posterior(points: bool) -> None:
    q = some(points)
    std = (q.logvar.double().exp() + WIDTH**2).sqrt()
    each = Independent(Normal(q.mean.double(), std), 1)
    density = MixtureSameFamily(Categorical(torch.ones(50).double()), each)
    axis = torch.linspace(-LIMIT, LIMIT, SIDE).double()
    nodes = torch.cartesian_prod(axis, axis)
    expected = -(density.log_prob(nodes).exp() + LEAST).log()
    torch.testing.assert_close(Rarity(q)(nodes), expected, rtol=0, atol=1e-4)  # nodes are float32
    between = 4 * torch.rand(500, 2, generator=torch.Generator().manual_seed(2)).double() - 2
    expected = -(density.log_prob(between).exp() + LEAST).log()
    assert (Rarity(q)(between) - expected).abs().max() < 0.1  # nats


def test_beyond_the_grid_it_is_as_at_its_edge() -> None:
    rarity = Rarity(some(points=False))
    outside = torch.tensor([[9.0, 0.3], [-50.0, 7.0]])
    assert torch.equal(rarity(outside), rarity(outside.clamp(-LIMIT, LIMIT)))


@pytest.mark.parametrize("shape", [(0, 2), (3, 3), (4,)])
def test_what_is_no_set_of_codes_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected \(at least 1, 2\)"):
        Rarity(Posterior(torch.zeros(shape), torch.zeros(shape)))


@pytest.mark.slow
@pytest.mark.proof("weights/{name}/*.[js]*", *CORE)
@pytest.mark.parametrize("name", ["mnist-vae", "mnist-ae", "fashion-vae"])
def test_paths_stay_where_test_codes_are(name: str) -> None:
    """95 % of the way lies near test codes, for nearly every pair of them; and no sharp corner."""
    model, found = vae_core.load(name), vae_core.load_encodings(name)
    plane = Plane(model, data=Posterior(found.mean, found.logvar))
    tree = cKDTree(found.mean)
    pairs = torch.randint(len(found.mean), (40, 2), generator=torch.Generator().manual_seed(0))
    near, turns = [], []
    for a, b in found.mean[pairs]:
        path = plane.geodesic(a, b, 200)
        assert path.length <= path.straight_length
        away = torch.from_numpy(tree.query(path.codes)[0])
        near.append((away <= NEAR).float().mean())
        steps = path.codes.diff(dim=0)
        steps = steps / steps.norm(dim=1, keepdim=True)
        turns.append((steps[1:] * steps[:-1]).sum(1).min())  # the cosine of the sharpest turn
    assert torch.stack(near).mean() >= 0.95
    assert (torch.stack(near) >= 0.95).float().mean() >= 0.9
    assert torch.stack(turns).median() > 0.9  # 26 degrees from one of 200 codes to the next


def test_a_length_counts_pictures_and_climbs() -> None:
    """Against ∫ √(żᵀ (G + λ² ∇r ∇rᵀ) ż) dt with the metric of automatic differentiation."""
    model, found = vae_core.load("frey-vae"), vae_core.load_encodings("frey-vae")
    q = Posterior(found.mean, found.logvar)
    plane, rarity = Plane(model, side=60, data=q), Rarity(q)
    path = plane.geodesic(found.mean[3], found.mean[100], 400)
    middle, step = (path.codes[1:] + path.codes[:-1]) / 2, path.codes.diff(dim=0)
    climb = rarity(path.codes).diff(dim=0)
    moved = torch.einsum("ni,nij,nj->n", step, metric(model, middle), step)
    expected = (moved.double() + (RARE * climb) ** 2).sqrt().sum().item()
    assert path.length == pytest.approx(expected, rel=0.01)
    plain = Plane(model, side=60).geodesic(found.mean[3], found.mean[100], 400)
    assert rarity(path.codes).mean() < rarity(plain.codes).mean()
