"""The Gradio host: a header, the tabs, and the named endpoints under them.

The page is the same as without a server (`ui/web/`); Gradio lays it out and answers programs.
"""

import json
import re
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from ui import api
from ui.bundle import WEB
from ui.components import TABS, Header, Tab
from ui.descriptions import describe, names_in
from ui.files import ADDRESS, SCRIPT, STYLE, Files
from ui.gradio_fixes.front_end import FrontEnd
from ui.gradio_fixes.unreadable import RefuseUnreadable
from ui.picture_input import NOT_PLAIN, PictureInput, is_plain
from ui.questions import Questions, lazily
from ui.train_routes import TRAIN, TrainRoutes
from ui.training import Trainings
from ui.wall import WALL, ClassWall, Wall

CACHE_SECONDS = 24 * 3600  # uploads and downloads are deleted after a day
MAX_BYTES = 10 * 1024**2  # of an upload, as vae_core.images has it
FONTS = ("system-ui", "sans-serif")  # named, so that none is fetched
DARK = "#12171e"  # behind everything in the dark: --paper of ui/web/lab.css
META = re.compile(r'^<meta (?:name="description"|property="og:).*$', re.MULTILINE)  # of the page
PREVIEW = META.findall((WEB / "index.html").read_text("utf-8"))  # what messengers show of a link
STYLES = f'<link rel="stylesheet" href="{ADDRESS}{STYLE}">'
SHOWN = ("tabs", "tabitem", "row", "html")  # all that the page is made of


class Page(gr.Blocks):
    """Blocks whose endpoints take fewer arguments than they have: those left out are None."""

    def get_config_file(self) -> Any:
        """Describe the page when it is launched: twice before it would take a second."""
        if not getattr(self, "exited", False):
            return {}
        config = super().get_config_file()
        # What only the endpoints have is never seen: 50 files of Gradio need not be loaded for it.
        for component in config["components"]:
            if component["type"] not in SHOWN:
                component["type"] = "html"
        return config

    def queue(self, *args: Any, **options: Any) -> gr.Blocks:
        """Look for requests a hundred times a second; Gradio does a thousand times, at rest too."""
        super().queue(*args, **options)
        self._queue.sleep_when_free = 0.01
        self._queue.progress_update_sleep_when_free = 0.1
        return self

    def validate_inputs(self, block_fn: Any, inputs: list[Any]) -> None:
        """Fill up, so that nobody who calls without gradio_client needs to know them all.

        What was sent as a picture is judged here, before Gradio takes it for a file.
        """
        inputs.extend([None] * (len(block_fn.inputs) - len(inputs)))
        for place, component in enumerate(block_fn.inputs):
            if isinstance(component, PictureInput):
                inputs[place] = component.uploaded(inputs[place])
            elif block_fn.api_visibility == "public" and not is_plain(inputs[place]):
                raise gr.Error(NOT_PLAIN.format(component.label), print_exception=False)


def build(weights_dir: Path, data_dir: Path | None = None) -> gr.Blocks:
    """The app for the models of one directory; launch it with its `launch_options`.

    Args:
        weights_dir: a folder for each model.
        data_dir: where datasets may be found, see `vae_core.datasets.data_dir`.
    Raises:
        OSError: the directory holds no model, or the default one is damaged.
    """
    names = names_in(weights_dir)
    if not names:
        raise OSError(f"{weights_dir} holds no model: train one with vae_core.train")
    if problem := describe(weights_dir / names[0], str).get("problem"):
        raise OSError(f"{weights_dir / names[0]}/{problem}")
    lab = lazily(weights_dir, data_dir)
    blocks = Page(title="Latent Lab", delete_cache=(CACHE_SECONDS, CACHE_SECONDS))
    with blocks:
        Header()
        with gr.Tabs(selected="reconstruct", overflow_behavior="wrap", elem_classes="lab-tabs"):
            for name, title in TABS.items():
                with gr.Tab(title, id=name):
                    Tab(name)
        api.build(lab, weights_dir)
    return blocks


def launch_options(
    weights_dir: Path,
    data_dir: Path | None = None,
    wall: Wall | None = None,
    trainings: Trainings | None = None,
) -> dict[str, Any]:
    """Options of `Blocks.launch` with which components of `ui.components` find their files.

    Args:
        weights_dir: a folder for each model.
        data_dir: where datasets may be found, see `vae_core.datasets.data_dir`.
        wall: where students may send their codes.
        trainings: on this computer, where it lets visitors train.
    """
    theme = gr.themes.Default(font=FONTS, font_mono=("ui-monospace", "monospace"))
    asked_by = partial(_head, weights_dir, wall is not None, trainings is not None)
    return {
        "theme": theme.set(body_background_fill_dark=DARK, background_fill_primary_dark=DARK),
        "app_kwargs": {
            "middleware": [
                *([Middleware(ClassWall, wall=wall)] if wall else []),
                *([Middleware(TrainRoutes, trainings=trainings)] if trainings else []),
                Middleware(Questions, lab=lazily(weights_dir, data_dir)),
                Middleware(Files, weights_dir=weights_dir),
                Middleware(FrontEnd, head=asked_by, styles=STYLES),
                Middleware(RefuseUnreadable),
            ]
        },
        "max_file_size": MAX_BYTES,
        "footer_links": ["api", "gradio", "settings"],
        "ssr_mode": False,
    }


def address_of(file: Path) -> str:
    """Of a file of a model, as the page asks for it."""
    return f"{ADDRESS}models/{file.parent.name}/{file.name}"


def _head(weights_dir: Path, wall: bool, train: bool) -> str:
    return _head_of(weights_dir, tuple(names_in(weights_dir)), wall, train)


@lru_cache(maxsize=2)
def _head_of(weights_dir: Path, names: tuple[str, ...], wall: bool, train: bool) -> str:
    """What the page's head needs: the models, what the first picture will need, and addresses."""
    models = [describe(weights_dir / name, address_of) for name in names]
    text = json.dumps(models).replace("<", "\\u003c")
    asked = {"wall": WALL} if wall else {}
    asked |= {"training": TRAIN} if train else {}
    begin = f'import {{ ready }} from "./{ADDRESS}{SCRIPT}"; ready();'
    return "\n".join(
        [
            *PREVIEW,
            f'<script type="application/json" id="models">{text}</script>',
            *(
                f'<script type="application/json" id="{name}">{{"address": "{where}"}}</script>'
                for name, where in asked.items()
            ),
            # It begins while Gradio does, which mounts the parts when it has begun.
            f'<script type="module">{begin}</script>',
        ]
    )
