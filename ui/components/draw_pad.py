"""A page to draw on with the mouse, a pen or a finger."""

from typing import Any

import gradio as gr

from ui.components import HERE, mount


class DrawPad(gr.HTML):
    """Its value is the drawing as a PNG data URL, or None while the page is blank.

    The event `change` comes at the end of every stroke.
    """

    def __init__(self, *, label: str, **kwargs: Any) -> None:
        super().__init__(
            value=None,
            label=label,
            html_template=(HERE / "draw_pad.html").read_text(encoding="utf-8"),
            css_template=(HERE / "draw_pad.css").read_text(encoding="utf-8"),
            js_on_load=mount("draw_pad.js"),
            apply_default_css=False,
            **kwargs,
        )
