"""Small pictures and tables as HTML, with words for those who cannot see them."""

import base64
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vae_core import images

FRAME_MS = 120  # of an animation
BARS = 60  # of a histogram


def photograph_url(picture: Image.Image) -> str:
    """A photograph as a JPEG data URL, a tenth of the size that `data_url` would make of it."""
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def data_url(picture: Image.Image | list[Image.Image]) -> str:
    """A picture as a PNG data URL; several as an animated GIF, there and back without end."""
    buffer = io.BytesIO()
    if isinstance(picture, list):
        frames = picture + picture[-2:0:-1]
        frames[0].save(
            buffer, "GIF", save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0
        )
    else:
        picture.save(buffer, "PNG")
    kind = "gif" if isinstance(picture, list) else "png"
    return f"data:image/{kind};base64," + base64.b64encode(buffer.getvalue()).decode()


def download(picture: Image.Image | list[Image.Image], file: str, name: str) -> str:
    """A link that saves a picture, or several as an animation; nothing is kept on the server."""
    return f'<a href="{data_url(picture)}" download="{file}">Download {escape(name)}</a>'


def picture_from_data_url(url: str) -> bytes:
    """The file inside a data URL; empty bytes if there is none."""
    try:
        return base64.b64decode(url.partition("base64,")[2], validate=True)
    except ValueError:
        return b""


def number(value: float, digits: int) -> str:
    """A number with a true minus sign."""
    return f"{value:.{digits}f}".replace("-", "−")


def pair(z: Sequence[float], digits: int = 2) -> str:
    """Two coordinates, as (z1, z2)."""
    return f"({number(z[0], digits)}, {number(z[1], digits)})"


def named(thing: str) -> str:
    """The name of a class as one would say it of one picture: a dress, an 8, trousers."""
    if thing.endswith("s") and not thing.endswith("ss"):
        return thing
    return f"{'an' if thing[:1].lower() in 'aeiou8' else 'a'} {thing}"


def figure(picture: Image.Image, alt: str, caption: str = "", test_id: str = "") -> str:
    """A picture drawn with visible pixels, and its caption."""
    text = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    test = f' data-testid="{test_id}"' if test_id else ""
    shape = f"--ratio: {picture.width / picture.height:.4f}"
    source = data_url(picture)
    return f'<figure style="{shape}"><img src="{source}" alt="{escape(alt)}"{test}>{text}</figure>'


def figures(items: Iterable[str], kind: str = "") -> str:
    """Figures beside one another, wrapping where the screen is narrow."""
    return f'<div class="pictures {kind}">{"".join(items)}</div>'


