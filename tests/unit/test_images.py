"""`vae_core.images`: what goes in, what comes out, and what is refused with which sentence."""

import contextlib
import io
import os
import struct
import time
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from tests.proofs import CORE
from vae_core import images
from vae_core.images import PictureError, prepare, to_pil, to_strip

quick = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Config:
    shape: tuple[int, int, int]
    preparation: str


INK = Config((1, 28, 28), "ink")
PHOTO = Config((3, 32, 24), "photo")


def seven(size=280, paper="white", ink="black", mode="RGB", at=(90, 60), scale=1.0):
    """A seven on a page: a bar 100 wide and 20 thick, and a leg down to 160 below its top."""
    page = Image.new(mode, (size, size), paper)
    corners = [(0, 0), (100, 0), (100, 20), (50, 160), (28, 160), (74, 20), (0, 20)]
    ImageDraw.Draw(page).polygon(
        [(at[0] + scale * x, at[1] + scale * y) for x, y in corners], fill=ink
    )
    return page


def saved(picture, format="PNG", **options):
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def difference(a, b):
    return (a - b).abs().mean().item()


def center(x):
    """Centre of mass (row, column) of (1, 1, H, W)."""
    rows, columns = x[0, 0].sum(1), x[0, 0].sum(0)
    place = torch.arange(len(rows)).float()
    return (rows @ place / x.sum()).item(), (columns @ place / x.sum()).item()


def extent(x):
    """Height and width of the part of (1, 1, H, W) that is not zero."""
    rows, columns = (x[0, 0] > 0).nonzero().T
    return (rows.max() - rows.min() + 1).item(), (columns.max() - columns.min() + 1).item()


REFERENCE = prepare(seven(), INK)


# Framing of ink


def test_ink_is_framed_as_mnist_is():
    x = REFERENCE
    assert x.shape == (1, 1, 28, 28)
    assert x.dtype == torch.float32
    assert x.min() == 0
    assert x.max() == 1
    # 161 x 101 pixels become 20 x 12.55, and the centre of mass comes within half a pixel of 14.
    assert extent(x) == (20, 13)
    assert all(abs(place - 14) <= 0.5 for place in center(x))
    # Neither mirrored nor turned: the bar is at the top, and the leg ends at the left.
    ink = x[0, 0].nonzero()
    top, bottom = (x[0, 0, edge] for edge in (ink[0, 0], ink[-1, 0]))
    assert top.sum() > 2 * bottom.sum() > 0
    assert bottom.argmax() < center(x)[1]


def test_output_follows_the_shape_of_the_model():
    x = prepare(seven(), Config((3, 56, 42), "ink"))
    assert x.shape == (1, 3, 56, 42)
    assert torch.equal(x[:, 0], x[:, 1])
    assert max(extent(x[:, :1])) == 30


@pytest.mark.parametrize(
    ("paper", "ink"),
    [
        ("black", "white"),
        ("#ffe96b", "#1d2b8f"),  # biro on a yellow note
        ("#3c50c8", "#808080"),  # grey on blue
        ("#808080", "#8c8c8c"),  # low contrast
        ("#c83232", "#1c7d1c"),  # red and green, almost equal in brightness
    ],
)
def test_colors_of_paper_and_ink_do_not_matter(paper, ink):
    assert difference(prepare(seven(paper=paper, ink=ink), INK), REFERENCE) < 0.002


@pytest.mark.parametrize(("paper", "ink"), [("white", "black"), ("black", "white")])
def test_uneven_light_noise_and_dust(paper, ink):
    rng = np.random.default_rng(0)
    page = np.asarray(seven(paper=paper, ink=ink, mode="L"), float)
    y, x = np.mgrid[-1:1:280j, -1:1:280j]
    page = (20 + 0.8 * page) * (0.75 + 0.2 * x - 0.1 * y * y) + rng.normal(0, 6, page.shape)
    page[[10, 200, 250, 30], [10, 250, 40, 240]] = 128
    photograph = Image.fromarray(page.clip(0, 255).astype(np.uint8))
    x = prepare(saved(photograph, "JPEG", quality=80), INK)
    assert difference(x, REFERENCE) < 0.015


