"""The tabs, used as a person would."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import fresh, open_lab
from tests.live import Server
from ui import blocks

TABS = ("Reconstruct", "Decode", "Interpolate", "Map")
TABS_MORE = tuple(blocks.TABS_MORE)


def wait_until_quiet(page: Page) -> None:
    """Until the page has asked for nothing for a second: what picking a model sets off is over."""
    page.evaluate("performance.setResourceTimingBufferSize(10_000)")
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').every(({ startTime, responseEnd }) =>"
        " performance.now() - Math.max(startTime, responseEnd) > 1000)"
    )


def open_tab(page: Page, name: str) -> None:
    """Open one of the four tabs, or one of those under More."""
    page.get_by_role("tab", name="Reconstruct", exact=True).wait_for()
    tab = page.get_by_role("tab", name=name, exact=True)
    if name in TABS_MORE:
        page.get_by_role("tab", name="More", exact=True).click()
        page.get_by_role("tab", name=TABS_MORE[0], exact=True).wait_for()
        if not tab.is_visible():  # on a phone
            page.get_by_label("More tabs").last.click()
            tab = page.locator(".overflow-dropdown button", has_text=name)
    tab.click()


def pick(page: Page, name: str) -> None:
    if page.evaluate("latentLab.model") != name:
        page.get_by_label("Model", exact=True).click()
        page.get_by_role("option", name=name, exact=True).click()
    page.wait_for_function("name => latentLab.model === name", arg=name)


def visible_map(page: Page) -> Locator:
    return page.locator("[data-testid=latent-map][data-ready=true]:visible")


def picture(page: Page, test_id: str) -> Locator:
    return page.locator(f"[data-testid={test_id}]:visible")


def current_code(page: Page) -> tuple[float, float]:
    text = page.locator("#current-code").inner_text()
    z1, z2 = map(float, re.findall(r"-?\d+\.\d+", text.replace("−", "-"))[-2:])
    return z1, z2


def expect_change(page: Page, image: Locator, before: str | None) -> None:
    expect(image).not_to_have_attribute("src", before or "")


def painted(canvas: Locator) -> str:
    """What a canvas shows, as a data URL."""
    url: str = canvas.evaluate("(canvas) => canvas.toDataURL()")
    return url


def expect_painted(canvas: Locator, test: str, other: str) -> None:
    """Wait until a canvas shows the same as before ("===") or something else ("!==")."""
    canvas.page.wait_for_function(
        f"([canvas, other]) => canvas.toDataURL() {test} other",
        arg=[canvas.element_handle(), other],
    )


def requests_of(page: Page) -> list[str]:
    """Fills with every request that leaves the page from now on."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    return sent


def draw_stroke(page: Page) -> None:
    """Draw a line, and wait for what only the server knows."""
    sample = page.get_by_alt_text("sample 1 of 4")
    before = sample.get_attribute("src")
    box = page.locator("[data-testid=draw-pad] canvas[aria-label]").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 40, steps=10)
    page.mouse.up()
    expect_change(page, sample, before)


def error_message(page: Page) -> Locator:
    return page.get_by_test_id("toast-text").last


# Reconstruct


def test_a_drawing_is_reconstructed_with_its_numbers(page: Page) -> None:
    seen = picture(page, "seen")
    before = seen.get_attribute("src")
    draw_stroke(page)
    expect_change(page, seen, before)
    for test_id in ("reconstruction", "difference"):
        expect(picture(page, test_id)).to_be_visible()
    expect(page.get_by_alt_text(re.compile(r"sample \d of 4"))).to_have_count(4)
    rows = page.locator("table.numbers").first.locator("tbody tr")
    expect(rows).to_have_count(5)
    units = rows.locator("td:nth-child(3)").all_inner_texts()
    assert units == ["z units", "z units", "nats", "nats", "nats"]
    values = dict(zip(rows.locator("th").all_inner_texts(), rows.all_inner_texts(), strict=True))
    rate, distortion, elbo = (
        float(re.findall(r"[-−]?\d+\.\d+", values[name])[0].replace("−", "-"))
        for name in ("rate", "distortion", "ELBO")
    )
    assert elbo == pytest.approx(-(rate + distortion), abs=0.11)


