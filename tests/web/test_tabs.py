"""The tabs: what a hand or a key changes, and what an address opens."""

import json

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from sklearn.neighbors import KNeighborsClassifier

from tests.web.conftest import FOLDS, open_lab, open_tab, use
from tests.web.expected import model_of
from tests.web.hands import MAP, PAINTED, drag, draw, expect_repainted, painted, place_of
from ui.components import TABS
from ui.descriptions import names_in
from ui.export import WEIGHTS
from ui.real_images import picked
from vae_core import load_encodings
from vae_core.features import knn_regions


@pytest.mark.both
def test_every_tab_opens_and_the_address_keeps_it(page: Page, address: str) -> None:
    for name in (*TABS, *FOLDS):
        open_tab(page, name)
        page.wait_for_function("(name) => latentLab.tab === name", arg=FOLDS.get(name, name))
    page.wait_for_function("() => location.search.includes('tab=style')")
    page.locator("[data-fold=style] summary").first.click()
    page.wait_for_function("() => location.search.includes('tab=generate')")
    open_lab(page, f"{address}?model=frey-vae&z=1,-0.5&tab=interpolate&path=0,0,1,1,7")
    expect(page.get_by_role("tab", name="Interpolate")).to_have_attribute("aria-selected", "true")
    assert page.evaluate("latentLab.model") == "frey-vae"
    assert page.evaluate("latentLab.z") == [1, -0.5]
    expect(page.get_by_test_id("straight").locator("canvas")).to_have_count(7)
    link = page.evaluate("latentLab.link()")
    for part in ("model=frey-vae", "z=1%2C-0.5", "path=0%2C0%2C1%2C1%2C7", "tab=interpolate"):
        assert part in link


def test_a_link_brings_what_was_hidden_and_what_was_drawn(page: Page, address: str) -> None:
    page.wait_for_function("() => latentLab.seen")
    draw(page, [(0.3, 0.25), (0.7, 0.25), (0.5, 0.8)])
    drawn = page.evaluate("[...latentLab.seen.image]")
    open_tab(page, "complete")
    page.get_by_role("button", name="Hide the lower half").click()
    page.wait_for_function("() => location.search.includes('mask=')")
    wanted = page.evaluate(
        "import('./lab/link.js').then(({ link }) => [link({ drawing: true }), link()])"
    )
    assert "drawing=" in wanted[0]
    assert "drawing=" not in wanted[1]
    assert len(wanted[0]) < 2000
    observed = page.locator(".mask-pad [role=status]").text_content()
    open_lab(page, wanted[0])
    expect(page.locator(".mask-pad [role=status]")).to_have_text(observed or "nothing")
    seen = page.evaluate("[...latentLab.seen.image]")
    assert np.abs(np.subtract(seen, drawn)).mean() < 0.02  # to a 255th of the pad
    open_lab(page, f"{address}?example=3")
    expect(page.locator(".examples button[aria-pressed=true]").first).to_contain_text("5")


@pytest.mark.parametrize(
    "query",
    [
        "model=nobody",
        "z=a,b",
        "tab=x&path=1,2",
        "z=1e99,0",
        "drawing=%25&mask=*",
        "drawing=a.b&example=77",
        "mask=AAAA&example=x&tab=complete",
    ],
)
def test_an_address_that_names_nothing_opens_the_first_view(
    page: Page, address: str, query: str
) -> None:
    open_lab(page, f"{address}?{query}")
    assert page.evaluate("latentLab.model") == "mnist-vae"
    page.wait_for_function("() => latentLab.seen")
    assert abs(np.array(page.evaluate("latentLab.z"))).max() <= 6
    if "model=" in query:
        expect(page.locator(".lab-header > .status")).to_contain_text("There is no model")


@pytest.mark.both
def test_sliders_keys_and_the_ring_move_the_code(page: Page) -> None:
    open_tab(page, "decode")
    page.locator(MAP).first.wait_for()
    canvas = page.get_by_test_id("decoded").locator("canvas").first
    page.get_by_label("z1, across on the map").fill("1.5")
    assert page.evaluate("latentLab.z[0]") == 1.5
    before = painted(canvas)
    drag(page, tuple(page.evaluate("latentLab.z")), (-1, 1))
    expect_repainted(page, canvas, before)
    assert page.evaluate("latentLab.z") == pytest.approx([-1, 1], abs=0.1)
    page.locator(f"{MAP} .marks").first.focus()
    z1, z2 = page.evaluate("latentLab.z")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert page.evaluate("latentLab.z") == pytest.approx([z1 + 0.05, z2 - 0.5])
    pixels = page.evaluate("Array.from(latentLab.decode(...latentLab.z))")
    expected = model_of("mnist-vae").decode(torch.tensor([page.evaluate("latentLab.z")]))
    np.testing.assert_allclose(pixels, expected.flatten(), atol=2 / 255)


