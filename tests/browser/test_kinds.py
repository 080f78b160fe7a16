"""Every kind of model on every tab, and from each to the next: nothing stale, nothing mixed."""

import io
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.api.kinds import KINDS, photograph, write_kinds
from tests.browser.test_tabs import TABS, expect_change, open_tab, picture, visible_map
from tests.live import Server, running_app
from ui.examples import suited_to
from ui.lab import Lab
from ui.pictures import picture_from_data_url
from vae_core import images
from vae_core.images import to_pil

Z = (0.4, -1.3)
STEPS = 12
MADE_BY = {  # "ELBO", unless said otherwise
    "fashion-vae": "ELBO with β = 4",
    "frey-vae": "importance-weighted bound",
    "mnist-ae": "plain autoencoder",
    "folder-told": "plain autoencoder",
}

NATIVE = """([w, h]) => [...document.querySelectorAll('[data-testid=reconstruction]')].every(
    (img) => img.naturalWidth === w && img.naturalHeight === h)"""


# One that is told the class, and one in colour, have tests of their own.
VARIED = ("mnist-ae", "folder-many")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder = tmp_path_factory.mktemp("kinds")
    write_kinds(folder)
    return Lab(folder)


@pytest.fixture(scope="module")
def server(lab: Lab) -> Iterator[Server]:
    with running_app("--weights-dir", str(lab.weights_dir)) as app:
        yield app


def pick_model(page: Page, name: str) -> None:
    page.get_by_label("Model", exact=True).click()
    page.get_by_role("option", name=name, exact=True).click()


def pick_class(page: Page, name: str) -> None:
    page.get_by_label("Class", exact=True).click()
    page.get_by_role("option", name=name, exact=True).click()


def expect_shown(image: Locator, expected: Image.Image) -> None:
    """Wait for a picture; codes are rounded to four digits on their way, which a pixel may show."""
    deadline = time.monotonic() + 30
    while True:
        url = image.evaluate("(one) => one.src ?? one.toDataURL()")
        shown = Image.open(io.BytesIO(picture_from_data_url(url))).convert("RGB")
        if shown.size == expected.size:
            levels = np.asarray(shown, dtype=int) - np.asarray(expected.convert("RGB"), dtype=int)
            if abs(levels).max() <= 2:
                return
        assert time.monotonic() < deadline, "another picture is shown"
        image.page.wait_for_timeout(50)


def no_toast(page: Page) -> None:
    expect(page.get_by_test_id("toast-text")).to_have_count(0)


def check_reconstruct(page: Page, lab: Lab, name: str, given: str, label: str | None) -> None:
    kind = KINDS[name]
    found = lab.reconstruct(given, name)
    for test_id, image in (("seen", found.seen), ("reconstruction", found.decoded)):
        expect_shown(picture(page, test_id), to_pil(image))
        assert (to_pil(image).mode, to_pil(image).size) == (kind.mode, kind.size)
    samples = page.get_by_alt_text(re.compile(r"sample \d of 4"))
    expect(samples).to_have_count(4 if kind.config.probabilistic else 0)
    numbers = page.locator("table.numbers").first  # the next one is of the true posterior
    expect(numbers.locator("tbody tr")).to_have_count(5)
    values = numbers.locator("td:nth-child(2)")
    expect(values).to_have_count(5)
    expect(values.filter(has_text=re.compile("inf|nan"))).to_have_count(0)
    expect(numbers.get_by_text("—", exact=True)).to_have_count(
        0 if kind.config.probabilistic else 3
    )
    notes = page.locator(".note")
    plain, gaussian = not kind.config.probabilistic, kind.config.likelihood == "gaussian"
    expect(notes).to_have_count(plain + gaussian)
    read_as = page.get_by_test_id("read-as")
    expect(read_as).to_have_count(int(kind.config.conditional))
    if label is not None:
        expect(read_as).to_contain_text(found.numbers["label"])
        expect_shown(picture(page, "styled"), lab.decode(*found.numbers["mean"], name, label))


