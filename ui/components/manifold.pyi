"""The plane as a sheet of decoded pictures, to zoom into."""

from typing import Any

import gradio as gr

from ui.components import template

from gradio.events import Dependency

class Manifold(gr.HTML):
    """The plane of the page's model, see `current_code`, tiled with what its decoder makes of it.

    Each tile holds the same share of the prior's probability, and shows the code in its middle:
    z = Φ⁻¹(u), with u at even steps in (0, 1)². A plain autoencoder has no prior: there the tiles
    are even steps over the square of the plane that holds its codes.

    Pointer: hovering shows the code, a click makes it the current one, the wheel or two fingers
    zoom, dragging pans, a double click goes back. Keyboard: arrows, + - 0, Enter. All tiles are
    decoded in the browser, and so is the poster.
    """

    def __init__(self, *, label: str, **kwargs: Any) -> None:
        super().__init__(label=label, **template("manifold"), **kwargs)
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component