@pytest.mark.both
def test_back_goes_to_the_last_tab(page: Page) -> None:
    """And forward again; what was done on a tab is not undone by it."""
    page.wait_for_function("location.search.includes('tab=reconstruct')")
    for name in ("decode", "map"):
        open_tab(page, name)
    page.evaluate("latentLab.setZ(1, 0.5)")
    page.wait_for_function("location.search.includes('z=1%2C0.5')")
    for step, name in (("back", "Decode"), ("back", "Reconstruct"), ("forward", "Decode")):
        page.evaluate(f"history.{step}()")
        tab = page.get_by_role("tab", name=name, exact=True)
        expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("decoded").locator("canvas").first).to_be_visible()
    assert page.evaluate("latentLab.z") == [1, 0.5]


def test_what_is_around_a_code_is_the_encodings(page: Page) -> None:
    open_tab(page, "decode")
    page.evaluate("latentLab.setZ(0.7, -0.3)")
    mean = load_encodings("mnist-vae").mean
    away = (mean - torch.tensor([0.7, -0.3])).norm(dim=1)
    distance, index = away.sort()
    pictures = page.get_by_test_id("nearest").locator("figure")
    label = load_encodings("mnist-vae").label
    for k in (0, 3):
        said = f"{label[index[k]]}, decoded, {distance[k]:.2f} away"
        expect(pictures.nth(k)).to_contain_text(said)
    shipped = torch.tensor(picked("mnist-vae"))
    nearest = away[shipped].argmin()
    said = f"{label[shipped[nearest]]}, real, {away[shipped].min():.2f} away"
    expect(pictures.nth(4)).to_contain_text(said)
    count = int((away <= 0.2).sum())
    expect(page.get_by_test_id("crowd")).to_contain_text(f"{count} of 10,000 test codes")
    field = page.get_by_label("z1", exact=True)
    field.fill("99")
    field.dispatch_event("change")
    expect(page.get_by_role("alert").last).to_contain_text("type one from −6 to 6")
    assert page.evaluate("latentLab.z") == [0.7, -0.3]


def test_the_map_is_coloured_selected_from_and_layered(page: Page) -> None:
    open_tab(page, "map")
    tab = page.locator(".map-tab")
    page.locator(MAP).wait_for()
    points = tab.locator(".points")
    before = painted(points)
    tab.get_by_label("Colour by").select_option("k-means")
    expect_repainted(page, points, before)
    expect(tab.locator(".agreement")).to_contain_text("The adjusted Rand index")
    back = tab.locator("canvas.back")
    for name in ("area factor", "aggregate posterior", "kNN regions"):
        before = painted(back)
        tab.get_by_label(name).check()
        expect_repainted(page, back, before)
    accuracy = json.loads((WEIGHTS / "mnist-vae/metrics.json").read_text())["knn_accuracy"]
    assert 0.8 < accuracy < 1
    expect(tab.locator(".words")).to_contain_text("nearest test codes")
    tab.locator(".marks").focus()
    page.evaluate("latentLab.setZ(1, 0.5)")
    page.keyboard.press("s")
    mean = load_encodings("mnist-vae").mean
    near = int(((mean - torch.tensor([1.0, 0.5])).norm(dim=1) <= 0.3).sum())
    expect(tab.locator(".selection")).to_contain_text(f"{near} test images are selected")
    with page.expect_download() as waiting:
        tab.get_by_role("link", name="Download as CSV").click()
    lines = waiting.value.path().read_text().splitlines()
    assert lines[0] == "index,label,z1,z2"
    assert len(lines) == near + 1