def test_only_the_main_button_draws_and_a_click_leaves_a_dot(page: Page) -> None:
    pad = page.locator("[data-testid=draw-pad] canvas")
    empty = painted(pad)
    for button in ("right", "middle"):
        pad.click(button=button, position={"x": 90, "y": 90})
    assert painted(pad) == empty
    box = pad.bounding_box()
    assert box
    for _ in range(2):  # a hand that does not move sends moves all the same
        page.mouse.move(box["x"] + 150, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 150)
    page.mouse.up()
    assert painted(pad) != empty


def test_undo_and_clear_keep_the_last_result(page: Page) -> None:
    seen = picture(page, "seen")
    before = seen.get_attribute("src")
    draw_stroke(page)
    expect_change(page, seen, before)
    drawn = seen.get_attribute("src")
    page.get_by_role("button", name="Clear").click()
    expect(seen).to_have_attribute("src", drawn or "")


def test_a_bad_upload_gets_a_sentence_and_the_next_one_works(page: Page, tmp_path: Path) -> None:
    fake, real = tmp_path / "fake.png", tmp_path / "real.png"
    fake.write_text("hello")
    digit = Image.new("L", (100, 100), 255)
    digit.paste(0, (45, 20, 55, 80))
    digit.save(real)
    seen = picture(page, "seen")
    before = seen.get_attribute("src")
    open_tab(page, "Upload, paste, webcam")
    files = page.locator("input[type=file]").first
    files.set_input_files(fake)
    expect(error_message(page)).to_contain_text("not a picture that can be read")
    page.get_by_label("Remove Image").click()
    page.locator("input[type=file]").first.set_input_files(real)
    expect_change(page, seen, before)


