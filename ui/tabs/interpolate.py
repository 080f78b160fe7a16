"""Interpolate: a straight line between two codes, decoded step by step."""

from typing import Any

import gradio as gr

from ui.lab import STEPS, InputError, Lab
from ui.pictures import download, enlarge, figure, figures, pair
from ui.shared import Shared, quietly
from vae_core.images import to_pil, to_strip

DOWNLOAD_FACTOR = 4


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    lab, default = shared.lab, shared.model.value
    gr.Markdown(
        "Pick two codes, A and B: the lab walks the **straight line** between them and "
        "decodes a picture at every step."
    )
    classes = lab.model(default).config.classes
    start = lab.class_code(classes[0], default)
    end = lab.class_code(classes[1], default)
    strip, shown = _answer(shared, *start, *end, 12, default)
    pictures = gr.HTML(strip, label="Strip of decoded pictures")
    with gr.Row():
        with gr.Column():
            a = _endpoint(shared, "A", start, classes[0])
            b = _endpoint(shared, "B", end, classes[1])
            steps = gr.Slider(
                *STEPS, 12, step=1, label="Steps", info="pictures, both ends included"
            )
        with gr.Column():
            latent_map = shared.map("The path from A to B among the test images", shown)
    inputs = [*a, *b, steps, shared.model]
    quietly(
        [component.change for component in inputs],
        lambda *arguments: _answer(shared, *arguments),
        inputs,
        [pictures, latent_map],
    )


def _endpoint(
    shared: Shared, name: str, z: tuple[float, float], label: str
) -> tuple[gr.Number, gr.Number]:
    lab = shared.lab
    with gr.Group():
        with gr.Row():
            z1, z2 = (
                gr.Number(value, label=f"{name}: z{axis}", precision=4, step=0.05, min_width=90)
                for axis, value in enumerate(z, 1)
            )
        with gr.Row():
            offered = _offered(lab, shared.model.value)
            choice = gr.Dropdown(
                value=label,
                label=f"{name}: typical image of a class",
                min_width=120,
                **offered[0],
            )
            index = gr.Textbox(label=f"{name}: test image number", min_width=120, **offered[1])
        with gr.Row():
            current = gr.Button("Use the current code", size="sm", min_width=120)
            mine = gr.Button("Use my reconstruction", size="sm", min_width=120)

    # Whatever was used last stands alone: the other ways of choosing are emptied.
    every = [z1, z2, choice, index]
    quietly(
        [choice.input],
        lambda *given: (*lab.class_code(*given), gr.skip(), ""),
        [choice, shared.model],
        every,
    )
    quietly(
        [index.submit, index.blur],
        lambda *given: _test_image(lab, *given),
        [index, shared.model],
        [z1, z2, choice],
    )
    quietly([current.click], lambda *z: (*z, None, ""), [shared.z1, shared.z2], every)
    quietly([mine.click], lambda z: (*_reconstructed(z), None, ""), [shared.reconstructed], every)
    quietly([z1.input, z2.input], lambda: (None, ""), [], [choice, index])
    quietly(
        [shared.model.change],
        lambda model: [gr.update(value="", **options) for options in _offered(lab, model)],
        [shared.model],
        [choice, index],
    )
    return z1, z2


def _offered(lab: Lab, model: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a model's test set offers: its classes, and the range of its images."""
    return (
        {"choices": list(lab.model(model).config.classes)},
        {"placeholder": f"0 to {len(lab.encodings(model).label) - 1}"},
    )


def _test_image(lab: Lab, text: str, model: str) -> Any:
    if not text.strip():
        return gr.skip(), gr.skip(), gr.skip()
    return *lab.test_code(int(text) if text.strip().isdecimal() else text, model), None


def _reconstructed(z: tuple[float, float] | None) -> tuple[float, float]:
    if z is None:
        raise InputError("There is no reconstruction yet: give the tab Reconstruct a picture.")
    return z


def _answer(shared: Shared, *arguments: Any) -> tuple[str, dict[str, Any]]:
    a1, a2, b1, b2, steps, model = arguments
    path, images = shared.lab.interpolate((a1, a2), (b1, b2), steps, model)
    pictures = [to_pil(image) for image in images]
    strip = figures(
        (
            figure(picture, f"step {step} of {len(pictures)}, z = {pair(z)}", str(step))
            for step, (picture, z) in enumerate(zip(pictures, path.tolist(), strict=True), 1)
        ),
        "strip",
    )
    frames = [enlarge(picture, DOWNLOAD_FACTOR) for picture in pictures]
    downloads = (
        '<p class="downloads">'
        + download(enlarge(to_strip(images), DOWNLOAD_FACTOR), "interpolation.png", "strip (PNG)")
        + download(frames, "interpolation.gif", "animation (GIF)")
        + "</p>"
    )
    return strip + downloads, shared.map_value(model, path=path.tolist())
