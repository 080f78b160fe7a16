"""What no endpoint accepts, and what the sentence about it has to say."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PIL import Image

from tests.api.calls import Answer
from tests.api.pictures import digit, empty_png, encoded
from tests.live import ROOT

MODEL = "mnist-vae"
SECONDS = 2
LONG = 2**70
PNG, JPEG = encoded(digit("3"), "PNG"), encoded(digit("3"), "JPEG")
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'
FORMATS = "Use a PNG, JPEG, GIF"
CUTS = (0.05, 0.3, 0.6, 0.9)


@cache  # it takes a second to write, and has a few kB
def huge_png() -> bytes:
    return empty_png(30_000, 30_000)


def huge_header(file_format: str) -> bytes:
    """A small picture that claims 30,000 x 30,000 pixels."""
    small, side = encoded(Image.new("L", (9, 9)), file_format), 30_000
    if file_format == "GIF":
        return small[:6] + side.to_bytes(2, "little") * 2 + small[10:]
    size = small.index(b"\xff\xc0") + 5  # after the marker, the length and the precision
    return small[:size] + side.to_bytes(2, "big") * 2 + small[size + 4 :]


def half_mask(width: int = 28, height: int = 28) -> Image.Image:
    """White, and so observed, on the left."""
    mask = Image.new("L", (width, height))
    mask.paste(255, (0, 0, width // 2, height))
    return mask


# How each is made, what the sentence says was wrong, and what it says is accepted.
Bad = tuple[Callable[[], bytes], str, str]
BAD_FILES: dict[str, Bad] = {
    "text": (lambda: b"This is no picture.\n" * 50, "not a picture", FORMATS),
    "empty": (lambda: b"", "empty", FORMATS),
    "svg": (lambda: SVG, "SVG", "PNG"),
    "1x1": (lambda: encoded(Image.new("L", (1, 1)), "PNG"), "1 x 1", "at least"),
    "huge png": (huge_png, "million pixels", "smaller"),
    "huge gif": (lambda: huge_header("GIF"), "million pixels", "smaller"),
    "huge jpeg": (lambda: huge_header("JPEG"), "million pixels", "smaller"),
    "white page": (lambda: encoded(Image.new("L", (280, 280), 255), "PNG"), "blank", "clear"),
    "black page": (lambda: encoded(Image.new("RGB", (28, 28)), "PNG"), "blank", "clear"),
    "nothing but glass": (
        lambda: encoded(Image.new("RGBA", (90, 90), (0, 0, 0, 0)), "PNG"),
        "blank",
        "clear",
    ),
}
for cut in CUTS:
    for kind, whole in (("png", PNG), ("jpeg", JPEG)):
        BAD_FILES[f"{kind} cut at {cut:.0%}"] = (
            lambda cut=cut, whole=whole: whole[: int(len(whole) * cut)],
            "damaged or cut short|not a picture",
            FORMATS,
        )
BAD_MASKS: dict[str, Bad] = {
    "text": (lambda: b"This is no picture.\n" * 50, "not a picture", FORMATS),
    "huge": (huge_png, "million pixels", "smaller"),
    "empty": (lambda: encoded(Image.new("L", (28, 28)), "PNG"), "mask is empty", "observed"),
    "full": (lambda: encoded(Image.new("L", (28, 28), 255), "PNG"), "mask is full", "hidden"),
    "turned": (lambda: encoded(half_mask(27, 28), "PNG"), "another size", "28 x 28 pixels"),
    "large": (lambda: encoded(half_mask(280, 280), "PNG"), "another size", "28 x 28 pixels"),
}

BAD_COORDINATES = [
    *(float("nan"), float("inf"), float("-inf"), 1e30, -10.01, LONG, -LONG, 10**400),
    *("1", "text", "", "x" * 10_000, None, True, [], [0], {}),
]
BAD_STEPS = [
    *(0, 1, 33, 10_000, -5, 2.5, LONG, 10**400, 1e30, float("nan"), float("inf")),
    *("5", "five", None, True, []),
]
BAD_NAMES = [
    *("nothing", f"../{MODEL}", f"{MODEL}/", f"./{MODEL}", f"{MODEL}/../{MODEL}", "..", "/", "*"),
    *("", " ", "x" * 10_000, MODEL.upper(), f"{MODEL}\0", "/etc/passwd", f"..%2f{MODEL}"),
    *(None, 5, [MODEL], {"name": MODEL}),
]
PATHS = ("/interpolate", "/geodesic")
COORDINATE, STEPS = "a number from -10 to 10", "a whole number from 2 to 32"


def check_sentence(message: str | None, wrong: str, accepted: str) -> None:
    """What was wrong and what is accepted, in one short line; nothing from inside the server."""
    assert message
    assert re.search(wrong, message), message
    assert accepted in message, message
    assert message.endswith("."), message
    assert len(message) < 250, message
    assert "\n" not in message, message
    for inside in ("Traceback", "Error", "/tmp", str(ROOT), str(Path.home()), "gradio", ".py"):
        assert inside not in message, message


def check_name(message: str | None) -> None:
    """The same of a model's name, which may look like a path and is repeated in the sentence."""
    assert message
    check_sentence(message.replace("/etc/passwd", ""), "no model named", MODEL)


def soon(ask: Callable[[], Answer]) -> Answer:
    """Ask; a slow answer is asked for once more, because the machine may be busy with others."""
    answer = ask()
    if answer.seconds > SECONDS:
        answer = ask()
    assert answer.seconds < SECONDS
    return answer
