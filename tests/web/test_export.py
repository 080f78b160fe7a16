"""The lab without a server: what is written, where it works, and what is said when it cannot be."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.live import ROOT
from tests.web.conftest import open_lab
from tests.web.expected import grid_of, painted
from ui.export import WEIGHTS, export_file, export_folder, main

DECODED = "latentLab.ready.then(() => Array.from(latentLab.decode(0.5, -0.5)))"


@pytest.fixture(scope="module")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("stick") / "lab.html"
    export_file(target, WEIGHTS, ["mnist-vae"])
    return target


def test_the_folder_works_offline_after_the_first_visit(browser: Browser, site: str) -> None:
    page = browser.new_page()
    open_lab(page, site)
    page.evaluate("navigator.serviceWorker.ready")
    before = page.evaluate(DECODED)
    page.context.set_offline(True)
    try:
        open_lab(page, f"{site}?model=mnist-vae&z=1,1")
        assert page.evaluate("latentLab.z") == [1, 1]
        assert page.evaluate(DECODED) == before
        assert (
            len(page.evaluate("latentLab.encode(new Float32Array(784)).then((q) => q.mean)")) == 2
        )
    finally:
        page.close()


def test_a_link_to_the_folder_has_a_picture(tmp_path: Path) -> None:
    export_folder(tmp_path, WEIGHTS, ["mnist-vae"], "https://lab.test/some/path/")
    page = (tmp_path / "index.html").read_text("utf-8")
    assert 'property="og:title"' in page
    assert '<meta property="og:image" content="https://lab.test/some/path/manifold.png">' in page
    with Image.open(tmp_path / "manifold.png") as picture:
        assert min(picture.size) >= 200


def test_the_folder_is_a_static_space(tmp_path: Path) -> None:
    export_folder(tmp_path / "site", WEIGHTS, ["mnist-vae"])
    readme = (tmp_path / "site" / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("---\n")
    assert "sdk: static" in readme.split("---")[1]
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "https://" not in page
    assert 'src="/' not in page
    assert 'href="/' not in page


def test_the_lesson_is_in_the_one_file(browser: Browser, one_file: Path) -> None:
    """Its stops that need another model say which, and the others work."""
    page = browser.new_page()
    page.context.set_offline(True)
    page.goto(one_file.as_uri() + "?lesson=6")
    page.get_by_role("button", name="No, it has more than one place.").click()
    page.wait_for_selector(".truth:not(:empty)")
    page.get_by_role("button", name="Next").click()
    page.wait_for_selector("[data-stop='7'] .half")
    page.get_by_role("button", name=re.compile("^5. The bill")).click()
    page.get_by_text("made without the model mnist-beta1").wait_for()
    page.close()


def test_one_file_works_from_a_disk_without_a_network(browser: Browser, one_file: Path) -> None:
    assert one_file.stat().st_size <= 11e6
    page = browser.new_page()
    page.context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    page.goto(one_file.as_uri() + "?z=1,-1&tab=decode")
    assert len(page.evaluate(DECODED)) == 784
    assert page.evaluate("latentLab.z") == [1, -1]
    assert len(page.evaluate("latentLab.encode(new Float32Array(784)).then((q) => q.mean)")) == 2
    x = painted("mnist-vae", 1)
    found = page.evaluate("(x) => latentLab.posterior(x)", x.flatten().tolist())
    expected = grid_of("mnist-vae", None).refine(x).log_prob
    assert found["log_prob"] == pytest.approx(expected, abs=0.05)
    page.get_by_role("tab", name="Interpolate").click()
    page.get_by_label("Second path").select_option("near")
    page.wait_for_selector("[data-testid=lengths]:not(:empty)")
    page.get_by_role("tab", name="Reconstruct").click()
    page.get_by_text("What if a part of it is hidden?").click()
    page.wait_for_selector("[data-testid=curve]")
    page.get_by_role("tab", name="Generate").click()
    page.wait_for_selector(".generated .marks button")
    assert set(asked) <= {"file", "data", "blob"}
    page.close()


def test_two_lines_show_the_file_in_a_notebook(
    browser: Browser, one_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    first, last = text.split("```python\n")[1].split("```")[0].split("\n\n")
    monkeypatch.chdir(one_file.parent)
    names: dict[str, Any] = {}
    exec(first, names)
    cell = eval(last, names)  # what a notebook shows of a cell
    page = browser.new_page()
    page.set_content(f"<p>A notebook</p>{cell._repr_html_()}")
    frame = page.frames[1]
    frame.wait_for_function("() => window.latentLab?.ready")
    assert len(frame.evaluate(DECODED)) == 784
    page.close()


def test_an_address_for_one_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["lab.html", "--url", "https://lab.test/"])
    assert "--url is for a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["new.html", "--models", "nobody"],
            "there is no model nobody: expected some of mnist-vae",
        ),
        (["full"], "is not empty, and not an earlier export"),
        (["full/kept.txt/lab.html"], "error: "),
    ],
)
def test_a_bad_command_gets_a_sentence(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("full").mkdir()
    Path("full/kept.txt").write_text("mine", encoding="utf-8")
    assert main(arguments) == 1
    assert sentence in capsys.readouterr().err
    assert Path("full/kept.txt").read_text(encoding="utf-8") == "mine"


def test_the_command_says_what_it_wrote_and_what_it_cannot(tmp_path: Path) -> None:
    """In a process of its own, because it is to be quick: it needs no torch."""
    script = (
        "import sys; from ui.export import main\n"
        f"code = main([{str(tmp_path / 'site')!r}, '--models', 'frey-vae'])\n"
        "sys.exit(code or 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "frey-vae" in done.stdout
    assert "What needs Python is not in it" in done.stdout
    told = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    described = json.loads(told.split('id="models">')[1].split("</script>")[0])
    assert [one["name"] for one in described] == ["frey-vae"]


@pytest.mark.parametrize("page", ["README.md", "docs/deploy.md"])
def test_the_documented_commands_work(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    commands = re.findall(r"^\.venv/bin/python -m ui\.export (.*)$", text, re.MULTILINE)
    assert commands
    monkeypatch.chdir(tmp_path)
    for command in commands:
        assert main(command.split()) == 0


def test_an_export_again_leaves_nothing_of_the_last_one(tmp_path: Path) -> None:
    site = tmp_path / "site"
    export_folder(site, WEIGHTS, ["frey-vae", "mnist-vae"])
    (site / "lab" / "old.js").touch()
    export_folder(site, WEIGHTS, ["mnist-vae"])
    assert not (site / "lab" / "old.js").exists()
    assert not (site / "models" / "frey-vae").exists()
