"""A picture of which parts can be hidden, shown and drawn."""

from typing import Any

import gradio as gr

from ui.components import template

from gradio.events import Dependency

class MaskPad(gr.HTML):
    """A picture at a model's own pixels, enlarged; what is hidden is hatched.

    It is given {"model": name, "picture": data URL of a picture of the model's native size, "hide":
    "lower", "right", "all" or "none", "ink": whether one can draw on it}. The event `input` comes
    when it is first seen, and at the end of every stroke; then its value also has the "mask", the
    data URL of a picture that is white where a pixel is observed, and "strokes", how many there
    have been since it was given.
    """

    def __init__(self, value: dict[str, Any], *, label: str, **kwargs: Any) -> None:
        super().__init__(value=value, label=label, **template("mask_pad"), **kwargs)
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component