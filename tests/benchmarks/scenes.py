"""Photographs of digits as people take them, drawn from images of MNIST: no two alike, all seeded.

`KINDS` are pages with a digit, `EMPTY` pages without one. A `Page` holds colours (h, w, 3) in
[0, 1] as the camera would see them, and how much of each pixel the digit covers.
"""

import io
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

HEIGHT, WIDTH = 560, 480
INKS = ((25, 25, 28), (28, 45, 130), (120, 20, 30), (20, 95, 50))
Floats = np.ndarray
Kind = Callable[["Page"], None]
KINDS: dict[str, Kind] = {}
EMPTY: dict[str, Kind] = {}


def resized(plane: Floats, size: tuple[int, int]) -> Floats:
    """(h, w) in another size (width, height), smoothly."""
    image = Image.fromarray(plane.astype(np.float32))
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC))


def skeleton(mask: Floats) -> Floats:
    """The middle of strokes: thinning by Zhang and Suen (CACM 27, 1984)."""
    kept = np.pad(mask.astype(np.uint8), 1)
    changed = True
    while changed:
        changed = False
        for side in (0, 2):
            around = [
                np.roll(kept, shift, (0, 1))
                for shift in ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
            ]  # north first, clockwise
            north, east, south, west = around[::2]
            pairs = zip(around, around[1:] + around[:1], strict=True)
            turns = sum((a == 0) & (b == 1) for a, b in pairs)
            many = sum(a.astype(int) for a in around)
            if side == 0:
                edge = (north * east * south == 0) & (east * south * west == 0)
            else:
                edge = (north * east * west == 0) & (north * south * west == 0)
            gone = (kept == 1) & (many >= 2) & (many <= 6) & (turns == 1) & edge
            kept[gone] = 0
            changed |= bool(gone.any())
    return kept[1:-1, 1:-1].astype(bool)


def stroke(digit: Floats, size: int, pen: float | None) -> Floats:
    """A digit (28, 28) written anew, (size, size) in [0, 1]; `pen` is 1 for MNIST's 20 pixels."""
    if pen is None:
        soft = ndimage.gaussian_filter(resized(digit, (size, size)), size / 110)
        return ((soft - 0.38) / 0.24).clip(0, 1)
    fine = ndimage.gaussian_filter(resized(digit, (112, 112)), 1)
    far = ndimage.distance_transform_edt(~skeleton(fine > 0.5))
    far = ndimage.gaussian_filter(resized(far, (size, size)) * size / 112, 0.6)
    return (max(1.2, pen * size * 20 / 28) / 2 - far + 0.5).clip(0, 1)


