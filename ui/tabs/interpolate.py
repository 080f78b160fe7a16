"""Interpolate: the straight line and the geodesic between two codes, decoded step by step."""

import json
from collections.abc import Sequence
from typing import Any

import gradio as gr
import torch
from torch import Tensor

from ui.checks import STEPS
from ui.components.walk import Walk
from ui.lab import DENSITY_RADIUS, Lab, Shortest
from ui.pictures import data_url, download, enlarge, number, table
from ui.shared import Shared, code_of, in_the_page, quietly
from vae_core.images import to_pil, to_strip

DOWNLOAD_FACTOR = 4
STEPS_AT_FIRST = 12
ROUNDING = 1e-6  # a length below it is none: the same code twice may be decoded differently by less
HEADINGS = ("path", "length in picture space", "largest single step")
UNITS = (
    '<p class="units">How far the picture moves: 1 is a single pixel from black to white, and '
    "distances are √(sum of squares) over all pixels.</p>"
)
Path = Sequence[Any]  # z1, z2 of A, z1, z2 of B, steps, model, class
End = tuple[tuple[float, float], str | None]  # a code, and the class it is typical of


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    lab, default = shared.lab, shared.model.value
    gr.Markdown(
        "Drag A and B on the map: the lab walks the **straight line** between the two codes and "
        "decodes a picture at every step.<br>The **geodesic** is the path along which the picture "
        "changes least in all."
    )
    (start, _), (end, _) = ends_at_first(lab, default)
    first: Path = [*start, *end, STEPS_AT_FIRST, default, shared.label.value]
    with gr.Row():
        with gr.Column(min_width=300):
            latent_map = shared.map("The path from A to B among the test images", ends=True)
        with gr.Column(min_width=300):
            walk = Walk([start, end], STEPS_AT_FIRST, label="Decoded pictures from A to B")
            steps = gr.Slider(
                *STEPS, STEPS_AT_FIRST, step=1, label="Steps", info="pictures, both ends included"
            )
            downloads = gr.HTML(_strip(lab, first, links=False), label="Downloads")  # soon
            compared = gr.HTML(label="Geodesic")  # where the browser cannot decode
    with gr.Row():
        (*a, a_class, a_index), (*b, b_class, b_index) = (
            _endpoint(shared, name, which) for which, name in enumerate("AB")
        )
    asked = gr.Textbox("", visible="hidden")  # the path to answer, as JSON
    ends, now = [*a, *b], [*a, *b, steps, shared.model, shared.label]
    in_the_page([walk.release], "() => latentLab.ends", [], ends)
    in_the_page(
        [walk.release],
        "(...now) => JSON.stringify([...latentLab.ends, ...now.slice(4)])",
        now,
        [asked],
    )
    in_the_page(
        [component.change for component in now],
        "(...n) => window.latentLab ? latentLab.followPath(...n) : JSON.stringify(n.slice(0, 7))",
        [*now, asked],
        [asked],
    )
    quietly([asked.change], lambda path: _strip(lab, json.loads(path)), [asked], [downloads])
    both = [walk, compared]
    quietly([asked.change], lambda path: _shortest(lab, json.loads(path)), [asked], both)
    # An end that was dragged is no longer typical of a class.
    chosen = [a_class, a_index, b_class, b_index]
    in_the_page(
        [latent_map.select],
        "(...c) => latentLab.held ? [c[0], c[1], null, ''] : [null, '', c[2], c[3]]",
        chosen,
        chosen,
    )


def _endpoint(shared: Shared, name: str, which: int) -> list[gr.Number | gr.Dropdown | gr.Textbox]:
    """The numbers, the class and the test image that one end can be chosen by."""
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
    every: list[gr.Number | gr.Dropdown | gr.Textbox] = [z1, z2, choice, index]
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
    return every


def _offered(
    lab: Lab, model: str, which: int
) -> tuple[tuple[float, float], dict[str, Any], dict[str, Any]]:
    """How an end starts under a model: its code, the classes to choose from, the test images."""
    z, label = ends_at_first(lab, model)[which]
    classes = lab.classes_met(model) if label else []
    last = len(lab.encodings(model).label) - 1
    return (
        z,
        {"choices": classes, "value": label, "visible": bool(classes)},
        {"placeholder": f"0 to {last}", "value": ""},
    )


def _offer(z: tuple[float, float], *options: dict[str, Any]) -> Any:
    return *z, *(gr.update(**option) for option in options)


def ends_at_first(lab: Lab, model: str) -> tuple[End, End]:
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


def _shortest(lab: Lab, path: Path) -> tuple[dict[str, Any], str]:
    """The geodesic for the browser, see `Walk`; and as HTML for one that cannot decode."""
    a1, a2, b1, b2, steps, model, label = path
    told = lab.told(label, model)
    found = lab.geodesic((a1, a2), (b1, b2), steps, model, told)
    sentence, numbers = _sentence(found, lab.encodings(model).mean), found.numbers
    rows = [
        (name, number(numbers[f"{prefix}length"], 1), number(numbers[f"{prefix}largest_step"], 2))
        for name, prefix in (("straight line", "straight_"), ("geodesic", ""))
    ]
    distances = table(rows, HEADINGS, "plain") + UNITS
    value = {
        "of": [a1, a2, b1, b2, steps, model, told],
        "curve": found.curve.tolist(),
        "sentence": sentence,
        "table": distances,
    }
    strip = _server_strip(found.images, f"{steps} pictures along the geodesic")
    return value, f'<div class="server-only">{strip}<p>{sentence}</p>{distances}</div>'


def _sentence(found: Shortest, test_codes: Tensor) -> str:
    """What the geodesic saves, in words, and what for."""
    length, straight = found.numbers["length"], found.numbers["straight_length"]
    if straight < ROUNDING:
        return "The picture is the same all the way from A to B: there is nothing to save."
    if length == straight:
        return (
            "Here the straight line is the geodesic: no path found is 0.1\u00a0% shorter. The "
            "second strip spreads its pictures, so that each step changes as much."
        )
    saved = 100 * (1 - length / straight)
    words = (
        f"The geodesic is {number(saved, 0 if saved >= 1 else 1)}\u00a0% shorter: it goes around "
        "places where a small step changes the picture much."
    )
    alone = torch.cdist(found.curve, test_codes).min(dim=1).values > DENSITY_RADIUS
    empty = 100 * alone.float().mean().item()  # its codes are at equal steps of length
    if empty >= 1:
        words += f" {empty:.0f}\u00a0% of it lies where no test image does."
    return words


def _server_strip(images: Tensor, alt: str) -> str:
    return f'<img class="server-strip" src="{data_url(to_strip(images))}" alt="{alt}">'


def _strip(lab: Lab, path: Path, links: bool = True) -> str:
    """The strip, for where the browser cannot decode; and links that save it."""
    *ends, steps, model, label = path
    told = lab.told(label, model)
    images = lab.interpolate((ends[0], ends[1]), (ends[2], ends[3]), steps, model, told)[1]
    picture = _server_strip(images, f"{steps} pictures along the straight line")
    if not links:
        return picture
    frames = [enlarge(to_pil(image), DOWNLOAD_FACTOR) for image in images]
    return (
        picture
        + '<p class="downloads">'
        + download(enlarge(to_strip(images), DOWNLOAD_FACTOR), "interpolation.png", "strip (PNG)")
        + download(frames, "interpolation.gif", "animation (GIF)")
        + "</p>"
    )
