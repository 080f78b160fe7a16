"""The page: a header with the model picker, and the tabs under it."""

from collections.abc import Mapping
from contextlib import suppress
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from ui import api
from ui.components.current_code import CurrentCode
from ui.components.latent_map import describe_model
from ui.components.picture_input import NOT_PLAIN, PictureInput, is_plain
from ui.front_end import FrontEnd
from ui.gradio_fixes.unreadable import RefuseUnreadable
from ui.lab import Lab
from ui.shared import Shared, in_the_page, quietly
from ui.splash import splash
from ui.tabs import compare, complete, decode, generate, interpolate, manifold, reconstruct, style
from ui.tabs import map as map_tab
from vae_core import ModelError, VAEConfig
from vae_core.datasets import DATASETS
from vae_core.images import MAX_BYTES

CACHE_SECONDS = 24 * 3600  # uploads and downloads are deleted after a day
OBJECTIVES = {
    "elbo": "ELBO",
    "iwae": "importance-weighted bound",
    "autoencoder": "plain autoencoder",
}

TABS = {
    "Reconstruct": reconstruct,
    "Decode": decode,
    "Interpolate": interpolate,
    "Map": map_tab,
}
MORE = "more"  # the tab that the rest are under, so that the first screen stays simple
TABS_MORE = {
    "Compare two models": compare,
    "Complete a picture": complete,
    "Generate pictures": generate,
    "Tour the manifold": manifold,
    "Change the class": style,
}

FONTS = ("system-ui", "sans-serif")  # named, so that none is fetched
LAUNCH_OPTIONS: dict[str, Any] = {
    # In the head, because Gradio rewrites the selectors of `css` and loses media queries.
    "head": f"<style>{Path(__file__).with_name('style.css').read_text(encoding='utf-8')}</style>",
    "theme": gr.themes.Default(font=FONTS, font_mono=("ui-monospace", "monospace")),
    "app_kwargs": {"middleware": [Middleware(FrontEnd), Middleware(RefuseUnreadable)]},
    "max_file_size": MAX_BYTES,
    "state_session_capacity": 1000,  # pages whose picture the server remembers
    "footer_links": ["api", "gradio", "settings"],
    "ssr_mode": False,
}


class Page(gr.Blocks):
    """Blocks whose endpoints take fewer arguments than they have: those left out are None."""

    splash = ""  # see `FrontEnd`

    def get_config_file(self) -> Any:
        """Describe the page when it is launched: twice before it would take a second."""
        return super().get_config_file() if getattr(self, "exited", False) else {}

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


class ClassPicker(gr.Dropdown):
    """Hands on what is picked as it came: while models change it may be a class of the last one."""

    is_template = True  # shown by gr.Dropdown's own front end

    def preprocess(self, payload: Any) -> Any:
        """Whatever was sent; see `Lab.told`."""
        return payload


def build(weights_dir: Path, data_dir: Path | None = None) -> gr.Blocks:
    """The app for the models of one directory; launch it with `LAUNCH_OPTIONS`.

    Args:
        weights_dir: a folder for each model.
        data_dir: where datasets may be found, see `vae_core.datasets.data_dir`.
    Raises:
        ModelError: the directory holds no model, or the default one is damaged.
    """
    lab = Lab(weights_dir, data_dir)
    models = lab.models()

    blocks = Page(title="Latent Lab", delete_cache=(CACHE_SECONDS, CACHE_SECONDS))
    with blocks:
        with gr.Row(elem_classes="header"):
            gr.Markdown(
                "# Latent Lab\nEvery picture is a point on a plane; every point on the "
                "plane is a picture."
            )
            with gr.Column(min_width=200):
                model = gr.Dropdown(models, value=models[0], label="Model", elem_id="model")
                about = gr.HTML(_about(lab.model(models[0]).config), elem_id="about-model")
            label = ClassPicker(label="Class", elem_id="class", **_classes(lab, models[0], None))
            current = CurrentCode(
                _descriptions(weights_dir, models), models[0], label.value, elem_id="current-code"
            )
        z1, z2 = decode.sliders()
        shared = Shared(
            lab, model, label, current, z1, z2, gr.State(0), gr.State(None), blocks.load
        )
        with gr.Tabs() as tabs:
            _tabs(TABS, shared)
            with gr.Tab("More", id=MORE) as more, gr.Tabs(elem_id="more") as tabs_more:
                _tabs(TABS_MORE, shared)
            in_the_page([more.select], "() => latentLab.keep({tab: latentLab.more})", [], [])

        def asked_for(request: gr.Request) -> tuple[Any, Any, Any]:
            return _asked_for(lab, request.query_params)

        quietly([blocks.load], asked_for, [], [model, tabs, tabs_more])
        in_the_page([current.release], "() => latentLab.sliders", [], [z1, z2])
        quietly(
            [model.change],
            lambda name, picked: (
                _about(lab.model(name).config),
                gr.update(**_classes(lab, name, picked)),
            ),
            [model, label],
            [about, label],
        )
        api.build(lab)
    if shared.reconstructed.value:
        blocks.splash = splash(shared.reconstructed.value)
    return blocks


def _tabs(tabs: Mapping[str, ModuleType], shared: Shared) -> None:
    """Lay tabs out; the address keeps which is open."""
    for name, tab in tabs.items():
        with gr.Tab(name, id=_id(tab)) as page:
            tab.build(shared)
        more = "latentLab.more = " if tabs is TABS_MORE else ""
        in_the_page([page.select], f"() => latentLab.keep({{tab: {more}'{page.id}'}})", [], [])


def _asked_for(lab: Lab, address: Mapping[str, str]) -> tuple[Any, Any, Any]:
    """The model and the tab that the page's address names: see lab.js, which keeps them there."""
    name, tab = address.get("model"), address.get("tab")
    first, further = ([*map(_id, tabs.values())] for tabs in (TABS, TABS_MORE))
    outer = MORE if tab in further else tab
    return (
        name if name in lab.models() else gr.skip(),
        gr.Tabs(selected=outer) if outer in (*first, MORE) else gr.skip(),
        gr.Tabs(selected=tab) if tab in further else gr.skip(),
    )


def _id(tab: ModuleType) -> str:
    """A tab's name in the address."""
    return tab.__name__.rpartition(".")[2]


def _descriptions(weights_dir: Path, models: list[str]) -> dict[str, Any]:
    """What the browser needs of each model; of a damaged one the server says what is wrong."""
    found = {}
    for name in models:
        with suppress(ModelError):
            found[name] = describe_model(weights_dir / name)
    return found


def _classes(lab: Lab, model: str, picked: str | None) -> dict[str, Any]:
    """What the class picker shows: it is there for models that are told the class."""
    config = lab.model(model).config
    value = lab.told(picked, model)
    return {"choices": list(config.classes), "value": value, "visible": config.conditional}


def _about(config: VAEConfig) -> str:
    """A model in a line."""
    known = DATASETS.get(config.dataset)
    channels, height, width = config.shape
    count = len(config.classes)
    words = [
        known.title if known else "your own pictures",
        f"{height}×{width} {'colour' if channels == 3 else 'grey'}",
        f"{count} classes" if count > 1 else "one class" if count else "no labels",
        config.likelihood.capitalize(),
        OBJECTIVES[config.objective],
    ]
    if config.probabilistic and config.beta != 1:
        words[-1] += f" with β = {config.beta:g}"
    if config.conditional:
        words.append("told the class")
    return escape(" · ".join(words))