def test_regions_are_those_of_the_neighbours(page: Page) -> None:
    """Against scikit-learn, and the library's own."""
    found = page.evaluate(
        """async () => {
          const url = (name) => new URL(`lab/core/${name}.js`, location.href.split("?")[0]).href;
          const { regions, SIDE } = await import(url("regions"));
          const { encodingsOf } = await import(url("encodings"));
          const { lab } = await import(url("../store"));
          const points = await encodingsOf(lab.model);
          return { side: SIDE, values: [...await regions(points, 7, 9, () => true)] };
        }"""
    )
    encodings, side = load_encodings("mnist-vae"), found["side"]
    axis = ((torch.arange(side) + 0.5) / side - 0.5) * 9
    places = torch.cartesian_prod(-axis, axis).flip(1)
    expected = knn_regions(encodings.mean, encodings.label, places, 7)
    assert (torch.tensor(found["values"]) == expected).float().mean() > 0.999
    other = KNeighborsClassifier(7).fit(encodings.mean, encodings.label).predict(places)
    assert (np.array(found["values"]) == other).mean() > 0.99


def test_the_training_is_replayed(page: Page) -> None:
    open_tab(page, "map")
    page.locator(MAP).wait_for()
    page.emulate_media(reduced_motion="reduce")
    points = page.locator(".map-tab .points")
    before = painted(points)
    page.get_by_role("button", name="Replay the training").click()
    expect_repainted(page, points, before)
    expect(page.locator(".replay output")).to_have_text("0.0 of 255")
    page.get_by_label("epoch").fill("24")
    expect(page.locator(".replay output")).to_have_text("255.0 of 255")
    page.get_by_role("button", name="Back to the trained model").click()
    page.wait_for_function(
        f"([canvas, before]) => ({PAINTED})(canvas) === before",
        arg=[points.element_handle(), before],
    )
    page.emulate_media(reduced_motion="no-preference")


@pytest.mark.both
def test_a_half_is_completed(page: Page) -> None:
    page.wait_for_function("() => latentLab.seen")
    open_tab(page, "complete")
    evidence = page.get_by_test_id("evidence")
    expect(evidence).to_contain_text("The 392 observed pixels tell")
    guess = page.get_by_test_id("completion").locator("canvas")
    before = painted(guess)
    page.get_by_role("button", name="Hide all").click()
    expect(evidence).to_contain_text("Nothing is observed")
    expect_repainted(page, guess, before)
    page.get_by_role("button", name="Undo").last.click()
    expect(evidence).to_contain_text("The 392 observed pixels tell")
    page.get_by_label("Noise").fill("50")
    expect(evidence).to_contain_text("in spite of the noise")
    expect(page.locator(".complete .found .pictures").first.locator("figure")).to_have_count(2)
    page.get_by_role("button", name="A hidden page to draw on").click()
    expect(page.locator(".mask-pad")).to_contain_text("0 of 784 pixels are observed.")
    pad = page.get_by_role("application", name="The picture to complete")
    pad.focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowDown")
    expect(evidence).to_contain_text("After 3 strokes")


@pytest.mark.both
def test_two_models_are_compared(page: Page) -> None:
    page.wait_for_function("() => latentLab.seen")
    open_tab(page, "compare")
    expect(page.locator(".compare .name-b")).to_have_text("mnist-ae")
    expect(page.get_by_test_id("same")).to_contain_text("by mnist-ae: distortion")
    page.get_by_test_id("rival").select_option("mnist-beta4")
    expect(page.locator(".compare .why")).to_contain_text("With a smaller β")
    figures = page.get_by_test_id("figures")
    cards = [
        json.loads((WEIGHTS / name / "metrics.json").read_text())
        for name in ("mnist-vae", "mnist-beta4")
    ]
    expect(figures.locator("tr", has_text="ELBO").first).to_contain_text(
        f"{cards[0]['elbo']:.1f}".replace("-", "−")
    )
    better = figures.locator("tr", has=page.get_by_role("rowheader", name="ELBO", exact=True))
    apart = abs(cards[0]["elbo"] - cards[1]["elbo"])
    reach = np.hypot(*[np.ptp(card["interval"]["elbo"]) / 2 for card in cards])
    expect(better.locator("strong")).to_have_count(int(apart > reach))
    canvas = page.locator(".compare .columns h2 canvas").nth(1)
    before = painted(canvas)
    page.evaluate("latentLab.setZ(1.2, 1.2)")
    expect_repainted(page, canvas, before)
    use(page, "frey-vae")
    expect(page.get_by_text("frey-vae is the only model here of its data")).to_be_visible()
    expect(page.locator(".rate-distortion circle")).to_have_count(1)


