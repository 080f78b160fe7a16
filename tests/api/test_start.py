"""Starting and stopping the app, from the command line."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.api.calls import Caller
from tests.live import ROOT, Server, running_app
from vae_core.pretrained import WEIGHTS_DIR

MODEL = "mnist-vae"
PARTS = ("encoder", "decoder", "encodings")
STOP_SECONDS = 20


def start(*options: str) -> subprocess.CompletedProcess[str]:
    """`python app.py`, when it is expected to end by itself."""
    command = [sys.executable, "app.py", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_help_lists_the_options() -> None:
    ended = start("--help")
    assert ended.returncode == 0
    for option in ("--host", "--port", "--share", "--weights-dir", "--data-dir"):
        assert option in ended.stdout


def test_two_models_offline_until_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (MODEL, "another"):
        shutil.copytree(WEIGHTS_DIR / MODEL, tmp_path / name)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):  # a network where nobody answers
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    own = tmp_path / "files"  # of Gradio's: no other lab's, and gone at the end
    own.mkdir()
    monkeypatch.setenv("TMPDIR", str(own))
    monkeypatch.delenv("GRADIO_TEMP_DIR", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    # Children of a background job inherit that Ctrl-C is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    with running_app("--host", "127.0.0.1", "--weights-dir", str(tmp_path)) as server:
        with Caller(server.url) as caller:
            assert caller.call("/models").data == [[MODEL, "another"]]
            assert caller.call("/decode", 0, 0, "another").data
        made = [path for path in own.glob("latent-lab-*") if "examples" not in path.name]
        assert any(path.rglob("image.png") for path in made)
        server.process.send_signal(signal.SIGINT)
        code = server.process.wait(timeout=STOP_SECONDS)
        printed = server.output()
        assert code == 0, printed
        assert server.url.rstrip("/") in printed
        assert "Traceback" not in printed
        assert not any(path.exists() for path in made)


def test_a_taken_port_is_said(server: Server) -> None:
    port = urlsplit(server.url).port
    ended = start("--port", str(port))
    assert ended.returncode == 1
    assert str(port) in ended.stderr
    assert "Traceback" not in ended.stderr


# One process for all of them, because importing gradio takes seconds.
TRY_ALL = """
import sys, app
for directory in sys.argv[1:]:
    sys.argv = ["app.py", "--weights-dir", directory]
    print(app.main(), file=sys.stderr)
"""
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda content: content[: len(content) // 2],
    "empty": lambda _: b"",
    "replaced": lambda _: b"text" * 99,
}


def test_what_is_wrong_with_a_weights_directory_is_said(tmp_path: Path) -> None:
    expected = {tmp_path / name: "holds no model" for name in ("empty", "missing", "a-file")}
    (tmp_path / "empty").mkdir()
    (tmp_path / "a-file").touch()
    for file in ("config.json", *(f"{part}.safetensors" for part in PARTS)):
        for name, damage in DAMAGES.items():
            path = tmp_path / f"{file}-{name}" / MODEL / file
            shutil.copytree(WEIGHTS_DIR / MODEL, path.parent)
            path.write_bytes(damage(path.read_bytes()))
            expected[path.parent.parent] = str(path)
    for part in PARTS:
        path = tmp_path / f"no-{part}" / MODEL / f"{part}.safetensors"
        shutil.copytree(WEIGHTS_DIR / MODEL, path.parent)
        path.unlink()
        expected[path.parent.parent] = str(path)

    command = [sys.executable, "-c", TRY_ALL, *map(str, expected)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    said = ended.stderr.splitlines()
    assert len(said) == 2 * len(expected), ended.stderr
    for (directory, named), message, code in zip(
        expected.items(), said[::2], said[1::2], strict=True
    ):
        assert code == "1"
        assert message.startswith("error: ")
        assert named in message
        assert str(directory) in message
