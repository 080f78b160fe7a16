"""Reconstruct: a picture becomes a code and a picture again."""

import os
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio_client.utils import is_http_url_like

from ui.components.draw_pad import DrawPad
from ui.examples import MOST, Example, suited_to
from ui.lab import SLIDER_RANGE, Lab, Reconstruction, within
from ui.pictures import (
    difference,
    figure,
    figures,
    named,
    number,
    pair,
    picture_from_data_url,
    table,
)
from ui.shared import Shared, code_of, quietly
from vae_core import PictureError
from vae_core.images import to_pil

NOT_UPLOADED = "That is not an uploaded picture. Upload a file, at most 10 MB."
NO_POSTERIOR = (
    "A plain autoencoder has no q(z|x): it gives one point, without uncertainty, so there is no "
    "rate and no ELBO."
)
NO_SAMPLES = (
    "<p>No samples: a plain autoencoder gives one point, so there is nothing to draw from.</p>"
)
DENSITY = (
    "Of this model's Gaussian likelihood these are nats of a density over pixels in [0, 1], not of "
    "a probability: a density can be above 1, so the ELBO can be above 0 and the distortion below."
)


class PictureInput(gr.Image):
    """An image input that hands over the file as it came, so that `images.prepare` judges it."""

    is_template = True  # shown by gr.Image's own front end

    def preprocess(self, payload: Any) -> str | None:
        """The path of the upload."""
        if not payload or not payload.path:
            return None
        # Gradio checks only what is marked as a file, and a client may leave the mark out.
        path, uploads = os.path.realpath(payload.path), os.path.realpath(self.GRADIO_CACHE)
        if not path.startswith(os.path.join(uploads, "")) or not os.path.isfile(path):
            raise gr.Error(NOT_UPLOADED, print_exception=False)
        return path

    async def async_move_resource_to_block_cache(
        self, url_or_file_path: str | Path | None
    ) -> str | None:
        """Take files only: Gradio would fetch an address, however much it holds."""
        if is_http_url_like(str(url_or_file_path)):
            raise gr.Error(NOT_UPLOADED, print_exception=False)
        return await super().async_move_resource_to_block_cache(url_or_file_path)


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    gr.Markdown(
        "Give the lab a picture: the **encoder** turns it into two numbers, its code, and "
        "the **decoder** paints it again from those two numbers."
    )
    default = shared.model.value
    examples = cache(lambda model: suited_to(shared.lab, model))

    def answer(picture: str | bytes | int, model: str, label: str | None) -> Any:
        if isinstance(picture, int):
            offered = examples(model)
            picture = str(offered[picture % len(offered)].path)
        return _answer(shared, picture, model, label)

    panel, numbers, shown, shared.reconstructed.value = answer(0, default, None)
    # The picture shown: a path, the bytes of a drawing, or which of the model's examples.
    last = gr.State(0)
    with gr.Row():
        with gr.Column(min_width=300):
            with gr.Tabs():
                with gr.Tab("Draw"):
                    pad = DrawPad(label="Page")
                with gr.Tab("Upload, paste, webcam"):
                    upload = PictureInput(
                        label="Picture",
                        type="filepath",
                        sources=["upload", "clipboard", "webcam"],
                        webcam_options=gr.WebcamOptions(mirror=False),
                        height=330,
                        buttons=[],
                    )
                    gr.Markdown("PNG, JPEG, GIF, WebP, BMP or TIFF, at most 10 MB.")
            gr.Markdown("Or try one of these:")
            with gr.Row(elem_id="examples"):
                tries = [
                    gr.Button(size="sm", min_width=130, **button)
                    for button in _buttons(examples(default))
                ]
        with gr.Column(min_width=300):
            pictures = gr.HTML(panel, label="Reconstruction")
        with gr.Column(min_width=300):
            latent_map = shared.map(
                "Where this picture's code lies among the test images", shown, posterior=True
            )
            send = gr.Button("Make this the current code")
    figures_table = gr.HTML(numbers, label="Numbers")

    outputs = [pictures, figures_table, latent_map, shared.reconstructed]
    # Cleared, the last picture stays until there is a new one.
    quietly(
        [pad.change], lambda url: picture_from_data_url(url) if url else gr.skip(), [pad], [last]
    )
    quietly([upload.change], lambda path: path or gr.skip(), [upload], [last])
    for which, button in enumerate(tries):
        quietly([button.click], lambda which=which: which, [], [last])
    quietly(
        [last.change, shared.model.change, shared.label.change],
        answer,
        [last, shared.model, shared.label],
        outputs,
    )
    quietly(
        [shared.model.change],
        lambda model: [gr.update(**button) for button in _buttons(examples(model))],
        [shared.model],
        tries,
    )
    quietly([send.click], _sent, [shared.reconstructed], [shared.z1, shared.z2, shared.label])


