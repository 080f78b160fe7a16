"""`train` as a notebook or the app calls it: it reports, stops, goes on, and says what is wrong."""

import dataclasses
import errno
import math
from itertools import count

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.unit.train.common import assert_same, checkpoint
from vae_core import ModelError, list_models, load, load_encodings
from vae_core.datasets import Images
from vae_core.pretrained import ABOUT, load_history
from vae_core.train import Recipe, encode, loop, train

TINY = Recipe(
    encoder_width=16,
    encoder_blocks=1,
    decoder_width=16,
    decoder_blocks=1,
    epochs=3,
    batch_size=128,
)


@pytest.fixture
def call(tiny_mnist, tmp_path):
    """`train` on the tiny dataset, with a recipe that differs from `TINY` as it is told."""

    def start(changes=(), **options):
        recipe = dataclasses.replace(TINY, **dict(changes))
        return train(recipe, "tiny", weights_dir=tmp_path, data_dir=tiny_mnist, **options)

    return start


def picture_folder(path, n, colour=None):
    """Save n pictures, each of its own shade unless a colour is given."""
    path.mkdir(parents=True, exist_ok=True)
    for i in range(len(list(path.iterdir())), n):
        Image.new("RGB", (8, 8), colour or (i, 2 * i, 255 - i)).save(path / f"{i}.png")
    return {"dataset": f"folder:{path}", "size": 8}


# Reports and stops


def test_it_reports_every_epoch_and_returns_the_model_on_disk(call, tmp_path):
    reports = []
    model = call(on_epoch=reports.append)
    assert [report.epoch for report in reports] == [1, 2, 3]
    assert {report.epochs for report in reports} == {3}
    assert reports[0].distortion > reports[-1].distortion > 0
    assert all(report.rate >= 0 for report in reports)
    seconds = [report.seconds for report in reports]
    assert seconds == sorted(seconds)
    # After two of three epochs, a third of the time is left: half of what is gone.
    assert reports[1].seconds_left == pytest.approx(reports[1].seconds / 2)
    assert reports[-1].seconds_left == 0
    assert_same(model.state_dict(), load("tiny", tmp_path).state_dict())


@pytest.mark.parametrize("asked", [0, 1, 2, 5])  # each epoch: before it, and between its two steps
def test_it_stops_when_it_is_told_and_goes_on_as_if_nothing_had_happened(
    call, tiny_mnist, tmp_path, asked
):
    questions = count()
    assert call(should_stop=lambda: next(questions) == asked) is None
    assert next(questions) == asked + 1
    assert checkpoint(tmp_path).exists()
    assert list_models(tmp_path) == []
    resumed = call(resume=True)
    whole = train(TINY, "whole", weights_dir=tmp_path, data_dir=tiny_mnist)
    assert_same(resumed.state_dict(), whole.state_dict())
    assert_same(load_history("tiny", tmp_path)._asdict(), load_history("whole", tmp_path)._asdict())


def test_tiny_epochs_do_not_write_a_checkpoint_each(call, monkeypatch):
    written = []
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 60.0)
    monkeypatch.setattr(loop.Training, "write", lambda self, path: written.append(self.done))
    monkeypatch.setattr("pathlib.Path.unlink", lambda *_, **__: None)
    call({"epochs": 8})
    assert written == [0, 8]


# What is there is kept


def test_a_finished_model_is_replaced_only_if_that_is_asked_for(call, tmp_path):
    folder = tmp_path / "tiny"
    call()
    measured = {"metrics.json", "README.md", "manifold.png", "layers.safetensors"}
    for name in measured:
        (folder / name).write_text("of the first model")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ModelError, match=r"holds a model already: .*--overwrite"):
        call({"seed": 1})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert set(ABOUT) < before.keys()
    call({"seed": 1}, overwrite=True)
    now = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert before.keys() - now.keys() == measured
    assert all(now[name] != before[name] for name in now if name.endswith(".safetensors"))


def test_an_unfinished_training_is_started_over_only_if_that_is_asked_for(call, tmp_path):
    assert call(should_stop=lambda: True) is None
    with pytest.raises(ModelError, match=r"--resume, or start over with --overwrite"):
        call({"seed": 1})
    assert call({"seed": 1}, overwrite=True) is not None
    assert not checkpoint(tmp_path).exists()


def test_a_training_goes_on_only_with_the_pictures_it_began_with(tmp_path):
    """It is refused at once, and not lost: with the old pictures it goes on."""
    pictures = tmp_path / "pictures"
    for name in "a", "b":
        recipe = dataclasses.replace(TINY, **picture_folder(pictures / name, 6))
    recipe = dataclasses.replace(recipe, dataset=f"folder:{pictures}")

    def go_on(**options):
        return train(recipe, "tiny", weights_dir=tmp_path / "weights", **options)

    assert go_on(should_stop=lambda: True) is None
    (pictures / "a").rename(pictures / "c")
    with pytest.raises(ModelError, match="was made with the classes a, b, not b, c: resume with"):
        go_on(resume=True)
    (pictures / "c").rename(pictures / "a")
    picture_folder(pictures / "a", 20)
    with pytest.raises(ModelError, match=r"11 \+ 1 pictures .*, not 24 \+ 2: resume with"):
        go_on(resume=True)
    for i in range(6, 20):
        (pictures / "a" / f"{i}.png").unlink()
    first = pictures / "a" / "0.png"
    kept = first.read_bytes()
    Image.new("RGB", (8, 8), (9, 9, 9)).save(first)
    with pytest.raises(ModelError, match="was made with other pictures, though as many"):
        go_on(resume=True)
    first.write_bytes(kept)
    assert go_on(resume=True) is not None


