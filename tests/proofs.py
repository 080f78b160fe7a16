"""Tests of shipped files run again only when something that they depend on has changed.

    @pytest.mark.proof("weights/{name}/*.[js]*", *CORE)

names what a test depends on besides its own file: patterns relative to the repository, in which
{name} is that argument of a parametrized test. (Here: all numbers of a model, which are .json and
.safetensors, but not its card. The published datasets do not change.)
`proofs.json` has the hash of all that for each test that has passed. As long as the hash is the
same the test is skipped, and the reason is reported.

`python -m pytest --prove` runs all of them, whatever has changed, and brings the table up to date;
with `-m proof` it runs nothing else.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TABLE = Path(__file__).with_name("proofs.json")
CORE = ("vae_core/*.py", "vae_core/exact/*.py")  # all of the library but training and evaluation
LIBRARY = ("vae_core/**/*.py", "tests/conftest.py")  # all of it
# What computes with them.
LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn", "pillow", "accelerate", "gradio")
UNCHANGED = "nothing that it depends on has changed since it passed: see tests/proofs.py"
HASH = "proof"  # of a report's properties, which pytest-xdist carries from process to process


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--prove", action="store_true", help="run every proof, and keep in proofs.json what passed"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "proof(*files): see tests/proofs.py")
    if config.getoption("prove") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Table())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    proved = read_table()
    for item in items:
        marker = item.get_closest_marker("proof")
        if not marker:
            continue
        now = hash_of(files_of(item, marker.args))
        item.user_properties.append((HASH, now))
        if proved.get(item.nodeid) == now and not config.getoption("prove"):
            item.add_marker(pytest.mark.skip(reason=UNCHANGED))


class Table:
    """Writes down which proofs passed."""

    def __init__(self) -> None:
        self.proved = read_table()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        now = dict(report.user_properties).get(HASH)
        if now and report.passed and report.when == "call":
            self.proved[report.nodeid] = str(now)
        elif now and not report.passed:
            self.proved.pop(report.nodeid, None)

    def pytest_sessionfinish(self) -> None:
        TABLE.write_text(json.dumps(self.proved, indent=1, sort_keys=True) + "\n", "utf-8")


def read_table() -> dict[str, str]:
    """By the test's name: the hash of what it depended on when it passed."""
    return json.loads(TABLE.read_text("utf-8")) if TABLE.exists() else {}


def files_of(item: pytest.Item, patterns: Sequence[str]) -> tuple[Path, ...]:
    arguments = item.callspec.params if hasattr(item, "callspec") else {}
    found = {item.path}
    for pattern in patterns:
        matching = [path for path in ROOT.glob(pattern.format(**arguments)) if path.is_file()]
        if not matching:
            raise pytest.UsageError(f"{item.nodeid}: no file matches {pattern!r}")
        found.update(matching)
    return tuple(sorted(found))


@cache
def hash_of(files: tuple[Path, ...]) -> str:
    """Of the files' names and contents, and of the versions of the libraries."""
    found = hashlib.sha256(" ".join(map(version, LIBRARIES)).encode())
    for path in files:
        found.update(f"\0{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes())
    return found.hexdigest()[:16]
