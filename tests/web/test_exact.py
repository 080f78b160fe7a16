"""log p(x), p(z|x) and completions: the page computes what `vae_core.exact` does."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from tests.web.conftest import use
from tests.web.expected import CONSOLE, grid_of, model_of, painted, photographed
from vae_core import list_models
from vae_core.exact import complete

SEPARATE = 0.05  # of the mass: lighter modes are not told
POSTERIOR = """async (pixels) => {
  const found = await latentLab.posterior(pixels);
  return { ...found, label: (await latentLab.encode(pixels)).label };
}"""
COMPLETE = """([pixels, mask, samples]) => latentLab.complete(pixels, mask, samples, 5).then(
  ({ mean, samples, bits }) =>
    ({ mean: [...mean], samples: samples.map((one) => [...one]), bits }))"""
every_model = pytest.mark.parametrize("name", list_models())


def differences(page: Page, name: str, x: torch.Tensor) -> tuple[list[float], ...]:
    """Of log p(x) in nats, of the modes' places and of their masses, for each picture."""
    use(page, name)
    config = model_of(name).config
    nats, places, masses = [], [], []
    for one in x:
        found = page.evaluate(POSTERIOR, one.flatten().tolist())
        told = None if found["label"] is None else config.classes.index(found["label"])
        posterior = grid_of(name, told).refine(one[None])
        nats.append(abs(found["log_prob"] - posterior.log_prob))
        modes = posterior.modes()
        expected = [
            (z, mass)
            for z, mass in zip(modes.codes.tolist(), modes.mass.tolist(), strict=True)
            if abs(mass - SEPARATE) > 0.01 and mass > SEPARATE
        ]
        for z, mass in expected:
            away = [np.abs(np.subtract(z, mode["z"])).max() for mode in found["modes"]]
            nearest = int(np.argmin(away))
            places.append(float(away[nearest]))
            masses.append(abs(found["modes"][nearest]["mass"] - mass))
    return nats, places, masses


@pytest.mark.parametrize("name", ["mnist-vae", "frey-vae"])
def test_posteriors_are_the_librarys(page: Page, name: str) -> None:
    nats, places, masses = differences(page, name, painted(name, 5))
    assert max(nats) < 0.05
    assert max(places) < 0.01
    assert max(masses) < 0.01


@pytest.mark.slow
@pytest.mark.proof("weights/{name}/*.[js]*", *CONSOLE)
@every_model
def test_posteriors_of_200_test_images(page: Page, name: str, data_dir: Path) -> None:
    nats, places, masses = differences(page, name, photographed(name, 200, data_dir))
    assert max(nats) < 0.05
    # Where two cells of a flat top are as high, either may be the peak.
    assert np.mean(np.array(places) < 0.01) > 0.98
    assert np.mean(np.array(masses) < 0.01) > 0.98


def test_the_gap_is_log_p_minus_elbo(page: Page) -> None:
    pixels = painted("mnist-vae", 1).flatten().tolist()
    use(page, "mnist-vae")
    found = page.evaluate("(x) => latentLab.posterior(x)", pixels)
    measured = page.evaluate("(x) => latentLab.elbo(x)", pixels)
    rate, distortion = model_of("mnist-vae").elbo(torch.tensor(pixels).view(1, 1, 28, 28))
    assert measured["rate"] == pytest.approx(rate.item(), abs=0.01)
    assert measured["distortion"] == pytest.approx(distortion.item(), abs=0.05)
    assert found["kl_q_p"] == pytest.approx(found["log_prob"] - measured["elbo"], abs=1e-3)
    assert found["kl_q_p"] > 0


@pytest.mark.parametrize("name", ["mnist-vae", "frey-vae", "mnist-cvae"])
def test_completions_are_the_librarys(page: Page, name: str) -> None:
    model = model_of(name)
    channels, height, width = model.config.shape
    x = painted(name, 1)
    seen = torch.zeros(height, width, dtype=torch.bool)
    seen[: height // 2] = True
    use(page, name)
    mask = seen.expand(channels, -1, -1).flatten().int().tolist()
    found: Any = page.evaluate(COMPLETE, [x.flatten().tolist(), mask, 200])
    label = page.evaluate("(x) => latentLab.encode(x).then((q) => q.label)", x.flatten().tolist())
    told = None if label is None else model.config.classes.index(label)
    expected = complete(grid_of(name, told), x, seen, 0)
    mean = torch.tensor(found["mean"]).view_as(x)
    assert (mean - expected.mean).abs().mean() < 1 / 255
    assert found["bits"] == pytest.approx(expected.posterior.information_bits(), abs=0.05)
    # The samples' own mean, where the picture is hidden, is that of the posterior.
    drawn = torch.tensor(found["samples"]).view(-1, *x.shape[1:]).mean(0, keepdim=True)
    assert (drawn - expected.mean)[..., height // 2 :, :].abs().mean() < 0.03


def test_another_model_takes_the_place_and_the_console_waits_for_nobody(page: Page) -> None:
    pixels = painted("mnist-vae", 2).flatten(1).tolist()
    use(page, "mnist-vae")
    both = page.evaluate("(x) => Promise.all(x.map((one) => latentLab.posterior(one)))", pixels)
    apart = [page.evaluate("(x) => latentLab.posterior(x)", one) for one in pixels]
    assert [one["log_prob"] for one in both] == [one["log_prob"] for one in apart]


def test_the_plane_is_kept_for_the_next_visit(page: Page) -> None:
    pixels = painted("mnist-vae", 1).flatten().tolist()
    use(page, "mnist-vae")
    first = page.evaluate("(x) => latentLab.posterior(x).then((p) => p.log_prob)", pixels)
    kept = "caches.open('lab planes').then((one) => one.keys()).then((all) => all.length)"
    page.wait_for_function(f"() => {kept}")
    page.reload()
    page.wait_for_function("() => window.latentLab?.model")
    page.evaluate("latentLab.ready")
    assert page.evaluate("(x) => latentLab.posterior(x).then((p) => p.log_prob)", pixels) == first


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("posterior([1, 2])", "expected 1 x 28 x 28 numbers from 0 to 1"),
        ("elbo(new Array(784).fill(2))", "numbers from 0 to 1"),
        ("complete(new Array(784).fill(0), [1])", "expected a mask of 784 numbers"),
        ("complete(new Array(784).fill(0), new Array(784).fill(1), -1)", "expected 0 to 1000"),
        ("geodesic([0, 0], [1, NaN])", "expected numbers"),
        ("geodesic([0, 0], [1, 1], 1)", "expected 2 to 1000 steps"),
        ("generate({ source: 'nowhere' })", "expected one of prior, aggregate, around, class"),
        ("generate({ n: 0 })", "expected a whole number"),
        ("generate({ source: 'class', label: 'x' })", "there is no class x"),
    ],
)
def test_bad_questions_get_a_sentence(page: Page, call: str, sentence: str) -> None:
    ask = f"Promise.resolve().then(() => latentLab.{call}).then(() => '', (e) => e.message)"
    assert sentence in page.evaluate(ask)
