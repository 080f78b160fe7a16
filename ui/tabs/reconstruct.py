"""Reconstruct: a picture becomes a code and a picture again."""

from collections.abc import Sequence
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from ui import reconstruction
from ui.checks import InputError, within
from ui.components.draw_pad import DrawPad
from ui.components.latent_map import density_on_cells
from ui.components.photo_frame import PhotoFrame
from ui.components.picture_input import PictureInput
from ui.examples import MOST, Example, missed_by, picture_of, suited_to
from ui.lab import MISSED, SLIDER_RANGE, Lab, Reconstruction
from ui.pictures import data_url, photograph_url, picture_from_data_url
from ui.shared import ChosenPicture, Shared, code_of, quietly
from vae_core import PictureError, images
from vae_core.ink import WHOLE

MARGIN = 0.12  # of paper around the ink in a frame, of the ink's longer side
PHOTOGRAPH_SIDE = 480  # pixels, at most: 360 on the page, a little sharper on a phone
MOST_OF_A_DRAWING = 10**6  # characters; the pad's strokes take a few thousand
LEGEND = (
    "Close-up. **Shading**: the true posterior p(z|x), by Bayes' rule. **Ellipses**: q(z|x), the "
    "encoder's guess, at one and two standard deviations."
)
NO_GUESS = (
    "A plain autoencoder has no q(z|x) to compare: its code is the cross on the map. The shading "
    "is the posterior of its decoder under the prior N(0, I)."
)


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    gr.Markdown(
        "Give the lab a picture: the **encoder** turns it into two numbers, its code, and "
        "the **decoder** paints it again from those two numbers."
    )
    default = shared.model.value
    examples = partial(suited_to, shared.lab)

    def answer(chosen: ChosenPicture, model: str, label: str | None) -> Any:
        return _answer(shared.lab, chosen, model, label)

    first_answer = answer(shared.picture.value, default, None)
    panel, numbers, shown, shared.reconstructed.value = first_answer[:4]
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
                        height=380,
                        buttons=[],
                    )
                    photo_frame = PhotoFrame(label="Photograph", visible="hidden")
                    gr.Markdown(f"{images.ACCEPTED} It may have at most 10 MB.")
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

    outputs = [pictures, figures_table, latent_map, shared.reconstructed, photo_frame, upload]
    # Cleared, the last picture stays until there is a new one.
    quietly([pad.change], _drawn, [pad], [last])
    quietly([upload.change], _uploaded, [upload], [last])
    quietly([photo_frame.input], _cropped, [last, photo_frame], [last])
    quietly([photo_frame.clear], _upload_again, [], [photo_frame, upload])
    for which, button in enumerate(tries):
        quietly([button.click], lambda which=which: ChosenPicture(which), [], [last])
    misses_of = cache(lambda model: missed_by(shared.lab, model))
    for which, button in enumerate(misses):
        quietly(
            [button.click],
            lambda model, which=which: ChosenPicture(str(misses_of(model)[which].path)),
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


def _drawn(page: str | None) -> Any:
    """The pad's drawing, which the server keeps for as long as the page is open."""
    if not page:
        return gr.skip()
    if len(page) > MOST_OF_A_DRAWING:
        raise InputError("This drawing is too large. Expected a drawing by the pad on the page.")
    return ChosenPicture(picture_from_data_url(page))


def _uploaded(path: str | None) -> Any:
    if not path:
        return gr.skip()
    try:
        photograph = photograph_url(images.upright(path, PHOTOGRAPH_SIDE))
    except PictureError:  # that it cannot be read is said where it is reconstructed
        photograph = ""
    return ChosenPicture(path, photograph)


def _cropped(chosen: ChosenPicture, frame: Any) -> Any:
    """The same picture with the crop that a `PhotoFrame` sent, unless that is of an older one."""
    if not isinstance(frame, dict) or not frame.get("picture") == chosen.photograph != "":
        return gr.skip()
    crop = frame.get("crop")
    sides = [] if crop is None else crop
    if not isinstance(sides, list) or not all(isinstance(side, int | float) for side in sides[:5]):
        return gr.skip()  # no page sends that, and the server keeps what is sent
    return chosen._replace(crop=None if crop is None else sides[:5])


def _upload_again() -> tuple[dict[str, Any], dict[str, Any]]:
    """Make room for another photograph; what is known of the last one stays until then."""
    return gr.update(value=None, visible="hidden"), gr.update(value=None, visible=True)


def _answer(lab: Lab, chosen: ChosenPicture, model: str, label: str | None) -> tuple[Any, ...]:
    """Everything that follows a picture: see `outputs` in `build`."""
    picture = picture_of(lab, chosen.source, model)
    try:
        found = lab.reconstruct(picture, model, crop=chosen.crop)
    except PictureError as error:  # what another picture or model gave must not stay
        gr.Warning(str(error))
        sentence = f"<p>{escape(str(error))}</p>"
        return sentence, "", {"posterior": None}, None, *_photograph(lab, chosen, None, model)
    return (
        reconstruction.pictures(lab, found, model, lab.told(label, model)),
        reconstruction.numbers_table(lab, found, model),
        {"posterior": _guess(found)},
        found,
        *_photograph(lab, chosen, found, model),
    )


def _photograph(
    lab: Lab, chosen: ChosenPicture, found: Reconstruction | None, model: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The photograph with its frame, in the place of the upload while there is one."""
    if not chosen.photograph:
        return gr.update(value=None, visible="hidden"), gr.update(visible=True)
    config = lab.model(model).config
    photo = config.preparation == "photo"
    taken = [found.numbers["frame"], *found.groups] if found else [WHOLE]
    frame, *groups = taken if photo else map(_with_margin, taken)
    value = {
        "picture": chosen.photograph,
        "frame": chosen.crop or frame,
        "groups": groups,
        "crop": chosen.crop,
        "ratio": config.shape[2] / config.shape[1] if photo else None,
    }
    return gr.update(value=value, visible=True), gr.update(visible="hidden")


def _with_margin(frame: Sequence[float]) -> list[float]:
    """A frame around ink, with paper around it: so one sees the ink, and the lab the paper."""
    left, top, right, bottom = frame
    margin = MARGIN * max(right - left, bottom - top)
    return [
        max(0.0, left - margin),
        max(0.0, top - margin),
        min(1.0, right + margin),
        min(1.0, bottom + margin),
    ]


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
        reconstruction.exact_inference(lab, inferred, model)
        + reconstruction.strangeness(lab, inferred, model),
        {"posterior": _guess(found), "density": density},
    )
