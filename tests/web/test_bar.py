"""The bar, the link's dialog and the cards of terms."""

from typing import Any

import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import open_lab, open_tab
from tests.web.hands import MAP, drag, draw
from ui.components import TABS

QR = "(text) => import('/ui/web/core/qr.js').then(({ qrCode }) => qrCode(text))"


@pytest.mark.parametrize("length", [1, 17, 18, 106, 154, 155, 230, 300, 458, 640, 858])
def test_a_qr_code_is_read_by_another_library(empty_page: Page, length: int) -> None:
    """At the ends of versions 1 to 20, whose lengths are those of ISO/IEC 18004, table 7."""
    text = "".join(np.random.default_rng(length).choice(list("abcXYZ0189-_.,%&=?/:"), length))
    modules = np.array(empty_page.evaluate(QR, text))
    image = np.kron(255 * ~np.pad(modules, 4), np.ones((5, 5))).astype(np.uint8)
    [found] = zxingcpp.read_barcodes(image)
    assert found.text == text
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    assert empty_page.evaluate(QR, "é" * 430) is None  # too long: 860 bytes


@pytest.mark.both
def test_the_link_is_shown_copied_and_held_up(page: Page, address: str) -> None:
    page.wait_for_function("() => latentLab.seen")
    draw(page, [(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)])
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    link = dialog.get_by_role("textbox")
    assert "drawing=" not in link.input_value()
    dialog.get_by_label("Take my drawing along").check()
    assert "drawing=" in link.input_value()
    data = dialog.locator("canvas").evaluate(
        "(c) => [c.width, [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
        ".filter((_, k) => k % 4 === 0)]"
    )
    image = np.array(data[1], np.uint8).reshape(data[0], data[0])
    [found] = zxingcpp.read_barcodes(image)
    assert found.text == link.input_value()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    z = page.evaluate("latentLab.z")
    open_lab(page, found.text)
    page.wait_for_function("() => latentLab.seen")
    assert page.evaluate("latentLab.z") == pytest.approx(z)
    assert page.evaluate("latentLab.seen.mean") == pytest.approx(z, abs=0.1)


@pytest.mark.both
def test_a_term_has_a_card(page: Page) -> None:
    page.wait_for_function("() => latentLab.seen")
    page.get_by_role("button", name="decoder", exact=True).first.click()
    card = page.get_by_role("note").filter(has_text="paints a picture from two numbers")
    expect(card).to_be_visible()
    expect(card.locator(".term-picture circle")).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.get_by_text("The numbers", exact=True).click()
    table = page.get_by_test_id("numbers")
    table.get_by_role("button", name="rate", exact=True).click()
    expect(page.get_by_text("How much the code says of the picture, in nats")).to_be_visible()


@pytest.mark.both
def test_one_pin_stands_where_the_picture_is(page: Page) -> None:
    page.wait_for_function("() => latentLab.seen")
    page.locator(MAP).first.wait_for()
    for stroke in ([(0.5, 0.15), (0.5, 0.85)], [(0.25, 0.25), (0.75, 0.25), (0.45, 0.85)]):
        page.get_by_role("button", name="Clear").click()
        draw(page, stroke)
        page.wait_for_function("() => latentLab.seen")
        mean, z = page.evaluate("[latentLab.seen.mean, latentLab.z]")
        assert z == pytest.approx(mean, abs=1e-4)
        expect_pin(page, z)
    open_tab(page, "map")
    page.locator(MAP).first.wait_for()
    expect_pin(page, z)
    page.evaluate("latentLab.setZ(1, -1)")
    expect_pin(page, [1, -1])


def expect_pin(page: Page, z: list[float]) -> None:
    """The pin in view stands at a code, of a map as it is at first: 9 wide."""
    pin = page.locator("[data-testid=pin]:visible").first
    left, top = z[0] / 9 + 0.5, 0.5 - z[1] / 9
    page.wait_for_function(
        "([pin, x, y]) => Math.abs(parseFloat(pin.style.left) - 100 * x) < 0.1"
        " && Math.abs(parseFloat(pin.style.top) - 100 * y) < 0.1",
        arg=[pin.element_handle(), left, top],
    )


def test_the_look_is_chosen_and_kept(page: Page, address: str) -> None:
    def paper() -> str:
        return str(
            page.evaluate("getComputedStyle(document.querySelector('.lab')).backgroundColor")
        )

    light = paper()
    four = page.locator(".latent-map .classes i").nth(4)
    expect(four).to_have_css("background-color", "rgb(73, 33, 178)")
    page.get_by_test_id("look").select_option("dark")
    assert paper() != light
    expect(four).to_have_css("background-color", "rgb(175, 180, 250)")  # the other is too dim
    open_lab(page, address)
    assert paper() != light
    page.get_by_test_id("look").select_option("projector")
    assert paper() == light
    expect(page.get_by_text("The numbers", exact=True)).to_be_hidden()
    page.get_by_test_id("look").select_option("system")


