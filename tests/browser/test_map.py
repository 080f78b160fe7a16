"""The latent map: what it shows, holds and selects; in the lab, and in somebody else's Blocks."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import fresh
from tests.browser.test_tabs import (
    expect_painted,
    map_box,
    open_tab,
    painted,
    picture,
    visible_map,
)
from tests.live import Server, running_code
from vae_core import load_encodings

SPAN = 9  # of the view at the start, in units of the axes


def place(box: dict[str, float], z1: float, z2: float) -> tuple[float, float]:
    """Where a code is on the screen."""
    return (
        box["x"] + (z1 / SPAN + 0.5) * box["width"],
        box["y"] + (0.5 - z2 / SPAN) * box["height"],
    )


def drag(page: Page, path: list[tuple[float, float]]) -> None:
    page.mouse.move(*path[0])
    page.mouse.down()
    for x, y in path[1:]:
        page.mouse.move(x, y, steps=4)
    page.mouse.up()


def expect_view(page: Page, x: float, y: float, words: str) -> None:
    """Wait until the place under the pointer is said to be another code."""
    page.mouse.move(x, y)
    expect(visible_map(page).locator("figcaption")).to_contain_text(words)


def selected(page: Page, tmp_path: Path) -> list[dict[str, str]]:
    """What the CSV file of the selection says."""
    with page.expect_download() as download:
        visible_map(page).get_by_text("Download as CSV").click()
    assert download.value.suggested_filename == "selected-codes.csv"
    path = tmp_path / "selected.csv"
    download.value.save_as(path)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_box_selects_what_is_in_it(page: Page, tmp_path: Path) -> None:
    open_tab(page, "Map")
    _, box = map_box(page)
    visible_map(page).get_by_role("button", name="Box").click()
    drag(page, [place(box, 0.5, 0.5), place(box, 2, 2)])
    encodings = load_encodings("mnist-vae")
    inside = ((encodings.mean > 0.5) & (encodings.mean < 2)).all(1).nonzero().flatten().tolist()
    rows = selected(page, tmp_path)
    edge = ((encodings.mean - 0.5).abs().min(1).values < 0.02) | (
        (encodings.mean - 2).abs().min(1).values < 0.02
    )
    assert {int(row["index"]) for row in rows} ^ set(inside) <= set(
        edge.nonzero().flatten().tolist()
    )
    for row in rows:
        index = int(row["index"])
        assert row["label"] == str(encodings.label[index].item())
        code = [float(row["z1"]), float(row["z2"])]
        assert code == pytest.approx(encodings.mean[index].tolist(), abs=1e-5)
    section = visible_map(page).locator(".selection")
    expect(section.locator("p").first).to_contain_text(f"{len(rows)} test images selected")
    zeros = sum(row["label"] == "0" for row in rows)
    expect(section.locator("p").first).to_contain_text(f"0: {zeros}")
    sheet = section.locator("canvas")
    page.wait_for_function(
        "(canvas) => canvas.width === 280 && canvas.height === 280", arg=sheet.element_handle()
    )
    section.get_by_role("button", name="Clear").click()
    expect(section).to_be_hidden()


def test_a_lasso_selects_what_is_in_it(page: Page, tmp_path: Path) -> None:
    """A triangle, checked by the signs of cross products."""
    open_tab(page, "Map")
    _, box = map_box(page)
    visible_map(page).get_by_role("button", name="Lasso").click()
    corners = np.array([[0.4, 0.3], [2.5, 0.3], [0.4, 2.5]])
    drag(page, [place(box, *corner) for corner in [*corners, corners[0]]])
    mean = load_encodings("mnist-vae").mean.numpy()
    sides = []
    for a, b in zip(corners, np.roll(corners, -1, 0), strict=True):
        (dx, dy), away = b - a, mean - a
        sides.append((dx * away[:, 1] - dy * away[:, 0]) / np.hypot(dx, dy))
    depth = np.min(sides, axis=0)  # how far inside the triangle
    found = {int(row["index"]) for row in selected(page, tmp_path)}
    assert set(np.flatnonzero(depth > 0.03)) <= found <= set(np.flatnonzero(depth > -0.03))


def test_the_keyboard_selects_around_the_code(page: Page) -> None:
    open_tab(page, "Map")
    marks, _ = map_box(page)
    marks.focus()
    page.keyboard.press("s")
    near = (load_encodings("mnist-vae").mean.norm(dim=1) <= 0.3).sum().item()
    expect(visible_map(page).locator(".selection p").first).to_contain_text(f"{near} test images")


def test_hidden_classes_are_not_selected(page: Page, tmp_path: Path) -> None:
    open_tab(page, "Map")
    _, box = map_box(page)
    visible_map(page).get_by_role("button", name="0", exact=True).click()
    visible_map(page).get_by_role("button", name="Box").click()
    drag(page, [place(box, -4, -4), place(box, 4, 4)])
    rows = selected(page, tmp_path)
    assert {row["label"] for row in rows} == set("123456789")


def test_the_plane_can_be_painted_under_the_points(page: Page) -> None:
    open_tab(page, "Map")
    back = visible_map(page).locator("canvas.back")
    plain = painted(back)
    visible_map(page).get_by_label("decoded plane").check()
    expect_painted(back, "!==", plain)
    visible_map(page).get_by_label("decoded plane").uncheck()
    expect_painted(back, "===", plain)


def test_dragging_beside_the_code_moves_the_view(page: Page) -> None:
    open_tab(page, "Map")
    _, box = map_box(page)
    drag(page, [place(box, 3.5, 3.5), place(box, 2.5, 3.0)])
    expect_view(page, *place(box, 3.0, 3.5), "z = (4.0")
    assert page.evaluate("latentLab.z") == [0, 0]


def test_a_finger_drags_the_code(phone: Page) -> None:
    open_tab(phone, "Decode")
    marks, _ = map_box(phone)
    marks.scroll_into_view_if_needed()
    _, box = map_box(phone)
    decoded = picture(phone, "decoded")
    shown = painted(decoded)
    touch = phone.context.new_cdp_session(phone)
    path = [place(box, 0, 0), place(box, 0.5, -0.7), place(box, 1, -1.5)]
    for kind, (x, y) in zip(("touchStart", "touchMove", "touchMove"), path, strict=True):
        point = {"type": kind, "touchPoints": [{"x": x, "y": y}]}
        touch.send("Input.dispatchTouchEvent", point)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_painted(decoded, "!==", shown)
    assert phone.evaluate("latentLab.z") == pytest.approx([1, -1.5], abs=0.1)


def test_two_fingers_zoom(phone: Page) -> None:
    open_tab(phone, "Map")
    marks, _ = map_box(phone)
    marks.scroll_into_view_if_needed()
    _, box = map_box(phone)
    points = visible_map(phone).locator(".points")
    shown = painted(points)
    touch = phone.context.new_cdp_session(phone)
    x, y = place(box, 1, 1)
    for kind, apart in (("touchStart", 20), ("touchMove", 40), ("touchMove", 60)):
        fingers = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_painted(points, "!==", shown)
    assert phone.evaluate("latentLab.z") == [0, 0]
    visible_map(phone).get_by_role("button", name="reset").click()
    expect_painted(points, "===", shown)


@pytest.mark.parametrize(("end", "key"), [(0, "a"), (1, "b")])
def test_the_ends_of_a_path_can_be_dragged_and_moved_by_keys(
    page: Page, end: int, key: str
) -> None:
    open_tab(page, "Interpolate")
    expect(visible_map(page)).to_be_visible()
    marks, box = map_box(page)
    page.wait_for_function("latentLab.ends")
    before = page.evaluate("latentLab.ends")
    tile = page.locator(".straight canvas").nth(-end)
    shown = painted(tile)
    start = before[2 * end : 2 * end + 2]
    drag(page, [place(box, *start), place(box, -2, 2)])
    expect_painted(tile, "!==", shown)
    z1 = page.get_by_label(f"{'AB'[end]}: z1")
    expect(z1).to_have_value(f"{page.evaluate('latentLab.ends')[2 * end]:g}")
    assert page.evaluate("latentLab.ends")[2 * end : 2 * end + 2] == pytest.approx(
        [-2, 2], abs=0.05
    )
    other = slice(2 - 2 * end, 4 - 2 * end)
    assert page.evaluate("latentLab.ends")[other] == before[other]
    expect(page.get_by_label(f"{'AB'[end]}: typical image of a class")).to_have_value("")
    now = page.evaluate("latentLab.ends")[2 * end]
    marks.focus()
    page.keyboard.press(key)
    page.keyboard.press("Shift+ArrowLeft")
    assert page.evaluate("latentLab.ends")[2 * end] == pytest.approx(now - 0.5, abs=1e-3)


def test_an_empty_field_moves_nothing(page: Page) -> None:
    open_tab(page, "Interpolate")
    expect(visible_map(page)).to_be_visible()
    page.wait_for_function("latentLab.ends")
    before = page.evaluate("latentLab.ends")
    z1 = page.get_by_label("A: z1")
    z1.fill("")
    z1.press("Enter")
    expect(page.get_by_label("A: typical image of a class")).to_have_value("")
    assert page.evaluate("latentLab.ends") == before


def test_the_walk_can_be_scrubbed_and_played(page: Page) -> None:
    open_tab(page, "Interpolate")
    player = page.locator(".player > canvas")
    expect(player).to_be_visible()
    first = painted(player)
    scrubber = page.get_by_label("Place on the path")
    scrubber.focus()
    page.keyboard.press("End")
    expect_painted(player, "!==", first)
    assert painted(player) == painted(page.locator(".straight canvas").last)
    page.keyboard.press("Home")
    expect_painted(player, "===", first)
    page.get_by_label("Speed").select_option("2")
    page.get_by_role("button", name="Play").click()
    expect_painted(player, "!==", first)
    page.wait_for_function(  # there, and on the way back
        "(s) => { s.most = Math.max(s.most ?? 0, s.value); return s.most > 0.9 && s.value < 0.8; }",
        arg=scrubber.element_handle(),
    )
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


# In somebody else's Blocks: the example of LatentMap's docstring

ALONE = """
import sys
from pathlib import Path
import gradio as gr
from ui.components.latent_map import LatentMap, describe_model

