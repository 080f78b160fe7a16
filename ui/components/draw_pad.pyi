"""A page to draw on with the mouse, a pen or a finger."""

from typing import Any

import gradio as gr

from ui.components import template

from gradio.events import Dependency

class DrawPad(gr.HTML):
    """Its value is the drawing as a PNG data URL, or None while the page is blank.

    The event `change` comes at the end of every stroke. While it goes on, the drawing is prepared,
    encoded and decoded in the browser, for a map of `posterior`s and for pictures on the page with
    the test ids `seen`, `reconstruction` and `difference`.
    """

    def __init__(self, *, label: str, **kwargs: Any) -> None:
        super().__init__(value=None, label=label, **template("draw_pad"), **kwargs)
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component