# What goes wrong is a sentence


def test_a_loss_that_is_not_finite_ends_the_training(call, tmp_path):
    """The last good state is kept, and no model is saved."""
    with pytest.raises(ModelError, match=r"training broke down .* lower --lr \(it was 1e\+30\)"):
        call({"lr": 1e30, "epochs": 40})
    assert list_models(tmp_path) == []
    tensors = load_file(checkpoint(tmp_path))
    assert all(value.isfinite().all() for key, value in tensors.items() if key.startswith("model/"))


def test_parameters_that_are_not_finite_end_the_training(call, tmp_path, monkeypatch):
    """As a loss of zero images would, after the last step of an epoch: no loss shows it."""
    step = torch.optim.AdamW.step

    def break_down(self, *arguments):
        step(self, *arguments)
        self.param_groups[0]["params"][0].data[0] = math.nan

    monkeypatch.setattr(torch.optim.AdamW, "step", break_down)
    with pytest.raises(ModelError, match=r"in epoch 1: 'encoder\.0\.weight' is not finite"):
        call({"batch_size": 256})
    assert list_models(tmp_path) == []


@pytest.mark.parametrize("objective", ["autoencoder", "elbo"])
@pytest.mark.parametrize("n", [2, 12])  # 2: one of them is for training, and has no deviation
def test_pictures_that_are_all_alike_give_a_model(tmp_path, objective, n):
    changes = picture_folder(tmp_path / "pictures", n, (90, 60, 30))
    recipe = dataclasses.replace(TINY, objective=objective, **changes)
    model = train(recipe, "tiny", weights_dir=tmp_path)
    stored = load_encodings("tiny", tmp_path)
    assert stored.mean.isfinite().all()
    assert stored.log_prob.isfinite().all()
    assert model.decode(stored.mean).isfinite().all()


def test_few_steps_are_announced_with_the_epochs_that_would_do(tmp_path, capsys):
    changes = picture_folder(tmp_path / "pictures", 60)
    recipe = dataclasses.replace(TINY, batch_size=10, **changes)
    train(recipe, "tiny", weights_dir=tmp_path)
    assert (
        "This training takes 18 steps: 54 pictures in batches of 10, in 3 epochs. A model needs "
        "about 2,000 to learn much; that would be --epochs 334."
    ) in capsys.readouterr().err
    assert 333 * 6 < 2000 <= 334 * 6


def test_labels_are_needed_to_tell_them(tmp_path):
    changes = picture_folder(tmp_path / "pictures", 4)
    with pytest.raises(ModelError, match=r"--conditional: there are no labels in .* sub-folder"):
        train(dataclasses.replace(TINY, conditional=True, **changes), "x", weights_dir=tmp_path)


def test_a_folder_that_cannot_be_written_is_named_before_training(call, tmp_path):
    (tmp_path / "tiny").touch()
    with pytest.raises(ModelError, match=r"tiny: the folder cannot be made \(File exists\)"):
        call()


@pytest.mark.parametrize("written", [0, 2, 5, 7])  # four checkpoints, two networks and so on
def test_a_full_disk_is_named_and_the_training_goes_on_later(call, tmp_path, monkeypatch, written):
    calls = count()
    write = type(tmp_path).write_bytes

    def fill(path, content):
        if next(calls) >= written:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_bytes", fill)
        with pytest.raises(ModelError, match=r"cannot be written \(No space left on device\)"):
            call()
    assert not list((tmp_path / "tiny").glob("*.partial"))
    assert checkpoint(tmp_path).exists() == (written > 0)
    assert call(resume=written > 0) is not None


# log p(x) of the test images, in minutes


def test_large_pictures_are_measured_on_fewer_cells(small_model, monkeypatch):
    """What is shipped keeps all cells; large pictures take a minute or two, whatever they are."""
    shapes = {(1, 28, 28): 10_000, (3, 32, 32): 10_000, (3, 256, 256): 6, (3, 128, 128): 2000}
    monkeypatch.setattr(encode, "SIDE", 320)
    sides = {}
    for shape, images in shapes.items():
        last = torch.nn.Linear(512, math.prod(shape), device="meta")
        model = small_model()
        model.decoder[-1] = last
        sides[shape] = side = encode.affordable_side(model, images)
        work = side**2 * math.prod(shape) * (512 + images)
        assert work <= 1e12 + 3e8 * images
    assert list(sides.values())[:2] == [320, 320]
    assert 80 < sides[3, 256, 256] < 320
    assert 80 < sides[3, 128, 128] < 320


def test_a_measurement_that_takes_long_is_announced(small_model, monkeypatch, capsys):
    images = Images(torch.zeros(3, 1, 6, 5, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64))
    whole = encode.encodings_of(small_model(), images)
    assert "log p(x) of" not in capsys.readouterr().err
    monkeypatch.setattr(encode, "PATIENCE", 0.0)
    encode.encodings_of(small_model(), images)
    assert "log p(x) of 3 test pictures takes about " in capsys.readouterr().err
    monkeypatch.setattr(encode, "WORK", 1e3)
    monkeypatch.setattr(encode, "WORK_PER_IMAGE", 0.0)
    coarse = encode.encodings_of(small_model(), images)
    assert "not 40 x 40, because they are large: it is less exact" in capsys.readouterr().err
    assert not torch.equal(coarse.log_prob, whole.log_prob)
    assert torch.equal(coarse.mean, whole.mean)
