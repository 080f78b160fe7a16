"""Bayes' rule on the page: the true posterior while one draws, and the layers of the map."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import fresh
from tests.browser.test_tabs import (
    expect_painted,
    open_tab,
    painted,
    pick,
    requests_of,
    visible_map,
    wait_until_quiet,
)
from tests.live import running_app
from ui.examples import INK, PAPER, digit
from ui.lab import Lab
from vae_core.pretrained import WEIGHTS_DIR

LAB = Lab(WEIGHTS_DIR)
# What a posterior on the map is about, of what the worker or the server says of it.
MIDDLE = """async (cells) => {
  const weights = cells.map((cell) => Math.exp(cell[3]) * cell[2] ** 2);
  const mass = weights.reduce((a, b) => a + b);
  const along = (axis) => cells.reduce((sum, cell, k) => sum + cell[axis] * weights[k], 0);
  return [along(0) / mass, along(1) / mass];
}"""
AT_REST = """async () => {
  const { density } = latentLab;
  for (let frame = 0; frame < 10; frame++) await new Promise(requestAnimationFrame);
  return density === latentLab.density;
}"""
SHOWN = "latentLab.density.cells"
SEVEN = ((0.3, 0.2), (0.7, 0.2), (0.55, 0.5), (0.45, 0.85))


def close_up(page: Page) -> Locator:
    return page.locator("[data-testid=close-up]:visible .marks")


@pytest.fixture
def with_data(desktop_page: Page, data_dir: Path) -> Iterator[Page]:
    with running_app("--data-dir", str(data_dir)) as app, fresh(desktop_page, app.url) as page:
        yield page


def test_an_example_shows_its_true_posterior(page: Page) -> None:
    expect(page.get_by_test_id("verdict")).to_contain_text("The encoder found it")
    expect(page.get_by_test_id("strangeness")).to_contain_text("Ordinary")
    expect(page.get_by_role("img", name="Histogram of log p(x) of the test images")).to_be_visible()
    found = page.evaluate(MIDDLE, page.evaluate(SHOWN))
    seen = page.evaluate("latentLab.seen.mean")
    assert found == pytest.approx(seen, abs=0.1)
    before = painted(close_up(page))
    page.get_by_role("button", name="seven on black").click()
    expect_painted(close_up(page), "!==", before)
    row = page.get_by_role("row", name=re.compile("^log p"))
    seven = digit("7", PAPER, INK)
    exact = LAB.posterior(seven, "mnist-vae")
    expect(row).to_contain_text(f"{exact['log_prob']:.1f}".replace("-", "−"))


def test_the_posterior_follows_a_drawing_without_a_request(page: Page) -> None:
    """As a preview; the server's, exact, takes its place when the pen rests, and is near it."""
    box = page.locator("[data-testid=draw-pad] canvas[aria-label]").bounding_box()
    assert box
    path = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN]
    page.mouse.move(*path[0])
    page.mouse.down()
    page.mouse.move(*path[1], steps=8)
    page.wait_for_function("latentLab.ready.then(() => latentLab.encode(latentLab.decode(0, 0)))")
    wait_until_quiet(page)
    sent = requests_of(page)
    page.mouse.move(*path[2], steps=8)
    page.wait_for_function("latentLab.seen.drawn && latentLab.density", timeout=120_000)
    shown = painted(close_up(page))
    page.mouse.move(*path[3], steps=8)
    expect_painted(close_up(page), "!==", shown)
    expect(page.locator(".answered").first).to_have_css("opacity", "0.35")
    page.wait_for_function(
        "new Promise((done) => setTimeout(done, 300, true))"
    )  # the worker's last
    assert sent == []
    preview = page.evaluate(MIDDLE, page.evaluate(SHOWN))
    page.mouse.up()
    answered = page.wait_for_function("!latentLab.seen.drawn && latentLab.density?.cells")
    exact = page.evaluate(MIDDLE, answered)
    assert preview == pytest.approx(exact, abs=0.15)
    expect(page.locator(".answered").first).to_have_css("opacity", "1")


def test_digits_that_the_encoder_misses_are_offered(with_data: Page) -> None:
    buttons = with_data.locator("#missed button:visible")
    expect(buttons).to_have_count(3)
    for k in range(3):
        buttons.nth(k).click()
        expect(with_data.get_by_alt_text("the picture as the model sees it")).to_be_visible()
        expect(with_data.get_by_test_id("verdict")).to_contain_text("The encoder misses")


def test_an_autoencoder_says_that_it_has_no_guess(page: Page) -> None:
    pick(page, "mnist-ae")
    expect(page.get_by_text("A plain autoencoder has no q(z|x) to compare")).to_be_visible()
    expect(page.get_by_role("row", name="KL(q ‖ p(z|x))")).to_contain_text("—")
    page.wait_for_function("latentLab.density && latentLab.seen.std === null")


def test_the_layers_of_the_map(page: Page) -> None:
    open_tab(page, "Map")
    back = visible_map(page).locator("canvas.back")
    bar = visible_map(page).locator(".field")
    plain = painted(back)
    page.get_by_label("area factor").check()
    expect(bar).to_contain_text("area factor", timeout=60_000)
    expect(page.get_by_text("log √det JᵀJ")).to_be_visible()
    area = LAB.area_factor("mnist-vae", None)
    expect(bar).to_contain_text(f"{area.max().item():.1f} nats")
    expect_painted(back, "!==", plain)
    page.get_by_label("aggregate posterior").check()
    expect(bar).to_contain_text("log q(z) / p(z)")
    crowd = LAB.crowd("mnist-vae")
    expect(page.get_by_text(f"{crowd.kl:.2f} nats", exact=True)).to_be_visible()
    expect(page.get_by_text(f"{crowd.empty:.1%}", exact=True)).to_be_visible()
    pick(page, "mnist-ae")
    expect(page.get_by_text("there is no aggregate posterior")).to_be_visible()
    expect(bar).to_be_empty()
    page.get_by_label("none", exact=True).check()
    expect(page.get_by_text("there is no aggregate posterior")).to_have_count(0)
