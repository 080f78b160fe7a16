"""The tab Complete: hiding, drawing, noise, and what Bayes' rule makes of it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_kinds import no_toast, pick_model
from tests.browser.test_tabs import (
    expect_change,
    expect_painted,
    open_tab,
    painted,
    picture,
    visible_map,
)


def pad(page: Page) -> Locator:
    return page.get_by_test_id("mask-pad")


def told(page: Page) -> Locator:
    return page.get_by_test_id("told")


def entropies(page: Page) -> list[float]:
    """In bits, one for each stroke since the start."""
    words = page.get_by_test_id("curve").get_attribute("aria-label") or ""
    found = re.findall(r"([−\d.]+) after \d+", words)
    return [float(number.replace("−", "-")) for number in found]


def expect_strokes(page: Page, count: int) -> list[float]:
    """Wait for the answer after so many strokes; the entropies up to it."""
    label = re.compile(rf"after {count}$")
    expect(page.get_by_test_id("curve")).to_have_attribute("aria-label", label)
    return entropies(page)


def press(page: Page, name: str) -> None:
    """A button, without a pointer."""
    page.get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")


def stroke(page: Page, *places: tuple[float, float]) -> None:
    """Drag over the picture; places are shares of its width and height."""
    canvas = pad(page).locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    (x, y), *others = [
        (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places
    ]
    page.mouse.move(x, y)
    page.mouse.down()
    for x, y in others:
        page.mouse.move(x, y, steps=5)
    page.mouse.up()


def open_complete(page: Page) -> None:
    open_tab(page, "Complete a picture")
    expect(told(page)).to_contain_text("392 observed pixels tell")


def test_what_is_hidden_is_hatched_and_completed(page: Page) -> None:
    open_complete(page)
    expect(page.get_by_alt_text(re.compile(r"completion \d of 8"))).to_have_count(8)
    guess, canvas = picture(page, "completion"), pad(page).locator("canvas")
    before, shown = guess.get_attribute("src"), painted(canvas)
    first = expect_strokes(page, 0)
    stroke(page, (0.1, 0.2), (0.45, 0.4))
    expect_painted(canvas, "!==", shown)
    expect_change(page, guess, before)
    assert expect_strokes(page, 1)[0] == first[0]
    expect(told(page)).to_contain_text("After 1 stroke, the")
    hidden = 784 - int(pad(page).locator("[role=status]").inner_text().split()[0])
    assert hidden > 392
    pad(page).get_by_role("button", name="Show", exact=True).click()
    stroke(page, (0.5, 0.1), (0.95, 0.9))
    expect_strokes(page, 2)
    assert 784 - int(pad(page).locator("[role=status]").inner_text().split()[0]) < hidden
    press(page, "Undo")
    expect_strokes(page, 1)
    no_toast(page)


def test_entropy_falls_as_half_a_digit_is_drawn(page: Page) -> None:
    open_complete(page)
    press(page, "A hidden page to draw on")
    expect(told(page)).to_contain_text("Nothing is observed")
    assert expect_strokes(page, 0) == [4.1]  # log2(2πe), the prior's
    density = painted(visible_map(page).locator(".marks"))
    stroke(page, (0.4, 0.27), (0.62, 0.27))
    expect_strokes(page, 1)
    stroke(page, (0.62, 0.27), (0.55, 0.5))
    found = expect_strokes(page, 2)
    assert found[0] > found[1] + 2
    assert found[0] > found[2] + 2
    expect(told(page)).to_contain_text(re.compile(r"After 2 strokes, the \d+ observed pixels tell"))
    expect_painted(visible_map(page).locator(".marks"), "!==", density)
    seen = int(pad(page).locator("[role=status]").inner_text().split()[0])
    pad(page).get_by_role("button", name="Erase to paper").click()
    stroke(page, (0.2, 0.8), (0.8, 0.8))
    expect_strokes(page, 3)
    assert int(pad(page).locator("[role=status]").inner_text().split()[0]) > seen
    no_toast(page)


def test_a_click_leaves_a_dot_and_other_buttons_leave_nothing(page: Page) -> None:
    open_complete(page)
    press(page, "A hidden page to draw on")
    expect(told(page)).to_contain_text("Nothing is observed")
    canvas = pad(page).locator("canvas")
    for button in ("right", "middle"):
        canvas.click(button=button, position={"x": 80, "y": 80})
    expect(pad(page)).to_contain_text("0 of 784 pixels are observed")
    canvas.click(position={"x": 80, "y": 80})
    expect(told(page)).to_contain_text(re.compile(r"After 1 stroke, the \d+ observed pixels"))


def test_the_quick_buttons_need_no_pointer(page: Page) -> None:
    open_complete(page)
    press(page, "Hide the lower half")
    expect(told(page)).to_contain_text("196 observed pixels tell")
    press(page, "Hide all")
    expect(told(page)).to_contain_text("Nothing is observed, so nothing is known")
    expect(pad(page)).to_contain_text("0 of 784 pixels are observed")
    press(page, "Show all")
    expect(told(page)).to_contain_text("All is observed: nothing is left to guess.")
    press(page, "Undo")
    expect(told(page)).to_contain_text("Nothing is observed")
    press(page, "Hide the right half")
    expect_strokes(page, 3)


def test_the_pictures_to_start_from_need_no_pointer(page: Page) -> None:
    open_complete(page)
    guess, canvas = picture(page, "completion"), pad(page).locator("canvas")
    given = painted(canvas)
    stroke(page, (0.2, 0.2), (0.3, 0.3))
    expect_strokes(page, 1)
    press(page, "three on white")  # from the start
    expect_strokes(page, 0)
    expect_painted(canvas, "===", given)
    before = guess.get_attribute("src")
    press(page, "seven on black")
    expect_change(page, guess, before)
    expect_painted(canvas, "!==", given)
    press(page, "My picture from Reconstruct")  # which is the three
    expect_painted(canvas, "===", given)


def test_noise_is_taken_away(page: Page) -> None:
    open_complete(page)
    clear = expect_strokes(page, 0)[0]
    noise = page.get_by_label("number input for Noise")
    noise.fill("50")
    noise.press("Enter")
    expect(told(page)).to_contain_text("in spite of the noise")
    expect(page.get_by_alt_text("what is observed, with its noise")).to_be_visible()
    assert expect_strokes(page, 0)[0] > clear + 1
    press(page, "Show all")
    expect(told(page)).to_contain_text("784 observed pixels tell")
    expect(told(page)).not_to_contain_text("nothing is left")


def test_the_picture_of_reconstruct_goes_along(page: Page) -> None:
    seen = picture(page, "seen")
    before = seen.get_attribute("src")
    page.get_by_role("button", name="eight on white").click()
    expect_change(page, seen, before)
    open_complete(page)
    three = painted(pad(page).locator("canvas"))
    press(page, "My picture from Reconstruct")
    expect_painted(pad(page).locator("canvas"), "!==", three)
    mine = painted(pad(page).locator("canvas"))
    press(page, "eight on white")
    expect_strokes(page, 0)
    expect_painted(pad(page).locator("canvas"), "===", mine)


@pytest.mark.parametrize(("name", "pixels"), [("cifar10-vae", 512), ("frey-vae", 280)])
def test_photographs_are_hidden_but_not_drawn(page: Page, name: str, pixels: int) -> None:
    open_complete(page)
    pick_model(page, name)
    expect(told(page)).to_contain_text(f"{pixels} observed pixels tell")
    for button in ("Draw", "A hidden page to draw on"):
        expect(page.get_by_role("button", name=button, exact=True)).to_have_count(0)
    before = picture(page, "completion").get_attribute("src")
    stroke(page, (0.1, 0.3), (0.4, 0.3))
    expect_strokes(page, 1)
    assert picture(page, "completion").get_attribute("src") != before


def test_the_class_told_makes_a_difference(page: Page) -> None:
    open_complete(page)
    pick_model(page, "mnist-cvae")
    expect(page.get_by_label("Class", exact=True)).to_have_value("0")
    guess = picture(page, "completion")
    expect(page.locator("#about-model")).to_contain_text("told the class")
    expect(told(page)).not_to_contain_text("8.7 bits")
    before = guess.get_attribute("src")
    page.get_by_label("Class", exact=True).click()
    page.get_by_role("option", name="3", exact=True).click()
    expect_change(page, guess, before)


def test_a_finger_hides(phone: Page) -> None:
    open_complete(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    canvas = pad(phone).locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    touch = phone.context.new_cdp_session(phone)
    for kind, share in (("touchStart", 0.2), ("touchMove", 0.3), ("touchMove", 0.4)):
        points = [{"x": box["x"] + share * box["width"], "y": box["y"] + 0.3 * box["height"]}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_strokes(phone, 1)
