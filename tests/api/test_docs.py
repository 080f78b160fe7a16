"""README.md and docs/: every block of code is run, or a comment above it says that it is not.

Python is run here. A comment `run by FILE` names the test that runs another block, `settings of
FILE` the one that has the same settings, and `not run: …` says why none does. Options of commands
are looked up in the command's help.
"""

import gc
import re
import runpy
import sys
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
import numpy as np
import pytest
from PIL import Image

import app
from tests.api.pictures import digit
from tests.live import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"(?:^<!-- ([^\n]*) -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"--[a-z][a-z-]+")
ENDPOINT_ROW = re.compile(r"^\| `(/\w+)` \| (.*?) ?\|", re.MULTILINE)
TABLE_ROW = re.compile(r"^\| `--.*", re.MULTILINE)


class Block(NamedTuple):
    page: Path
    note: str  # the comment above it
    language: str
    code: str


BLOCKS = [Block(page, *found) for page in PAGES for found in FENCE.findall(page.read_text("utf-8"))]
PYTHON = [block for block in BLOCKS if block.language == "python" and not block.note]
PROGRAMS = {  # a block goes on where the one before it on its page ends
    page.name: "".join(block.code for block in PYTHON if block.page == page)
    for page in {block.page for block in PYTHON}
}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: f"{b.page.stem}-{b.language}")
def test_each_block_is_run_or_said_not_to_be(block: Block) -> None:
    if block.note.startswith("run by "):
        test = ROOT / block.note.removeprefix("run by ")
        assert block.page.name in test.read_text(encoding="utf-8")
    elif block.note.startswith("settings of "):  # but for the address and the path
        test = ROOT / block.note.removeprefix("settings of ")
        settings = re.findall(r"^ *((?!proxy_pass)\w+ .*;)", block.code, re.MULTILINE)
        assert len(settings) > 3
        assert [line for line in settings if line not in test.read_text(encoding="utf-8")] == []
    elif block.note == "test command":
        assert "<!-- test command -->" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    else:  # what is text is no code
        assert (
            block in PYTHON or block.language == "text" or re.fullmatch(r"not run: .+", block.note)
        )


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # Gradio's, of apps never launched
@pytest.mark.parametrize("page", sorted(PROGRAMS))
def test_the_python_of_a_page_runs(
    page: str,
    digit_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    code = PROGRAMS[page]
    if "http://127.0.0.1:7860" in code:
        code = code.replace("http://127.0.0.1:7860", request.getfixturevalue("server").url)
    monkeypatch.chdir(tmp_path)
    Image.open(digit_file).convert("L").save("digit.jpg")
    Image.fromarray(np.tile(np.uint8(255) * (np.arange(28) < 14), (28, 1))).save("mask.png")
    Path("weights").symlink_to(ROOT / "weights")
    Path("pictures").mkdir()
    for text in "0123456789":
        digit(text).save(f"pictures/{text}.png")
    launched: list[gr.Blocks] = []
    monkeypatch.setattr(gr.Blocks, "launch", lambda blocks, **_: launched.append(blocks))
    names: dict[str, Any] = {}
    exec(compile(code, page, "exec"), names)
    assert len(launched) == code.count(".launch(")
    if "reconstruction.png" in code:
        with Image.open("reconstruction.png") as reconstruction:
            assert reconstruction.size == (28, 28)
    if "lab" in names:
        endpoints = names["lab"].view_api(return_format="dict")["named_endpoints"]
        rows = re.findall(ENDPOINT_ROW, (ROOT / "docs" / page).read_text(encoding="utf-8"))
        assert {name: arguments.split(", ") for name, arguments in rows if arguments} == {
            name: [parameter["parameter_name"] for parameter in endpoint["parameters"]]
            for name, endpoint in endpoints.items()
            if endpoint["parameters"]
        }
    del names
    launched.clear()
    gc.collect()  # so that the warning comes here


def test_the_options_of_app_are_those_of_its_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py", "--help"])
    with pytest.raises(SystemExit):
        app.parse_arguments()
    assert documented_options("app.py", "README.md") <= {*OPTION.findall(capsys.readouterr().out)}


@pytest.mark.filterwarnings("ignore:.* found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize(
    ("module", "page"),  # the page whose table lists the options
    [
        ("vae_core.train", "training.md"),
        ("vae_core.evaluate", None),
        ("tests.benchmarks.start", None),
    ],
)
def test_options_of_modules_are_those_of_their_help(
    module: str,
    page: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", [module, "--help"])
    with pytest.raises(SystemExit):
        runpy.run_module(module, run_name="__main__")
    assert documented_options(module, page) <= {*OPTION.findall(capsys.readouterr().out)}


def documented_options(program: str, page: str | None) -> set[str]:
    """The options in commands that start a program, and in the table of options of a page."""
    lines = [line for block in BLOCKS for line in block.code.splitlines() if program in line]
    if page:
        text = next(path for path in PAGES if path.name == page).read_text(encoding="utf-8")
        lines += TABLE_ROW.findall(text)
    options = {option for line in lines for option in OPTION.findall(line)}
    assert options
    return options
