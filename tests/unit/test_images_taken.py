"""`vae_core.images.examine`: what is taken of a photograph, and what is said to be doubtful."""

import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from tests.unit.test_images import INK, PHOTO, REFERENCE, Config, difference, saved, seven
from vae_core import images
from vae_core.images import DOUBTS, PictureError, examine, prepare

THING = Config((1, 28, 28), "thing")


def page(at=(230, 150), size=560):
    """A seven in black on white, 101 x 161 pixels: levels in [0, 1], (size, size)."""
    return np.asarray(seven(size, at=at, mode="L")) / 255


def lined(levels, gap, both=False, level=0.55, slope=0.03):
    """Draw lines over a page, two pixels thick and a little aslant."""
    y, x = np.mgrid[: levels.shape[0], : levels.shape[1]]
    lines = (y + slope * x) % gap < 2
    if both:
        lines |= (x - slope * y) % gap < 2
    return np.where(lines, np.minimum(levels, level), levels)


def on_a_desk(levels):
    """Let the sheet end inside the picture, a little aslant."""
    y, x = np.mgrid[: levels.shape[0], : levels.shape[1]]
    u, v = y + 0.04 * x, x - 0.04 * y
    sheet = (u > 60) & (u < 520) & (v > 40) & (v < 490)
    return np.where(sheet, levels, 0.2)


def shadowed(levels):
    y, x = np.mgrid[: levels.shape[0], : levels.shape[1]]
    return levels * np.where(y + 0.5 * x > 380, 0.55, 1)


def glaring(levels):
    y, x = np.mgrid[: levels.shape[0], : levels.shape[1]]
    return (0.8 * levels + 0.5 * np.exp(-((y - 250) ** 2 + (x - 150) ** 2) / 70**2)).clip(0, 1)