class Page:
    """A page that is written on, lit and photographed."""

    def __init__(self, rng: Generator, digits: Floats, h: int = HEIGHT, w: int = WIDTH) -> None:
        self.rng, self.digits, self.h, self.w = rng, digits, h, w
        self.color = np.ones((h, w, 3), np.float32)
        self.cover = np.zeros((h, w), np.float32)
        self.y, self.x = np.mgrid[:h, :w].astype(np.float32)

    def clouds(self, size: float) -> Floats:
        """Smooth noise of standard deviation 1, with spots about `size` pixels wide."""
        step = max(1, int(size / 2))
        coarse = self.rng.standard_normal((self.h // step + 3, self.w // step + 3))
        smooth = resized(ndimage.gaussian_filter(coarse, size / step / 2), (self.w, self.h))
        return (smooth - smooth.mean()) / (smooth.std() + 1e-9)

    def paper(self, color: tuple[int, int, int] = (248, 246, 240), fibre: float = 0.012) -> None:
        """Fill the page."""
        grain = fibre * (self.clouds(4) + 0.5 * self.rng.standard_normal((self.h, self.w)))
        self.color[:] = np.array(color, np.float32) / 255 * (1 + grain[..., None])

    def lay(self, cover: Floats, color: tuple[int, ...], strength: float = 0.9) -> None:
        """Put a colour on the page where `cover` is 1."""
        amount = (strength * cover)[..., None]
        self.color = self.color * (1 - amount) + np.array(color, np.float32) / 255 * amount

    def write(
        self,
        index: int = 0,
        share: float = 0.5,
        pen: float | None = 0.08,
        color: tuple[int, ...] | None = None,
        at: tuple[float, float] | None = None,
        strength: float = 0.92,
        tilt: float = 10,
    ) -> None:
        """Write a digit; the first is the one that counts. `at` is its centre (x, y) in shares."""
        size = int(share * min(self.h, self.w) * 28 / 20)
        shape = stroke(self.digits[index], size, pen)
        turned = Image.fromarray(shape).rotate(
            self.rng.uniform(-tilt, tilt), Image.Resampling.BICUBIC
        )
        x, y = at or tuple(self.rng.uniform(0.35, 0.65, 2))
        left, top = int(x * self.w - size / 2), int(y * self.h - size / 2)
        sheet = Image.new("F", (self.w, self.h))
        sheet.paste(turned, (left, top))
        cover = np.asarray(sheet).clip(0, 1)
        texture = 1 - 0.12 * abs(self.clouds(4))
        color = color or INKS[self.rng.integers(len(INKS))]
        self.lay(cover * texture.clip(0, 1), color, strength)
        if index == 0:
            self.cover = cover

    def draw(
        self, picture: Callable[[ImageDraw.ImageDraw], object], color: tuple[int, ...], strength=0.9
    ) -> None:
        """Lay what a function draws in white on black."""
        image = Image.new("L", (self.w, self.h))
        picture(ImageDraw.Draw(image))
        self.lay(np.asarray(image, np.float32) / 255, color, strength)

    def lines(
        self, gap: float, color: tuple[int, ...], width: float = 2, squared: bool = False,
        strength: float = 0.7,
    ) -> None:  # fmt: skip
        """Rule the page."""
        angle = np.deg2rad(self.rng.uniform(-4, 4))
        along = self.y * np.cos(angle) - self.x * np.sin(angle)
        across = self.y * np.sin(angle) + self.x * np.cos(angle)
        for place in (along, across)[: 1 + squared]:
            off = (place + self.rng.uniform(0, gap)) % gap - gap / 2
            self.lay((width / 2 - abs(off) + 0.5).clip(0, 1), color, strength)

    def band(self, angle: float, place: float, soft: float = 1) -> Floats:
        """1 on one side of a straight edge, 0 on the other; `place` in shares from the middle."""
        side = np.cos(angle) * (self.x - self.w / 2) + np.sin(angle) * (self.y - self.h / 2)
        return 1 / (1 + np.exp(-((side - place * self.w) / soft).clip(-50, 50)))

    def disc(self, x: float, y: float, radius: float, flat: float = 1, soft: float = 1) -> Floats:
        """1 within an ellipse; centre in shares, radius in shares of the width."""
        far = np.hypot(self.x - x * self.w, (self.y - y * self.h) / flat)
        return 1 / (1 + np.exp(((far - radius * self.w) / soft).clip(-50, 50)))

    def light(self, depth: float = 0.3) -> None:
        """Light from one side, a little warm."""
        angle = self.rng.uniform(0, 2 * np.pi)
        y, x = 2 * self.y / self.h - 1, 2 * self.x / self.w - 1
        fall = 1 - depth / 2 * (1 + np.cos(angle) * x / 1.4 + np.sin(angle) * y / 1.4)
        tint = np.array([1, self.rng.uniform(0.94, 1), self.rng.uniform(0.82, 0.98)])
        self.color = self.color * (fall[..., None] * tint).astype(np.float32)

    def lean(self, amount: float) -> None:
        """Take the photograph from the side."""
        corners = np.array([[0, 0], [self.w, 0], [self.w, self.h], [0, self.h]], float)
        inward = np.sign(np.array([self.w, self.h]) / 2 - corners)
        seen = corners + inward * self.rng.uniform(0, amount, (4, 2)) * min(self.h, self.w)
        rows, values = [], []
        for (u, v), (x, y) in zip(corners, seen, strict=True):
            rows += [[u, v, 1, 0, 0, 0, -x * u, -x * v], [0, 0, 0, u, v, 1, -y * u, -y * v]]
            values += [x, y]
        how = tuple(np.linalg.solve(np.array(rows), np.array(values)))

        def turned(plane: Floats) -> Floats:
            image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
            mode = Image.Transform.PERSPECTIVE
            return np.asarray(image.transform(image.size, mode, how, Image.Resampling.BILINEAR))

        self.color = np.stack([turned(self.color[..., c]) for c in range(3)], 2)
        self.cover = turned(self.cover)

    def shoot(self, blur: float = 1, grain: float = 0.02, quality: int = 75) -> bytes:
        """The photograph, a JPEG file."""
        seen = ndimage.gaussian_filter(self.color, (blur, blur, 0))
        seen = seen + grain * self.rng.standard_normal(seen.shape)
        file = io.BytesIO()
        levels = (seen.clip(0, 1) * 255).round().astype(np.uint8)
        Image.fromarray(levels).save(file, "JPEG", quality=quality)
        return file.getvalue()


def kind(function: Callable[[Page], dict | None]) -> Callable[[Page], dict | None]:
    """Add a kind of photograph; its function may return options of `Page.shoot`."""
    KINDS[function.__name__.replace("_", " ")] = function
    return function


def empty(function: Callable[[Page], dict | None]) -> Callable[[Page], dict | None]:
    """Add a kind of page with nothing on it."""
    EMPTY[function.__name__.removeprefix("no_").replace("_", " ")] = function
    return function


def photograph(kind: Callable[[Page], dict | None], page: Page) -> bytes:
    """Draw a page of one kind and photograph it."""
    return page.shoot(**(kind(page) or {}))


def printed(page: Page, lines: list[tuple[float, float, str, int]], color=(40, 40, 45)) -> None:
    """Text at (x, y) in shares of the page, and its size in pixels."""

    def text(pen: ImageDraw.ImageDraw) -> None:
        for x, y, words, size in lines:
            font = ImageFont.load_default(size=size)
            pen.text((x * page.w, y * page.h), words, fill=255, font=font)

    page.draw(text, color)
