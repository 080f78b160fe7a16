"""Manifold: everything the decoder can paint, on one sheet."""

import gradio as gr

from ui.components.manifold import Manifold
from ui.shared import Shared
from ui.tabs.decode import picture

HELP = """
**Mouse**: the wheel zooms, dragging pans, a double click goes back; a click makes a picture's code
the current one, which the ring marks.

**Finger**: a tap picks, two fingers zoom; then one finger pans.

**Keyboard**: go to the sheet with Tab. Arrow keys move the view, the keys +, − and 0 zoom in, out
and back, Enter picks the picture in the middle.

**Equal probability.** Where the prior p(z) = N(0, I) puts many codes there are many tiles: from
one to the next a code moves little near (0, 0) and far at the rim. A share u of the probability
lies left of a tile's middle, a share v below it, and its code is z = (Φ⁻¹(u), Φ⁻¹(v)).

Nothing here is stored: each picture is decoded when it is looked at, in your browser.
"""


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    gr.Markdown(
        "Everything this decoder can paint, on one sheet: **zoom in as far as you like**, and new "
        "pictures appear between the old ones."
    )
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            Manifold(label="The plane, decoded")
        with gr.Column(min_width=280):
            picture(shared)
            gr.Markdown(HELP)
