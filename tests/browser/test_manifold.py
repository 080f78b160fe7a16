"""The manifold: the right code in each tile, zooming without a request, and the poster."""

from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_tabs import (
    expect_painted,
    open_tab,
    painted,
    pick,
    requests_of,
)
from vae_core import load, load_encodings

PRIOR = NormalDist()
QUANTILES = """async (shares) => {
  const entries = performance.getEntriesByType("resource");
  const { quantile } = await import(entries.find((one) => one.name.includes("/quantile.js")).name);
  return shares.map(quantile);
}"""


def sheet(page: Page) -> Locator:
    """The sheet, once all tiles in view are decoded."""
    return page.locator("[data-testid=manifold][data-ready=true]")


def open_sheet(page: Page) -> tuple[Locator, dict[str, float]]:
    """The canvas that takes pointer and keys, and where it is."""
    open_tab(page, "Tour the manifold")
    expect(sheet(page)).to_be_visible()
    marks = page.locator(".manifold .marks")
    box = marks.bounding_box()
    assert box
    return marks, box


def test_tiles_are_at_equal_steps_of_the_priors_probability(page: Page) -> None:
    _, box = open_sheet(page)
    expect(page.locator(".where")).to_have_text(
        "Each tile holds 1 / 256 of the prior's probability."
    )
    page.mouse.click(box["x"] + 3, box["y"] + 3)
    z1, z2 = PRIOR.inv_cdf(0.5 / 16), PRIOR.inv_cdf(1 - 0.5 / 16)
    assert page.evaluate("latentLab.z") == pytest.approx([z1, z2], abs=1e-4)
    expect(page.locator(".manifold figcaption")).to_have_text(
        f"z = ({z1:.2f}, {z2:.2f})".replace("-", "−")
    )
    expect(page.locator("#current-code")).to_contain_text(f"{z2:.2f}")
    shares = [1e-13, 1e-6, 0.01, 0.0242, 0.0243, 0.3, 0.5, 0.8, 0.9757, 0.9758, 1 - 1e-6]
    expected = [PRIOR.inv_cdf(share) for share in shares]
    assert page.evaluate(QUANTILES, shares) == pytest.approx(expected, rel=2e-9)


def test_zooming_decodes_finer_tiles_without_a_request(page: Page) -> None:
    marks, box = open_sheet(page)
    tiles, where = page.locator(".manifold .tiles"), page.locator(".where")
    whole = painted(tiles)
    page.wait_for_function(
        "() => performance.now() - performance.getEntriesByType('resource').at(-1).startTime > 1000"
    )
    sent = requests_of(page)
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.75 * box["height"])
    page.mouse.wheel(0, -555)  # four times nearer, the pointer's place fixed
    expect(where).to_contain_text("1 / 4,096 of the prior's probability. Zoom 4×")
    expect(sheet(page)).to_be_visible()
    expect_painted(tiles, "!==", whole)
    zoomed = painted(tiles)
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 40, steps=3)
    page.mouse.up()
    expect_painted(tiles, "!==", zoomed)
    marks.focus()
    for _ in range(40):
        page.keyboard.press("+")
    expect(where).to_contain_text("Zoom 10¹²×, as deep as numbers of 16 digits go.")
    expect(where).to_contain_text("nothing finer to see")
    expect(sheet(page)).to_be_visible()
    page.keyboard.press("0")
    expect_painted(tiles, "===", whole)
    assert sent == []


def test_what_is_zoomed_into_can_be_picked(page: Page) -> None:
    marks, box = open_sheet(page)
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.75 * box["height"])
    page.mouse.wheel(0, -555)
    page.mouse.click(box["x"] + 3, box["y"] + 3)
    u = 0.75 * (1 - 1 / 4.005)  # of the view's left edge
    near = PRIOR.inv_cdf(u + 1 / 64) - PRIOR.inv_cdf(u)
    z1, z2 = page.evaluate("latentLab.z")
    assert [z1, z2] == pytest.approx([PRIOR.inv_cdf(u), -PRIOR.inv_cdf(u)], abs=near)
    marks.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    middle = 0.5 + (0.5 - 0.25) * 0.75 - 1 / 8 / 4.005  # of the view, an eighth of it to the left
    assert page.evaluate("latentLab.z[0]") == pytest.approx(PRIOR.inv_cdf(middle), abs=near)
    expect(page.locator(".manifold .announce")).to_contain_text("The current code is now z = (")


