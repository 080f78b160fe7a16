"""Complete: a part of a picture, and all that it may be a part of."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image
from torch import Tensor

from ui.checks import whole_number
from ui.components.latent_map import density_on_cells
from ui.components.mask_pad import MaskPad
from ui.examples import suited_to
from ui.lab import Lab
from ui.pictures import data_url, enlarge, figure, figures, number, picture_from_data_url
from ui.shared import Shared, quietly
from ui.tabs.reconstruct import buttons
from vae_core import PictureError, VAEConfig, images
from vae_core.exact import Completion
from vae_core.images import to_pil

BLANK, MINE = "blank", "mine"  # pictures to start from, beside the model's examples
PRIOR_BITS = math.log2(2 * math.pi * math.e)  # entropy of p(z) = N(0, I)
MOST_STROKES = 10**6
WAITING = "<p>The model's plane is being decoded, once: this takes a second or two.</p>"
NO_PRIOR = (
    "A plain autoencoder is trained without a prior: here p(z) = N(0, I), to whose scale its codes "
    "were brought afterwards, takes its place."
)
NOISE = {
    "bernoulli": "% of the pixels, nobody knows which, are replaced by the toss of a coin",
    "gaussian": "% of the way from black to white: the deviation of noise added to every pixel",
}
MEANING = """
**Information** in bits: KL(p(z|observed) ‖ p(z)), how much the observed pixels tell about the code.
**Entropy** in bits: over how large an area of the plane the code is still spread; one bit less is
half the area, and below 0 it is less than one unit of area. A surprising stroke can raise it.

p(z|observed) is a sum over the whole plane, without sampling or encoder. The best guess is
the mean of all pictures, each weighted by p(z|observed): blurred where they disagree.
"""
PLACED = """
The digits this model knows are framed by their centre, which half a drawing does not show yet: what
you draw on a hidden page is moved by up to three pixels to where it is most probable.
"""


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    lab, default = shared.lab, shared.model.value
    gr.Markdown("Hide part of a picture: **Bayes' rule** tells what may be under it.")
    examples = partial(suited_to, lab)

    def begin(start: int | str, mine: Any, model: str) -> dict[str, Any]:
        config, offered = lab.model(model).config, examples(model)
        ink = config.preparation == "ink"
        if start == BLANK and ink:
            return _given(model, Image.new("L", config.shape[:0:-1]), "all", ink)
        picture = mine if start == MINE else start if isinstance(start, int) else 0
        if isinstance(picture, int):
            picture = str(offered[picture % len(offered)].path)
        try:
            x = images.prepare(picture, config)
        except PictureError as error:  # it suited another model
            gr.Warning(str(error))
            x = images.prepare(str(offered[0].path), config)
        return _given(model, to_pil(x), "right", ink)

    start, told = gr.State(0), gr.State(None)  # told: see `_history`
    with gr.Row():
        with gr.Column(min_width=300):
            pad = MaskPad(begin(0, 0, default), label="Picture to complete")
            gr.Markdown("Start from one of these:")
            with gr.Row(elem_id="beginnings"):
                tries = [
                    gr.Button(size="sm", min_width=130, **button)
                    for button in buttons(examples(default))
                ]
            with gr.Row():
                mine = gr.Button("My picture from Reconstruct", size="sm", min_width=130)
                blank = gr.Button("A hidden page to draw on", size="sm", min_width=130)
            noise = gr.Slider(0, 80, 0, step=10, label="Noise", info=_noise_info(lab, default))
        with gr.Column(min_width=300):
            pictures = gr.HTML(WAITING, label="Completion", elem_id="completion")
        with gr.Column(min_width=300):
            evidence = gr.HTML("", label="Evidence")
            latent_map = shared.map(
                "p(z|observed): where the code of the whole picture may be", samples=True
            )
    words = gr.Markdown(meaning(lab, default))

    for name, button in ((MINE, mine), (BLANK, blank), *enumerate(tries)):
        quietly(
            [button.click],
            lambda *asked, name=name: (name, begin(name, *asked)),
            [shared.picture, shared.model],
            [start, pad],
        )
    quietly([shared.model.change], begin, [start, shared.picture, shared.model], [pad])
    quietly(
        [pad.input, noise.change, shared.label.change],
        lambda *asked: _answer(lab, *asked),
        [pad, noise, shared.label, told],
        [pictures, evidence, latent_map, told],
    )
    quietly(
        [shared.model.change],
        lambda model: (
            *(gr.update(**button) for button in buttons(examples(model))),
            gr.update(visible=lab.model(model).config.preparation == "ink"),
            gr.update(info=_noise_info(lab, model)),
            meaning(lab, model),
        ),
        [shared.model],
        [*tries, blank, noise, words],
    )


def _given(model: str, picture: Image.Image, hide: str, ink: bool) -> dict[str, Any]:
    return {"model": model, "picture": data_url(picture), "hide": hide, "ink": ink}


def meaning(lab: Lab, model: str) -> str:
    """What the tab's figures are, and for digits, where a drawing is put."""
    return MEANING + PLACED * (lab.model(model).config.preparation == "ink")


