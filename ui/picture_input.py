"""A picture that came from outside: what is taken for one, and what is not."""

import base64
import io
import os
from typing import Any

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from PIL import Image, ImageDraw, ImageFont

from ui.gradio_fixes import write_no_stubs

write_no_stubs()  # before any component is defined

MARK = {"_type": "gradio.FileData"}  # by which Gradio knows a file
UPLOAD = "Upload the file, as handle_file does, or send it as a data URL; at most 10 MB."
NOT_UPLOADED = f"That is not an uploaded picture. {UPLOAD}"
ADDRESS = f"That is an address, and the lab fetches nothing from the network. {UPLOAD}"
NOT_PLAIN = "{} takes neither a file nor what is nested so deep: only pictures are uploaded."
DEPTH = 20
NO_FILE = "That data URL holds no file. Expected data:image/png;base64, and the file in base64."


class PictureInput(gr.Image):
    """An image input that hands over the file as it came, so that `images.prepare` judges it."""

    is_template = True  # shown by gr.Image's own front end

    def uploaded(self, sent: Any) -> dict[str, Any] | None:
        """What was sent as a file in Gradio's cache; None if there is no picture.

        Args:
            sent: an upload as Gradio's clients describe it, or a data URL.
        Raises:
            gr.Error: anything else. Whether it names a file of the server, nobody learns.
        """
        named = sent
        if isinstance(sent, dict):
            named = sent.get("path") or sent.get("url")
        if not named:
            return None
        if not isinstance(named, str) or not _may_be_a_path(named):
            raise gr.Error(NOT_UPLOADED, print_exception=False)
        if named.startswith(("http://", "https://")):
            raise gr.Error(ADDRESS, print_exception=False)
        if named.startswith("data:"):
            content = _content(named)
            if not content:
                raise gr.Error(NO_FILE, print_exception=False)
            path = save_bytes_to_cache(content, "picture.png", self.GRADIO_CACHE)
            return {"path": path, "meta": MARK}
        path, uploads = os.path.realpath(named), os.path.realpath(self.GRADIO_CACHE)
        if not isinstance(sent, dict) or not (
            path.startswith(os.path.join(uploads, "")) and os.path.isfile(path)
        ):
            raise gr.Error(NOT_UPLOADED, print_exception=False)
        return {"path": path, "meta": MARK}

    def preprocess(self, payload: Any) -> Any:
        """The path of the file."""
        return payload.path if payload else None

    def example_payload(self) -> str:
        """What the page "Use via API" shows: a picture that works as it stands there."""
        return "data:image/png;base64," + base64.b64encode(_example()).decode()


def _content(url: str) -> bytes:
    """The file inside a data URL; empty bytes if there is none."""
    try:
        return base64.b64decode(url.partition("base64,")[2], validate=True)
    except ValueError:
        return b""


def _example() -> bytes:
    """A three in Pillow's built-in font, as a PNG file."""
    page = Image.new("1", (28, 28), 1)
    font = ImageFont.load_default(size=22)
    ImageDraw.Draw(page).text((14, 14), "3", fill=0, font=font, anchor="mm")
    buffer = io.BytesIO()
    page.save(buffer, "PNG")
    return buffer.getvalue()


def _may_be_a_path(text: str) -> bool:
    """Whether a file could be named so: not with a zero in it, nor with half a character."""
    return "\0" not in text and text == text.encode(errors="ignore").decode()


def is_plain(sent: Any, depth: int = DEPTH) -> bool:
    """Whether an argument that takes no file holds nothing that Gradio would take for one.

    Lists and objects in one another more than `depth` deep are refused as well: Gradio would look
    through them until Python's recursion ends.
    """
    if isinstance(sent, dict):
        return depth > 0 and "meta" not in sent and is_plain([*sent.values()], depth - 1)
    if isinstance(sent, list):
        return depth > 0 and all(is_plain(part, depth - 1) for part in sent)
    return True
