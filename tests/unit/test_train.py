"""Training: it learns, it repeats itself bit for bit, and it survives being stopped."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from vae_core import VAE, ModelError, list_models, load, load_encodings, objectives, save
from vae_core import train as training
from vae_core.datasets import load_images
from vae_core.exact import Grid, log_prob
from vae_core.pretrained import load_history

ROOT = Path(__file__).resolve().parents[2]
SIZE = [f"--{part}-{size}" for part in ("encoder", "decoder") for size in ("width=16", "blocks=1")]


SIDE = 40  # of the quadrature whose figures are stored: enough for small models, and quick


@pytest.fixture(autouse=True)
def _coarser(monkeypatch):
    monkeypatch.setattr(training, "log_prob", partial(log_prob, side=SIDE))


@pytest.fixture
def run(tiny_mnist, tmp_path, monkeypatch):
    """Train on the tiny dataset; the parameters before they are rounded to half precision."""
    whole = {}
    save = training.save

    def keep(name, model, weights_dir):
        whole.update({key: value.clone() for key, value in model.state_dict().items()})
        save(name, model, weights_dir)

    monkeypatch.setattr(training, "save", keep)

    def start(text, weights=tmp_path):
        training.train(training.parse_arguments(arguments(text, tiny_mnist, weights)))
        return dict(whole)

    return start


def arguments(text, data, weights):
    places = ["--data-dir", str(data), "--weights-dir", str(weights)]
    return ["--name", "tiny", *SIZE, *places, *text.split()]


def checkpoint(weights):
    return weights / "tiny" / "checkpoint.safetensors"


def assert_same(first, second):
    assert first.keys() == second.keys()
    for key in first:
        assert torch.equal(first[key], second[key]), key


# Learning


def best_without_code(images, x):
    """Mean log p(x) when every pixel has its own fixed probability."""
    p = images.batch(slice(None)).mean(0).clamp(0.002, 0.998)
    return (x * p.log() + (1 - x) * (1 - p).log()).sum((1, 2, 3)).mean()


def test_training_raises_the_elbo(run, tiny_mnist, tmp_path):
    run("--epochs 50 --batch-size 16 --lr 0.003 --warmup 20 --encoder-width 64 --decoder-width 64")
    model = load("tiny", tmp_path)
    images, test = (load_images("mnist", part, tiny_mnist) for part in (True, False))
    x = test.batch(slice(None))
    before = VAE(model.config).elbo(x).elbo.mean()
    after = model.elbo(x).elbo.mean()
    assert before < -500  # about 784 log 2
    assert after > best_without_code(images, x) + 5
    assert model.elbo(x).rate.mean() > 1  # and the code is used


def test_training_leaves_a_whole_model_and_no_checkpoint(run, tiny_mnist, tmp_path):
    run("--epochs 1")
    found = sorted(path.name for path in (tmp_path / "tiny").iterdir())
    parts = [f"{part}.safetensors" for part in ("decoder", "encoder", "encodings", "history")]
    assert found == ["config.json", *parts]
    model, stored = load("tiny", tmp_path), load_encodings("tiny", tmp_path)
    assert (model.config.dataset, model.config.shape) == ("mnist", (1, 28, 28))
    assert model.config.encoder_width == model.config.decoder_width == 16
    test = load_images("mnist", False, tiny_mnist)
    q = model.encode(test.batch(slice(None)))
    torch.testing.assert_close(stored.mean, q.mean)
    torch.testing.assert_close(stored.logvar, q.logvar)
    torch.testing.assert_close(stored.rate, q.rate())
    exact = Grid(model, SIDE).log_prob(test.batch(slice(None))).float()
    torch.testing.assert_close(stored.log_prob, exact)
    assert torch.equal(stored.label, test.labels)


def test_every_epoch_shows_every_image_binarized_anew(run, tiny_mnist, monkeypatch):
    seen = []

    def watch(model, x, noise, label, beta):
        seen.append((x, beta))
        return objectives.elbo(model, x, noise, label, beta)

    monkeypatch.setitem(objectives.OBJECTIVES, "elbo", watch)
    run("--epochs 4 --batch-size 100 --warmup 2")
    assert [len(x) for x, _ in seen] == [100, 100, 56] * 4
    assert all(((x == 0) | (x == 1)).all() for x, _ in seen)
    epochs = [torch.cat([x for x, _ in seen[i : i + 3]]) for i in range(0, 12, 3)]
    assert not torch.equal(epochs[0], epochs[1])
    mean = load_images("mnist", True, tiny_mnist).batch(slice(None)).mean().item()
    for epoch in epochs:
        assert epoch.mean().item() == pytest.approx(mean, abs=4 * 0.5 / epoch.numel() ** 0.5)
    betas = [beta for _, beta in seen]
    assert betas == pytest.approx([i / 6 for i in range(6)] + [1] * 6)  # rises for two epochs


# Repeating


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


def stop_in_call(monkeypatch, target, call):
    """Raise KeyboardInterrupt in a later call of a function, before it does anything."""
    module, name = target.rsplit(".", 1)
    original = getattr(sys.modules.get(module) or os, name)
    calls = iter(range(1000))

    def stop(*arguments, **options):
        if next(calls) == call:
            raise KeyboardInterrupt
        return original(*arguments, **options)

    monkeypatch.setattr(f"{module}.{name}", stop)


@pytest.mark.parametrize(
    ("target", "call"),
    [
        ("torch.bernoulli", 4),  # amid the third epoch, of two steps each
        ("os.replace", 1),  # the second checkpoint is written but not in its place
        ("vae_core.train.save", 0),  # every epoch done
        ("os.replace", 5),  # the decoder is not in its place
        ("vae_core.train.save_encodings", 0),
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


LONG = "--epochs 200 --batch-size 128"


def start_process(text, data, weights):
    command = [sys.executable, "-m", "vae_core.train", *arguments(text, data, weights)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


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


@pytest.mark.slow
def test_training_on_mnist_rises_too(data_dir, tmp_path):
    text = "--epochs 1 --batch-size 512 --lr 0.006 --encoder-width 64 --decoder-width 64"
    model = training.train(training.parse_arguments(arguments(text, data_dir, tmp_path)))
    images, test = (load_images("mnist", part, data_dir) for part in (True, False))
    x = test.batch(slice(0, 2000))
    assert model.elbo(x).elbo.mean() > best_without_code(images, x) + 10


# The other families


def tiny_options(text, data, weights):
    return training.parse_arguments(arguments(text, data, weights))


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("--objective autoencoder", {"objective": "autoencoder", "probabilistic": False}),
        ("--objective iwae", {"objective": "iwae", "probabilistic": True}),
        ("--beta 4", {"objective": "elbo", "beta": 4}),
        ("--conditional", {"conditional": True}),
        ("--likelihood gaussian", {"likelihood": "gaussian"}),
        ("--input-dropout 0.5 --average 0", {}),
    ],
)
def test_every_family_trains_resumes_and_is_encoded(
    run, tiny_mnist, tmp_path, monkeypatch, text, config
):
    text += " --epochs 2 --batch-size 128"
    unbroken = run(text, tmp_path / "unbroken")
    with monkeypatch.context() as patch:
        stop_in_call(patch, "os.replace", 1)
        with pytest.raises(KeyboardInterrupt):
            run(text)
    assert_same(run(text + " --resume"), unbroken)
    model, stored = load("tiny", tmp_path), load_encodings("tiny", tmp_path)
    for field, value in config.items():
        assert getattr(model.config, field) == value
    test = load_images("mnist", False, tiny_mnist)
    q = model.encode(test.batch(slice(None)), test.labels)
    torch.testing.assert_close(stored.mean, q.mean)
    torch.testing.assert_close(stored.logvar, q.logvar)


def test_iwae_draws_five_samples_unless_told():
    for text, samples in ("", 1), ("--objective iwae", 5), ("--objective iwae --samples 8", 8):
        assert training.parse_arguments(["--name", "x", *text.split()]).samples == samples


def test_an_autoencoders_codes_are_standardized(run, tiny_mnist, tmp_path):
    run("--epochs 3 --objective autoencoder")
    model, images = load("tiny", tmp_path), load_images("mnist", True, tiny_mnist)
    x = images.batch(slice(None))
    mean = model.encode(x).mean
    torch.testing.assert_close(mean.mean(0), torch.zeros(2), atol=0.01, rtol=0)
    torch.testing.assert_close(mean.std(0), torch.ones(2), atol=0.01, rtol=0)
    last = load_history("tiny", tmp_path).mean[-1].float()  # shown in the same units
    torch.testing.assert_close(last, load_encodings("tiny", tmp_path).mean, atol=0.02, rtol=0.01)
    before = model.reconstruct(x)
    with torch.no_grad():  # move them away: standardizing must bring them back, pictures unchanged
        model.encoder[-1].weight *= 3
        model.encoder[-1].bias.mul_(3).add_(2)
        model.decoder[0].bias -= model.decoder[0].weight @ torch.full((2,), 2 / 3)
        model.decoder[0].weight /= 3
    torch.testing.assert_close(model.reconstruct(x), before, atol=1e-4, rtol=1e-3)
    training.standardize_codes(model, images)
    torch.testing.assert_close(model.reconstruct(x), before, atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(model.encode(x).mean.std(0), torch.ones(2), atol=0.01, rtol=0)


def test_the_weights_saved_are_a_running_average(run, monkeypatch):
    """Against the same recursion over the weights of every step, written down by hand."""
    seen = []
    update = training.AveragedModel.update_parameters

    def watch(self, model):
        seen.append({key: value.clone() for key, value in model.state_dict().items()})
        update(self, model)

    monkeypatch.setattr(training.AveragedModel, "update_parameters", watch)
    saved = run("--epochs 40 --batch-size 64 --average 0.95")
    expected = seen[0]
    for number, state in enumerate(seen[1:], 1):
        share = max(0.05, 9 / (10 + number))
        expected = {key: old + share * (state[key] - old) for key, old in expected.items()}
    assert len(seen) == 160
    for key in expected:
        torch.testing.assert_close(saved[key], expected[key], atol=1e-5, rtol=1e-4)
    assert any(not torch.allclose(saved[key], seen[-1][key], atol=1e-4) for key in saved)


def test_start_and_freeze_decoder(run, tmp_path):
    run("--epochs 2")
    first = load("tiny", tmp_path).state_dict()
    run("--epochs 2 --start tiny --name other --freeze-decoder --lr 0.01 --batch-size 64")
    second = load("other", tmp_path).state_dict()
    for key in first:
        assert torch.equal(first[key], second[key]) == key.startswith("decoder"), key
    with pytest.raises(ModelError, match="of another architecture"):
        run("--start tiny --name third --decoder-width 17")


def test_an_autoencoder_starts_from_the_means_of_a_vae(run, tiny_mnist, tmp_path):
    run("--epochs 2")
    x = load_images("mnist", False, tiny_mnist).batch(slice(None))
    run("--epochs 1 --lr 1e-9 --start tiny --name plain --objective autoencoder")
    plain = load("plain", tmp_path)
    assert not plain.config.probabilistic
    same = load("tiny", tmp_path).reconstruct(x)  # while codes are shifted and scaled
    torch.testing.assert_close(plain.reconstruct(x), same, atol=0.01, rtol=0)
    with pytest.raises(ModelError, match="of another architecture"):
        run("--start plain --name back")


def test_a_guide_moves_codes_to_where_the_image_is_explained(run, tiny_mnist, tmp_path):
    """With the decoder frozen, from an encoder that knows nothing: nearer to the best codes."""
    size = "--encoder-width 32 --decoder-width 32 --epochs 20 --batch-size 32 --lr 0.003"
    run(size)
    x = load_images("mnist", True, tiny_mnist).batch(slice(None)).round()
    grid = Grid(load("tiny", tmp_path), 60, 4.2)
    best = grid.codes[grid.log_joint(x).argmax(1)]

    def away(name):
        return (load(name, tmp_path).encode(x).mean - best).norm(dim=1).mean()

    shuffle = load("tiny", tmp_path)
    shuffle.encoder[-1].weight[:2] *= -1
    save("tiny", shuffle, tmp_path)
    for name, guide in ("plain", 0), ("guided", 300):
        run(f"{size} --start tiny --freeze-decoder --name {name} --guide {guide}")
    assert away("guided") < 0.9 * away("plain") < 0.9 * away("tiny")
    with pytest.raises(ModelError, match="--guide"):
        run("--guide 1 --conditional --name other")


def test_the_history_starts_early_and_ends_with_the_model(run, tmp_path):
    run("--epochs 30 --batch-size 16")
    history, stored = load_history("tiny", tmp_path), load_encodings("tiny", tmp_path)
    assert 20 <= len(history.epoch) <= 25
    assert history.mean.dtype == torch.float16
    assert history.mean.shape == (len(history.epoch), 64, 2)
    assert history.epoch[0] == 0
    assert history.epoch[-1] == 30
    steps = history.epoch.diff()
    assert (steps > 0).all()
    assert steps[len(steps) // 2 :].mean() > 2 * steps[: len(steps) // 2].mean()
    # The last moment is the model itself, before it is rounded to half precision.
    torch.testing.assert_close(history.mean[-1].float(), stored.mean, atol=0.02, rtol=0.01)
    assert -history.rate[-1] - history.distortion[-1] == pytest.approx(
        -(stored.rate + stored.distortion).mean(), abs=2
    )
    assert history.distortion[0] > 500 > history.distortion[-1]  # about 784 log 2 at first


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
    training.train(training.parse_arguments(options))
    assert "broken.png" in capsys.readouterr().err
    assert list_models(tmp_path / "weights") == ["mine"]
    model = load("mine", tmp_path / "weights")
    assert model.config.classes == ("blue", "red")
    assert model.config.shape == (3, 8, 8)
    assert model.config.dataset == "folder"  # and not where it was
    assert len(load_encodings("mine", tmp_path / "weights").label) == 2  # a tenth of 24


def test_an_empty_folder_is_an_error_that_says_so(tmp_path, monkeypatch, capsys):
    (tmp_path / "empty").mkdir()
    options = ["--name", "mine", "--dataset", f"folder:{tmp_path / 'empty'}"]
    monkeypatch.setattr("sys.argv", ["train", *options, "--weights-dir", str(tmp_path)])
    assert training.main() == 1
    said = capsys.readouterr().err.split("\r")[-1]  # after the progress bar
    assert said.startswith("error: ")
    assert str(tmp_path / "empty") in said
    assert list_models(tmp_path) == []


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_named(tiny_mnist, tmp_path, monkeypatch, capsys):
    assert main("--device cuda", tiny_mnist, tmp_path, monkeypatch) == 1
    assert "--device cuda: there is none here; available: cpu" in capsys.readouterr().err


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
    training.train(tiny_options(text, tiny_mnist, tmp_path / "one"))
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
        share, weight = training._share(size, accelerator)
        assert len(total[share])
        total[share] += weight / len(total[share]) / processes * size
    torch.testing.assert_close(total, torch.ones(size))


# Refusals


@pytest.fixture
def stopped(run, tmp_path, monkeypatch):
    """A directory with a training of three epochs that was stopped after one."""
    with monkeypatch.context() as patch:
        stop_in_call(patch, "os.replace", 1)
        with pytest.raises(KeyboardInterrupt):
            run("--epochs 3")
    return tmp_path


def main(text, data, weights, monkeypatch):
    monkeypatch.setattr("sys.argv", ["train", *arguments(text, data, weights)])
    return training.main()


def test_starting_over_an_unfinished_training_is_refused(stopped, tiny_mnist, monkeypatch, capsys):
    before = checkpoint(stopped).read_bytes()
    assert main("--epochs 3", tiny_mnist, stopped, monkeypatch) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: {checkpoint(stopped)}")
    assert "--resume" in error
    assert checkpoint(stopped).read_bytes() == before


@pytest.mark.parametrize(
    ("option", "value"),
    [("--epochs", "4"), ("--lr", "0.002"), ("--seed", "1"), ("--decoder-width", "17")],
)
def test_resuming_with_other_options_is_refused(
    stopped, tiny_mnist, monkeypatch, capsys, option, value
):
    before = checkpoint(stopped).read_bytes()
    text = f"--epochs 3 --resume {option} {value}"
    assert main(text, tiny_mnist, stopped, monkeypatch) == 1
    error = capsys.readouterr().err
    for words in str(checkpoint(stopped)), f"made with {option} ", f"not {value}", "same options":
        assert words in error
    assert checkpoint(stopped).read_bytes() == before


def test_resuming_without_a_checkpoint_is_refused(tiny_mnist, tmp_path, monkeypatch, capsys):
    assert main("--resume", tiny_mnist, tmp_path, monkeypatch) == 1
    assert "there is no checkpoint to resume from" in capsys.readouterr().err


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
    assert main(text, tmp_path / "no-data", tmp_path, monkeypatch) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert words in error


@pytest.mark.parametrize(
    "text",
    [
        "--epochs 0",
        "--epochs -1",
        "--epochs 1.5",
        "--epochs nan",
        "--batch-size 0",
        "--lr -0.001",
        "--lr 0",
        "--lr nan",
        "--lr inf",
        "--lr fast",
        "--weight-decay -1",
        "--weight-decay nan",
        "--warmup -1",
        "--warmup nan",
        "--seed one",
        "--seed 99999999999999999999",
        "--encoder-width 0",
        "--decoder-blocks -2",
        "--dataset imagenet",
        "--objective magic",
    ],
)
def test_bad_options_are_refused_before_anything_happens(text, capsys):
    with pytest.raises(SystemExit) as stop:
        training.parse_arguments(["--name", "tiny", *text.split()])
    assert stop.value.code == 2
    assert text.split()[0] in capsys.readouterr().err


def test_a_name_is_required(capsys):
    with pytest.raises(SystemExit) as stop:
        training.parse_arguments([])
    assert stop.value.code == 2
    assert "--name" in capsys.readouterr().err
