"""The model in the browser: vae_core's numbers, without a request, and what if it fails."""

import re
from collections.abc import Iterator

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_tabs import (
    expect_change,
    expect_painted,
    map_box,
    open_tab,
    painted,
    pick,
    picture,
    requests_of,
    visible_map,
    wait_until_quiet,
)
from tests.live import ROOT, Server
from vae_core import list_models, load, load_encodings


def test_the_console_has_the_lab(page: Page) -> None:
    page.evaluate("latentLab.ready")
    assert set(page.evaluate("latentLab.models")) == set(list_models())
    pixels = page.evaluate("[...latentLab.decode(0.5, -1)]")
    expected = load("mnist-vae").decode(torch.tensor([[0.5, -1.0]])).flatten().tolist()
    assert pixels == pytest.approx(expected, abs=1e-3)
    page.evaluate("latentLab.setZ(1.25, -0.5)")
    assert page.evaluate("latentLab.z") == [1.25, -0.5]
    expect(page.locator("#current-code")).to_contain_text("(1.25, −0.50)")
    page.evaluate("latentLab.setZ(99, 0)")
    assert page.evaluate("latentLab.z") == [6, 0]
    for call in ("latentLab.setZ('a', 0)", "latentLab.decode(NaN, 0)", "latentLab.decode(1)"):
        message = page.evaluate(f"() => {{ try {{ {call} }} catch (e) {{ return e.message }} }}")
        assert "expected numbers" in message


def test_the_lines_for_the_console_in_the_docs_run(page: Page) -> None:
    page_of_docs = (ROOT / "docs" / "browser.md").read_text("utf-8")
    lines = re.findall(r"```js\n(.*?)```", page_of_docs, re.DOTALL)
    assert len(lines) == 1
    page.evaluate(f"async () => {{ {lines[0]} }}")
    assert page.evaluate("latentLab.z") == [1.5, -0.5]


@pytest.mark.parametrize("tab", ["Decode", "Map"])
def test_dragging_sends_nothing(page: Page, tab: str) -> None:
    open_tab(page, tab)
    _, box = map_box(page)
    decoded = picture(page, "decoded")
    shown = painted(decoded)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    sent = requests_of(page)
    for step in range(1, 60):
        page.mouse.move(x + 2 * step, y - step)
    expect_painted(decoded, "!==", shown)
    z = page.evaluate("latentLab.z")
    assert z == pytest.approx([118 / box["width"] * 9, 59 / box["width"] * 9], abs=0.02)
    assert sent == []
    page.mouse.up()
    open_tab(page, "Decode")
    for axis in (0, 1):  # the sliders follow
        number = page.get_by_label(f"number input for z{axis + 1}")
        expect(number).to_have_value(f"{z[axis]:.2f}".rstrip("0").rstrip("."))


def test_what_lies_around_the_code_follows_when_the_pointer_rests(page: Page) -> None:
    open_tab(page, "Decode")
    _, box = map_box(page)
    rows = page.locator("table.plain:visible tbody")
    before = rows.inner_text()
    page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"])
    expect(rows).not_to_have_text(before)
    mean = load_encodings("mnist-vae").mean
    nearest = (mean - torch.tensor(page.evaluate("latentLab.z"))).norm(dim=1).argmin().item()
    expect(rows.locator("tr").first).to_contain_text(f"test image {nearest}")


STROKE = ((0.3, 0.3), (0.6, 0.25), (0.65, 0.4), (0.35, 0.75), (0.7, 0.75))


