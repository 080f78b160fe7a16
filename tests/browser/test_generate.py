"""Generate, used as a person would: the grid, what is not new, the downloads."""

import io
import re
import zipfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_model import open_without, pick
from tests.browser.test_tabs import current_code, open_tab, visible_map
from tests.live import Server
from ui import exports
from ui.lab import Generated, Lab
from ui.pictures import picture_from_data_url
from vae_core.pretrained import WEIGHTS_DIR

LAB = Lab(WEIGHTS_DIR)
MODEL = "mnist-vae"
# Click as soon as it is there, before the last tile is painted.
CANCEL = """() => {
  const work = document.querySelector(".generated .work");
  if (!work.hidden) work.querySelector("button").click();
  return !work.hidden;
}"""


def painted(page: Page) -> None:
    """Wait for all tiles."""
    page.wait_for_function("document.querySelector('.generated .work').hidden")


def choose(page: Page, source: str) -> None:
    page.get_by_label(source, exact=True).check()


def set_number(page: Page, label: str, value: str) -> None:
    number = page.get_by_label(f"number input for {label}")
    number.fill(value)
    number.press("Enter")


def levels(found: Generated, model: str) -> np.ndarray:
    return np.concatenate([*LAB.generated_pictures(found, model)])


def shown(page: Page, selector: str = ".generated .tiles canvas") -> np.ndarray:
    url = page.locator(selector).evaluate("(one) => one.src || one.toDataURL()")
    with Image.open(io.BytesIO(picture_from_data_url(url))) as picture:
        return np.asarray(picture.convert("L"), dtype=int)


def saved(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    with open(download.value.path(), "rb") as file:
        return download.value.suggested_filename, file.read()


def test_the_grid_says_what_is_nearest_and_is_saved(page: Page) -> None:
    open_tab(page, "Generate pictures")
    tiles = page.locator(".generated .marks button")
    about = page.get_by_test_id("about-tile")
    expect(tiles).to_have_count(64)
    page.get_by_role("button", name="New seed").click()
    expect(page.get_by_label("Seed")).to_have_value("1")
    found = LAB.generate(MODEL, 64, seed=1)
    expect(page.locator(".marks .known")).to_have_count(int(found.known.sum()))
    expect(tiles.first).to_have_attribute("aria-label", re.compile(f"{found.nearest[0]} "))
    painted(page)
    expected = levels(found, MODEL)
    assert abs(shown(page) - np.asarray(exports.grid(expected), dtype=int)).max() <= 2

    label = LAB.class_name(MODEL, int(LAB.encodings(MODEL).label[found.nearest[9]]))
    nearest = f"number {found.nearest[9]} ({label}), {found.distance[9]:.4f} away"
    tiles.nth(9).hover()
    expect(about).to_contain_text("Number 9 of 64")
    expect(about).to_contain_text(nearest)
    tiles.nth(1).focus()
    page.keyboard.press("ArrowDown")
    expect(tiles.nth(9)).to_be_focused()
    expect(about).to_contain_text(nearest)
    page.keyboard.press("Enter")
    expect(page.locator("#current-code")).not_to_contain_text("(0.00, 0.00)")
    assert current_code(page) == pytest.approx(found.codes[9].tolist(), abs=0.006)

    name, content = saved(page, "PNG")
    assert name == "generated.png"
    with Image.open(io.BytesIO(content)) as picture:
        assert np.array_equal(np.asarray(picture)[::4, ::4], exports.grid(expected))
    name, content = saved(page, "ZIP")
    assert name == "generated.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len(archive.namelist()) == 65
        assert archive.read("codes.csv").decode() == exports.table(LAB, found, MODEL)
    name, content = saved(page, "NumPy")
    assert name == "generated.npz"
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        assert np.array_equal(arrays["images"], expected)


def test_a_thousand_can_be_stopped_and_gone_on_with(page: Page) -> None:
    open_tab(page, "Generate pictures")
    painted(page)
    set_number(page, "Pictures", "1000")
    page.get_by_role("button", name="Generate", exact=True).click()
    page.wait_for_function(CANCEL)
    expect(page.locator(".generated .marks button")).to_have_count(1000)
    work = page.locator(".generated .work")
    expect(work.get_by_role("button")).to_have_text("Continue")
    assert int(work.locator("span").inner_text().split()[0]) < 1000
    work.get_by_role("button").click()
    painted(page)
    grid = np.asarray(exports.grid(levels(LAB.generate(MODEL, 1000), MODEL), columns=18), int)
    assert shown(page).shape == grid.shape
    assert abs(shown(page) - grid)[: 55 * 28].max() <= 2


def test_every_source_says_what_it_is_and_why_not(page: Page) -> None:
    open_tab(page, "Generate pictures")
    sentence, tiles = page.locator(".generated .sentence"), page.locator(".generated .marks button")
    expect(sentence).to_contain_text("from the prior N(0, I)")
    choose(page, "one class")
    expect(sentence).to_contain_text("of the class 0")
    choose(page, "around the current code")
    expect(sentence).to_contain_text("the disc of radius 0.30 around (0.00, 0.00)")
    visible_map(page).locator(".marks").click(position={"x": 60, "y": 90})
    expect(sentence).not_to_contain_text("around (0.00, 0.00)")
    set_number(page, "Radius", "0")
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.locator(".counts .repeated")).to_contain_text("64 of 64")
    expect(page.locator(".marks .repeated")).to_have_count(64)
    choose(page, "the aggregate posterior")
    expect(sentence).to_contain_text("from q(z|x)")
    pick(page, "mnist-ae")
    expect(sentence).to_contain_text("none of the pictures is new")
    expect(page.locator(".marks .known")).to_have_count(64)
    choose(page, "one class")
    expect(sentence).to_contain_text("of the class 0")
    pick(page, "frey-vae")
    expect(sentence).to_contain_text("no labels")
    expect(tiles.first).to_be_hidden()
    pick(page, "mnist-cvae")
    expect(sentence).to_contain_text("decoded as the class 0")
    expect(tiles).to_have_count(64)


def test_on_a_phone_nothing_is_too_wide_or_out_of_sight(phone: Page) -> None:
    open_tab(phone, "Generate pictures")
    painted(phone)
    phone.locator(".generated .marks button").nth(8).tap()
    expect(phone.get_by_test_id("about-tile")).to_be_in_viewport()
    for source, words in (("around the current code", "disc"), ("one class", "class 0")):
        choose(phone, source)
        expect(phone.locator(".generated .sentence")).to_contain_text(words)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_the_model_the_server_decodes(browser: Browser, server: Server) -> None:
    for page in open_without(browser, server, "**/decoder.safetensors*"):
        open_tab(page, "Generate pictures")
        image = page.locator(".generated .tiles img")
        expect(image).to_have_attribute("src", re.compile("^data:image/png"))
        grid = np.asarray(exports.grid(levels(LAB.generate(MODEL, 64), MODEL)), dtype=int)
        assert np.array_equal(shown(page, ".generated .tiles img"), grid)
        page.locator(".generated .marks button").nth(3).hover()
        expect(page.get_by_test_id("about-tile")).to_contain_text("Number 3 of 64")
