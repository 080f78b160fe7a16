"""Map: the encoded test set, to explore."""

import math
from typing import Any

import gradio as gr
from torch import Tensor

from ui.errors import in_a_sentence
from ui.lab import LAYER_SPAN, Lab
from ui.shared import Shared, quietly
from ui.tabs.decode import picture

NO_LAYER, AREA, CROWD = "none", "area factor", "aggregate posterior"
FACTOR = 100  # how much denser or emptier than the prior the colours of a layer reach
AREA_WORDS = (
    "**Area factor**, log √det JᵀJ: where a small step of the code changes the picture most "
    "(yellow), as between two kinds of picture, and where hardly at all (blue). One nat more is "
    "2.7 times the change of area."
)
CROWD_WORDS = (
    "**Aggregate posterior against the prior**, log q(z) / p(z), where q(z) is the average of "
    "q(z|x) over the test set: where it is blue, fewer pictures live than N(0, I) expects, and "
    "samples from there look wrong, because the decoder has hardly seen such codes. q(z) is below "
    "a hundredth of p(z) in **{empty:.1%}** of the prior's mass; KL(q(z) ‖ p(z)) is "
    "**{kl:.2f} nats**."
)
NO_CROWD = (
    "A plain autoencoder has no q(z|x), and no prior to compare it with: there is no aggregate "
    "posterior."
)
HELP = """
**Mouse**: a click picks a code, and its ring can be dragged. The wheel zooms, dragging elsewhere
pans, a double click goes back. With *Box* or *Lasso* dragging selects dots: they are decoded and
counted below the map, and go into a CSV file.

**Finger**: a tap picks, the ring can be dragged, two fingers zoom.

**Keyboard**: go to the map with Tab. Arrow keys move the code (with Shift faster), the keys +, −
and 0 zoom in, out and back, S selects the dots around the code.

*Decoded plane* paints under the dots what the decoder makes of each place.

The circles are 1, 2 and 3 standard deviations of the prior p(z) = N(0, I); a plain autoencoder has
none. The buttons under the map hide and show classes.
"""


PROGRESS = gr.Progress(track_tqdm=True)  # of the download


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    gr.Markdown(
        "Each dot is one test image at its code: point anywhere to see what the decoder "
        "paints there, **click to make it the current code**."
    )
    lab = shared.lab
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            latent_map = shared.map(
                "The encoded test images", colour_by=True, tools=True, replay=True
            )
            layer = gr.Radio([NO_LAYER, AREA, CROWD], value=NO_LAYER, label="Layer of colour")
            words = gr.Markdown()
        with gr.Column(min_width=280):
            picture(shared)
            with gr.Column(visible=lab.can_fetch(shared.model.value)) as offer:
                with gr.Row():
                    fetch = gr.Button("Fetch the original images", size="sm", min_width=150)
                    cancel = gr.Button("Cancel the download", size="sm", min_width=150)
                what_for = gr.Markdown(
                    "The dataset is not on this computer's disk. Once it is, pointing at a dot "
                    "shows the original beside its reconstruction."
                )
            gr.Markdown(HELP)

    download = Download(lab)
    fetching = fetch.click(
        in_a_sentence(download.fetch),
        shared.model,
        offer,
        show_progress="full",
        show_progress_on=what_for,  # a column shows none
        concurrency_limit=1,
        api_visibility="private",
    )
    cancel.click(download.stop, [], [], cancels=fetching, api_visibility="private")
    gr.on(
        [layer.change, shared.model.change, shared.label.change],
        in_a_sentence(lambda *asked: _layer(lab, *asked)),
        [layer, shared.model, shared.label],
        [latent_map, words],
        show_progress="full",
        show_progress_on=words,
        trigger_mode="always_last",
        concurrency_limit=1,  # so that of several who ask for the same, one waits for the other
        api_visibility="private",
    )
    quietly(
        [shared.model.change],
        lambda model: gr.update(visible=lab.can_fetch(model)),
        [shared.model],
        [offer],
    )


class NotWantedError(Exception):
    """Nobody waits for a download any more."""


class Download:
    """Fetches datasets; each page may stop its own.

    Gradio's `cancels` alone would let a function run to its end, unseen.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.wanted: dict[str | None, object] = {}  # by page: the download it waits for

    def fetch(self, model: str, request: gr.Request, progress: gr.Progress = PROGRESS) -> Any:
        """What the offer shows once the model's dataset is there."""
        page, advance = request.session_hash, progress.update
        mine = self.wanted[page] = object()

        def update(n: float = 1) -> None:
            if self.wanted.get(page) is not mine:
                raise NotWantedError
            advance(n)

        progress.update = update  # tqdm's: all that is called while a file comes in
        try:
            self.lab.fetch(model)
        except NotWantedError:
            return gr.skip()
        return gr.update(visible=False)

    def stop(self, request: gr.Request) -> None:
        """End the page's download with the next piece of the file."""
        self.wanted.pop(request.session_hash, None)


def _layer(lab: Lab, layer: str, model: str, label: str | None) -> tuple[dict[str, Any], str]:
    """A layer for the map, and what it says."""
    config = lab.model(model).config
    if layer == AREA:
        told = config.classes.index(lab.told(label, model)) if config.conditional else None
        return {"field": _field(layer, lab.area_factor(model, told))}, AREA_WORDS
    if layer == CROWD and not config.probabilistic:
        return {}, NO_CROWD
    if layer == CROWD:
        crowd = lab.crowd(model)
        shown = crowd.log_ratio.clamp(-math.log(FACTOR), math.log(FACTOR))
        words = CROWD_WORDS.format(empty=crowd.empty, kl=crowd.kl)
        return {"field": _field("log q(z) / p(z)", shown)}, words
    return {}, ""


def _field(name: str, values: Tensor) -> dict[str, Any]:
    rounded = [round(value, 3) for value in values.flatten().tolist()]
    return {"name": name, "values": rounded, "side": len(values), "span": LAYER_SPAN}
