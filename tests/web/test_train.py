"""The tab Train as a visitor uses it: watch, change, use, keep, carry away and bring back."""

import base64
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect
from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes

from tests.web.conftest import FOLDS, open_lab, open_tab
from tests.web.hands import draw, place_of
from ui.components import TABS
from ui.descriptions import describe
from vae_core import load, load_encodings
from vae_core.pretrained import load_history

STEPS = "[data-figure=steps]"


def train(page: Page, steps: int) -> None:
    """Train until there are so many steps at least, and wait for the model in the list."""
    page.locator(".train .go").click()
    page.wait_for_function(f"document.querySelector('{STEPS}').textContent >= {steps}")
    page.locator(".train .go").click()
    expect(page.locator(".train .use")).to_be_visible()


def shown(page: Page, figure: str) -> float:
    text = page.locator(f"[data-figure={figure}]").inner_text()
    return float(text.split()[0].replace("−", "-"))


@pytest.mark.both
def test_digits_are_arranged_and_the_model_works_everywhere(page: Page) -> None:
    """How well is test_train_figures' to say; here every tab, a reload, and forget."""
    open_tab(page, "train")
    expect(page.locator(".train .counts")).to_contain_text("599")
    train(page, 500)
    assert shown(page, "knn") > 50
    assert -35 < shown(page, "elbo") <= shown(page, "exact") < -20
    expect(page.locator("svg.curve")).to_have_count(3)
    page.locator(".train .use").click()
    page.wait_for_function("latentLab.model === 'my-optdigits'")
    for name in (*TABS, *FOLDS):
        if name != "lesson":  # which brings models of its own
            open_tab(page, name)
            assert page.evaluate("latentLab.model") == "my-optdigits"
    open_tab(page, "reconstruct")
    page.locator(".examples button:visible").first.click()
    page.wait_for_function("() => latentLab.seen")
    page.wait_for_function("() => location.search.includes('my-optdigits')")
    page.reload()
    page.wait_for_function("() => window.latentLab?.model === 'my-optdigits'")
    open_tab(page, "train")
    page.get_by_text("My models").click()
    page.get_by_role("button", name="Forget my-optdigits").click()
    page.wait_for_function("() => latentLab.model === 'mnist-vae'")
    page.reload()
    page.wait_for_function("() => window.latentLab?.model")
    open_tab(page, "train")
    page.get_by_text("My models").click()
    expect(page.locator(".mine-list li")).to_have_text("There are none yet.")


def test_beta_is_changed_while_it_trains(page: Page) -> None:
    """A large β presses the rate down, and the curve says when."""
    open_tab(page, "train")
    page.locator(".train .go").click()
    page.wait_for_function(f"document.querySelector('{STEPS}').textContent >= 600")
    page.locator(".train .beta").fill("2")
    expect(page.locator(".curve .mark")).to_have_count(3)
    expect(page.locator(".curve").first).to_contain_text("β = 4")
    page.wait_for_function(f"document.querySelector('{STEPS}').textContent >= 1800")
    page.locator(".train .go").click()
    expect(page.locator(".train .use")).to_be_visible()
    kept = page.evaluate("latentLab.models").index("my-optdigits")
    assert kept >= 0
    page.locator(".train .use").click()
    page.wait_for_function("latentLab.model === 'my-optdigits'")
    page.get_by_text("About this model").click()
    expect(page.locator(".about p")).to_contain_text("β = 4")


