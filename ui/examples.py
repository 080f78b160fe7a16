"""Pictures to try, made while the app runs: no image is stored in the repository."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ui.lab import Lab
from ui.pictures import named

SIDE = 140
INK, PAPER = 25, 245
MOST = 6
NOUNS = {"frey": "face"}  # for one picture of a dataset without classes


class Example(NamedTuple):
    """A picture and what to call it."""

    name: str
    path: Path


@cache
def suited_to(lab: Lab, model: str) -> list[Example]:
    """Pictures of the kind a model knows, 1 to MOST, in files: digits, or what it paints itself.

    They are kept for each lab, because the files go with its `own_folder`.
    """
    if lab.model(model).config.preparation == "ink":
        return digits()
    return _store({name: lab.decode(*z, model, label) for name, z, label in _typical(lab, model)})


def picture_of(lab: Lab, picture: str | bytes | int, model: str) -> str | bytes:
    """What `Shared.picture` stands for: of a number, that example of the model's."""
    if not isinstance(picture, int):
        return picture
    offered = suited_to(lab, model)
    return str(offered[picture % len(offered)].path)


def missed_by(lab: Lab, model: str) -> list[Example]:
    """Test images whose posterior the encoder misses, see `Lab.missed`."""
    pictures = {}
    for index in lab.missed(model):
        original = lab.original(index, model)
        label = lab.class_name(model, int(lab.encodings(model).label[index]))
        if original:
            pictures[f"{named(label) if label else 'image'} ({index})"] = original
    return _store(pictures)


def _typical(lab: Lab, model: str) -> list[tuple[str, tuple[float, float], str | None]]:
    """Names, codes and classes of pictures to paint: one of each class, or of places far apart."""
    config = lab.model(model).config
    classes = lab.classes_met(model)[:MOST]
    if len(classes) > 1:
        told = config.classes if config.conditional else ()
        return [
            (named(label), lab.class_code(label, model), label if label in told else None)
            for label in classes
        ]
    noun = classes[0] if classes else NOUNS.get(config.dataset, "picture")
    codes = lab.spread_codes(model, MOST)
    return [(f"{noun} {number}", z, lab.told(None, model)) for number, z in enumerate(codes, 1)]


def digit(text: str, ink: int = INK, paper: int = PAPER, angle: float = 0) -> Image.Image:
    """A digit in Pillow's built-in font on a page of 140 x 140, turned by `angle` degrees."""
    page = Image.new("L", (SIDE, SIDE), paper)
    font = ImageFont.load_default(size=100)
    ImageDraw.Draw(page).text((SIDE / 2, SIDE / 2), text, fill=ink, font=font, anchor="mm")
    return page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=paper)


def on_shaded_paper(text: str) -> Image.Image:
    """A digit as a phone sees it: light falls off to one corner."""
    light = np.add.outer(np.linspace(1, 0.55, SIDE), np.linspace(0, -0.15, SIDE))
    return Image.fromarray((np.asarray(digit(text)) * light).astype(np.uint8))


def coloured(text: str) -> Image.Image:
    """A digit in blue biro on yellow paper."""
    share = np.asarray(digit(text, 0, 255), dtype=float)[..., None] / 255
    blue, yellow = np.array([35, 60, 160]), np.array([250, 235, 150])
    return Image.fromarray((share * yellow + (1 - share) * blue).astype(np.uint8))


def digits() -> list[Example]:
    """Digits as people have them: black on white, white on black, and so on."""
    return _store(
        {
            "three on white": digit("3"),
            "seven on black": digit("7", PAPER, INK),
            "two rotated": digit("2", angle=15),
            "five in shade": on_shaded_paper("5"),
            "zero in biro": coloured("0"),
            "eight on white": digit("8"),
        }
    )


def _store(pictures: dict[str, Image.Image]) -> list[Example]:
    """Put pictures into a new temporary folder, until the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="examples-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    examples = [Example(name, folder / f"{n}.png") for n, name in enumerate(pictures)]
    for example in examples:
        pictures[example.name].save(example.path)
    return examples
