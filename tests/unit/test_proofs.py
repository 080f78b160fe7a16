"""Proofs run again when, and only when, something that they depend on has changed."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import proofs

FILES = {"test_it.py": "", "weights/one.txt": "1", "weights/two.txt": "2", "core/deep/a.py": ""}
PATTERNS = ("weights/{name}.txt", "core/**/*.py")

Run = Callable[..., set[str]]


class Item:
    """As much of a test, with a proof or without, as tests/proofs.py looks at."""

    def __init__(self, name: str, *patterns: str) -> None:
        self.nodeid = f"test_it.py::test_it[{name}]"
        self.path = proofs.ROOT / "test_it.py"
        self.callspec = SimpleNamespace(params={"name": name})
        self.marker = SimpleNamespace(args=patterns) if patterns else None
        self.user_properties: list[tuple[str, object]] = []
        self.skipped = False

    def get_closest_marker(self, name: str) -> object:
        return self.marker if name == "proof" else None

    def add_marker(self, mark: pytest.MarkDecorator) -> None:
        self.skipped |= mark.name == "skip"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A session of two proofs and another test: the names of those that ran."""
    monkeypatch.setattr(proofs, "ROOT", tmp_path)
    monkeypatch.setattr(proofs, "TABLE", tmp_path / "proofs.json")
    for name, content in FILES.items():
        write(tmp_path / name, content)

    def session(prove: bool = False, fails: Iterable[str] = ()) -> set[str]:
        proofs.hash_of.cache_clear()
        config: Any = SimpleNamespace(getoption={"prove": prove}.get)
        items: list[Any] = [Item("one", *PATTERNS), Item("two", *PATTERNS), Item("no proof")]
        proofs.pytest_collection_modifyitems(config, items)
        names = {item.callspec.params["name"]: item for item in items if not item.skipped}
        table = proofs.Table()
        for name, item in names.items():
            for when in ("setup", "call", "teardown"):
                passed = when != "call" or name not in fails
                report: Any = SimpleNamespace(
                    nodeid=item.nodeid,
                    when=when,
                    passed=passed,
                    user_properties=item.user_properties,
                )
                table.pytest_runtest_logreport(report)
        if prove:
            table.pytest_sessionfinish()
        return set(names)

    return session


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


ALL = {"one", "two", "no proof"}


def test_what_passed_is_kept_only_if_that_is_asked_for(run: Run) -> None:
    assert run() == run() == ALL
    assert run(prove=True) == ALL
    assert set(json.loads(proofs.TABLE.read_text())) == {
        "test_it.py::test_it[one]",
        "test_it.py::test_it[two]",
    }
    assert run() == {"no proof"}
    assert run(prove=True) == ALL


@pytest.mark.parametrize(
    ("name", "content", "again"),
    [
        ("weights/one.txt", "3", {"one"}),
        ("core/deep/a.py", "x = 1", {"one", "two"}),
        ("core/new.py", "", {"one", "two"}),
        ("test_it.py", "x = 1", {"one", "two"}),
        ("elsewhere.txt", "", set()),
    ],
)
def test_what_has_changed_is_proved_again(
    run: Run, name: str, content: str, again: set[str]
) -> None:
    run(prove=True)
    write(proofs.ROOT / name, content)
    assert run() == run() == {"no proof", *again}


def test_another_torch_proves_all_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run(prove=True)
    monkeypatch.setattr(proofs, "version", lambda library: "0")
    assert run() == ALL


def test_what_fails_is_no_longer_proved(run: Run) -> None:
    run(prove=True)
    write(proofs.ROOT / "weights/one.txt", "wrong")
    assert run(fails={"one"}) == {"one", "no proof"}
    run(prove=True, fails={"one"})
    write(proofs.ROOT / "weights/one.txt", FILES["weights/one.txt"])
    assert run() == {"one", "no proof"}


def test_a_pattern_of_no_file_is_an_error(run: Run) -> None:
    (proofs.ROOT / "weights/two.txt").unlink()
    with pytest.raises(pytest.UsageError, match=r"two.*: no file matches 'weights/\{name\}\.txt'"):
        run()
