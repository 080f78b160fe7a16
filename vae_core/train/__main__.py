"""Train a model: python -m vae_core.train --dataset mnist --name mnist-vae

After every epoch weights/<name>/checkpoint.safetensors holds everything needed to go on; stop at
any moment with Ctrl-C and repeat the command with --resume. The same seed gives the same weights
on the same machine, with or without an interruption. `accelerate launch -m vae_core.train ...`
spreads the same command over the GPUs of one machine or many: every batch is split among them.
"""

import sys

from vae_core.datasets import DatasetError
from vae_core.pretrained import ModelError
from vae_core.train import parse_arguments, train


def main() -> int:
    """The command line."""
    options = parse_arguments(description=__doc__)
    try:
        train(options)
    except (ModelError, DatasetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nStopped. Repeat the command with --resume to go on from the last whole epoch; "
            "without, if the first was not finished.",
            file=sys.stderr,
        )
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
