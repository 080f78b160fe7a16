"""Every public function on another device, on machines that have none.

Once with another default device, while model and images stay on the CPU: what is made without a
device of its own lands elsewhere. And once with model and images on a device of their own, as in
`tests.unit.away`: tensors of two devices do not mix there, and float64 is not to be had.
"""

import importlib
import inspect

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from tests.unit.away import DEVICE, TwoDevices, back, move
from vae_core import VAE, Posterior, VAEConfig
from vae_core.datasets import Images
from vae_core.evaluate import figures, scored, uses
from vae_core.exact import (
    Grid,
    aggregate_posterior,
    best_gaussian,
    complete,
    expected_image,
    importance_log_prob,
    log_prob,
    refine_cells,
)
from vae_core.exact.refine import log_prior, row_sums
from vae_core.features import (
    adjusted_rand,
    kmeans,
    knn_accuracy,
    knn_regions,
    pca,
    principal_axes,
)
from vae_core.generate import from_aggregate, from_disc, from_prior, nearest
from vae_core.geometry import Plane, area_factor, geodesic, measure, metric, straight_path
from vae_core.images import to_pil
from vae_core.model import random_device, residual_mlp
from vae_core.objectives import (
    OBJECTIVES,
    autoencoder,
    elbo,
    exact_likelihood,
    importance_weighted,
)

SHAPE = (1, 6, 5)
KINDS = {
    "plain": {},
    "conditional": {"conditional": True},
    "autoencoder": {"objective": "autoencoder"},
    "gaussian": {"likelihood": "gaussian"},
}


def build(kind):
    torch.manual_seed(0)
    config = VAEConfig("mnist", SHAPE, ("a", "b"), encoder_width=4, decoder_width=4, **KINDS[kind])
    return VAE(config).eval().requires_grad_(False)


class Case:
    """A model with what its functions take, all on one device; pictures of a data set are not."""

    def __init__(self, kind, away=False):
        there = move if away else lambda value: value
        generator = torch.Generator().manual_seed(0)
        self.kind, self.model = kind, there(build(kind))
        self.x = there(torch.rand(3, *SHAPE, generator=generator).round())
        self.labels = there(torch.tensor([0, 1, 0]))
        self.mask = there(torch.arange(30).view(6, 5) < 15)
        self.codes = there(torch.randn(6, 2, generator=generator))
        self.groups = there(torch.tensor([0, 1, 0, 1, 1, 0]))
        self.q = there(Posterior(torch.zeros(3, 2), torch.full((3, 2), -1.0)))
        self.noise = there(torch.randn(2, 3, 2, generator=generator))
        pixels = torch.randint(256, (8, *SHAPE), generator=generator).byte()
        self.images = Images(pixels, torch.arange(8) % 2)
        self.label = 0 if kind == "conditional" else None
        self.plan = scored.Plan(12, True, 8)

    def grid(self, **options):
        return Grid(self.model, 12, label=self.label, **options)

    def seed(self):
        return torch.Generator().manual_seed(1)


def of_grid(call):
    """Something asked of a grid, with and without a mask and noise, and with nothing kept."""

    def ask(case):
        options = {}, {"noise": 0.3}, {"memory": 0}
        return [
            call(case.grid(**each), case, mask) for each in options for mask in (None, case.mask)
        ]

    return ask


def of_posterior(call):
    return lambda c: call(c.grid().refine(c.x[:1], c.mask))


def of_evaluate(case):
    if case.kind == "autoencoder":
        return None  # the same, with less of it
    return figures.evaluate(case.model, case.images, case.images)


def of_exact_likelihood(case):
    if case.kind == "conditional":
        return None  # it has no class to be told
    torch.manual_seed(5)  # it draws cells by torch's own generator
    return exact_likelihood(case.model, case.x, case.noise, case.grid())


