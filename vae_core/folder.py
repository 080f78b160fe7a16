"""A folder of a person's own pictures: which files are read, and their labels."""

import os
import sys
import warnings
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from vae_core import images

MAX_CLASSES = 256  # a label is stored in a byte
COLOUR = 8  # levels of 255 by which two channels of a grey picture may differ, after compression
SUFFIXES = "png apng jpg jpeg jpe jfif gif webp avif bmp dib tif tiff ppm pgm pbm pnm"
PICTURE_SUFFIXES = ("", *(f".{suffix}" for suffix in SUFFIXES.split()))


PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
PARTS |= dict.fromkeys(("val", "valid", "validation"), "val")  # names of the parts of a dataset


class FolderError(RuntimeError):
    """A folder that cannot be used; the message says why, and what is expected."""


class Pictures(NamedTuple):
    """The pictures of a folder, all of one size."""

    pixels: Tensor  # (n, C, H, W) uint8; one channel if all of them are grey
    labels: Tensor  # (n,) int64; all 0 without sub-folders
    classes: tuple[str, ...]  # the sub-folders that hold pictures, by label
    test: Tensor | None  # (n,) bool, those in a folder for testing; None without such


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


def last_change(root: str) -> int:
    """A number that is another one after files of a folder were added, removed or written."""
    paths, _ = _find_files(root)
    states = [(path, os.stat(os.path.join(root, path), follow_symlinks=False)) for path in paths]
    return hash(tuple((path, state.st_size, state.st_mtime_ns) for path, state in states))


def read_folder(root: str, size: int) -> Pictures:
    """Read every picture below a folder; what is skipped is listed on stderr.

    The sub-folders that hold pictures are the labels, in the order of their names; without such,
    pictures have none. If `train` is among them and all others are called `test` or `val` (or
    `training`, `testing`, `valid`, `validation`), they are the parts of a dataset and not labels:
    labels are their own sub-folders. Where there is a part for testing, that for validation is left
    out.

    Args:
        root: the folder.
        size: height and width of the images, which are cut from the middle of the pictures.
    Raises:
        FolderError: a size below 1, too many labels, or not at least two pictures, one of them for
            training.
    """
    if size < 1:
        raise FolderError(f"size {size}: expected at least 1 pixel")
    paths, skipped = _find_files(root)
    depth, testing = _find_parts(paths, skipped)

    def label_of(path: str) -> str:
        folders = path.split("/")[depth:-1]
        return folders[0] if folders else ""

    labelled = sorted((label_of(path), path) for path in paths if label_of(path))
    loose = [path for path in paths if not label_of(path)]
    count = len({label for label, _ in labelled})
    if count > MAX_CLASSES:
        raise FolderError(
            f"{root!r} has {count} sub-folders of pictures, each of which is a label: "
            f"expected at most {MAX_CLASSES}"
        )
    total = len(labelled) or len(loose)
    with tqdm(desc="Reading pictures", total=total, leave=False) as bar, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong with a picture is listed, if it matters
        usable = _read_pictures(root, [path for _, path in labelled], size, skipped, bar)
        if usable and loose:
            skipped["not in a sub-folder"] += loose
        elif not usable:
            usable = _read_pictures(root, sorted(loose), size, skipped, bar)
    names = sorted({label_of(path) for path in usable})
    held_out = [path.split("/")[0] in testing for path in usable]
    report = _list_skipped(skipped)
    if len(usable) < 2 or all(held_out):
        problem = "only one picture" if len(usable) == 1 else "no picture"
        problem = "no picture for training" if len(usable) > 1 else problem
        raise FolderError(
            f"{root!r} holds {problem} that can be used: "
            f"expected at least two, one of them for testing. {images.ACCEPTED}{report}"
        )
    if report:
        print(f"{len(usable)} pictures read from {root!r}.{report}", file=sys.stderr)
    pixels = list(usable.values())
    if not any(_is_coloured(image) for image in pixels):
        pixels = [image[1:2] for image in pixels]  # green is nearest to how bright a colour looks
    return Pictures(
        torch.stack(pixels),
        torch.tensor([names.index(label_of(path)) for path in usable], device="cpu"),
        # A name that is not UTF-8 could not be saved with the model.
        tuple(os.fsencode(name).decode("utf-8", "replace") for name in names if name),
        torch.tensor(held_out, device="cpu") if any(held_out) else None,
    )


def _find_files(root: str) -> tuple[list[str], dict[str, list[str]]]:
    """The files of a folder that may be pictures, as sorted paths below it with forward slashes.

    Returns:
        the paths, and those of what else there is, by reason.
    """
    paths: list[str] = []
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
                paths.append(path)
    return sorted(paths), skipped


def _find_parts(paths: list[str], skipped: dict[str, list[str]]) -> tuple[int, set[str]]:
    """Whether sub-folders are the parts of a dataset; what is for neither of two is skipped.

    Returns:
        how many folders of a path are above its label, and the names of those for testing.
    """
    parts = {path.split("/")[0] for path in paths if "/" in path}
    known = {name: PARTS.get(name.lower()) for name in parts}
    if None in known.values() or "train" not in known.values():
        return 0, set()
    testing = {name for name in parts if known[name] == "test"}
    validation = {name for name in parts if known[name] == "val"}
    reasons = {"": "not in a sub-folder"}  # by what a path begins with
    if testing:
        reasons |= dict.fromkeys(validation, "for validation, beside others for testing")
    kept: list[str] = []
    for path in paths:
        first = path.partition("/")[0] if "/" in path else ""
        (skipped[reasons[first]] if first in reasons else kept).append(path)
    paths[:] = kept
    return 1, testing or validation


def _read_pictures(
    root: str, paths: list[str], size: int, skipped: dict[str, list[str]], bar: "tqdm[Any]"
) -> dict[str, Tensor]:
    """The pictures that can be read, (3, size, size) uint8, by path; the others are skipped."""
    usable = {}
    frame = _Frame((3, size, size), "photo")
    for path in paths:
        bar.update()
        try:
            image = images.prepare(Path(root, path), frame)[0].numpy()
        except images.PictureError as error:
            skipped[str(error).removesuffix(images.ACCEPTED).strip(" .")].append(path)
        else:  # not rounded by torch, whose threads cost more than they gain on one image
            usable[path] = torch.from_numpy(np.rint(image * 255).astype(np.uint8))
    return usable


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
