"""The training of a model, replayed on the map."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_tabs import expect_painted, open_tab, painted, pick, visible_map
from vae_core.pretrained import load_history

SPAN = 9  # of the view, in units of the axes
EXTENT = """(canvas) => {
  const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const [xs, ys] = [[], []];
  for (let i = 0; i < data.length / 4; i++) {
    if (data[4 * i + 3]) { xs.push(i % width); ys.push(Math.floor(i / width)); }
  }
  const least = (all) => all.reduce((a, b) => Math.min(a, b));
  const most = (all) => all.reduce((a, b) => Math.max(a, b));
  return [least(xs), most(xs), least(ys), most(ys)].map((pixel) => pixel / width - 0.5);
}"""


def open_map(page: Page, name: str) -> None:
    pick(page, name)
    open_tab(page, "Map")
    expect(visible_map(page)).to_be_visible()


def test_the_points_move_from_noise_to_order(page: Page) -> None:
    open_map(page, "fashion-vae")
    shown = visible_map(page)
    points = shown.locator(".points")
    trained = painted(points)
    page.route("**/history.safetensors*", lambda route: None)  # it never comes
    shown.get_by_role("button", name="Replay the training").click()
    expect(shown.get_by_text("Fetching the history")).to_be_visible()
    shown.get_by_role("button", name="Cancel").click()
    expect(shown.get_by_text("The replay was cancelled.")).to_be_visible()
    expect(shown.get_by_role("button", name="Replay the training")).to_be_focused()
    page.unroute("**/history.safetensors*")
    with page.expect_response("**/history.safetensors*"):
        shown.get_by_role("button", name="Replay the training").click()
    expect(shown.get_by_role("button", name="Pause")).to_be_visible()
    scrubber = shown.get_by_label("Epoch")
    page.wait_for_function("(scrubber) => scrubber.value > 1", arg=scrubber.element_handle())
    history = load_history("fashion-vae")
    for place in (0.0, 6.5, 24.0):
        before = painted(points)
        scrubber.fill(str(place))
        expect_painted(points, "!==", before)
        expect(shown.get_by_role("button", name="Play", exact=True)).to_be_visible()
        low, high = int(np.floor(place)), int(np.ceil(place))
        z1, z2 = ((history.mean[low].float() + history.mean[high].float()) / 2).T / SPAN
        expected = [z1.min(), z1.max(), -z2.max(), -z2.min()]
        inside = np.clip(expected, -0.5, 0.5)  # of the view
        assert points.evaluate(EXTENT) == pytest.approx(inside, abs=0.01)
        bound = -(history.rate + history.distortion)
        nats = f"{(bound[low] + bound[high]) / 2:.1f}".replace("-", "−")
        expect(shown.locator("svg .now")).to_have_text(f"ELBO = {nats} nats")
        epoch = (history.epoch[low] + history.epoch[high]) / 2
        expect(shown.locator("output")).to_have_text(f"{epoch:.1f} of 30")
    shown.get_by_role("button", name="Back to the trained model").click()
    expect_painted(points, "===", trained)
    expect(shown.get_by_role("button", name="Replay the training")).to_be_visible()


def test_a_training_that_went_on_says_so_and_rests_if_asked_to(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_map(page, "mnist-ae")
    shown = visible_map(page)
    shown.get_by_role("button", name="Replay the training").click()
    expect(shown.get_by_text("this training went on from another model's")).to_be_visible()
    expect(shown.locator("svg .now")).to_contain_text("−distortion = −123.8 nats")
    expect(shown.get_by_role("button", name="Play", exact=True)).to_be_visible()
    shown.get_by_role("button", name="Play", exact=True).click()
    expect(shown.get_by_role("button", name="Pause")).to_be_visible()
    pick(page, "frey-vae")  # another model's training is not shown under this one's name
    expect(visible_map(page).get_by_role("button", name="Replay the training")).to_be_visible()
    expect(visible_map(page).locator(".replay .player")).to_be_hidden()