def _noise_info(lab: Lab, model: str) -> str:
    return NOISE[lab.model(model).config.likelihood]


def _answer(lab: Lab, pad: Any, percent: object, label: str | None, history: Any) -> Any:
    """Everything the tab shows of a picture with a mask, as the browser sent them."""
    if not isinstance(pad, dict) or "mask" not in pad:
        return (gr.skip(),) * 4  # the picture has not been seen yet
    model = lab.model_name(pad.get("model"))
    config = lab.model(model).config
    picture, mask = (picture_from_data_url(str(pad.get(part))) for part in ("picture", "mask"))
    given = images.prepare(picture, replace(config, preparation="photo"))  # it is framed already
    observed = images.to_mask(mask, config)
    strokes = whole_number(pad.get("strokes"), "The number of strokes", 0, MOST_STROKES)
    noise = whole_number(percent, "The noise", 0, 80) / 100
    name = lab.told(label, model)
    told = None if name is None else config.classes.index(name)
    down, right = 0, 0
    if pad.get("hide") == "all" and config.preparation == "ink" and observed.any():  # a new drawing
        down, right = lab.place(given, observed, model, told)
        given, observed = given.roll((down, right), (2, 3)), observed.roll((down, right), (0, 1))
    x = lab.corrupt(given, model, told, noise)
    found, numbers = lab.fill_in(x, observed, model, told, noise=noise)
    history = _history(history, [model, name, noise], strokes, numbers["entropy_bits"])
    return (
        _pictures(x, observed, found, noise, (-down, -right)),
        _evidence(config, observed, numbers, noise, history["strokes"]),
        {"density": density_on_cells(found.posterior), "samples": found.codes.tolist()},
        history,
    )


def _history(history: Any, asked: list[Any], strokes: int, entropy: float) -> dict[str, Any]:
    """The entropy after each stroke so far; it starts anew with another model, class or noise."""
    before = history["strokes"] if history and history["asked"] == asked else []
    kept = [point for point in before if point[0] < strokes]
    return {"asked": asked, "strokes": [*kept, (strokes, entropy)]}


def _pictures(
    x: Tensor, observed: Tensor, found: Completion, noise: float, back: tuple[int, int]
) -> str:
    """The best guess and the samples, moved back to where the drawing is."""
    guess = figure(
        to_pil(found.mean.roll(back, (2, 3))),
        "the best guess: the mean of all pictures by p(z|observed)",
        "the best guess, E[x|observed]",
        "completion",
    )
    main = [guess]
    if noise:
        seen = hatched(to_pil(x.roll(back, (2, 3))), observed.roll(back, (0, 1)))
        main.insert(0, figure(seen, "what is observed, with its noise", "what is observed"))
    samples = found.samples if noise else found.samples.where(~observed, x)
    count = len(samples)
    drawn = [
        figure(to_pil(sample.roll(back, (1, 2))), f"completion {k} of {count}")
        for k, sample in enumerate(samples, 1)
    ]
    return (
        figures(main, "two" if noise else "")
        + f"<p>{count} samples from p(z|observed), the dots on the map:</p>"
        + figures(drawn, "four")
    )


