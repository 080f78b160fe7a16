"""Reconstruct: a picture becomes a code and a picture again."""

from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from ui.checks import InputError, within
from ui.components.draw_pad import DrawPad
from ui.components.latent_map import density_on_cells
from ui.components.picture_input import PictureInput
from ui.examples import MOST, Example, missed_by, picture_of, suited_to
from ui.lab import MISSED, SEPARATE, SLIDER_RANGE, Inferred, Lab, Reconstruction
from ui.pictures import (
    data_url,
    difference,
    figure,
    figures,
    histogram,
    named,
    number,
    pair,
    picture_from_data_url,
    table,
)
from ui.shared import Shared, code_of, quietly
from vae_core import PictureError
from vae_core.images import to_pil

MOST_OF_A_DRAWING = 10**6  # characters; the pad's strokes take a few thousand
NO_POSTERIOR = (
    "A plain autoencoder has no q(z|x): it gives one point, without uncertainty, so there is no "
    "rate and no ELBO."
)
NO_SAMPLES = (
    "<p>No samples: a plain autoencoder gives one point, so there is nothing to draw from.</p>"
)
LEGEND = (
    "Close-up. **Shading**: the true posterior p(z|x), by Bayes' rule. **Ellipses**: q(z|x), the "
    "encoder's guess, at one and two standard deviations."
)
NO_GUESS = (
    "A plain autoencoder has no q(z|x) to compare: its code is the cross on the map. The shading "
    "is the posterior of its decoder under the prior N(0, I)."
)
DENSITY = (
    "Of this model's Gaussian likelihood these are nats of a density over pixels in [0, 1], not of "
    "a probability: a density can be above 1, so the ELBO can be above 0 and the distortion below."
)


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    gr.Markdown(
        "Give the lab a picture: the **encoder** turns it into two numbers, its code, and "
        "the **decoder** paints it again from those two numbers."
    )
    default = shared.model.value
    examples = partial(suited_to, shared.lab)

    def answer(picture: str | bytes | int, model: str, label: str | None) -> Any:
        return _answer(shared, picture_of(shared.lab, picture, model), model, label)

    panel, numbers, shown, shared.reconstructed.value = answer(0, default, None)
    last = shared.picture
    with gr.Row():
        with gr.Column(min_width=300):
            with gr.Tabs():
                with gr.Tab("Draw"):
                    pad = DrawPad(label="Page")
                with gr.Tab("Upload, paste, webcam"):
                    upload = PictureInput(
                        label="Picture",
                        type="filepath",
                        sources=["upload", "clipboard", "webcam"],
                        webcam_options=gr.WebcamOptions(mirror=False),
                        height=330,
                        buttons=[],
                    )
                    gr.Markdown("PNG, JPEG, GIF, WebP, BMP or TIFF, at most 10 MB.")
            gr.Markdown("Or try one of these:")
            with gr.Row(elem_id="examples"):
                tries = [
                    gr.Button(size="sm", min_width=130, **button)
                    for button in buttons(examples(default))
                ]
            missed_words = gr.Markdown(visible=False)
            with gr.Row(elem_id="missed"):
                misses = [gr.Button(size="sm", min_width=90, visible=False) for _ in range(MISSED)]
        with gr.Column(min_width=300):
            pictures = gr.HTML(panel, label="Reconstruction")
            shared.map("Close-up of where this picture's code may be", posterior=True, closeup=True)
            legend = gr.Markdown(LEGEND, elem_classes="small")
        with gr.Column(min_width=300):
            latent_map = shared.map(
                "Where this picture's code lies among the test images", shown, posterior=True
            )
            send = gr.Button("Make this the current code")
    with gr.Row():
        with gr.Column(min_width=300):
            figures_table = gr.HTML(numbers, label="Numbers", elem_classes="answered")
        with gr.Column(min_width=300):
            exact = gr.HTML(
                "", label="Exact inference", elem_classes="answered"
            )  # once the page is open

    outputs = [pictures, figures_table, latent_map, shared.reconstructed]
    # Cleared, the last picture stays until there is a new one.
    quietly([pad.change], lambda url: _drawing(url) if url else gr.skip(), [pad], [last])
    quietly([upload.change], lambda path: path or gr.skip(), [upload], [last])
    for which, button in enumerate(tries):
        quietly([button.click], lambda which=which: which, [], [last])
    misses_of = cache(lambda model: missed_by(shared.lab, model))
    for which, button in enumerate(misses):
        quietly(
            [button.click],
            lambda model, which=which: str(misses_of(model)[which].path),
            [shared.model],
            [last],
        )
    quietly(
        [last.change, shared.model.change, shared.label.change],
        answer,
        [last, shared.model, shared.label],
        outputs,
    )
    inferred = cache(lambda: _inferred(shared.lab, shared.reconstructed.value, default))

    def first(request: gr.Request) -> Any:  # unless the page will soon have another model
        asked_for = request.query_params.get("model")
        other = asked_for in shared.lab.models() and asked_for != default
        return gr.skip() if other else inferred()

    quietly([shared.opened], first, [], [exact, latent_map])
    quietly(
        [shared.reconstructed.change],
        lambda found, model: _inferred(shared.lab, found, model),
        [shared.reconstructed, shared.model],
        [exact, latent_map],
    )
    quietly(
        [shared.model.change],
        lambda model: [gr.update(**button) for button in buttons(examples(model))],
        [shared.model],
        tries,
    )
    quietly(
        [shared.opened, shared.model.change],
        lambda model: offered(shared.lab, model, misses_of(model)),
        [shared.model],
        [missed_words, *misses, legend],
    )
    quietly([send.click], _sent, [shared.reconstructed], [shared.z1, shared.z2, shared.label])