# What is asked of each public function, by module and name.
CALLS = {
    "model.VAE.encode": lambda c: c.model.encode(c.x, c.labels),
    "model.VAE.decode": lambda c: c.model.decode(c.codes[:3], c.labels),
    "model.VAE.reconstruct": lambda c: c.model.reconstruct(c.x, c.labels),
    "model.VAE.sample": lambda c: c.model.sample(3, c.seed(), c.labels),
    "model.VAE.log_likelihood": lambda c: c.model.log_likelihood(c.x, c.codes[:3], c.labels),
    "model.VAE.elbo": lambda c: [c.model.elbo(c.x, c.labels, q=q) for q in (None, c.q)],
    "model.VAE.logits": lambda c: c.model.logits(c.codes[:3], c.labels),
    "model.VAE.pixel_logvar": lambda c: c.kind == "gaussian" and c.model.pixel_logvar * 1,
    "model.Posterior.std": lambda c: c.q.std,
    "model.Posterior.sample": lambda c: c.q.sample(c.seed()),
    "model.Posterior.rate": lambda c: c.q.rate(),
    "model.ELBO.elbo": lambda c: c.model.elbo(c.x, c.labels).elbo,
    "model.ResidualBlock.forward": lambda c: c.model.encoder[1](c.noise.new_zeros(2, 4)),
    "model.random_device": lambda c: [random_device(c.seed(), c.x) for _ in range(1)],
    "objectives.elbo": lambda c: elbo(c.model, c.x, c.noise, c.labels),
    "objectives.importance_weighted": lambda c: importance_weighted(
        c.model, c.x, c.noise, c.labels
    ),
    "objectives.autoencoder": lambda c: autoencoder(c.model, c.x, c.noise, c.labels),
    "objectives.exact_likelihood": of_exact_likelihood,
    "generate.from_prior": lambda c: from_prior(4, c.seed()),
    "generate.from_aggregate": lambda c: from_aggregate(c.q, 4, c.seed()),
    "generate.from_disc": lambda c: from_disc((0.5, -1.0), 0.2, 4, c.seed()),
    "generate.nearest": lambda c: [nearest(c.codes), nearest(c.codes, c.codes[:2])],
    "geometry.straight_path": lambda c: straight_path(c.codes[0], c.codes[1], 5),
    "geometry.metric": lambda c: metric(c.model, c.codes, c.label),
    "geometry.area_factor": lambda c: area_factor(c.model, c.codes, c.label),
    "geometry.measure": lambda c: measure(c.model, c.codes, c.label),
    "geometry.Plane.geodesic": lambda c: [
        Plane(c.model, c.label, side=9, data=data).geodesic(c.codes[0], c.codes[1], 5)
        for data in (None, c.q)
    ],
    "geometry.geodesic": lambda c: geodesic(c.model, c.codes[0], c.codes[1], 5, c.label),
    "features.kmeans": lambda c: kmeans(c.codes, 3),
    "features.adjusted_rand": lambda c: adjusted_rand(c.groups, c.groups),
    "features.knn_accuracy": lambda c: knn_accuracy(c.codes, c.groups),
    "features.knn_regions": lambda c: knn_regions(c.codes, c.groups, c.codes, 3),
    "features.pca": lambda c: pca(c.x),
    "features.principal_axes": lambda c: principal_axes(
        lambda v: v.cumsum(0).flip(0).cumsum(0).flip(0), 4, 2
    ),
    "exact.grid.Grid.log_prob": of_grid(lambda grid, c, mask: grid.log_prob(c.x, mask)),
    "exact.grid.Grid.log_joint": of_grid(lambda grid, c, mask: grid.log_joint(c.x, mask)),
    "exact.grid.Grid.posterior": of_grid(lambda grid, c, mask: grid.posterior(c.x, mask)),
    "exact.grid.Grid.refine": of_grid(lambda grid, c, mask: grid.refine(c.x[:1], mask).codes),
    "exact.grid.Grid.refine_each": of_grid(
        lambda grid, c, mask: [posterior.log_mass for posterior in grid.refine_each(c.x, mask)]
    ),
    "exact.grid.Grid.corrupt": of_grid(lambda grid, c, mask: grid.corrupt(c.x, c.seed())),
    "exact.grid.Grid.strongest": of_grid(lambda grid, c, mask: grid.strongest(c.x)),
    "exact.grid.log_prob": lambda c: log_prob(c.model, c.x, c.labels, side=12),
    "exact.refine.log_prior": lambda c: log_prior(c.codes),
    "exact.refine.row_sums": lambda c: row_sums(c.codes),
    "exact.refine.refine_cells": lambda c: (
        refine_cells(
            lambda z: -0.5 * z.square().sum(1).numpy(), torch.zeros(4, 4, device="cpu").numpy(), 5.0
        ).log_mass
    ),
    "exact.refine.Refined.entropy_bits": of_posterior(lambda p: p.entropy_bits()),
    "exact.refine.Refined.information_bits": of_posterior(lambda p: p.information_bits()),
    "exact.refine.Refined.log_density": of_posterior(lambda p: p.log_density()),
    "exact.refine.Refined.modes": of_posterior(lambda p: p.modes()),
    "exact.complete.complete": of_grid(
        lambda grid, c, mask: mask is not None and complete(grid, c.x[:1], mask, 3, c.seed())[:3]
    ),
    "exact.complete.expected_image": lambda c: expected_image(
        c.grid(), c.grid().refine(c.x[:1], c.mask), c.x[:1], c.mask
    ),
    "exact.bounds.importance_log_prob": lambda c: (
        c.kind != "autoencoder"
        and importance_log_prob(c.model, c.x, 5, label=c.labels, generator=c.seed())
    ),
    "exact.bounds.best_gaussian": lambda c: best_gaussian(
        c.model, c.x, c.q, label=c.labels, steps=3
    ),
    "exact.aggregate.aggregate_posterior": lambda c: aggregate_posterior(c.q, 20).mass,
    "evaluate.figures.evaluate": of_evaluate,
    "evaluate.figures.pca_log_prob": lambda c: figures.pca_log_prob(c.images, c.images),
    "evaluate.figures.manifold": lambda c: figures.manifold(c.model, 3),
    "evaluate.scored.plan": lambda c: scored.plan(c.model, 5),
    "evaluate.scored.decoder_size": lambda c: scored.decoder_size(c.model),
    "evaluate.scored.codes": lambda c: scored.codes(c.model, c.images),
    "evaluate.scored.scored_pixels": lambda c: scored.scored_pixels(c.model, c.images),
    "evaluate.scored.mean_image": lambda c: scored.mean_image(c.images),
    "evaluate.scored.planes": lambda c: [
        grid.codes for grid, _ in scored.planes(c.model, c.labels, 5)
    ],
    "evaluate.scored.exact_log_prob": lambda c: [
        scored.exact_log_prob(c.model, back(c.x), c.labels, c.plan._replace(refined=refined))
        for refined in (False, True)
    ],
    "evaluate.scored.pixel_log_likelihood": lambda c: scored.pixel_log_likelihood(
        c.model, c.x, c.x
    ),
    "evaluate.uses.completion": lambda c: uses.completion(c.model, c.images, c.images),
    "evaluate.uses.detection": lambda c: uses.detection(c.model, c.images, {"b": c.images}),
    "evaluate.uses.features": lambda c: uses.features(c.model, c.images),
    "evaluate.uses.posterior_means": lambda c: uses.posterior_means(c.grid(), c.x, c.mask),
}
CALLS["images.to_pil"] = lambda c: to_pil(c.x[0]).tobytes()  # the others read pictures, on the CPU
# These make no tensor, or move or make what they are told to, or read and write files.
WITHOUT = {
    "model.VAEConfig.probabilistic",
    "model.VAEConfig.folded",
    "model.residual_mlp",
    "evaluate.scored.Bar.close",
    "evaluate.scored.device_of",
    "evaluate.scored.ignore",
    "evaluate.scored.process",
    "evaluate.scored.spread",
    "evaluate.scored.interval",
    "evaluate.scored.rounded",
    "evaluate.scored.parts",
    "evaluate.uses.auroc",
    "evaluate.card.measure",
    "evaluate.card.figures_table",
    "evaluate.card.update_card",
}
MODULES = (
    *("model", "objectives", "generate", "geometry", "features"),
    *(f"exact.{name}" for name in ("grid", "refine", "complete", "bounds", "aggregate")),
    *(f"evaluate.{name}" for name in ("scored", "figures", "uses", "card")),
)


