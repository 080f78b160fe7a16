"""Paths between codes, on surfaces whose distances are known in closed form."""

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.optimize
import torch

import vae_core
from tests.proofs import CORE
from vae_core import VAE, VAEConfig
from vae_core.geometry import Plane, area_factor, geodesic, measure, metric, straight_path

SHAPE, SCALE = (1, 6, 5), 0.04  # of `Surface`
RADIUS = 3.0
START, END = torch.tensor([-1.25, 3.1]), torch.tensor([2.75, -0.7])


@pytest.mark.parametrize("steps", [2, 3, 7, 32])
def test_straight_path_is_even_and_keeps_its_ends(steps):
    path = straight_path(START, END, steps)
    assert path.shape == (steps, 2)
    assert torch.equal(path[0], START)
    assert torch.equal(path[-1], END)
    step = (END - START) / (steps - 1)
    torch.testing.assert_close(path.diff(dim=0), step.expand(steps - 1, 2), rtol=0, atol=1e-6)


def test_straight_path_from_a_code_to_itself_stays_there():
    assert torch.equal(straight_path(START, START, 5), START.expand(5, 2))


@pytest.mark.parametrize("steps", [1, 0, -3])
def test_fewer_than_two_steps_are_refused(steps):
    with pytest.raises(ValueError, match=f"at least 2 steps, not {steps}"):
        straight_path(START, END, steps)


# surfaces whose geometry is known


class Surface(VAE):
    """A surface in space, x(z) = 0.5 + 0.04 Q p(z), whose distances are 0.04 of those in space."""

    def __init__(self, place):
        super().__init__(VAEConfig("mnist", SHAPE, encoder_width=4, decoder_width=4))
        generator = torch.Generator().manual_seed(0)
        self.Q = torch.linalg.qr(torch.randn(30, 3, generator=generator).double())[0]
        self.place = place
        self.eval().requires_grad_(False)

    def logits(self, z, label=None):
        return torch.logit(0.5 + SCALE * torch.stack(self.place(*z.double().T), 1) @ self.Q.T)

    def decode(self, z, label=None):
        return super().decode(z, label).to(z.dtype)


def sphere(longitude, latitude):
    """Angles are 0.6 and 0.3 of the code: the grid reaches 144° east and 72° north."""
    longitude, latitude = 0.6 * longitude, 0.3 * latitude
    flat = RADIUS * latitude.cos()
    return flat * longitude.cos(), flat * longitude.sin(), RADIUS * latitude.sin()


def globe(z1, z2):
    """A sphere seen from its pole (stereographic): far out all places are near the other pole."""
    squared = z1.square() + z2.square()
    return tuple(RADIUS * part / (1 + squared) for part in (2 * z1, 2 * z2, squared - 1))


def cone(z1, z2):
    """A radius of 5 + z2 around the axis, up which it is as steep as 45°."""
    around, radius = 0.5 * z1, 5 + z2
    return radius * around.cos(), radius * around.sin(), radius


def cylinder(z1, z2):
    return 2 * (z1 / 2).cos(), 2 * (z1 / 2).sin(), z2


def hill(z1, z2):
    return z1, z2, 3 * (-(z1**2 + z2**2)).exp()


def great_circle(a, b):
    """The angle between two codes of the sphere: the spherical law of cosines."""
    east, north = 0.6 * (a[0] - b[0]).double(), 0.3 * torch.stack([a[1], b[1]]).double()
    upright = north[0].sin() * north[1].sin()
    return (upright + north[0].cos() * north[1].cos() * east.cos()).clamp(max=1).acos().item()


def unrolled(a, b):
    """The distance of two codes of the cone, cut open and laid flat."""
    apex = 0.5 * (a[0] - b[0]).double() / math.sqrt(2)  # 2π around the axis are √2 π of the flat
    far = math.sqrt(2) * (5 + torch.stack([a[1], b[1]]).double())
    return (far[0] ** 2 + far[1] ** 2 - 2 * far[0] * far[1] * apex.cos()).sqrt().item()


def some_pairs(n, reach=3.0, seed=3):
    generator = torch.Generator().manual_seed(seed)
    return (reach * (2 * torch.rand(n, 2, 2, generator=generator) - 1)).unbind(0)


