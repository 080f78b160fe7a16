"""Trainings that the page of an app with --train starts: processes of their own, one at a time."""

import asyncio
import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from starlette.responses import PlainTextResponse

import app
from ui.descriptions import names_in
from ui.shell import address_of
from ui.train_routes import KEY, TRAIN, TrainRoutes
from ui.training import FOLDER, Trainings
from vae_core import load

SMALL = {"encoder_width": 16, "decoder_width": 16, "encoder_blocks": 1, "decoder_blocks": 1}
SHORT = {**SMALL, "epochs": 2, "size": 8, "batch_size": 16}
LONG = {**SHORT, "epochs": 1000}
PATIENCE = 120.0


@pytest.fixture
def trainings(tmp_path: Path) -> Iterator[Trainings]:
    made = Trainings(tmp_path, None, address_of)
    yield made
    made.close()
    wait(lambda: made.process is None)


def wait(condition: Callable[[], Any]) -> None:
    """Look ten times a second until it is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def signs(path: Path) -> Path:
    """Thirty pictures of two classes, as a ZIP."""
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for k in range(30):
            pixels = rng.integers(0, 60, (8, 8), dtype=np.uint8)
            pixels[3:5] += np.uint8(190) if k % 2 else np.uint8(0)
            pixels[:, 3:5] += np.uint8(0) if k % 2 else np.uint8(190)
            buffer = io.BytesIO()
            Image.fromarray(pixels).save(buffer, "PNG")
            archive.writestr(f"signs/{'flat' if k % 2 else 'up'}/{k}.png", buffer.getvalue())
    return path


def asked(
    trainings: Trainings, tmp_path: Path, name: str, recipe: dict[str, Any]
) -> dict[str, Any]:
    received = trainings.receive(signs(tmp_path / "signs.zip"))
    assert received["classes"] == {"flat": 15, "up": 15}
    return {"name": name, "upload": received["upload"], "recipe": recipe}


def test_an_upload_becomes_a_model_and_a_second_waits(trainings: Trainings, tmp_path: Path) -> None:
    first = trainings.start(asked(trainings, tmp_path, "one", SHORT))
    second = trainings.start(
        asked(trainings, tmp_path, "two", {**SHORT, "objective": "autoencoder"})
    )
    assert (first["place"], second["place"]) == (0, 1)
    state = trainings.state()
    assert state["running"]["name"] == "one"
    assert [one["name"] for one in state["waiting"]] == ["two"]
    assert str(tmp_path) not in json.dumps(state)  # no path of the computer
    wait(lambda: trainings.made == ["one", "two"])
    state = trainings.state()
    assert state["running"] is None
    assert state["last"] == {"name": "two", "end": "done"}
    assert [one["epoch"] for one in state["curve"]] == [1, 2]
    assert len(state["now"]["codes"]) == 2 * len(state["now"]["labels"]) > 0
    assert [one["classes"] for one in state["models"]] == [["flat", "up"]] * 2
    assert load("one", tmp_path).config.shape == (1, 8, 8)
    assert not any((tmp_path / FOLDER).iterdir())  # nothing is left of what was uploaded


def test_cancelled_goes_on_and_is_forgotten(trainings: Trainings, tmp_path: Path) -> None:
    trainings.start(asked(trainings, tmp_path, "long", LONG))
    wait(lambda: len(trainings.news) >= 2)
    number = {"number": trainings.state()["running"]["number"]}
    trainings.cancel(number)
    wait(lambda: trainings.running is None)
    state = trainings.state()
    assert state["last"] == {"name": "long", "end": "stopped"}
    assert [one["name"] for one in state["unfinished"]] == ["long"]
    done = trainings.news[-1]["epoch"]
    trainings.go_on(number)
    wait(lambda: trainings.news)
    assert trainings.news[0]["epoch"] > done >= 2  # nothing is lost
    trainings.cancel(number)
    wait(lambda: trainings.running is None)
    trainings.forget(number)
    assert trainings.state()["unfinished"] == []
    assert not (tmp_path / "long").exists()
    with pytest.raises(ValueError, match="no such training"):
        trainings.go_on(number)


def test_a_lab_that_was_killed_finds_what_it_had_begun(
    trainings: Trainings, tmp_path: Path
) -> None:
    trainings.start(asked(trainings, tmp_path, "long", LONG))
    wait(lambda: trainings.news)
    assert trainings.process is not None
    os.kill(trainings.process.pid, signal.SIGKILL)
    wait(lambda: trainings.running is None)
    later = Trainings(tmp_path, None, address_of)
    assert [one["name"] for one in later.state()["unfinished"]] == ["long"]


def test_the_process_ends_with_the_lab(trainings: Trainings, tmp_path: Path) -> None:
    """Its standard input is closed by whatever ends the lab."""
    trainings.start(asked(trainings, tmp_path, "long", LONG))
    wait(lambda: trainings.news)
    process = trainings.process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(PATIENCE) == 0
    assert "long" not in names_in(tmp_path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "../x"}, "a-z"),
        ({"name": 3}, "a-z"),
        ({"upload": "../../etc"}, "or an upload"),
        ({"upload": None, "dataset": "folder:/etc"}, "expected mnist"),
        ({"recipe": {"dataset": "folder:/etc"}}, "expected some of"),
        ({"recipe": {"start": "x"}}, "expected some of"),
        ({"recipe": []}, "expected some of"),
        ({"recipe": {"beta": "much"}}, "beta"),
        ({"recipe": {"epochs": 10**6}}, "at most 1000"),
        ({"recipe": {"encoder_width": 5000}}, "at most 1024"),
        ({"recipe": {"size": 128}}, "at most 64"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(
    trainings: Trainings, tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        trainings.start(asked(trainings, tmp_path, "one", SHORT) | change)
    assert trainings.state()["running"] is None


def test_a_name_that_is_taken_is_refused(trainings: Trainings, tmp_path: Path) -> None:
    trainings.start(asked(trainings, tmp_path, "long", LONG))
    with pytest.raises(ValueError, match="already"):
        trainings.start(asked(trainings, tmp_path, "long", SHORT))


def test_the_key_is_needed_for_all_but_the_state(trainings: Trainings, tmp_path: Path) -> None:
    routes = TrainRoutes(PlainTextResponse("the page"), trainings)
    archive = signs(tmp_path / "x.zip").read_bytes()

    async def visit() -> None:
        transport = httpx.ASGITransport(routes)
        async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
            assert (await client.get("/")).text == "the page"
            assert (await client.get(f"/{TRAIN}state")).json()["running"] is None
            for name in ("upload", "start", "go_on", "cancel", "forget"):
                for headers in ({}, {KEY: "guess"}):
                    answer = await client.post(f"/{TRAIN}{name}", content=b"{}", headers=headers)
                    assert answer.status_code == 403
            key = {KEY: trainings.key}
            sent = await client.post(f"/{TRAIN}upload", content=archive, headers=key)
            assert sent.json()["classes"] == {"flat": 15, "up": 15}
            bad = await client.post(f"/{TRAIN}upload", content=b"no", headers=key)
            assert bad.status_code == 400
            assert "no ZIP" in bad.json()["error"]
            for body in (b"[]", b"{", b"{}", b'"' + b"x" * 20_000 + b'"'):
                answer = await client.post(f"/{TRAIN}start", content=body, headers=key)
                assert answer.status_code == 400
            assert (await client.post(f"/{TRAIN}other", headers=key)).status_code == 404

    asyncio.run(visit())


@pytest.mark.parametrize("public", [["--share"], []])
def test_it_is_not_for_a_public_space(
    public: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not public:
        monkeypatch.setenv("SPACE_ID", "somebody/lab")
    monkeypatch.setattr("sys.argv", ["app.py", "--train", *public])
    assert app._serve(app.parse_arguments()) == 1
    assert "not for a public Space" in capsys.readouterr().err


def test_the_checkpoint_of_a_command_line_is_left_alone(
    trainings: Trainings, tmp_path: Path
) -> None:
    theirs = trainings.weights_dir / "theirs" / "checkpoint.safetensors"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"of a command line")
    with pytest.raises(ValueError, match="choose another name"):
        trainings.start({"name": "theirs", "recipe": {}, "dataset": "mnist"})
    assert theirs.exists()
