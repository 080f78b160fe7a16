"""The tab Change the class."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_tabs import draw_stroke, open_tab, painted, pick, visible_map


def test_a_model_that_is_not_told_the_class_says_so(page: Page) -> None:
    open_tab(page, "Change the class")
    expect(page.get_by_text("mnist-vae is not told the class")).to_be_visible()
    page.get_by_role("button", name="Use the model mnist-cvae").click()
    page.wait_for_function("latentLab.model === 'mnist-cvae'")
    expect(page.get_by_text("Your picture was read as the class 3.")).to_be_visible()
    expect(page.get_by_role("button", name="Use the model mnist-cvae")).to_have_count(0)


def test_a_picture_picked_is_the_current_code_and_class(page: Page) -> None:
    pick(page, "mnist-cvae")
    open_tab(page, "Change the class")
    table = page.get_by_test_id("styles").locator("table")
    expect(table.locator("button")).to_have_count(100)  # ten styles in ten classes
    own = table.get_by_role("button", name="yours as 7")
    expected = painted(own.locator("canvas"))
    own.press("Enter")
    expect(own).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Class", exact=True)).to_have_value("7")
    open_tab(page, "Decode")
    decoded = page.locator("canvas[data-testid=decoded]:visible")
    assert page.evaluate("latentLab.z") == pytest.approx(
        page.evaluate("latentLab.seen.mean"), abs=1e-3
    )
    page.wait_for_function(
        "([canvas, other]) => canvas.toDataURL() === other",
        arg=[decoded.element_handle(), expected],
    )


def test_the_style_follows_the_picture(page: Page) -> None:
    pick(page, "mnist-cvae")
    draw_stroke(page)
    open_tab(page, "Change the class")
    expect(page.get_by_text("Your picture was read as the class 1.")).to_be_visible()
    expect(visible_map(page)).to_have_count(0)


def test_it_fits_a_phone(phone: Page) -> None:
    pick(phone, "mnist-cvae")
    open_tab(phone, "Change the class")
    expect(phone.get_by_test_id("styles").locator("table button")).to_have_count(100)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
