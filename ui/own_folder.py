"""The one folder that a running lab writes to, which is gone when the lab is.

A lab that is killed cannot tidy up. So each holds a lock on a file in its folder, which the
operating system releases however the process ends, and each that starts deletes the folders whose
locks are free.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "latent-lab-"
LOCK = "running.lock"


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that Python's `tempfile` and, in a part that it serves, Gradio write to.

    It lies in $GRADIO_TEMP_DIR if that is set, else where temporary files do. What labs that were
    killed have left there is deleted, and this one at the end of the block.
    """
    chosen, default = os.environ.get("GRADIO_TEMP_DIR"), tempfile.tempdir
    parent = Path(chosen or tempfile.gettempdir()).absolute()
    parent.mkdir(parents=True, exist_ok=True)
    delete_left_behind(parent)
    folder, lock = _make_locked(parent)
    os.environ["GRADIO_TEMP_DIR"] = str(folder / "served")
    tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = default
        os.environ.pop("GRADIO_TEMP_DIR")
        if chosen:
            os.environ["GRADIO_TEMP_DIR"] = chosen
        _delete(folder, lock)


def delete_left_behind(parent: Path) -> None:
    """Delete the folders in `parent` of labs that have ended without doing so."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            lock = os.open(folder / LOCK, os.O_RDWR)
        except OSError:  # it is just being made, or somebody else's
            continue
        if _lock(lock):
            _delete(folder, lock)
        else:
            os.close(lock)


def _make_locked(parent: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT)
        # Another lab may have found it free in between, and deleted it.
        if _lock(lock) and (folder / LOCK).exists():
            return folder, lock
        os.close(lock)


def _lock(file: int) -> bool:
    """Lock a file, unless another process has; the lock goes when the file is closed."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _delete(folder: Path, lock: int) -> None:
    if sys.platform == "win32":  # where an open file cannot be deleted
        os.close(lock)
    for _ in range(3):  # requests that are just being answered may write meanwhile
        shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)
