"""Compare: two models at the same code, on the same path, with the same picture."""

from html import escape
from typing import Any

import gradio as gr

from ui import comparison
from ui.components.pair import Pair
from ui.examples import picture_of
from ui.lab import Lab
from ui.pictures import data_url, figure, figures, number, rate_distortion, table
from ui.shared import Shared, quietly
from ui.tabs.interpolate import STEPS_AT_FIRST, ends_at_first
from vae_core import PictureError
from vae_core.images import to_pil
from vae_core.pretrained import load_config

PAIRS = (
    ("VAE against plain autoencoder", "mnist-vae", "mnist-ae"),
    ("β = 1 against ¼", "mnist-vae", "mnist-beta025"),
    ("β = 1 against 4", "mnist-vae", "mnist-beta4"),
    ("ELBO against importance-weighted bound", "mnist-vae", "mnist-iwae"),
)
MARKED = (
    "These are the figures of the model cards, of test images that were **binarized** if the "
    "likelihood is Bernoulli's; your picture above is grey, so its nats are others. **Better** is "
    "judged by these same figures: it marks a difference that is beyond chance, by their 95 % "
    "intervals. Read rate and distortion together: their sum is −ELBO."
)
PLOT = (
    "Each model at its rate, the information its code carries, and its distortion, what the "
    "reconstruction misses, both as on its card. Nats of different data cannot be compared, so "
    "each dataset has a plot of its own. Along a dashed line the ELBO is the same; lower left is "
    "better."
)


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    lab = shared.lab
    gr.Markdown(
        "Two models **side by side, at the same code**: point, click or drag on either map, and "
        "see what each makes of the same two numbers, the same path and the same picture."
    )
    names = lab.models()
    pairs = [(words, a, b) for words, a, b in PAIRS if a in names and b in names]
    beside_at_first = pairs[0][2] if pairs else names[-1]
    with gr.Row():
        with gr.Column(scale=1, min_width=250):
            rival = gr.Dropdown(names, value=beside_at_first, label="Beside it", elem_id="rival")
        with gr.Column(scale=3, min_width=300, visible=bool(pairs)):
            gr.Markdown("Or one of these pairs:")
            with gr.Row():
                presets = [gr.Button(words, size="sm", min_width=150) for words, _, _ in pairs]
    with gr.Row():
        with gr.Column(min_width=300):
            gr.Markdown("### The model above")
            shared.map("The test images by the model above", line=True)
        with gr.Column(min_width=300):
            gr.Markdown("### The one beside it")
            beside = shared.map("The test images by the model beside it", line=True, other=True)
    (start, _), (end, _) = ends_at_first(lab, shared.model.value)
    pair = Pair([start, end], STEPS_AT_FIRST, label="The same codes")
    gr.Markdown("A and B are those of the tab Interpolate.", elem_classes="small")
    pictures = gr.HTML(label="The same picture")
    gr.Markdown("### Figures of the model cards")
    why = gr.Markdown()
    numbers = gr.HTML(label="Figures")
    gr.Markdown(MARKED, elem_classes="small")
    gr.Markdown("### Rate and distortion of all models")
    plot = gr.HTML(label="Rate and distortion")
    gr.Markdown(PLOT, elem_classes="small")

    # Asked by the page as soon as the tab is open: another model is 3 MB that most do not need.
    quietly(
        [pair.load, rival.change],
        lambda *asked: _compared(shared, *asked),
        [shared.model, rival, shared.label, shared.picture],
        [beside, pictures, why, numbers, plot],
    )
    for button, (_, a, b) in zip(presets, pairs, strict=True):
        quietly([button.click], lambda a=a, b=b: (a, b), [], [shared.model, rival])


def _compared(
    shared: Shared, a: str, b: str, label: str | None, picture: str | bytes | int
) -> tuple[dict[str, Any], str, str, str, str]:
    """The map of the model beside, the reconstructions, the reasons, the figures and the plot."""
    lab = shared.lab
    reasons = comparison.why(lab.model(a).config, lab.model(b).config)
    # First, because of a damaged model they say what is wrong, and the page has no description.
    shown = _pictures(lab, picture, a, b), reasons, _table(lab, a, b), _plot(lab, a, b)
    return {"model": shared.current.value["models"][b], "label": lab.told(label, b)}, *shown


def _pictures(lab: Lab, picture: str | bytes | int, a: str, b: str) -> str:
    """The picture of the tab Reconstruct as each model sees it, and as it decodes it."""
    chosen = picture_of(lab, picture, a)
    shown: dict[str, str] = {}  # each once: models may see the same
    for model in (a, b):
        try:
            found = lab.reconstruct(chosen, model)
        except PictureError as error:
            return f"<p>{escape(str(error))}</p>"
        numbers = found.numbers
        read = f", read as {numbers['label']}" if "label" in numbers else ""
        caption = f"by {model}{read}: distortion {number(numbers['distortion'], 1)} nats"
        if numbers["elbo"] is not None:
            caption += f", ELBO {number(numbers['elbo'], 1)} nats"
        seen = to_pil(found.seen)
        shown.setdefault(data_url(seen), figure(seen, f"as {model} sees it", f"as {model} sees it"))
        shown[model] = figure(to_pil(found.decoded), f"reconstruction by {model}", caption)
    return "<h3>Your picture on the tab Reconstruct</h3>" + figures(shown.values(), "four")


def _table(lab: Lab, a: str, b: str) -> str:
    rows = []
    for measure, *values, better in comparison.figures(lab, a, b):
        digits = 1 if measure.unit == "nats" else 4
        cells = [
            ("—" if value is None else number(value, digits))
            + (" better" if better == side else "")
            for side, value in zip("ab", values, strict=True)
        ]
        rows.append((measure.name, *cells, measure.unit, measure.meaning))
    return table(rows, ("test set", a, b, "unit", "meaning"), "plain compared")


def _plot(lab: Lab, a: str, b: str) -> str:
    """A picture for each dataset that has a model."""
    by_data: dict[str, list[tuple[str, float | None, float]]] = {}
    for model in lab.models():
        card = lab.measured(model)
        if card.get("distortion") is not None:
            config = load_config(model, lab.weights_dir)  # without the parameters
            points = by_data.setdefault(config.dataset, [])
            points.append((model, card["rate"], card["distortion"]))
    plots = "".join(rate_distortion(points, (a, b)) for points in by_data.values())
    return f'<div class="plots">{plots}</div>'