def table(rows: Sequence[Sequence[str]], headings: Sequence[str], kind: str = "") -> str:
    """A table whose first column names each row."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in headings)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(text)}</td>" for text in row[1:])
        + "</tr>"
        for row in rows
    )
    return f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def histogram(values: Tensor, marker: float, words: str) -> str:
    """How often values occur, and where one more lies among them.

    Args:
        values: (n,).
        marker: where to put the mark; beyond their range it stands at the edge.
        words: the same in words, for those who cannot see it.
    """
    low, high = values.min().item(), values.max().item()
    counts = torch.histc(values.float(), BARS, low, high) / len(values)
    top = max(counts.max().item(), 1e-9)
    bars = "".join(
        f'<rect x="{5 * k}" y="{50 - 46 * share / top:.1f}" width="4" '
        f'height="{46 * share / top:.1f}"/>'
        for k, share in enumerate(counts.tolist())
    )
    width = 5 * BARS
    x = (min(max(marker, low), high) - low) / ((high - low) or 1) * width
    return (
        f'<svg class="histogram" viewBox="-4 0 {width + 8} 66" role="img" '
        f'aria-label="{escape(words)}"><g class="bars">{bars}</g>'
        f'<path class="marker" d="M{x:.1f} 0V50"/><path class="head" d="M{x - 4:.1f} 0h8l-4 6z"/>'
        f'<text x="0" y="63">{number(low, 0)}</text>'
        f'<text x="{width}" y="63" text-anchor="end">{number(high, 0)} nats</text></svg>'
    )


def shares(curves: Mapping[str, Sequence[float]], words: str) -> str:
    """Shares as curves over k = 1, 2, …: the first is drawn solid, others dashed.

    Args:
        curves: the name of each and its shares, all of the same length.
        words: what is shown; the values at some k are added for those who cannot see it.
    """
    width, height, left, right, bottom = 400, 170, 38, 66, 34
    values = [share for curve in curves.values() for share in curve]
    low, high = math.floor(10 * min(values)) / 10, math.ceil(10 * max(values)) / 10
    last = len(next(iter(curves.values())))
    ticks = sorted({1, *range(10, last + 1, 10), last})

    def x(k: int) -> float:
        return left + (k - 1) / max(last - 1, 1) * (width - left - right)

    def y(share: float) -> float:
        return 6 + (high - share) / ((high - low) or 1) * (height - bottom - 6)

    drawn, said = [], []
    for place, (name, curve) in enumerate(curves.items()):
        line = " ".join(f"{x(k):.1f},{y(share):.1f}" for k, share in enumerate(curve, 1))
        kind = ' class="other"' if place else ""
        drawn.append(
            f'<polyline points="{line}"{kind}/><text x="{x(last) + 6:.1f}" '
            f'y="{y(curve[-1]) + 4:.1f}">{escape(name)}</text>'
        )
        said.append(f"{name} " + ", ".join(f"{curve[k - 1]:.1%} at k = {k}" for k in ticks))
    levels = "".join(
        f'<line x1="{left}" x2="{x(last):.1f}" y1="{y(level):.1f}" y2="{y(level):.1f}" '
        f'class="level"/><text x="{left - 6}" y="{y(level) + 4:.1f}" text-anchor="end">'
        f"{level:.0%}</text>"
        for level in (low, high)
    )
    numbers = "".join(
        f'<text x="{x(k):.1f}" y="{height - bottom + 16}" text-anchor="middle">{k}</text>'
        for k in ticks
    )
    return (
        f'<svg class="curve" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(words)}: {escape("; ".join(said))}">{levels}{"".join(drawn)}{numbers}'
        f'<text x="{left}" y="{height - 2}">{escape(words)}</text></svg>'
    )


def difference(seen: Tensor, decoded: Tensor) -> Image.Image:
    """Where the decoder put more (blue) or less (orange) than was there; white where they agree.

    In colour it is the mean over the channels that counts as more or less, and the mean size of
    their differences as how much: another colour of the same brightness shows as well.

    Args:
        seen, decoded: images (C, H, W) in [0, 1].
    """
    by_channel = (decoded - seen).clamp(-1, 1)
    sign = torch.where(by_channel.mean(0) < 0, -1, 1)
    more = (sign * by_channel.abs().mean(0)).numpy()[..., None]
    blue, orange = np.array([0.0, 0.45, 0.70]), np.array([0.90, 0.42, 0.0])
    colours = np.where(more > 0, 1 - more * (1 - blue), 1 + more * (1 - orange))
    return images.to_pil(torch.from_numpy(colours).permute(2, 0, 1))


def enlarge(picture: Image.Image, factor: int) -> Image.Image:
    """A picture with each pixel as a square, for downloads."""
    return picture.resize(
        (picture.width * factor, picture.height * factor), Image.Resampling.NEAREST
    )


def rate_distortion(
    points: Sequence[tuple[str, float | None, float]], marked: Sequence[str] = ()
) -> str:
    """Models as points: the rate of their codes across, the distortion up, both in nats.

    Args:
        points: name, rate and distortion; a rate of None is without bound, so it is at the right.
        marked: names to stress.
    """
    width, height, left, bottom = 360, 240, 46, 34
    finite = [rate for _, rate, _ in points if rate is not None]
    spans = [
        _span(finite or [0.0], 2),
        _span([distortion for _, _, distortion in points], 6),
    ]
    sizes = [width - left - 70, height - bottom - 14]

    def x(rate: float) -> float:
        return left + sizes[0] * (rate - spans[0][0]) / (spans[0][1] - spans[0][0])

    def y(distortion: float) -> float:
        return 14 + sizes[1] * (1 - (distortion - spans[1][0]) / (spans[1][1] - spans[1][0]))

    drawn, words = [], []
    for name, rate, distortion in points:
        if rate is not None:  # where the ELBO is the same
            (x1, y1), (x2, y2) = ((x(at), y(rate + distortion - at)) for at in spans[0])
            drawn.append(f'<path class="level" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>')
        at = left + sizes[0] + 14 if rate is None else x(rate)
        kind = "marked" if name in marked else ""
        drawn.append(f'<circle class="{kind}" cx="{at:.1f}" cy="{y(distortion):.1f}" r="5"/>')
        text, up = (f"{name} (no rate)", 16) if rate is None else (name, -8)
        drawn.append(
            f'<text class="{kind}" x="{min(at + 8, width - 6.2 * len(text)):.1f}" '
            f'y="{y(distortion) + up:.1f}">{escape(text)}</text>'
        )
        rated = "no rate" if rate is None else f"rate {number(rate, 1)}"
        words.append(f"{name}: {rated}, distortion {number(distortion, 1)}")
    low, high = (number(value, 0) for value in spans[1])
    axis = "".join(
        f'<text x="{x(value):.1f}" y="{height - 18}" text-anchor="middle">{number(value, 0)}</text>'
        for value in spans[0]
    )
    return (
        f'<svg class="plane" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="Rate and distortion in nats. {escape("; ".join(words))}">'
        f'<path class="axes" d="M{left} 6V{height - bottom}H{width}"/>'
        f'<svg x="{left}" width="{width - left}" height="{height - bottom}" '  # cuts lines off
        f'viewBox="{left} 0 {width - left} {height - bottom}">{"".join(drawn)}</svg>{axis}'
        f'<text x="{width}" y="{height - 4}" text-anchor="end">rate (nats)</text>'
        f'<text x="{left - 6}" y="{y(spans[1][0]):.1f}" text-anchor="end">{low}</text>'
        f'<text x="{left - 6}" y="{y(spans[1][1]) + 6:.1f}" text-anchor="end">{high}</text>'
        f'<text x="{left + 6}" y="12">distortion (nats)</text></svg>'
    )


def _span(values: Sequence[float], least: float) -> tuple[float, float]:
    """Whole numbers around values, at least so far apart."""
    middle = (min(values) + max(values)) / 2
    half = max(0.7 * (max(values) - min(values)), least / 2)
    return float(np.floor(middle - half)), float(np.ceil(middle + half))
