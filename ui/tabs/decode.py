"""Decode: a code becomes a picture."""

import json

import gradio as gr

from ui.checks import code
from ui.components.decoded import Decoded
from ui.lab import DENSITY_RADIUS, SLIDER_RANGE, Lab
from ui.pictures import data_url, table
from ui.shared import Shared, in_the_page, quietly

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
        "Move the sliders or drag the ring on the map: **every pair of numbers is a picture**, and "
        "the decoder paints it from those two numbers alone."
    )
    with gr.Row():
        with gr.Column():
            shared.z1.render()
            shared.z2.render()
            picture(shared)
        with gr.Column():
            shared.map("Where the code lies among the test images")
        with gr.Column():
            text = gr.HTML(
                _surroundings(shared.lab, DEFAULT_CODE, default), label="Around this code"
            )
    quietly(
        [shared.current.release, shared.model.change],
        lambda z1, z2, model: _surroundings(shared.lab, code(z1, z2), model),
        [shared.z1, shared.z2, shared.model],
        [text],
        js="(z1, z2, model) => [...(window.latentLab?.z ?? [z1, z2]), model]",
    )


def picture(shared: Shared) -> None:
    """The picture of the current code, by the browser, or by the server where it cannot."""
    lab, default = shared.lab, shared.model.value
    decoded = Decoded(data_url(lab.decode(*DEFAULT_CODE, default)), label="Decoded picture")
    asked = gr.Textbox("", visible="hidden")  # z1, z2, model and class as JSON, if it is its turn
    chosen = (shared.z1, shared.z2, shared.model, shared.label)
    in_the_page(
        [shared.z1.change, shared.z2.change, shared.model.change, shared.label.change],
        "(...now) => window.latentLab ? latentLab.follow(...now) : JSON.stringify(now.slice(0, 4))",
        [*chosen, asked],
        [asked],
    )
    in_the_page(
        [shared.current.release],
        "(...now) => latentLab.wanted(...now)",
        [shared.model, shared.label, asked],
        [asked],
    )
    quietly(
        [asked.change],
        lambda wanted: _from_server(lab, *json.loads(wanted)) if wanted else gr.skip(),
        [asked],
        [decoded],
    )


def _from_server(lab: Lab, z1: object, z2: object, model: str, label: str | None) -> str:
    return data_url(lab.decode(z1, z2, model, lab.told(label, model)))


def _surroundings(lab: Lab, z: tuple[float, float], model: str) -> str:
    density = lab.density(z, model)
    if density.nearby == 0:
        words = (
            "No test image has a code this near: the decoder was not trained on such codes, so the "
            "picture is a guess."
        )
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
        + f"<h3>How crowded it is</h3><p><strong>{density.nearby}</strong> of "
        f"{len(lab.encodings(model).label):,} test codes lie within {DENSITY_RADIUS} of this code"
        f"{prior}. {words}</p>"
    )
