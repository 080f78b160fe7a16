"""A training in a process of its own: python -m ui.train_process JOB.json, started by ui.training.

It tells a line of JSON after each epoch, and ends when its standard input does: with the lab.
"""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from vae_core import ModelError
from vae_core.datasets import DatasetError, load_images
from vae_core.pretrained import model_folder
from vae_core.train import EpochReport, Recipe, train
from vae_core.train.checkpoint import CHECKPOINT

SHOWN = 500  # test images whose codes are told


def main() -> int:
    """Train what the job says, or go on with it; 1 with a sentence on failure."""
    job: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    stop = threading.Event()
    threading.Thread(target=_watch, args=(stop,), daemon=True).start()
    weights_dir, name = Path(job["weights_dir"]), job["name"]
    recipe, data_dir = Recipe(**job["recipe"]), job["data_dir"]
    checkpoint = model_folder(name, weights_dir) / CHECKPOINT
    labels, ended = None, False

    def told(report: EpochReport) -> None:
        nonlocal labels, ended
        ended = stop.is_set()  # between two epochs, when nothing is lost
        if labels is None:
            labels = load_images(recipe.dataset, False, data_dir, size=recipe.size).labels[:SHOWN]
        _tell({**report._asdict(), "codes": _codes(checkpoint), "labels": labels.tolist()})

    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    try:
        train(
            recipe,
            name,
            weights_dir=weights_dir,
            data_dir=data_dir,
            resume=checkpoint.exists(),
            on_epoch=told,
            should_stop=lambda: ended,
        )
    except (ModelError, DatasetError) as error:
        _tell({"error": str(error)})
        return 1
    return 0


def _watch(stop: threading.Event) -> None:
    """Until the lab asks to stop, or is gone."""
    sys.stdin.read()
    stop.set()


def _codes(checkpoint: Path) -> list[float]:
    """The latest snapshot of the test codes, two numbers each."""
    try:
        with safe_open(checkpoint, framework="pt") as file:
            mean = file.get_slice("history/mean")
            latest: torch.Tensor = mean[mean.get_shape()[0] - 1]
            return [round(value, 3) for value in latest[:SHOWN].flatten().tolist()]
    except Exception:  # it is just being replaced
        return []


def _tell(news: dict[str, Any]) -> None:
    print(json.dumps(news), flush=True)


if __name__ == "__main__":
    sys.exit(main())
