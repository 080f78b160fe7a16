"""The page for those who see it badly or on a small screen: axe-core, layout, what is in view."""

import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.web.conftest import FOLDS, new_context, open_lab, open_tab, without_complaints
from ui.components import TABS

SERIOUS = """async (root) => {
  const { violations } = await axe.run(root, { resultTypes: ["violations"] });
  const where = (nodes) => nodes.slice(0, 3).map(({ target }) => target).join(" | ");
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${where(nodes)}`);
}"""
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 1000);
})"""


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core's script, from npm."""
    if not shutil.which("npm"):
        pytest.skip("npm is not here")
    folder = tmp_path_factory.mktemp("axe")
    command = ["npm", "install", "--silent", "--no-save", "--prefix", str(folder), "axe-core@4"]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    return (Path(folder) / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("look", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, axe: str, look: str) -> None:
    page.get_by_test_id("look").select_option(look)
    page.evaluate(axe)
    found: dict[str, list[str]] = {}
    for name in (*TABS, *FOLDS):
        open_tab(page, name)
        page.wait_for_function("() => latentLab.seen")
        page.evaluate(
            "document.querySelectorAll('[role=tabpanel]:not([hidden]) > details')"
            ".forEach((fold) => { fold.open = true; })"
        )
        page.wait_for_load_state("networkidle")
        if problems := page.evaluate(SERIOUS, ".lab"):
            found[name] = problems
    page.get_by_test_id("look").select_option("system")
    assert found == {}


@pytest.mark.parametrize("size", [(1400, 900), (390, 844)])
def test_nothing_jumps_while_the_page_opens(
    browser: Browser, site: str, size: tuple[int, int]
) -> None:
    with new_context(browser, viewport={"width": size[0], "height": size[1]}) as context:
        page = context.new_page()
        with without_complaints(page):
            open_lab(page, site)
            page.wait_for_function("() => latentLab.seen")
            page.locator("[data-testid=latent-map][data-ready=true]").first.wait_for()
            assert page.evaluate(SHIFTS) < 0.05


@pytest.mark.parametrize("size", [(1400, 900), (1280, 720), (1024, 768)])
@pytest.mark.parametrize("tab", ["lesson", "reconstruct", "decode", "train"])
def test_the_stage_needs_no_scrolling(
    browser: Browser, site: str, size: tuple[int, int], tab: str
) -> None:
    """What one draws on, or drags, and what it makes."""
    with new_context(browser, viewport={"width": size[0], "height": size[1]}) as context:
        page = context.new_page()
        with without_complaints(page):
            open_lab(page, f"{site}?tab={tab}")
            if tab in ("lesson", "reconstruct"):
                page.wait_for_function("() => latentLab.seen")
            plane = page.locator("[data-testid=latent-map] .plane:visible, .train .sheets").first
            parts = {
                "lesson": [".draw-pad", ".lesson .view.pictures canvas >> nth=1"],
                "train": [".train input[type=range]"],
                "reconstruct": [".draw-pad", "[data-testid=reconstruction] canvas"],
                "decode": ["[data-testid=decoded] canvas", ".decode input[type=range] >> nth=1"],
            }[tab]
            for part in [plane, *[page.locator(one).first for one in parts]]:
                box = part.bounding_box()
                assert box, part
                assert 0 <= box["y"] <= size[1] - box["height"], part
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size[0]


@pytest.mark.parametrize(
    ("size", "look"),
    [
        ((1400, 900), "system"),
        ((1280, 720), "system"),
        ((1024, 768), "system"),
        ((1920, 1080), "projector"),
        ((1280, 720), "projector"),
    ],
)
def test_the_bar_is_one_row_whatever_the_code_is(
    page: Page, size: tuple[int, int], look: str
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.get_by_test_id("look").select_option(look)
    undo = page.get_by_test_id("undo")
    places = []
    for z in ("0.5, 0.5", "-0.5, -0.5"):
        page.evaluate(f"latentLab.setZ({z})")
        places.append(undo.bounding_box())
    bar = page.locator(".lab-header").bounding_box()
    page.get_by_test_id("look").select_option("system")
    page.set_viewport_size({"width": 1400, "height": 900})
    assert places[0] == places[1]
    assert bar
    assert bar["height"] < 80


@pytest.mark.both
def test_on_a_phone_the_name_of_the_open_tab_is_in_view_and_nothing_is_at_the_edge(
    phone: Page, address: str
) -> None:
    open_lab(phone, f"{address}?tab=train&lang=en")
    tab = phone.locator("[role=tab][aria-selected=true]:visible", has_text="Train")
    phone.wait_for_function(
        "(tab) => { const { left, right } = tab.getBoundingClientRect(); "
        "return left >= 0 && right <= innerWidth; }",
        arg=tab.element_handle(),
    )
    box = phone.locator(".lab-header").bounding_box()
    assert box
    assert 8 <= box["x"] <= 24
    assert box["height"] <= 120  # two rows
