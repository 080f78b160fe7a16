"""What the page is told of each model, read without torch: `Description` in ui/web/types.d.ts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What the page may ask for of a model. Without the first three it cannot be used.
FILES = {
    "decoder": "decoder.safetensors",
    "encoder": "encoder.safetensors",
    "encodings": "encodings.safetensors",
    "history": "history.safetensors",
    "layers": "layers.safetensors",
    "metrics": "metrics.json",
}
NEEDED = ("decoder", "encoder", "encodings")
TITLES = {
    "mnist": "MNIST",
    "fashion": "Fashion-MNIST",
    "frey": "Frey faces",
    "cifar10": "CIFAR-10",
    "optdigits": "8 × 8 digits",
    "imagined": "imagined digits",
}
DEFAULT = "mnist-vae"
MOST_HEADER, METADATA = 10**6, "__metadata__"  # of a safetensors file


def _whole(file: Path) -> bool:
    """Whether a safetensors file is as long as its header says; its numbers are not read."""
    with file.open("rb") as opened:
        try:
            length = int.from_bytes(opened.read(8), "little")
            tensors = json.loads(opened.read(min(length, MOST_HEADER)))
            ends = [one["data_offsets"][1] for key, one in tensors.items() if key != METADATA]
            return bool(8 + length + max(ends) == file.stat().st_size)
        except (ValueError, TypeError, KeyError, AttributeError):
            return False


def names_in(weights_dir: Path) -> list[str]:
    """The models of a directory, the default first, as `vae_core.list_models` finds them."""
    found = sorted(path.parent.name for path in weights_dir.glob("*/config.json"))
    return sorted(found, key=lambda name: name != DEFAULT)


def describe(folder: Path, address: Callable[[Path], str]) -> dict[str, Any]:
    """A model for the page; of one that cannot be read, its name and the problem.

    Args:
        folder: weights/<name>.
        address: of a file of it, as the page will ask for it.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        files = {part: folder / file for part, file in FILES.items() if (folder / file).is_file()}
        for part in NEEDED:
            if part not in files:
                return _refused(folder, FILES[part], "missing")
            if not _whole(files[part]):
                return _refused(folder, FILES[part], "damaged")
        return {
            "name": folder.name,
            "title": TITLES.get(config["dataset"], "your own pictures"),
            "dataset": config["dataset"],
            "shape": config["shape"],
            "classes": config["classes"],
            "preparation": config["preparation"],
            "conditional": config["conditional"],
            "probabilistic": config["objective"] != "autoencoder",
            "gaussian": config["likelihood"] == "gaussian",
            "objective": config["objective"],
            "beta": config["beta"],
            **{part: address(file) for part, file in files.items()},
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _refused(folder, "config.json", "damaged") | {"problem": f"config.json: {error}"}


def _refused(folder: Path, file: str, fault: str) -> dict[str, Any]:
    """A model that cannot be used; the page says `fault` in its own language."""
    problem = f"{file}: the file is {fault}"
    return {"name": folder.name, "problem": problem, "fault": [fault, file]}