def test_a_picture_can_be_pasted(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    seen = picture(page, "seen")
    before = seen.get_attribute("src")
    open_tab(page, "Upload, paste, webcam")
    page.evaluate(
        """async () => {
            const canvas = Object.assign(document.createElement("canvas"), {width: 90, height: 90});
            const pen = canvas.getContext("2d");
            pen.fillStyle = "white"; pen.fillRect(0, 0, 90, 90);
            pen.fillStyle = "black"; pen.fillRect(40, 15, 9, 60);
            const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
            await navigator.clipboard.write([new ClipboardItem({"image/png": blob})]);
        }"""
    )
    page.get_by_label("Paste from clipboard").click()
    expect_change(page, seen, before)


def test_a_photograph_can_be_taken(page: Page) -> None:
    """Of the test pattern of Chromium's make-believe camera."""
    page.context.grant_permissions(["camera"])
    seen = picture(page, "seen")
    before = seen.get_attribute("src")
    open_tab(page, "Upload, paste, webcam")
    page.get_by_label("Capture from camera").click()
    page.get_by_text("Click to Access Webcam").click()
    page.wait_for_function(
        "[...document.querySelectorAll('video')].some((v) => v.videoWidth && v.currentTime > 0.2)"
    )
    page.get_by_label("capture photo").click()
    expect_change(page, seen, before)


def test_an_example_can_be_tried(page: Page) -> None:
    seen = picture(page, "seen")
    before = seen.get_attribute("src")
    page.get_by_role("button", name="seven on black").click()
    expect_change(page, seen, before)


# Decode


def test_sliders_decode_while_they_are_dragged(page: Page) -> None:
    open_tab(page, "Decode")
    decoded = page.locator("canvas[data-testid=decoded]:visible")
    slider = page.locator("#z1 input[type=range]")
    box = slider.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    sent = requests_of(page)
    for share in (0.6, 0.7):
        before = painted(decoded)
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        expect_painted(decoded, "!==", before)
    assert sent == []
    page.mouse.up()
    # The pointer is at 0.7 of the way from -6 to 6, less the thumb's half width.
    expect(page.locator("#current-code")).to_contain_text(re.compile(r"\(2\.[2-6]\d"))


def test_decode_names_the_five_nearest_and_the_density(page: Page) -> None:
    open_tab(page, "Decode")
    rows = page.locator("table.plain:visible tbody tr")
    expect(rows).to_have_count(5)
    distances = [float(text) for text in rows.locator("td:nth-child(3)").all_inner_texts()]
    assert distances == sorted(distances)
    expect(page.get_by_text(re.compile(r"of 10,000 test codes lie within"))).to_be_visible()


# Interpolate


def test_endpoints_by_class_test_image_coordinates_and_from_other_tabs(page: Page) -> None:
    open_tab(page, "Interpolate")
    first = page.locator(".straight canvas").first
    z1 = page.get_by_label("A: z1")

    before = z1.input_value()
    index = page.get_by_label("A: test image number")
    index.fill("17")
    index.press("Enter")
    expect(z1).not_to_have_value(before)
    expect(page.get_by_label("A: typical image of a class")).to_have_value("")

    before = z1.input_value()
    page.get_by_label("A: typical image of a class").click()
    page.get_by_role("option", name="7").click()
    expect(z1).not_to_have_value(before)
    expect(index).to_have_value("")

    before = painted(first)
    z1.fill("2.5")
    z1.press("Enter")
    expect_painted(first, "!==", before)

    page.get_by_role("button", name="Use the current code").first.click()
    expect(z1).to_have_value("0")
    page.get_by_role("button", name="Use my reconstruction").first.click()
    expect(z1).not_to_have_value("0")


def test_a_bad_test_image_number_gets_a_sentence(page: Page) -> None:
    open_tab(page, "Interpolate")
    index = page.get_by_label("A: test image number")
    for text in ("70000", "-1", "many"):
        index.fill(text)
        index.press("Enter")
        sentence = re.compile(f"{text}.*: expected a whole number from 0 to 9999")
        expect(page.get_by_test_id("toast-text").filter(has_text=sentence)).to_be_visible()


def test_downloads_open(page: Page, tmp_path: Path) -> None:
    open_tab(page, "Interpolate")
    expect(page.locator(".straight canvas")).to_have_count(12)
    wait_until_quiet(page)  # the links come anew with the server's answer
    for name in ("strip (PNG)", "animation (GIF)"):
        with page.expect_download() as download:
            page.get_by_text(f"Download {name}").click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    with Image.open(tmp_path / "interpolation.png") as strip:
        assert strip.size[0] == 12 * strip.size[1]
    with Image.open(tmp_path / "interpolation.gif") as animation:
        assert animation.n_frames == 22  # twelve there, ten back
        assert animation.info["loop"] == 0


# Map


def map_box(page: Page) -> tuple[Locator, dict[str, float]]:
    canvas = visible_map(page).locator(".marks")
    box = canvas.bounding_box()
    assert box
    return canvas, box


def test_pointing_previews_and_a_click_sets_the_current_code(page: Page) -> None:
    open_tab(page, "Map")
    _, box = map_box(page)
    x, y = box["x"] + 0.55 * box["width"], box["y"] + 0.4 * box["height"]
    page.mouse.move(x, y)
    preview = visible_map(page).locator(".preview")
    expect(preview).to_be_visible()
    before = painted(preview.locator("canvas"))
    page.mouse.move(x + 60, y)
    expect_painted(preview.locator("canvas"), "!==", before)
    page.mouse.click(x, y)
    expect(page.locator("#current-code")).not_to_contain_text("(0.00, 0.00)")
    z1, z2 = current_code(page)
    assert (z1, z2) == (pytest.approx(0.45, abs=0.3), pytest.approx(0.9, abs=0.3))
    open_tab(page, "Decode")
    expect(page.get_by_label("number input for z1")).to_have_value(f"{z1:g}")


def test_the_legend_hides_a_class(page: Page) -> None:
    open_tab(page, "Map")
    points = visible_map(page).locator(".points")
    button = visible_map(page).locator(".classes button").nth(1)
    expect(button).to_have_attribute("aria-pressed", "true")
    shown = painted(points)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect_painted(points, "!==", shown)
    button.click()
    expect_painted(points, "===", shown)


def test_colour_by_a_figure_shows_its_scale(page: Page) -> None:
    open_tab(page, "Map")
    for figure in ("distortion", "rate"):
        visible_map(page).locator("select").select_option("class")
        expect(visible_map(page).locator(".ramp")).to_be_hidden()
        visible_map(page).locator("select").select_option(figure)
        expect(visible_map(page).locator(".classes")).to_contain_text("nats")
        expect(visible_map(page).locator(".ramp")).to_be_visible()


def test_the_map_works_with_the_keyboard_alone(page: Page) -> None:
    page.get_by_role("tab", name="Reconstruct", exact=True).focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Map", exact=True)).to_have_attribute(
        "aria-selected", "true"
    )
    expect(visible_map(page)).to_be_visible()  # until it is ready, a key would be lost
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "CANVAS":
            break
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowUp")
    expect(visible_map(page).locator(".announce")).to_contain_text("z = (2.00, 0.05)")
    expect(page.locator("#current-code")).to_contain_text("z = (2.00, 0.05)")


