"""Starting and stopping the app, from the command line."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import app
from tests.api.calls import Caller
from tests.live import ROOT, Server, running_app
from vae_core.pretrained import WEIGHTS_DIR

MODEL = "mnist-vae"
STOP_SECONDS = 20


def start(*options: str) -> subprocess.CompletedProcess[str]:
    """`python app.py`, when it is expected to end by itself."""
    command = [sys.executable, "app.py", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A weights directory to change at will."""
    shutil.copytree(WEIGHTS_DIR / MODEL, tmp_path / MODEL)
    return tmp_path


def test_help_lists_the_options() -> None:
    ended = start("--help")
    assert ended.returncode == 0
    for option in ("--host", "--port", "--share", "--weights-dir", "--data-dir"):
        assert option in ended.stdout


def test_two_models_offline_until_ctrl_c(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(weights / MODEL, weights / "another")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):  # a network where nobody answers
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setattr("tests.live.START_SECONDS", 120)
    # Children of a background job inherit that Ctrl-C is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    with running_app("--host", "127.0.0.1", "--weights-dir", str(weights)) as server:
        with Caller(server.url) as caller:
            assert caller.call("/models").data == [[MODEL, "another"]]
            assert caller.call("/decode", 0, 0, "another").data
        server.process.send_signal(signal.SIGINT)
        printed, _ = server.process.communicate(timeout=STOP_SECONDS)
        assert server.process.returncode == 0, printed
        assert server.url.rstrip("/") in printed
        assert "Traceback" not in printed


def test_a_taken_port_is_said(server: Server) -> None:
    port = urlsplit(server.url).port
    ended = start("--port", str(port))
    assert ended.returncode == 1
    assert str(port) in ended.stderr
    assert "Traceback" not in ended.stderr


def said(weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What the app says when it cannot start with this weights directory."""
    monkeypatch.setattr(sys, "argv", ["app.py", "--port", "0", "--weights-dir", str(weights)])
    assert app.main() == 1
    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert printed.count("\n") == 1
    return printed


@pytest.mark.parametrize("name", ["empty", "missing", "a-file"])
def test_a_directory_without_models_is_said(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a-file").touch()
    printed = said(tmp_path / name, monkeypatch, capsys)
    assert str(tmp_path / name) in printed
    assert "no model" in printed
    assert "vae_core.train" in printed


@pytest.mark.parametrize("damage", ["truncated", "replaced", "missing"])
@pytest.mark.parametrize(
    "file",
    ["config.json", "encoder.safetensors", "decoder.safetensors", "encodings.safetensors"],
)
def test_a_damaged_model_is_named(
    file: str,
    damage: str,
    weights: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = weights / MODEL / file
    if damage == "missing":
        path.unlink()
    else:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2] if damage == "truncated" else b"text" * 99)
    printed = said(weights, monkeypatch, capsys)
    assert (str(weights) if (file, damage) == ("config.json", "missing") else str(path)) in printed


def test_a_damaged_model_ends_the_process(weights: Path) -> None:
    (weights / MODEL / "decoder.safetensors").write_bytes(b"")
    ended = start("--weights-dir", str(weights))
    assert ended.returncode == 1
    assert "decoder.safetensors" in ended.stderr
    assert "Traceback" not in ended.stderr
