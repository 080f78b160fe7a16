"""Start the lab: python app.py --help"""

import argparse
import atexit
import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path

# Before the imports that read them, once. The lab asks nothing of the network; and its requests are
# small and run side by side, eight of each kind, so that more than one thread for each would only
# wait for the others.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_DEFAULT_CONCURRENCY_LIMIT", "8")  # Blocks.queue() starts an app anew
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Gradio names files by their content, and at its end deletes those it made: two labs on a computer
# would delete each other's.
if "GRADIO_TEMP_DIR" not in os.environ:
    os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="latent-lab-")
    atexit.register(shutil.rmtree, os.environ["GRADIO_TEMP_DIR"], ignore_errors=True)

# What is imported and built stays; to look through it for garbage would slow the start down.
if gc.isenabled():
    gc.disable()

from ui.blocks import LAUNCH_OPTIONS, build
from vae_core import ModelError
from vae_core.datasets import DATA_DIR_VARIABLE
from vae_core.pretrained import WEIGHTS_DIR


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Latent Lab: a 2-D VAE to explore in the browser.")
    add = parser.add_argument
    add("--host", help="address to listen on; 0.0.0.0 lets a class on the local network in")
    add("--port", type=int, default=7860)
    add("--share", action="store_true", help="also open a public gradio.live address (72 hours)")
    add("--weights-dir", type=Path, default=WEIGHTS_DIR, help="directory of the models")
    add(
        "--data-dir",
        type=Path,
        help=f"directory of the datasets (or ${DATA_DIR_VARIABLE}): the map then shows originals",
    )
    return parser.parse_args()


def main() -> int:
    """Serve until Ctrl-C."""
    options = parse_arguments()
    try:
        blocks = build(options.weights_dir, options.data_dir)
        gc.freeze()
        gc.enable()
        blocks.launch(
            server_name=options.host,
            server_port=options.port,
            share=options.share,
            **LAUNCH_OPTIONS,
        )
    except (ModelError, OSError) as error:  # OSError: the port is taken
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
