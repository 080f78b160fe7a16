"""Decode: a code becomes a picture."""

from typing import Any

import gradio as gr

from ui.lab import DENSITY_RADIUS, SLIDER_RANGE, Lab, code
from ui.pictures import figure, figures, named, pair, table
from ui.shared import Shared, quietly

DEFAULT_CODE = (0.0, 0.0)


def sliders() -> tuple[gr.Slider, gr.Slider]:
    """The current code; made before the tabs that refer to it, placed on this one."""
    z1, z2 = (
        gr.Slider(
            -SLIDER_RANGE,
            SLIDER_RANGE,
            value,
            step=0.01,
            precision=2,
            label=f"z{axis}",
            render=False,
            info=f"{direction} on the map",
            elem_id=f"z{axis}",
        )
        for axis, direction, value in zip((1, 2), ("across", "up"), DEFAULT_CODE, strict=True)
    )
    return z1, z2


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    default = shared.model.value
    gr.Markdown(
        "Move the two sliders: **every pair of numbers is a picture**, and the decoder "
        "paints it from those two numbers alone."
    )
    picture, details, shown = _answer(shared, *DEFAULT_CODE, default, None)
    with gr.Row():
        with gr.Column():
            shared.z1.render()
            shared.z2.render()
            decoded = gr.HTML(picture, label="Decoded picture", elem_classes="large-picture")
        with gr.Column():
            latent_map = shared.map("Where the code lies among the test images", shown)
        with gr.Column():
            text = gr.HTML(details, label="Around this code")
    quietly(
        [shared.z1.change, shared.z2.change, shared.model.change, shared.label.change],
        lambda *arguments: _answer(shared, *arguments),
        [shared.z1, shared.z2, shared.model, shared.label],
        [decoded, text, latent_map],
    )


def decoded_figure(
    lab: Lab, z1: object, z2: object, model: str, label: str | None, test_id: str = ""
) -> str:
    """The picture of a code, large; of the class picked, if the model is told one."""
    z1, z2 = code(z1, z2)
    label = lab.told(label, model)
    place = f"z = {pair((z1, z2))}" + (f" as {named(label)}" if label else "")
    picture = lab.decode(z1, z2, model, label)
    return figures([figure(picture, f"picture decoded at {place}", place, test_id)])


def _answer(
    shared: Shared, z1: object, z2: object, model: str, label: str | None
) -> tuple[str, str, dict[str, Any]]:
    z = code(z1, z2)
    return (
        decoded_figure(shared.lab, *z, model, label, "decoded"),
        _surroundings(shared.lab, z, model),
        shared.map_value(model, label, current=z),
    )


def _surroundings(lab: Lab, z: tuple[float, float], model: str) -> str:
    density = lab.density(z, model)
    if density.count == 0:
        words = "Nobody lives here: no test image has a code this near, so the picture is a guess."
    else:
        words = f"More crowded than around {density.percentile:.0f}\u00a0% of the test codes."
    config = lab.model(model).config
    columns = ("", "label", "distance") if config.classes else ("", "distance")
    rows = [
        (f"test image {index}", *([label] if config.classes else []), f"{distance:.3f}")
        for index, label, distance in lab.nearest(z, model)
    ]
    prior = f"; the prior N(0, I) expects {density.expected:.0f}" if config.probabilistic else ""
    return (
        "<h3>The nearest test images</h3>"
        + table(rows, columns, "plain")
        + f"<h3>How crowded it is</h3><p><strong>{density.count}</strong> of "
        f"{len(lab.encodings(model).label):,} test codes lie within {DENSITY_RADIUS} of this code"
        f"{prior}. {words}</p>"
    )
