"""A crop belongs to the picture it was chosen for, and every tab that uses the picture takes it."""

import io
from html import unescape
from pathlib import Path

import gradio as gr
import pytest
from PIL import Image, ImageChops, ImageOps

from ui import reconstruction
from ui.examples import digit
from ui.lab import Inferred, Lab
from ui.pictures import data_url
from ui.shared import ChosenPicture
from ui.tabs import compare, complete, reconstruct
from vae_core import images
from vae_core.images import DOUBTS, to_pil
from vae_core.pretrained import WEIGHTS_DIR

MODEL, RIVAL = "mnist-vae", "mnist-beta4"
LEFT_HALF, RIGHT_HALF = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0)


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab(WEIGHTS_DIR)


@pytest.fixture(scope="module")
def three_and_seven(tmp_path_factory: pytest.TempPathFactory) -> str:
    page = Image.new("L", (280, 140))
    page.paste(digit("3"), (0, 0))
    page.paste(digit("7"), (140, 0))
    path = tmp_path_factory.mktemp("photograph") / "37.png"
    page.save(path)
    return str(path)


@pytest.fixture(scope="module")
def upload(three_and_seven: str) -> ChosenPicture:
    uploaded: ChosenPicture = reconstruct._uploaded(three_and_seven)
    return uploaded


def test_every_tab_takes_the_part_that_was_chosen(lab: Lab, upload: ChosenPicture) -> None:
    config = lab.model(MODEL).config
    for crop, text in ((LEFT_HALF, "3"), (RIGHT_HALF, "7")):
        chosen = upload._replace(crop=crop)
        seen = data_url(to_pil(images.prepare(digit(text), config)))
        assert seen in reconstruct._answer(lab, chosen, MODEL, None)[0]
        assert seen in compare._pictures(lab, chosen, MODEL, RIVAL)
        assert complete._begin(lab, complete.MINE, chosen, MODEL)["picture"] == seen


def test_a_crop_goes_with_its_picture(upload: ChosenPicture) -> None:
    cropped = reconstruct._cropped(upload, {"picture": upload.photograph, "crop": [*LEFT_HALF]})
    assert cropped == upload._replace(crop=[*LEFT_HALF])
    back = reconstruct._cropped(cropped, {"picture": upload.photograph, "crop": None})
    assert back == upload
    # The page's answer may be late: meanwhile there is another picture, or one without a frame.
    late = {"picture": upload.photograph, "crop": [*LEFT_HALF]}
    others = (ChosenPicture(3), ChosenPicture(b"a drawing"), upload._replace(photograph="other"))
    for chosen in others:
        assert reconstruct._cropped(chosen, late) == gr.skip()
    for frame in (None, "text", {}, {"picture": ""}):
        assert reconstruct._cropped(ChosenPicture(3), frame) == gr.skip()
        assert reconstruct._cropped(upload, frame) == gr.skip()
    for crop in ("all", {}, ["x" * 10**6] * 4):  # nothing large is kept
        frame = {"picture": upload.photograph, "crop": crop}
        assert reconstruct._cropped(upload, frame) == gr.skip()


@pytest.mark.parametrize(
    "crop", [[], [0, 0, 1], [0] * 10**5, [0.5, 0, 0.5, 1], [0, 0, float("nan"), 1]]
)
def test_a_crop_that_is_none_gets_a_sentence(lab: Lab, upload: ChosenPicture, crop: object) -> None:
    chosen = reconstruct._cropped(upload, {"picture": upload.photograph, "crop": crop})
    with pytest.warns(UserWarning, match="expected \\[left, top, right, bottom\\]"):
        html, *_, reconstructed, frame, _ = reconstruct._answer(lab, chosen, MODEL, None)
    assert "expected [left, top, right, bottom]" in unescape(html)
    assert reconstructed is None
    assert frame["visible"] is True  # another can be chosen


def test_only_photographs_have_a_frame(lab: Lab, upload: ChosenPicture, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    digit("3").save(buffer, "PNG")
    for chosen in (ChosenPicture(0), ChosenPicture(buffer.getvalue())):
        *_, frame, upload_area = reconstruct._answer(lab, chosen, MODEL, None)
        assert (frame["value"], frame["visible"], upload_area["visible"]) == (None, "hidden", True)
    *_, frame, upload_area = reconstruct._answer(lab, upload, MODEL, None)
    assert (frame["visible"], upload_area["visible"]) == (True, "hidden")
    left, top, right, bottom = frame["value"]["frame"]
    inner = images.examine(upload.source, lab.model(MODEL).config).frame
    assert left < inner[0] < inner[2] < right
    assert top < inner[1] < inner[3] < bottom
    (tmp_path / "fake.png").write_text("no picture")
    assert reconstruct._uploaded(str(tmp_path / "fake.png")).photograph == ""


@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_doubt_is_said_instead_of_a_verdict(lab: Lab, upload: ChosenPicture, doubt: str) -> None:
    sure = lab.reconstruct(upload.source, MODEL, crop=LEFT_HALF)
    sure.numbers["doubt"] = ""
    doubted = sure._replace(numbers={**sure.numbers, "doubt": doubt})
    verdicts = {0.5: "Very strange:", 3: "Strange:", 50: "Ordinary:", 99: "Unusually probable"}
    for percentile, verdict in verdicts.items():
        numbers = {"percentile": percentile, "log_prob": -130.0}
        html = {
            name: reconstruction.strangeness(
                lab, Inferred(None, 1.0, {**numbers, "doubt": name}), MODEL
            )
            for name in ("", doubt)
        }
        assert verdict in html[""]
        assert not any(word in html[doubt] for word in verdicts.values())
    for found in (sure, doubted):
        panel = unescape(reconstruction.pictures(lab, found, MODEL, None))
        assert (DOUBTS[doubt] in panel) == (found is doubted)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_photograph_is_shown_upright_and_on_paper(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    digit("7").resize((300, 200)).save(buffer, "PNG", exif=exif)
    shown = images.upright(buffer.getvalue(), 150)
    upright = ImageOps.exif_transpose(Image.open(buffer))
    expected = upright.resize([side // 2 for side in upright.size], Image.Resampling.BOX)
    assert shown.size == expected.size
    assert ImageChops.difference(shown.convert("L"), expected).getextrema()[1] <= 1
    clear = Image.new("RGBA", (10, 20))
    assert images.upright(clear, 200).getcolors() == [(200 * 100, (255, 255, 255))]
