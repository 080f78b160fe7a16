"""The modules keep to what the exporter's patterns can tell, and their arrows point one way."""

import re

import pytest

from ui.bundle import IMPORT, LATER, asked_by, modules, source

# Which folder of modules may import which: "" are those beside index.html.
ARROWS = {
    "core": {"core"},
    "core/train": {"core", "core/train", "images"},
    "images": set(),
    "lessons": set(),
    "words/en": {"", "words/en"},  # of the first, numbers.js alone
    "words/zh": {"", "words/zh"},
    "words": {"words/en", "words/zh"},
    "host": {"", "core", "parts", "tabs", "words", "words/en"},
    "parts": {"", "core", "core/train", "images", "lessons", "parts", "words"},
    "tabs": {"", "core", "core/train", "lessons", "parts", "words", "tabs"},
    "": {"", "core", "core/train", "lessons", "host", "parts", "tabs", "words"},
}
ASKED_BY_ALL = {
    "store.js",
    "numbers.js",
    "link.js",
    "session.js",
    "mine.js",
}  # those that parts may import


def folder(module: str) -> str:
    return module.rpartition("/")[0]


@pytest.mark.parametrize("module", modules())
def test_a_module_keeps_to_the_patterns(module: str) -> None:
    text = re.sub(r"^ *(//|\*|/\*).*$", "", source(module), flags=re.MULTILINE)
    imports = re.findall(r"^ *import[\s{*\"]", text, re.MULTILINE)
    assert len(imports) == len(IMPORT.findall(text))
    assert len(re.findall(r"\bimport\(", text)) == len(LATER.findall(text))
    for line in re.findall(r"^ *export\b.*$", text, re.MULTILINE):
        assert re.match(r"export (async function|function|class|const|\{)", line), line
    assert not re.search(r"^(const .*=\s*)?await\b", text, re.MULTILINE), "it awaits at its top"
    if module != "core/spawn.js":
        assert "import.meta" not in text


@pytest.mark.parametrize("module", modules())
def test_what_a_module_imports_is_there_and_may_be(module: str) -> None:
    for other in asked_by(module, later=True):
        assert other in modules(), other
        assert folder(other) in ARROWS[folder(module)], other
        if folder(module) in ("parts", "tabs", "words/en", "words/zh") and folder(other) == "":
            assert other in ASKED_BY_ALL, other


def test_no_module_imports_itself_by_way_of_others() -> None:
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join((*way, module))
        if module in done:
            return
        for other in asked_by(module):
            visit(other, (*way, module))
        done.add(module)

    for module in modules():
        visit(module, ())


def test_no_module_is_longer_than_a_reader_likes() -> None:
    assert [name for name in modules() if len(source(name).splitlines()) > 400] == []
