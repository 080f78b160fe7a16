"""The lab without a server: python -m ui.export site/ | lab.html [--models NAME ...]"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from ui.descriptions import describe, names_in

WEB = Path(__file__).resolve().parent / "web"
WEIGHTS = Path(__file__).resolve().parents[1] / "weights"
SCRIPT = """<script type="module">
import {{ start }} from "./lab/main.js";
import {{ staticHost }} from "./lab/host/static.js";
start(staticHost({descriptions}), document.getElementById("lab"));
</script>"""


def styles() -> list[Path]:
    """The page's style sheets: what all parts share comes first."""
    return [
        WEB / "lab.css",
        *sorted((WEB / "parts").glob("*.css")),
        *sorted((WEB / "tabs").glob("*.css")),
    ]


def export_folder(site: Path, weights_dir: Path, models: Sequence[str]) -> None:
    """A folder for any web server."""
    site.mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        WEB,
        site / "lab",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("*.d.ts", "*.wat", "index.html"),
    )
    described = []
    for name in models:
        target = site / "models" / name
        target.mkdir(parents=True, exist_ok=True)
        for file in sorted((weights_dir / name).iterdir()):
            if file.suffix in (".safetensors", ".json"):
                shutil.copy(file, target)
        described.append(
            describe(weights_dir / name, lambda file: f"models/{file.parent.name}/{file.name}")
        )
    links = "\n".join(
        f'<link rel="stylesheet" href="lab/{path.relative_to(WEB).as_posix()}">'
        for path in styles()
    )
    page = (WEB / "index.html").read_text(encoding="utf-8")
    page = page.replace("<!-- head -->", links)
    page = page.replace(
        "<!-- start -->",
        SCRIPT.format(
            descriptions=json.dumps(described, ensure_ascii=False).replace("<", "\\u003c")
        ),
    )
    (site / "index.html").write_text(page, encoding="utf-8")


def _address(file: Path) -> str:
    return f"models/{file.parent.name}/{file.name}"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ui.export", description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--models", nargs="+")
    parser.add_argument("--weights-dir", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    export_folder(
        options.target, options.weights_dir, options.models or names_in(options.weights_dir)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
