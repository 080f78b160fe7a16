"""The picture of the current code."""

from typing import Any

import gradio as gr

from ui.components import template

from gradio.events import Dependency

class Decoded(gr.HTML):
    """Decodes the current code in the browser, as it moves.

    Its value is the address of a picture that is shown until the model has been loaded, and instead
    where it cannot be.
    """

    def __init__(self, picture: str, *, label: str, **kwargs: Any) -> None:
        super().__init__(value=picture, label=label, **template("decoded"), **kwargs)
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component