"""The current code, which all components of a page share."""

from typing import Any

import gradio as gr

from ui.components import template

from gradio.events import Dependency

class CurrentCode(gr.HTML):
    """Shows the current code, and keeps the sliders `z1` and `z2` (their elem_id) in step with it.

    The event `release` comes when the code has come to rest; then `latentLab.z` is it, in the page.

    Args:
        models: {name: what `latent_map.describe_model` says}.
        model: the name of the one in use.
        label: the class to decode as, for a model that is told one.
    """

    def __init__(
        self, models: dict[str, Any], model: str, label: str | None, **kwargs: Any
    ) -> None:
        value = {"models": models, "model": model, "label": label}
        super().__init__(value=value, **template("current_code"), **kwargs)
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component