"""The command line of `vae_core.evaluate`."""

import argparse
import sys
from pathlib import Path

import torch

import vae_core.evaluate
from vae_core.datasets import DatasetError
from vae_core.evaluate import measure
from vae_core.evaluate.scored import process
from vae_core.pretrained import WEIGHTS_DIR, ModelError


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m vae_core.evaluate",
        description=vae_core.evaluate.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", help="the model")
    parser.add_argument("--dataset", help="folder:PATH, the pictures of a model of your own")
    parser.add_argument("--data-dir", help="where its dataset is, or is downloaded to")
    parser.add_argument("--weights-dir", type=Path, default=WEIGHTS_DIR)
    parser.add_argument(
        "--only",
        nargs="+",
        choices=("completion", "auroc", "features", "layers"),
        default=(),
        help="measure this alone, in minutes, and leave the other figures as they were",
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    options = parser.parse_args()
    try:
        table = measure(
            options.name,
            options.weights_dir,
            options.data_dir,
            options.dataset,
            options.only,
            options.device,
        )
    except (ModelError, DatasetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if process()[0] == 0:
        print(table)
    if process()[1] > 1:
        torch.distributed.destroy_process_group()
    return 0


if __name__ == "__main__":
    sys.exit(main())
