"""What every tab holds on to: the model picked, the current code, and how a map is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from ui.checks import InputError
from ui.components.current_code import CurrentCode
from ui.components.latent_map import LatentMap
from ui.errors import in_a_sentence
from ui.lab import Lab, Reconstruction
from ui.pictures import data_url


@dataclass(frozen=True)
class Shared:
    """One per page."""

    lab: Lab
    model: gr.Dropdown  # the name of the model picked
    label: gr.Dropdown  # the class picked, for models that are told one: see `Lab.told`
    current: CurrentCode
    z1: gr.Slider  # the current code, shown on the tab Decode
    z2: gr.Slider
    picture: gr.State  # on the tab Reconstruct: a path, bytes, or which of the model's examples
    reconstructed: gr.State  # the `Reconstruction` of it, or None
    opened: Callable[..., Any]  # the event of a page that has been opened

    def original(self, asked: Sequence[Any]) -> str:
        """A test image as a data URL, "" where the dataset is not on disk.

        Args:
            asked: the name of the model and the index of the image.
        """
        model, index = asked
        picture = self.lab.original(index, self.lab.model_name(model))
        return data_url(picture) if picture else ""

    def map(self, label: str, value: dict[str, Any] | None = None, **options: Any) -> LatentMap:
        """A map of the model and the code in use."""
        return LatentMap(value, label=label, original=in_a_sentence(self.original), **options)


def quietly(
    triggers: Sequence[Callable[..., Any]],
    function: Callable[..., Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    **options: Any,
) -> None:
    """Answer events that come thick and fast: no spinner, and only the last of them counts."""
    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    answer: Callable[..., Any] = partial(gr.on, triggers)
    if not all(isinstance(getattr(trigger, "__self__", None), gr.Button) for trigger in triggers):
        # By way of a step that does nothing: when a function that had to wait is done, Gradio sends
        # its event anew to all functions that listen to it, and two of them would keep each other
        # busy for ever. What follows another step is sent to this function alone. A button's click
        # has but one.
        answer = gr.on(triggers, None, js="() => {}", **hidden).then
    answer(
        in_a_sentence(function),
        list(inputs),
        list(outputs),
        trigger_mode="always_last",
        **hidden,
        **options,
    )


def in_the_page(
    triggers: Sequence[Callable[..., Any]],
    javascript: str,
    inputs: Sequence[Any],
    outputs: Sequence[Any],
) -> None:
    """Answer events in the browser, without the server."""
    gr.on(
        triggers,
        None,
        list(inputs),
        list(outputs),
        js=javascript,
        show_progress="hidden",
        api_visibility="private",
    )


def code_of(found: Reconstruction | None) -> tuple[float, float]:
    """The code in what `Shared.reconstructed` holds."""
    if found is None:
        raise InputError("There is no reconstruction yet: give the tab Reconstruct a picture.")
    z1, z2 = found.numbers["mean"]
    return z1, z2
