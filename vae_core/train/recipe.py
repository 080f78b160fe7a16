"""What decides the result of a training, and the command line that says it."""

import argparse
from pathlib import Path
from typing import Any

from vae_core.datasets import DATASETS
from vae_core.model import LIKELIHOODS
from vae_core.objectives import OBJECTIVES
from vae_core.pretrained import WEIGHTS_DIR

# Options that decide the result; a checkpoint continues only under the same ones.
RECIPE = (
    "dataset",
    "size",
    "likelihood",
    "conditional",
    "objective",
    "beta",
    "samples",
    "guide",
    "start",
    "freeze_decoder",
    "epochs",
    "batch_size",
    "lr",
    "weight_decay",
    "warmup",
    "input_dropout",
    "average",
    "seed",
    "encoder_width",
    "encoder_blocks",
    "decoder_width",
    "decoder_blocks",
)


def parse_arguments(
    arguments: list[str] | None = None, description: str | None = None
) -> argparse.Namespace:
    """The command line; `--help` explains each option."""
    parser = argparse.ArgumentParser(
        prog="python -m vae_core.train",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--name", required=True, help="name of the model: a folder in the weights directory")
    add(
        "--dataset",
        type=_dataset,
        default="mnist",
        help=f"{', '.join(DATASETS)} or folder:PATH, your own pictures (sub-folders are labels)",
    )
    add("--size", type=_number(int, 4, 257), default=32, help="side of a folder's pictures, pixels")
    add("--likelihood", choices=LIKELIHOODS, help="of a pixel; each dataset has its own default")
    add("--conditional", action="store_true", help="tell the label to both networks")
    add("--objective", choices=list(OBJECTIVES), default="elbo", help="what is minimized")
    add("--beta", type=_number(float, 0), default=1.0, help="weight of the rate")
    add("--samples", type=_number(int, 1), help="codes per image; 1, or for iwae 5")
    add(
        "--guide",
        type=_number(float, 0),
        default=0.0,
        help="nats per unit of distance from the code that explains the image best (exact.Grid); "
        "falls to 0 by 70%% of the training. Moves codes that are stuck on the wrong side",
    )
    add(
        "--start",
        help="begin with the parameters of this model, of the same "
        "architecture; an autoencoder takes a VAE's means for its codes",
    )
    add("--freeze-decoder", action="store_true", help="train the encoder only")
    add("--epochs", type=_number(int, 1), default=30, help="passes over the training images")
    add("--batch-size", type=_number(int, 1), default=256, help="images per step")
    add("--lr", type=_number(float, 1e-9), default=1e-3, help="highest rate of AdamW, one cycle")
    add(
        "--weight-decay",
        type=_number(float, 0),
        default=0.01,
        help="decoupled weight decay of AdamW",
    )
    add(
        "--warmup",
        type=_number(float, 0),
        default=0.0,
        help="epochs over which the rate's weight rises to its full value",
    )
    add(
        "--input-dropout",
        type=_number(float, 0, 1),
        default=0.0,
        help="share of the pixels hidden from the encoder, at random",
    )
    add(
        "--average",
        type=_number(float, 0, 1),
        default=0.999,
        help="decay per step of the running average of the weights, which is what is saved",
    )
    add(
        "--seed",
        type=_number(int, 0, 2**32),
        default=0,
        help="of the initial weights, the order and the noise",
    )
    for part in ("encoder", "decoder"):
        add(f"--{part}-width", type=_number(int, 1), default=512, help="units per layer")
        add(f"--{part}-blocks", type=_number(int, 1), default=2, help="residual blocks")
    add("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    add("--data-dir", help="where the dataset is, or is downloaded to")
    add("--weights-dir", type=Path, default=WEIGHTS_DIR, help="where the model is written")
    add("--resume", action="store_true", help="continue from the checkpoint of the same command")
    options = parser.parse_args(arguments)
    if options.samples is None:
        options.samples = 5 if options.objective == "iwae" else 1
    return options


def _dataset(text: str) -> str:
    if text not in DATASETS and not text.startswith("folder:"):
        expected = ", ".join(DATASETS)
        raise argparse.ArgumentTypeError(f"{text!r}: expected {expected} or folder:PATH")
    return text


def _number(kind: type, least: float, below: float = float("inf")) -> Any:
    def parse(text: str) -> Any:
        value = kind(text)
        if not least <= value < below:
            raise ValueError
        return value

    parse.__name__ = (
        f"{kind.__name__} from {least:g} to below {below:g}"  # argparse's error says it
    )
    return parse
