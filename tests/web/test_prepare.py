"""A picture is prepared in the browser as `vae_core.images` prepares it, a drawing as its PNG."""

import base64
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.random import Generator
from PIL import Image
from playwright.sync_api import Browser, Page, Route
from sklearn.datasets import load_digits

from tests.benchmarks import kinds as _kinds  # noqa: F401  (fills KINDS)
from tests.benchmarks import scenes
from tests.benchmarks.scenes import KINDS as KINDS_OF_PHOTOGRAPHS
from tests.benchmarks.scenes import photograph
from vae_core import images, load
from vae_core.images import PictureError, prepare
from vae_core.pretrained import WEIGHTS_DIR

CORE = Path(__file__).resolve().parents[2] / "ui" / "web" / "core"
ORIGIN = "http://lab.test"
MODELS = ("mnist-vae", "fashion-vae", "frey-vae", "cifar10-vae")
BICUBIC = Image.Resampling.BICUBIC
SIDE, PEN = 280, 20  # of the draw pad

# A picture's pixels, prepared.
EXAMINE = """async ({ url, config, crop }) => {
  const { prepare } = await import("/prepare.js");
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  const taken = prepare(data, image.width, image.height, config, crop ?? undefined);
  return taken && { ...taken, image: [...taken.image] };
}"""

# A page as the draw pad paints it, and then both roads from there.
PREPARE = """async ({ strokes, width, background, configs }) => {
  const { drawPage } = await import("/page.js");
  const { prepare } = await import("/prepare.js");
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 280;
  const pen = canvas.getContext("2d");
  drawPage(pen, strokes, width, background);
  const page = pen.getImageData(0, 0, canvas.width, canvas.height);
  const asText = (pixels) => btoa(String.fromCharCode(...new Uint8Array(pixels.buffer)));
  const { data, width: across, height } = page;
  const prepared = configs.map((config) => prepare(data, across, height, config)?.image);
  return [canvas.toDataURL("image/png"), prepared.map((pixels) => pixels && asText(pixels))];
}"""

Stroke = list[list[float]]


@dataclass(frozen=True)
class Config:
    shape: tuple[int, int, int]
    preparation: str


@dataclass(frozen=True)
class Drawing:
    strokes: list[Stroke]
    width: float = PEN
    background: str = "#fff"


