"""What every tab holds on to: the model picked, the current code, and how a map is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ui.components.latent_map import LatentMap, map_value
from ui.errors import in_a_sentence
from ui.lab import SLIDER_RANGE, InputError, Lab, code
from ui.pictures import data_url


@dataclass(frozen=True)
class Shared:
    """One per page."""

    lab: Lab
    model: gr.Dropdown  # the name of the model picked
    label: gr.Dropdown  # the class picked, for models that are told one: see `Lab.told`
    z1: gr.Slider  # the current code, shown on the tab Decode
    z2: gr.Slider
    reconstructed: gr.State  # /encode's answer for the picture on the tab Reconstruct, or None

    def preview(
        self, model: str, label: str | None, z1: object, z2: object, index: object
    ) -> list[str]:
        """What the pointer on a map points at, as data URLs.

        Args:
            model: the name of the model.
            label: the class to decode as, if the model is told one.
            z1, z2: the code.
            index: of a test image, or -1.
        Returns:
            The decoded picture and, where the dataset is on disk, the test image.
        """
        decoded = self.lab.decode(z1, z2, model, label)
        original = None if index == -1 else self.lab.original(index, model)
        return [data_url(picture) for picture in (decoded, original) if picture]

    def map(self, label: str, value: dict[str, Any], **options: Any) -> LatentMap:
        """A map; a click on it sets the current code."""
        latent_map = LatentMap(
            value, preview=in_a_sentence(self.preview), label=label, limit=SLIDER_RANGE, **options
        )
        latent_map.select(
            _picked, outputs=[self.z1, self.z2], api_visibility="private", show_progress="hidden"
        )
        return latent_map

    def map_value(self, model: str, label: str | None, **marks: Any) -> dict[str, Any]:
        """What a map shows under a model; see `latent_map.map_value` for the marks."""
        config = self.lab.model(model).config
        return map_value(
            self.lab.encodings_file(model),
            config.classes,
            model=model,
            label=self.lab.told(label, model),
            prior=config.probabilistic,
            **marks,
        )


def quietly(
    triggers: Sequence[Callable[..., Any]],
    function: Callable[..., Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
) -> None:
    """Answer events that come thick and fast: no spinner, and only the last of them counts."""
    gr.on(
        triggers,
        in_a_sentence(function),
        list(inputs),
        list(outputs),
        show_progress="hidden",
        trigger_mode="always_last",
        api_visibility="private",
    )


def code_of(numbers: dict[str, Any] | None) -> tuple[float, float]:
    """The code in what `Shared.reconstructed` holds."""
    if numbers is None:
        raise InputError("There is no reconstruction yet: give the tab Reconstruct a picture.")
    z1, z2 = numbers["mean"]
    return z1, z2


def _picked(event: gr.EventData) -> tuple[float, float]:
    z1, z2 = event.z
    return code(z1, z2)