def _drawing(url: str) -> bytes:
    """The file in the pad's data URL, which the server keeps for as long as the page is open."""
    if len(url) > MOST_OF_A_DRAWING:
        raise InputError("This drawing is too large. Expected a drawing by the pad on the page.")
    return picture_from_data_url(url)


def _icon(path: Path) -> dict[str, str]:
    """A picture that needs no request of its own."""
    with Image.open(path) as picture:
        return {"path": str(path), "url": data_url(picture)}


def buttons(examples: list[Example], most: int = MOST) -> list[dict[str, Any]]:
    """What so many buttons show; those left over are hidden."""
    shown = [{"value": name, "icon": _icon(path), "visible": True} for name, path in examples]
    return shown + [{"visible": False}] * (most - len(shown))


def offered(lab: Lab, model: str, missed: list[Example]) -> list[Any]:
    """Test images that the encoder misses, and what the layers of the map are."""
    config = lab.model(model).config
    words = "Test images whose posterior the encoder misses:"
    if not missed:
        words = (
            "Once the dataset is on disk (the tab Map can fetch it), test images whose posterior "
            "the encoder misses are offered here."
        )
    shown = bool(missed) or (
        lab.can_fetch(model) and config.probabilistic and not config.conditional
    )
    return [
        gr.update(value=words, visible=shown),
        *(gr.update(**button) for button in buttons(missed, MISSED)),
        LEGEND if config.probabilistic else NO_GUESS,
    ]


def _sent(found: Reconstruction | None) -> tuple[float, float, Any]:
    """A reconstruction's code, and the class it was read as if the model is told one."""
    z1, z2 = within(code_of(found), SLIDER_RANGE)
    return z1, z2, found.numbers.get("label", gr.skip()) if found else gr.skip()


def _answer(
    shared: Shared, picture: str | bytes, model: str, label: str | None
) -> tuple[str, str, dict[str, Any], Reconstruction | None]:
    lab = shared.lab
    try:
        found = lab.reconstruct(picture, model)
    except PictureError as error:  # what another picture or model gave must not stay
        gr.Warning(str(error))
        return f"<p>{escape(str(error))}</p>", "", {"posterior": None}, None
    return (
        _pictures(lab, found, model, lab.told(label, model)),
        _numbers(lab, found, model),
        {"posterior": _guess(found)},
        found,
    )


def _guess(found: Reconstruction) -> dict[str, Any]:
    """q(z|x) for the map."""
    return {key: found.numbers[key] for key in ("mean", "std")}


