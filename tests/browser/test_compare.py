"""Two models side by side: one code, one path, one picture."""

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import open_lab
from tests.browser.test_tabs import TABS_MORE, expect_painted, open_tab, painted, visible_map
from ui.lab import Lab
from vae_core.pretrained import WEIGHTS_DIR

LAB = Lab(WEIGHTS_DIR)
# Grey levels of a canvas that shows a picture of 28 x 28.
LEVELS = """(canvas) => Array.from(
  canvas.getContext("2d").getImageData(0, 0, 28, 28).data.filter((_, k) => k % 4 === 0))"""


@pytest.fixture
def compare(page: Page) -> Page:
    open_tab(page, "Compare two models")
    expect(visible_map(page)).to_have_count(2)
    expect(page.get_by_role("row", name="20-NN accuracy")).to_be_visible()
    return page


def decoded(page: Page, name: str) -> Locator:
    return page.get_by_role("img", name=f"decoded by {name} at")


def test_one_code_and_one_line_for_both(compare: Page) -> None:
    other = decoded(compare, "mnist-ae")
    strip = compare.get_by_role("img", name="12 pictures by mnist-ae on the straight line")
    before = [painted(other), painted(strip)]
    for which, key in ((1, "ArrowRight"), (0, "ArrowUp")):  # on either map
        visible_map(compare).nth(which).locator(".marks").press(f"Shift+{key}")
    assert compare.evaluate("latentLab.z") == [0.5, 0.5]
    expect_painted(other, "!==", before[0])
    for name in ("mnist-vae", "mnist-ae"):
        expect(decoded(compare, name)).to_have_attribute(
            "aria-label", f"decoded by {name} at z = (0.50, 0.50)"
        )
        shown = decoded(compare, name).evaluate(LEVELS)
        expected = np.asarray(LAB.decode(0.5, 0.5, name), dtype=int).ravel()
        assert np.abs(expected - shown).max() <= 2
    assert painted(strip) == before[1]
    open_tab(compare, "Interpolate")
    compare.get_by_label("A: z1").fill("-2")
    open_tab(compare, "Compare two models")
    expect_painted(strip, "!==", before[1])


def test_a_pair_is_chosen_and_its_figures_marked(compare: Page) -> None:
    compare.get_by_role("button", name="β = 1 against 4").click()
    row = compare.get_by_role("row", name="distortion")
    shown, other = (LAB.measured(name)["distortion"] for name in ("mnist-vae", "mnist-beta4"))
    assert shown < other
    expect(row).to_contain_text(f"{shown:.1f} better")
    expect(row).to_contain_text(f"{other:.1f}")
    expect(compare.get_by_text("With a smaller β")).to_be_visible()
    expect(compare.get_by_alt_text("reconstruction by mnist-beta4")).to_be_visible()
    plots = compare.get_by_role("img", name="Rate and distortion in nats")
    expect(plots).to_have_count(4)  # of MNIST, Fashion-MNIST, Frey faces and CIFAR-10
    expect(plots.filter(has_text="mnist-iwae").locator("circle.marked")).to_have_count(2)
    decoded(compare, "mnist-beta4").wait_for()


def test_four_tabs_come_first_and_the_rest_are_a_step_away(page: Page) -> None:
    tabs = page.get_by_role("tab")
    expect(page.get_by_role("tab", name="More", exact=True)).to_be_visible()
    names = [name for name in tabs.all_inner_texts() if name in ("Decode", "More", *TABS_MORE)]
    assert names == ["Decode", "More"]
    for name in TABS_MORE:
        open_tab(page, name)
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    open_tab(page, "Complete a picture")  # where there is a map to wait for
    open_tab(page, "Decode")
    page.wait_for_url("**/?tab=decode*")
    page.get_by_role("tab", name="More", exact=True).click()  # as it was left
    page.wait_for_url("**/?tab=complete*")
    open_lab(page, page.url)
    tab = page.get_by_role("tab", name="Complete a picture")
    expect(tab).to_have_attribute("aria-selected", "true")