with gr.Blocks() as demo:
    code = gr.JSON(elem_id="code")

    def show(event: gr.EventData):
        return event.z

    for name in ("mnist-vae", "frey-vae"):
        latent_map = LatentMap({"model": describe_model(Path("weights") / name)}, label=name)
        latent_map.select(show, outputs=code)
    ramp = {"values": list(range(16)), "side": 4, "span": 4}
    LatentMap({"model": describe_model(Path("weights/mnist-vae")), "field": ramp,
               "path": [[0, 0], [1, 1]]}, label="layers")
demo.launch(server_port=int(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def alone() -> Iterator[Server]:
    with running_code(ALONE) as app:
        yield app


def hover(page: Page, shown: Locator) -> tuple[int, int]:
    """The size of the picture that pointing shows."""
    shown.locator(".marks").hover(position={"x": 60, "y": 60})
    preview = shown.locator(".preview canvas")
    expect(preview).to_be_visible()
    width, height = preview.evaluate("(canvas) => [canvas.width, canvas.height]")
    return width, height


def test_a_map_works_in_anyones_blocks(desktop: BrowserContext, alone: Server) -> None:
    with desktop.new_page() as tall:
        tall.set_viewport_size({"width": 900, "height": 2600})
        with fresh(tall, alone.url) as page:
            maps = page.locator("[data-testid=latent-map][data-ready=true]")
            expect(maps).to_have_count(3)
            assert hover(page, maps.nth(0)) == (28, 28)
            assert hover(page, maps.nth(1)) == (20, 28)
            maps.nth(0).locator(".marks").click(position={"x": 30, "y": 30})
            expect(page.locator("#code")).to_contain_text("-")
            plain, layered = (painted(maps.nth(k).locator("canvas.back")) for k in (0, 2))
            assert plain != layered
