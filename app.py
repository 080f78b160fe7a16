"""Start the lab: python app.py --help"""

import argparse
import gc
import os
import signal
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

from ui.own_folder import own_folder

# Gradio reads them when it is imported. The lab asks nothing of the network; and its requests are
# small and run side by side, eight of each kind, so that more than one thread for each would only
# wait for the others.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_DEFAULT_CONCURRENCY_LIMIT", "8")  # Blocks.queue() starts an app anew
os.environ.setdefault("OMP_NUM_THREADS", "1")
TEACHER = """
* Class wall, for the teacher alone: {0}?wall={1}
  It shows what students send, and clears it. Students open the lab without ?wall=..., under the
  address by which their computers reach this one."""

TRAINER = """
* Train on this computer, for whoever has this address: {0}?tab=train&train={1}
  Others see how a training goes, and get its model, but cannot start or stop one."""
NOT_IN_PUBLIC = (
    "--train lets visitors use this computer for hours: it is not for a public Space, nor with "
    "--share. Start the lab without one of them."
)


def parse_arguments() -> argparse.Namespace:
    """The command line, and for what it leaves out the variables that hosts of apps set."""
    environment = os.environ.get
    parser = argparse.ArgumentParser(description="Latent Lab: a 2-D VAE to explore in the browser.")
    add = parser.add_argument
    add(
        "--host",
        default=environment("GRADIO_SERVER_NAME") or "127.0.0.1",
        help="address to listen on; 0.0.0.0 lets a class on the local network in "
        "($GRADIO_SERVER_NAME, else 127.0.0.1)",
    )
    add(
        "--port",
        type=_port,
        default=environment("GRADIO_SERVER_PORT") or environment("PORT") or "7860",
        help="port to listen on ($GRADIO_SERVER_PORT, else $PORT, else 7860)",
    )
    add(
        "--root-path",
        type=_root_path,
        default=environment("GRADIO_ROOT_PATH") or "",
        help="path under which a proxy offers the lab, as /lab ($GRADIO_ROOT_PATH, else none)",
    )
    add("--share", action="store_true", help="also open a public gradio.live address (72 hours)")
    add(
        "--class",
        dest="wall",
        action="store_true",
        help="let students send the codes of their drawings to the teacher's map",
    )
    add(
        "--train",
        action="store_true",
        help="let whoever has the printed address train models on this computer",
    )
    add("--mcp", action="store_true", help="serve the endpoints to agents too (gradio[mcp])")
    add("--weights-dir", type=Path, help="directory of the models (weights, beside app.py)")
    add(
        "--data-dir",
        type=Path,
        help="directory of the datasets, for the map to show originals ($LATENT_LAB_DATA)",
    )
    return parser.parse_args()


def main() -> int:
    """Serve until Ctrl-C or SIGTERM."""
    options = parse_arguments()
    if problem := _why_not(options.host, options.port):
        print(f"error: {problem}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # tidily, but waiting for no visitor
    try:
        with own_folder():
            return _serve(options)
    except (KeyboardInterrupt, SystemExit):  # the first before the server was up, if at all
        print("The lab has ended, as it was asked to.")
        return 0


def _serve(options: argparse.Namespace) -> int:
    # What is imported and built stays; to look through it for garbage would slow the start down.
    if gc.isenabled():
        gc.disable()
    if options.mcp and not find_spec("mcp"):
        print('error: --mcp needs a package more: pip install "gradio[mcp]"', file=sys.stderr)
        return 1
    if options.train and (options.share or os.environ.get("SPACE_ID")):
        print(f"error: {NOT_IN_PUBLIC}", file=sys.stderr)
        return 1
    from ui.shell import address_of, build, launch_options  # slow, and of no use to --help
    from ui.training import Trainings
    from ui.wall import Wall

    weights_dir = options.weights_dir or Path(__file__).resolve().parent / "weights"
    try:
        blocks = build(weights_dir, options.data_dir)
        gc.freeze()
        gc.enable()
        wall = Wall.of(weights_dir) if options.wall else None
        trainings = Trainings(weights_dir, options.data_dir, address_of) if options.train else None
        _, local, public = blocks.launch(
            server_name=options.host,
            server_port=options.port,
            root_path=options.root_path,
            share=options.share,
            mcp_server=options.mcp,
            prevent_thread_lock=True,
            **launch_options(weights_dir, options.data_dir, wall, trainings),
        )
        if wall:
            print(TEACHER.format(public or local, wall.key), flush=True)
        if trainings:
            print(TRAINER.format(local, trainings.key), flush=True)
        try:
            blocks.block_thread()
        finally:
            if trainings:
                trainings.close()
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _port(text: str) -> int:
    """A port a person gave."""
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: expected a number from 1 to 65535")
    return int(text)


def _root_path(text: str) -> str:
    """A path or an address a person gave, as Gradio expects it."""
    if text.startswith(("http://", "https://")):
        return text.rstrip("/")
    path = text.strip("/")
    return f"/{path}" if path else ""


def _why_not(host: str, port: int) -> str:
    """Why nobody can listen on an address; empty if one can."""
    try:
        family, *_, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        socket.create_server(address[:2], family=family).close()
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        return (
            f"The lab cannot listen on {host}, port {port}: {reason}. Choose another address with "
            "--host, or another port with --port."
        )
    return ""


if __name__ == "__main__":
    code = main()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)  # sys.exit would wait for what nobody waits for any more, or abort in its middle
