"""The page's modules: which asks for which, and all of them as one, for Gradio and for one file.

The modules keep to what a few patterns can tell: static imports of relative paths, exports of named
declarations, and `import("./name.js")` of a literal path; tests/web/test_bundle.py sees to it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath

WEB = Path(__file__).resolve().parent / "web"
IMPORT = re.compile(
    r'^import\s+(?:(?P<names>\{[^}]*\}|\*\s+as\s+\w+)\s+from\s+)?"(?P<path>\.[^"]+)";$',
    re.MULTILINE,
)
LATER = re.compile(r'\bimport\("(?P<path>\.[^"]+)"\)')  # when it is needed
EXPORT = re.compile(r"^export\s+(?=(?:async\s+)?(?:const|class|function\*?)\s+(\w+))", re.MULTILINE)
EXPORTED = re.compile(r"^export\s+\{(?P<names>[^}]*)\};$", re.MULTILINE)
RENAMED = re.compile(r"(\w+)\s+as\s+(\w+)")

# A line, a block that ends with one, a type before what it is of, or the end of a line.
COMMENT = re.compile(
    r"^[ \t]*(?://[^\n]*|/\*\*(?:(?!\*/).)*\*/[ \t]*)\n|/\*\* @type [^*]*\*/ "
    r"|(?<=[;{}(),[\]]) +// [^\n]*$",
    re.MULTILINE | re.DOTALL,
)

PRELUDE = """"use strict";
const MODULES = {}, LOADED = {};
function load(path) {
  if (!LOADED[path]) MODULES[path](LOADED[path] = {});
  return LOADED[path];
}
"""
PAGE = "/* From here on it is the page's own; workers begin with what stands above. */"
# A worker's text is read from the page, and not fetched: nothing can be fetched from a disk.
WORKERS = f"""{PAGE}
load("core/spawn.js").workers.start = (name) => {{
  const [shared] = document.getElementById("modules").textContent.split({PAGE!r});
  const parts = [shared, `load("core/${{name}}");`];
  return new Worker(URL.createObjectURL(new Blob(parts, {{ type: "text/javascript" }})));
}};
"""
ALONE, BESIDE = '"about:blank"', 'new URL("web/{}", import.meta.url)'  # addresses of the modules


def modules() -> list[str]:
    """Paths of all modules within ui/web."""
    return sorted(path.relative_to(WEB).as_posix() for path in WEB.rglob("*.js"))


def source(module: str) -> str:
    """The text of a module."""
    return (WEB / module).read_text(encoding="utf-8")


def asked_by(module: str, later: bool = False) -> Iterator[str]:
    """The modules that one imports.

    Args:
        module: its path within ui/web.
        later: whether those that it imports when they are needed count too.
    """
    text = source(module)
    for pattern in (IMPORT, LATER) if later else (IMPORT,):
        for found in pattern.finditer(text):
            yield _beside(module, found["path"])


def needed(*entries: str) -> list[str]:
    """All modules that some need at once, with themselves; what a module asks for precedes it."""
    found: list[str] = []

    def visit(module: str) -> None:
        if module in found:
            return
        for other in asked_by(module):
            visit(other)
        found.append(module)

    for entry in entries:
        visit(entry)
    return found


def bundle(start: str) -> str:
    """All modules as one script, which ends by loading one of them."""
    return f"{_wrapped(ALONE)}{WORKERS}load({start!r});\n"


def bundle_module(entry: str) -> str:
    """All modules as one, which exports what one of them does; it lies beside the folder web.

    A browser asks for one file instead of seventy, which a server in Python answers one by one.
    Workers still begin with files of their own.
    """
    names = ", ".join(EXPORT.findall(source(entry)))
    return f"{_wrapped(BESIDE)}export const {{ {names} }} = load({entry!r});\n"


def _wrapped(address: str) -> str:
    return PRELUDE + "".join(
        f"MODULES[{module!r}] = (exports) => {{\n{_as_function(module, address)}\n}};\n"
        for module in modules()
    )


def _as_function(module: str, address: str) -> str:
    """The body of a function that fills `exports` with what a module exports."""
    text = source(module)
    names = {name: name for name in EXPORT.findall(text)}
    for importer in modules():
        names |= {name: name for name in _asked_of(module, importer)}
    for found in EXPORTED.finditer(text):
        names |= {name: name for name in re.findall(r"\w+", RENAMED.sub("", found["names"]))}
        names |= {new: old for old, new in RENAMED.findall(found["names"])}
    text = IMPORT.sub(lambda found: _as_load(module, found), text)
    text = LATER.sub(lambda found: _as_promise(module, found["path"]), text)
    text = COMMENT.sub("", text)  # for readers of the modules themselves
    text = EXPORTED.sub("", EXPORT.sub("", text)).replace("import.meta.url", address.format(module))
    filled = ", ".join(f"{new}: {old}" for new, old in names.items())
    return f"{text}\nObject.assign(exports, {{ {filled} }});"


def _asked_of(module: str, importer: str) -> list[str]:
    """The names that one module imports of another."""
    names = []
    for found in IMPORT.finditer(source(importer)):
        if (found["names"] or "").startswith("{") and _beside(importer, found["path"]) == module:
            names += re.findall(r"\w+", re.sub(r"\s+as\s+\w+", "", found["names"]))
    return names


def _as_load(module: str, found: re.Match[str]) -> str:
    loaded = f'load("{_beside(module, found["path"])}");'
    names = found["names"]
    if names is None:
        return loaded
    if names.startswith("*"):
        return f"const {names.split()[-1]} = {loaded}"
    renamed = RENAMED.sub(r"\1: \2", names)
    return f"const {renamed} = {loaded}"


def _as_promise(module: str, path: str) -> str:
    return f'Promise.resolve().then(() => load("{_beside(module, path)}"))'


def _beside(module: str, path: str) -> str:
    return normpath(join(dirname(module), path))