def _inferred(lab: Lab, found: Reconstruction | None, model: str) -> tuple[str, dict[str, Any]]:
    """What Bayes' rule says of a picture, and the map with its posterior."""
    if found is None:
        return "", {"posterior": None}
    inferred = lab.infer(found, model)
    modes = inferred.numbers["modes"]
    density = density_on_cells(inferred.posterior, modes if len(modes) > 1 else ())
    return (
        _exact(lab, inferred, model) + _strangeness(lab, inferred, model),
        {"posterior": _guess(found), "density": density},
    )


def _exact(lab: Lab, inferred: Inferred, model: str) -> str:
    """The true posterior in words, pictures and numbers."""
    config, numbers = lab.model(model).config, inferred.numbers
    modes, label = numbers["modes"], numbers.get("label")
    told = "|class" if config.conditional else ""
    shown = []
    for mode in modes:
        z1, z2 = mode["z"]
        place = pair((z1, z2))
        caption = f"{100 * mode['mass']:.0f} % at {place}"
        picture = lab.decode(z1, z2, model, label)
        shown.append(figure(picture, f"decoded at the mode {place}", caption, "mode"))
    gap = numbers["kl_q_p"]
    rows = [
        (
            f"log p(x{told})",
            number(numbers["log_prob"], 1),
            "nats",
            "exact: the sum over all codes, where the ELBO is a bound",
        ),
        (
            "ELBO",
            "—" if gap is None else number(numbers["elbo"], 1),
            "nats",
            "what the encoder's guess q(z|x) makes of it",
        ),
        (
            "KL(q ‖ p(z|x))",
            "—" if gap is None else number(gap, 2),
            "nats",
            "their difference: how far the guess is from the true posterior",
        ),
    ]
    return (
        "<h3>What Bayes' rule says</h3>"
        f'<p data-testid="verdict">{escape(_found(inferred))}</p>'
        + figures(shown, "four")
        + table(rows, ("", "value", "unit", "meaning"), "numbers")
    )


def _found(inferred: Inferred) -> str:
    """Whether the encoder found the modes, and why it may not."""
    count = len(inferred.numbers["modes"])
    several = (
        f"{count} separate codes explain this picture, each with more than {SEPARATE:.0%} of the "
        "true posterior; this is what the decoder paints there."
    )
    one = "One code explains this picture best; this is what the decoder paints there."
    modes = several if count > 1 else one
    if inferred.numbers["kl_q_p"] is None:
        return modes
    share = f"{100 * inferred.found:.0f} %"
    if inferred.found < 0.5:
        return (
            f"The encoder misses: only {share} of the true posterior lies near its guess. It maps "
            "every picture to a guess in a single step, and nothing corrects a guess that is far "
            f"off. {modes}"
        )
    if count > 1:
        return (
            f"{modes} The encoder's single Gaussian covers {share} of the true posterior; it "
            "cannot cover several modes."
        )
    return f"The encoder found it: {share} of the true posterior lies near its guess. {modes}"


def _strangeness(lab: Lab, inferred: Inferred, model: str) -> str:
    """Where a picture stands among the test images."""
    percentile = inferred.numbers["percentile"]
    if percentile < 1:
        verdict = "Very strange: hardly any test image has so low a log p(x)."
    elif percentile < 5:
        verdict = "Strange: few test images have so low a log p(x)."
    elif percentile <= 95:
        verdict = "Ordinary: in the range of the test images."
    else:
        verdict = "Unusually probable, as simple pictures are; that does not make it typical."
    told = "|class" if lab.model(model).config.conditional else ""
    place = f"{percentile:.0f}\u00a0% of the test images have a lower log p(x{told})"
    words = f"Histogram of log p(x{told}) of the test images; {place}, at the mark."
    encodings = lab.encodings(model)
    return (
        "<h3>How strange is this picture?</h3>"
        f'<p data-testid="strangeness"><strong>{verdict}</strong> {place}.</p>'
        + histogram(encodings.log_prob, inferred.numbers["log_prob"], words)
        + _how_well(lab.detects(model))
    )


