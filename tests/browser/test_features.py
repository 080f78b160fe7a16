"""Two numbers as features, on the tab Map."""

import re

from playwright.sync_api import Page, expect

from tests.browser.test_tabs import expect_painted, open_tab, painted, pick, visible_map
from ui.lab import Lab
from vae_core.pretrained import WEIGHTS_DIR

LAB = Lab(WEIGHTS_DIR)


def test_the_codes_are_grouped_by_k_means(page: Page) -> None:
    open_tab(page, "Map")
    shown = visible_map(page)
    points, legend = shown.locator(".points"), shown.locator(".classes button")
    slider, agreement = shown.get_by_label("k, groups of k-means"), shown.locator(".agreement")
    by_class = painted(points)
    expect(slider).to_be_hidden()
    shown.get_by_label("Colour by").select_option("k-means")
    found = LAB.features("mnist-vae", 10)
    expect(agreement).to_contain_text(f"adjusted Rand index of {found['ari']:.2f}")
    expect(agreement).to_contain_text(f"on PCA's two numbers, {found['pca_ari']:.2f}")
    expect_painted(points, "!==", by_class)
    expect(legend).to_have_text([f"group {k}" for k in range(1, 11)])
    slider.press("Home")
    found = LAB.features("mnist-vae", 2)
    expect(agreement).to_contain_text("2 groups of k-means agree with the classes to an adjusted")
    expect(agreement).to_contain_text(f"{found['ari']:.2f}")
    expect(legend).to_have_text(["group 1", "group 2"])
    two = painted(points)
    legend.first.click()
    expect_painted(points, "!==", two)
    pick(page, "frey-vae")
    expect(agreement).to_contain_text("pictures have no labels")
    expect(legend).to_have_text(["group 1", "group 2"])
    shown.get_by_label("Colour by").select_option("class")
    expect(agreement).to_be_empty()
    expect(slider).to_be_hidden()


def test_the_neighbours_regions_and_their_accuracy(page: Page) -> None:
    open_tab(page, "Map")
    back = visible_map(page).locator("canvas.back")
    plain = painted(back)
    page.get_by_label("kNN regions").check()
    found = LAB.features("mnist-vae")
    expect(page.get_by_text(f"{found['knn'][19]:.1%}", exact=True)).to_be_visible()
    expect_painted(back, "!==", plain)
    expect(visible_map(page).locator(".field")).to_contain_text("kNN regions: 0123456789")
    smooth = painted(back)
    page.get_by_role("slider", name="Neighbours, k").press("Home")
    expect(page.get_by_text(f"{found['knn'][0]:.1%}", exact=True)).to_be_visible()
    expect_painted(back, "!==", smooth)
    page.get_by_role("button", name="Two numbers as features").click()
    cells = page.get_by_role("row", name="adjusted Rand index").locator("td")
    expect(cells).to_have_text([f"{found[key]:.2f}" for key in ("ari", "pca_ari")])
    curves = page.get_by_role("img", name="kNN accuracy by the number of neighbours k")
    said = f"{found['knn'][49]:.1%} at k = 50; PCA {found['pca_knn'][0]:.1%} at k = 1"
    expect(curves).to_have_attribute("aria-label", re.compile(re.escape(said)))
    pick(page, "frey-vae")
    expect(page.get_by_text("pictures have no labels")).to_have_count(2)  # here and there
    expect(curves).to_have_count(0)
    expect(visible_map(page).locator(".field")).to_be_empty()