def test_a_frame_around_the_page_is_not_ink():
    page = seven()
    ImageDraw.Draw(page).rectangle((0, 0, 279, 279), outline="black", width=3)
    assert difference(prepare(page, INK), REFERENCE) < 0.002


@pytest.mark.parametrize("scale", [0.4, 0.7, 1.3])
def test_size_on_the_page_does_not_matter(scale):
    x = prepare(seven(at=(60, 40), scale=scale), INK)
    assert difference(x, REFERENCE) < 0.015


def test_thin_strokes_keep_their_strength():
    page = Image.new("L", (600, 600), 255)
    ImageDraw.Draw(page).line([(200, 100), (400, 100), (250, 500)], fill=0, width=4)
    x = prepare(page, INK)
    assert x[x > 0.1].median() > 0.6
    assert max(extent(x)) == 20


@pytest.mark.parametrize("color", ["black", "white"])
def test_strokes_on_a_transparent_canvas(color):
    canvas = Image.new("RGBA", (280, 280), (0, 0, 0, 0))
    canvas.paste(Image.new("RGBA", (280, 280), color), mask=ImageOps.invert(seven(mode="L")))
    for file in (saved(canvas), saved(canvas, "WEBP", lossless=True)):
        assert difference(prepare(file, INK), REFERENCE) < 1e-6


# Reading


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F"])
def test_every_mode_reads_alike(mode):
    assert difference(prepare(seven().convert("L").convert(mode), INK), REFERENCE) < 1e-5