def public(name):
    """The public functions of a module, and those of its classes."""
    module = importlib.import_module(f"vae_core.{name}")
    for key, value in vars(module).items():
        if key.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(value):
            yield f"{name}.{key}"
        elif inspect.isclass(value):
            for method, inner in vars(value).items():
                if not method.startswith("_") and isinstance(
                    inner, property | staticmethod | type(public)
                ):
                    yield f"{name}.{key}.{method}"


def test_every_public_function_is_asked():
    names = {name for module in MODULES for name in public(module)}
    assert names == (CALLS.keys() - {"images.to_pil"}) | WITHOUT
    assert len(residual_mlp(2, 3, 1, 1)) == 5
    assert set(OBJECTIVES.values()) == {elbo, importance_weighted, autoencoder}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(scored, "SIDE", 12)
    monkeypatch.setattr(scored, "FINE_SIDE", 8)
    monkeypatch.setattr(figures, "FINE_SIDE", 8)
    monkeypatch.setattr(figures, "SAMPLES", 5)


def run(name, kind, away=False):
    torch.manual_seed(3)
    return CALLS[name](Case(kind, away))


def kinds_of(name):
    """All kinds of models for what knows of them."""
    known = name.startswith(("model.VAE", "exact.grid", "exact.bounds", "evaluate"))
    return KINDS if known else ("conditional", "gaussian")


@pytest.mark.parametrize(("name", "kind"), [(n, kind) for n in CALLS for kind in kinds_of(n)])
def test_the_same_comes_out_on_another_device(name, kind):
    expected = tree_leaves(run(name, kind))
    case = Case(kind)
    torch.manual_seed(3)
    with DEVICE:
        by_default = tree_leaves(CALLS[name](case))
    with TwoDevices():
        away = tree_leaves(run(name, kind, away=True))
    assert len(expected) == len(by_default) == len(away)
    for a, b, c in zip(expected, by_default, away, strict=True):
        if isinstance(a, Tensor):
            assert b.device.type == "cpu"
            torch.testing.assert_close(b, a, atol=0, rtol=0, equal_nan=True)
            torch.testing.assert_close(back(c), a, atol=1e-4, rtol=1e-4, equal_nan=True)
        elif isinstance(a, float):
            assert a == pytest.approx(b, nan_ok=True) == pytest.approx(c, abs=1e-4, nan_ok=True)
        elif not isinstance(a, torch.device):
            assert a == b == c
