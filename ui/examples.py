"""Pictures to try, drawn when the app starts: no image is stored in the repository."""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 280
INK, PAPER = 25, 245


def digit(text: str, ink: int = INK, paper: int = PAPER, angle: float = 0) -> Image.Image:
    """A digit in Pillow's built-in font on a page of 280 x 280, turned by `angle` degrees."""
    page = Image.new("L", (SIDE, SIDE), paper)
    font = ImageFont.load_default(size=200)
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


def render() -> list[Path]:
    """Draw the examples into a new temporary folder: black on white, white on black, and so on."""
    pictures = {
        "three-on-white": digit("3"),
        "seven-on-black": digit("7", PAPER, INK),
        "two-rotated": digit("2", angle=15),
        "five-in-shade": on_shaded_paper("5"),
        "zero-in-biro": coloured("0"),
        "eight-on-white": digit("8"),
    }
    folder = Path(tempfile.mkdtemp(prefix="latent-lab-examples-"))
    for name, picture in pictures.items():
        picture.save(folder / f"{name}.png")
    return [folder / f"{name}.png" for name in pictures]