def test_wheel_zooms_and_double_click_goes_back(page: Page) -> None:
    open_tab(page, "Map")
    canvas, box = map_box(page)
    x, y = box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"]
    page.mouse.move(x, y)
    announce = visible_map(page).locator(".announce")
    expect(announce).to_contain_text("z = (3.")
    canvas.focus()
    page.mouse.wheel(0, -600)
    page.mouse.move(box["x"] + 0.1 * box["width"], y)
    # 4.5 times nearer, the pointer's place fixed: 3.6 - 0.8 * 9 / 4.5, or a point beside it.
    expect(announce).to_contain_text(re.compile(r"z = \((1\.9|2\.0)"))
    page.mouse.dblclick(x, y)
    page.mouse.move(box["x"] + 0.1 * box["width"], y)
    expect(announce).to_contain_text("z = (−3.")


def test_what_lies_outside_the_sliders_range_is_not_picked(page: Page) -> None:
    open_tab(page, "Map")
    _, box = map_box(page)
    for _ in range(3):
        visible_map(page).get_by_label("Zoom out").click()
    page.mouse.click(box["x"] + 4, box["y"] + 4)
    expect(page.locator("#current-code")).to_contain_text("z = (−6.00, 6.00)")


# Together


def test_what_was_reconstructed_can_be_sent_to_the_other_tabs(page: Page) -> None:
    page.get_by_role("button", name="Make this the current code").click()
    expect(page.locator("#current-code")).not_to_contain_text("(0.00, 0.00)")
    place = current_code(page)
    open_tab(page, "Decode")
    expect(page.get_by_label("number input for z1")).to_have_value(f"{place[0]:g}")
    open_tab(page, "Map")
    shown = f"z = ({place[0]:.2f}, {place[1]:.2f})".replace("-", "−")
    expect(page.get_by_text(shown).last).to_be_visible()


def test_every_tab_begins_with_one_sentence(page: Page) -> None:
    for tab in (*TABS, *TABS_MORE):
        open_tab(page, tab)
        panels = "#more .tabitem:visible" if tab in TABS_MORE else ".tabitem:visible"
        text = page.locator(panels).first.locator(".prose").first.inner_text()
        first = text.strip().splitlines()[0]
        assert first.endswith("."), tab
        assert len(first) < 190, tab


