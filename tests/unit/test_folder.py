"""A folder of one's own pictures: what is read, how it is cut, what is said of the rest."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vae_core import images
from vae_core.datasets import DatasetError, describe, load_images

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def save(path, color=RED, size=(8, 8), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path, **options)
    return path


def both(folder, size=8):
    return [load_images(f"folder:{folder}", train, size=size) for train in (True, False)]


def shades(folder, n):
    """Save n grey pictures, named in order, each of its own shade."""
    for i in range(n):
        save(folder / f"{i:03}.png", (i, i, i))


def test_pictures_without_sub_folders_have_no_labels(tmp_path, capsys):
    for i in range(7):
        save(tmp_path / f"{i}.png", (i, 100, 200), size=(8 + i, 20))
    assert describe(f"folder:{tmp_path}", 12) == describe(f"folder:{tmp_path}/", size=12)
    dataset = describe(f"folder:{tmp_path}", 12)
    assert dataset.title == "folder"
    assert dataset.shape == (3, 12, 12)
    assert dataset.classes == ()
    assert (dataset.preparation, dataset.likelihood) == ("photo", "gaussian")
    train, test = both(tmp_path, 12)
    assert train.pixels.shape == (6, 3, 12, 12)
    assert test.pixels.shape == (1, 3, 12, 12)
    assert train.pixels.dtype == test.pixels.dtype == torch.uint8
    assert train.labels.tolist() == [0] * 6
    assert train.labels.dtype == torch.int64
    assert "skipped" not in capsys.readouterr().err


def test_sub_folders_are_labels_and_are_searched_to_the_bottom(tmp_path):
    places = ["zebra/a", "Ωmega/日本/ü/a", "ape/deep/deeper/a", "ape/b", "ape/deep/a"]
    for i, place in enumerate(places):
        save(tmp_path / f"{place}.png", (10 * i, 0, 255))
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("no picture")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.png").write_bytes(b"no picture")
    assert describe(f"folder:{tmp_path}").classes == ("ape", "zebra", "Ωmega")
    label_of = {
        int(image[0, 0, 0]): int(label)
        for part in both(tmp_path)
        for image, label in zip(part.pixels, part.labels, strict=True)
    }
    assert label_of == {0: 1, 10: 2, 20: 0, 30: 0, 40: 0}


@pytest.mark.parametrize("n", [2, 3, 9, 19, 20, 21, 100])
def test_a_tenth_is_held_out_and_nothing_is_lost(tmp_path, n):
    shades(tmp_path, n)
    train, test = ([int(x[0, 0, 0]) for x in part.pixels] for part in both(tmp_path))
    assert sorted(train + test) == list(range(n))
    assert len(test) == max(1, n // 10)
    assert train == sorted(train)


def test_the_same_pictures_are_split_the_same_everywhere(tmp_path, monkeypatch):
    shades(tmp_path / "here", 40)
    (tmp_path / "there").mkdir()
    for path in sorted((tmp_path / "here").iterdir(), reverse=True):
        shutil.copy(path, tmp_path / "there")
    walk = os.walk

    def reversed_walk(top, **options):
        for parent, folders, files in walk(top, **options):
            yield parent, folders, sorted(files, reverse=True)

    here = both(tmp_path / "here")
    monkeypatch.setattr(os, "walk", reversed_walk)
    torch.manual_seed(1)
    there = both(tmp_path / "there")
    for a, b in zip(here, there, strict=True):
        assert a.pixels.equal(b.pixels)
    assert here[1].pixels[:, 0, 0, 0].tolist() == [3, 15, 25, 35]


def test_a_folder_is_read_once(tmp_path, monkeypatch, capsys):
    shades(tmp_path, 4)
    (tmp_path / "note.txt").touch()
    asked = []
    prepare = images.prepare
    monkeypatch.setattr(images, "prepare", lambda *of: asked.append(of) or prepare(*of))
    describe(f"folder:{tmp_path}", 8)
    both(tmp_path)
    monkeypatch.chdir(tmp_path)
    both(".")
    assert len(asked) == 4
    assert capsys.readouterr().err.count("note.txt") == 1


def test_pictures_are_cut_to_a_square_and_resized(tmp_path):
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, :20], wide[:, 20:40], wide[:, 40:] = RED, GREEN, BLUE
    Image.fromarray(wide).save(tmp_path / "wide.png")
    Image.fromarray(wide.swapaxes(0, 1)).save(tmp_path / "tall.png")
    for part in both(tmp_path, 20):
        assert (part.pixels == torch.tensor(GREEN)[:, None, None]).all()


def test_a_picture_of_the_size_asked_for_is_unchanged(tmp_path):
    pixels = np.random.default_rng(0).integers(256, size=(2, 8, 8, 3), dtype=np.uint8)
    for i in range(2):
        Image.fromarray(pixels[i]).save(tmp_path / f"{i}.png")
    found = {part.pixels.numpy().transpose(0, 2, 3, 1).tobytes() for part in both(tmp_path)}
    assert found == {image.tobytes() for image in pixels}


def turned(path):
    """Left half red and right half blue once it is turned upright by its tag."""
    stored = Image.new("RGB", (8, 16), RED)
    stored.paste(BLUE, (0, 0, 8, 8))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise
    stored.save(path, exif=exif)


def see_through(path):
    """A dark stroke on nothing, whose hidden colour is green."""
    picture = Image.new("RGBA", (8, 8), (*GREEN, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 4, 8))
    picture.save(path)


def palette(path):
    picture = Image.new("P", (8, 8), 1)
    picture.putpalette([0, 0, 0, *RED])
    picture.save(path)


@pytest.mark.parametrize(
    ("name", "write", "left", "right"),
    [
        ("rgb.png", lambda path: save(path), RED, RED),
        ("rgba.png", lambda path: Image.new("RGBA", (8, 8), (*RED, 255)).save(path), RED, RED),
        ("half.png", lambda path: Image.new("RGBA", (8, 8), (0, 0, 0, 51)).save(path), 204, 204),
        ("clear.png", see_through, 0, 255),
        ("p.png", palette, RED, RED),
        ("p.gif", palette, RED, RED),
        ("l.png", lambda path: Image.new("L", (8, 8), 77).save(path), 77, 77),
        ("la.png", lambda path: Image.new("LA", (8, 8), (77, 255)).save(path), 77, 77),
        ("1.png", lambda path: Image.new("1", (8, 8), 1).save(path), 255, 255),
        ("16.png", lambda path: Image.new("I;16", (8, 8), 77 * 257).save(path), 77, 77),
        ("16.TIFF", lambda path: Image.new("I;16", (8, 8), 77 * 257).save(path), 77, 77),
        ("f.tif", lambda path: Image.new("F", (8, 8), 77.0).save(path), 77, 77),
        ("cmyk.jpg", lambda path: Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(path), RED, RED),
        ("turned.JPG", turned, RED, BLUE),
        ("tiny.bmp", lambda path: save(path, size=(4, 4)), RED, RED),
        ("lossless.webp", lambda path: save(path, lossless=True), RED, RED),
        ("any.ppm", lambda path: save(path, size=(5, 9)), RED, RED),
        ("nothing", lambda path: save(path, format="PNG"), RED, RED),
        ("wrong.png", lambda path: save(path, format="BMP"), RED, RED),
        ("ünï cödé 日本.png", lambda path: save(path), RED, RED),
    ],
)
def test_pictures_of_any_kind_are_read(tmp_path, capsys, name, write, left, right):
    write(tmp_path / name)
    shutil.copy(tmp_path / name, tmp_path / f"copy {name}")
    train, test = both(tmp_path, 4)
    assert len(train.labels) == len(test.labels) == 1
    assert train.pixels.equal(test.pixels)
    channels = 3 if isinstance(left, tuple) else 1
    assert train.pixels.shape == (1, channels, 4, 4)
    for half, color in (slice(0, 1), left), (slice(3, 4), right):
        distance = train.pixels[0, :, :, half].int() - torch.tensor(color).reshape(-1, 1, 1)
        assert distance.abs().max() <= (8 if "jpg" in name.lower() else 0)
    assert "skipped" not in capsys.readouterr().err


def test_a_folder_without_colour_has_one_channel(tmp_path):
    rng = np.random.default_rng(0)
    grey = rng.integers(256, size=(8, 8), dtype=np.uint8)
    Image.fromarray(grey).save(tmp_path / "a.png")
    Image.fromarray(grey).convert("RGB").save(tmp_path / "b.png")
    Image.fromarray(grey).convert("RGBA").save(tmp_path / "c.png")
    Image.fromarray(grey).convert("RGB").save(tmp_path / "d.jpg", quality=100)
    assert describe(f"folder:{tmp_path}", 8).shape == (1, 8, 8)
    train, test = both(tmp_path)
    assert train.pixels.shape == (3, 1, 8, 8)
    everything = torch.cat([train.pixels, test.pixels]).int()
    assert (everything - torch.from_numpy(grey).int()).abs().max() < 8
    save(tmp_path / "coloured" / "a.png")  # one pixel would do
    save(tmp_path / "coloured" / "b.png", WHITE)
    assert describe(f"folder:{tmp_path / 'coloured'}", 8).shape == (3, 8, 8)


def test_what_is_no_picture_is_skipped_and_listed(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(images, "MAX_BYTES", 20_000)
    shades(tmp_path / "good", 5)
    noise = np.random.default_rng(0).integers(256, size=(90, 90, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "good" / "large.png")
    Image.fromarray(noise[:40, :40]).save(tmp_path / "good" / "whole.jpg")
    whole = (tmp_path / "good" / "whole.jpg").read_bytes()
    skipped = {
        "text.png": b"this is no picture",
        "cut.jpg": whole[: len(whole) // 2],
        "header.jpg": whole[:200],
        "empty.png": b"",
        "notes.txt": b"",
        "labels.json": b"{}",
        "Thumbs.db": b"",
        ".DS_Store": b"",
        "LICENSE": b"do as you like",
        "drawing.svg": b"<svg/>",
        "phone.heic": b"....ftypheic",
    }
    for name, data in skipped.items():
        (tmp_path / "good" / name).write_bytes(data)
    save(tmp_path / "good" / "tiny.png", size=(3, 9))
    save(tmp_path / "good" / ".hidden" / "a.png")
    save(tmp_path / ".git" / "a.png")
    save(tmp_path / "beside.png")
    assert describe(f"folder:{tmp_path}", 8).classes == ("good",)
    train, test = both(tmp_path)
    assert len(train.labels) + len(test.labels) == 6
    lines = capsys.readouterr().err.split("\r")[-1].strip().splitlines()
    assert lines[0] == f"6 pictures read from {str(tmp_path)!r}."
    assert lines[1] == "16 skipped:"
    rest = "\n".join(lines[2:])
    for words in (
        "5 not a kind of picture that is read: 'good/Thumbs.db', 'good/drawing.svg'",
        "3 hidden: '.git', 'good/.DS_Store', 'good/.hidden'",
        "3 The file is not a picture that can be read: 'good/LICENSE', 'good/header.jpg', ",
        "1 The picture is damaged or cut short: 'good/cut.jpg'",
        "1 The file is empty: 'good/empty.png'",
        "use a smaller picture: 'good/large.png'",
        "1 The picture is 3 x 9 pixels; it needs at least 4 x 4: 'good/tiny.png'",
        "1 not in a sub-folder: 'beside.png'",
    ):
        assert words in rest
    assert len(lines) == 10


def test_the_list_of_what_is_skipped_is_short_and_safe_to_print(tmp_path, capsys):
    shades(tmp_path, 2)
    for i in range(300):
        (tmp_path / f"{i:03}.txt").touch()
    for side in range(1, 12):
        save(tmp_path / f"tiny{side}.png", size=(side, 2))
    (tmp_path / "a\x1b[31m\n.db").touch()
    both(tmp_path)
    lines = capsys.readouterr().err.split("\r")[-1].strip().splitlines()
    assert lines[1] == "312 skipped:"
    assert lines[2].startswith("  301 not a kind of picture that is read: '000.txt', ")
    assert lines[2].endswith(", ...")
    assert lines[-1] == "  and more, for other reasons"
    assert len(lines) == 11
    assert "\x1b[31m" not in "".join(lines)


def test_links_to_folders_are_not_followed(tmp_path, capsys):
    shades(tmp_path / "pictures", 3)
    save(tmp_path / "elsewhere" / "a.png")
    inside = tmp_path / "pictures"
    (inside / "linked").symlink_to(tmp_path / "elsewhere")
    (inside / "round").symlink_to(inside)
    (inside / "broken.png").symlink_to(tmp_path / "nowhere.png")
    (inside / "one.png").symlink_to(tmp_path / "elsewhere" / "a.png")
    os.mkfifo(inside / "pipe.png")
    (tmp_path / "way in").symlink_to(inside)
    train, test = both(tmp_path / "way in")
    assert len(train.labels) + len(test.labels) == 4
    told = capsys.readouterr().err
    assert "2 link to a folder: 'linked', 'round'" in told
    assert "2 not a file: 'broken.png', 'pipe.png'" in told


def test_a_folder_that_cannot_be_opened_is_skipped(tmp_path, capsys, monkeypatch):
    shades(tmp_path, 2)
    save(tmp_path / "closed" / "a.png")
    scandir = os.scandir

    def refuse(path):
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert [len(part.labels) for part in both(tmp_path)] == [1, 1]
    assert "1 folder that cannot be opened: 'closed'" in capsys.readouterr().err


def test_a_name_that_is_not_utf_8_becomes_one(tmp_path):
    try:
        save(tmp_path / os.fsdecode(b"caf\xe9") / "a.png")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    save(tmp_path / "café" / os.fsdecode(b"\xe9.png"))
    assert describe(f"folder:{tmp_path}").classes == ("café", "caf\N{REPLACEMENT CHARACTER}")


def test_a_home_folder_can_be_named_as_in_a_shell(tmp_path, monkeypatch):
    shades(tmp_path / "pictures", 2)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert describe("folder:~/pictures", 8).shape == (1, 8, 8)


@pytest.mark.parametrize("load", [describe, lambda name: load_images(name, False)])
def test_a_folder_that_cannot_be_used_says_why(tmp_path, load):
    def problem(path):
        with pytest.raises(DatasetError) as error:
            load(f"folder:{path}")
        assert repr(str(path)) in str(error.value)
        return str(error.value)

    for path in tmp_path / "missing", "", "~nobody-of-this-name/pictures", "a\0b":
        assert "does not exist: expected folder:PATH" in problem(path)
    assert "is not a folder" in problem(save(tmp_path / "picture.png"))
    assert "only one picture" in problem(tmp_path)
    (tmp_path / "empty" / "deep").mkdir(parents=True)
    assert "no picture that can be used" in problem(tmp_path / "empty")
    (tmp_path / "empty" / "deep" / "a.heic").write_bytes(b"....ftypheic")
    message = problem(tmp_path / "empty")
    assert images.ACCEPTED in message
    assert "1 not a kind of picture that is read: 'deep/a.heic'" in message


def test_labels_fit_in_a_byte(tmp_path):
    first = save(tmp_path / "000" / "a.png", size=(4, 4))
    for i in range(1, 256):
        (tmp_path / f"{i:03}").mkdir()
        shutil.copy(first, tmp_path / f"{i:03}")
    assert len(describe(f"folder:{tmp_path}", 4).classes) == 256
    save(tmp_path / "256" / "a.png")
    with pytest.raises(DatasetError, match=r"257 sub-folders of pictures.* at most 256"):
        describe(f"folder:{tmp_path}", 5)


def test_a_size_below_one_is_refused(tmp_path):
    shades(tmp_path, 2)
    for size in 0, -3:
        with pytest.raises(DatasetError, match=f"size {size}"):
            describe(f"folder:{tmp_path}", size)
    assert load_images(f"folder:{tmp_path}", True, size=1).pixels.shape == (1, 1, 1, 1)


def parts_of(folder):
    """Which shades are for training and which for testing, with their classes."""
    classes = describe(f"folder:{folder}", 8).classes
    return [
        {int(x[0, 0, 0]): classes[label] if classes else "" for x, label in zip(*part, strict=True)}
        for part in both(folder)
    ]


def test_folders_named_train_and_test_are_the_parts_and_not_classes(tmp_path, capsys):
    for shade, place in enumerate(["train/b", "train/a", "Test/a", "Test/c", "val/a", "train/b"]):
        save(tmp_path / place / f"{shade}.png", (shade,) * 3)
    save(tmp_path / "stray.png", (99,) * 3)
    assert parts_of(tmp_path) == [{0: "b", 1: "a", 5: "b"}, {2: "a", 3: "c"}]
    lines = capsys.readouterr().err
    assert "1 for validation, beside others for testing: 'val/a/4.png'" in lines
    assert "1 not in a sub-folder: 'stray.png'" in lines


def test_a_part_for_validation_alone_is_for_testing(tmp_path):
    shades(tmp_path / "training", 3)
    save(tmp_path / "valid" / "a.png", (77,) * 3)
    assert parts_of(tmp_path) == [{0: "", 1: "", 2: ""}, {77: ""}]


def test_a_part_for_training_alone_gives_a_tenth(tmp_path):
    shades(tmp_path / "train", 20)
    train, test = parts_of(tmp_path)
    assert (len(train), len(test)) == (18, 2)
    assert {*train.values(), *test.values()} == {""}


def test_a_class_of_trains_stays_a_class(tmp_path):
    for name in "train", "car", "test":
        shades(tmp_path / name, 2)
    assert describe(f"folder:{tmp_path}", 8).classes == ("car", "test", "train")


def test_a_part_for_training_without_pictures_is_refused(tmp_path):
    shades(tmp_path / "test", 3)
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "broken.png").write_bytes(b"no picture")
    with pytest.raises(DatasetError, match="no picture for training"):
        describe(f"folder:{tmp_path}", 8)


def test_a_folder_that_changed_is_read_again(tmp_path):
    shades(tmp_path, 4)
    assert [len(part.labels) for part in both(tmp_path)] == [3, 1]
    save(tmp_path / "new.png")
    assert [len(part.labels) for part in both(tmp_path)] == [4, 1]


def test_files_called_avif_are_tried(tmp_path):
    for name in "a.avif", "b.AVIF":
        save(tmp_path / name, format="PNG")
    assert describe(f"folder:{tmp_path}", 8).shape == (3, 8, 8)
