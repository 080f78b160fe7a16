"""The lab without a server: python -m ui.export site/ | lab.html [--models NAME ...]

A folder goes on any web server, a static Space or GitHub Pages, in any sub-path, and works offline
after the first visit. One file opens by double click, from a USB stick or an e-mail.
"""

import argparse
import base64
import hashlib
import json
import re
import shutil
import sys
import zlib
from collections.abc import Sequence
from html import escape
from pathlib import Path

from ui.bundle import WEB, bundle, modules, needed
from ui.descriptions import FILES, describe, names_in

WEIGHTS = Path(__file__).resolve().parents[1] / "weights"
LICENCE = Path(__file__).resolve().parents[1] / "LICENSE"
PREVIEW = "manifold.png"  # of the first model: its plane
OFFLINE = "offline.js"  # the service worker
CORE = WEB.parents[1] / "vae_core"
# Of vae_core, what the lesson quotes.
SOURCES = ("model.py", "objectives.py", "exact/grid.py", "exact/refine.py", "exact/complete.py")
FIRST = ("start.js", "main.js", "tabs/reconstruct.js")  # what a visit begins with
CANNOT = (
    "What needs Python is not in it: the endpoints for programs, the original images of a dataset "
    "beside their reconstructions, and training on a folder of pictures."
)
SPACE = """---
title: Latent Lab
emoji: 🔢
colorFrom: blue
colorTo: gray
sdk: static
app_file: index.html
pinned: false
license: mit
---

The latent space of a variational autoencoder with two dimensions, to look at and to compute with.
`python -m ui.export` wrote this page. It needs no server: everything runs in the browser.
"""


def styles() -> list[Path]:
    """The page's style sheets: what all parts share comes first."""
    return [WEB / "lab.css", *sorted(WEB.glob("parts/*.css")), *sorted(WEB.glob("tabs/*.css"))]


def export_folder(site: Path, weights_dir: Path, models: Sequence[str], url: str = "") -> None:
    """A folder for any web server.

    Args:
        site: the folder, made if it is not there; what an earlier export left in it is replaced.
        weights_dir: where the models are.
        models: their names, the first to be shown first.
        url: where the folder will be, for the picture that messengers show beside a link to it.
    """
    site.mkdir(parents=True, exist_ok=True)
    for made in ("lab", "models"):
        shutil.rmtree(site / made, ignore_errors=True)
    sheets = [path.relative_to(WEB).as_posix() for path in styles()]
    for name in [*modules(), *sheets]:
        if name != OFFLINE:
            (site / "lab" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(WEB / name, site / "lab" / name)
    for name in models:
        for file in _files(weights_dir / name):
            (site / "models" / name).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, site / "models" / name / file.name)
    for name in SOURCES:
        (site / "lab" / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CORE / name, site / "lab" / "source" / f"{name}.txt")
    head = [f'<link rel="stylesheet" href="lab/{sheet}">' for sheet in sheets]
    head += [f'<link rel="modulepreload" href="lab/{name}">' for name in needed(*FIRST)]
    preview = weights_dir / models[0] / PREVIEW
    if url and preview.is_file():
        shutil.copyfile(preview, site / PREVIEW)
        address = escape(f"{url.rstrip('/')}/{PREVIEW}")
        head.append(f'<meta property="og:image" content="{address}">')
    start = '<script type="module" src="lab/start.js"></script>'
    page = _page(head, weights_dir, models, [start])
    (site / "index.html").write_text(page, encoding="utf-8")
    (site / "README.md").write_text(SPACE, encoding="utf-8")
    (site / ".nojekyll").touch()  # GitHub Pages would leave out what begins with an underscore
    shutil.copyfile(LICENCE, site / "LICENSE")
    (site / OFFLINE).write_text(_service_worker(site, models), encoding="utf-8")


def export_file(target: Path, weights_dir: Path, models: Sequence[str]) -> None:
    """One file that opens from a disk. The arguments are those of `export_folder`."""
    sheets = "\n".join(sheet.read_text(encoding="utf-8") for sheet in styles())
    css = re.sub(r" ?/\*.*?\*/", "", sheets, flags=re.DOTALL)  # for readers of the repository
    data = [
        f'<script type="text/plain" data-file="{_address(file)}">{_packed(file)}</script>'
        for name in models
        for file in _files(weights_dir / name)
    ]
    script = f'<script id="modules">{_within_script(bundle("start.js"))}</script>'
    page = _page([f"<style>\n{css}\n</style>"], weights_dir, models, [*data, script])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, encoding="utf-8")


class Cell:
    """A page in a frame, as a notebook shows what a cell ends in; see `notebook`."""

    def __init__(self, page: str, height: int) -> None:
        self.page, self.height = page, height

    def _repr_html_(self) -> str:
        style = f"width: 100%; height: {self.height}px; border: 0"
        return f'<iframe title="Latent Lab" style="{style}" srcdoc="{escape(self.page)}"></iframe>'


