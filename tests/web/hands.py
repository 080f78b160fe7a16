"""What a visitor's hand does, and what is on the screen."""

import re
from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect

PAINTED = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + data[i] + 256 * data[i + 1]) % 1e9;
  return sum;
}"""
MAP = "[data-testid=latent-map][data-ready=true]:visible"


def painted(canvas: Locator) -> int:
    """A sum of what a canvas shows."""
    return int(canvas.evaluate(PAINTED))


def expect_repainted(page: Page, canvas: Locator, before: int) -> None:
    """Wait until a canvas shows something else."""
    page.wait_for_function(
        f"([canvas, before]) => ({PAINTED})(canvas) !== before",
        arg=[canvas.element_handle(), before],
    )


def draw(page: Page, stroke: Sequence[tuple[float, float]]) -> None:
    """A stroke on the pad, in shares of it."""
    pad = page.locator(".draw-pad .page:visible")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def drag(page: Page, handle: tuple[float, float], to: tuple[float, float]) -> None:
    """From one code to another on the map in view."""
    start, end = place_of(page, handle), place_of(page, to)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()


def place_of(page: Page, z: tuple[float, float]) -> tuple[float, float]:
    """Where a code is on the screen, on the first map in view, once that stands still."""
    x, y, span = view_of(page)
    marks = page.locator(f"{MAP} .marks").first
    marks.scroll_into_view_if_needed()
    box = marks.bounding_box()
    assert box
    return (
        box["x"] + ((z[0] - x) / span + 0.5) * box["width"],
        box["y"] + (0.5 - (z[1] - y) / span) * box["height"],
    )


def view_of(page: Page) -> tuple[float, float, float]:
    """The middle and the width of what the first map in view shows, once it stands still."""
    map_ = page.locator(MAP).first
    expect(map_).to_have_attribute("data-view", re.compile("."))
    x, y, span = map(float, (map_.get_attribute("data-view") or "").split())
    return x, y, span