def test_the_poster_is_what_the_model_decodes(page: Page, tmp_path: Path) -> None:
    marks, _ = open_sheet(page)
    marks.focus()
    page.keyboard.press("+")
    for key in ("ArrowLeft", "ArrowUp"):
        for _ in range(5):
            page.keyboard.press(key)  # to the corner: both shares from 0 or to 1
    expect(page.locator(".poster output")).to_have_text("36 × 36 pictures, 1,008 × 1,008 px")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download (PNG)").click()
    assert download.value.suggested_filename == "mnist-vae-manifold-1008.png"
    download.value.save_as(tmp_path / "poster.png")
    with Image.open(tmp_path / "poster.png") as poster:
        assert poster.size == (1008, 1008)
        found = np.asarray(poster.convert("L"), dtype=int)
    model = load("mnist-vae")
    for column, row in ((0, 0), (35, 0), (20, 35)):
        u1, u2 = (column + 0.5) / 72, 1 - (row + 0.5) / 72
        z = torch.tensor([[PRIOR.inv_cdf(u1), PRIOR.inv_cdf(u2)]])
        expected = 255 * model.decode(z)[0, 0].numpy()
        tile = found[28 * row : 28 * (row + 1), 28 * column : 28 * (column + 1)]
        assert tile.max() > 128
        assert abs(tile - expected).max() <= 2

    # Another one, cancelled.
    page.get_by_label("Poster of this view").last.press("End")
    expect(page.locator(".poster output")).to_contain_text("3,976 × 3,976 px")
    downloads: list[object] = []
    page.on("download", lambda download: downloads.append(download))
    make = page.get_by_role("button", name="Download (PNG)")
    make.click()
    expect(make).to_be_hidden()
    page.wait_for_function("document.querySelector('.poster progress').value > 0")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".manifold .announce")).to_have_text("The poster was cancelled.")
    expect(make).to_be_visible()
    assert downloads == []


def test_an_autoencoder_has_no_prior_and_a_class_can_be_picked(page: Page) -> None:
    _, box = open_sheet(page)
    pick(page, "mnist-ae")
    expect(page.locator(".where")).to_contain_text("This plain autoencoder has no prior")
    expect(sheet(page)).to_be_visible()
    mean = load_encodings("mnist-ae").mean
    low, high = mean.min(0).values, mean.max(0).values
    middle, span = (low + high) / 2, (high - low).max()
    page.mouse.click(box["x"] + 3, box["y"] + 3)
    expected = middle + torch.tensor([-1, 1]) * span * (0.5 - 0.5 / 16)
    assert page.evaluate("latentLab.z") == pytest.approx(expected.clamp(-6, 6).tolist(), abs=1e-3)
    pick(page, "mnist-cvae")
    expect(sheet(page)).to_be_visible()
    zeros = painted(page.locator(".manifold .tiles"))
    page.get_by_label("Class", exact=True).click()
    page.get_by_role("option", name="7", exact=True).click()
    expect_painted(page.locator(".manifold .tiles"), "!==", zeros)
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    expect(page.locator(".manifold figcaption")).to_contain_text("as 7")


def test_fingers_zoom_and_pick(phone: Page) -> None:
    marks, box = open_sheet(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    marks.scroll_into_view_if_needed()
    touch = phone.context.new_cdp_session(phone)
    box = marks.bounding_box() or box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, apart in (("touchStart", 20), ("touchMove", 40), ("touchMove", 80)):
        fingers = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(phone.locator(".where")).to_contain_text("Zoom 4×")
    assert phone.evaluate("latentLab.z") == [0, 0]
    marks.tap(position={"x": 10, "y": 10})
    u = 0.5 - 0.5 / 4
    assert phone.evaluate("latentLab.z") == pytest.approx(
        [PRIOR.inv_cdf(u), -PRIOR.inv_cdf(u)], abs=0.2
    )
