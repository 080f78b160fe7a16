"""Take the README's pictures: python -m tests.screenshots

Of the exported folder, which holds no image of a dataset.
"""

import io
import itertools
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Page, sync_playwright

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
    "train": ".train .go:enabled",
}
STEPS = "[data-figure=steps]"
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
        if tab == "interpolate":
            page.get_by_label("Second path").select_option("near")
        page.wait_for_selector(ready)
        if tab == "map":
            page.mouse.move(*place_of(page, (-0.7, -0.9)))
            page.locator(".preview:visible").wait_for()
        if tab == "complete":  # a fold below another tab's stage
            page.locator(".hidden-part").evaluate("(fold) => fold.scrollIntoView()")
        if tab == "train":
            page.locator(".train .go").click()
            page.wait_for_function(f"document.querySelector('{STEPS}').textContent > 4000")
        page.screenshot(path=folder / f"{tab}.png")


def film(page: Page, file: Path) -> None:
    """A digit is drawn, then the pin is dragged: an animation of the stage."""
    frames = []

    def frame() -> None:
        shot = page.screenshot(clip={"x": 64, "y": 90, "width": 1272, "height": 640})
        frames.append(Image.open(io.BytesIO(shot)).convert("RGB").resize((795, 400)))

    page.get_by_role("button", name="Clear").first.click()
    pad = page.get_by_test_id("draw-pad").first.bounding_box()
    assert pad
    page.mouse.move(*_on(pad, TWO[0]))
    page.mouse.down()
    for a, b in itertools.pairwise(TWO):
        for step in range(1, 4):
            place = [p + (q - p) * step / 3 for p, q in zip(a, b, strict=True)]
            page.mouse.move(*_on(pad, place))
            frame()
    page.mouse.up()
    page.locator("[data-testid=verdict]").wait_for(state="attached")
    frame()
    open_tab(page, "decode")
    page.wait_for_selector(MAP)
    page.evaluate("latentLab.setZ(1.2, 0)")
    page.mouse.move(*place_of(page, (1.2, 0)))
    page.mouse.down()
    for k in range(30):
        angle = 2 * math.pi * k / 30
        page.mouse.move(*place_of(page, (1.2 * math.cos(angle), 1.2 * math.sin(angle))))
        frame()
    page.mouse.up()
    few = [one.quantize(64, dither=Image.Dither.NONE) for one in frames]
    held = len(TWO) * 3 - 2  # when it is drawn, one has time to look
    times = [1500 if k == held else 110 for k in range(len(few))]
    few[0].save(file, save_all=True, append_images=few[1:], duration=times, loop=0, optimize=True)


def _on(box: FloatRect, place: Sequence[float]) -> tuple[float, float]:
    return box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"]


def main() -> None:
    """Light theme, at the size of a desktop, and of a phone."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        export_folder(Path(folder), WEIGHTS, names_in(WEIGHTS))
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=QUIET)
        with served(Path(folder)) as url:
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            open_lab(page, url)
            take(page, DOCS)
            open_lab(page, f"{url}?lesson=2")
            page.get_by_role("application", name="The map").click(position={"x": 220, "y": 250})
            page.wait_for_selector(".truth:not(:empty)")
            page.screenshot(path=DOCS / "lesson.png")
            open_lab(page, f"{url}?tab=reconstruct")
            film(page, DOCS / "lab.gif")
            phone = browser.new_page(
                viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
            )
            open_lab(phone, url)
            phone.wait_for_function("() => latentLab.seen")
            phone.wait_for_selector(MAP)
            phone.screenshot(path=DOCS / "phone.png")
        browser.close()


if __name__ == "__main__":
    main()