CONFIGS = {name: load(name).config for name in MODELS}
CONFIGS["large ink in colour"] = Config((3, 56, 42), "ink")
CONFIGS["large thing"] = Config((1, 40, 30), "thing")
CONFIGS["wide photo"] = Config((1, 24, 40), "photo")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page beside the files of ui/web/core; ends in failure if a script failed."""
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(f"{ORIGIN}/")
        if name:
            route.fulfill(path=CORE / name, content_type="text/javascript")
        else:
            route.fulfill(body="", content_type="text/html")

    page.route(f"{ORIGIN}/**", serve)
    page.goto(f"{ORIGIN}/")
    yield page
    context.close()
    assert complaints == []


def both_ways(page: Page, drawing: Drawing) -> dict[str, tuple[torch.Tensor | None, ...]]:
    """By configuration: the image made on the server and the one made in the browser."""
    configs = [{"shape": c.shape, "preparation": c.preparation} for c in CONFIGS.values()]
    url, prepared = page.evaluate(PREPARE, {**vars(drawing), "configs": configs})
    png = base64.b64decode(url.partition(",")[2])
    both = {}
    for (name, config), pixels in zip(CONFIGS.items(), prepared, strict=True):
        here = None if pixels is None else floats(pixels).reshape(1, *config.shape)
        both[name] = (on_the_server(png, config), here)
    return both


def floats(text: str) -> torch.Tensor:
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), np.float32).copy())


def on_the_server(png: bytes, config: Config) -> torch.Tensor | None:
    try:
        return prepare(png, config)
    except PictureError:
        return None


# Drawings


def wander(rng: Generator, points: int, step: float, low: float, high: float) -> Stroke:
    """A winding stroke that turns away from the sides of a square."""
    place, heading = rng.uniform(low, high, 2), rng.uniform(0, 2 * np.pi)
    stroke = [place.tolist()]
    while len(stroke) < points:
        heading += rng.normal(0, 0.5)
        place = place + step * np.array([np.cos(heading), np.sin(heading)])
        if not (low <= place.min() and place.max() <= high):
            heading += np.pi / 2
            place = place.clip(low, high)
        stroke.append(place.tolist())
    return stroke


def dot(rng: Generator) -> Stroke:
    return [rng.uniform(15, SIDE - 15, 2).tolist()]


def ring(margin: float) -> Stroke:
    angles = np.linspace(0, 2 * np.pi, 80)
    radius = SIDE / 2 - margin
    return (SIDE / 2 + radius * np.stack([np.cos(angles), np.sin(angles)], 1)).tolist()


def frame(margin: float) -> Stroke:
    far = SIDE - margin
    return [[margin, margin], [far, margin], [far, far], [margin, far], [margin, margin]]


def one_stroke(rng: Generator, _: int) -> Drawing:
    return Drawing([wander(rng, 40, 9, 30, 250)])


def several_strokes(rng: Generator, turn: int) -> Drawing:
    return Drawing([wander(rng, 20, 9, 30, 250) for _ in range(2 + turn % 4)])


def dots_beside_a_stroke(rng: Generator, turn: int) -> Drawing:
    strokes = [wander(rng, 30, 9, 60, 220), *(dot(rng) for _ in range(1 + turn % 3))]
    return Drawing(strokes, width=(PEN, 8, 4)[turn % 3])


def over_the_edge(rng: Generator, turn: int) -> Drawing:
    return Drawing([wander(rng, 30, 12, -10, SIDE + 10) for _ in range(1 + turn % 3)])


def thin(rng: Generator, turn: int) -> Drawing:
    return Drawing([wander(rng, 30, 9, 30, 250)], width=(1, 2, 3, 5)[turn % 4])


def bold(rng: Generator, turn: int) -> Drawing:
    return Drawing([wander(rng, 30, 9, 30, 250)], width=(40, 60, 90, 140)[turn % 4])


def tiny(rng: Generator, turn: int) -> Drawing:
    low = rng.uniform(20, 230)
    return Drawing([wander(rng, 1 + turn, 4, low, low + 20)], width=(PEN, 3)[turn % 2])


def scribble(rng: Generator, turn: int) -> Drawing:
    """Paper is in the minority on most of these, on every second one but for a clean border."""
    margin = (5, 34)[turn % 2]
    return Drawing([wander(rng, 100 * (1 + turn), 15, margin, SIDE - margin)])


def around_the_page(rng: Generator, turn: int) -> Drawing:
    """Ink along the border, where the server looks for paper."""
    margin = (0, 5, 10, 15, 20, 25)[turn]
    return Drawing([ring(margin)] if turn % 2 else [frame(margin), wander(rng, 10, 9, 80, 200)])


KINDS = (
    one_stroke,
    several_strokes,
    dots_beside_a_stroke,
    over_the_edge,
    thin,
    bold,
    tiny,
    scribble,
    around_the_page,
)
EACH = 6
# 160 x 84 pixels of ink, so 20 x 10.5 in the image: Python rounds to 10, JavaScript to 11.
HALF_A_PIXEL = Drawing([[[60, 70], [60, 134], [200, 134]]])


@pytest.fixture(scope="module")
def drawn(page: Page) -> dict[str, dict[str, tuple[torch.Tensor | None, ...]]]:
    """55 drawings, prepared both ways."""
    drawings = {
        f"{kind.__name__} {turn}": kind(np.random.default_rng(turn), turn)
        for kind in KINDS
        for turn in range(EACH)
    }
    drawings["half a pixel"] = HALF_A_PIXEL
    return {name: both_ways(page, drawing) for name, drawing in drawings.items()}


@pytest.mark.parametrize("name", CONFIGS)
def test_pixels_are_those_of_the_server(drawn: dict, name: str) -> None:
    misses = {}
    for drawing, both in drawn.items():
        server, browser = both[name]
        assert server is not None, drawing
        assert browser is not None, drawing
        assert server.max() > server.min(), drawing
        difference = (server - browser).abs()
        if not (difference.mean() < 0.001 and difference.max() < 0.02):
            misses[drawing] = (difference.mean().item(), difference.max().item())
    assert misses == {}


@pytest.mark.parametrize("name", MODELS)
def test_the_posterior_mean_is_that_of_the_server(drawn: dict, name: str) -> None:
    model = load(name)
    server, browser = (torch.cat([d[name][side] for d in drawn.values()]) for side in (0, 1))
    means = model.encode(server)[0]
    apart = (means - model.encode(browser)[0]).abs().amax(1)
    assert apart.max() < 0.1, dict(zip(drawn, apart.tolist(), strict=True))
    # Elsewhere on the page or larger, say, they would be further apart than that.
    assert (means[1:] - means[:-1]).abs().amax(1).median() > 0.1


def test_a_page_without_strokes_is_nothing(page: Page) -> None:
    for name, (server, browser) in both_ways(page, Drawing([])).items():
        if CONFIGS[name].preparation == "photo":  # the sheet itself
            assert server is not None
            assert browser is not None
            assert browser.min() == server.min() == 1
        else:
            assert (server, browser) == (None, None), name


@pytest.mark.parametrize(
    "drawing",
    [
        Drawing([], background="#000"),
        Drawing([], background="#fefefe"),
        Drawing([[[-9.99, 100]]]),  # all but its faintest rim is off the page
    ],
    ids=["black all over", "a shade off white", "a dot beside the page"],
)
def test_what_shows_no_ink_to_the_server_shows_none_here(page: Page, drawing: Drawing) -> None:
    both = both_ways(page, drawing)
    ink = {name for name, config in CONFIGS.items() if config.preparation != "photo"}
    for name in ink:
        assert both[name] == (None, None)
    for name in both.keys() - ink:
        server, browser = both[name]
        assert browser is not None, name
        assert (server - browser).abs().max() < 0.001


def both_examined(
    page: Page, png: bytes, config: Config, crop: list[float] | None = None
) -> tuple[images.Prepared | None, images.Prepared | None]:
    """What is taken of a picture on the server and in the browser; None where nothing is."""
    url = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    shape = {"shape": config.shape, "preparation": config.preparation}
    taken = page.evaluate(EXAMINE, {"url": url, "config": shape, "crop": crop})
    here = taken and images.Prepared(
        torch.tensor(taken["image"]).reshape(1, *config.shape),
        images.Frame(*taken["frame"]),
        [images.Frame(*frame) for frame in taken["groups"]],
        taken["doubt"],
    )
    try:
        return images.examine(png, config, crop), here
    except PictureError:
        return None, here


def as_png(picture: bytes | Image.Image) -> bytes:
    image = Image.open(io.BytesIO(picture)) if isinstance(picture, bytes) else picture
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def digits(rng: Generator) -> np.ndarray:
    """Three written digits, (3, 28, 28), as scikit-learn ships them."""
    small = load_digits().images[rng.integers(0, 1797, 3)] / 16
    large = [Image.fromarray(one.astype(np.float32)).resize((20, 20), BICUBIC) for one in small]
    return np.pad(np.stack([np.asarray(one).clip(0, 1) for one in large]), ((0, 0), (4, 4), (4, 4)))


def test_photographs_are_prepared_as_on_the_server(page: Page) -> None:
    """Of every kind of photograph one: 95 % of the mean codes agree within 0.1."""
    model, apart = load("mnist-vae"), {}
    for turn, (name, kind) in enumerate(KINDS_OF_PHOTOGRAPHS.items()):
        rng = np.random.default_rng(turn)
        file = photograph(kind, scenes.Page(rng, digits(rng), 320, 280))
        server, browser = both_examined(page, as_png(file), model.config)
        assert (server is None) == (browser is None), name
        if server is not None:
            difference = model.encode(server.image).mean - model.encode(browser.image).mean
            agree = server.doubt == browser.doubt and np.allclose(
                server.frame, browser.frame, atol=0.01
            )
            apart[name] = difference.norm().item() if agree else math.inf
    assert len(apart) > 20
    assert np.quantile(list(apart.values()), 0.95) < 0.1, apart


@pytest.mark.parametrize("name", ["fashion-vae", "frey-vae", "cifar10-vae"])
def test_colour_pictures_and_crops_are_prepared_as_on_the_server(page: Page, name: str) -> None:
    rng = np.random.default_rng(0)
    picture = Image.new("RGB", (90, 70), (250, 248, 246))
    spots = Image.fromarray(rng.integers(0, 255, (6, 8, 3), np.uint8)).resize((40, 30), BICUBIC)
    picture.paste(spots, (20, 25))
    for crop in (None, [0.1, 0.2, 0.8, 0.9], [0.3, 0.4, 0.6, 0.7]):
        server, browser = both_examined(page, as_png(picture), CONFIGS[name], crop)
        assert (server.image - browser.image).abs().max() < 0.01
        assert browser.frame == pytest.approx(server.frame, abs=1e-6)


@pytest.mark.parametrize("name", ["mnist-vae", "fashion-vae"])
def test_an_image_framed_already_passes_unchanged(page: Page, name: str) -> None:
    config = CONFIGS[name]
    digit = digits(np.random.default_rng(0))[0]
    page_of_paper = Image.fromarray((255 * (1 - digit)).astype(np.uint8)).resize((200, 200))
    framed = images.to_pil(images.prepare(page_of_paper, config))
    server, browser = both_examined(page, as_png(framed), config)
    assert torch.equal(server.image[0, 0], torch.from_numpy(np.array(framed)) / 255)
    assert torch.equal(server.image, browser.image)


def test_a_config_as_the_browser_reads_it(page: Page) -> None:
    """`shape` and `preparation` are where weights/<name>/config.json has them."""
    for name in MODELS:
        config = json.loads((WEIGHTS_DIR / name / "config.json").read_text(encoding="utf-8"))
        _, (pixels,) = page.evaluate(
            PREPARE,
            {**vars(Drawing([[[90, 90], [200, 150]]])), "configs": [config]},
        )
        assert len(floats(pixels)) == np.prod(CONFIGS[name].shape)
