"""Interpolate: a straight line between two codes, decoded step by step."""

from typing import Any

import gradio as gr

from ui.lab import STEPS, Lab
from ui.pictures import download, enlarge, figure, figures, pair
from ui.shared import Shared, code_of, quietly
from vae_core.images import to_pil, to_strip

DOWNLOAD_FACTOR = 4
End = tuple[tuple[float, float], str | None]  # a code, and the class it is typical of


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    lab, default = shared.lab, shared.model.value
    gr.Markdown(
        "Pick two codes, A and B: the lab walks the **straight line** between them and "
        "decodes a picture at every step."
    )
    (start, _), (end, _) = _ends(lab, default)
    strip, shown = _answer(shared, *start, *end, 12, default, None)
    pictures = gr.HTML(strip, label="Strip of decoded pictures")
    with gr.Row():
        with gr.Column():
            a = _endpoint(shared, "A", 0)
            b = _endpoint(shared, "B", 1)
            steps = gr.Slider(
                *STEPS, 12, step=1, label="Steps", info="pictures, both ends included"
            )
        with gr.Column():
            latent_map = shared.map("The path from A to B among the test images", shown)
    inputs = [*a, *b, steps, shared.model, shared.label]
    quietly(
        [component.change for component in inputs],
        lambda *arguments: _answer(shared, *arguments),
        inputs,
        [pictures, latent_map],
    )


def _endpoint(shared: Shared, name: str, which: int) -> tuple[gr.Number, gr.Number]:
    lab = shared.lab
    z, *offered = _offered(lab, shared.model.value, which)
    with gr.Group():
        with gr.Row():
            z1, z2 = (
                gr.Number(value, label=f"{name}: z{axis}", precision=4, step=0.05, min_width=90)
                for axis, value in enumerate(z, 1)
            )
        with gr.Row():
            choice = gr.Dropdown(
                label=f"{name}: typical image of a class", min_width=120, **offered[0]
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
    quietly([mine.click], lambda found: (*code_of(found), None, ""), [shared.reconstructed], every)
    quietly([z1.input, z2.input], lambda: (None, ""), [], [choice, index])
    quietly(
        [shared.model.change],
        lambda model: _offer(*_offered(lab, model, which)),
        [shared.model],
        every,
    )
    return z1, z2


def _offered(
    lab: Lab, model: str, which: int
) -> tuple[tuple[float, float], dict[str, Any], dict[str, Any]]:
    """How an end starts under a model: its code, the classes to choose from, the test images."""
    z, label = _ends(lab, model)[which]
    classes = lab.classes_met(model) if label else []
    last = len(lab.encodings(model).label) - 1
    return (
        z,
        {"choices": classes, "value": label, "visible": bool(classes)},
        {"placeholder": f"0 to {last}", "value": ""},
    )


def _offer(z: tuple[float, float], *options: dict[str, Any]) -> Any:
    return *z, *(gr.update(**option) for option in options)


def _ends(lab: Lab, model: str) -> tuple[End, End]:
    """Where a walk starts and ends: at typical images of two classes, or far left and far right.

    The code of a conditional model says nothing of the class, so its walks are of the second kind.
    """
    classes = lab.classes_met(model)
    if len(classes) < 2 or lab.model(model).config.conditional:
        left, right = lab.extreme_codes(model)
        return (left, None), (right, None)
    first, second = ((lab.class_code(label, model), label) for label in classes[:2])
    return first, second


def _test_image(lab: Lab, text: str, model: str) -> Any:
    if not text.strip():
        return gr.skip(), gr.skip(), gr.skip()
    return *lab.test_code(int(text) if text.strip().isdecimal() else text, model), None


def _answer(shared: Shared, *arguments: Any) -> tuple[str, dict[str, Any]]:
    a1, a2, b1, b2, steps, model, label = arguments
    label = shared.lab.told(label, model)
    path, images = shared.lab.interpolate((a1, a2), (b1, b2), steps, model, label)
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
    return strip + downloads, shared.map_value(model, label, path=path.tolist())
