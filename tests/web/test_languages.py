"""English and Chinese: the same sentences in both, and nothing else on the screen."""

import re
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import FOLDS, open_lab
from tests.web.hands import draw
from ui.components import TABS
from ui.descriptions import names_in
from ui.export import WEIGHTS

SHAPE = """async () => {
  const shape = (value, path) => {
    if (typeof value === "function") return [`${path}(${value.length})`];
    if (value === null || typeof value !== "object") return [`${path}: ${typeof value}`];
    return Object.entries(value).flatMap(([name, inner]) => shape(inner, `${path}.${name}`));
  };
  const here = (language) => import(`/ui/web/words/${language}/index.js`);
  const found = await Promise.all(["en", "zh"].map(here));
  const counted = (one) => !/terms.cards.*words/.test(one); // each language has its own
  return found.map(({ sentences }) => shape(sentences, "").filter(counted).sort());
}"""
# What is the same in every language: symbols, names, units of the web and code.
NAMES = re.compile(
    r"python -m [\w\s.-]+|docs/\w+\.md|N\(0, I\)|\b(?:Latent Lab|English|Ctrl|Shift|Tab|Esc|iPhone"
    r"|NumPy|ELBO|IS-500|KL|PCA|E_q|log|det|z[12]|PNG|JPEG|WebP|GIF|BMP|AVIF|HEIC|CSV|ZIP|npz|MB|MNIST|px"
    r"|vae_core[\w/.]*|Python|NN|UCI|my-\w+|app\.py"
    r"|Optical Recognition of Handwritten Digits|Alpaydin|Kaynak|Fashion|LeCun|Cortes|Burges"
    r"|CC BY(?:-SA)?|Zalando SE|MIT"
    rf"|{'|'.join(names_in(WEIGHTS))})\b"
)
TEXTS = """() => {
  const found = [];
  const seen = (element) => element.checkVisibility({ checkVisibilityCSS: true });
  for (const root of document.querySelectorAll(".lab")) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, data } = walker.currentNode;
      const chosen = parentElement.tagName === "OPTION";
      const code = parentElement.closest("code, .formula");
      if (data.trim() && !chosen && !code && seen(parentElement)) found.push(data.trim());
    }
    for (const element of root.querySelectorAll("*")) {
      for (const name of ["aria-label", "title", "alt", "placeholder", "aria-roledescription"]) {
        if (element.getAttribute(name)) found.push(element.getAttribute(name));
      }
      const named = element.closest("[data-testid=model], .rival"); // models
      if (element.tagName === "OPTION" && !named) found.push(element.textContent);
    }
  }
  return [...new Set(found)];
}"""
WORD = re.compile(r"[A-Za-z]{2,}")


def english_in(texts: list[str]) -> list[str]:
    """Those that hold a word which is no name, symbol or code."""
    return [text for text in texts if WORD.search(NAMES.sub(" ", text))]


def test_both_languages_say_the_same_things(empty_page: Page) -> None:
    english, chinese = empty_page.evaluate(SHAPE)
    assert english == chinese


def test_what_counts_as_english() -> None:
    assert english_in(
        ["Upload", "地图 map", "在 z = (1, 2)", "模型 mnist-vae", "KL(q(z|x) ‖ p(z))"]
    ) == [
        "Upload",
        "地图 map",
    ]


@pytest.mark.both
def test_in_chinese_no_english_is_left(page: Page, address: str) -> None:
    """On every tab and fold, with all folds open, after drawing, and where a model is refused."""
    open_lab(page, f"{address}?lang=zh")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    left: dict[str, list[str]] = {}
    tabs = page.get_by_role("tab").all_text_contents()
    assert not english_in([tab.strip() for tab in tabs])
    for model in ("mnist-vae", "mnist-cvae", "mnist-ae", "fashion-vae"):
        page.evaluate("(model) => latentLab.use(model)", model)
        for name in TABS:
            page.get_by_role("tab").nth(list(TABS).index(name)).click()
            page.wait_for_function("(name) => latentLab.tab === name", arg=name)
            if name == "reconstruct" and model == "mnist-vae":
                draw(page, [(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)])
            page.locator(".lab .lead:visible").first.wait_for()
            page.evaluate(
                "document.querySelectorAll('.lab details').forEach((fold) => { fold.open = true; })"
            )
            page.wait_for_function("() => latentLab.seen")
            page.wait_for_load_state("networkidle")
            if found := english_in(page.evaluate(TEXTS)):
                left[f"{model} {name}"] = found
    assert left == {}


