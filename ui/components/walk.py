"""The pictures along a path, as a strip and as an animation."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from ui.components import template


class Walk(gr.HTML):
    """Decodes the path between the two ends held on a `LatentMap(ends=True)`, in the browser.

    The event `release` comes when the path has come to rest; then `latentLab.ends` are its ends, in
    the page.

    Args:
        ends: the codes at which the path starts and ends, (2, 2).
        steps: how many pictures the strip has.
    """

    def __init__(self, ends: Sequence[Sequence[float]], steps: int, **kwargs: Any) -> None:
        value = {"ends": ends, "steps": steps}
        super().__init__(value=value, **template("walk"), **kwargs)
