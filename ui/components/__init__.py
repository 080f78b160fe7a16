"""Custom components: a gr.HTML subclass each, with its .html, .css and .js beside it."""

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from ui.gradio_fixes import write_no_stubs

write_no_stubs()  # before any component is defined

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "static"
CORE = HERE.parent / "web" / "core"
FILES = "gradio_api/file="  # relative to the app's root


def modules() -> list[Path]:
    """All that the browser runs."""
    return [module for folder in (HERE, STATIC, CORE) for module in sorted(folder.glob("*.js"))]


@cache
def publish_modules() -> None:
    """Let the browser fetch them. Once: Gradio looks through all that is public time and again."""
    gr.set_static_paths([*modules()])


def public_url(file: Path) -> str:
    """Address, relative to the app's root, of a file in a public folder; new when it changes."""
    return _address(file, file.resolve().stat().st_mtime_ns)


def template(name: str) -> dict[str, Any]:
    """What makes a gr.HTML of the files of one name: its template, its style and its behaviour.

    The one line of JavaScript hands the element over to the module. All modules have one version,
    which each passes on to those it imports, so that none is older than the others.
    """
    version = max(module.stat().st_mtime_ns for module in modules())
    address = _address(HERE / f"{name}.js", version)
    return {
        "html_template": (HERE / f"{name}.html").read_text(encoding="utf-8"),
        "css_template": (HERE / f"{name}.css").read_text(encoding="utf-8"),
        "js_on_load": (
            f"import(new URL({address!r}, window.gradio_config.root + '/'))"
            ".then((module) => module.mount({ element, props, trigger, server, watch }))"
            ".catch((error) => element.prepend(`This part could not start in your browser, so "
            "pictures come from the server. (${error.message})`));"
        ),
        "apply_default_css": False,
    }


def file_route(file: Path) -> str:
    """The path of a request for a file in a public folder, as the server reads it."""
    return f"/{FILES}{file.resolve().as_posix()}"


def _address(file: Path, version: int) -> str:
    return f"{FILES}{quote(file.resolve().as_posix())}?v={version:x}"