def texted(levels):
    picture = Image.fromarray((levels * 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    for top in (20, 520):
        pen.text((30, top), "Write one digit in the middle of this sheet of paper", 40)
    pen.rectangle((12, 80, 548, 500), outline=90, width=3)
    return np.asarray(picture) / 255


SCENES = {
    "shadow": shadowed,
    "glare": glaring,
    "sheet on a desk": on_a_desk,
    "ruled": lambda levels: lined(levels, 56),
    "squared": lambda levels: lined(levels, 34, both=True),
    "ruled sheet on a desk": lambda levels: on_a_desk(lined(levels, 56)),
    "worksheet": texted,
}


@pytest.mark.parametrize("scene", SCENES)
def test_the_digit_is_taken_and_nothing_else(scene):
    taken = examine(SCENES[scene](page()), INK)
    assert difference(taken.image, REFERENCE) < 0.03
    expected = (230 / 560, 150 / 560, 331 / 560, 311 / 560)
    assert taken.frame == pytest.approx(expected, abs=0.015)
    assert taken.doubt == ""


@pytest.mark.parametrize("scene", sorted(SCENES.keys() - {"worksheet"}))
def test_an_empty_page_is_blank(scene):
    noise = np.random.default_rng(0).normal(0, 0.01, (560, 560))
    with pytest.raises(PictureError, match="blank"):
        prepare((SCENES[scene](np.ones((560, 560))) + noise).clip(0, 1), INK)


def test_a_crop_is_all_that_is_looked_at():
    two = np.minimum(page(at=(60, 200)), page(at=(400, 200)))
    left = examine(two, INK, (0.0, 0.2, 0.5, 0.8))
    right = examine(two, INK, [0.5, 0, 1, 1])
    for taken, x in ((left, 60), (right, 400)):
        expected = (x / 560, 200 / 560, (x + 101) / 560, 361 / 560)
        assert taken.frame == pytest.approx(expected, abs=0.01)
        assert difference(taken.image, REFERENCE) < 0.02
    assert torch.equal(prepare(two, INK, (0, 0, 1, 1)), prepare(two, INK))
    with pytest.raises(PictureError, match="blank"):
        prepare(two, INK, (0.32, 0, 0.68, 1))


def test_a_crop_of_a_photograph_is_framed_as_a_photograph():
    picture = np.random.default_rng(0).random((80, 60, 3))
    taken = examine(picture, PHOTO, (0.5, 0.5, 1, 1))
    assert torch.equal(taken.image, prepare(picture[40:, 30:], PHOTO))
    assert taken.frame == pytest.approx((0.5, 0.5, 1, 1), abs=1e-6)
    assert (taken.groups, taken.doubt) == ([], "")


@pytest.mark.parametrize(
    ("crop", "sentence"),
    [
        ((0.5, 0, 0.5, 1), "expected"),
        ((0, 0, 1.01, 1), "expected"),
        ((-0.1, 0, 1, 1), "expected"),
        ((math.nan, 0, 1, 1), "expected"),
        ((0, 0, 10**400, 1), "expected"),
        ((0, 0, True, 1), "expected"),
        ((0, 0, 1), "expected"),
        ("0011", "expected"),
        (7, "expected"),
        ({"left": 0}, "expected"),
        ((0.5, 0.5, 0.505, 0.505), "at least 4 x 4"),
    ],
)
def test_what_is_no_crop(crop, sentence):
    with pytest.raises(PictureError, match=sentence) as caught:
        prepare(page(), INK, crop)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


# Doubts


def test_of_several_groups_the_one_in_the_middle_is_taken():
    three = np.minimum(np.minimum(page(at=(40, 200)), page(at=(230, 200))), page(at=(420, 200)))
    taken = examine(three, INK)
    assert taken.frame.left == pytest.approx(230 / 560, abs=0.01)
    assert sorted(round(group.left * 560, -1) for group in taken.groups) == [40, 420]
    twins = np.minimum(page(at=(100, 200)), page(at=(360, 200)))
    assert examine(twins, INK).doubt == "several-groups"


def test_a_bar_over_a_digit_is_taken_with_it_and_a_digit_beside_it_is_not():
    for box, joined in (((200, 150, 330, 165), True), ((345, 190, 360, 320), False)):
        picture = Image.new("L", (560, 560), "white")
        pen = ImageDraw.Draw(picture)
        pen.rectangle((200, 185, 330, 200), fill="black")
        pen.rectangle((200, 185, 215, 320), fill="black")
        pen.rectangle(box, fill="black")
        frame = examine(picture, INK).frame
        right, top = (331, 150) if joined else (331, 185)
        assert (frame.right, frame.top) == pytest.approx((right / 560, top / 560), abs=0.01)


def test_thick_strokes_on_a_white_page_are_ink_and_a_shadow_is_not():
    """Strokes of a third of the page are drawn; a photograph has no pure black and white."""
    picture = Image.new("L", (280, 280), "white")
    ImageDraw.Draw(picture).ellipse((-30, 40, 130, 200), fill="black")
    frame = examine(picture, INK).frame
    assert frame == pytest.approx((0, 40 / 280, 131 / 280, 201 / 280), abs=0.01)
    with pytest.raises(PictureError, match="blank"):
        examine(np.where(np.asarray(picture) > 0, 1, 0.5), INK)


def test_ink_at_the_edge_and_a_stain_are_doubtful():
    assert examine(page(at=(-30, 200)), INK).doubt == "border"
    y, x = np.mgrid[:560, :560]
    ring = abs(np.hypot(y - 330, x - 300) - 110) < 6
    stained = np.where(ring, np.minimum(page(), 0.68), page())
    assert examine(stained, INK).doubt == "low-contrast"


def test_every_doubt_is_a_sentence():
    for name, sentence in DOUBTS.items():
        assert sentence[0].isupper(), name
        assert sentence.endswith("."), name


# Things


def sleeve(background):
    """A bright shape with darker spots, not in the middle, on a plain background."""
    picture = Image.new("RGB", (300, 400), background)
    pen = ImageDraw.Draw(picture)
    pen.polygon([(40, 60), (140, 60), (160, 300), (20, 300)], fill=(170, 150, 160))
    pen.rectangle((60, 120, 110, 200), fill=(90, 80, 70))
    return picture


def test_a_thing_on_white_is_as_on_black():
    dark = examine(sleeve((3, 3, 3)), THING)
    for background in ("white", "#f2f0ee", "#dfe6f0"):
        light = examine(sleeve(background), THING)
        assert difference(light.image, dark.image) < 0.01
        assert light.frame == pytest.approx((20 / 300, 60 / 400, 161 / 300, 301 / 400), abs=0.01)
    image = dark.image[0, 0]
    assert image[0].max() > 0.5  # the longest side fills the image, the other is centred
    columns = (image > 0.05).any(0).nonzero()
    assert abs((columns.min() + columns.max()).item() - 27) <= 1


def test_an_empty_background_is_no_thing():
    for color in ("white", "black"):
        with pytest.raises(PictureError, match="empty"):
            prepare(Image.new("RGB", (90, 60), color), THING)


def test_black_strokes_on_white_become_bright():
    assert prepare(seven(), THING)[0, 0].max() > 0.9


def test_training_images_of_things_and_other_models_are_left_alone():
    rng = np.random.default_rng(0)
    framed = np.zeros((28, 28), np.uint8)
    framed[:, 4:24] = rng.integers(0, 256, (28, 20))
    assert torch.equal(prepare(framed, THING)[0, 0], torch.from_numpy(framed) / 255)
    picture = sleeve("white")
    photo = prepare(picture, Config((1, 28, 28), "photo"))
    assert photo[0, 0, 0, 0] == 1
    busy = Image.fromarray(rng.integers(0, 256, (90, 60, 3), np.uint8))
    assert torch.equal(prepare(busy, THING), prepare(busy, Config((1, 28, 28), "photo")))


# Reading


@pytest.mark.parametrize("white", [255, 1023, 4095, 16383, 65535, 255_000])
def test_greys_of_any_depth_are_read_alike(white):
    """White is the first usual depth's largest level that no pixel is above."""
    steps = np.linspace(0, 1, 32 * 24).reshape(32, 24)
    levels = np.round(steps * white).astype(np.int32)
    expected = torch.from_numpy(levels / white).float()
    gray = Config((1, 32, 24), "photo")
    forms = [levels, levels.astype(np.int64), saved(Image.fromarray(levels), "TIFF")]
    if white <= 65535:
        forms.append(saved(Image.fromarray(levels.astype(np.uint16)), "PNG"))
    for form in forms:
        assert torch.allclose(prepare(form, gray)[0, 0], expected, atol=1e-6)


def test_numbers_below_zero_are_refused():
    with pytest.raises(PictureError, match="not negative"):
        prepare(np.full((28, 28), -5), INK)


@pytest.mark.parametrize("strength", [0.1, 0.4, 0.6])
def test_translucent_strokes_are_seen(strength):
    canvas = Image.new("RGBA", (280, 280), (0, 0, 0, 0))
    stroke = Image.new("RGBA", (280, 280), (255, 255, 255, round(255 * strength)))
    canvas.paste(stroke, mask=Image.fromarray(255 - np.asarray(seven(mode="L"))))
    assert difference(prepare(saved(canvas), INK), REFERENCE) < 0.002


@pytest.mark.skipif("AVIF" not in images.FORMATS, reason="this Pillow does not read AVIF")
def test_avif_is_read():
    assert difference(prepare(saved(seven(), "AVIF"), INK), REFERENCE) < 0.01
    assert "AVIF" in images.ACCEPTED


def test_heic_is_named():
    with pytest.raises(PictureError, match="HEIC"):
        prepare(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), INK)
