"""Map: the encoded test set, to explore."""

import math
from html import escape
from typing import Any

import gradio as gr
from torch import Tensor

from ui.checks import InputError, whole_number
from ui.errors import in_a_sentence
from ui.lab import LAYER_SPAN, Lab
from ui.pictures import number, shares, table
from ui.shared import Shared, quietly
from ui.tabs.decode import picture
from vae_core.features import NEIGHBOURS

NO_LAYER, AREA, CROWD, REGIONS = "none", "area factor", "aggregate posterior", "kNN regions"
NEIGHBOURS_AT_FIRST = 20  # as on the model cards
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
REGION_WORDS = (
    "**kNN regions**: each place has the colour of the commonest class among its k = {k} nearest "
    "test codes. With k = 1 the borders are ragged; with large k they are smooth and small regions "
    "vanish. Classified in the same way by the other test codes, **{share:.1%}** of the test "
    "images get their own class (leave-one-out)."
)
FEATURES = """
How much of the class do two numbers keep? **k-means** (pick it under *Colour by*) groups the codes
without looking at the classes, and the adjusted Rand index says how far its groups agree with
them: 1 is complete agreement, 0 what chance gives. **kNN accuracy** is the share of test images
whose class is the commonest among the k nearest *other* test images. Beside the code stand the two
numbers that **PCA**, the best linear code, gives the same images.
"""
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
                "The encoded test images",
                colour_by=True,
                tools=True,
                replay=True,
                groups=lambda asked: _groups(lab, *asked),
            )
            layer = gr.Radio(
                [NO_LAYER, AREA, CROWD, REGIONS], value=NO_LAYER, label="Layer of colour"
            )
            neighbours = gr.Slider(
                1, NEIGHBOURS, NEIGHBOURS_AT_FIRST, step=1, label="Neighbours, k", visible=False
            )
            words = gr.Markdown()
            with gr.Accordion("Two numbers as features", open=False) as fold:
                gr.Markdown(FEATURES)
                figures = gr.HTML(label="Two numbers as features")
            opened = gr.State(False)  # whether the fold was: before, nobody waits for its figures
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
        [layer.change, neighbours.change, shared.model.change, shared.label.change],
        in_a_sentence(lambda *asked: _layer(lab, *asked)),
        [layer, shared.model, shared.label, neighbours],
        [latent_map, words, neighbours],
        show_progress="full",
        show_progress_on=words,
        trigger_mode="always_last",
        concurrency_limit=1,  # so that of several who ask for the same, one waits for the other
        api_visibility="private",
    )
    quietly(
        [shared.model.change],
        lambda model, opened: (
            gr.update(visible=lab.can_fetch(model)),
            _figures(lab, model) if opened else gr.skip(),
        ),
        [shared.model, opened],
        [offer, figures],
    )
    quietly(
        [fold.expand],
        lambda model: (True, _figures(lab, model)),
        [shared.model],
        [opened, figures],
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

        vars(progress)["update"] = update  # tqdm's: all that is called while a file comes in
        try:
            self.lab.fetch(model)
        except NotWantedError:
            return gr.skip()
        finally:
            if self.wanted.get(page) is mine:
                del self.wanted[page]
        return gr.update(visible=False)

    def stop(self, request: gr.Request) -> None:
        """End the page's download with the next piece of the file."""
        self.wanted.pop(request.session_hash, None)


def _layer(
    lab: Lab, layer: str, model: str, label: str | None, k: object
) -> tuple[dict[str, Any], str, Any]:
    """A layer for the map, what it says, and its slider."""
    config = lab.model(model).config
    slider = gr.update(visible=layer == REGIONS)
    if layer == AREA:
        told = config.classes.index(lab.told(label, model)) if config.conditional else None
        return {"field": _field(layer, lab.area_factor(model, told))}, AREA_WORDS, slider
    if layer == CROWD and not config.probabilistic:
        return {}, NO_CROWD, slider
    if layer == CROWD:
        crowd = lab.crowd(model)
        shown = crowd.log_ratio.clamp(-math.log(FACTOR), math.log(FACTOR))
        words = CROWD_WORDS.format(empty=crowd.empty, kl=crowd.kl)
        return {"field": _field("log q(z) / p(z)", shown)}, words, slider
    if layer == REGIONS:
        return *_regions(lab, model, k), slider
    return {}, "", slider


def _regions(lab: Lab, model: str, k: object) -> tuple[dict[str, Any], str]:
    """The layer of the neighbours' classes, and what it says."""
    k = whole_number(k, "The number of neighbours", 1, NEIGHBOURS)
    try:
        found = lab.features(model)
    except InputError as error:
        return {}, str(error)
    if found["knn"] is None:
        return {}, found["note"]
    k = min(k, len(found["knn"]))
    regions = lab.regions(model, k)
    field = {
        "name": REGIONS,
        "classes": lab.model(model).config.classes,
        # Gradio takes seconds to hand so long a list to the page.
        "values": "".join(chr(48 + label) for label in regions.flatten().tolist()),
        "side": len(regions),
        "span": LAYER_SPAN,
    }
    note = f" {found['note']}" if found["note"] else ""
    return {"field": field}, REGION_WORDS.format(k=k, share=found["knn"][k - 1]) + note


def _groups(lab: Lab, model: str, k: object) -> dict[str, Any]:
    """The groups of k-means for the map, and how far they agree with the classes."""
    try:
        found = lab.features(model, k)
    except InputError as error:
        return {"words": str(error)}
    return {"groups": found["groups"], "words": " ".join(_agreement(found))}


def _agreement(found: dict[str, Any]) -> list[str]:
    """The adjusted Rand index in words, beside PCA's; and what there is to say of it."""
    words = []
    if found["ari"] is not None:
        words.append(
            f"The {found['k']} groups of k-means agree with the classes to an adjusted Rand index "
            f"of {number(found['ari'], 2)} (1: completely, 0: as by chance)"
        )
        if found["pca_ari"] is not None:
            words[0] += f"; on PCA's two numbers, {number(found['pca_ari'], 2)}"
        words[0] += "."
    return words + [found["note"]] * bool(found["note"])


def _figures(lab: Lab, model: str) -> str:
    """What the code's two numbers keep of the class, as a table and a picture."""
    try:
        found = lab.features(model)
    except InputError as error:
        return f"<p>{escape(str(error))}</p>"
    note = f"<p>{escape(found['note'])}</p>" if found["note"] else ""
    if found["knn"] is None:
        return note
    curves = {"the code": found["knn"]}
    if found["pca_knn"]:
        curves["PCA"] = found["pca_knn"]
    agreement = [number(found[key], 2) for key in ("ari", "pca_ari") if found[key] is not None]
    rows = [(f"adjusted Rand index of {found['k']} groups", *agreement)]
    for k in sorted({1, min(NEIGHBOURS_AT_FIRST, len(found["knn"])), len(found["knn"])}):
        rows.append((f"{k}-NN accuracy", *(f"{curve[k - 1]:.1%}" for curve in curves.values())))
    return (
        table(rows, ("", *curves), "plain")
        + shares(curves, "kNN accuracy by the number of neighbours k")
        + note
    )


def _field(name: str, values: Tensor) -> dict[str, Any]:
    rounded = [round(value, 3) for value in values.flatten().tolist()]
    return {"name": name, "values": rounded, "side": len(values), "span": LAYER_SPAN}
