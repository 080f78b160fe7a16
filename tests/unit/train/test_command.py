"""The command: folders, devices, processes."""

import random
import shlex
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from tests.proofs import LIBRARY
from tests.unit.train.common import ROOT, SIZE, arguments, main, train_with
from vae_core import list_models, load, load_encodings
from vae_core.datasets import load_images
from vae_core.evaluate import __main__ as evaluate
from vae_core.train import step
from vae_core.train.__main__ import main as command

pytestmark = pytest.mark.proof("tests/unit/train/co*.py", *LIBRARY)


def picture_folder(path):
    rng = random.Random(0)
    for label, colour in ("red", (200, 30, 30)), ("blue", (30, 30, 200)):
        (path / label).mkdir(parents=True)
        for number in range(12):
            size = (rng.randrange(20, 60), rng.randrange(20, 60))
            Image.new("RGB", size, colour).save(path / label / f"{number}.png")
    (path / "red" / "broken.png").write_text("not a picture")
    return path


def test_a_folder_of_pictures_trains_and_is_listed(tmp_path, capsys):
    folder = picture_folder(tmp_path / "Mine: 1")
    options = ["--name", "mine", "--dataset", f"folder:{folder}", "--size", "8", "--epochs", "2"]
    options += [*SIZE, "--weights-dir", str(tmp_path / "weights")]
    train_with(options)
    assert "broken.png" in capsys.readouterr().err
    assert list_models(tmp_path / "weights") == ["mine"]
    model = load("mine", tmp_path / "weights")
    assert model.config.classes == ("blue", "red")
    assert model.config.shape == (3, 8, 8)
    assert model.config.dataset == "folder"  # and not where it was
    assert len(load_encodings("mine", tmp_path / "weights").label) == 2  # a tenth of 24


def test_an_empty_folder_is_an_error_that_says_so(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    options = ["--name", "mine", "--dataset", f"folder:{tmp_path / 'empty'}"]
    assert command([*options, "--weights-dir", str(tmp_path)]) == 1
    said = capsys.readouterr().err.split("\r")[-1]  # after the progress bar
    assert said.startswith("error: ")
    assert str(tmp_path / "empty") in said
    assert list_models(tmp_path) == []


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_named(tiny_mnist, tmp_path, capsys):
    assert main("--device cuda", tiny_mnist, tmp_path) == 1
    assert "--device cuda: there is none here; available: cpu" in capsys.readouterr().err


def test_it_ends_by_saying_where_the_model_is_and_what_to_do_next(tmp_path, capsys, monkeypatch):
    """The commands that it prints are accepted by what they start."""
    folder, weights = picture_folder(tmp_path / "my pictures"), tmp_path / "my weights"
    options = ["--name", "mine", "--dataset", f"folder:{folder}", "--size", "8", "--epochs", "1"]
    assert command([*options, *SIZE, "--weights-dir", str(weights)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"The model is in {weights / 'mine'}."
    measure, load_it, see_it = (line.partition(":  ")[2].strip() for line in lines[1:])
    measured = []
    monkeypatch.setattr(evaluate, "measure", lambda *given: measured.append(given) or "figures")
    program, *words = shlex.split(measure)
    assert (program, words[:2]) == ("python", ["-m", "vae_core.evaluate"])
    monkeypatch.setattr("sys.argv", words[1:])
    assert evaluate.main() == 0
    name, directory, _, dataset, *_ = measured[0]
    assert (name, directory, dataset) == ("mine", weights, f"folder:{folder}")
    assert load_it == f"vae_core.load('mine', {str(weights)!r})"
    assert shlex.split(see_it) == ["python", "app.py", "--weights-dir", str(weights)]


def test_a_broken_training_ends_with_a_sentence(tiny_mnist, tmp_path, capsys):
    assert main("--lr 1e30 --batch-size 32", tiny_mnist, tmp_path) == 1
    assert "lower --lr" in capsys.readouterr().err.splitlines()[-1]


def test_continuing_and_starting_over_exclude_each_other(tiny_mnist, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main("--resume --overwrite", tiny_mnist, tmp_path)
    assert "choose one" in capsys.readouterr().err


@pytest.mark.slow
def test_two_processes_reach_what_one_does(tiny_mnist, tmp_path):
    """accelerate launch on two CPU processes: the ELBO of one process, within 0.5 nats."""
    text = "--epochs 40 --batch-size 32 --encoder-width 32 --decoder-width 32 --seed 1"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # --multi_gpu is what starts processes at all: with --cpu alone, accelerate leaves that to MPI.
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu"]
    launch += ["--num_processes", "2"]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    launch += ["--main_process_port", str(port), "-m", "vae_core.train"]
    command = [*launch, "--device", "cpu", *arguments(text, tiny_mnist, tmp_path / "two")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    train_with(arguments(text, tiny_mnist, tmp_path / "one"))
    x = load_images("mnist", False, tiny_mnist).batch(slice(None))
    one, two = (load("tiny", tmp_path / name) for name in ("one", "two"))
    assert one.elbo(x).elbo.mean().item() == pytest.approx(two.elbo(x).elbo.mean().item(), abs=0.5)
    # Sums in another order, so that equal weights would mean that there was one process after all.
    pairs = zip(one.state_dict().values(), two.state_dict().values(), strict=True)
    assert any(not torch.equal(*pair) for pair in pairs)


@pytest.mark.parametrize(("size", "processes"), [(10, 2), (9, 2), (7, 3), (1, 2)])
def test_shares_of_processes_weigh_every_image_alike(size, processes):
    total = torch.zeros(size)
    for rank in range(processes):
        accelerator = SimpleNamespace(process_index=rank, num_processes=processes)
        share, weight = step.share_of(size, accelerator)
        assert len(total[share])
        total[share] += weight / len(total[share]) / processes * size
    torch.testing.assert_close(total, torch.ones(size))