def test_nothing_is_wider_than_a_phone(phone: Page) -> None:
    for tab in (*TABS, *TABS_MORE):
        open_tab(phone, tab)
        expect(phone.locator(".prose:visible").nth(2)).to_be_visible()  # beside the header's two
        if tab in TABS:
            expect(visible_map(phone)).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, tab


def test_a_finger_draws(phone: Page) -> None:
    seen = picture(phone, "seen")
    before = seen.get_attribute("src")
    box = phone.locator("[data-testid=draw-pad] canvas[aria-label]").bounding_box()
    assert box
    touch = phone.context.new_cdp_session(phone)
    x, y = box["x"] + box["width"] / 2, box["y"]
    for kind, share in (("touchStart", 0.2), ("touchMove", 0.5), ("touchMove", 0.8)):
        points = [{"x": x, "y": y + share * box["height"]}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_change(phone, seen, before)


def test_light_and_dark(page: Page) -> None:
    def shade() -> str:
        plane = visible_map(page).locator(".plane")
        return plane.evaluate("plane => getComputedStyle(plane).backgroundColor")

    light = shade()
    page.emulate_media(color_scheme="dark")
    open_lab(page, page.url)
    assert shade() != light


def test_a_picture_is_there_before_the_lab(browser: Browser, server: Server, page: Page) -> None:
    starting = browser.new_page()
    starting.route("**/assets/index-*.js", lambda route: route.abort())
    starting.goto(server.url)
    first = starting.get_by_test_id("first-decoded")
    expect(first).to_be_visible()
    expect(starting.get_by_role("status")).to_have_text("The lab is starting in your browser …")
    shown = page.get_by_test_id("reconstruction").get_attribute("src")
    assert first.get_attribute("src") == shown
    expect(page.get_by_test_id("first-decoded")).to_have_count(0)
    starting.close()


def test_the_splash_says_that_it_needs_javascript(browser: Browser, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.url)
    needed = page.locator("noscript p")  # where Playwright finds no element by its text
    expect(needed).to_be_visible()
    assert needed.inner_text().startswith("The lab needs JavaScript")
    expect(page.get_by_text("The lab is starting")).to_be_hidden()
    expect(page.get_by_alt_text("a picture").first).to_be_visible()
    context.close()


def test_the_splash_says_when_it_takes_too_long(browser: Browser, server: Server) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/assets/**", lambda route: route.abort())  # so that nothing ever starts
    page.goto(server.url)
    late = page.get_by_text("This takes longer than it should.")
    expect(page.get_by_text("The lab is starting")).to_be_visible()
    expect(late).to_be_hidden()
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    expect(late).to_be_visible()
    context.close()


def test_the_address_opens_the_same_view_again(page: Page) -> None:
    assert "?" not in page.url  # nothing has been done yet
    pick(page, "mnist-ae")
    open_tab(page, "Decode")
    page.evaluate("latentLab.setZ(1.5, -0.5)")
    page.wait_for_url("**/?*z=1.5*")
    open_lab(page, page.url)
    page.wait_for_function("latentLab.model === 'mnist-ae'")
    assert page.evaluate("latentLab.z") == [1.5, -0.5]
    expect(page.get_by_role("tab", name="Decode")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_label("number input for z1")).to_have_value("1.5")


@pytest.mark.parametrize("query", ["model=../x&tab=<b>&z=NaN,1", "model=&tab=&z=", "z=1e999,5,7"])
def test_an_address_of_nonsense_opens_the_lab(
    desktop_page: Page, server: Server, query: str
) -> None:
    with fresh(desktop_page, f"{server.url}?{query}") as page:
        expect(page.get_by_test_id("verdict")).to_be_visible()
        assert page.evaluate("[latentLab.model, latentLab.z]") == ["mnist-vae", [0, 0]]
