"""Generated pictures as a grid, with what each is nearly the same as."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from ui.components import template

from gradio.events import Dependency

class Generated(gr.HTML):
    """Decodes codes in the browser, tile by tile, and marks what is not new.

    Args:
        value: {"model": its name, "label": the class of all pictures, None if it is not known,
            "sentence": text, "counts": [text about the known ones, about the repeated ones, or ""],
            "tiles": [{"z": code, "known": whether it looks like a test image's reconstruction,
            "repeated": whether another tile looks the same, "nearest": {"index", "label", "z",
            "distance"} of the test image with the nearest code}, …]}; there may be more.
        on_server: [the value, columns] -> the grid as a data URL, for a browser that cannot decode.
    """

    def __init__(
        self, value: dict[str, Any], *, on_server: Callable[[Sequence[Any]], str], **kwargs: Any
    ) -> None:

        def grid(asked: list[Any]) -> str:
            return on_server(asked)

        super().__init__(value=value, server_functions=[grid], **template("generated"), **kwargs)
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component