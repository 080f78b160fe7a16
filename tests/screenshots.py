"""Take the README's pictures: python -m tests.screenshots

Of the exported folder, which holds no image of a dataset.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.live import ROOT
from tests.web.conftest import QUIET, find_chromium, open_lab, open_tab, served
from tests.web.hands import MAP, draw, place_of
from ui.descriptions import names_in
from ui.export import WEIGHTS, export_folder

DOCS = ROOT / "docs"
WORTH_SEEING = {  # and what is there when the tab is ready
    "reconstruct": MAP,
    "decode": MAP,
    "interpolate": "[data-testid=lengths]:not(:empty)",
    "map": MAP,
    "compare": ".rate-distortion",
    "complete": "[data-testid=curve]",
    "manifold": "[data-testid=manifold][data-ready=true]",
}
TWO = [(0.3, 0.32), (0.42, 0.2), (0.58, 0.2), (0.66, 0.34), (0.58, 0.5), (0.44, 0.64)]
TWO += [(0.32, 0.78), (0.5, 0.77), (0.7, 0.79)]


def take(page: Page, folder: Path) -> None:
    """A picture of each tab."""
    page.wait_for_selector(MAP)
    page.get_by_role("button", name="Clear").first.click()
    draw(page, TWO)
    page.locator("[data-testid=verdict]").wait_for(state="attached")  # in a closed fold
    page.evaluate("scrollTo(0, 0)")
    for tab, ready in WORTH_SEEING.items():
        open_tab(page, tab)
        page.wait_for_selector(ready)
        if tab == "map":
            page.mouse.move(*place_of(page, (-0.7, -0.9)))
            page.locator(".preview:visible").wait_for()
        if tab == "manifold":  # a fold
            page.locator(ready).scroll_into_view_if_needed()
        page.screenshot(path=folder / f"{tab}.png")


def main() -> None:
    """Desktop size, light theme."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        export_folder(Path(folder), WEIGHTS, names_in(WEIGHTS))
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=QUIET)
        with served(Path(folder)) as url:
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            open_lab(page, url)
            take(page, DOCS)
        browser.close()


if __name__ == "__main__":
    main()
