"""ZIPs that somebody uploads: what is unpacked, where to, and what is refused."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import ui.archives
from ui.archives import ArchiveError, unpack


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (8, 8), 90).save(buffer, "PNG")
    return buffer.getvalue()


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_pictures_go_into_folders_of_their_classes(tmp_path: Path) -> None:
    """Their own names are not used; what systems leave beside them is passed over."""
    files = {"signs/a b/1.PNG": picture(), "signs/a b/2.png": picture(), "signs/c/1.png": picture()}
    litter = {
        "__MACOSX/signs/a b/._1.png": b"x",
        "signs/.DS_Store": b"x",
        "signs/c/Thumbs.db": b"x",
    }
    found = unpack(zipped(tmp_path / "x.zip", files | litter), tmp_path / "out")
    assert found == {"a b": 2, "c": 1}
    written = sorted(
        path.relative_to(tmp_path / "out").as_posix() for path in tmp_path.glob("out/*/*")
    )
    assert written == ["a b/0.png", "a b/1.png", "c/2.png"]
    assert (tmp_path / "out/c/2.png").read_bytes() == picture()


def test_pictures_without_folders_have_no_class(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "x.zip", {"1.png": picture(), "2.jpg": picture()})
    assert unpack(archive, tmp_path / "out") == {"": 2}


def linked(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("a/1.png")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return path


def encrypted(path: Path) -> Path:
    content = bytearray(zipped(path, {"1.png": picture()}).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    return path


def lying(path: Path) -> Path:
    """A megabyte of zeros that says it has ten bytes."""
    content = bytearray(zipped(path, {"1.png": bytes(10**6)}).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", content, content.index(signature) + offset, 10)
    path.write_bytes(content)
    return path


def cut(path: Path) -> Path:
    content = zipped(path, {"1.png": picture()}).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: zipped(path, {"../1.png": picture()}), "leads elsewhere"),
        (lambda path: zipped(path, {"/etc/1.png": picture()}), "leads elsewhere"),
        (lambda path: zipped(path, {"c:/1.png": picture()}), "leads elsewhere"),
        (linked, "is a link"),
        (encrypted, "encrypted"),
        (lying, "ZIP"),
        (cut, "no ZIP that can be read"),
        (lambda path: zipped(path, {"run.sh": b"rm"}), "no picture"),
        (lambda path: zipped(path, {"inner.zip": b"PK"}), "no picture"),
        (lambda path: zipped(path, {"1.png": bytes(11 * 1024**2)}), "larger than 10 MB"),
        (lambda path: zipped(path, {}), "no pictures"),
        (lambda path: zipped(path, {f"{k}/1.png": b"x" for k in range(300)}), "at most 256"),
    ],
)
def test_others_are_refused_with_a_sentence(
    tmp_path: Path, make: Callable[[Path], Path], sentence: str
) -> None:
    with pytest.raises(ArchiveError, match=sentence):
        unpack(make(tmp_path / "x.zip"), tmp_path / "out")
    outside = {path for path in tmp_path.iterdir() if path.name not in ("x.zip", "out")}
    assert not outside


def test_more_than_there_is_room_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = zipped(tmp_path / "x.zip", {f"{k}.png": picture() for k in range(5)})
    monkeypatch.setattr(ui.archives, "MOST_UNPACKED", 4 * len(picture()))
    with pytest.raises(ArchiveError, match="1 GB"):
        unpack(archive, tmp_path / "out")
    monkeypatch.setattr(ui.archives, "MOST_FILES", 4)
    with pytest.raises(ArchiveError, match="more than 4 files"):
        unpack(archive, tmp_path / "out")


def test_a_damaged_picture_is_refused_with_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "damaged.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/1.bmp", bytes(range(256)) * 40)
    data = bytearray(path.read_bytes())
    data[37:60] = b"\xff" * 23  # no block of this kind exists
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match="no ZIP that can be read"):
        unpack(path, tmp_path / "out")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a/readme.txt", b"x")
    with pytest.raises(ArchiveError, match="which is no picture") as refused:
        unpack(path, tmp_path / "out")
    assert "can be read" not in str(refused.value)


def test_two_folders_are_two_classes_whatever_their_names(tmp_path: Path) -> None:
    path = tmp_path / "classes.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name in ("C/1.png", "C++/2.png", "+/3.png", "C/._1.png"):
            file.writestr(name, b"x")
    assert unpack(path, tmp_path / "out") == {"C": 1, "C 2": 1, "class": 1}
