"""The geodesic beside the straight line: as the server says, and never of another path."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.api.calls import Caller
from tests.browser.test_map import place
from tests.browser.test_tabs import (
    expect_painted,
    map_box,
    open_tab,
    painted,
    requests_of,
    visible_map,
)
from tests.live import Server

MODEL = "mnist-vae"
STRIPS = (".straight", ".geodesic[aria-hidden=false]")  # the second while it is of the path shown


def strip(page: Page) -> Locator:
    """The geodesic's."""
    return page.locator(STRIPS[1])


def open_interpolate(page: Page) -> Locator:
    open_tab(page, "Interpolate")
    expect(visible_map(page)).to_be_visible()
    expect(strip(page)).to_be_visible()
    return strip(page)


def fill(page: Page, **fields: float) -> None:
    for name, value in fields.items():
        field = page.get_by_label(f"{name[0]}: {name[1:]}")
        field.fill(str(value))
        field.press("Enter")


def numbers_shown(page: Page) -> list[list[float]]:
    """Length and largest step of the straight line, then of the geodesic."""
    expect(page.locator(".lengths[aria-hidden=false]")).to_be_visible()
    cells = page.locator(".lengths tbody td").all_inner_texts()
    return [[float(cell) for cell in cells[:2]], [float(cell) for cell in cells[2:]]]


def test_a_dragged_end_gets_its_geodesic_when_it_rests(page: Page, server: Server) -> None:
    """Nothing is asked and nothing old is shown meanwhile."""
    geodesic = open_interpolate(page)
    words = page.locator(".words")
    _, box = map_box(page)
    ends = page.evaluate("latentLab.ends")
    last = page.locator(".straight canvas").last
    shown = painted(last)
    page.mouse.move(*place(box, *ends[2:]))
    page.mouse.down()
    sent = requests_of(page)
    for step in range(1, 40):
        page.mouse.move(*place(box, ends[2] + 0.06 * step, ends[3] - 0.03 * step))
    expect_painted(last, "!==", shown)
    expect(geodesic).to_have_count(0)
    expect(page.locator(".lengths[aria-hidden=false]")).to_have_count(0)
    expect(words).to_have_text("")
    assert sent == []
    page.mouse.up()
    expect(geodesic).to_be_visible()
    expect(geodesic).to_have_attribute("aria-label", re.compile("^12 pictures on the geodesic"))
    ends = page.evaluate("latentLab.ends")
    assert ends[2] > 0.5  # it was dragged
    with Caller(server.url) as caller:
        _, found = caller.call("/geodesic", *ends, 12, MODEL).data
    assert numbers_shown(page) == [
        [
            pytest.approx(found[f"{kind}length"], abs=0.051),
            pytest.approx(found[f"{kind}largest_step"], abs=0.0051),
        ]
        for kind in ("straight_", "")
    ]
    saved = 100 * (1 - found["length"] / found["straight_length"])
    assert saved > 2
    expect(words).to_contain_text(re.compile(rf"^The geodesic is {saved:.0f}\s% shorter"))


def test_a_slow_geodesic_is_announced_and_then_drawn(page: Page) -> None:
    open_interpolate(page)
    marks, _ = map_box(page)
    held: list[Route] = []
    page.route("**/queue/join*", lambda route: held.append(route))
    fill(page, Bz1=1.25)
    expect(page.locator(".words")).to_contain_text("Computing the geodesic")
    expect(strip(page)).to_have_count(0)
    straight_alone = painted(marks)
    for route in held:
        route.continue_()
    page.unroute("**/queue/join*")
    expect(strip(page)).to_be_visible()
    expect_painted(marks, "!==", straight_alone)


def test_what_is_already_known_is_not_asked_for_again(page: Page) -> None:
    """An end that leaves and comes back before it rests."""
    geodesic = open_interpolate(page)
    marks, _ = map_box(page)
    marks.focus()
    lengths = numbers_shown(page)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    expect(geodesic).to_be_visible()
    assert numbers_shown(page) == lengths


def test_both_strips_have_as_many_pictures(page: Page) -> None:
    open_interpolate(page)
    number = page.get_by_label("number input for Steps")
    for steps in (2, 32):
        number.fill(str(steps))
        number.press("Enter")
        expect(page.locator(".straight canvas")).to_have_count(steps)
        expect(strip(page).locator("canvas")).to_have_count(steps)
        for end in (0, -1):  # the paths have the same ends
            first, second = (page.locator(f"{kind} canvas").nth(end) for kind in STRIPS)
            expect_painted(second, "===", painted(first))


def test_the_walk_goes_along_either_path(page: Page) -> None:
    open_interpolate(page)
    number = page.get_by_label("number input for Steps")
    number.fill("3")
    number.press("Enter")
    expect(strip(page).locator("canvas")).to_have_count(3)
    page.get_by_label("Place on the path").fill("0.5")
    player = page.locator(".player > canvas")
    middles = [page.locator(f"{kind} canvas").nth(1) for kind in STRIPS]
    for middle, other, path in zip(
        middles, middles[::-1], ("straight line", "geodesic"), strict=True
    ):
        page.get_by_label("along").select_option(path)
        expect_painted(middle, "!==", painted(other))
        expect_painted(player, "===", painted(middle))


def test_where_nothing_is_saved_the_page_says_so(page: Page) -> None:
    open_interpolate(page)
    fill(page, Az1=6, Az2=6, Bz1=-6, Bz2=5)
    words = page.locator(".words")
    expect(words).to_contain_text("Here the straight line is the geodesic")
    straight, geodesic = numbers_shown(page)
    assert straight[0] == geodesic[0]
    fill(page, Bz1=6, Bz2=6)
    expect(words).to_contain_text("there is nothing to save")
    assert numbers_shown(page) == [[0, 0], [0, 0]]


def test_a_phone_has_room_for_both(phone: Page) -> None:
    open_interpolate(phone)
    expect(phone.locator(".lengths tbody tr")).to_have_count(2)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
