"""Reconstruct: a picture becomes a code and a picture again."""

import os
from pathlib import Path
from typing import Any

import gradio as gr
from gradio_client.utils import is_http_url_like

from ui.components.draw_pad import DrawPad
from ui.examples import render
from ui.lab import Lab, Reconstruction
from ui.pictures import (
    difference,
    figure,
    figures,
    number,
    pair,
    picture_from_data_url,
    table,
)
from ui.shared import Shared, quietly
from vae_core.images import to_pil

NOT_UPLOADED = "That is not an uploaded picture. Upload a file, at most 10 MB."


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
    examples = render()
    panel, numbers, shown, z = _answer(shared, str(examples[0]), shared.model.value)
    last = gr.State(str(examples[0]))  # the picture shown: a path, or the bytes of a drawing
    shared.reconstructed.value = z
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
                    gr.Button(path.stem.replace("-", " "), icon=path, size="sm", min_width=130)
                    for path in examples
                ]
        with gr.Column(min_width=300):
            pictures = gr.HTML(panel, label="Reconstruction")
        with gr.Column(min_width=300):
            latent_map = shared.map("Where this picture's code lies among the test images", shown)
            send = gr.Button("Make this the current code")
    figures_table = gr.HTML(numbers, label="Numbers")

    outputs = [pictures, figures_table, latent_map, shared.reconstructed]
    quietly([pad.change], picture_or_none, [pad], [last])
    quietly([upload.change], lambda path: path, [upload], [last])
    for button, path in zip(tries, examples, strict=True):
        quietly([button.click], lambda path=str(path): path, [], [last])
    quietly(
        [last.change, shared.model.change],
        lambda picture, model: _answer(shared, picture, model),
        [last, shared.model],
        outputs,
    )
    quietly([send.click], lambda z: z, [shared.reconstructed], [shared.z1, shared.z2])


def picture_or_none(url: str | None) -> bytes | None:
    """What the page to draw on sends, as the bytes of a file."""
    return picture_from_data_url(url) if url else None


def _answer(
    shared: Shared, picture: str | bytes | None, model: str
) -> tuple[Any, Any, Any, tuple[float, float] | None]:
    if picture is None:  # cleared: the results stay until there is a new picture
        return gr.skip(), gr.skip(), gr.skip(), gr.skip()
    found = shared.lab.reconstruct(picture, model)
    z1, z2 = found.numbers["mean"]
    marks = shared.map_value(model, ellipse=(found.numbers["mean"], found.numbers["std"]))
    return _pictures(found), _numbers(shared.lab, found, model), marks, (z1, z2)


def _pictures(found: Reconstruction) -> str:
    seen, decoded = to_pil(found.seen), to_pil(found.decoded)
    main = [
        figure(seen, "the picture as the model sees it", "as the model sees it", "seen"),
        figure(decoded, "the reconstruction", "reconstruction", "reconstruction"),
        figure(
            difference(found.seen, found.decoded),
            "the difference of the two",
            "difference: blue added, orange missing",
            "difference",
        ),
    ]
    samples = [
        figure(to_pil(sample), f"sample {number} of 4")
        for number, sample in enumerate(found.samples, 1)
    ]
    return (
        figures(main, "three")
        + "<p>Four samples, decoded from z ~ q(z|x): other pictures the encoder holds possible.</p>"
        + figures(samples, "four")
    )


def _numbers(lab: Lab, found: Reconstruction, model: str) -> str:
    numbers = found.numbers
    encodings = lab.encodings(model)
    average = -(encodings.rate + encodings.distortion).mean().item()
    rows = [
        (
            "mean",
            pair(numbers["mean"], 2),
            "z units",
            "the code: where the encoder puts this picture on the map",
        ),
        (
            "standard deviation",
            pair(numbers["std"], 3),
            "z units",
            "how unsure the encoder is of each number",
        ),
        (
            "rate",
            number(numbers["rate"], 2),
            "nats",
            "what the code says: KL(q(z|x) ‖ p(z)), how far q is from the prior",
        ),
        (
            "distortion",
            number(numbers["distortion"], 1),
            "nats",
            "what the code leaves open: −E_q[log p(x|z)], lower is a better reconstruction",
        ),
        (
            "ELBO",
            number(numbers["elbo"], 1),
            "nats",
            "−(rate + distortion), a lower bound of log p(x): higher is more like the training "
            f"images; the test set averages {number(average, 1)}",
        ),
    ]
    return table(rows, ("", "value", "unit", "meaning"), "numbers")