def test_classes_are_named_in_chinese_and_known_by_their_names(page: Page, address: str) -> None:
    open_lab(page, f"{address}?lang=zh&model=fashion-vae&tab=generate")
    page.get_by_role("radio", name="一个类别").check()
    kind = page.locator(".asked .class select")
    kind.select_option("ankle boot")
    expect(kind.locator("option:checked")).to_have_text("短靴")
    expect(page.locator(".made .sentence")).to_contain_text("类别为“短靴”")
    with page.expect_download() as download:
        page.locator("[data-kind=zip]").click()
    with ZipFile(download.value.path()) as files:
        assert ",ankle boot," in files.read("codes.csv").decode()
    page.get_by_role("tab", name="地图").click()
    expect(page.locator(".map-tab .classes")).to_contain_text("连衣裙")


def answering(answer: dict[str, Any]) -> Callable[[Route], None]:
    return lambda route: route.fulfill(**answer)


FAILURES = {"服务器返回状态 500": {"status": 500}, "文件已损坏": {"body": "0123456789"}}
DEAD = {"计算中断": {"body": "throw new Error('gone');"}}


@pytest.mark.parametrize(
    ("file", "tab", "pressed", "failures"),
    [
        ("mnist-vae/decoder.safetensors", "reconstruct", None, FAILURES),
        ("mnist-vae/encoder.safetensors", "reconstruct", None, FAILURES),
        ("mnist-vae/encodings.safetensors", "decode", None, FAILURES),
        ("mnist-vae/layers.safetensors", "map", "[type=radio][value=area]", FAILURES),
        ("mnist-vae/history.safetensors", "map", ".replay .fetch", FAILURES),
        ("plane-worker.js", "complete", None, DEAD),
    ],
)
def test_what_fails_is_said_in_chinese(
    page: Page,
    address: str,
    file: str,
    tab: str,
    pressed: str | None,
    failures: dict[str, dict[str, Any]],
) -> None:
    """A server, a file, a worker: the reason stands in the sentence."""
    for said, answer in failures.items():
        other = page.context.new_page()
        other.route(f"**/{file}", answering(answer))
        other.goto(f"{address}?lang=zh&tab={tab}")
        if pressed:
            other.locator(pressed).click()
        expect(other.locator(".lab").filter(has_text=said)).not_to_have_count(0)
        assert not english_in(other.evaluate(TEXTS)), said
        other.close()


@pytest.mark.both
def test_the_switch_keeps_what_is_on_the_screen(page: Page) -> None:
    page.wait_for_function("() => latentLab.seen")
    draw(page, [(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)])
    page.wait_for_function("() => latentLab.seen.mean[0] !== 0")
    before = page.evaluate("[latentLab.z, latentLab.seen.mean, latentLab.model]")
    page.get_by_test_id("language").select_option("zh")
    expect(page.get_by_role("tab", name="重构")).to_be_visible()
    expect(page.get_by_text("画一个数字，或者给一张图片。")).to_be_visible()
    assert page.evaluate("[latentLab.z, latentLab.seen.mean, latentLab.model]") == before
    assert "lang=zh" in page.evaluate("latentLab.link()")
    page.get_by_test_id("language").select_option("en")
    expect(page.get_by_role("tab", name="Reconstruct")).to_be_visible()
    expect(page.get_by_text("Draw a digit, or give a picture.")).to_be_visible()
    assert page.evaluate("[latentLab.z, latentLab.seen.mean, latentLab.model]") == before


def test_every_fold_has_its_tab() -> None:
    assert set(FOLDS.values()) <= set(TABS)
