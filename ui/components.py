"""The tabs of the lab as Gradio components, for the app and for anyone's Blocks.

Each is an empty element in which the page's own module starts: what it shows, it computes itself.
The modules and the models come from the routes of `launch_options`.

    with gr.Blocks() as blocks:
        Tab("map")
    blocks.launch(**launch_options(Path("weights")))
"""

import gradio as gr

from ui.files import ADDRESS, SCRIPT
from ui.gradio_fixes import write_no_stubs

write_no_stubs()  # before any component is defined

TABS = {
    "lesson": "Lesson",
    "reconstruct": "Reconstruct",
    "decode": "Decode",
    "interpolate": "Interpolate",
    "map": "Map",
    "compare": "Compare",
    "generate": "Generate",
    "train": "Train",
}
PARTS = (*TABS, "complete", "manifold", "style")  # the last three stand in folds of others
# In a page behind a proxy all addresses begin with a prefix, which Gradio knows.
START = (
    f'import(new URL("{ADDRESS}{SCRIPT}", window.gradio_config.root + "/"))'
    ".then((host) => host.CALL).catch((error) => "
    "{ element.textContent = `The lab could not start: ${error.message}`; });"
)


class _Part(gr.HTML):
    """An element in which a module of the page starts."""

    is_template = True  # shown by gr.HTML's own front end

    def __init__(self, call: str) -> None:
        super().__init__(
            "",
            html_template='<div class="lab in-gradio"></div>',
            js_on_load=START.replace("CALL", call),
            apply_default_css=False,
        )


class Header(_Part):
    """The name of the lab, the pickers of model and class, the current code and the link."""

    def __init__(self) -> None:
        super().__init__("mountHeader(element.firstElementChild)")


class Tab(_Part):
    """A tab of the lab.

    Args:
        name: one of `PARTS`.
    Raises:
        ValueError: another name.
    """

    def __init__(self, name: str) -> None:
        if name not in PARTS:
            raise ValueError(f"there is no tab {name!r}: expected one of {', '.join(PARTS)}")
        super().__init__(f'mountTab(element.firstElementChild, "{name}")')
