"""Custom components: a gr.HTML subclass each, with its .html, .css and .js beside it."""

from pathlib import Path
from urllib.parse import quote

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "static"


def public_url(file: Path) -> str:
    """Address, relative to the app's root, of a file in a public folder; new when it changes."""
    path = file.resolve()
    return f"gradio_api/file={quote(path.as_posix())}?v={path.stat().st_mtime_ns:x}"


def mount(module: str) -> str:
    """The one line of JavaScript that Gradio runs: hand the element over to a module."""
    address = public_url(HERE / module)
    return (
        f"import(new URL({address!r}, window.gradio_config.root + '/'))"
        ".then((module) => module.mount({ element, props, trigger, server, watch }));"
    )