def _how_well(found: dict[str, float]) -> str:
    """How far log p(x) is to be trusted, for a model that was measured."""
    if not found:
        return ""
    from vae_core.evaluate import RELIABLE  # what it imports, the start can do without

    listed = ", ".join(f"{kind} {area:.2f}" for kind, area in found.items())
    unreliable = [kind for kind, area in found.items() if area < RELIABLE]
    where = (
        f"Not detected reliably, as it is below {RELIABLE}: {' and '.join(unreliable)}. The model "
        "explains such pictures almost as well as test images."
        if unreliable
        else "All of these are detected reliably."
    )
    return (
        '<p class="note">Measured, the chance that a strange picture has a lower log p(x) than a '
        f"test image (0.5 would be guessing): {escape(listed)}. {escape(where)}</p>"
    )


def _pictures(lab: Lab, found: Reconstruction, model: str, label: str | None) -> str:
    seen, decoded = to_pil(found.seen), to_pil(found.decoded)
    ink = lab.model(model).config.preparation == "ink"
    signs = "blue added, orange missing" if ink else "blue brighter, orange darker"
    main = [
        figure(seen, "the picture as the model sees it", "as the model sees it", "seen"),
        figure(decoded, "the reconstruction", "reconstruction", "reconstruction"),
        figure(
            difference(found.seen, found.decoded),
            "the difference of the two",
            f"difference: {signs}",
            "difference",
        ),
    ]
    return (
        figures(main, "three")
        + (_class_read(lab, found, model, label) if label else "")
        + (NO_SAMPLES if found.numbers["std"] is None else _samples(found))
    )


def _class_read(lab: Lab, found: Reconstruction, model: str, label: str) -> str:
    """As which class a conditional model took a picture, and its style in the class picked."""
    best = "lowest distortion" if found.numbers["elbo"] is None else "highest ELBO"
    read, picked = named(found.numbers["label"]), named(label)
    z1, z2 = found.numbers["mean"]
    styled = lab.decode(z1, z2, model, label)
    return (
        f'<p data-testid="read-as">Read as <strong>{escape(read)}</strong>, the class with the '
        f"{best}. The same code decoded as {escape(picked)}, the class picked above:</p>"
        + figures([figure(styled, f"the same code as {picked}", "", "styled")], "four")
    )


def _samples(found: Reconstruction) -> str:
    samples = [
        figure(to_pil(sample), f"sample {number} of 4")
        for number, sample in enumerate(found.samples, 1)
    ]
    return (
        "<p>Four samples, decoded from z ~ q(z|x): what else the encoder takes it for.</p>"
        + figures(samples, "four answered")
    )


def _numbers(lab: Lab, found: Reconstruction, model: str) -> str:
    numbers = found.numbers
    config, encodings = lab.model(model).config, lab.encodings(model)
    point = not config.probabilistic
    evidence = "log p(x|class)" if config.conditional else "log p(x)"
    likelihood = "−log p(x|z)" if point else "−E_q[log p(x|z)]"
    of_test_set = encodings.distortion if point else -(encodings.rate + encodings.distortion)
    average = f"; the test set averages {number(of_test_set.mean().item(), 1)}"
    rows = [
        (
            "mean" if not point else "code",
            pair(numbers["mean"], 2),
            "z units",
            "the code: where the encoder puts this picture on the map",
        ),
        (
            "standard deviation",
            "—" if point else pair(numbers["std"], 3),
            "z units",
            "how unsure the encoder is of each number",
        ),
        (
            "rate",
            "—" if point else number(numbers["rate"], 2),
            "nats",
            "information in the code: KL(q(z|x) ‖ p(z)), how far q is from the prior",
        ),
        (
            "distortion",
            number(numbers["distortion"], 1),
            "nats",
            f"what the reconstruction misses: {likelihood}, lower is better"
            + (average if point else ""),
        ),
        (
            "ELBO",
            "—" if point else number(numbers["elbo"], 1),
            "nats",
            f"−(rate + distortion), a lower bound of {evidence}: higher is more like the training "
            "images" + ("" if point else average),
        ),
    ]
    notes = [NO_POSTERIOR] * point + [DENSITY] * (config.likelihood == "gaussian")
    return table(rows, ("", "value", "unit", "meaning"), "numbers") + "".join(
        f'<p class="note">{note}</p>' for note in notes
    )