@pytest.mark.parametrize("format", ["PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "JPEG"])
def test_every_format_reads_alike(format, tmp_path):
    path = tmp_path / "seven"
    path.write_bytes(saved(seven(), format))
    x = prepare(path, INK)
    assert difference(x, REFERENCE) < 0.003
    assert torch.equal(x, prepare(str(path), INK))
    assert torch.equal(x, prepare(path.read_bytes(), INK))


def test_every_array_reads_alike():
    color = np.asarray(seven())
    gray = color[..., 0]
    arrays = [
        gray,
        gray[..., None],
        gray[None],
        color,
        color.transpose(2, 0, 1),
        np.dstack([color, np.full_like(gray, 255)]),
        gray > 128,
        gray.astype(np.uint16) * 257,
        gray.astype(np.int64),
        gray / 255,
        (gray / 255).astype(np.float16),
        gray.astype(float),
        gray[:, ::-1][:, ::-1],
    ]
    for array in arrays:
        assert difference(prepare(array, INK), REFERENCE) < 1e-5, (array.shape, array.dtype)


def test_sixteen_bit_files():
    array = np.asarray(seven(mode="L")).astype(np.uint16) * 257
    for format in ("PNG", "TIFF"):
        assert difference(prepare(saved(Image.fromarray(array), format), INK), REFERENCE) < 1e-5


def test_first_frame_of_an_animation():
    other = seven(paper="black", ink="black")
    for format in ("GIF", "WEBP", "PNG"):
        file = saved(seven(), format, save_all=True, append_images=[other], lossless=True)
        assert difference(prepare(file, INK), REFERENCE) < 1e-5


def test_palette_transparency():
    canvas = Image.new("P", (280, 280), 0)
    canvas.putpalette([9, 9, 9, 0, 0, 0])
    canvas.paste(1, mask=ImageOps.invert(seven(mode="L")))
    file = saved(canvas, transparency=b"\x00\xff")
    assert difference(prepare(file, INK), REFERENCE) < 1e-6


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honoured(orientation, format):
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = saved(seven().resize((300, 280)), format, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
    upright.info.clear()
    assert difference(prepare(file, INK), prepare(upright.copy(), INK)) < 1e-6


@quick
@given(
    st.integers(4, 90),
    st.integers(4, 90),
    st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"]),
    st.sampled_from([INK, PHOTO, Config((1, 28, 20), "photo"), Config((1, 16, 16), "ink")]),
    st.integers(0, 99),
    st.sampled_from([1, 3, 10]),
)
def test_any_picture_gives_an_image_or_a_sentence(width, height, mode, config, seed, block):
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (height // block + 1, width // block + 1, 4), np.uint8)
    noise = noise.repeat(block, 0).repeat(block, 1)[:height, :width]
    page = Image.fromarray(noise)
    page = page if mode in ("RGBA", "LA") else page.convert("L")
    try:
        x = prepare(page.convert(mode), config)
    except PictureError:
        assert config.preparation == "ink"
        return
    assert x.shape == (1, *config.shape)
    assert x.dtype == torch.float32
    assert x.is_contiguous()
    assert 0 <= x.min() <= x.max() <= 1


@quick
@given(st.integers(0, 400), st.integers(0, 300), st.integers(4, 12))
def test_place_on_the_page_and_polarity_do_not_matter(left, top, size):
    page = np.asarray(seven(600, at=(left + 10, top + 10), scale=size / 10, mode="L"))
    x = prepare(page, INK)
    assert difference(x, REFERENCE) < 0.02
    assert difference(x, prepare(255 - page, INK)) < 1e-3


# Images that need no preparation


def test_framed_image_passes_unchanged_in_every_form():
    levels = (REFERENCE[0, 0] * 255).round().to(torch.uint8)
    array = levels.numpy()
    expected = levels.float()[None, None] / 255
    forms = [
        array,
        array.astype(np.float32) / 255,
        array.astype(float),
        np.stack([array] * 3),
        Image.fromarray(array),
        saved(Image.fromarray(array)),
        saved(Image.fromarray(array).convert("RGBA")),
        saved(Image.fromarray(array), "GIF"),
    ]
    for form in forms:
        assert torch.equal(prepare(form, INK), expected)


def test_unframed_images_of_the_same_size_are_reframed():
    array = np.asarray(to_pil(REFERENCE))
    framed = torch.from_numpy(array.copy()).float()[None, None] / 255
    for other in (255 - array, np.roll(array, 3, 1), np.roll(array, -2, 0), array // 2):
        x = prepare(np.ascontiguousarray(other), INK)
        assert not torch.equal(x[0, 0], torch.from_numpy(other.copy()).float() / 255)
        assert difference(x, framed) < 0.02


def test_photo_of_the_right_size_passes_unchanged():
    array = np.random.default_rng(0).integers(0, 256, (32, 24, 3), np.uint8)
    expected = torch.from_numpy(array).permute(2, 0, 1)[None].float() / 255
    assert torch.equal(prepare(array, PHOTO), expected)
    assert torch.equal(prepare(saved(Image.fromarray(array)), PHOTO), expected)
    gray = array[..., 0]
    assert torch.equal(prepare(gray, PHOTO), expected[:, :1].expand(1, 3, 32, 24))
    assert torch.equal(prepare(gray, Config((1, 32, 24), "photo")), expected[:, :1])


def test_photo_is_cropped_about_its_centre_and_resized():
    page = Image.new("RGB", (400, 320), "red")
    page.paste("lime", (80, 0, 320, 320))  # the centred part of proportions 24 : 32
    x = prepare(page, PHOTO)
    lime = torch.tensor([0.0, 1, 0])[:, None, None]
    assert torch.equal(x[0, :, :, 3:-3], lime.expand(3, 32, 18))
    assert (x[0] - lime).abs().max() < 0.1  # at the cut, the filter sees a little of the red
    small = prepare(page.resize((5, 4)), PHOTO)
    assert small.shape == (1, 3, 32, 24)


def test_photo_in_gray_uses_luma():
    x = prepare(Image.new("RGB", (50, 50), "lime"), Config((1, 8, 8), "photo"))
    assert torch.allclose(x, torch.tensor(0.587), atol=1e-4)


# What is refused


def png_header(width, height):
    """A PNG file that claims a size and holds almost nothing."""

    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(4096)))
    return b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND", b"")


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (b"just some text, renamed .png", "not a picture that can be read"),
        (b"", "empty"),
        (SVG, "SVG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture that can be read"),
        (saved(NOISE)[:5000], "damaged or cut short"),
        (saved(NOISE, "JPEG")[:1500], "damaged or cut short"),
        (saved(NOISE, "JPEG", progressive=True)[:1500], "damaged or cut short"),
        (saved(NOISE, "WEBP")[:1500], "not a picture that can be read|damaged"),
        (saved(NOISE, "GIF")[:2000], "damaged or cut short"),
        (saved(NOISE, "BMP")[:5000], "damaged or cut short"),
        (saved(NOISE, "TIFF")[:5000], "not a picture that can be read|damaged"),
        (bytes(images.MAX_BYTES + 1), "10 MB"),
        (Path("/no/such/file.png"), "cannot be opened"),
        ("nul\0byte", "cannot be opened"),
        (png_header(30_000, 30_000), "million pixels"),
        (png_header(12_000, 10_000), "million pixels"),  # here Pillow would only warn
        (png_header(6_000, 5_000), "million pixels"),
        (Image.new("1", (6_000, 5_000)), "million pixels"),
        (np.broadcast_to(np.uint8(0), (6_000, 5_000)), "million pixels"),
        (Image.new("L", (1, 1)), "at least 4 x 4"),
        (np.zeros((3, 400), np.uint8), "at least 4 x 4"),
        (np.zeros((0, 0), np.uint8), "at least 4 x 4"),
        (np.zeros((0, 28, 3)), "at least 4 x 4"),
        (np.zeros(784), "shape"),
        (np.zeros((28, 28, 2)), "shape"),
        (np.zeros((2, 1, 28, 28)), "shape"),
        (np.full((28, 28), np.nan), "finite"),
        (np.full((28, 28), np.inf), "finite"),
        (np.full((28, 28), -0.1), "finite"),
        (np.full((28, 28), 256.0), "finite"),
        (np.zeros((28, 28), complex), "complex"),
        (np.full((28, 28), None), "object"),
        (Image.new("L", (100, 100), 255), "blank"),
        (np.zeros((28, 28), np.uint8), "blank"),
        (Image.new("RGBA", (100, 100), (0, 0, 0, 0)), "blank"),
    ],
)
def test_refusals_say_what_is_wrong(picture, sentence):
    with pytest.raises(PictureError, match=sentence) as caught:
        prepare(picture, INK)
    assert "\n" not in str(caught.value)


def test_blank_paper_is_blank_even_when_noisy_and_unevenly_lit():
    y, x = np.mgrid[-1:1:300j, -1:1:300j]
    page = 0.7 + 0.2 * x - 0.1 * y + np.random.default_rng(0).normal(0, 0.02, (300, 300))
    with pytest.raises(PictureError, match="blank"):
        prepare(page.clip(0, 1), INK)


def test_other_types_are_the_programmers_mistake():
    with pytest.raises(TypeError, match="expected a path"):
        prepare(None, INK)


def test_an_enormous_claim_is_refused_before_any_pixel_is_decoded():
    start = time.process_time()
    with pytest.raises(PictureError):
        prepare(png_header(30_000, 30_000), INK)
    assert time.process_time() - start < 0.1


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM"])
def test_damaged_files_give_an_image_or_a_sentence(format):
    rng = np.random.default_rng(0)
    exif = Image.Exif()
    exif[0x0112] = 6
    original = saved(NOISE.resize((20, 16)), format, exif=exif)
    for trial in range(150):
        damaged = bytearray(original)
        for place in rng.integers(0, min(len(damaged), 400 if trial % 2 else 10**6), 3):
            damaged[place] = rng.integers(256)
        cut = len(damaged) if trial % 3 else rng.integers(len(damaged))
        with contextlib.suppress(PictureError):
            assert prepare(bytes(damaged[:cut]), PHOTO).shape == (1, 3, 32, 24)


def test_a_million_pixels_take_a_tenth_of_a_second():
    file = saved(seven(1000, at=(300, 300), scale=3), "JPEG")
    times = []
    for _ in range(5):
        start = time.process_time()
        prepare(file, INK)
        times.append(time.process_time() - start)
    assert min(times) < 0.1


def test_pictures_prepared_in_many_threads():
    file = saved(seven())
    filters = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        for x in pool.map(lambda _: prepare(file, INK), range(40)):
            assert torch.equal(x, REFERENCE)
    assert list(warnings.filters) == filters


# And back


def test_to_pil_rounds_to_the_nearest_level_and_clips():
    x = torch.tensor([[[-0.5, 0.0, 0.4 / 255, 0.6 / 255], [0.5, 1.0, 1.5, 254.4 / 255]]])
    picture = to_pil(x)
    assert (picture.mode, picture.size) == ("L", (4, 2))
    assert np.asarray(picture).tolist() == [[0, 0, 0, 1], [128, 255, 255, 254]]
    assert to_pil(x[None]) == picture


def test_to_pil_and_prepare_are_inverse():
    x = torch.arange(3 * 32 * 24).remainder(256).reshape(1, 3, 32, 24) / 255
    assert to_pil(x).mode == "RGB"
    assert torch.equal(prepare(to_pil(x), PHOTO), x)


def test_to_strip_places_images_side_by_side():
    x = torch.rand(5, 3, 8, 6, generator=torch.Generator().manual_seed(0))
    strip = np.asarray(to_strip(x))
    assert strip.shape == (8, 30, 3)
    for i in range(5):
        assert np.array_equal(strip[:, 6 * i : 6 * i + 6], np.asarray(to_pil(x[i])))


def test_pictures_do_not_depend_on_where_the_tensor_lives_or_its_gradient():
    x = torch.rand(1, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    assert to_pil(x).size == (4, 4)


@pytest.mark.parametrize("shape", [(28, 28), (2, 28, 28), (2, 1, 28, 28), (0, 1, 28, 28)])
def test_to_pil_names_the_shape_it_expects(shape):
    with pytest.raises(ValueError, match="expected"):
        to_pil(torch.zeros(shape))


# MNIST itself


@pytest.fixture(scope="module")
def mnist():
    """A function from "train" or "t10k" to uint8 images (n, 28, 28) and labels (n,)."""
    if "LATENT_LAB_DATA" not in os.environ:
        pytest.skip("LATENT_LAB_DATA does not name the folder of the datasets")
    raw = Path(os.environ["LATENT_LAB_DATA"]) / "MNIST" / "raw"

    def read(part):
        pictures = np.fromfile(raw / f"{part}-images-idx3-ubyte", np.uint8)[16:]
        labels = np.fromfile(raw / f"{part}-labels-idx1-ubyte", np.uint8)[8:]
        return pictures.reshape(-1, 28, 28), labels

    return read


@pytest.mark.slow
@pytest.mark.parametrize("part", ["train", "t10k"])
@pytest.mark.proof(*CORE)
def test_every_image_of_mnist_passes_unchanged(mnist, part):
    pictures, _ = mnist(part)
    expected = torch.from_numpy(pictures).float()[:, None] / 255
    assert all(torch.equal(prepare(p, INK)[0], x) for p, x in zip(pictures, expected, strict=True))


def on_a_page(digit):
    """Black on white, 280 x 280, as a JPEG of quality 85: what a person might upload."""
    large = Image.fromarray(digit).resize((220, 220), Image.Resampling.BICUBIC)
    page = Image.new("L", (280, 280), 255)
    page.paste(ImageOps.invert(large), (30, 30))
    return saved(page, "JPEG", quality=85)


@pytest.mark.slow
@pytest.mark.proof(*CORE)
def test_mnist_digits_on_a_page_come_back(mnist):
    from sklearn.decomposition import PCA
    from sklearn.neighbors import KNeighborsClassifier

    train, train_labels = mnist("train")
    test, labels = mnist("t10k")
    chosen = np.random.default_rng(0).permutation(len(test))[:300]
    originals = torch.from_numpy(test[chosen])[:, None].float() / 255
    prepared = torch.cat([prepare(on_a_page(digit), INK) for digit in test[chosen]])

    assert difference(prepared, originals) < 0.03
    for a, b in zip(prepared, originals, strict=True):
        assert np.abs(np.subtract(center(a[None]), center(b[None]))).max() <= 1

    pca = PCA(30, random_state=0).fit(train[:10_000].reshape(-1, 784) / 255)
    knn = KNeighborsClassifier(20)
    knn.fit(pca.transform(train[:10_000].reshape(-1, 784) / 255), train_labels[:10_000])

    def accuracy(x):
        return knn.score(pca.transform(x.flatten(1).double().numpy()), labels[chosen])

    assert accuracy(prepared) >= accuracy(originals) - 0.02
