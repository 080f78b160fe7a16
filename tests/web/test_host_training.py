"""A training on the app's own computer, as the page shows it: app.py --train."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.live import running_app
from tests.unit.test_host_training import signs, wait
from tests.web.conftest import new_context, open_lab, open_tab
from ui.export import WEIGHTS

ADDRESS = re.compile(r"http\S+\?tab=train&train=\S+")


@pytest.mark.slow
def test_a_zip_becomes_a_model_of_everybody(browser: Browser, tmp_path: Path) -> None:
    """One visitor has the key; another sees what comes of it, and may not start anything."""
    weights = tmp_path / "weights"
    shutil.copytree(WEIGHTS / "mnist-beta1", weights / "mnist-beta1")
    archive = signs(tmp_path / "signs.zip")
    with (
        running_app("--train", "--weights-dir", str(weights)) as app,
        new_context(browser) as context,
    ):
        wait(lambda: ADDRESS.search(app.output()))
        found = ADDRESS.search(app.output())
        assert found
        page, other = context.new_page(), context.new_page()
        open_lab(other, app.url)
        open_tab(other, "train")
        other.get_by_text("Train on the server's computer").click()
        expect(other.locator(".host-training")).to_contain_text("Whoever started the lab")
        expect(other.locator(".host-training form")).to_be_hidden()

        open_lab(page, found[0])
        open_tab(page, "train")
        page.get_by_text("Train on the server's computer").click()
        part = page.locator(".host-training")
        told, problem = part.locator(".told"), part.locator(".problem")
        start = part.get_by_role("button", name="Train", exact=True)
        start.click()
        expect(problem).to_have_text("Choose a ZIP first.")
        part.locator("[type=file]").set_input_files(archive)
        for name, value in {"name": "signs", "epochs": "1000", "width": "16", "size": "8"}.items():
            part.locator(f"[name={name}]").fill(value)
        start.click()
        expect(told).to_contain_text("epoch", timeout=90_000)
        expect(part.locator("svg.curve").first).to_be_visible()
        part.locator("[name=name]").fill("second")
        part.locator("[name=epochs]").fill("2")
        start.click()
        expect(part.locator(".others li")).to_contain_text("second waits, place 1.")
        part.get_by_role("button", name="Cancel").first.click()
        expect(part.locator(".others")).to_contain_text("signs is unfinished.", timeout=60_000)
        for each in (page, other):
            each.wait_for_function("latentLab.models.includes('second')", timeout=120_000)
        part.get_by_role("button", name="Forget").click()
        expect(part.locator(".others li")).to_have_count(0)
        assert not (weights / "signs").exists()
        page.evaluate("latentLab.use('second')")
        page.wait_for_function("latentLab.model === 'second'")
        assert page.evaluate("latentLab.decode(0, 0).length") == 64
        open_lab(other, app.url)
        assert "second" in other.evaluate("latentLab.models")