@pytest.mark.gradio
def test_the_host_is_not_asked_about_a_model_that_it_does_not_have(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("latentLab.train({ steps: 5 })")
    page.evaluate("latentLab.use('my-optdigits')")
    page.wait_for_function("latentLab.model === 'my-optdigits'")
    open_tab(page, "map")
    page.mouse.move(*place_of(page, page.evaluate("latentLab.z")))
    said = page.locator(".map-tab .preview figcaption")
    expect(page.locator(".map-tab [aria-live]").filter(has_text="z = (").first).to_be_attached()
    expect(said).to_contain_text("z = (")
    assert not [url for url in asked if "/ask/" in url]


def test_the_bar_stays_when_a_model_comes(page: Page) -> None:
    before = page.locator(".lab-header").bounding_box()
    for _ in range(2):  # the second has a longer name
        page.evaluate("latentLab.train({ steps: 5 })")
    page.evaluate("latentLab.use('my-optdigits-2')")
    page.wait_for_function("latentLab.model === 'my-optdigits-2'")
    assert page.locator(".lab-header").bounding_box() == before


def test_one_step_and_start_again(page: Page) -> None:
    open_tab(page, "train")
    for step in (1, 2):
        page.get_by_role("button", name="One step").click()
        expect(page.locator(STEPS)).to_have_text(str(step))
    page.get_by_role("button", name="Start again").click()
    expect(page.locator(STEPS)).to_have_text("0")
    expect(page.locator(".train .go")).to_have_text("Train")


def test_a_training_goes_on_in_another_language(page: Page) -> None:
    open_tab(page, "train")
    page.locator(".train .go").click()
    page.wait_for_function(f"document.querySelector('{STEPS}').textContent >= 50")
    page.get_by_test_id("language").select_option("zh")
    expect(page.locator(".train .go")).to_have_text("暂停")
    before = int(page.locator(STEPS).inner_text())
    page.wait_for_function(f"document.querySelector('{STEPS}').textContent > {before}")
    page.locator(".train .go").click()
    expect(page.locator(".train .use")).to_be_visible()
    page.get_by_test_id("language").select_option("en")


def test_slow_motion_says_what_a_step_does(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_tab(page, "train")
    expect(page.locator(".train .go")).to_be_enabled()
    page.get_by_text("One step in slow motion").click()
    told = page.locator(".train-slow .told li")
    expect(told).to_have_count(7)
    expect(told.nth(5)).to_contain_text("distortion")
    before = told.nth(1).inner_text()
    page.get_by_role("button", name="Another picture").click()
    expect(told.nth(1)).not_to_have_text(before)


def test_the_zip_opens_in_python_and_here_again(page: Page, tmp_path: Path) -> None:
    open_tab(page, "train")
    train(page, 200)
    page.get_by_text("My models").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my-optdigits as a ZIP").click()
    file = tmp_path / "model.zip"
    download.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "models")
    model = load("my-optdigits", tmp_path / "models")
    assert model.config.shape == (1, 8, 8)
    page.evaluate("latentLab.use('my-optdigits')")
    here = page.evaluate("[...latentLab.decode(0.5, -1)]")
    there = model.decode(torch.tensor([[0.5, -1.0]])).flatten()
    np.testing.assert_allclose(here, there.numpy(), atol=1e-3)
    encodings = load_encodings("my-optdigits", tmp_path / "models")
    assert len(encodings.label) == 599
    history = load_history("my-optdigits", tmp_path / "models")
    assert history.mean.shape[1] == 599
    assert history.distortion[-1] < history.distortion[0]
    described = describe(tmp_path / "models" / "my-optdigits", str)
    assert "problem" not in described

    page.get_by_role("button", name="Forget my-optdigits").click()
    drop(page, file.read_bytes())
    page.wait_for_function("latentLab.model === 'my-optdigits'")
    expect(page.locator(".lab-header > .status").first).to_contain_text("was opened")
    np.testing.assert_allclose(page.evaluate("[...latentLab.decode(0.5, -1)]"), here, atol=1e-6)
    page.evaluate("import('./lab/mine.js').then(({ forget }) => forget('my-optdigits'))")


@pytest.mark.parametrize(
    "recipe",
    [{"likelihood": "gaussian"}, {"objective": "autoencoder"}, {"objective": "iwae", "beta": 0.5}],
)
def test_models_of_every_kind_open_in_python(
    page: Page, tmp_path: Path, recipe: dict[str, object]
) -> None:
    """Codes of an autoencoder have mean 0 and deviation 1 there, as vae_core.train leaves them."""
    name = page.evaluate("(recipe) => latentLab.train({ steps: 80, recipe })", recipe)["name"]
    text = page.evaluate(
        """async (name) => {
          const { toZip } = await import("./lab/mine.js");
          const bytes = new Uint8Array(await toZip(name).arrayBuffer());
          return btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join("")); }""",
        name,
    )
    zipfile.ZipFile(io.BytesIO(base64.b64decode(text))).extractall(tmp_path)
    model, encodings = load(name, tmp_path), load_encodings(name, tmp_path)
    page.evaluate("(name) => latentLab.use(name)", name)
    here = page.evaluate("[...latentLab.decode(0.5, -1)]")
    there = model.decode(torch.tensor([[0.5, -1.0]])).flatten()
    np.testing.assert_allclose(here, there.numpy(), atol=1e-3)
    asked = page.evaluate("latentLab.encode(new Float32Array(64).fill(0.4)).then((q) => q.mean)")
    mean = model.encode(torch.full((1, 1, 8, 8), 0.4)).mean[0]
    np.testing.assert_allclose(asked, mean.numpy(), atol=2e-2)
    if not model.config.probabilistic:
        assert encodings.mean.mean(0).abs().max() < 0.3
        assert (encodings.mean.std(0) - 1).abs().max() < 0.3
    page.evaluate("(name) => import('./lab/mine.js').then(({ forget }) => forget(name))", name)


def drop(page: Page, content: bytes, name: str = "model.zip") -> None:
    page.evaluate(
        """([text, name]) => {
          const data = new DataTransfer();
          const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          data.items.add(new File([bytes], name, { type: "application/zip" }));
          document.querySelector("main, .lab").dispatchEvent(
            new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        [base64.b64encode(content).decode(), name],
    )


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def shipped(change: Callable[[dict[str, bytes]], None] = lambda _: None) -> bytes:
    folder = Path("weights/mnist-beta1")
    names = ("config.json", "encoder.safetensors", "decoder.safetensors", "encodings.safetensors")
    files = {f"other/{name}": (folder / name).read_bytes() for name in names}
    change(files)
    return zipped(files)


def without_encoder(files: dict[str, bytes]) -> None:
    del files["other/encoder.safetensors"]


def no_json(files: dict[str, bytes]) -> None:
    files["other/config.json"] = b"{"


def cut(files: dict[str, bytes]) -> None:
    files["other/decoder.safetensors"] = files["other/decoder.safetensors"][:-100]


def wider(files: dict[str, bytes]) -> None:
    config = json.loads(files["other/config.json"])
    files["other/config.json"] = json.dumps(config | {"decoder_width": 64}).encode()


def turned(files: dict[str, bytes]) -> None:
    file = files["other/decoder.safetensors"]
    files["other/decoder.safetensors"] = file.replace(b'"shape":[432,2]', b'"shape":[2,432]')


def not_finite(files: dict[str, bytes]) -> None:
    files["other/decoder.safetensors"] = files["other/decoder.safetensors"][:-2] + b"\xff\x7f"


def more(files: dict[str, bytes]) -> None:
    config = json.loads(files["other/config.json"])
    files["other/config.json"] = json.dumps(config | {"more": 1}).encode()


def whole_labels(files: dict[str, bytes]) -> None:
    tensors = from_bytes(files["other/encodings.safetensors"])
    files["other/encodings.safetensors"] = to_bytes(tensors | {"label": tensors["label"].float()})


def test_a_model_is_named_so_that_python_loads_it(page: Page) -> None:
    for folder in ("_other", "con"):
        drop(page, shipped(lambda files, to=folder: rename(files, to)))
        page.wait_for_function("latentLab.model === 'my-model'")
        page.evaluate("import('./lab/mine.js').then(({ forget }) => forget('my-model'))")


def rename(files: dict[str, bytes], folder: str) -> None:
    for name in list(files):
        files[f"{folder}/{name.split('/')[1]}"] = files.pop(name)


def test_what_cannot_be_kept_says_so_in_the_list(page: Page) -> None:
    page.evaluate("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    drop(page, shipped())
    page.wait_for_function("latentLab.model === 'other'")
    expect(page.get_by_test_id("model").locator(":checked")).to_have_text("other (mine, not saved)")


def test_a_shipped_models_folder_opens_as_a_zip(page: Page) -> None:
    drop(page, shipped())
    page.wait_for_function("latentLab.model === 'other'")
    expect(page.get_by_test_id("model").locator(":checked")).to_have_text("other (mine)")
    other = page.evaluate("[...latentLab.decode(1, 1)]")
    page.evaluate("latentLab.use('mnist-beta1')")
    assert page.evaluate("[...latentLab.decode(1, 1)]") == other
    page.evaluate("import('./lab/mine.js').then(({ forget }) => forget('other'))")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda: b"no archive", "is no ZIP"),
        (lambda: shipped()[:-3000], "is no ZIP"),
        (lambda: shipped(without_encoder), "no encoder.safetensors"),
        (lambda: shipped(lambda files: files.update({"../x": b""})), "leads elsewhere"),
        (lambda: shipped(no_json), "config.json cannot be used"),
        (lambda: shipped(more), "config.json cannot be used: more"),
        (lambda: shipped(whole_labels), "label is missing, of another size"),
        (lambda: shipped(cut), "decoder.safetensors"),
        (lambda: shipped(wider), "decoder.safetensors does not fit the model"),
        (lambda: shipped(turned), "decoder.safetensors does not fit the model"),
        (lambda: shipped(not_finite), "decoder.safetensors does not fit the model"),
        (lambda: zipped({"a": bytes(50_000_000)}), "more than 40 MB"),
        (lambda: zipped({f"{k}": b"" for k in range(60)}), "more than 50 files"),
        (lambda: shipped().replace(b"\x00\x00\x08\x00", b"\x01\x00\x08\x00"), "is encrypted"),
    ],
)  # fmt: skip
def test_bad_zips_are_refused_with_a_sentence(
    page: Page, content: Callable[[], bytes], sentence: str
) -> None:
    before = page.evaluate("latentLab.models")
    drop(page, content())
    expect(page.locator(".lab-header > .status").first).to_contain_text(sentence)
    assert page.evaluate("latentLab.models") == before


def test_drawings_become_a_model(page: Page, address: str) -> None:
    """Two classes, drawn, kept over a reload, trained on."""
    open_tab(page, "train")
    page.get_by_test_id("train-data").select_option("drawings")
    stand, lie = [(0.5, 0.2), (0.5, 0.8)], [(0.2, 0.5), (0.8, 0.5)]
    for k in range(6):
        draw(page, [stand, lie][k % 2])
        page.get_by_label("What it is").fill(["up", "flat"][k % 2])
        page.get_by_role("button", name="Add the drawing").click()
        expect(page.locator(".train-drawings figure")).to_have_count(k + 1)
    expect(page.locator(".train-drawings [role=status]")).to_contain_text("flat (3), up (3)")
    open_lab(page, address)
    open_tab(page, "train")
    page.get_by_test_id("train-data").select_option("drawings")
    expect(page.locator(".train-drawings figure")).to_have_count(6)
    expect(page.locator(".train .counts")).to_contain_text("held out")
    train(page, 60)
    page.evaluate("import('./lab/mine.js').then(({ forget }) => forget('my-folder'))")
    page.get_by_role("button", name="Remove all").click()
    expect(page.locator(".train-drawings figure")).to_have_count(0)
    page.get_by_role("button", name="Add the drawing").click()
    expect(page.locator(".train-drawings .problem")).to_contain_text("Say what it is")


def test_a_folder_of_photographs_becomes_a_model(page: Page, tmp_path: Path) -> None:
    """Forty photographs of three signs, with a shadow; a text and a broken picture are named."""
    rng = np.random.default_rng(2)
    for k in range(40):
        name = ("cross", "ring", "stroke")[k % 3]
        folder = tmp_path / "signs" / name
        folder.mkdir(parents=True, exist_ok=True)
        sheet = Image.new("L", (320, 240), 225)
        pen, (x, y) = ImageDraw.Draw(sheet), rng.integers(-15, 15, 2)
        box = (110 + x, 70 + y, 210 + x, 170 + y)
        if name == "ring":
            pen.ellipse(box, outline=40, width=12)
        else:
            pen.line(box, fill=40, width=12)
        if name == "cross":
            pen.line((box[0], box[3], box[2], box[1]), fill=40, width=12)
        shade = np.linspace(0.75, 1, 320) * np.asarray(sheet) + rng.normal(0, 3, (240, 320))
        Image.fromarray(shade.clip(0, 255).astype(np.uint8)).convert("RGB").save(
            folder / f"{k}.jpg"
        )
    (tmp_path / "signs" / "ring" / "broken.png").write_bytes(b"no picture")
    (tmp_path / "signs" / "notes.txt").write_text("not a picture")
    open_tab(page, "train")
    page.get_by_test_id("train-data").select_option("pictures")
    page.locator(".train-pictures .folder").set_input_files(tmp_path / "signs")
    status = page.locator(".train-pictures [role=status]")
    expect(status).to_have_text("40 pictures: cross (14), ring (13), stroke (13).")
    expect(page.locator(".left-out summary")).to_have_text("One file was left out")
    expect(page.locator(".left-out li")).to_contain_text("signs/ring/broken.png")
    expect(page.locator(".train .counts")).to_contain_text("held out")
    train(page, 150)
    assert shown(page, "knn") >= 60
    page.evaluate("import('./lab/mine.js').then(({ forget }) => forget('my-folder'))")