@pytest.mark.parametrize("name", ["mnist-vae", "mnist-cvae", "frey-vae", "cifar10-vae"])
def test_a_drawing_is_encoded_as_the_stroke_goes_on(page: Page, name: str) -> None:
    """Without a request once the encoder is there; the server agrees when the stroke ends."""
    pick(page, name)
    page.wait_for_function("latentLab.ready.then(() => true)")
    box = page.locator("[data-testid=draw-pad] canvas[aria-label]").bounding_box()
    assert box
    path = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in STROKE]
    with page.expect_response("**/encoder.safetensors*"):
        page.mouse.move(*path[0])
        page.mouse.down()
    page.mouse.move(*path[1], steps=5)
    page.wait_for_function(  # the encoder has been read
        "async () => (await latentLab.encode(latentLab.decode(0, 0))) !== null"
    )
    wait_until_quiet(page)
    marks = visible_map(page).locator(".marks")
    sent = requests_of(page)
    for place in path[2:]:
        before = [painted(marks), picture(page, "reconstruction").get_attribute("src")]
        page.mouse.move(*place, steps=5)
        expect_painted(marks, "!==", before[0])
        expect_change(page, picture(page, "reconstruction"), before[1])
    assert sent == []
    here = page.evaluate("latentLab.seen")
    page.evaluate("latentLab.seen.by_the_page = true")
    page.mouse.up()
    page.wait_for_function("!latentLab.seen.by_the_page")  # the server's, which may be the same
    there = page.evaluate("latentLab.seen")
    assert here["mean"] == pytest.approx(there["mean"], abs=0.1)
    assert here["std"] == pytest.approx(there["std"], rel=0.1)


def test_what_was_fetched_is_kept_for_the_next_visit(browser: Browser, server: Server) -> None:
    """The decoder's 3 MB are not sent twice, but a file that has changed has another address."""
    context = browser.new_context()
    sizes: list[list[dict[str, float]]] = [[], []]
    for visit in range(2):
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        seen = sizes[visit]
        network.on("Network.loadingFinished", lambda event, seen=seen: seen.append(event))
        page.goto(server.url)
        page.wait_for_selector("[data-testid=latent-map][data-ready=true]")
        page.evaluate("latentLab.ready")
        page.close()
    context.close()
    first, second = (sum(event["encodedDataLength"] for event in visit) for visit in sizes)
    assert first <= 4e6
    assert second <= 200e3


# What if it fails


def open_without(browser: Browser, server: Server, pattern: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.route(pattern, lambda route: route.fulfill(status=404))
    page.goto(server.url)
    yield page
    context.close()


def set_sliders(page: Page, z1: str, z2: str) -> None:
    for axis, value in ((1, z1), (2, z2)):
        number = page.get_by_label(f"number input for z{axis}")
        number.fill(value)
        number.press("Enter")


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("**/decoder.safetensors*", "could not load the model"),
        ("**/vae.js*", "could not start in your browser"),
    ],
)
def test_without_the_model_or_its_script_the_server_decodes(
    browser: Browser, server: Server, missing: str, words: str
) -> None:
    for page in open_without(browser, server, missing):
        open_tab(page, "Decode")
        image = page.locator("img[data-testid=decoded]:visible")
        expect(image).to_be_visible()
        expect(page.get_by_text(words).locator("visible=true").first).to_be_visible()
        before = image.get_attribute("src")
        set_sliders(page, "1.5", "-1")
        expect_change(page, image, before)
        open_tab(page, "Interpolate")
        strip = page.get_by_alt_text("12 pictures along the straight line")
        expect(strip).to_be_visible()
        before = strip.get_attribute("src")
        number = page.get_by_label("A: z1")
        for value in ("2.5", "0.5"):  # a geodesic comes when the path has changed
            number.fill(value)
            number.press("Enter")
            expect_change(page, strip, before)
            before = strip.get_attribute("src")
        expect(page.get_by_alt_text("12 pictures along the geodesic")).to_be_visible()
        sentence = page.get_by_text(re.compile(r"geodesic is \d+\s% shorter"))
        expect(sentence.locator("visible=true")).to_have_count(1)
        open_tab(page, "Map")
        expect(page.get_by_text(words).locator("visible=true").first).to_be_visible()


def test_without_the_points_the_map_still_decodes(browser: Browser, server: Server) -> None:
    for page in open_without(browser, server, "**/encodings.safetensors*"):
        open_tab(page, "Map")
        shown = page.locator("[data-testid=latent-map]:visible")
        expect(shown.locator(".announce")).to_contain_text("could not be read")
        page.evaluate("latentLab.ready")
        decoded = picture(page, "decoded")
        before = painted(decoded)
        shown.locator(".marks").click(position={"x": 100, "y": 100})
        expect_painted(decoded, "!==", before)
