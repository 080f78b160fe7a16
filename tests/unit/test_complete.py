"""What the tab Complete and its endpoint ask of the lab, and what they refuse."""

from itertools import product
from typing import Any

import gradio as gr
import pytest
import torch
from PIL import Image

from tests.api.kinds import KINDS, photograph, write_kinds
from ui.checks import InputError
from ui.components.latent_map import density_on_cells
from ui.lab import MOVES, Lab
from ui.pictures import data_url
from ui.tabs import complete as tab
from vae_core import PictureError, images
from vae_core.exact import Grid, complete
from vae_core.images import to_mask, to_pil
from vae_core.pretrained import WEIGHTS_DIR

MODEL = "mnist-vae"
HALF = (torch.arange(28) < 14).expand(28, 28)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder = tmp_path_factory.mktemp("kinds")
    write_kinds(folder)
    return Lab(folder)


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab(WEIGHTS_DIR)


def half_of(name: str) -> torch.Tensor:
    _, height, width = KINDS[name].config.shape
    return (torch.arange(width) < width // 2).expand(height, width)


def as_picture(mask: torch.Tensor) -> Image.Image:
    return to_pil(mask[None].float())


# the mask


def test_a_mask_is_white_where_a_pixel_is_observed(kinds: Lab) -> None:
    config = KINDS["frey-vae"].config
    mask = torch.rand(28, 20) < 0.5
    for mode in ("L", "RGB", "1"):
        assert torch.equal(to_mask(as_picture(mask).convert(mode), config), mask)
    grey = Image.new("L", (20, 28), 127)
    grey.putpixel((3, 5), 128)
    assert to_mask(grey, config).nonzero().tolist() == [[5, 3]]


@pytest.mark.parametrize("size", [(28, 20), (20, 27), (40, 56), (2000, 2800)])
def test_a_mask_of_another_size_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match=r"another size .* use 20 x 28 pixels"):
        to_mask(Image.new("L", size), KINDS["frey-vae"].config)


# the lab


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_completed_as_the_library_does_it(kinds: Lab, name: str) -> None:
    config, mask = KINDS[name].config, half_of(name)
    found, numbers = kinds.complete(photograph(), as_picture(mask), name, 3)
    model = kinds.model(name)
    told = config.classes.index(numbers["label"]) if config.conditional else None
    x = images.prepare(photograph(), config)
    grid = kinds.grid(name, told)
    expected = complete(grid, x, mask, 3, torch.Generator().manual_seed(0))
    assert torch.equal(found.mean, expected.mean)
    assert torch.equal(found.samples, expected.samples)
    assert found.samples.shape == (3, *config.shape)
    assert numbers["log_prob"] == expected.posterior.log_prob
    if config.conditional and len(config.classes) <= 16:
        fits = [Grid(model, 80, label=k).refine(x, mask) for k in range(len(config.classes))]
        assert max(fit.log_prob for fit in fits) == pytest.approx(numbers["log_prob"], abs=0.05)
    elif config.conditional:
        assert told == 0


def test_what_cannot_be_completed_gets_a_sentence(kinds: Lab) -> None:
    picture, mask = photograph(), as_picture(half_of(MODEL))
    for given, message in (
        ((None, mask, MODEL), "no picture yet"),
        ((picture, None, MODEL), "no mask yet"),
        ((picture, Image.new("L", (28, 28)), MODEL), "mask is empty"),
        ((picture, Image.new("L", (28, 28), 255), MODEL), "mask is full"),
        ((picture, mask, "nothing"), "no model named"),
        ((picture, mask, MODEL, 0), "number of samples is 0: expected a whole number from 1 to 32"),
        ((picture, mask, MODEL, 8, "3"), "takes none"),
        ((picture, mask, "mnist-cvae", 8, "cow"), "no class 'cow'"),
    ):
        with pytest.raises(InputError, match=message):
            kinds.complete(*given)


def test_grids_with_noise_are_kept(kinds: Lab) -> None:
    clean, noisy = kinds.grid(MODEL), kinds.grid(MODEL, None, 0.5)
    assert (clean.noise, noisy.noise) == (0, 0.5)
    assert kinds.grid(MODEL, None, 0.5) is noisy
    assert kinds.grid(MODEL) is clean


def test_noise_is_the_same_each_time(kinds: Lab) -> None:
    x = torch.rand(1, 1, 28, 28)
    first, second = (kinds.corrupt(x, MODEL, None, 0.4) for _ in range(2))
    assert torch.equal(first, second)
    assert 0.3 < (first != x).float().mean() < 0.5
    assert torch.equal(kinds.corrupt(x, MODEL, None, 0), x)


def test_noise_is_taken_away(lab: Lab) -> None:
    """Half of the pixels tossed: what is left is nearer to the picture than what was given."""
    clean = lab.model(MODEL).decode(torch.tensor([lab.class_code("3", MODEL)])).round()
    noisy = lab.corrupt(clean, MODEL, None, 0.5)
    everything = torch.ones(28, 28, dtype=torch.bool)
    found, _ = lab.fill_in(noisy, everything, MODEL, noise=0.5)
    before, after = ((y - clean).square().mean().item() for y in (noisy, found.mean))
    assert before > 0.2
    assert after < 0.05


