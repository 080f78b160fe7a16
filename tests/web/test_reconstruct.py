"""Reconstruct: a drawing, an example or a file becomes a code and a picture again."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect

from tests.api.pictures import digit, encoded
from tests.web.conftest import open_lab, open_tab, use
from tests.web.expected import grid_of, model_of
from tests.web.hands import draw, expect_repainted, painted
from vae_core.images import prepare

THREE = [(0.3, 0.25), (0.55, 0.2), (0.6, 0.4), (0.4, 0.48), (0.65, 0.6), (0.55, 0.8), (0.3, 0.75)]
SEEN = "() => latentLab.seen"


def upload(page: Page, content: bytes, name: str = "three.png", kind: str = "image/png") -> None:
    file = {"name": name, "mimeType": kind, "buffer": content}
    page.locator("input[type=file]:visible, .sources input").first.set_input_files([file])


@pytest.mark.both
def test_a_drawing_is_read_as_it_grows(page: Page) -> None:
    page.wait_for_function(SEEN)  # the example
    seen = page.get_by_test_id("seen").locator("canvas")
    before = painted(seen)
    draw(page, THREE)
    expect_repainted(page, seen, before)
    expect(page.get_by_test_id("place")).to_contain_text("Its code is (")
    expect(page.get_by_test_id("verdict")).not_to_be_empty()
    expect(page.get_by_test_id("numbers").locator("tbody tr")).to_have_count(5)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_test_id("place")).to_be_empty()
    assert page.evaluate("latentLab.seen") is None
    expect(page.get_by_text("There is no picture.")).to_be_visible()


def test_what_is_said_is_what_the_library_says(page: Page) -> None:
    picture = digit("3")
    upload(page, encoded(picture, "PNG"))
    expect(page.get_by_test_id("photo-frame")).to_be_visible()
    view, frame = (
        page.locator(f".photo-frame {one}").bounding_box() for one in (".view", ".stage")
    )
    assert view == frame  # what is dragged is as high as the photograph
    x = prepare(picture, model_of("mnist-vae").config)
    mean = model_of("mnist-vae").encode(x).mean[0].tolist()
    page.wait_for_function("([z]) => Math.abs(latentLab.seen?.mean[0] - z) < 0.05", arg=mean)
    assert page.evaluate("latentLab.seen.mean") == pytest.approx(mean, abs=0.05)
    expect(page.get_by_test_id("bayes")).to_contain_text("KL(q ‖ p(z|x))")
    row = page.get_by_test_id("bayes").locator("tr", has_text="log p(x)").first.locator("td")
    shown = float((row.first.text_content() or "").replace("−", "-"))
    assert shown == pytest.approx(grid_of("mnist-vae", None).refine(x).log_prob, abs=0.6)
    percentile = page.get_by_test_id("strangeness")
    expect(percentile).to_contain_text("% of the test images have a lower log p(x).")


def test_an_example_stands_on_the_pad_and_every_model_has_some(page: Page) -> None:
    examples = page.locator(".examples button:visible")
    expect(examples).to_have_count(10)  # the last four are real test images
    examples.nth(9).click()
    expect(examples.nth(9)).to_have_attribute("aria-pressed", "true")
    real = page.evaluate("Array.from(latentLab.seen.image)")
    use(page, "mnist-iwae")  # the same picture, seen by another model
    page.wait_for_function(SEEN)
    assert page.evaluate("Array.from(latentLab.seen.image)") == real
    use(page, "mnist-vae")
    examples.first.click()
    page.wait_for_function(SEEN)
    pad = page.locator(".draw-pad .page")
    before, mean = painted(pad), page.evaluate("latentLab.seen.mean")
    examples.nth(3).click()
    expect_repainted(page, pad, before)
    expect(examples.nth(3)).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("(mean) => String(latentLab.seen.mean) !== String(mean)", arg=mean)
    for name, note in (
        ("fashion-vae", "real test images (Fashion-MNIST: © 2017 Zalando SE; MIT)"),
        ("cifar10-vae", "The model painted them itself"),
    ):
        use(page, name)
        expect(page.get_by_text(note)).to_be_visible()
        page.wait_for_function(SEEN)
        expect(page.get_by_test_id("place")).to_contain_text("Its code is (")


def test_the_frame_on_a_photograph_follows_hand_and_keys(page: Page) -> None:
    both = Image.new("L", (560, 280), 245)
    both.paste(digit("3", 200), (40, 40))
    both.paste(digit("7", 200), (320, 40))
    upload(page, encoded(both, "PNG"))
    frame = page.get_by_role("slider", name="Frame", exact=True)
    expect(frame).to_be_visible()
    page.wait_for_function("() => latentLab.seen?.frame[2] - latentLab.seen?.frame[0] < 0.45")
    first = page.evaluate("latentLab.seen.mean")
    page.get_by_role("button", name="Take other ink").first.click()
    page.wait_for_function("(m) => String(latentLab.seen?.mean) !== String(m)", arg=first)
    other = page.evaluate("latentLab.seen.mean")
    frame.focus()
    for _ in range(25):  # until it cuts the strokes
        page.keyboard.press("ArrowDown")
    page.wait_for_function("(m) => String(latentLab.seen?.mean) !== String(m)", arg=other)
    page.keyboard.press("Escape")
    page.wait_for_function("(m) => String(latentLab.seen?.mean) === String(m)", arg=first)
    page.get_by_role("button", name="Let the lab choose").click()
    assert page.evaluate("latentLab.seen.mean") == first


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"GIF89a but no more", "no picture that your browser can read"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "This is a HEIC picture"),
        (encoded(Image.new("L", (2, 90)), "PNG"), "This picture has 2 × 90 pixels."),
        (encoded(Image.new("L", (5100, 5100)), "PNG"), "Use one of at most 25 million."),
        (b"\x89PNG" + bytes(11 * 1024**2), "Use one of at most 10 MB."),
        (encoded(Image.new("L", (90, 90), 255), "PNG"), "There is nothing to see"),
    ],
    ids=["empty", "no picture", "heic", "too small", "too many pixels", "too large", "blank"],
)
def test_a_bad_file_gets_a_sentence(page: Page, content: bytes, sentence: str) -> None:
    page.wait_for_function(SEEN)
    mean = page.evaluate("latentLab.seen.mean")
    upload(page, content)
    expect(page.get_by_role("alert").first).to_contain_text(sentence, timeout=5000)
    if sentence != "There is nothing to see":  # what was on the screen stays
        assert page.evaluate("latentLab.seen.mean") == mean


def test_a_conditional_model_says_as_what_it_read(page: Page) -> None:
    use(page, "mnist-cvae")
    expect(page.get_by_test_id("place")).to_contain_text("Read as 3; its code is (")
    open_tab(page, "style")
    expect(page.get_by_text("which was read as the class 3.")).to_be_visible()
    expect(page.locator(".style tbody tr")).to_have_count(10)
    page.locator(".style tbody tr").nth(1).get_by_role("button").nth(4).click()
    assert page.evaluate("latentLab.z") == [-1.5, 1.5]
    use(page, "mnist-vae")
    expect(page.get_by_text("mnist-vae is not told the class")).to_be_visible()
    page.get_by_role("button", name="Use the model mnist-cvae").click()
    expect(page.locator(".style tbody tr")).to_have_count(10)


def test_by_keyboard_alone(page: Page) -> None:
    page.wait_for_function(SEEN)
    pad = page.get_by_role("application", name="A page to draw on")
    pad.focus()
    page.keyboard.press(" ")
    for key in ["ArrowDown"] * 12 + ["ArrowRight"] * 8:
        page.keyboard.press(key)
    page.keyboard.press(" ")
    assert page.evaluate("latentLab.seen") is not None
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("place")).to_be_empty()


@pytest.mark.both
def test_on_a_phone_the_result_is_in_view_while_one_draws(phone: Page) -> None:
    phone.wait_for_function(SEEN)
    phone.locator(".draw-pad").scroll_into_view_if_needed()
    phone.mouse.wheel(0, 60)
    draw(phone, THREE)
    for name in ("seen", "reconstruction", "difference"):
        expect(phone.get_by_test_id(name).locator("canvas")).to_be_in_viewport(ratio=0.9)
    expect(phone.locator(".draw-pad .page")).to_be_in_viewport(ratio=0.5)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.both
def test_a_damaged_model_gets_a_sentence(page: Page, address: str) -> None:
    page.route("**/frey-vae/decoder.safetensors*", lambda route: route.fulfill(body=b"\0" * 99))
    open_lab(page, f"{address}?model=frey-vae")
    expect(page.get_by_text("The model could not be loaded")).to_be_visible()
    use(page, "mnist-vae")
    assert len(page.evaluate("Array.from(latentLab.decode(0, 0))")) == 784
    page.unroute("**/frey-vae/decoder.safetensors*")


def test_the_reconstruction_is_a_file_that_opens(page: Page) -> None:
    page.wait_for_function(SEEN)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download").first.click()
    with Image.open(io.BytesIO(waiting.value.path().read_bytes())) as picture:
        levels = np.asarray(picture.convert("L")) / 255
    z = torch.tensor([page.evaluate("latentLab.seen.mean")])
    np.testing.assert_allclose(levels, model_of("mnist-vae").decode(z)[0, 0], atol=2 / 255)


def test_another_model_is_picked_while_the_posterior_is_on_its_way(page: Page) -> None:
    """What comes late is the other model's: it is not shown, and nothing complains."""
    for name in ("mnist-vae", "mnist-iwae", "mnist-beta4", "mnist-vae"):
        use(page, name)
        page.wait_for_function(
            "() => document.querySelector('[data-testid=numbers]').childElementCount"
        )  # then the posterior is asked for
    page.wait_for_selector("[data-testid=verdict]", state="attached")
    assert "NaN" not in page.locator(".reconstruct").inner_html()
