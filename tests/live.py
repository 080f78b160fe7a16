"""The app as its users start it: a process of its own, found over HTTP."""

import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120
EMPTY_APP = """
import sys
import gradio
with gradio.Blocks() as blocks:
    pass
blocks.launch(server_port=int(sys.argv[1]))
"""


@dataclass(frozen=True)
class Server:
    """A running app."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def output(self) -> str:
        """All it has printed so far."""
        return self.log.read_text(encoding="utf-8")

    def memory(self) -> int:
        """Resident bytes, from Linux's /proc."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self) -> float:
        """Time it has computed so far, from the same place."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def running_app(*options: str) -> AbstractContextManager[Server]:
    """`python app.py` on a free port, ended on leaving."""
    port = free_port()
    return _running(port, "app.py", "--port", str(port), *options)


def running_code(source: str) -> AbstractContextManager[Server]:
    """Python that launches an app of its own on the port it is given as its first argument."""
    port = free_port()
    return _running(port, "-c", source, str(port))


def running_empty_app() -> AbstractContextManager[Server]:
    """A Gradio app with nothing in it, which the lab's first impression is compared with."""
    return running_code(EMPTY_APP)


@contextmanager
def _running(port: int, *command: str) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-u", *command], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
        )
        server = Server(f"http://127.0.0.1:{port}/", process, Path(log.name))
        try:
            try:
                wait_for(server.url, process)
            except (RuntimeError, TimeoutError) as error:
                raise type(error)(f"{error}\n{server.output()}") from None
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_for(
    url: str, process: subprocess.Popen[bytes], trusting: ssl.SSLContext | None = None
) -> None:
    """Until a process answers; `trusting` a certificate that nobody vouches for."""
    # Python keeps what the first caller's environment says of proxies, and a test sets one.
    directly = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting)
    )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("it ended at once:")
        try:
            with directly.open(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(f"no answer within {START_SECONDS} s:")