@pytest.mark.gradio
def test_around_the_page_gradio_has_its_look(page: Page) -> None:
    """Whatever the system's is: Gradio follows that alone."""
    for system in ("light", "dark"):
        page.emulate_media(color_scheme=system)
        for look in ("dark", "light", "system"):
            page.get_by_test_id("look").select_option(look)
            for around in ("gradio-app", "body"):
                page.wait_for_function(
                    "(around) => new Set([around, '.lab'].map((one) => getComputedStyle("
                    "document.querySelector(one)).backgroundColor)).size === 1",
                    arg=around,
                )
    page.emulate_media(color_scheme="light")


def test_on_a_projector_the_map_is_large(page: Page) -> None:
    """Half of the screen's height or more, and all of it in view."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_test_id("look").select_option("projector")
    for tab in ("reconstruct", "decode", "interpolate", "map", "compare"):
        open_tab(page, tab)
        plane = page.locator(f"{MAP} .plane").first
        plane.wait_for()
        box = plane.bounding_box()
        assert box
        assert box["height"] >= 360, tab
        assert box["y"] + box["height"] <= 720, tab
    page.get_by_test_id("look").select_option("system")
    page.set_viewport_size({"width": 1400, "height": 900})


def test_on_a_projector_the_hand_is_where_one_sees_it(page: Page) -> None:
    """On the pad, on the map, and where a card opens; the page is enlarged there."""
    page.get_by_test_id("look").select_option("projector")
    page.wait_for_function("() => latentLab.seen")
    draw(page, [(0.25, 0.25), (0.75, 0.25), (0.5, 0.75)])
    [stroke] = page.evaluate("import('./lab/store.js').then(({ lab }) => lab.picture.strokes)")
    side = page.evaluate("import('./lab/core/page.js').then(({ SIDE }) => SIDE)")
    assert np.array([stroke[0], stroke[-1]]) == pytest.approx(
        side * np.array([(0.25, 0.25), (0.5, 0.75)]), abs=0.01 * side
    )
    term = page.get_by_role("button", name="decoder", exact=True).first
    term.click()
    card = page.get_by_role("note").filter(has_text="paints a picture from two numbers")
    boxes = term.bounding_box(), card.bounding_box()
    assert boxes[0]
    assert boxes[1]
    assert abs(boxes[1]["x"] - boxes[0]["x"]) < 10
    assert 0 < boxes[1]["y"] - boxes[0]["y"] - boxes[0]["height"] < 20
    page.keyboard.press("Escape")
    open_tab(page, "decode")
    page.locator(MAP).first.wait_for()
    drag(page, tuple(page.evaluate("latentLab.z")), (-2, 2))
    assert page.evaluate("latentLab.z") == pytest.approx([-2, 2], abs=0.1)
    page.get_by_test_id("look").select_option("system")


@pytest.mark.both
def test_eight_tabs_and_all_of_them_in_reach(page: Page) -> None:
    names = [name.strip() for name in page.get_by_role("tab").all_text_contents()]
    assert len(dict.fromkeys(names)) <= 8
    assert {"Reconstruct", "Decode", "Interpolate", "Map"} <= set(names[:5])
    for name in dict.fromkeys(names):
        expect(page.get_by_role("tab", name=name, exact=True).first).to_be_in_viewport(ratio=0.9)


@pytest.mark.both
def test_the_last_change_is_taken_back(page: Page) -> None:
    """By the button and by keys: a place, a drawing, a model, a path, and what was hidden."""
    back = page.get_by_test_id("undo")
    page.wait_for_function("() => latentLab.seen")
    expect(back).to_be_disabled()
    first = page.evaluate(VIEW)
    draw(page, [(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)])
    drawn = settled(page, back)
    assert drawn["mean"] != first["mean"]
    draw(page, [(0.3, 0.5), (0.7, 0.5)])
    settled(page, back)
    page.keyboard.press("Control+z")
    expect_view(page, drawn)
    page.get_by_test_id("model").select_option("mnist-ae")
    page.wait_for_function("() => latentLab.model === 'mnist-ae' && latentLab.seen")
    settled(page, back)
    back.click()
    expect_view(page, drawn)
    back.click()
    expect_view(page, first)
    expect(back).to_be_disabled()
    open_tab(page, "decode")
    page.get_by_label("z1, across on the map").fill("1.5")
    settled(page, back)
    back.click()
    expect_view(page, first)
    open_tab(page, "interpolate")
    page.wait_for_function("() => location.search.includes('path=')")
    path = page.evaluate("new URL(location).searchParams.get('path')")
    page.get_by_role("button", name="Swap A and B").click()
    settled(page, back)
    back.click()
    page.wait_for_function(
        "(path) => new URL(location).searchParams.get('path') === path", arg=path
    )
    open_tab(page, "complete")
    page.get_by_role("button", name="Hide all").click()
    expect(page.locator(".mask-pad [role=status]")).to_contain_text("0 of 784")
    back.click()
    expect(page.locator(".mask-pad [role=status]")).to_contain_text("392 of 784")


@pytest.mark.both
def test_what_was_taken_back_is_made_again(page: Page) -> None:
    """By the button and by keys, until something else is done."""
    back, again = page.get_by_test_id("undo"), page.get_by_test_id("redo")
    page.wait_for_function("() => latentLab.seen")
    expect(again).to_be_disabled()
    first = page.evaluate(VIEW)
    draw(page, [(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)])
    drawn = settled(page, back)
    draw(page, [(0.3, 0.5), (0.7, 0.5)])
    crossed = settled(page, back)
    page.keyboard.press("Control+z")  # on the pad
    expect_view(page, drawn)
    page.keyboard.press("Control+Shift+Z")
    expect_view(page, crossed)
    expect(again).to_be_disabled()
    for view in (drawn, first):
        back.click()
        expect_view(page, view)
    expect(back).to_be_disabled()
    page.keyboard.press("Control+y")
    expect_view(page, drawn)
    again.click()
    expect_view(page, crossed)
    back.click()
    expect_view(page, drawn)
    open_tab(page, "decode")
    page.get_by_label("z1, across on the map").fill("1.5")
    expect(again).to_be_disabled()
    open_tab(page, "complete")
    status = page.locator(".mask-pad [role=status]")
    page.get_by_role("button", name="Hide all").click()
    own = page.locator(".mask-pad").get_by_role("button", name="Undo")
    for button, count in ((back, 392), (again, 0), (own, 392), (again, 0), (back, 392)):
        button.click()
        expect(status).to_contain_text(f"{count} of 784")


def test_a_pads_own_button_is_followed(page: Page) -> None:
    """Of the only stroke too, and a drawing with fewer strokes is another picture all the same."""
    back, again = page.get_by_test_id("undo"), page.get_by_test_id("redo")
    page.wait_for_function("() => latentLab.seen")
    page.get_by_role("button", name="Clear").click()
    for height in (0.2, 0.5, 0.8):
        draw(page, [(0.3, height), (0.7, height)])
        three = settled(page, back)
    page.locator(".draw-pad + .row").get_by_role("button", name="Undo").click()
    expect(again).to_be_enabled()
    again.click()
    expect_view(page, three)
    page.get_by_role("button", name="a 0", exact=True).click()
    settled(page, back)
    expect(again).to_be_disabled()
    back.click()
    expect_view(page, three)
    page.get_by_role("button", name="Clear").click()
    draw(page, [(0.5, 0.2), (0.5, 0.8)])
    one = settled(page, back)
    page.locator(".draw-pad + .row").get_by_role("button", name="Undo").click()
    expect(again).to_be_enabled()
    page.keyboard.press("Control+y")
    expect_view(page, one)


VIEW = "({ model: latentLab.model, z: latentLab.z, mean: latentLab.seen?.mean })"


def settled(page: Page, back: Locator) -> dict[str, Any]:
    """The view, once the change can be taken back."""
    expect(back).to_be_enabled()
    page.wait_for_function("(z) => location.search.includes(z)", arg="z=")
    page.wait_for_function("() => new URL(location).searchParams.get('z') === latentLab.z.join()")
    found: dict[str, Any] = page.evaluate(VIEW)
    return found


def expect_view(page: Page, view: dict[str, Any]) -> None:
    page.wait_for_function(f"(view) => JSON.stringify({VIEW}) === JSON.stringify(view)", arg=view)


@pytest.mark.both
def test_on_a_phone_every_tab_is_a_press_away(phone: Page) -> None:
    """Nothing is behind "…": the bar at the thumb scrolls."""
    bar = phone.get_by_role("tablist").first
    expect(phone.get_by_role("tab")).to_have_count(len(TABS))
    for name in TABS.values():
        tab = phone.get_by_role("tab", name=name, exact=True)
        tab.tap()
        expect(tab).to_have_attribute("aria-selected", "true")
    box = bar.bounding_box()
    assert box
    assert box["y"] + box["height"] == pytest.approx(844, abs=2)