def finely(model, codes, pieces=200):
    """Length in picture space by brute force, in double precision."""
    share = torch.arange(pieces).double().unsqueeze(1) / pieces
    codes = codes.double()
    points = [a + share * (b - a) for a, b in pairwise(codes)]
    z = torch.cat([*points, codes[-1:]])
    pictures = model.double().decode(z).flatten(1)
    model.float()
    return pictures.diff(dim=0).norm(dim=1).sum().item()


# the metric


def test_the_metric_is_that_of_automatic_differentiation(model):
    codes = 2 * torch.randn(7, 2)
    found, area = metric(model, codes), area_factor(model, codes)
    assert found.shape == (7, 2, 2)
    assert area.shape == (7,)
    for code, g, factor in zip(codes, found, area, strict=True):
        jacobian = torch.autograd.functional.jacobian(
            lambda z: model.double().decode(z.unsqueeze(0)).flatten(), code.double()
        )
        model.float()
        expected = jacobian.T @ jacobian
        torch.testing.assert_close(g.double(), expected, rtol=1e-4, atol=1e-6)
        assert factor.item() == pytest.approx(0.5 * expected.logdet().item(), abs=1e-3)


def test_the_metric_of_a_conditional_model_is_given_the_label():
    torch.manual_seed(0)
    config = VAEConfig(
        "mnist", SHAPE, ("a", "b"), conditional=True, encoder_width=4, decoder_width=8
    )
    model = VAE(config).eval().requires_grad_(False)
    code = torch.tensor([0.3, -0.7])
    found = [metric(model, code.unsqueeze(0), label)[0] for label in (0, 1)]
    for label, g in enumerate(found):
        told = torch.tensor([label])
        jacobian = torch.autograd.functional.jacobian(
            lambda z, told=told: model.decode(z.unsqueeze(0), told).flatten(), code
        )
        torch.testing.assert_close(g, jacobian.T @ jacobian, rtol=1e-4, atol=1e-7)
    assert (found[0] - found[1]).abs().max() > 1e-4
    ends = torch.zeros(2), torch.ones(2)
    for label in (None, -1, 2):
        for ask in (metric, area_factor, measure):
            with pytest.raises(ValueError, match="expected 0 to 1"):
                ask(model, torch.stack(ends), label)
        with pytest.raises(ValueError, match="expected 0 to 1"):
            geodesic(model, *ends, 5, label)
    paths = [Plane(model, label, side=10).geodesic(*ends, 5) for label in (0, 1)]
    assert abs(paths[0].straight_length - paths[1].straight_length) > 1e-3


def test_the_metric_of_a_sphere():
    codes = torch.cat(some_pairs(5))
    east = 0.6 * RADIUS * (0.3 * codes[:, 1]).cos()
    north = torch.full_like(east, 0.3 * RADIUS)
    expected = SCALE**2 * torch.diag_embed(torch.stack([east, north], 1).square())
    torch.testing.assert_close(metric(Surface(sphere), codes), expected, rtol=1e-4, atol=1e-7)
    area = (SCALE**2 * east * north).log()
    torch.testing.assert_close(area_factor(Surface(sphere), codes), area, rtol=0, atol=1e-4)


def test_the_metric_is_the_same_in_parts(model, monkeypatch):
    codes = torch.randn(7, 2)
    expected = metric(model, codes), area_factor(model, codes)
    monkeypatch.setattr("vae_core.geometry.CODES", 3)
    torch.testing.assert_close((metric(model, codes), area_factor(model, codes)), expected)


# lengths


@pytest.mark.parametrize("steps", [2, 5, 300])
def test_the_length_of_a_path_does_not_depend_on_its_steps(steps):
    model = Surface(sphere)
    path = straight_path(torch.tensor([-2.0, 1.0]), torch.tensor([1.0, 1.0]), steps)
    found = measure(model, path)  # a parallel
    assert found.length == pytest.approx(SCALE * RADIUS * 1.8 * math.cos(0.3), rel=1e-3)
    chord = 2 * RADIUS * math.cos(0.3) * math.sin(0.9 / (steps - 1))
    assert found.largest_step == pytest.approx(SCALE * chord, rel=1e-3)


