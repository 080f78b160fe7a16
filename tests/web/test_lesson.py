"""The lesson: nine stops, each number of which is found again by the library."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect
from scipy.spatial import KDTree

from tests.web.conftest import open_lab
from tests.web.expected import grid_of, model_of
from ui.export import SOURCES
from vae_core import exact, load_encodings, model, objectives
from vae_core.exact import complete

STOP = "[data-testid=stop]"
KEPT = "latent-lab lesson"
IMAGE = "() => Array.from(latentLab.seen.image)"
# What each stop of the nine says it computes, as the function in whose source the line stands.
COMPUTED = {
    "play": model.VAE.reconstruct,
    "two": model.VAE.encode,
    "cloud": model.Posterior.sample,
    "holes": model.Posterior.rate,
    "bill": objectives.elbo,
    "bound": exact.Grid.refine_each,
    "blur": exact.expected_image,
    "use": exact.Grid.log_prob,
}


@pytest.fixture
def lesson(page: Page, address: str) -> Page:
    """The lab without answers of an earlier lesson."""
    page.evaluate("(key) => localStorage.removeItem(key)", KEPT)
    return page


def stop(page: Page, address: str, n: int) -> None:
    open_lab(page, f"{address}?lesson={n}")
    expect(page.locator(STOP)).to_have_attribute("data-stop", str(n))


def truth(page: Page) -> str:
    """The sentence in which prediction and truth stand together, once it is there."""
    said = page.locator(".truth")
    expect(said).to_contain_text(re.compile(r"\S"))
    return (said.text_content() or "").replace("−", "-")


def numbers(text: str) -> list[float]:
    return [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-"))]


def image(page: Page) -> torch.Tensor:
    page.wait_for_function("() => latentLab.seen")
    return torch.tensor(page.evaluate(IMAGE)).view(1, 1, 28, 28)


@pytest.mark.both
def test_a_link_opens_each_stop_and_the_address_keeps_it(lesson: Page, address: str) -> None:
    for n in range(1, 10):
        stop(lesson, address, n)
        lesson.wait_for_function("() => location.search.includes('lesson=')")
    lesson.get_by_role("button", name=re.compile("^3. A cloud")).click()
    lesson.wait_for_function("() => location.search.includes('lesson=3')")
    open_lab(lesson, f"{address}?lesson=77")
    lesson.wait_for_function("() => latentLab.tab === 'reconstruct'")


@pytest.mark.both
def test_one_predicts_before_one_sees(lesson: Page, address: str) -> None:
    stop(lesson, address, 2)
    sketch = lesson.get_by_role("application", name=re.compile("The map without pictures"))
    sketch.wait_for()
    assert lesson.locator(".truth").text_content() == ""
    mean = model_of("mnist-vae").encode(image(lesson)).mean[0].tolist()
    assert lesson.evaluate("latentLab.z") != pytest.approx(mean, abs=0.01)
    assert lesson.locator(".place, .pictures").count() == 0
    sketch.focus()
    for key in (*["ArrowRight"] * 5, *["ArrowDown"] * 3, "Enter"):
        lesson.keyboard.press(key)
    said = numbers(truth(lesson))
    assert said[:2] == [0.5, -0.3]
    assert said[2:4] == pytest.approx(mean, abs=0.006)
    assert said[4] == pytest.approx(np.hypot(0.5 - mean[0], -0.3 - mean[1]), abs=0.011)
    expect(lesson.get_by_test_id("code")).to_have_text(re.compile(re.escape(f"{mean[0]:.2f}"[-4:])))


def test_the_widths_of_the_cloud_are_the_encoders(lesson: Page, address: str) -> None:
    stop(lesson, address, 3)
    lesson.get_by_role("button", name="That is my answer").click()
    std = model_of("mnist-beta1").encode(image(lesson)).std[0].tolist()
    assert numbers(truth(lesson)) == pytest.approx([0.5, 0.5, *std], abs=0.0006)
    lesson.get_by_role("button", name="Sample", exact=True).click()
    text = lesson.locator(".figures").text_content() or ""
    m1, m2, s1, s2, e1, e2, z1, z2 = numbers(text)
    assert [z1, z2] == pytest.approx([m1 + s1 * e1, m2 + s2 * e2], abs=0.02)
    assert [s1, s2] == pytest.approx(std, abs=0.006)


def test_holes_are_the_autoencoders(lesson: Page, address: str) -> None:
    stop(lesson, address, 4)
    lesson.get_by_role("button", name="Model A", exact=True).click()
    told = truth(lesson)
    said = sorted(
        lesson.locator(".holes figcaption").all_text_contents(), key=lambda one: "ae" in one
    )
    letter = said[1].split()[1]  # of the autoencoder, which stands on a side at random
    assert f"{'You are right' if letter == 'A' else 'It is the other one'}: model {letter}" in told
    drawn = np.random.default_rng(0).normal(size=(200_000, 2))
    for name, text in zip(("mnist-beta1", "mnist-ae"), said, strict=True):
        assert name in text
        away = KDTree(load_encodings(name).mean.numpy()).query(drawn)[0]
        share = 100 * (away > 0.1).mean()
        # of 2,000 codes: three deviations of a share
        assert numbers(text.split("codes, ")[1])[0] == pytest.approx(share, abs=2.5)


def test_the_bill_is_that_of_the_library(lesson: Page, address: str) -> None:
    stop(lesson, address, 5)
    button = lesson.get_by_role("button", name="That is my answer")
    expect(button).to_be_disabled()
    for name, place in (("β = ¼", "1"), ("β = 1", "2"), ("β = 4", "3")):
        lesson.get_by_label(f"Place of {name}").select_option(place)
    button.click()
    assert "You said: β = ¼, β = 1, β = 4. It is: β = ¼, β = 1, β = 4." in truth(lesson)
    x = image(lesson)
    figures = lesson.locator(".bill figure")
    sharp = []
    for k, name in enumerate(("mnist-beta025", "mnist-beta1", "mnist-beta4")):
        bound = model_of(name).elbo(x)
        said = numbers(figures.nth(k).locator(".bars").text_content() or "")
        assert said == pytest.approx([bound.rate.item(), bound.distortion.item()], abs=0.1)
        painted = model_of(name).reconstruct(x)
        sharp.append((painted * (1 - painted)).sum().item())
    assert sharp == sorted(sharp)


def test_the_bound_and_its_gap(lesson: Page, address: str) -> None:
    stop(lesson, address, 6)
    lesson.get_by_role("button", name="Yes, one ellipse fits.").click()
    x, net = image(lesson), model_of("mnist-vae")
    found = grid_of("mnist-vae", None).refine(x)
    mass = [value for value in found.modes().mass.tolist() if value > 0.05]
    assert f"It does not: {len(mass)} separate places" in truth(lesson)
    said = numbers((lesson.locator(".figures").text_content() or "").replace("p(x)", ""))
    elbo = net.elbo(x).elbo.item()
    assert said == pytest.approx([found.log_prob, elbo, found.log_prob - elbo], abs=0.06)


def test_endings_of_half_a_digit(lesson: Page, address: str) -> None:
    stop(lesson, address, 7)
    lesson.get_by_role("button", name="That is my answer").click()
    said = numbers(truth(lesson))
    expect(lesson.locator(".blur figure")).to_have_count(9)
    x = image(lesson)
    mask = (torch.arange(28) < 14).unsqueeze(1).expand(28, 28)
    found = complete(grid_of("mnist-vae", None), x, mask, 8)
    assert said[0] == pytest.approx(found.posterior.information_bits(), abs=0.1)


def test_how_strange_three_pictures_are(lesson: Page, address: str) -> None:
    stop(lesson, address, 8)
    for name, place in (("a heart", "2"), ("a shoe", "1"), ("a 4 upside down", "3")):
        lesson.get_by_label(f"Place of {name}").select_option(place)
    lesson.get_by_role("button", name="That is my answer").click()
    assert "It is: a shoe, a heart, a 4 upside down." in truth(lesson)
    logs = load_encodings("mnist-vae").log_prob
    for text in lesson.locator(".strange figcaption").all_text_contents():
        value, percent = numbers(text.split("log p(x) = ")[1])
        assert percent == pytest.approx(100 * (logs >= value).float().mean().item(), abs=0.6)


@pytest.mark.both
def test_the_exit_explains_and_counts(lesson: Page, address: str) -> None:
    stop(lesson, address, 9)
    questions = lesson.locator(".stop fieldset")
    expect(questions).to_have_count(5)
    for k, option in enumerate((1, 2, 0, 1, 0)):
        questions.nth(k).get_by_role("radio").nth(option).check()
        expect(questions.nth(k).locator(".verdict")).not_to_be_empty()
    expect(lesson.get_by_text("4 of 5 are right.")).to_be_visible()


def test_answers_stay_until_they_are_reset(lesson: Page, address: str) -> None:
    stop(lesson, address, 6)
    lesson.get_by_role("button", name="Skip").click()
    expect(lesson.locator(".because")).to_contain_text("One Gaussian cannot")
    lesson.keyboard.press("ArrowRight")
    expect(lesson.locator(STOP)).to_have_attribute("data-stop", "7")
    stop(lesson, address, 6)
    expect(lesson.locator(".because")).to_contain_text("One Gaussian cannot")
    lesson.get_by_role("button", name="Reset the lesson").click()
    lesson.get_by_role("button", name="Press once more").click()
    expect(lesson.locator(STOP)).to_have_attribute("data-stop", "1")
    stop(lesson, address, 6)
    lesson.get_by_role("button", name="Skip").wait_for()
    lesson.get_by_role("tab", name="Reconstruct").click()
    lesson.wait_for_function(
        "() => Math.hypot(...latentLab.z.map((v, k) => v - latentLab.seen.mean[k])) < 0.01"
    )


def test_the_line_that_is_quoted_is_there_and_computes_it(lesson: Page, address: str) -> None:
    stops = lesson.evaluate(
        "import(new URL('lab/lessons/stops.js', document.baseURI)).then((found) => found.STOPS)"
    )
    assert [one["name"] for one in stops] == [*COMPUTED, "exit"]
    assert stops[0]["minutes"][0] == 0
    for one, after in zip(stops, [*stops[1:], None], strict=True):
        assert one["minutes"][1] == (after["minutes"][0] if after else 45)
    for one in stops[:-1]:
        code, function = one["code"], COMPUTED[one["name"]]
        assert code["file"] in SOURCES
        source = inspect.getsource(function)
        file = Path(inspect.getsourcefile(function) or "")
        if code["line"] not in source:  # a private function that it calls
            assert code["line"] in file.read_text("utf-8") or one["name"] == "bound"
        text = (Path(model.__file__).parent / code["file"]).read_text("utf-8")
        assert text.count(code["line"]) == 1
        stop(lesson, address, stops.index(one) + 1)
        if one["ask"]:
            lesson.get_by_role("button", name="Skip").click()
        link = lesson.locator(".stop .code a")
        served = lesson.request.get(link.evaluate("(a) => a.href"))
        assert code["line"] in served.text()


def test_texts_are_short_and_the_same_in_both_languages(empty_page: Page) -> None:
    english, chinese = empty_page.evaluate(
        """async () => Promise.all(["en", "zh"].map((one) =>
            import(`/ui/web/words/${one}/lesson.js`)
                .then(({ stops, quiz }) => ({ stops, quiz }))))"""
    )
    for ours, theirs in zip(english["stops"], chinese["stops"], strict=True):
        assert len(ours["text"].split()) <= 60
        for key in ("options", "why"):
            assert len(ours[key]) == len(theirs[key])
    for ours, theirs in zip(english["quiz"], chinese["quiz"], strict=True):
        assert len(ours[1]) == len(theirs[1])


def test_what_is_printed_fits_its_pages(browser: Browser, site: str) -> None:
    """A4: a visitor's sheet on one page, worksheet and answers on two each, in both languages."""
    page = browser.new_page()
    for language in ("en", "zh"):
        open_lab(page, f"{site}?lesson=9&lang={language}")
        sheets = page.evaluate(
            """async () => {
              const { mySheet, worksheet, answerSheet } = await import(
                new URL("lab/parts/lesson-sheet.js", document.baseURI));
              return [mySheet(), worksheet(), answerSheet()];
            }"""
        )
        for html, most in zip(sheets, (1, 2, 2), strict=True):
            paper = browser.new_page()
            paper.set_content(html)
            pdf = paper.pdf(prefer_css_page_size=True)
            assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= most
            paper.close()
    page.close()


@pytest.mark.both
def test_the_teachers_page_opens_by_a_key(lesson: Page, address: str) -> None:
    stop(lesson, address, 1)
    lesson.locator(STOP).click(position={"x": 5, "y": 5})
    lesson.keyboard.press("t")
    plan = lesson.locator(".teacher tbody tr")
    expect(plan).to_have_count(9)
    assert "lesson=4" in (plan.nth(3).locator("a").get_attribute("href") or "")
    expect(lesson.locator(".teacher")).to_contain_text("python -m ui.export lab.html")
    lesson.keyboard.press("t")
    expect(plan.first).to_be_hidden()
