"""The frame on a photograph: what it does, on an empty page, and what follows it in the lab."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import fresh
from tests.browser.test_tabs import draw_stroke, expect_change, open_tab, picture
from tests.live import Server
from ui.components import HERE
from ui.examples import digit
from ui.pictures import photograph_url, picture_from_data_url
from vae_core import images, load
from vae_core.images import DOUBTS

# On an empty page.

ORIGIN = "http://frame.test"
WIDTH, HEIGHT = 320, 200
AUTOMATIC = [0.1, 0.2, 0.3, 0.6]
OTHER = [0.6, 0.2, 0.8, 0.6]
MOUNT = """async (value) => {
  const { mount } = await import("/photo_frame.js");
  const element = document.querySelector("main");
  const props = { label: "Photograph", value };
  window.sent = []; // each event, and the crop that it asks for
  const trigger = (name) => sent.push([name, props.value.crop]);
  mount({ element, props, trigger, watch: (_, callback) => {
    window.answer = (next) => { props.value = next && { ...value, ...next }; callback(); };
  } });
}"""


@pytest.fixture(scope="module")
def empty(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 400, "height": 500})
    page = context.new_page()
    page.set_default_timeout(10_000)
    html, css = (
        (HERE / f"photo_frame.{kind}").read_text(encoding="utf-8") for kind in ("html", "css")
    )
    body = f"<style>{css}</style><main>{html}</main>"
    page.route(f"{ORIGIN}/", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.route(f"{ORIGIN}/*.js", lambda route: route.fulfill(path=HERE / "photo_frame.js"))
    yield page
    context.close()


@pytest.fixture
def alone(empty: Page) -> Page:
    """The component with a photograph in which two groups of ink were found."""
    empty.goto(f"{ORIGIN}/")
    url = photograph_url(Image.new("L", (WIDTH, HEIGHT), 200))
    value = {"picture": url, "frame": AUTOMATIC, "groups": [OTHER], "crop": None, "ratio": None}
    empty.evaluate(MOUNT, value)
    expect(empty.locator("img")).to_have_js_property("complete", True)
    return empty


def sent(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate("sent")
    return found


def shown(page: Page) -> list[float]:
    """The frame on the screen, in shares of the photograph."""
    stage, frame = page.locator(".stage").bounding_box(), page.locator(".frame").bounding_box()
    assert stage
    assert frame
    left, top = frame["x"] - stage["x"], frame["y"] - stage["y"]
    sides = (left, top, left + frame["width"], top + frame["height"])
    return [
        side / stage[length] for side, length in zip(sides, ("width", "height") * 2, strict=True)
    ]


def near(frame: list[float]) -> Any:
    return pytest.approx(frame, abs=0.005)


def hold(page: Page, part: Locator, button: str = "left") -> tuple[float, float]:
    box = part.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down(button=button)  # type: ignore[arg-type]
    return x, y


def pull(page: Page, part: Locator, right: float, down: float, button: str = "left") -> None:
    """Drag a part by shares of the photograph, without letting go."""
    stage = page.locator(".stage").bounding_box()
    assert stage
    x, y = hold(page, part, button)
    page.mouse.move(x + right * stage["width"], y + down * stage["height"], steps=4)


def test_the_frame_is_dragged_and_asks_once(alone: Page) -> None:
    frame = alone.get_by_role("slider", name="Frame", exact=True)
    assert shown(alone) == near(AUTOMATIC)
    pull(alone, frame, 0.2, -0.1)
    assert shown(alone) == near([0.3, 0.1, 0.5, 0.5])
    assert sent(alone) == []  # while it is dragged nothing else moves
    alone.mouse.move(2000, 2000)  # not out of the photograph
    alone.mouse.up()
    assert shown(alone) == near([0.8, 0.6, 1, 1])
    assert sent(alone) == [["input", near([0.8, 0.6, 1, 1])]]
    expect(frame).to_have_attribute(
        "aria-valuetext", "80 % from the left, 60 % from the top, 20 % wide, 40 % high"
    )


def test_a_corner_is_dragged_and_the_opposite_one_stays(alone: Page) -> None:
    pull(alone, alone.get_by_role("slider", name="Upper right corner"), 0.1, 0.1)
    alone.mouse.up()
    assert sent(alone) == [["input", near([0.1, 0.3, 0.4, 0.6])]]


def test_only_the_main_button_drags_and_a_click_chooses_nothing(alone: Page) -> None:
    frame = alone.locator(".frame")
    for button in ("right", "middle"):
        pull(alone, frame, 0.2, 0, button)
        alone.mouse.up(button=button)
    frame.click()
    assert shown(alone) == near(AUTOMATIC)
    assert sent(alone) == []


@pytest.mark.parametrize("end", ["pointercancel", "lostpointercapture"])
def test_a_drag_that_is_broken_off_leaves_the_frame_where_it_was(alone: Page, end: str) -> None:
    pull(alone, alone.locator(".frame"), 0.2, 0)
    alone.locator(".frame").dispatch_event(end, {"pointerId": 1, "bubbles": True})
    assert shown(alone) == near(AUTOMATIC)
    alone.mouse.move(10, 10)
    alone.mouse.up()
    assert shown(alone) == near(AUTOMATIC)
    assert sent(alone) == []


def test_keys_move_the_frame_and_ask_once_they_rest(alone: Page) -> None:
    alone.clock.install(time=0)
    alone.clock.pause_at(1000)
    alone.locator(".frame").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        alone.keyboard.press(key)
        alone.clock.run_for(149)
    assert shown(alone) == near([0.12, 0.21, 0.33, 0.61])
    assert sent(alone) == []
    alone.clock.run_for(1)
    assert sent(alone) == [["input", near([0.12, 0.21, 0.33, 0.61])]]
    alone.get_by_role("slider", name="Upper left corner").focus()
    alone.keyboard.press("ArrowUp")
    alone.clock.run_for(1000)
    assert sent(alone)[1:] == [["input", near([0.12, 0.2, 0.33, 0.61])]]
    alone.keyboard.press("Escape")
    assert sent(alone)[2] == ["input", None]


def test_other_ink_is_a_button_and_the_way_back_too(alone: Page) -> None:
    others = alone.get_by_role("button", name="Take other ink")
    others.press("Enter")
    assert sent(alone) == [["input", OTHER]]
    expect(alone.locator(".frame")).to_be_focused()
    assert shown(alone) == near(OTHER)
    expect(others).to_have_count(1)  # what was taken before can be taken again
    others.click()
    assert sent(alone)[1] == ["input", AUTOMATIC]
    alone.get_by_role("button", name="Let the lab choose").click()
    assert sent(alone)[2] == ["input", None]
    alone.get_by_role("button", name="Another picture").click()
    assert sent(alone)[3][0] == "clear"


def test_an_answer_to_an_older_question_moves_nothing(alone: Page) -> None:
    first, second = [0.2, 0.2, 0.4, 0.6], [0.3, 0.2, 0.5, 0.6]
    for _ in range(2):
        pull(alone, alone.locator(".frame"), 0.1, 0)
        alone.mouse.up()
    crops = [crop for _, crop in sent(alone)]
    assert crops == [near(first), near(second)]
    alone.evaluate("(crop) => answer({ frame: crop, crop })", crops[0])
    assert shown(alone) == near(second)
    alone.evaluate("(crop) => answer({ frame: crop, crop })", crops[1])
    assert shown(alone) == near(second)
    # A new photograph is another question, whatever was asked of the last one.
    pull(alone, alone.locator(".frame"), 0.1, 0)
    alone.evaluate("(url) => answer({ picture: url })", photograph_url(Image.new("L", (50, 90))))
    alone.mouse.up()
    assert shown(alone) == near(AUTOMATIC)
    assert len(sent(alone)) == 2


def test_a_frame_stays_in_the_photograph_and_keeps_its_shape_if_it_has_to(alone: Page) -> None:
    """By every corner, with and without a ratio of width to height."""
    rng = np.random.default_rng(0)
    cases = []
    for _ in range(200):
        (left, right), (top, bottom) = np.sort(rng.uniform(0, 1, (2, 2)), 1) * 0.9 + [0, 0.1]
        ratio = (right - left) / (bottom - top)
        frame = [float(side) for side in (left, top, right, bottom)]
        cases.append((frame, *rng.uniform(-1.5, 1.5, 2).tolist(), float(ratio)))
    parts = {"nw": (2, 3), "ne": (0, 3), "sw": (2, 1), "se": (0, 1)}  # sides that stay
    results = alone.evaluate(
        """async ([cases, parts]) => {
            const { change } = await import("/photo_frame.js");
            return cases.map(([frame, dx, dy, ratio]) => parts.map((part) =>
                [change(frame, part, dx, dy), change(frame, part, dx, dy, ratio)]));
        }""",
        [cases, list(parts)],
    )
    for (frame, _, _, ratio), by_part in zip(cases, results, strict=True):
        for stay, changed in zip(parts.values(), by_part, strict=True):
            for left, top, right, bottom in changed:
                assert -1e-9 < left < right < 1 + 1e-9
                assert -1e-9 < top < bottom < 1 + 1e-9
                sides = (left, top, right, bottom)
                assert [sides[k] for k in stay] == pytest.approx([frame[k] for k in stay])
            left, top, right, bottom = changed[1]
            assert (right - left) / (bottom - top) == pytest.approx(ratio)


# In the lab.

PLACES = {"3": (0.31, 0.4), "7": (0.56, 0.645)}  # left and right side of each digit


@pytest.fixture(scope="module")
def three_and_seven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = Image.new("L", (560, 400), 245)
    page.paste(digit("3"), (130, 130))
    page.paste(digit("7"), (270, 130))
    path = tmp_path_factory.mktemp("photograph") / "37.png"
    page.save(path)
    return path


@pytest.fixture(scope="module")
def lab(desktop_page: Page, server: Server, three_and_seven: Path) -> Iterator[Page]:
    """The lab with a photograph of two digits, and a model that says which digit it reads."""
    with fresh(desktop_page, f"{server.url}?model=mnist-cvae") as page:
        expect(page.get_by_test_id("read-as")).to_be_visible()
        open_tab(page, "Upload, paste, webcam")
        page.locator("input[type=file]").first.set_input_files(three_and_seven)
        expect(page.get_by_test_id("photo-frame")).to_be_visible()
        yield page


@pytest.fixture(scope="module")
def first(three_and_seven: Path) -> str:
    """The digit that the lab takes by itself."""
    taken = images.examine(three_and_seven, load("mnist-cvae").config).frame
    return "3" if taken.left < 0.5 else "7"


def expect_around(page: Page, digit: str) -> None:
    """Wait until the frame is around that digit, and not around the other."""
    left, right = PLACES[digit]
    page.wait_for_function(
        """([left, right]) => {
            const [stage, frame] = [".stage", ".frame"].map(
                (part) => document.querySelector(part).getBoundingClientRect());
            const sides = [frame.left, frame.right].map((x) => (x - stage.left) / stage.width);
            return sides[0] < left && right < sides[1] && sides[1] - sides[0] < 0.2;
        }""",
        arg=[left, right],
    )


def expect_read_as(page: Page, digit: str) -> None:
    read = page.get_by_test_id("read-as").locator("strong")
    expect(read).to_have_text(re.compile(f"an? {digit}"))


def let_the_lab_choose(page: Page, first: str) -> None:
    page.get_by_role("button", name="Let the lab choose").click()
    expect_around(page, first)
    expect_read_as(page, first)


def test_the_frame_is_around_one_digit_and_the_other_is_a_button_away(
    lab: Page, first: str
) -> None:
    expect_around(lab, first)
    expect_read_as(lab, first)
    second = "7" if first == "3" else "3"
    lab.get_by_role("button", name="Take other ink").click()
    expect_read_as(lab, second)
    expect_around(lab, second)
    let_the_lab_choose(lab, first)


def test_everything_follows_the_frame_by_hand_and_by_keys(lab: Page, first: str) -> None:
    let_the_lab_choose(lab, first)
    second, way = ("7", 1) if first == "3" else ("3", -1)
    shown_before = [picture(lab, name).get_attribute("src") for name in ("seen", "reconstruction")]
    code = lab.evaluate("latentLab.seen.mean")
    frame = lab.locator(".frame")
    pull(lab, frame, way * 0.25, 0)
    lab.mouse.up()
    expect_read_as(lab, second)
    for name, before in zip(("seen", "reconstruction"), shown_before, strict=True):
        expect_change(lab, picture(lab, name), before)
    shown_by_hand = picture(lab, "seen").get_attribute("src")
    lab.wait_for_function("code => latentLab.seen.mean[0] !== code[0]", arg=code)
    lab.wait_for_function("latentLab.density")
    frame.focus()
    for _ in range(25):
        lab.keyboard.press("ArrowLeft" if way > 0 else "ArrowRight")
    expect_read_as(lab, first)
    expect_change(lab, picture(lab, "seen"), shown_by_hand)
    # Nearly what it was: the lab's own frame hugs the ink, this one has paper around it.
    one, other = (
        np.asarray(Image.open(io.BytesIO(picture_from_data_url(url or ""))).convert("L"), float)
        for url in (shown_before[0], picture(lab, "seen").get_attribute("src"))
    )
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.95


def test_a_doubt_is_said_and_no_verdict_reassures(lab: Page, first: str) -> None:
    let_the_lab_choose(lab, first)
    expect(lab.get_by_test_id("doubt")).to_have_text(DOUBTS["several-groups"])
    expect(lab.get_by_test_id("strangeness")).not_to_contain_text("Ordinary")
    expect(lab.get_by_test_id("strangeness")).to_contain_text("what you meant")


def test_a_drawing_has_no_frame_and_another_photograph_has_its_own(
    lab: Page, tmp_path: Path
) -> None:
    open_tab(lab, "Draw")
    draw_stroke(lab)
    open_tab(lab, "Upload, paste, webcam")
    expect(lab.get_by_test_id("photo-frame")).to_be_hidden()
    lab.get_by_label("Remove Image").click()
    digit("8").save(tmp_path / "8.png")
    lab.locator("input[type=file]").first.set_input_files(tmp_path / "8.png")
    expect_read_as(lab, "8")
    expect(lab.get_by_test_id("photo-frame")).to_be_visible()
    lab.get_by_role("button", name="Another picture").click()
    expect(lab.get_by_test_id("photo-frame")).to_be_hidden()
    lab.locator("input[type=file]").first.wait_for(state="attached")
    expect_read_as(lab, "8")  # until there is another
