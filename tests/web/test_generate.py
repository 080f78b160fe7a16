"""Generated codes have the distribution that they say; files open in the programs for them."""

import csv
import io
import zipfile
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect
from scipy.stats import kstest, norm

from tests.web.conftest import open_tab, use
from tests.web.expected import model_of
from vae_core import load_encodings

CODES = "(wanted) => latentLab.generate(wanted).then(({ codes }) => codes)"


def codes(page: Page, **wanted: object) -> np.ndarray:
    return np.array(page.evaluate(CODES, {"n": 1000, "seed": 7, **wanted}))


def test_codes_of_the_prior_are_normal(page: Page) -> None:
    for temperature in (1, 0.5):
        z = codes(page, source="prior", temperature=temperature) / temperature
        for axis in z.T:
            assert kstest(axis, norm.cdf).pvalue > 0.001
        assert abs(np.corrcoef(z.T)[0, 1]) < 0.1
    assert not np.array_equal(codes(page, source="prior"), codes(page, source="prior", seed=8))
    assert np.array_equal(codes(page, source="prior"), codes(page, source="prior"))


def test_codes_around_a_code_fill_the_disc_evenly(page: Page) -> None:
    z = codes(page, source="around", z=[1, -2], radius=0.5) - [1, -2]
    away = np.linalg.norm(z, axis=1)
    assert kstest((away / 0.5) ** 2, "uniform").pvalue > 0.001
    assert kstest(np.arctan2(*z.T) / (2 * np.pi) + 0.5, "uniform").pvalue > 0.001


def test_codes_of_the_aggregate_and_of_a_class_are_of_test_images(page: Page) -> None:
    use(page, "mnist-vae")
    encodings = load_encodings("mnist-vae")
    fives = encodings.mean[encodings.label == 5].numpy()
    z = codes(page, source="class", label="5", temperature=0)
    nearest = np.abs(z[:, None] - fives[None]).max(2).min(1)
    assert nearest.max() < 1e-5
    z = codes(page, source="aggregate")
    for axis in (0, 1):
        assert z[:, axis].mean() == pytest.approx(encodings.mean[:, axis].mean().item(), abs=0.15)


def test_the_pictures_are_decoded_there(page: Page) -> None:
    use(page, "mnist-cvae")
    found = page.evaluate(
        "() => latentLab.generate({ n: 3, label: '4' }).then(({ codes, pictures }) => "
        "({ codes, pictures: pictures.map((one) => [...one]) }))"
    )
    expected = model_of("mnist-cvae").decode(torch.tensor(found["codes"]), torch.full((3,), 4))
    np.testing.assert_allclose(found["pictures"], expected.flatten(1), atol=2 / 255)


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).click()
    return waiting.value.path().read_bytes()


@pytest.mark.parametrize("model", ["mnist-cvae", "cifar10-vae"])
def test_files_open(page: Page, model: str) -> None:
    page.wait_for_function("() => latentLab.seen")
    use(page, model, "0" if model == "mnist-cvae" else None)
    open_tab(page, "generate")
    expect(page.locator(".generated .marks button")).to_have_count(64)
    channels, height, width = model_of(model).config.shape
    grid = Image.open(io.BytesIO(download(page, "Download the grid (PNG)")))
    assert grid.size == (8 * width * 4, 8 * height * 4)
    arrays: Any = np.load(io.BytesIO(download(page, "Download NumPy arrays (.npz)")))
    assert arrays["images"].shape == (64, height, width, *([3] if channels == 3 else []))
    assert arrays["z"].shape == (64, 2)
    with zipfile.ZipFile(io.BytesIO(download(page, "Download pictures and table (ZIP)"))) as files:
        assert files.testzip() is None
        rows = list(csv.DictReader(io.StringIO(files.read("codes.csv").decode())))
        assert len(rows) == 64
        with Image.open(files.open(rows[5]["file"])) as picture:
            first = np.asarray(picture.convert("RGB" if channels == 3 else "L"))
    assert np.abs(first.astype(int) - arrays["images"][5].astype(int)).max() <= 1
    assert [float(rows[5]["z1"]), float(rows[5]["z2"])] == pytest.approx(arrays["z"][5], abs=1e-5)
    nearest = load_encodings(model).mean[int(rows[5]["nearest_test_image"])].numpy()
    distance = np.linalg.norm(nearest - arrays["z"][5])
    assert float(rows[5]["distance"]) == pytest.approx(distance, abs=1e-4)
    if model == "mnist-cvae":
        assert set(arrays["label"]) == {0}
        assert arrays["classes"].tolist() == [str(k) for k in range(10)]
    tile = grid.crop((5 * width * 4, 0, 6 * width * 4, height * 4)).resize((width, height), 0)
    levels = np.asarray(tile.convert("RGB" if channels == 3 else "L")).astype(int)
    assert np.abs(levels - arrays["images"][5].astype(int)).max() <= 1


def test_what_is_not_new_is_said(page: Page) -> None:
    use(page, "mnist-ae")
    open_tab(page, "generate")
    page.get_by_label("the aggregate posterior").check()
    sentence = page.locator(".generate .sentence")
    expect(sentence).to_contain_text("none of the pictures is new")
    expect(page.locator(".generated .marks .known")).to_have_count(64)
    page.locator(".generate .seed").fill("-3")
    page.locator(".generate .seed").dispatch_event("change")
    expect(page.get_by_role("alert").last).to_contain_text("The seed is no whole number from 0")
    expect(sentence).to_contain_text("64 pictures")  # what was there stays
