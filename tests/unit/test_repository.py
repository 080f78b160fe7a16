"""What the README and the Space rely on, and what must not be in the repository."""

import ast
import importlib
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = {
    "app.py", "vae_core", "ui", "weights", "tests", "docs", "requirements.txt", "pyproject.toml",
    "README.md", "LICENSE", ".ci", ".gitignore", ".github",
}  # fmt: skip


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [Path(name) for name in listing.stdout.split("\0") if name]


def front_matter() -> dict[str, str]:
    block = (ROOT / "README.md").read_text(encoding="utf-8").split("---")[1]
    return dict(line.split(": ", 1) for line in block.strip().splitlines())


def test_the_space_runs_the_version_that_was_tested() -> None:
    fields = front_matter()
    assert fields["sdk"] == "gradio"
    assert fields["sdk_version"] == version("gradio")
    assert f"gradio=={version('gradio')}" in (ROOT / "requirements.txt").read_text()
    assert (ROOT / fields["app_file"]).exists()
    assert fields["license"] == "mit"


# Of packages that are not called what is imported.
PACKAGES = {
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "xdist": "pytest-xdist",
    "zxingcpp": "zxing-cpp",
}
OUR_OWN = {"app", "tests", "ui", "vae_core"}


def imported(files: list[Path]) -> set[str]:
    """Packages that are imported anywhere in files, as package indexes call them."""
    names = set()
    for file in files:
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return {
        PACKAGES.get(name, name.replace("_", "-"))
        for name in names - OUR_OWN - sys.stdlib_module_names
    }


def declared(file: str) -> set[str]:
    """The packages that a file of requirements names, and those of files it refers to."""
    names = set()
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            names |= declared(str(Path(file).parent / line.removeprefix("-r ").strip()))
        elif name := re.match(r"[\w-]+", line):
            names.add(name[0].lower().replace("_", "-"))
    return names


def test_what_is_imported_is_declared(tracked: list[Path]) -> None:
    sources = [path for path in tracked if path.suffix == ".py" and (ROOT / path).exists()]
    of_tests = [path for path in sources if path.parts[0] == "tests"]
    shipped = [path for path in sources if path.parts[0] != "tests"]
    assert imported(shipped) <= declared("requirements.txt")
    assert imported(of_tests) <= declared("tests/requirements.txt")
    assert {"gradio", "torch", "pillow", "brotli"} <= imported(shipped)


def test_gradio_writes_no_stubs_beside_the_sources() -> None:
    """Which type checkers would read instead."""
    importlib.import_module("ui.shell")  # which imports all components
    assert [*(ROOT / "ui").rglob("*.pyi")] == []


def test_only_the_design_stands_at_the_top(tracked: list[Path]) -> None:
    assert {path.parts[0] for path in tracked} <= TOP


def test_files_are_small_and_hold_no_data(tracked: list[Path]) -> None:
    sizes = {path: (ROOT / path).stat().st_size for path in tracked if (ROOT / path).exists()}
    assert max(sizes.values()) < 10_000_000
    assert sum(size for path, size in sizes.items() if path.parts[0] == "weights") < 90_000_000
    kinds = {path.suffix for path in tracked}
    assert not kinds & {".pt", ".pth", ".pkl", ".npy", ".npz", ".zip", ".gz", ".pyi"}
    assert not [path for path in tracked if "idx" in path.name]
    pictures = {path for path in tracked if path.suffix in {".png", ".jpg", ".gif", ".webp"}}
    pictures -= {path for path in pictures if path.match("weights/*/manifold.png")}
    assert {path.parts[0] for path in pictures} <= {"docs"}


def anchors(page: Path) -> set[str]:
    """What links may name after #, as GitHub makes it of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_of_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("weights/*/README.md")]
    links = {
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in link
    }
    assert {page for page, _ in links} >= {ROOT / "README.md", ROOT / "docs" / "models.md"}
    dead = set()
    for page, link in links:
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.add((page.relative_to(ROOT), link))
    assert dead == set()


def test_the_layout_names_each_file_of_the_library() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    files = {path.name for path in (ROOT / "vae_core").rglob("[!_]*.py")}
    assert "model.py" in files
    assert {name for name in files if name not in text} == set()


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_each_page_and_picture_of_the_docs_is_linked_from_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    text += "".join(page.read_text(encoding="utf-8") for page in ROOT.glob("docs/*.md"))
    assert [path.name for path in (ROOT / "docs").iterdir() if path.name not in text] == []


def test_no_browser_code_comes_from_elsewhere(tracked: list[Path]) -> None:
    scripts = [path for path in tracked if path.suffix in {".js", ".css", ".html"}]
    assert scripts
    assert [path for path in scripts if "://" in (ROOT / path).read_text(encoding="utf-8")] == []


def requirements(file: str) -> set[str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {line.partition("#")[0].strip() for line in lines if line[:1] not in {"", "#", "-"}}


def test_the_package_requires_what_the_checkout_does() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = re.findall(r"^(\w+) = \[(.*?)\]", project, re.MULTILINE | re.DOTALL)
    package = {name: set(re.findall(r'"(.+?)"', items)) for name, items in lists}
    assert package["test"] == requirements("tests/requirements.txt")
    app = requirements("requirements.txt")
    assert app - package["dependencies"] - package["train"] == {
        line for line in app if line.startswith(("gradio", "brotli", "starlette"))
    }
    assert package["dependencies"] | package["train"] <= app
