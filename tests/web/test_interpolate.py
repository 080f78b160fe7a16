"""Interpolate: the path from A to B, its pictures, and the map that goes to it."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import open_tab
from tests.web.hands import MAP, drag, expect_repainted, painted, view_of


@pytest.mark.both
def test_a_path_is_walked(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")  # the map does not move under the pointer
    open_tab(page, "interpolate")
    assert page.get_by_test_id("geodesic").is_hidden()
    second = page.get_by_label("Second path")
    for name, sentence in (
        ("path near the data", "nat of rarity 6"),
        ("shortest path in pictures", "this geodesic"),
    ):
        second.select_option(label=name)
        expect(page.get_by_test_id("lengths")).to_contain_text(sentence)
        expect(page.get_by_test_id("geodesic").locator("canvas").nth(5)).to_be_visible()
    assert "second=shortest" in page.evaluate("latentLab.link()")
    straight = page.get_by_test_id("straight").locator("canvas")
    before = painted(straight.nth(5))
    a, b = page.evaluate("latentLab.ends")
    drag(page, tuple(b), (2.5, -1.5))
    assert page.evaluate("latentLab.ends")[0] == a
    assert page.evaluate("latentLab.ends")[1] == pytest.approx([2.5, -1.5], abs=0.1)
    expect_repainted(page, straight.nth(5), before)
    expect(page.get_by_test_id("lengths")).to_contain_text("In pictures, where 1 is a pixel")
    page.get_by_role("button", name="Swap A and B").click()
    assert page.evaluate("latentLab.ends")[1] == a
    player = page.get_by_test_id("player")
    before = painted(player)
    page.get_by_role("button", name="Play").click()
    expect_repainted(page, player, before)
    page.get_by_role("button", name="Pause").click()
    for name, start in (("strip (PNG)", b"\x89PNG"), ("animation (GIF)", b"GIF89a")):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Download the {name}").click()
        assert waiting.value.path().read_bytes().startswith(start)
    page.emulate_media(reduced_motion="no-preference")


@pytest.mark.both
def test_the_map_goes_to_the_path_until_a_hand_chooses_the_view(page: Page) -> None:
    open_tab(page, "interpolate")
    page.locator(MAP).first.wait_for()
    page.wait_for_function("() => latentLab.ends")
    expect_framed(page, 0.5)
    for end in ((-2.6, 1.5), (0.2, 0.3)):  # farther, and near
        drag(page, tuple(page.evaluate("latentLab.ends[1]")), end)
        assert page.evaluate("latentLab.ends[1]") == pytest.approx(end, abs=0.1)
        expect_framed(page, 0.1)
    page.get_by_role("button", name="Zoom in").click()
    chosen = view_of(page)
    page.get_by_role("button", name="Swap A and B").click()
    page.get_by_label("z1 of A").fill("3")
    page.keyboard.press("Enter")
    assert page.evaluate("latentLab.ends[0][0]") == 3
    assert view_of(page) == chosen
    page.get_by_role("button", name="reset").first.click()
    expect_framed(page, 0.5)
    page.emulate_media(reduced_motion="reduce")
    assert page.get_by_label("z1 of A").evaluate(
        """(field) => {
          Object.assign(field, { value: -3 }).dispatchEvent(new Event("change"));
          return document.querySelector(".interpolate .latent-map").dataset.view;
        }"""
    )  # it stands at once
    expect_framed(page, 0.5)
    page.emulate_media(reduced_motion="no-preference")


def expect_framed(page: Page, least: float) -> None:
    """The map shows both ends, around its middle, and the path is not small in it."""
    x, y, span = view_of(page)
    (a1, a2), (b1, b2) = page.evaluate("latentLab.ends")
    assert [x, y] == pytest.approx([(a1 + b1) / 2, (a2 + b2) / 2])
    assert least < max(abs(a1 - b1), abs(a2 - b2)) / span < 0.7
