"""A ZIP of pictures that somebody uploaded, unpacked with care.

Nothing in it decides where a file goes: each gets a folder of its class and a number for a name.
"""

import re
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

MOST_BYTES = 200 * 1024**2  # of the archive
MOST_UNPACKED = 1024 * 1024**2  # of all its files
MOST_PICTURE = 10 * 1024**2  # of one file, as vae_core.images has it
MOST_FILES = 20_000
MOST_CLASSES = 256
PICTURE = re.compile(r"\.(png|jpe?g|webp|gif|bmp|avif|tiff?)$", re.IGNORECASE)
IGNORED = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
SAFE = re.compile(r"[^\w -]")  # what is left out of the name of a class
ACCEPTED = "Send a ZIP with a folder of pictures for each class, or with pictures alone."
CHUNK = 2**20


class ArchiveError(ValueError):
    """An archive that is not unpacked; the message says why, and what is accepted."""


def unpack(archive: Path, target: Path) -> dict[str, int]:
    """Unpack the pictures of a ZIP.

    Args:
        archive: the file.
        target: a folder that is empty or not there yet: target/CLASS/NUMBER.SUFFIX.
    Returns:
        How many pictures there are of each class; of those without a folder, "".
    Raises:
        ArchiveError: it is no ZIP, is damaged or encrypted, leads elsewhere, or is too large.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [entry for entry in opened.infolist() if _counts(entry)]
            _check(entries)
            found: dict[str, int] = {}
            labels: dict[str, str] = {}  # of the folders
            left = MOST_UNPACKED
            for number, entry in enumerate(entries):
                label = _label(PurePosixPath(entry.filename).parent.name, labels)
                folder = target / label
                folder.mkdir(parents=True, exist_ok=True)
                suffix = PurePosixPath(entry.filename).suffix.lower()
                left -= _write(opened, entry, folder / f"{number}{suffix}", left)
                found[label] = found.get(label, 0) + 1
    except ArchiveError:
        raise
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError) as error:
        raise ArchiveError(f"The file is no ZIP that can be read ({error}). {ACCEPTED}") from error
    if not found:
        raise ArchiveError(f"There are no pictures in the ZIP. {ACCEPTED}")
    if len(found) > MOST_CLASSES:
        raise ArchiveError(
            f"There are {len(found)} folders in the ZIP; at most {MOST_CLASSES} are."
        )
    return found


def _label(folder: str, known: dict[str, str]) -> str:
    """A name for a class that is safe on any disk, and another one for each folder."""
    if folder not in known:
        label = SAFE.sub("", folder)[:40].strip() or ("class" if folder else "")
        taken = label in known.values()
        known[folder] = f"{label} {len(known) + 1}" if taken else label
    return known[folder]


def _counts(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts
    return not entry.is_dir() and not any(
        part in IGNORED or part.startswith("._") for part in parts
    )


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_FILES:
        raise ArchiveError(f"There are more than {MOST_FILES:,} files in the ZIP.")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise ArchiveError("The files in the ZIP are larger than 1 GB together.")
    for entry in entries:
        path, shown = PurePosixPath(entry.filename), repr(entry.filename[:80])
        odd = path.is_absolute() or ".." in path.parts or re.search(r"[\\:\0]", entry.filename)
        if odd or not path.name:
            raise ArchiveError(f"The ZIP holds {shown}, a name that leads elsewhere. {ACCEPTED}")
        mode = entry.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise ArchiveError(f"The ZIP holds {shown}, which is a link and no picture. {ACCEPTED}")
        if entry.flag_bits & 1:
            raise ArchiveError(f"The ZIP is encrypted. {ACCEPTED}")
        if not PICTURE.search(path.name):
            raise ArchiveError(f"The ZIP holds {shown}, which is no picture. {ACCEPTED}")
        if entry.file_size > MOST_PICTURE:
            raise ArchiveError(f"{shown} in the ZIP is larger than 10 MB.")


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, left: int) -> int:
    """Write a file, at most as long as it says and as there is room; its length."""
    most, length = min(entry.file_size, left), 0
    with opened.open(entry) as source, path.open("wb") as file:
        while part := source.read(CHUNK):
            length += len(part)
            if length > most:
                raise ArchiveError("A file in the ZIP is larger than it says.")
            file.write(part)
    return length
