"""Train and measure the models that are shipped: python -m vae_core.zoo

Each is one call of `vae_core.train`, with the options in `ZOO`, and one of `vae_core.evaluate`.
What is already in the weights directory is passed over, and so is a start that no missing model
needs; a training that was stopped goes on.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from vae_core.datasets import DatasetError
from vae_core.evaluate import measure
from vae_core.pretrained import WEIGHTS_DIR, ModelError, list_models, model_folder
from vae_core.train import parse_arguments, train

_SHAPE = "--encoder-blocks 3 --decoder-width 432 --decoder-blocks 3"
_MNIST = (  # the last stage of mnist-vae, which others change in one thing
    f"--dataset mnist {_SHAPE} --start mnist-start-2 --epochs 24 --lr 5e-4 "
    "--guide 200 --input-dropout 0.1 --seed 3"
)
_SMALL = "--encoder-width 384 --decoder-width 432"

STARTS = ("mnist-start", "mnist-start-2")  # only to start others from: not measured, not shipped

# In this order: some start from an earlier one.
ZOO: Mapping[str, str] = MappingProxyType(
    {
        "mnist-start": f"--dataset mnist {_SHAPE} --epochs 80 --average 0 --seed 1",
        "mnist-start-2": f"--dataset mnist {_SHAPE} --start mnist-start --epochs 36 --lr 6e-4 "
        "--guide 200 --input-dropout 0.1 --seed 2",
        "mnist-vae": _MNIST,
        "mnist-ae": f"{_MNIST} --objective autoencoder",
        "mnist-beta4": f"{_MNIST} --beta 4",
        "mnist-beta025": f"{_MNIST} --beta 0.25",
        "mnist-iwae": f"{_MNIST} --objective iwae --samples 5",
        "mnist-cvae": f"--dataset mnist {_SMALL} --conditional --epochs 20 --input-dropout 0.2",
        "fashion-vae": f"--dataset fashion {_SMALL} --epochs 30 --input-dropout 0.1",
        "frey-vae": "--dataset frey --encoder-width 256 --decoder-width 256 --epochs 200 "
        "--batch-size 64 --input-dropout 0.1 --average 0.995",
        "cifar10-vae": "--dataset cifar10 --encoder-width 224 --decoder-width 224 --epochs 20",
    }
)


def _checkpoint(name: str, weights_dir: Path) -> Path:
    return model_folder(name, weights_dir) / "checkpoint.safetensors"


def _missing(names: Iterable[str], weights_dir: Path) -> set[str]:
    """Those of the models, and of the models they start from, that are not whole yet."""
    missing: set[str] = set()
    for name in names:
        while name not in list_models(weights_dir) or _checkpoint(name, weights_dir).exists():
            missing.add(name)
            words = ZOO[name].split()
            if "--start" not in words:
                break
            name = words[words.index("--start") + 1]
    return missing


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m vae_core.zoo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(ZOO)}; all by default")
    parser.add_argument("--data-dir", help="where datasets are, or are downloaded to")
    parser.add_argument("--weights-dir", type=Path, default=WEIGHTS_DIR)
    options = parser.parse_args()
    unknown = set(options.names) - ZOO.keys()
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; expected some of {', '.join(ZOO)}")
    places = ["--weights-dir", str(options.weights_dir)]
    places += ["--data-dir", options.data_dir] if options.data_dir else []
    try:
        missing = _missing(options.names or set(ZOO) - set(STARTS), options.weights_dir)
        for name in [name for name in ZOO if name in missing]:
            print(f"{name}: python -m vae_core.train --name {name} {ZOO[name]}")
            resume = ["--resume"] * _checkpoint(name, options.weights_dir).exists()
            train(parse_arguments(["--name", name, *ZOO[name].split(), *places, *resume]))
            if name not in STARTS:
                print(measure(name, options.weights_dir, options.data_dir, None))
    except (ModelError, DatasetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
