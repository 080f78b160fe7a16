"""Two thousand cases, and that the fuzzer sees what it looks for."""

import subprocess
import sys

import numpy as np
import pytest

from tests.fuzz.cases import GROWTH, Case, check_sentence, complaint
from tests.fuzz.worker import TARGETS, make, target_of
from tests.live import ROOT


@pytest.mark.slow
@pytest.mark.proof(
    "app.py", "ui/**/*.py", "vae_core/**/*.py", "tests/fuzz/*.py", "weights/*/config.json"
)
def test_two_thousand_cases_are_answered() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "2000"]
    tried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert tried.returncode == 0, tried.stdout[-5000:] + tried.stderr[-3000:]
    assert "1000 pictures, 400 models, 400 endpoints, 200 http: 0 failed" in tried.stdout


def test_a_case_follows_from_its_seed_and_index() -> None:
    for target in ("pictures", "models"):
        assert make(target, 1, 7).words == make(target, 1, 7).words != make(target, 1, 8).words
    assert {target_of(index) for index in range(10)} == TARGETS.keys()


def fail() -> None:
    raise KeyError("x")


def allocate() -> None:
    assert np.ones(GROWTH // 4).sum()  # twice as much: the system may take old pages back meanwhile


def compute() -> None:
    sum(range(3_000_000))


def test_an_unexpected_error_is_seen() -> None:
    assert "KeyError: 'x'" in complaint(Case("", fail))


@pytest.mark.skipif(sys.platform != "linux", reason="the memory is read from /proc")
def test_too_much_memory_is_seen() -> None:
    assert "MB of memory" in complaint(Case("", allocate))
    assert "MB of memory" in complaint(Case("", allocate, kept=2 * GROWTH))  # of the second as well


def test_a_slow_answer_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not complaint(Case("", compute))
    monkeypatch.setattr("tests.fuzz.cases.SECONDS", 0.001)
    assert complaint(Case("", compute)).startswith("it took 0.")


@pytest.mark.parametrize("message", [None, "", "a\nb", "x" * 500, "Traceback: x", "\ud800.", "…?("])
def test_what_is_no_sentence_is_seen(message: object) -> None:
    check_sentence("The picture is 1 x 1 pixels; it needs at least 4 x 4.")
    with pytest.raises((AssertionError, UnicodeEncodeError)):
        check_sentence(message)
