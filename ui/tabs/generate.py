"""Generate: new pictures from codes drawn at random."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
import numpy as np

from ui import exports
from ui.checks import InputError, whole_number
from ui.components.generated import Generated
from ui.errors import in_a_sentence
from ui.lab import (
    MOST_GENERATED,
    MOST_SEED,
    MOST_TEMPERATURE,
    SAME,
    SOURCES,
    Lab,
)
from ui.pictures import data_url, number, pair
from ui.shared import Shared, in_the_page, quietly

AT_FIRST = 64
MOST_RADIUS, RADIUS = 3.0, 0.3
NAMES = {
    "prior": "the prior",
    "aggregate": "the aggregate posterior",
    "around": "around the current code",
    "class": "one class",
}
KNOWN = f"{{}} of {{}} within {SAME} of a test image's code: its reconstruction, nothing new"
REPEATED = f"{{}} of {{}} within {SAME} of another one: to the eye the same picture"
NEW = f" No two are the same, and none is a test image's reconstruction (all {SAME} apart or more)."
NO_PRIOR = (
    " A plain autoencoder was trained without a prior: many of these codes lie where none of its "
    "pictures do."
)
POINTS = (
    " A plain autoencoder's q(z|x) is a point, so these are the codes of test images themselves: "
    "none of the pictures is new."
)
MEANS = """
Each picture is what the decoder expects at its code, its mean E[x|z]. **Click one** to make it the
current code. The training images' codes do not come with the model, so the frames compare with the
test images' codes.
"""
NO_HELP = """
Such pictures of digits did not help to train a classifier: one with 100 labelled MNIST digits lost
3 points of accuracy when 2,000 pictures were added that a model trained on those same 100 had made
(`docs/augmentation.md`).
"""
KINDS = ("the grid (PNG)", "pictures and table (ZIP)", "NumPy arrays (.npz)")
PROGRESS = gr.Progress()
# Of the request in the browser: the current code counts only for pictures around it.
ASKED = (
    "(z1, z2, source, ...rest) => JSON.stringify([...(source !== 'around' ? [null, null] : "
    "window.latentLab?.z ?? [z1, z2]), source, ...rest])"
)
SAVE = (
    "(file) => file && Object.assign(document.createElement('a'), { href: file.url, download: "
    "file.orig_name }).click()"
)
Request = Sequence[Any]  # the arguments of `Lab.generate`


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    lab, default = shared.lab, shared.model.value
    gr.Markdown(
        "Ask for new pictures: the lab **draws codes at random** and the decoder paints what each "
        "of them stands for."
    )
    first, request = _answer(lab, [None, None, SOURCES[0], None, AT_FIRST, 0, 1, 0, default, None])
    fields = _fields(lab, SOURCES[0], default)
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            source = gr.Radio(
                [(NAMES[key], key) for key in SOURCES], value=SOURCES[0], label="Codes from"
            )
            kind = gr.Dropdown(label="Class to generate", **fields[0])
            radius = gr.Slider(
                0, MOST_RADIUS, RADIUS, step=0.05, label="Radius", info="on the plane", **fields[1]
            )
            with gr.Column(visible=False) as picker:
                shared.map("Pick the code to generate around")
            n = gr.Slider(1, MOST_GENERATED, AT_FIRST, step=1, label="Pictures")
            temperature = gr.Slider(
                0,
                MOST_TEMPERATURE,
                1,
                step=0.05,
                label="Temperature",
                info="1: as the model says; below: more typical; above: stranger",
                **fields[2],
            )
            seed = gr.Number(
                0,
                label="Seed",
                info="the same seed gives the same pictures",
                precision=0,
                minimum=0,
                maximum=MOST_SEED,
            )
            with gr.Row():
                go = gr.Button("Generate", variant="primary", min_width=110)
                another = gr.Button("New seed", min_width=110)
        with gr.Column(scale=3, min_width=300):
            tiles = Generated(
                first,
                on_server=in_a_sentence(lambda asked: _on_server(lab, *asked)),
                label="Generated pictures",
            )
            with gr.Row():
                buttons = [
                    gr.Button(f"Download {what}", size="sm", min_width=150) for what in KINDS
                ]
                cancel = gr.Button("Cancel the download", size="sm", min_width=150)
            about = gr.Markdown(notes(lab, default), elem_classes="small")
            file = exports.FileOutput(visible="hidden", label="Download")
    made = gr.State(request)
    asked = gr.Textbox("", visible="hidden")  # the request, as JSON
    now = [shared.z1, shared.z2, source, kind, n, radius, temperature, seed]
    in_the_page(
        [
            *(go.click, source.change, seed.change, kind.input),
            *(n.release, radius.release, temperature.release),
            *(shared.model.change, shared.label.change, shared.current.release),
        ],
        ASKED,
        [*now, shared.model, shared.label],
        [asked],
    )
    quietly([asked.change], lambda text: _answer(lab, json.loads(text)), [asked], [tiles, made])
    quietly([another.click], lambda value: (int(value or 0) + 1) % (MOST_SEED + 1), [seed], [seed])
    quietly(
        [source.change, shared.model.change],
        lambda *picked: [
            *(gr.update(**field) for field in _fields(lab, *picked)),
            gr.update(visible=picked[0] == "around"),
        ],
        [source, shared.model],
        [kind, radius, temperature, picker],
    )

    quietly([shared.model.change], lambda model: notes(lab, model), [shared.model], [about])

    downloads: list[dict[str, Any]] = []
    for which, button in enumerate(buttons):

        def prepare(
            request: Request | None, which: int = which, progress: gr.Progress = PROGRESS
        ) -> Iterator[Any]:
            yield from prepare_file(lab, request, which, progress)

        preparing = button.click(
            prepare,
            [made],
            [file],
            show_progress="full",
            show_progress_on=about,  # small: it is painted again and again
            concurrency_id="generated files",
            concurrency_limit=1,
            api_visibility="private",
        )
        preparing.success(None, [file], [], js=SAVE, api_visibility="private")
        downloads.append(preparing)
    cancel.click(None, cancels=downloads, api_visibility="private")


def notes(lab: Lab, model: str) -> str:
    """What the pictures are, and of digits, what they are not good for."""
    return MEANS + NO_HELP * (lab.model(model).config.dataset == "mnist")


def _fields(lab: Lab, source: str, model: str) -> list[dict[str, Any]]:
    """What the class, the radius and the temperature show under a source and a model."""
    classes = lab.classes_met(model)
    choose = source == "class" and bool(classes) and not lab.model(model).config.conditional
    return [
        {"choices": classes, "value": classes[0] if classes else None, "visible": choose},
        {"visible": source == "around"},
        {"visible": source != "around"},
    ]


def _request(lab: Lab, asked: Sequence[Any]) -> Request:
    """The arguments of `Lab.generate` for what the controls say."""
    z1, z2, source, kind, n, radius, temperature, seed, model, told = asked
    if source != "around":
        z1 = z2 = radius = None  # whatever they are, they count for nothing
    label = lab.told(told, model)
    if source == "class" and label is None:
        classes = lab.classes_met(model)
        label = kind if kind in classes else classes[0] if classes else None
    return [model, n, source, label, z1, z2, radius, temperature, seed]


def _answer(lab: Lab, asked: Sequence[Any]) -> tuple[dict[str, Any], Request | None]:
    """For `Generated`, and the request it answers; a sentence where it cannot be."""
    request = _request(lab, asked)
    model, n, _, label, *_ = request
    value = {"model": model, "request": request, "tiles": [], "counts": ["", ""]}
    try:
        found = lab.generate(*request)
    except InputError as error:
        return value | {"sentence": str(error)}, None
    encodings = lab.encodings(model)
    rows = zip(
        found.codes.tolist(),
        found.known.tolist(),
        found.repeated.tolist(),
        found.nearest.tolist(),
        found.distance.tolist(),
        strict=True,
    )
    tiles = [
        {
            "z": [round(axis, 5) for axis in z],
            "known": known,
            "repeated": repeated,
            "nearest": {
                "index": nearest,
                "label": lab.class_name(model, int(encodings.label[nearest])),
                "z": encodings.mean[nearest].tolist(),
                "distance": distance,
            },
        }
        for z, known, repeated, nearest, distance in rows
    ]
    known, repeated = int(found.known.sum()), int(found.repeated.sum())
    counts = [
        KNOWN.format(known, n) if known else "",
        REPEATED.format(repeated, n) * bool(repeated),
    ]
    sentence = _drawn(lab, request) + NEW * (not known and not repeated)
    return value | {"label": label, "tiles": tiles, "counts": counts, "sentence": sentence}, request


def _drawn(lab: Lab, request: Request) -> str:
    """Where the codes come from, in words."""
    model, n, source, label, z1, z2, radius, temperature, _ = request
    config = lab.model(model).config
    codes = f"{n} codes" if n > 1 else "One code"
    scaled = "" if temperature == 1 else f", its deviation times {number(temperature, 2)}"
    if source == "around":
        disc = f"the disc of radius {number(radius, 2)} around {pair([z1, z2])}"
        words = f"{codes}, drawn evenly from {disc}"
    elif source == "prior" or (source == "class" and config.conditional):
        words = f"{codes}, drawn from the prior N(0, I){scaled}"
    else:
        images = "test images" if source == "aggregate" else f"test images of the class {label}"
        words = f"{codes}, each drawn from q(z|x) of one of the {images}{scaled}"
    told = f", decoded as the class {label}." if config.conditional else "."
    if config.probabilistic or source == "around":
        return words + told
    return words + told + (NO_PRIOR if "prior" in words else POINTS)


def _on_server(lab: Lab, value: dict[str, Any], columns: object) -> str:
    """The grid as a data URL."""
    request = value["request"]
    wide = whole_number(columns, "The number of columns", 1, MOST_GENERATED)
    found = lab.generate(*request)
    return data_url(
        exports.grid(np.concatenate([*lab.generated_pictures(found, request[0])]), wide)
    )


def prepare_file(
    lab: Lab, request: Request | None, which: int, progress: gr.Progress
) -> Iterator[Any]:
    """The file of a button, in the end."""
    if request is None:
        raise gr.Error("There are no pictures to download.", print_exception=False)
    model, n = request[:2]
    found = lab.generate(*request)
    parts: list[np.ndarray] = []
    for part in lab.generated_pictures(found, model):
        parts.append(part)
        progress((sum(map(len, parts)), n), unit="pictures")
        yield gr.skip()  # a cancelled one ends here
    levels = np.concatenate(parts)
    if which == 0:
        file = exports.png(levels)
    elif which == 1:
        file = exports.zipped(levels, exports.table(lab, found, model))
    else:
        file = exports.npz(levels, found, lab.model(model).config.classes)
    yield file
