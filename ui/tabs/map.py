"""Map: the encoded test set, to explore."""

import gradio as gr

from ui.lab import code
from ui.shared import Shared, quietly
from ui.tabs.decode import DEFAULT_CODE, decoded_figure

HELP = """
**Mouse**: the wheel zooms, dragging pans, a double click goes back, a click picks a code.

**Finger**: pinching zooms, a tap picks.

**Keyboard**: go to the map with Tab. Arrow keys move the cross (with Shift faster), Enter picks,
the keys +, − and 0 zoom in, out and back.

The circles are 1, 2 and 3 standard deviations of the prior p(z) = N(0, I); a plain autoencoder has
none. The buttons under the map hide and show classes.
"""


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    default = shared.model.value
    gr.Markdown(
        "Each dot is one test image at its code: point at one to see what the decoder "
        "paints there, **click to make it the current code**."
    )
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            latent_map = shared.map(
                "The encoded test images",
                shared.map_value(default, None, current=DEFAULT_CODE),
                colour_by=True,
            )
        with gr.Column(min_width=280):
            picture = gr.HTML(
                decoded_figure(shared.lab, *DEFAULT_CODE, default, None),
                label="Picture of the current code",
                elem_classes="large-picture",
            )
            gr.Markdown(HELP)
    quietly(
        [shared.z1.change, shared.z2.change, shared.model.change, shared.label.change],
        lambda z1, z2, model, label: (
            shared.map_value(model, label, current=code(z1, z2)),
            decoded_figure(shared.lab, z1, z2, model, label),
        ),
        [shared.z1, shared.z2, shared.model, shared.label],
        [latent_map, picture],
    )