def hatched(picture: Image.Image, observed: Tensor, factor: int = 8) -> Image.Image:
    """A picture, enlarged, whose hidden pixels are hatched as `MaskPad` does it."""
    pixels = np.array(enlarge(picture, factor).convert("RGB"))
    hidden = np.kron(~observed.numpy(), np.ones((factor, factor), bool))
    line = np.add.outer(*map(np.arange, hidden.shape)) % 8 < 2
    pixels[hidden] = (185, 192, 210)
    pixels[hidden & line] = (124, 134, 163)
    return Image.fromarray(pixels)


def _evidence(
    config: VAEConfig,
    observed: Tensor,
    numbers: dict[str, Any],
    noise: float,
    strokes: Sequence[tuple[int, float]],
) -> str:
    """What the observed pixels have told, in words and as a curve."""
    count, last = int(observed.sum()), strokes[-1][0]
    after = f"After {last} stroke{'s' * (last > 1)}, the" if last else "The"
    pixels = f"{count} observed pixels tell" if count > 1 else "observed pixel tells"
    told = f"<strong>{number(numbers['information_bits'], 1)} bits</strong> about the code"
    text = f"{after} {pixels} {told}{', in spite of the noise' if noise else ''}"
    times = 2 ** (PRIOR_BITS - numbers["entropy_bits"])
    if times > 1.05:
        digits = 1 if times < 10 else 0
        text += f": it may be on an area {times:,.{digits}f} times smaller than the prior's"
    text += "."
    if not count:
        text = (
            "<strong>Nothing is observed</strong>, so nothing is known: p(z|observed) is the prior "
            "p(z), and the best guess is the average of all pictures."
        )
    if count == observed.numel() and not noise:
        text += " All is observed: nothing is left to guess."
    note = f"<p>{NO_PRIOR}</p>" if not config.probabilistic else ""
    return f'<p data-testid="told">{text}</p>{_curve(strokes)}{note}'


def _curve(strokes: Sequence[tuple[int, float]]) -> str:
    """Entropy in bits after each stroke, as a picture with words for those who cannot see it."""
    width, height, left, bottom = 360, 120, 34, 22
    values = [value for _, value in strokes]
    high, low = max(PRIOR_BITS, *values) + 1, min(0.0, *values) - 1
    first, last = strokes[0][0], max(strokes[-1][0], strokes[0][0] + 4)

    def place(stroke: float, bits: float) -> tuple[float, float]:
        return (
            left + 8 + (stroke - first) / (last - first) * (width - left - 50),
            (high - bits) / (high - low) * (height - bottom),
        )

    points = [place(*point) for point in strokes]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points)
    prior, zero = place(first, PRIOR_BITS)[1], place(first, 0)[1]
    x, y = points[-1]
    said = ", ".join(f"{number(value, 1)} after {stroke}" for stroke, value in strokes[-20:])
    words = f"Entropy of p(z|observed) in bits, by the number of strokes: {said}"
    return (
        f'<svg class="curve" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(words)}"'
        ' data-testid="curve">'
        f'<line x1="{left}" x2="{width}" y1="{prior:.1f}" y2="{prior:.1f}" class="level"/>'
        f'<line x1="{left}" x2="{width}" y1="{zero:.1f}" y2="{zero:.1f}" class="level"/>'
        f'<text x="0" y="{prior + 4:.1f}">prior</text><text x="22" y="{zero + 4:.1f}">0</text>'
        f'<polyline points="{line}"/>{dots}'
        f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" class="last">{number(values[-1], 1)}</text>'
        f'<text x="{left}" y="{height - 4}">entropy in bits, stroke by stroke</text></svg>'
    )
