"""A photograph with a frame around the part that the model takes."""

from typing import Any

import gradio as gr

from ui.components import template


class PhotoFrame(gr.HTML):
    """The frame can be dragged, by its corners too, and moved by keys.

    All frames are [left, top, right, bottom] in shares of the photograph. The value is {"picture":
    data URL of the upright photograph, "frame": what was taken, "groups": the frames of other ink
    that can be picked instead, "crop": the frame chosen by hand, or None, "ratio": width by height
    of a frame that has to keep its shape, or None}; None without a photograph.

    The event `input` comes when a person has let go of the frame, 150 ms after the last key, when
    another group is picked, and when the choice is left to the lab again; "crop" has what was
    chosen. The event `clear` comes when a person asks for another photograph.
    """

    def __init__(self, *, label: str, **kwargs: Any) -> None:
        super().__init__(value=None, label=label, **template("photo_frame"), **kwargs)
