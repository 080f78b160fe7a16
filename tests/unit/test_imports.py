"""The arrows between modules point one way, and the core stays light."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

CORE = Path(__file__).resolve().parents[2] / "vae_core"

# What each module, or package of modules, may import from the library.
ARROWS = {
    "model": set(),
    "datasets": {"folder"},
    "folder": {"images"},
    "planes": set(),
    "groups": {"planes"},
    "ink": {"groups", "planes"},
    "thing": {"planes"},
    "images": {"groups", "ink", "planes", "thing"},
    "objectives": {"model", "exact"},
    "pretrained": {"model"},
    "exact": {"model", "progress"},
    "progress": set(),
    "features": set(),
    "generate": {"model"},
    "paths": set(),
    "rarity": {"model"},
    "geometry": {"model", "paths", "rarity"},
    "train": {"datasets", "objectives", "pretrained", "model", "exact"},
    "evaluate": {
        *("datasets", "images", "objectives", "pretrained", "model", "exact", "features"),
        "geometry",
    },
    "zoo": {"train", "evaluate", "datasets", "pretrained"},
    "__init__": {"images", "features", "generate", "geometry", "exact", "model", "pretrained"},
}
# What each module of a package may import from the same package.
INNER_ARROWS = {
    "train": {
        "recipe": set(),
        "encode": set(),
        "checkpoint": {"encode", "recipe"},
        "warp": set(),
        "step": {"checkpoint", "recipe", "warp"},
        "loop": {"checkpoint", "encode", "recipe", "step"},
        "__init__": {"encode", "loop", "recipe"},
        "__main__": {"checkpoint", "loop", "recipe"},
    },
    "exact": {
        "refine": set(),
        "grid": {"refine"},
        "complete": {"grid", "refine"},
        "bounds": set(),
        "aggregate": set(),
        "__init__": {"aggregate", "bounds", "complete", "grid", "refine"},
    },
    "evaluate": {
        "scored": set(),
        "uses": {"scored"},
        "figures": {"scored", "uses"},
        "layers": set(),
        "card": {"figures", "layers", "scored", "uses"},
        "__init__": {"card", "figures", "scored", "uses"},
        "__main__": {"__init__", "scored"},
    },
}


def imports(path):
    """Every module named in a file's import statements, and whether it is imported at once."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    late = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            whole = f"{node.module}."
            names = [whole + a.name if whole == "vae_core." else whole for a in node.names]
        else:
            continue
        for name in names:
            yield name, node not in late


def arrows(folder, prefix):
    """What each module or package in a folder imports of the others in it."""
    files = {
        path.stem: sorted(path.rglob("*.py")) if path.is_dir() else [path]
        for path in folder.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    found = {}
    for module, paths in files.items():
        names = {name for path in paths for name, _ in imports(path)}
        inner = {name[len(prefix) :].split(".")[0] for name in names if name.startswith(prefix)}
        found[module] = {name or "__init__" for name in inner} & files.keys() - {module}
    return found


def test_modules_import_in_one_direction():
    packages = {path.parent.name for path in CORE.glob("*/__init__.py")}
    assert INNER_ARROWS.keys() == packages
    for room, allowed in ({"": ARROWS} | INNER_ARROWS).items():
        prefix = f"vae_core.{room}." if room else "vae_core."
        found = arrows(CORE / room, prefix)
        assert found.keys() == allowed.keys()
        for module, imported in found.items():
            more = imported - allowed[module]
            assert not more, f"{prefix}{module} may not import {more}"
        list(graphlib.TopologicalSorter(found).static_order())  # raises CycleError


def test_the_core_imports_no_interface_and_torchvision_late():
    for path in CORE.rglob("*.py"):
        for name, at_once in imports(path):
            package = name.split(".")[0]
            assert package not in {"gradio", "plotly", "ui", "app", "tests"}, f"{path}: {name}"
            if package == "torchvision":
                assert path.stem == "datasets", path
                assert not at_once, path


def test_the_core_works_without_gradio_plotly_and_torchvision():
    script = """
import sys
hidden = ["gradio", "plotly", "torchvision", "accelerate", "sklearn"]
import vae_core, vae_core.train, vae_core.evaluate
early = [name for name in hidden if name in sys.modules]
assert not early, early
for name in [name for name in sys.modules if name.startswith("vae_core")]:
    del sys.modules[name]
sys.modules |= dict.fromkeys(hidden)
import vae_core
for name in vae_core.__all__:
    getattr(vae_core, name)
config = vae_core.VAEConfig("mnist", (1, 28, 28), encoder_width=8, decoder_width=8)
picture = vae_core.images.to_pil(vae_core.VAE(config).sample(1))
print(picture.size)
"""
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=CORE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "(28, 28)"