def check_decode(page: Page, lab: Lab, name: str, label: str | None) -> None:
    kind = KINDS[name]
    expect_shown(picture(page, "decoded"), lab.decode(*Z, name, label))
    box = picture(page, "decoded").bounding_box()
    assert box
    assert box["width"] / box["height"] == pytest.approx(kind.size[0] / kind.size[1], rel=0.02)
    expect(page.get_by_text(f"of {kind.n} test codes")).to_be_visible()
    rows = page.locator("table.plain:visible tbody tr")
    expect(rows).to_have_count(min(5, kind.n))
    expect(page.get_by_role("columnheader", name="label")).to_have_count(
        int(bool(kind.config.classes))
    )


def check_interpolate(page: Page, lab: Lab, name: str, label: str | None) -> None:
    kind = KINDS[name]
    z = [float(page.get_by_label(f"{end}: z{k}").input_value()) for end in "AB" for k in (1, 2)]
    images = lab.interpolate((z[0], z[1]), (z[2], z[3]), STEPS, name, label)[1]
    strip = page.locator(".straight canvas")
    expect(strip).to_have_count(STEPS)
    for place in (0, STEPS // 2, STEPS - 1):
        expect_shown(strip.nth(place), to_pil(images[place]))
    shortest = lab.geodesic((z[0], z[1]), (z[2], z[3]), STEPS, name, label).images
    curved = page.locator(".geodesic[aria-hidden=false] canvas")
    expect(curved).to_have_count(STEPS)
    for place in (0, STEPS // 2, STEPS - 1):
        expect_shown(curved.nth(place), to_pil(shortest[place]))
    if kind.n > 1:
        assert z[:2] != z[2:]
    expect(page.get_by_placeholder(f"0 to {kind.n - 1}", exact=True)).to_have_count(2)
    chosen = [page.get_by_label(f"{end}: typical image of a class") for end in "AB"]
    if len(kind.config.classes) > 1 and not kind.config.conditional:
        for choice, expected in zip(chosen, lab.classes_met(name), strict=False):
            expect(choice).to_have_value(expected)
        other = lab.classes_met(name)[2]
        chosen[1].click()
        page.get_by_role("option", name=other, exact=True).click()
        for axis, value in enumerate(lab.class_code(other, name), 1):
            expect(page.get_by_label(f"B: z{axis}")).to_have_value(f"{round(value, 4):g}")
    else:
        for choice in chosen:
            expect(choice).to_be_hidden()


def check_map(page: Page, lab: Lab, name: str, label: str | None) -> None:
    kind = KINDS[name]
    shown = visible_map(page)
    offered = shown.locator("select option").evaluate_all(
        "options => options.filter((o) => !o.hidden).map((o) => o.text)"
    )
    first = "class" if kind.config.classes else "nothing"
    rate = ["rate"] * kind.config.probabilistic
    assert offered == [first, "distortion", *rate, "log p(x)", "k-means"]
    canvas = shown.locator(".marks")
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    preview = shown.locator(".preview canvas")
    expect(preview).to_be_visible()
    page.wait_for_function(
        "([w, h]) => [...document.querySelectorAll('.preview:not([hidden]) canvas')]"
        ".some((canvas) => canvas.width === w && canvas.height === h)",
        arg=list(kind.size),
    )
    caption = shown.locator("figcaption")
    expect(caption).not_to_contain_text("undefined")
    if label is not None:
        expect(caption).to_contain_text(f"as {label}")
    expect(shown.get_by_text("No history of this model's training was kept")).to_be_visible()
    expect(shown.get_by_role("button", name="Replay the training")).to_be_hidden()


def check_complete(page: Page, lab: Lab, name: str, label: str | None) -> None:
    """The first example, its right half hidden."""
    config = KINDS[name].config
    x = images.prepare(str(suited_to(lab, name)[0].path), config)
    width = config.shape[2]
    mask = (torch.arange(width) < (width + 1) // 2).expand(config.shape[1:])
    told = config.classes.index(label) if label is not None else None
    found, numbers = lab.fill_in((255 * x).round() / 255, mask, name, told)
    told_bits = f"{numbers['information_bits']:.1f} bits"
    expect(page.get_by_test_id("told")).to_contain_text(told_bits, timeout=60_000)  # a grid first
    expect_shown(picture(page, "completion"), to_pil(found.mean))
    expect(page.get_by_alt_text(re.compile(r"completion \d of 8"))).to_have_count(8)
    for tool in ("Draw", "Erase to paper"):
        button = page.get_by_test_id("mask-pad").get_by_role("button", name=tool)
        expect(button).to_have_count(int(config.preparation == "ink"))


def check_manifold(page: Page, lab: Lab, name: str, label: str | None) -> None:
    kind = KINDS[name]
    open_tab(page, "Tour the manifold")
    expect(page.locator("[data-testid=manifold][data-ready=true]")).to_be_visible()
    no_prior = page.get_by_text("This plain autoencoder has no prior")
    expect(no_prior).to_have_count(int(not kind.config.probabilistic))
    page.locator(".manifold .marks").click(position={"x": 60, "y": 90})
    z = page.evaluate("latentLab.z")
    expect_shown(page.locator(".manifold .preview canvas"), lab.decode(*z, name, label))
    if label is not None:
        expect(page.locator(".manifold figcaption")).to_contain_text(f"as {label}")
    page.evaluate("z => latentLab.setZ(...z)", Z)


def check_everything(page: Page, lab: Lab, name: str, given: str, label: str | None) -> None:
    kind = KINDS[name]
    expect(page.get_by_label("Class", exact=True)).to_have_count(int(kind.config.conditional))
    h, w = kind.config.shape[1:]
    expect(page.locator("#about-model")).to_contain_text(f"{h}×{w}")
    expect(page.locator("#about-model")).to_contain_text(MADE_BY.get(name, "ELBO"))
    for tab in (*TABS, "Complete a picture"):
        open_tab(page, tab)
        expect(visible_map(page).locator(".classes button")).to_have_text(list(kind.config.classes))
        if tab == "Reconstruct":
            check_reconstruct(page, lab, name, given, label)
        elif tab == "Decode":
            check_decode(page, lab, name, label)
        elif tab == "Interpolate":
            check_interpolate(page, lab, name, label)
        elif tab == "Map":
            check_map(page, lab, name, label)
        else:
            check_complete(page, lab, name, label)
    check_manifold(page, lab, name, label)
    no_toast(page)


def go_to_z(page: Page) -> None:
    open_tab(page, "Decode")
    for axis, value in enumerate(Z, 1):
        number = page.get_by_label(f"number input for z{axis}")
        number.fill(str(value))
        number.press("Enter")
    open_tab(page, "Reconstruct")


def upload(page: Page, folder: Path) -> str:
    path = folder / "picture.png"
    photograph().save(path)
    open_tab(page, "Upload, paste, webcam")
    before = picture(page, "seen").get_attribute("src")
    page.locator("input[type=file]").first.set_input_files(path)
    expect(picture(page, "seen")).not_to_have_attribute("src", before or "")
    return str(path)


@pytest.mark.slow
def test_a_picture_of_ones_own_goes_with_every_model(page: Page, lab: Lab, tmp_path: Path) -> None:
    go_to_z(page)
    given = upload(page, tmp_path)
    for name in VARIED:
        pick_model(page, name)
        check_everything(page, lab, name, given, lab.told(None, name))


@pytest.mark.slow
def test_every_model_has_examples_that_suit(page: Page, lab: Lab) -> None:
    for name in ("frey-vae", "cifar10-vae", "folder-many", "folder-tiny", "mnist-vae"):
        kind = KINDS[name]
        pick_model(page, name)
        buttons = page.locator("#examples button")
        if kind.config.preparation == "ink":
            expect(buttons).to_have_count(6)
            expect(buttons.first).to_have_text("three on white")
        elif len(kind.config.classes) > 1:
            expect(buttons).to_have_count(min(6, len(lab.classes_met(name))))
            expect(buttons.last).to_contain_text(lab.classes_met(name)[:6][-1])
        else:
            expect(buttons).to_have_count(min(6, kind.n))
            expect(buttons.first).to_have_text(re.compile(r"\w+ 1"))
        icons = buttons.locator("img")
        expect(icons).to_have_count(buttons.count())
        page.wait_for_function(
            "() => [...document.querySelectorAll('#examples img')].every((img) => img.naturalWidth)"
        )
        if kind.config.preparation == "photo":  # its own decode, seen as it is
            w, h = icons.first.evaluate("img => [img.naturalWidth, img.naturalHeight]")
            assert (w, h) == kind.size
        page.wait_for_function(NATIVE, arg=list(kind.size))
        if buttons.count() > 1:
            for button in (buttons.last, buttons.first):
                before = picture(page, "seen").get_attribute("src")
                button.click()
                expect_change(page, picture(page, "seen"), before)
            page.wait_for_function(NATIVE, arg=list(kind.size))
        no_toast(page)


def test_the_class_picked_is_decoded_everywhere(page: Page, lab: Lab, tmp_path: Path) -> None:
    name = "mnist-cvae"
    go_to_z(page)
    given = upload(page, tmp_path)
    pick_model(page, name)
    expect(page.get_by_label("Class", exact=True)).to_have_value("0")
    pick_class(page, "7")
    check_everything(page, lab, name, given, "7")
    open_tab(page, "Reconstruct")
    page.get_by_role("button", name="Make this the current code").click()
    read = lab.encode(given, name)["label"]
    expect(page.get_by_label("Class", exact=True)).to_have_value(read)
    pick_model(page, "folder-told")  # has no class of that name
    expect(page.get_by_label("Class", exact=True)).to_have_value("person 0")
    no_toast(page)


def test_whoever_hurries_through_the_models_sees_the_last(
    page: Page, lab: Lab, tmp_path: Path
) -> None:
    go_to_z(page)
    given = upload(page, tmp_path)
    page.get_by_role("button", name="Another picture").click()  # what was shown stays
    names = [*random.Random(0).sample([*KINDS], 5), "cifar10-vae"]
    for name in names:
        pick_model(page, name)
    check_reconstruct(page, lab, names[-1], given, None)
    open_tab(page, "Decode")
    check_decode(page, lab, names[-1], None)
    open_tab(page, "Map")
    check_map(page, lab, names[-1], None)
    no_toast(page)


def test_a_picture_the_next_model_cannot_use(page: Page, tmp_path: Path) -> None:
    """A blank page is a photograph, but has no digit on it."""
    pick_model(page, "frey-vae")
    path = tmp_path / "blank.png"
    photograph().resize((1, 1)).resize((50, 70)).save(path)
    open_tab(page, "Upload, paste, webcam")
    before = picture(page, "seen").get_attribute("src")
    page.locator("input[type=file]").first.set_input_files(path)
    expect(picture(page, "seen")).not_to_have_attribute("src", before or "")
    pick_model(page, "mnist-vae")
    expect(page.get_by_test_id("toast-text").last).to_contain_text("looks blank")
    expect(picture(page, "seen")).to_have_count(0)
    expect(page.locator("table.numbers")).to_have_count(0)
    page.get_by_role("button", name="three on white").click()
    expect(picture(page, "reconstruction")).to_be_visible()


@pytest.mark.parametrize("name", ["mnist-cvae", "folder-many"])
def test_no_kind_is_wider_than_a_phone(phone: Page, name: str) -> None:
    pick_model(phone, name)
    expect(phone.locator("#about-model")).to_contain_text(f"{KINDS[name].config.shape[1]}×")
    for tab in TABS:
        open_tab(phone, tab)
        expect(visible_map(phone)).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    no_toast(phone)
