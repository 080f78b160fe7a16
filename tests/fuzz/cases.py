"""What a case is, and what is wrong with its answer: an error, its time, or its memory."""

import os
import re
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SECONDS = 2.0  # of computing, for one answer
GROWTH = 300 * 1024**2  # bytes of memory, at the highest, for one answer
LONGEST_SENTENCE = 400  # characters; a folder's path may be in it


@dataclass(frozen=True)
class Case:
    """One thing to try.

    Args:
        words: what it is, for whoever reads that it failed.
        ask: try it. An answer that is wrong raises any error.
        process: which computes the answer, and is measured.
        kept: bytes that the first such answer may leave in the process beside, for the next ones.
    """

    words: str
    ask: Callable[[], None]
    process: int = os.getpid()
    kept: int = 0


def complaint(case: Case) -> str:
    """What is wrong with the answer to a case, empty if nothing is.

    An answer that is slow, or leaves more in memory, is asked for once more: the first of a model
    prepares those that follow.
    """
    for kept in (case.kept, 0):
        before, start = _peak_from_now(case.process), _computed(case.process)
        try:
            case.ask()
        except Exception:
            return traceback.format_exc(limit=-12)
        growth = (_highest(case.process) - before) if before else 0
        seconds = _computed(case.process) - start
        if growth > GROWTH + kept:
            break
        if growth <= GROWTH and seconds < SECONDS:
            return ""
    return f"it took {seconds:.1f} s and {growth / 1024**2:.0f} MB of memory"


def check_sentence(message: object) -> None:
    """An error's message: one short sentence or two, nothing from inside Python.

    Raises:
        AssertionError: it is something else.
    """
    assert isinstance(message, str), f"no sentence: {message!r}"
    assert re.search(r"\w.*[\w.)…'\"]$", message), f"no sentence: {message!r}"
    assert "\n" not in message, f"several lines: {message!r}"
    assert "Traceback" not in message, f"not for people: {message!r}"
    assert len(message) < LONGEST_SENTENCE, f"{len(message)} characters: {message[:500]!r}"
    message.encode()  # else it cannot be sent


def _computed(process: int) -> float:
    """Seconds that a process has computed, which other processes do not lengthen."""
    if process == os.getpid():
        return time.process_time()
    stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _peak_from_now(process: int) -> int:
    """Let the highest memory be counted from now on; the bytes there are now, 0 if unknown."""
    folder = Path(f"/proc/{process}")
    try:
        (folder / "clear_refs").write_text("5")
        return int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # another system than Linux
        return 0


def _highest(process: int) -> int:
    found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) * 1024 if found else 0
