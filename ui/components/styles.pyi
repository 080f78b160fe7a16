"""Styles by classes: a table of pictures to click."""

from typing import Any

import gradio as gr

from ui.components import template

from gradio.events import Dependency

class Styles(gr.HTML):
    """Decodes each code as every class of the model in use, in the browser.

    The event `select` comes when a picture has been picked: its code is then the current one, and
    `latentLab.picked` is its class, in the page.

    Args:
        value: {"rows": [{"name", "z": (2,)}, …], "strip": address of a picture of the first row,
            shown where the browser cannot decode, "words": a sentence above the table}.
    """

    def __init__(self, value: dict[str, Any], *, label: str, **kwargs: Any) -> None:
        super().__init__(value=value, label=label, **template("styles"), **kwargs)
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component