@pytest.mark.parametrize("move", [(0, 0), (2, -1)])
def test_the_beginning_of_a_drawing_is_moved_to_where_it_is_most_probable(
    lab: Lab, move: tuple[int, int]
) -> None:
    x = lab.model(MODEL).decode(torch.tensor([lab.class_code("3", MODEL)])).roll(move, (2, 3))
    mask = torch.zeros(28, 28, dtype=torch.bool)
    mask[5:9, 9:20] = True  # about as much as a stroke
    mask = mask.roll(move, (0, 1))

    def fit(place: tuple[int, int]) -> float:
        return lab.grid(MODEL).log_prob(x.roll(place, (2, 3)), mask.roll(place, (0, 1))).item()

    found = lab.place(x, mask, MODEL, None)
    assert max(map(abs, found)) <= MOVES
    everywhere = product(range(-MOVES, MOVES + 1), repeat=2)
    assert fit(found) > max(map(fit, everywhere)) - 1


# the tab


def sent(x: torch.Tensor, mask: torch.Tensor, model: str, **more: Any) -> dict[str, Any]:
    picture, mask_url = data_url(to_pil(x)), data_url(as_picture(mask))
    return {"model": model, "picture": picture, "mask": mask_url, "strokes": 0, **more}


@pytest.mark.parametrize("name", KINDS)
def test_the_tab_answers_for_every_kind_with_and_without_noise(kinds: Lab, name: str) -> None:
    config, mask = KINDS[name].config, half_of(name)
    x = images.prepare(photograph(), config)
    nothing, everything = torch.zeros_like(mask), torch.ones_like(mask)
    for observed in (mask, nothing, everything):
        for percent in (0, 40):
            asked = sent(x, observed, name), percent, None, None
            pictures, evidence, shown, history = tab._answer(kinds, *asked)
            assert pictures.count("<img") == 9 + (percent > 0)
            assert ("Nothing is observed" in evidence) == (not observed.any())
            assert ("nothing is left to guess" in evidence) == (observed.all() and percent == 0)
            assert ("without a prior" in evidence) == (not config.probabilistic)
            assert max(nats for *_, nats in shown["density"]["cells"]) == 0
            assert len(shown["samples"]) == 8
            assert len(history["strokes"]) == 1


def test_the_shading_of_the_map_is_the_posterior(lab: Lab) -> None:
    x = lab.model(MODEL).decode(torch.tensor([lab.class_code("0", MODEL)]))
    found, _ = lab.fill_in(x, HALF, MODEL)
    cells = torch.tensor(density_on_cells(found.posterior)["cells"], dtype=torch.float64)
    z, width, nats = cells[:, :2], cells[:, 2], cells[:, 3]
    mass = nats.exp() * width.square()
    fine = Grid(lab.model(MODEL), side=320).posterior(x, HALF)[0].double()
    axis = (torch.arange(320) + 0.5) / 32 - 5
    expected = torch.stack([fine.sum(1) @ axis.double(), fine.sum(0) @ axis.double()])
    torch.testing.assert_close(mass @ z / mass.sum(), expected, rtol=0, atol=0.02)
    assert abs(expected[0] - expected[1]) > 0.3  # the axes are told apart


def test_the_evidence_is_kept_stroke_by_stroke_and_starts_anew() -> None:
    history = None
    for strokes, entropy in ((0, 4.0), (1, 2.0), (3, 1.0), (2, 1.5)):  # the last after an undo
        history = tab._history(history, ["m", None, 0.0], strokes, entropy)
    assert history["strokes"] == [(0, 4.0), (1, 2.0), (2, 1.5)]
    assert tab._history(history, ["m", None, 0.1], 2, 3.0)["strokes"] == [(2, 3.0)]
    assert tab._history(history, ["m", None, 0.0], 0, 4.0)["strokes"] == [(0, 4.0)]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"model": "nothing"}, "no model named"),
        ({"model": None}, "no model named"),
        ({"picture": "data:image/png;base64,AAAA"}, "not a picture"),
        ({"picture": None}, "empty"),
        ({"mask": "nonsense"}, "empty"),
        ({"mask": data_url(Image.new("L", (27, 28)))}, "another size"),
        ({"strokes": -1}, "number of strokes"),
        ({"strokes": None}, "number of strokes"),
    ],
)
def test_what_no_browser_sends_gets_a_sentence(
    kinds: Lab, wrong: dict[str, Any], message: str
) -> None:
    good = sent(torch.rand(1, 1, 28, 28), HALF, MODEL)
    with pytest.raises((InputError, PictureError), match=message):
        tab._answer(kinds, {**good, **wrong}, 0, None, None)
    with pytest.raises(InputError, match="noise is 90: expected a whole number from 0 to 80"):
        tab._answer(kinds, good, 90, None, None)


def test_as_long_as_no_page_has_shown_it_nothing_is_computed(kinds: Lab) -> None:
    given = {"model": MODEL, "picture": "", "hide": "right", "ink": True}
    for pad in (given, None, "text"):
        answer = tab._answer(kinds, pad, 0, "", None)
        assert all(part == gr.skip() for part in answer)
