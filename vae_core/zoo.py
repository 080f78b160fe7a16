"""Train and measure the models that are shipped: python -m vae_core.zoo

Each is one call of `vae_core.train`, with its recipe in `ZOO`, and one of `vae_core.evaluate`.
What is already in the weights directory is passed over, and so is a start that no missing model
needs; a training that was stopped goes on.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from vae_core.datasets import DatasetError
from vae_core.evaluate import measure
from vae_core.pretrained import OUTPUT_DIR, ModelError, list_models, model_folder
from vae_core.train import Recipe, train
from vae_core.train.checkpoint import CHECKPOINT

_START = Recipe(
    dataset="mnist",
    encoder_blocks=3,
    decoder_width=432,
    decoder_blocks=3,
    epochs=80,
    average=0,
    seed=1,
)
_GUIDED = replace(_START, guide=200, input_dropout=0.1, average=0.999)
_SHORT = replace(_START, epochs=20, average=0.999, input_dropout=0.1, seed=5, precision="bfloat16")
_SMALL = Recipe(encoder_width=384, decoder_width=432)

# Only to start others from: not measured, not shipped.
STARTS = ("mnist-start", "mnist-start-2", "mnist-vae-start")

# In this order: some start from an earlier one, mnist-vae-start and mnist-exact from mnist-iwae,
# whose decoder the tighter bound made better. The last stage of mnist-vae trains its encoder alone.
# The four that train briefly from the same random start differ in their objective alone.
ZOO: Mapping[str, Recipe] = MappingProxyType(
    {
        "mnist-start": _START,
        "mnist-start-2": replace(_GUIDED, start="mnist-start", epochs=36, lr=6e-4, seed=2),
        "mnist-iwae": replace(
            _GUIDED,
            start="mnist-start-2",
            objective="iwae",
            samples=5,
            epochs=24,
            lr=5e-4,
            seed=3,
        ),
        "mnist-vae-start": replace(
            _GUIDED, start="mnist-iwae", epochs=70, lr=7e-4, seed=4, precision="bfloat16"
        ),
        "mnist-vae": replace(
            _GUIDED,
            start="mnist-vae-start",
            freeze_decoder=True,
            warp=0.6,
            epochs=45,
            lr=6e-4,
            seed=6,
            precision="bfloat16",
        ),
        "mnist-ae": replace(_SHORT, objective="autoencoder"),
        "mnist-beta1": _SHORT,
        "mnist-beta4": replace(_SHORT, beta=4),
        "mnist-beta025": replace(_SHORT, beta=0.25),
        "mnist-exact": replace(
            _START,
            start="mnist-iwae",
            objective="exact",
            epochs=20,
            average=0.999,
            seed=4,
            precision="bfloat16",
        ),
        "mnist-cvae": replace(_SMALL, conditional=True, epochs=20, input_dropout=0.2),
        "fashion-vae": replace(_SMALL, dataset="fashion", epochs=30, input_dropout=0.1),
        "frey-vae": Recipe(
            dataset="frey",
            encoder_width=256,
            decoder_width=256,
            epochs=200,
            batch_size=64,
            input_dropout=0.1,
            average=0.995,
        ),
        "cifar10-vae": Recipe(dataset="cifar10", encoder_width=224, decoder_width=224, epochs=20),
    }
)


def _checkpoint(name: str, weights_dir: Path) -> Path:
    return model_folder(name, weights_dir) / CHECKPOINT


def _missing(names: Iterable[str], weights_dir: Path) -> set[str]:
    """Those of the models, and of the models they start from, that are not whole yet."""
    missing: set[str] = set()
    for name in names:
        while name not in list_models(weights_dir) or _checkpoint(name, weights_dir).exists():
            missing.add(name)
            start = ZOO[name].start
            if start is None:
                break
            name = start
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
    parser.add_argument("--weights-dir", type=Path, default=OUTPUT_DIR)
    options = parser.parse_args()
    unknown = set(options.names) - ZOO.keys()
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; expected some of {', '.join(ZOO)}")
    weights_dir, data_dir = options.weights_dir, options.data_dir
    try:
        missing = _missing(options.names or set(ZOO) - set(STARTS), weights_dir)
        for name in [name for name in ZOO if name in missing]:
            print(f"{name}: python -m vae_core.train --name {name} {ZOO[name].to_options()}")
            resume = _checkpoint(name, weights_dir).exists()
            train(ZOO[name], name, weights_dir=weights_dir, data_dir=data_dir, resume=resume)
            if name not in STARTS:
                print(measure(name, weights_dir, data_dir, None))
    except (ModelError, DatasetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
