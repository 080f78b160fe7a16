"""Train a model: python -m vae_core.train --dataset mnist --name mnist-vae

A checkpoint beside the model holds everything needed to go on, written after an epoch, at most
every ten seconds; stop at any moment with Ctrl-C and repeat the command with --resume. The same
seed gives the same weights on the same machine, with or without an interruption.
`accelerate launch -m vae_core.train ...` spreads the same command over the GPUs of one machine or
many: every batch is split among them.
"""

import argparse
import os
import shlex
import sys
from pathlib import Path

from vae_core.datasets import FOLDER_PREFIX, DatasetError
from vae_core.pretrained import OUTPUT_DIR, WEIGHTS_DIR, ModelError, model_folder
from vae_core.train.checkpoint import CHECKPOINT
from vae_core.train.loop import train
from vae_core.train.recipe import Recipe, add_options, recipe_of


def parse_arguments(arguments: list[str] | None = None) -> tuple[Recipe, argparse.Namespace]:
    """The recipe, and where and how to run it; `--help` explains each option."""
    parser = argparse.ArgumentParser(
        prog="python -m vae_core.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--name", required=True, help="name of the model: a folder in the weights directory")
    add_options(parser)
    add("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    add("--data-dir", help="where the dataset is, or is downloaded to")
    add("--weights-dir", type=Path, default=OUTPUT_DIR, help="where the model is written")
    add("--resume", action="store_true", help="continue from the checkpoint of the same command")
    add("--overwrite", action="store_true", help="replace the model or checkpoint of this name")
    options = parser.parse_args(arguments)
    if options.resume and options.overwrite:
        parser.error("--resume continues a training and --overwrite starts over: choose one")
    try:
        return recipe_of(options), options
    except ValueError as error:  # two options that exclude each other
        parser.error(str(error))


def next_steps(recipe: Recipe, options: argparse.Namespace) -> str:
    """Where the new model is, and the commands that go on from there."""
    places = []
    if options.weights_dir.resolve() != WEIGHTS_DIR:
        places = ["--weights-dir", str(options.weights_dir)]
    measure = ["python", "-m", "vae_core.evaluate", options.name, *places]
    if recipe.dataset.startswith(FOLDER_PREFIX):
        measure += ["--dataset", recipe.dataset]
    if options.data_dir:
        measure += ["--data-dir", options.data_dir]
    lines = [
        f"The model is in {model_folder(options.name, options.weights_dir)}.",
        f"Measure it:         {shlex.join(measure)}",
        f"Load it in Python:  vae_core.load({options.name!r}, {str(options.weights_dir)!r})",
    ]
    if Path("app.py").exists():  # as in a checkout
        lines.append(f"See it in the app:  {shlex.join(['python', 'app.py', *places])}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """The command line: its exit status."""
    recipe, options = parse_arguments(arguments)
    try:
        train(
            recipe,
            options.name,
            weights_dir=options.weights_dir,
            data_dir=options.data_dir,
            resume=options.resume,
            overwrite=options.overwrite,
            device=options.device,
        )
    except (ModelError, DatasetError, OSError) as error:  # OSError: as of a folder without rights
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        kept = model_folder(options.name, options.weights_dir) / CHECKPOINT
        advice = "Repeat the command with --resume to go on from the last checkpoint."
        print(f"\nStopped. {advice if kept.exists() else 'Nothing was written.'}", file=sys.stderr)
        return 130
    if os.environ.get("RANK", "0") == "0":  # of the processes that accelerate launch starts
        print(next_steps(recipe, options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