def test_the_largest_step_is_the_one_that_is_longest():
    model = Surface(lambda z1, z2: (z1, z2, 0 * z1))
    codes = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 3.0], [2.0, 3.0]])
    found = measure(model, codes)
    assert found.length == pytest.approx(5 * SCALE, rel=1e-4)
    assert found.largest_step == pytest.approx(3 * SCALE, rel=1e-4)


@pytest.mark.parametrize("shape", [(1, 2), (0, 2), (2,), (4, 3)])
def test_what_is_not_a_path_has_no_length(model, shape):
    with pytest.raises(ValueError, match="at least 2, 2"):
        measure(model, torch.zeros(shape))


# geodesics


@pytest.fixture(scope="module")
def planes():
    return {place: Plane(Surface(place), side=60) for place in (sphere, cone, cylinder, hill)}


def test_a_path_leaves_the_plane_only_for_ends_outside():
    plane = Plane(Surface(globe), side=60)
    found = plane.geodesic(torch.tensor([-3.0, 0.0]), torch.tensor([3.0, 0.5]), 20)
    assert found.length < 0.8 * found.straight_length  # the way over the other pole
    assert plane.limit - 0.1 < found.codes.abs().max() <= plane.limit
    found = plane.geodesic(torch.tensor([-6.0, 0.0]), torch.tensor([3.0, 0.5]), 20)
    assert found.codes[0].tolist() == [-6, 0]
    assert (found.codes.abs().amax(0) <= torch.tensor([6, plane.limit])).all()


def test_geodesics_of_a_sphere_are_great_circles(planes):
    saved = []
    for a, b in some_pairs(20):
        found = planes[sphere].geodesic(a, b, 9)
        angle = great_circle(a, b)
        assert found.length == pytest.approx(SCALE * RADIUS * angle, rel=2e-3)
        chord = 2 * RADIUS * math.sin(angle / 16)
        assert found.largest_step == pytest.approx(SCALE * chord, rel=0.02)
        saved.append(1 - found.length / found.straight_length)
        if saved[-1] > 0.01:  # not a straight line: its codes are on the circle, evenly
            for k, code in enumerate(found.codes):
                assert great_circle(a, code) == pytest.approx(k / 8 * angle, abs=0.01 * angle)
                rest = great_circle(code, b)
                assert rest == pytest.approx((1 - k / 8) * angle, abs=0.01 * angle + 1e-3)
    assert max(saved) > 0.1


def test_geodesics_of_a_cone_are_straight_when_it_is_laid_flat(planes):
    saved = []
    for a, b in some_pairs(20):
        found = planes[cone].geodesic(a, b, 9)
        assert found.length == pytest.approx(SCALE * unrolled(a, b), rel=2e-3)
        saved.append(1 - found.length / found.straight_length)
    assert max(saved) > 0.05


def test_geodesics_of_a_cylinder_are_the_straight_line(planes):
    for a, b in some_pairs(10):
        found = planes[cylinder].geodesic(a, b, 9)
        assert found.length == found.straight_length
        assert found.length == pytest.approx(SCALE * (a - b).norm().item(), rel=1e-3)
        torch.testing.assert_close(found.codes, straight_path(a, b, 9), rtol=0, atol=1e-3)


def test_a_geodesic_finds_its_way_around_a_hill(planes):
    """Straight over the top is a geodesic as well: a curve that is only pulled tight stays there.

    The reference bends a sum of sines around the hill, in double precision.
    """
    a, b = torch.tensor([-3.0, 0.0]), torch.tensor([3.0, 0.0])
    t = np.linspace(0, 1, 801)
    waves = np.sin(np.pi * np.outer(np.arange(1, 12), t))

    def length(weights):
        z1 = 6 * t - 3 + weights[:11] @ waves
        z2 = weights[11:] @ waves
        z3 = 3 * np.exp(-(z1**2) - z2**2)
        return np.sqrt(np.diff(z1) ** 2 + np.diff(z2) ** 2 + np.diff(z3) ** 2).sum()

    expected = scipy.optimize.minimize(length, np.eye(22)[11] * 2).fun
    found = planes[hill].geodesic(a, b, 9)
    assert found.length == pytest.approx(SCALE * expected, rel=3e-3)
    assert found.straight_length == pytest.approx(SCALE * length(np.zeros(22)), rel=1e-3)
    assert found.length < 0.85 * found.straight_length
    assert found.codes[4, 1].abs() > 1


