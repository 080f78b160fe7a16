"""The plane of codes as a picture one can point at, hold and select from."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import torch

from ui.components import public_url, publish_modules, template
from vae_core import ModelError
from vae_core.exact import Refined
from vae_core.pretrained import load_config

FAINTEST = -6.0  # nats below the highest place of a density: what is not shown


def describe_model(folder: Path) -> dict[str, Any]:
    """All that the browser needs to know of a model; its files become public.

    Args:
        folder: weights/<name>.
    Raises:
        ModelError: no such model, or a configuration that cannot be read, or a file missing.
    """
    config = load_config(folder.name, folder.parent)
    files = {part: folder / f"{part}.safetensors" for part in ("decoder", "encoder", "encodings")}
    for file in files.values():
        if not file.exists():
            raise ModelError(f"{file}: the file is missing")
    publish_modules()
    history = folder / "history.safetensors"  # of models trained elsewhere there may be none
    if history.exists():
        files["history"] = history
    gr.set_static_paths([*files.values()])
    return {
        "name": folder.name,
        "shape": list(config.shape),
        "classes": list(config.classes),
        "preparation": config.preparation,
        "gaussian": config.likelihood == "gaussian",
        "conditional": config.conditional,
        "probabilistic": config.probabilistic,
        **{part: public_url(file) for part, file in files.items()},
    }


def density_on_cells(posterior: Refined, modes: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A posterior p(z|x) as a layer of the map: value["density"].

    Its cells are as fine as the posterior needs, each [z1, z2, width, log density below the highest
    in nats].

    Args:
        posterior: as `Grid.refine` gives it.
        modes: {"z", "mass"} of modes to mark with their share of the mass.
    """
    nats = posterior.log_density()
    nats = nats - nats.max()
    shown = nats > FAINTEST
    cells = torch.cat([posterior.codes, posterior.step[:, None], nats[:, None]], 1)[shown]
    rounded = [[round(value, 5) for value in cell] for cell in cells.tolist()]
    return {"cells": rounded, "modes": list(modes)}

from gradio.events import Dependency

class LatentMap(gr.HTML):
    """The encoded test set as points on the plane, and a handle for the code.

    In anyone's Blocks, with the event `select` when a code has been picked:

        def show(event: gr.EventData):
            return event.z

        latent_map = LatentMap({"model": describe_model(Path("weights/mnist-vae"))}, label="Digits")
        latent_map.select(show, outputs=gr.JSON())

    Pointer: hovering decodes, a click sets the code, its handle can be dragged, the wheel or two
    fingers zoom, dragging elsewhere pans or selects, a double click resets. Keyboard: arrows move
    the handle by 0.05 (with Shift 0.5), + - 0 zoom. The legend's buttons hide classes.

    Args:
        value: {"model": see `describe_model`, "label": class to decode as} of a map that stands
            alone; without a model it shows the one in use and the current code of the page, see
            `current_code`. Further, all optional: "path", codes (n, 2) to join by a line; "field",
            a layer of colour, {"name", "values": [side * side numbers in nats, row by row from the
            top], "side", "span": width in units of the axes}, or one of classes, with their names
            as "classes" and as values a string of chr(48 + number); "density", see
            `density_on_cells`.
        label: what the map shows, for a screen reader.
        colour_by: offer colouring by class, distortion, rate and log p(x), those the points have.
        tools: offer selecting and the decoded plane as a backdrop.
        replay: offer to replay the training, if the model has a history.
        ends: hold both ends of a path instead of the current code, and show the paths between them.
        line: show the straight line between those ends.
        other: of the model value["model"] that is set beside the one in use: at the same code.
        posterior: mark q(z|x) and p(z|x) of the picture drawn; of another value["posterior"],
            {"mean": (2,), "std": (2,) or None}, and value["density"].
        closeup: with `posterior`, show only the part of the plane where that picture's code may be.
        samples: mark the codes value["samples"], (n, 2), instead of the current one.
        original: [name of the model, index of a test image] -> the data URL of that image, or "".
            It is asked when the pointer rests on a point.
        groups: [name of the model, k] -> {"groups": one of k for each test image, from 0, or None,
            "words": what is to be said of them}. With `colour_by`, offers them as colours.
    """

    def __init__(
        self,
        value: dict[str, Any] | None = None,
        *,
        label: str,
        colour_by: bool = False,
        tools: bool = False,
        replay: bool = False,
        ends: bool = False,
        line: bool = False,
        other: bool = False,
        posterior: bool = False,
        closeup: bool = False,
        samples: bool = False,
        original: Callable[[Sequence[Any]], str] | None = None,
        groups: Callable[[Sequence[Any]], dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> None:

        def original_at(asked: list[Any]) -> str:  # one argument is all a server function gets
            return original(asked) if original else ""

        def groups_of(asked: list[Any]) -> dict[str, Any]:
            return groups(asked) if groups else {}

        super().__init__(
            value=value,
            label=label,
            colour_by=colour_by,
            tools=tools,
            replay=replay,
            ends=ends,
            line=line,
            other=other,
            posterior=posterior,
            closeup=closeup,
            samples=samples,
            originals=original is not None,
            grouped=groups is not None,
            server_functions=[original_at, groups_of],
            **template("latent_map"),
            **kwargs,
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component