def test_on_a_phone_two_models_share_one_place(phone: Page) -> None:
    open_tab(phone, "compare")
    plane = phone.locator(f".compare {MAP}")
    expect(plane).to_have_count(1)
    place = plane.bounding_box()
    phone.locator(".switch").get_by_role("button", name="mnist-ae").tap()
    expect(phone.locator(".compare .map-a")).to_be_hidden()
    assert plane.bounding_box() == place


OVERLAPS = """(chart) => {
  const names = [...chart.querySelectorAll("text")];
  const boxes = names.map((name) => name.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 4 && b.top < a.bottom - 4;
  return names.filter((_, i) => boxes.some((box, k) => k !== i && meet(box, boxes[i])))
    .map((name) => name.textContent);
}"""


def test_no_name_in_the_chart_of_models_lies_on_another(page: Page) -> None:
    open_tab(page, "compare")
    chart = page.locator(".rate-distortion")
    expect(chart.locator("circle")).to_have_count(8)
    expect(chart.get_by_text("mnist-exact ↑ 261")).to_have_count(1)  # far from all others
    assert chart.evaluate(OVERLAPS) == []


@pytest.mark.both
def test_the_manifold_is_toured(page: Page) -> None:
    open_tab(page, "manifold")
    sheet = page.locator("[data-testid=manifold][data-ready=true]")
    sheet.wait_for()
    expect(sheet.locator(".where")).to_contain_text("of the prior's probability")
    tiles = sheet.locator(".tiles")
    before = painted(tiles)
    sheet.locator(".marks").focus()
    page.keyboard.press("+")
    expect_repainted(page, tiles, before)
    here = page.evaluate("latentLab.z")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.evaluate("latentLab.z") != here
    expect(sheet.locator(".announce")).to_contain_text("The current code is now")
    with page.expect_download() as waiting:
        sheet.get_by_role("button", name="Download (PNG)").click()
    assert waiting.value.suggested_filename.startswith("mnist-vae-manifold-")


@pytest.mark.slow
@pytest.mark.parametrize("model", names_in(WEIGHTS))
def test_every_model_opens_every_tab(page: Page, model: str) -> None:
    use(page, model)
    for name in (*TABS, *FOLDS):
        open_tab(page, name)
    page.wait_for_function("() => latentLab.seen")
    expect(page.locator("[role=tabpanel]:visible")).not_to_be_empty()


def test_pointing_shows_what_is_there(page: Page) -> None:
    open_tab(page, "map")
    page.locator(MAP).wait_for()
    page.mouse.move(*place_of(page, (0.5, 0.5)))
    expect(page.locator(".map-tab .preview")).to_be_visible()
    expect(page.locator(".map-tab .preview")).to_contain_text("z = (")
    page.mouse.click(*place_of(page, (2.6, 2.6)))
    assert page.evaluate("latentLab.z") == pytest.approx([2.6, 2.6], abs=0.3)


@pytest.mark.both
@pytest.mark.parametrize("tab", ["decode", "map", "interpolate"])
def test_on_a_phone_the_picture_is_in_view_while_one_drags(phone: Page, tab: str) -> None:
    phone.evaluate("(tab) => latentLab.open?.(tab)", tab)
    button = phone.get_by_role("tab", name=TABS[tab], exact=True)
    if button.count() and button.first.is_visible():
        button.first.click()
    else:  # Gradio keeps those that do not fit behind a button
        phone.locator(".overflow-menu button").first.click()
        phone.get_by_role("button", name=TABS[tab], exact=True).click()
    map_ = phone.locator(MAP).first
    map_.wait_for()
    picture = {
        "decode": phone.get_by_test_id("decoded").locator("canvas").first,
        "map": phone.locator(".map-tab figure[data-testid=decoded] canvas"),
        "interpolate": phone.get_by_test_id("straight").locator("canvas").first,
    }[tab]
    marks = map_.locator(".marks")
    marks.scroll_into_view_if_needed()
    box = marks.bounding_box()
    assert box
    phone.mouse.wheel(0, max(0, box["y"] + box["height"] - 840))
    expect(picture).to_be_in_viewport(ratio=0.9)
    expect(marks).to_be_in_viewport(ratio=0.5)
