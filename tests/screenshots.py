"""Take the README's pictures: python -m tests.screenshots

The app finds no dataset, so that no image of one gets into the pictures.
"""

import os
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import QUIET, find_chromium
from tests.browser.test_tabs import open_tab
from tests.live import ROOT, running_app
from vae_core.datasets import DATA_DIR_VARIABLE

DOCS = ROOT / "docs"
MAP = "[data-testid=latent-map][data-ready=true]:visible"
WORTH_SEEING = {  # and what is there when the tab is ready
    "Reconstruct": MAP,
    "Decode": MAP,
    "Interpolate": ".geodesic[aria-hidden=false]",
    "Map": MAP,
    "Compare two models": ".plots",
    "Complete a picture": "[data-testid=told]",
    "Tour the manifold": "[data-testid=manifold][data-ready=true]",
}


def draw_a_two(page: Page) -> None:
    """By hand, nearly."""
    box = page.locator("[data-testid=draw-pad] canvas[aria-label]").bounding_box()
    assert box
    stroke = [(0.3, 0.32), (0.42, 0.2), (0.58, 0.2), (0.66, 0.34), (0.58, 0.5), (0.44, 0.64)]
    stroke += [(0.32, 0.78), (0.5, 0.77), (0.7, 0.79)]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    seen = page.locator("[data-testid=seen]")
    before = seen.get_attribute("src") or ""
    page.mouse.up()
    expect(seen).not_to_have_attribute("src", before)


def point_at_the_map(page: Page) -> None:
    """So that the preview shows."""
    box = page.locator("[data-testid=latent-map]:visible .marks").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.42 * box["width"], box["y"] + 0.6 * box["height"])
    page.locator(".preview:visible").wait_for()


def take(page: Page, folder: Path) -> None:
    """A picture of each tab in WORTH_SEEING."""
    page.wait_for_selector("[data-testid=latent-map][data-ready=true]")
    draw_a_two(page)
    page.wait_for_function("!latentLab.seen.drawn && latentLab.density")
    for tab, ready in WORTH_SEEING.items():
        open_tab(page, tab)
        page.wait_for_selector(ready)
        if tab == "Map":
            point_at_the_map(page)
        page.screenshot(path=folder / f"{tab.split()[0].lower()}.png")


def main() -> None:
    """Desktop size, light theme."""
    os.environ.pop(DATA_DIR_VARIABLE, None)
    with (
        tempfile.TemporaryDirectory() as empty,
        running_app("--data-dir", empty) as app,
        sync_playwright() as playwright,
    ):
        path = find_chromium(playwright)
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(app.url)
        take(page, DOCS)
        browser.close()


if __name__ == "__main__":
    main()