def _buttons(examples: list[Example]) -> list[dict[str, Any]]:
    """What MOST buttons show; those left over are hidden."""
    shown = [{"value": name, "icon": path, "visible": True} for name, path in examples]
    return shown + [{"visible": False}] * (MOST - len(shown))


def _sent(found: Any) -> tuple[float, float, Any]:
    """A reconstruction's code, and the class it was read as if the model is told one."""
    z1, z2 = within(code_of(found), SLIDER_RANGE)
    return z1, z2, found.get("label", gr.skip())


def _answer(
    shared: Shared, picture: str | bytes, model: str, label: str | None
) -> tuple[str, str, dict[str, Any], dict[str, Any] | None]:
    lab = shared.lab
    try:
        found = lab.reconstruct(picture, model)
    except PictureError as error:  # what another picture or model gave must not stay
        gr.Warning(str(error))
        return f"<p>{escape(str(error))}</p>", "", {"posterior": None}, None
    numbers = found.numbers
    return (
        _pictures(lab, found, model, lab.told(label, model)),
        _numbers(lab, found, model),
        {"posterior": {"mean": numbers["mean"], "std": numbers["std"]}},
        numbers,
    )


def _pictures(lab: Lab, found: Reconstruction, model: str, label: str | None) -> str:
    seen, decoded = to_pil(found.seen), to_pil(found.decoded)
    ink = lab.model(model).config.preparation == "ink"
    signs = "blue added, orange missing" if ink else "blue brighter, orange darker"
    main = [
        figure(seen, "the picture as the model sees it", "as the model sees it", "seen"),
        figure(decoded, "the reconstruction", "reconstruction", "reconstruction"),
        figure(
            difference(found.seen, found.decoded),
            "the difference of the two",
            f"difference: {signs}",
            "difference",
        ),
    ]
    return (
        figures(main, "three")
        + (_class_read(lab, found, model, label) if label else "")
        + (NO_SAMPLES if found.numbers["std"] is None else _samples(found))
    )


def _class_read(lab: Lab, found: Reconstruction, model: str, label: str) -> str:
    """As which class a conditional model took a picture, and its style in the class picked."""
    best = "lowest distortion" if found.numbers["elbo"] is None else "highest ELBO"
    read, picked = named(found.numbers["label"]), named(label)
    styled = lab.decode(*found.numbers["mean"], model, label)
    return (
        f'<p data-testid="read-as">Read as <strong>{escape(read)}</strong>, the class with the '
        f"{best}. The same code decoded as {escape(picked)}, the class picked above:</p>"
        + figures([figure(styled, f"the same code as {picked}", "", "styled")], "four")
    )


def _samples(found: Reconstruction) -> str:
    samples = [
        figure(to_pil(sample), f"sample {number} of 4")
        for number, sample in enumerate(found.samples, 1)
    ]
    return (
        "<p>Four samples, decoded from z ~ q(z|x): other pictures the encoder holds possible.</p>"
        + figures(samples, "four")
    )


def _numbers(lab: Lab, found: Reconstruction, model: str) -> str:
    numbers = found.numbers
    config, encodings = lab.model(model).config, lab.encodings(model)
    point = not config.probabilistic
    evidence = "log p(x|class)" if config.conditional else "log p(x)"
    likelihood = "−log p(x|z)" if point else "−E_q[log p(x|z)]"
    of_test_set = encodings.distortion if point else -(encodings.rate + encodings.distortion)
    average = f"; the test set averages {number(of_test_set.mean().item(), 1)}"
    rows = [
        (
            "mean" if not point else "code",
            pair(numbers["mean"], 2),
            "z units",
            "the code: where the encoder puts this picture on the map",
        ),
        (
            "standard deviation",
            "—" if point else pair(numbers["std"], 3),
            "z units",
            "how unsure the encoder is of each number",
        ),
        (
            "rate",
            "—" if point else number(numbers["rate"], 2),
            "nats",
            "what the code says: KL(q(z|x) ‖ p(z)), how far q is from the prior",
        ),
        (
            "distortion",
            number(numbers["distortion"], 1),
            "nats",
            f"what the code leaves open: {likelihood}, lower is a better reconstruction"
            + (average if point else ""),
        ),
        (
            "ELBO",
            "—" if point else number(numbers["elbo"], 1),
            "nats",
            f"−(rate + distortion), a lower bound of {evidence}: higher is more like the training "
            "images" + ("" if point else average),
        ),
    ]
    notes = [NO_POSTERIOR] * point + [DENSITY] * (config.likelihood == "gaussian")
    return table(rows, ("", "value", "unit", "meaning"), "numbers") + "".join(
        f'<p class="note">{note}</p>' for note in notes
    )
