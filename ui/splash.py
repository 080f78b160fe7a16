"""The splash screen: what a page shows in the second or two that Gradio takes to start there."""

from pathlib import Path
from string import Template

from ui.lab import Reconstruction
from ui.pictures import figure, figures
from vae_core.images import to_pil


def splash(found: Reconstruction) -> str:
    """A picture and its reconstruction, as HTML to put first into the page's body."""
    painted = "what the model paints from its two numbers"
    shown = [
        figure(to_pil(found.seen), "a picture", "a picture"),
        figure(to_pil(found.decoded), painted, painted, "first-decoded"),
    ]
    page = Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
    return page.substitute(pictures=figures(shown))
