"""What two models decode from the same codes."""

from collections.abc import Sequence

import gradio as gr

from ui.components import template

from gradio.events import Dependency

class Pair(gr.HTML):
    """The model in use and the one beside it (`LatentMap(other=True)`), in the browser.

    A picture of the current code by each, and a strip along the straight line that is held on the
    tab Interpolate. The event `load` comes when its tab is opened, and while it is
    open when another model or class is in use.

    Args:
        ends: the codes at which that line starts and ends, (2, 2), until the tab is opened.
        steps: how many pictures the strip has then.
    """

    def __init__(self, ends: Sequence[Sequence[float]], steps: int, *, label: str) -> None:
        value = {"ends": ends, "steps": steps}
        super().__init__(value=value, label=label, **template("pair"))
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component