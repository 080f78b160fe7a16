"""The plane of codes as a picture one can point at."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from ui.components import HERE, mount, public_url


def map_value(
    points: Path,
    classes: Sequence[str],
    *,
    model: str,
    label: str | None = None,
    prior: bool = True,
    current: Sequence[float] | None = None,
    ellipse: tuple[Sequence[float], Sequence[float]] | None = None,
    path: Sequence[Sequence[float]] | None = None,
) -> dict[str, Any]:
    """What a `LatentMap` shows.

    Args:
        points: an encodings.safetensors file in a folder that is served.
        classes: the name of each label; empty without.
        model: passed on to the preview function.
        label: the class to decode as, passed on likewise; None if the model is not told one.
        prior: draw circles at 1, 2 and 3 sigma of N(0, I).
        current: the code to mark, (2,).
        ellipse: mean (2,) and standard deviation (2,) of a posterior, drawn at 1 and 2 sigma.
        path: codes (steps, 2) to join by a line.
    """
    return {
        "points": public_url(points),
        "classes": list(classes),
        "model": model,
        "label": label,
        "prior": prior,
        "current": current,
        "ellipse": ellipse,
        "path": path,
    }


class LatentMap(gr.HTML):
    """The encoded test set as points; hover to see a decode, click (event `select`) to pick a code.

    Pointer: wheel or pinch zooms, drag pans, double click resets. Keyboard: arrows move the cross
    by 0.05 (with Shift 0.5), Enter picks, + - 0 zoom. The legend's buttons hide classes.

    Args:
        value: see `map_value`.
        preview: (model, label, z1, z2, index of a point or -1) -> data URLs of one or two pictures:
            decoded, original. Asked for while hovering.
        label: what the map shows, for a screen reader.
        limit: largest coordinate that can be picked.
        colour_by: offer colouring by class, distortion and rate, those the points have.
    """

    def __init__(
        self,
        value: dict[str, Any] | None = None,
        *,
        preview: Callable[..., list[str]],
        label: str,
        limit: float,
        colour_by: bool = False,
        **kwargs: Any,
    ) -> None:

        def preview_at(asked: list[Any]) -> list[str]:  # one argument is all a server function gets
            return preview(*asked)

        super().__init__(
            value=value,
            label=label,
            limit=limit,
            colour_by=colour_by,
            html_template=(HERE / "latent_map.html").read_text(encoding="utf-8"),
            css_template=(HERE / "latent_map.css").read_text(encoding="utf-8"),
            js_on_load=mount("latent_map.js"),
            server_functions=[preview_at],
            apply_default_css=False,
            **kwargs,
        )
