"""What the endpoint /complete asks of the lab, and what they refuse."""

import pytest
import torch
from PIL import Image

from tests.api.kinds import KINDS, photograph, write_kinds
from ui.checks import InputError
from ui.endpoints import Lab
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


# the tab
