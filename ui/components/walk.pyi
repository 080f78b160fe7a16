"""The pictures along both paths between two codes, as strips and as an animation."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from ui.components import template

from gradio.events import Dependency

class Walk(gr.HTML):
    """Decodes the paths between the two ends held on a `LatentMap(ends=True)`, in the browser.

    The event `release` comes when the ends have come to rest; then `latentLab.ends` has them, in
    the page. The geodesic between them is to be given as a new value; until then it is not shown:
    {"of": [z1 and z2 of A, of B, steps, model, class], "curve": codes (k (steps - 1) + 1, 2) at
    equal steps of its length, "sentence": text, "table": HTML}.

    Args:
        ends: the codes at which the path starts and ends, (2, 2).
        steps: how many pictures the strip has.
    """

    def __init__(self, ends: Sequence[Sequence[float]], steps: int, **kwargs: Any) -> None:
        value = {"ends": ends, "steps": steps}
        super().__init__(value=value, **template("walk"), **kwargs)
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component