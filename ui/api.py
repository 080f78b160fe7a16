"""The named endpoints, for gradio_client: kept stable, whatever becomes of the tabs."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
from gradio.components import Component
from gradio.processing_utils import save_file_to_cache

from ui import exports
from ui.descriptions import describe, names_in
from ui.errors import in_a_sentence
from ui.picture_input import PictureInput

if TYPE_CHECKING:  # torch is behind it
    from ui.endpoints import Lab

SOURCES = ("prior", "aggregate", "around", "class")  # of `ui.endpoints.codes`


class RawNumber(gr.Number):
    """A number handed on as it came, so that `ui.endpoints` can say what is wrong with it."""

    is_template = True  # shown by gr.Number's own front end

    def preprocess(self, payload: Any) -> Any:
        """Whatever was sent."""
        return payload


class RawJSON(gr.JSON):
    """JSON handed on as it came, so that `vae_core.images` can say what is wrong with it."""

    is_template = True  # shown by gr.JSON's own front end

    def preprocess(self, payload: Any) -> Any:
        """Whatever was sent."""
        return payload

    def example_payload(self) -> list[float]:
        """The whole picture, as a crop."""
        return [0, 0, 1, 1]


def in_words(numbers: dict[str, Any]) -> dict[str, Any]:
    """The same with its doubt as a sentence, or None without one."""
    from vae_core.images import DOUBTS

    return numbers | {"doubt": DOUBTS.get(numbers["doubt"])}


class Word(gr.Textbox):
    """A text, and an example of it that works on the page "Use via API"."""

    is_template = True  # shown by gr.Textbox's own front end

    def __init__(self, label: str, example: str) -> None:
        self.example = example
        super().__init__(label=label)

    def example_payload(self) -> str:
        """A name that there is; an empty one is as good as none."""
        return self.example


class PictureOutput(gr.Image):
    """Puts a file in the cache whole: gr.Image overwrites what another request may be reading."""

    is_template = True  # shown by gr.Image's own front end

    def postprocess(self, value: Any) -> Any:
        """A Pillow image -> its file in the cache."""
        if value is None:
            return None
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "image.png"
            value.save(path)
            return super().postprocess(save_file_to_cache(path, self.GRADIO_CACHE))


def to_pil(images: Any) -> Any:
    """As `vae_core.images.to_pil`, which is imported when it is first needed."""
    from vae_core.images import to_pil

    return to_pil(images)


def to_strip(images: Any) -> Any:
    """As `vae_core.images.to_strip`."""
    from vae_core.images import to_strip

    return to_strip(images)


def build(asked: Callable[[], "Lab"], weights_dir: Path) -> None:
    """Add the endpoints to the Blocks around the call; nothing of them is visible.

    Args:
        asked: makes what answers, when an endpoint is first asked.
        weights_dir: where the models are.
    """

    def models() -> list[str]:
        """Names of the models, the default first."""
        return names_in(weights_dir)

    # A default of None makes an argument optional for clients.

    def encode(
        image: str | None, model: str, label: str | None = None, crop: Any = None
    ) -> dict[str, Any]:
        """Posterior mean, deviations, rate, distortion and ELBO (nats) of a picture."""
        return in_words(asked().encode(image, model, label, crop))

    def reconstruct(
        image: str | None, model: str, label: str | None = None, crop: Any = None
    ) -> tuple[Any, Any, dict[str, Any]]:
        """A picture as the model sees it, what it makes of it, and the numbers of `encode`."""
        found = asked().reconstruct(image, model, label, crop)
        return to_pil(found.seen), to_pil(found.decoded), in_words(found.numbers)

    def compare(
        image: str | None, model_a: str, model_b: str, crop: Any = None
    ) -> tuple[Any, Any, dict[str, Any]]:
        """A picture reconstructed by two models, and the figures of their cards."""
        from ui.endpoints import comparison

        found = comparison.compare(asked(), image, model_a, model_b, crop)
        both = {side: in_words(found.numbers[side]) for side in ("a", "b")}
        return to_pil(found.a.decoded), to_pil(found.b.decoded), found.numbers | both

    def posterior(
        image: str | None, model: str, label: str | None = None, crop: Any = None
    ) -> dict[str, Any]:
        """The exact log p(x) and the modes of p(z|x) of a picture, by Bayes' rule."""
        return in_words(asked().posterior(image, model, label, crop))

    def decode(z1: Any, z2: Any, model: str, label: str | None = None) -> Any:
        """The picture that the decoder paints from a code of two numbers."""
        return asked().decode(z1, z2, model, label)

    def interpolate(
        z1_a: Any, z2_a: Any, z1_b: Any, z2_b: Any, steps: Any, model: str, label: str | None = None
    ) -> Any:
        """Pictures along the straight line between two codes, side by side."""
        return to_strip(asked().interpolate((z1_a, z2_a), (z1_b, z2_b), steps, model, label)[1])

    def geodesic(
        z1_a: Any, z2_a: Any, z1_b: Any, z2_b: Any, steps: Any, model: str, label: str | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Pictures along the path on which the picture changes least in all, and its length."""
        found = asked().geodesic((z1_a, z2_a), (z1_b, z2_b), steps, model, label)
        return to_strip(found.images), {**found.numbers, "codes": found.codes.tolist()}

    def analogies(image: str | None, label: str | None, model: str, crop: Any = None) -> Any:
        """The style of a picture in every class, by a model that is told the class."""
        return to_strip(asked().analogies(image, label, model, crop))

    def complete(
        image: str | None,
        mask: str | None,
        model: str,
        samples: Any = None,
        label: Any = None,
        crop: Any = None,
    ) -> tuple[Any, Any, dict[str, Any]]:
        """What a picture may be where a mask hides it: the mean, samples, and bits."""
        found, numbers = asked().complete(image, mask, model, samples, label, crop)
        return to_pil(found.mean), to_strip(found.samples), numbers

    def encodings(model: str) -> dict[str, Any]:
        """Codes and labels of all test images."""
        lab = asked()
        found = lab.encodings(lab.model_name(model))
        return {"mean": found.mean.tolist(), "label": found.label.tolist()}

    def features(model: str, k: Any = None) -> dict[str, Any]:
        """k-means and nearest neighbours on the codes, beside PCA."""
        return asked().features(model, k)

    def generate(
        model: str,
        n: Any,
        source: Any = None,
        label: Any = None,
        z1: Any = None,
        z2: Any = None,
        radius: Any = None,
        temperature: Any = None,
        seed: Any = None,
    ) -> tuple[Any, exports.File]:
        """New pictures from codes drawn at random: a grid, and NumPy arrays."""
        lab = asked()
        found = lab.generate(model, n, source, label, z1, z2, radius, temperature, seed)
        levels = np.concatenate([*lab.generated_pictures(found, model)])
        return exports.grid(levels), exports.npz(levels, found, lab.model(model).config.classes)

    with gr.Row(visible=False):
        image, mask = (PictureInput(label=name, type="filepath") for name in ("image", "mask"))
        names = names_in(weights_dir)
        told = [name for name in names if describe(weights_dir / name, str).get("conditional")]
        model, label = Word("model", names[0]), Word("label", "")
        conditional = Word("model", told[0] if told else names[0])
        crop = RawJSON(label="crop")
        numbers = [RawNumber(label=name) for name in ("z1_a", "z2_a", "z1_b", "z2_b", "steps")]
        z1, z2 = RawNumber(label="z1"), RawNumber(label="z2")
        samples, groups = RawNumber(label="samples"), RawNumber(label="k")
        n, radius, temperature, seed = (
            RawNumber(label=name) for name in ("n", "radius", "temperature", "seed")
        )
        source = Word("source", SOURCES[0])
        drawn = [model, n, source, label, z1, z2, radius, temperature, seed]
        arrays = exports.FileOutput(label="arrays")
        seen, decoded = (
            PictureOutput(format="png", label=name) for name in ("seen", "reconstruction")
        )
        both = [Word("model_a", names[0]), Word("model_b", names[-1])]
        compared = [PictureOutput(format="png", label=name) for name in ("by_a", "by_b")]
        completed = [PictureOutput(format="png", label=name) for name in ("completion", "samples")]
        answer = gr.JSON(label="answer")
        endpoints: list[tuple[str, Callable[..., Any], Sequence[Component], Any]] = [
            ("models", models, [], answer),
            ("encode", encode, [image, model, label, crop], answer),
            ("reconstruct", reconstruct, [image, model, label, crop], [seen, decoded, answer]),
            ("compare", compare, [image, *both, crop], [*compared, answer]),
            ("posterior", posterior, [image, model, label, crop], answer),
            ("decode", decode, [z1, z2, model, label], decoded),
            ("interpolate", interpolate, [*numbers, model, label], decoded),
            ("geodesic", geodesic, [*numbers, model, label], [decoded, answer]),
            ("analogies", analogies, [image, label, conditional, crop], decoded),
            (
                "complete",
                complete,
                [image, mask, model, samples, label, crop],
                [*completed, answer],
            ),
            ("generate", generate, drawn, [decoded, arrays]),
            ("encodings", encodings, [model], answer),
            ("features", features, [model, groups], answer),
        ]
        for name, function, inputs, outputs in endpoints:
            gr.Button(name).click(in_a_sentence(function), inputs, outputs, api_name=name)
