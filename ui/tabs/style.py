"""Change the class: one code decoded as every class, by a model that is told the class."""

from typing import Any

import gradio as gr

from ui.components.styles import Styles
from ui.lab import Lab, Reconstruction
from ui.pictures import data_url
from ui.shared import Shared, in_the_page, quietly
from vae_core.images import to_strip

# Deviations of the prior, along each axis: a style far to one side, in the middle, to the other.
LEVELS = (-1.5, 0.0, 1.5)


def build(shared: Shared) -> None:
    """Lay the tab out and connect it."""
    lab = shared.lab
    gr.Markdown(
        "A model that is **told the class** keeps only the **style** in its two numbers, so one "
        "code decodes as every class: of digits, the same handwriting in all ten.<br>The first row "
        "is the style of your picture on the tab Reconstruct. Click a picture to make its code the "
        "current one."
    )
    styles = Styles(_styles(lab, None, shared.model.value), label="Styles by classes")
    told = lab.told_the_class()
    pick = [gr.Button(f"Use the model {name}", size="sm") for name in told[:1]]
    for button in pick:
        quietly([button.click], lambda: told[0], [], [shared.model])
    quietly(
        [shared.reconstructed.change],
        lambda found, model: (
            _styles(lab, found, model),
            *(gr.update(visible=not lab.model(model).config.conditional) for _ in pick),
        ),
        [shared.reconstructed, shared.model],
        [styles, *pick],
    )
    in_the_page([styles.select], "() => latentLab.picked", [], [shared.label])


def _styles(lab: Lab, found: Reconstruction | None, model: str) -> dict[str, Any]:
    """What the table shows: see `Styles`."""
    config = lab.model(model).config
    if not config.conditional:
        words = (
            f"{model} is not told the class: class and style share its two numbers, so there is no "
            "style to keep."
        )
        return {"rows": [], "strip": "", "words": words}
    rows = [{"name": "", "z": [z1, z2]} for z2 in reversed(LEVELS) for z1 in LEVELS]
    if found is None:
        return {"rows": rows, "strip": "", "words": "There is no picture on the tab Reconstruct."}
    own = found.numbers["mean"]
    words = f"Your picture was read as the class {found.numbers['label']}."
    strip = data_url(to_strip(lab.every_class(own, model)))
    return {"rows": [{"name": "yours", "z": own}, *rows], "strip": strip, "words": words}