def notebook(file: str | Path, height: int = 900) -> Cell:
    """An exported file as what a cell of a notebook shows, in Jupyter and in Colab.

    The file's text goes along in the frame, because a notebook's page may not read the disk of the
    computer that runs it.

    Args:
        file: what `python -m ui.export lab.html` wrote.
        height: of the frame, in pixels.
    """
    return Cell(Path(file).read_text(encoding="utf-8"), height)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m ui.export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", type=Path, help="a folder, or a file that ends in .html")
    parser.add_argument(
        "--models",
        nargs="+",
        metavar="NAME",
        help="models to take along (a folder: all of them; a file: the default alone)",
    )
    parser.add_argument("--weights-dir", type=Path, default=WEIGHTS, help="where the models are")
    parser.add_argument("--url", default="", help="where the folder will be: for link previews")
    options = parser.parse_args(arguments)
    known = names_in(options.weights_dir)
    one_file = options.target.suffix in (".html", ".htm")
    if one_file and options.url:
        parser.error("--url is for a folder: one file has no second one for a link's preview")
    models = options.models or (known[:1] if one_file else known)
    if problem := _why_not(options.target, models, known, options.weights_dir):
        print(f"error: {problem}", file=sys.stderr)
        return 1
    try:
        if one_file:
            export_file(options.target, options.weights_dir, models)
        else:
            export_folder(options.target, options.weights_dir, models, options.url)
    except OSError as error:
        print(f"error: {error.strerror}: {error.filename}", file=sys.stderr)
        return 1
    print(_report(options.target, models))
    return 0


def _why_not(target: Path, models: Sequence[str], known: Sequence[str], weights_dir: Path) -> str:
    """What is wrong with what was asked for; empty if nothing is."""
    if not known:
        return f"{weights_dir} holds no model"
    for name in models:
        if name not in known:
            return f"there is no model {name}: expected some of {', '.join(known)}"
        if problem := describe(weights_dir / name, _address).get("problem"):
            return f"{name}: {problem}"
    if target.is_dir() and any(target.iterdir()) and not (target / OFFLINE).exists():
        return f"{target} is not empty, and not an earlier export: choose another folder"
    return ""


def _report(target: Path, models: Sequence[str]) -> str:
    """What was written, and what it cannot do."""
    files = [path for path in target.rglob("*") if path.is_file()] if target.is_dir() else [target]
    size = sum(path.stat().st_size for path in files) / 1e6
    holds = f"{size:.1f} MB" + (f" in {len(files)} files" if target.is_dir() else "")
    use = (
        "Put it on any web server; with a web server of Python's own, try it by\n"
        f"  python -m http.server --directory {target}"
        if target.is_dir()
        else "Open it in a browser by double click."
    )
    return f"{target} holds the lab with {', '.join(models)}: {holds}.\n{use}\n{CANNOT}"


def _files(folder: Path) -> list[Path]:
    """What the page may ask for of a model."""
    return [folder / file for file in FILES.values() if (folder / file).is_file()]


def _address(file: Path) -> str:
    return f"models/{file.parent.name}/{file.name}"


def _within_script(text: str) -> str:
    """A script's text that ends no script: in strings of JavaScript and JSON, \\u003c is <."""
    return text.replace("</script", "\\u003c/script").replace("<!--", "\\u003c!--")


def _page(
    head: Sequence[str], weights_dir: Path, models: Sequence[str], start: Sequence[str]
) -> str:
    """The document: what its head holds, what it is told of the models, and how it starts."""
    described = [describe(weights_dir / name, _address) for name in models]
    told = _within_script(json.dumps(described, ensure_ascii=False))
    start = [f'<script type="application/json" id="models">{told}</script>', *start]
    page = (WEB / "index.html").read_text(encoding="utf-8")
    for mark, lines in (("<!-- head -->", head), ("<!-- start -->", start)):
        page = page.replace(mark, "\n".join(lines))
    return page


def _packed(file: Path) -> str:
    """A file's bytes, compressed (zlib, RFC 1950), in base64."""
    return base64.b64encode(zlib.compress(file.read_bytes(), 9)).decode("ascii")


def _service_worker(site: Path, models: Sequence[str]) -> str:
    """It keeps the page and its first model; the others once they have been used."""
    every = sorted(path for path in site.rglob("*") if path.is_file() and path.name != OFFLINE)
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in every)).hexdigest()[:12]
    kept = [path.relative_to(site).as_posix() for path in every if path.suffix in (".js", ".css")]
    kept += [f"models/{models[0]}/{FILES[part]}" for part in ("decoder", "encoder", "encodings")]
    text = (WEB / OFFLINE).read_text(encoding="utf-8")
    return f"const VERSION = {digest!r};\nconst PAGE = {json.dumps(['./', *kept])};\n{text}"


if __name__ == "__main__":
    sys.exit(main())
