"""Training repeats itself bit for bit, and survives being stopped."""

import errno
import json
import random
import shutil
import signal
import sys
import time

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests.proofs import LIBRARY
from tests.unit.train.common import (
    arguments,
    assert_same,
    best_without_code,
    checkpoint,
    main,
    start_process,
    stop_in_call,
    train_with,
)
from vae_core import ModelError, list_models, load
from vae_core.datasets import load_images

pytestmark = pytest.mark.proof("tests/unit/train/co*.py", *LIBRARY)


def test_same_seed_same_weights(run, tmp_path):
    first, again, other = (
        run(f"--epochs 2 --seed {seed}", tmp_path / str(place))
        for place, seed in enumerate((3, 3, 4))
    )
    assert_same(first, again)
    for name in "encoder", "decoder", "encodings":
        file = f"tiny/{name}.safetensors"
        assert (tmp_path / "0" / file).read_bytes() == (tmp_path / "1" / file).read_bytes()
    assert any(not torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize(
    ("target", "call"),
    [
        ("torch.bernoulli", 1),  # amid the first epoch, of two steps each
        ("torch.bernoulli", 4),
        ("os.replace", 2),  # the checkpoint of the second epoch is written but not in its place
        ("vae_core.train.loop.save", 0),  # every epoch done
        ("os.replace", 6),  # the decoder is not in its place
        ("vae_core.train.loop.save_encodings", 0),
    ],
)
def test_a_stopped_training_resumes_bit_for_bit(run, tmp_path, monkeypatch, target, call):
    text = "--epochs 4 --batch-size 128 --warmup 3"
    unbroken = run(text, tmp_path / "unbroken")
    with monkeypatch.context() as patch:
        stop_in_call(patch, target, call)
        with pytest.raises(KeyboardInterrupt):
            run(text)
    assert checkpoint(tmp_path).exists()
    assert_same(run(text + " --resume"), unbroken)
    assert not checkpoint(tmp_path).exists()
    assert_same(
        load("tiny", tmp_path).state_dict(), load("tiny", tmp_path / "unbroken").state_dict()
    )


@pytest.mark.slow
def test_training_on_mnist_rises_too(data_dir, tmp_path):
    text = "--epochs 1 --batch-size 512 --lr 0.006 --encoder-width 64 --decoder-width 64"
    model = train_with(arguments(text, data_dir, tmp_path))
    images, test = (load_images("mnist", part, data_dir) for part in (True, False))
    x = test.batch(slice(0, 2000))
    assert model.elbo(x).elbo.mean() > best_without_code(images, x) + 10


LONG = "--epochs 200 --batch-size 128"


def wait_for_checkpoint(process, weights, newer_than=0):
    end = time.monotonic() + 120
    while not checkpoint(weights).exists() or checkpoint(weights).stat().st_mtime_ns <= newer_than:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end, "no checkpoint in two minutes"
        time.sleep(0.01)


@pytest.mark.slow
def test_a_killed_training_resumes_bit_for_bit(run, tiny_mnist, tmp_path):
    """Killed twice, at moments that fall anywhere in an epoch or a write."""
    unbroken = run(LONG, tmp_path / "unbroken")
    rng = random.Random(0)
    last = 0
    for resume in "", " --resume":
        with start_process(LONG + resume, tiny_mnist, tmp_path) as process:
            wait_for_checkpoint(process, tmp_path, newer_than=last)
            time.sleep(rng.uniform(0, 0.5))
            process.kill()
            process.wait()
            assert process.returncode != 0, "finished before the kill"
        last = checkpoint(tmp_path).stat().st_mtime_ns
        load_file(checkpoint(tmp_path))
        assert list_models(tmp_path) == []
    assert_same(run(LONG + " --resume"), unbroken)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_with_a_sentence_and_resumes(run, tiny_mnist, tmp_path):
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)  # not inherited as ignored
    try:
        process = start_process(LONG, tiny_mnist, tmp_path)
    finally:
        signal.signal(signal.SIGINT, previous)
    with process:
        wait_for_checkpoint(process, tmp_path)
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "--resume" in error.splitlines()[-1]
    assert "Traceback" not in error
    assert_same(run(LONG + " --resume"), run(LONG, tmp_path / "unbroken"))


@pytest.fixture
def stopped(run, tmp_path, monkeypatch):
    """A directory with a training of three epochs that was stopped after one."""
    with monkeypatch.context() as patch:
        stop_in_call(patch, "os.replace", 2)
        with pytest.raises(KeyboardInterrupt):
            run("--epochs 3")
    return tmp_path


def test_starting_over_an_unfinished_training_is_refused(stopped, tiny_mnist, capsys):
    before = checkpoint(stopped).read_bytes()
    assert main("--epochs 3", tiny_mnist, stopped) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: {checkpoint(stopped)}")
    assert "--resume" in error
    assert checkpoint(stopped).read_bytes() == before


@pytest.mark.parametrize(
    ("option", "value"),
    [("--epochs", "4"), ("--lr", "0.002"), ("--seed", "1"), ("--decoder-width", "17")],
)
def test_resuming_with_other_options_is_refused(stopped, tiny_mnist, capsys, option, value):
    before = checkpoint(stopped).read_bytes()
    text = f"--epochs 3 --resume {option} {value}"
    assert main(text, tiny_mnist, stopped) == 1
    error = capsys.readouterr().err
    for words in str(checkpoint(stopped)), f"made with {option} ", f"not {value}", "same options":
        assert words in error
    assert checkpoint(stopped).read_bytes() == before


def test_resuming_without_a_checkpoint_is_refused(tiny_mnist, tmp_path, capsys):
    assert main("--resume", tiny_mnist, tmp_path) == 1
    assert "there is no checkpoint to resume from" in capsys.readouterr().err


def test_a_checkpoint_from_before_pictures_were_compared_goes_on(run, stopped, tmp_path):
    """Such a one has no notes on its data; and none on an option that came later."""
    tensors = load_file(checkpoint(stopped))
    with safe_open(checkpoint(stopped), framework="pt") as file:
        notes = file.metadata()
    del notes["data"]
    recipe = json.loads(notes["recipe"])
    assert recipe.pop("guide") == 0
    notes["recipe"] = json.dumps(recipe)
    save_file(tensors, checkpoint(stopped), notes)
    assert_same(run("--epochs 3 --resume"), run("--epochs 3", tmp_path / "unbroken"))


def test_a_folder_without_rights_is_a_sentence(tiny_mnist, tmp_path, monkeypatch, capsys):
    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.exists", refuse)
    assert main("", tiny_mnist, tmp_path) == 1
    assert "Permission denied: " in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("keep", [0, 5, 500, -1])
def test_a_truncated_checkpoint_is_named(run, stopped, keep):
    path = checkpoint(stopped)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"checkpoint\.safetensors"):
        run("--epochs 3 --resume")


def test_a_checkpoint_of_another_kind_is_named(run, stopped, tmp_path):
    run("--epochs 1", tmp_path / "other")
    shutil.copy(tmp_path / "other" / "tiny" / "encoder.safetensors", checkpoint(stopped))
    with pytest.raises(ModelError, match=r"checkpoint\.safetensors"):
        run("--epochs 3 --resume")


@pytest.mark.parametrize(
    ("text", "words"), [("--name ../x", "is not a model name"), ("", "--data-dir")]
)
def test_other_failures_are_sentences(tmp_path, monkeypatch, capsys, text, words):
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: (_ for _ in ()).throw(OSError))
    assert main(text, tmp_path / "no-data", tmp_path) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert words in error
