"""Map: the encoded test set, to explore."""

from typing import Any

import gradio as gr

from ui.errors import in_a_sentence
from ui.shared import Shared, quietly
from ui.tabs.decode import picture

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
            shared.map("The encoded test images", colour_by=True, tools=True)
        with gr.Column(min_width=280):
            picture(shared)
            with gr.Column(visible=lab.can_fetch(shared.model.value)) as offer:
                fetch = gr.Button("Fetch the original images", size="sm")
                gr.Markdown(
                    "The dataset is not on this computer's disk. Once it is, pointing at a dot "
                    "shows the original beside its reconstruction."
                )
            gr.Markdown(HELP)

    def fetched(model: str, progress: gr.Progress = PROGRESS) -> Any:
        lab.fetch(model)
        return gr.update(visible=False)

    fetch.click(
        in_a_sentence(fetched),
        shared.model,
        offer,
        concurrency_limit=1,
        api_visibility="private",
    )
    quietly(
        [shared.model.change],
        lambda model: gr.update(visible=lab.can_fetch(model)),
        [shared.model],
        [offer],
    )