def test_a_geodesic_is_what_it_says(model):
    plane = Plane(model, side=40)
    for a, b in some_pairs(10):
        found = plane.geodesic(a, b, 8)
        assert found.codes.shape == (8, 2)
        assert torch.equal(found.codes[0], a)
        assert torch.equal(found.codes[-1], b)
        straight = measure(model, straight_path(a, b, 8))
        assert found.straight_length == pytest.approx(straight.length, rel=1e-4)
        shown = measure(model, found.codes)
        assert found.largest_step == pytest.approx(shown.largest_step, rel=1e-4)
        many = plane.geodesic(a, b, 200)
        assert measure(model, many.codes).length == pytest.approx(found.length, rel=2e-3)
        steps = model.decode(many.codes).flatten(1).diff(dim=0).norm(dim=1)
        assert steps.max() < 1.05 * steps.mean()
        back = plane.geodesic(b, a, 8)
        assert back.length == pytest.approx(found.length, rel=5e-3)


@pytest.mark.proof("tests/conftest.py", *CORE)  # a thousand of them
def test_a_geodesic_is_never_longer_than_the_straight_line(model):
    plane = Plane(model, side=24)
    for k, (a, b) in enumerate(zip(*2 * torch.randn(2, 1000, 2), strict=True)):
        found = plane.geodesic(a, b, 32)
        assert found.length <= found.straight_length
        if k % 20 == 0:
            finer = finely(model, plane.geodesic(a, b, 400).codes, 5)
            assert finer <= (1 + 1e-5) * finely(model, torch.stack([a, b]), 2000)


def test_a_geodesic_from_a_code_to_itself_stays_there(model):
    code = torch.tensor([0.4, -1.3])
    found = Plane(model, side=10).geodesic(code, code, 4)
    torch.testing.assert_close(found.codes, code.expand(4, 2))
    assert found[1:] == (0, 0, 0)


def test_a_geodesic_may_end_outside_of_the_grid(model):
    a, b = torch.tensor([-6.0, 1.0]), torch.tensor([2.0, 7.0])
    found = Plane(model, side=20, limit=3).geodesic(a, b, 5)
    assert torch.equal(found.codes[[0, -1]], torch.stack([a, b]))
    assert found.length <= found.straight_length


def test_a_decoder_that_ignores_the_code_has_no_distances():
    model = Surface(lambda z1, z2: (0 * z1, 0 * z1, 0 * z1))
    a, b = torch.tensor([-1.0, 1.0]), torch.tensor([2.0, 0.0])
    found = Plane(model, side=10).geodesic(a, b, 4)
    torch.testing.assert_close(found.codes, straight_path(a, b, 4))
    assert found[1:] == (0, 0, 0)
    assert area_factor(model, a.unsqueeze(0)).item() == -math.inf


def test_what_cannot_be_a_plane_or_an_end_is_refused(model):
    for side, limit in ((2, 4), (10, 0), (10, -1), (10, math.inf), (10, math.nan)):
        with pytest.raises(ValueError, match="at least 3, and above 0"):
            Plane(model, side=side, limit=limit)
    plane = Plane(model, side=5)
    with pytest.raises(ValueError, match=r"expected \(2,\) each"):
        plane.geodesic(START, torch.zeros(1, 2), 5)
    with pytest.raises(ValueError, match="at least 2 steps, not 1"):
        plane.geodesic(START, END, 1)


@pytest.mark.slow
@pytest.mark.proof("weights/mnist-vae/*.[js]*", *CORE)
def test_geodesics_of_the_shipped_model():
    model = vae_core.load("mnist-vae")
    plane = Plane(model)
    for a, b in torch.randn(10, 2, 2):
        found = plane.geodesic(a, b, 10)
        assert found.length <= found.straight_length
        finer = finely(model, plane.geodesic(a, b, 200).codes, 5)
        assert finer <= (1 + 1e-5) * finely(model, torch.stack([a, b]), 1000)
        assert finer == pytest.approx(found.length, rel=0.01)
