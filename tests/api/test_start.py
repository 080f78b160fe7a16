"""Starting and stopping the app, from the command line."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
import pytest

import app
from tests.api.calls import Caller
from tests.api.pictures import digit, encoded
from tests.live import ROOT, Server, free_port, running_app
from vae_core.datasets import DATA_DIR_VARIABLE
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
    options = ("--host", "--port", "--root-path", "--share", "--weights-dir", "--data-dir")
    for option in (*options, "$PORT", f"${DATA_DIR_VARIABLE}"):
        assert option in ended.stdout


VARIABLES = ("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "PORT", "GRADIO_ROOT_PATH")


@pytest.mark.parametrize(
    ("command", "variables", "expected"),
    [
        ("", {}, ("127.0.0.1", 7860, "")),
        ("", {"PORT": "80"}, ("127.0.0.1", 80, "")),
        ("", {"PORT": "80", "GRADIO_SERVER_PORT": "81"}, ("127.0.0.1", 81, "")),
        ("--port 82", {"PORT": "80", "GRADIO_SERVER_PORT": "81"}, ("127.0.0.1", 82, "")),
        ("", {"GRADIO_SERVER_NAME": "::1", "GRADIO_ROOT_PATH": "/a"}, ("::1", 7860, "/a")),
        ("--host 0.0.0.0", {"GRADIO_SERVER_NAME": "::1"}, ("0.0.0.0", 7860, "")),
        ("--root-path lab/", {"GRADIO_ROOT_PATH": "/a"}, ("127.0.0.1", 7860, "/lab")),
        ("--root-path https://a.b/c/", {}, ("127.0.0.1", 7860, "https://a.b/c")),
    ],
)
def test_options_come_before_variables(
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    variables: dict[str, str],
    expected: tuple[str, int, str],
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["app.py", *command.split()])
    options = app.parse_arguments()
    assert (options.host, options.port, options.root_path) == expected


@pytest.mark.parametrize("port", ["0", "65536", "-1", "text", "80.5"])
def test_what_is_no_port_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    monkeypatch.delenv("GRADIO_SERVER_PORT", raising=False)
    monkeypatch.setenv("PORT", port)
    monkeypatch.setattr(sys, "argv", ["app.py"])
    with pytest.raises(SystemExit):
        app.parse_arguments()
    assert "expected a number from 1 to 65535" in capsys.readouterr().err


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
        assert [*own.rglob("image.png")]
        server.process.send_signal(signal.SIGINT)
        code = server.process.wait(timeout=STOP_SECONDS)
        printed = server.output()
        assert code == 0, printed
        assert server.url.rstrip("/") in printed
        assert "Traceback" not in printed
        assert [*own.iterdir()] == []


HOLD_A_FOLDER = """
from ui.own_folder import own_folder
with own_folder() as folder:
    (folder / "upload.png").touch()
    print(folder, flush=True)
    input()
"""


def test_sigterm_while_busy_leaves_nothing_and_a_start_deletes_what_a_dead_lab_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others hold is a folder as the app makes it, without the seconds of its start."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    command = [sys.executable, "-c", HOLD_A_FOLDER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with (
        subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as dead,
        subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as alive,
    ):
        assert dead.stdout
        assert alive.stdout
        left, running = (Path(process.stdout.readline().strip()) for process in (dead, alive))
        dead.kill()
        dead.wait()
        assert (left / "upload.png").exists()
        starting = tmp_path / "latent-lab-starting"  # by a lab that holds no lock in it yet
        starting.mkdir()
        with running_app() as server:
            assert not left.exists()
            assert (running / "upload.png").exists()
            assert starting.exists()
            with Caller(server.url) as caller:
                uploaded = caller.upload(encoded(digit("3"), "PNG"))
            assert Path(uploaded["path"]).is_relative_to(tmp_path)

            def keep_it_busy() -> None:
                with Caller(server.url) as caller, suppress(httpx.TransportError):
                    for step in range(1000):
                        caller.call("/geodesic", -2, step / 1000, 2, 2, 32, "mnist-cvae")

            before = server.cpu_seconds()
            busy = [Thread(target=keep_it_busy) for _ in range(2)]
            for thread in busy:
                thread.start()
            while server.cpu_seconds() < before + 0.5:
                time.sleep(0.05)
            server.process.terminate()
            assert server.process.wait(timeout=STOP_SECONDS) == 0
            for thread in busy:
                thread.join()
            assert "Traceback" not in server.output()
        alive.communicate("\n")
    assert [*tmp_path.iterdir()] == [starting]


def test_where_nobody_can_listen_is_said(server: Server) -> None:
    taken = str(urlsplit(server.url).port)
    for options in (
        ["--port", taken],
        ["--host", "203.0.113.7", "--port", str(free_port())],  # of RFC 5737, so nobody's
        ["--host", "nowhere.invalid", "--port", str(free_port())],
    ):
        ended = start(*options)
        assert ended.returncode == 1
        assert options[1] in ended.stderr
        assert re.fullmatch(r"error: The lab cannot listen on .* with --port\.\n", ended.stderr)


# One process for all of them, because importing gradio takes seconds.
TRY_ALL = """
import sys, app
_, port, *directories = sys.argv
for directory in directories:
    sys.argv = ["app.py", "--port", port, "--weights-dir", directory]
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

    command = [sys.executable, "-c", TRY_ALL, str(free_port()), *map(str, expected)]
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


def test_what_agents_need_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "find_spec", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["app.py", "--mcp", "--port", str(free_port())])
    assert app.main() == 1
    assert 'pip install "gradio[mcp]"' in capsys.readouterr().err


def test_each_endpoint_is_described_in_a_sentence(server: Server) -> None:
    """As agents are told it, see `app.py --mcp`."""
    info = httpx.get(f"{server.url}gradio_api/info").json()["named_endpoints"]
    for name, endpoint in info.items():
        assert endpoint["description"].strip().endswith("."), name
