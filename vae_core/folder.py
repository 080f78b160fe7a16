"""A folder of a person's own pictures: which files are read, and their labels."""

import os
import sys
import warnings
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from vae_core import images

MAX_CLASSES = 256  # a label is stored in a byte
COLOUR = 8  # levels of 255 by which two channels of a grey picture may differ, after compression
SUFFIXES = "png apng jpg jpeg jpe jfif gif webp avif bmp dib tif tiff ppm pgm pbm pnm"
PICTURE_SUFFIXES = ("", *(f".{suffix}" for suffix in SUFFIXES.split()))


class FolderError(RuntimeError):
    """A folder that cannot be used; the message says why, and what is expected."""


class Pictures(NamedTuple):
    """The pictures of a folder, all of one size."""

    pixels: Tensor  # (n, C, H, W) uint8; one channel if all of them are grey
    labels: Tensor  # (n,) int64; all 0 without sub-folders
    classes: tuple[str, ...]  # the sub-folders that hold pictures, by label


class _Frame(NamedTuple):
    shape: tuple[int, int, int]
    preparation: str


def find_folder(path: str) -> str:
    """The real path of a folder.

    Args:
        path: as a person writes it; ~ is the home folder.
    Raises:
        FolderError: there is no such folder.
    """
    expanded = os.path.expanduser(path)
    if not os.path.isdir(expanded):
        problem = "is not a folder" if os.path.exists(expanded) else "does not exist"
        raise FolderError(
            f"{path!r} {problem}: expected folder:PATH, where PATH is a folder of "
            "pictures, or of sub-folders of pictures whose names are the labels"
        )
    return os.path.realpath(expanded)


def read_folder(root: str, size: int) -> Pictures:
    """Read every picture below a folder; what is skipped is listed on stderr.

    Args:
        root: the folder. Its sub-folders that hold pictures are the labels, in the order of their
            names; without such, the pictures in it have none.
        size: height and width of the images, which are cut from the middle of the pictures.
    Raises:
        FolderError: not at least two pictures in it.
    """
    if size < 1:
        raise FolderError(f"size {size}: expected at least 1 pixel")
    frame = _Frame((3, size, size), "photo")
    found, skipped = _find_pictures(root)
    loose = found.pop("", [])
    if len(found) > MAX_CLASSES:
        raise FolderError(
            f"{root!r} has {len(found)} sub-folders of pictures, each of which is a label: "
            f"expected at most {MAX_CLASSES}"
        )

    def read(paths: list[str]) -> list[Tensor]:
        usable = []
        for path in paths:
            bar.update()
            try:
                image = images.prepare(Path(root, path), frame)[0].numpy()
            except images.PictureError as error:
                skipped[str(error).removesuffix(images.ACCEPTED).strip(" .")].append(path)
            else:  # not rounded by torch, whose threads cost more than they gain on one image
                usable.append(torch.from_numpy(np.rint(image * 255).astype(np.uint8)))
        return usable

    total = sum(map(len, found.values())) or len(loose)
    bar = tqdm(desc="Reading pictures", total=total, leave=False)
    with bar, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong with a picture is listed, if it matters
        by_class = {folder: read(found[folder]) for folder in sorted(found)}
        by_class = {folder: of_class for folder, of_class in by_class.items() if of_class}
        if not by_class:
            by_class = {"": read(loose)}
        elif loose:
            skipped["not in a sub-folder"] = loose
    pixels = [image for of_class in by_class.values() for image in of_class]
    labels = [label for label, of_class in enumerate(by_class.values()) for _ in of_class]
    report = _list_skipped(skipped)
    if len(pixels) < 2:
        raise FolderError(
            f"{root!r} holds {'only one picture' if pixels else 'no picture'} that can be used: "
            f"expected at least two, one of them for testing. {images.ACCEPTED}{report}"
        )
    if report:
        print(f"{len(pixels)} pictures read from {root!r}.{report}", file=sys.stderr)
    if not any(_is_coloured(image) for image in pixels):
        pixels = [image[1:2] for image in pixels]  # green is nearest to how bright a colour looks
    # A name that is not UTF-8 could not be saved with the model.
    classes = tuple(os.fsencode(name).decode("utf-8", "replace") for name in by_class if name)
    return Pictures(torch.stack(pixels), torch.tensor(labels, dtype=torch.int64), classes)


def _find_pictures(root: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The files of a folder that may be pictures, as sorted paths below it with forward slashes.

    Returns:
        by folder of the first level ("" for none), and, of what else there is, by reason.
    """
    found: dict[str, list[str]] = defaultdict(list)
    skipped: dict[str, list[str]] = defaultdict(list)

    def skip_folder(error: OSError) -> None:
        skipped["folder that cannot be opened"].append(os.path.relpath(error.filename, root))

    for parent, folders, files in os.walk(root, onerror=skip_folder):
        below = Path(parent).relative_to(root)
        entered = []
        for name in folders:
            path = (below / name).as_posix()
            if name.startswith("."):
                skipped["hidden"].append(path)
            elif os.path.islink(os.path.join(parent, name)):
                skipped["link to a folder"].append(path)
            else:
                entered.append(name)
        folders[:] = entered
        for name in files:
            path = (below / name).as_posix()
            if name.startswith("."):
                skipped["hidden"].append(path)
            elif Path(name).suffix.lower() not in PICTURE_SUFFIXES:
                skipped["not a kind of picture that is read"].append(path)
            elif not os.path.isfile(os.path.join(parent, name)):
                skipped["not a file"].append(path)  # but a broken link or a pipe
            else:
                found[below.parts[0] if below.parts else ""].append(path)
    return {folder: sorted(paths) for folder, paths in found.items()}, skipped


def _is_coloured(image: Tensor) -> bool:
    """Whether (3, H, W) bytes are anything but shades of grey."""
    spread = image.amax(0) - image.amin(0)
    return bool((spread > COLOUR).any())


def _list_skipped(skipped: Mapping[str, list[str]]) -> str:
    """The lines that say what was skipped, the most frequent reasons first; none if nothing was."""
    reasons = sorted(skipped, key=lambda reason: (-len(skipped[reason]), reason))
    lines = [f"\n{sum(map(len, skipped.values()))} skipped:"] if reasons else []
    for reason in reasons[:8]:
        paths = sorted(skipped[reason])
        more = ", ..." if len(paths) > 5 else ""
        lines.append(f"\n  {len(paths)} {reason}: {', '.join(map(repr, paths[:5]))}{more}")
    if len(reasons) > 8:
        lines.append("\n  and more, for other reasons")
    return "".join(lines)
