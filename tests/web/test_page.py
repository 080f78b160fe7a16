"""The frame of the page: what every host shows."""

from playwright.sync_api import Page


def test_the_page_decodes_by_itself(page: Page) -> None:
    pixels = page.evaluate("Array.from(latentLab.decode(0, 0))")
    assert len(pixels) == 28 * 28
    assert 0 <= min(pixels) < max(pixels) <= 1
