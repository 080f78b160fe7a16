"""Models on disk: what is saved is loaded, and nothing else is."""

import errno
import json
import math
import os
import pickle
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from vae_core import (
    Encodings,
    ModelError,
    list_models,
    load,
    load_encodings,
    pretrained,
    save,
    save_encodings,
)

PARTS = ["encoder.safetensors", "decoder.safetensors"]
FILES = ["config.json", *PARTS, "encodings.safetensors"]


@pytest.fixture
def encodings():
    codes, logvar = torch.randn(2, 7, 2).unbind()
    return Encodings(codes, logvar, torch.arange(7), *torch.rand(3, 7))


@pytest.fixture
def weights(tmp_path, model, encodings):
    """A directory with one whole model, "tiny"."""
    save("tiny", model, tmp_path)
    save_encodings("tiny", encodings, tmp_path)
    return tmp_path


def load_all(weights):
    return load("tiny", weights), load_encodings("tiny", weights)


# What is saved is loaded


def test_a_saved_model_is_loaded_to_half_precision(model, weights):
    loaded = load("tiny", weights)
    assert loaded.config == model.config
    assert not loaded.training
    assert loaded.state_dict().keys() == model.state_dict().keys()
    for key, value in loaded.state_dict().items():
        assert torch.equal(value, model.state_dict()[key].half().float()), key
        assert value.dtype == torch.float32
        assert value.device.type == "cpu"
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_saving_what_was_loaded_changes_nothing(weights):
    save("again", load("tiny", weights), weights)
    for name in ["config.json", *PARTS]:
        assert (weights / "again" / name).read_bytes() == (weights / "tiny" / name).read_bytes()


def test_the_files_hold_half_precision(weights):
    for part in PARTS:
        dtypes = {tensor.dtype for tensor in load_file(weights / "tiny" / part).values()}
        assert dtypes == {torch.float16}


def test_encodings_come_back_as_they_were(weights, encodings):
    for found, expected in zip(load_encodings("tiny", weights), encodings, strict=True):
        assert torch.equal(found, expected)
        assert found.dtype == expected.dtype


def test_encodings_need_a_saved_model(tmp_path, encodings):
    with pytest.raises(ModelError, match="no model named 'tiny'"):
        save_encodings("tiny", encodings, tmp_path)
    assert list(tmp_path.iterdir()) == []


# Names


def test_models_are_listed_in_order_and_strays_are_not(weights, model):
    for name in "mnist-2", "a_1":
        save(name, model, weights)
    (weights / "unfinished").mkdir()
    (weights / "file").touch()
    for stray in "Tiny", ".hidden", "two words", "é", "-dash", "x" * 65:
        shutil.copytree(weights / "tiny", weights / stray)
    assert list_models(weights) == ["a_1", "mnist-2", "tiny"]
    assert list_models(weights / "nowhere") == []


@pytest.mark.parametrize(
    "name",
    ["other", "", "..", "../tiny", "tiny/", "tiny/../tiny", "TINY", "tiny\n", "x" * 300],
)
def test_an_unknown_name_is_refused_with_those_that_are_known(weights, name):
    for read in load, load_encodings:
        with pytest.raises(ModelError, match=r"no model named .*; available: tiny$") as error:
            read(name, weights)
        assert len(str(error.value)) < 150
        with pytest.raises(ModelError, match="available: none in"):
            read(name, weights / "nowhere")


def test_a_path_to_a_model_is_not_a_name(weights):
    with pytest.raises(ModelError, match="available: tiny"):
        load(str(weights / "tiny"), weights)
    with pytest.raises(ModelError, match="available: none"):
        load("../tiny", weights / "tiny")


@pytest.mark.parametrize(
    "name", ["", ".", "../x", "a/b", "a\\b", "A", "a b", "-a", "a\n", "x" * 65]
)
def test_a_bad_name_is_not_saved(tmp_path, model, name):
    with pytest.raises(ModelError, match="is not a model name: expected"):
        save(name, model, tmp_path / "weights")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["con", "nul", "aux", "prn", "com1", "lpt9"])
def test_a_name_that_windows_keeps_for_a_device_is_not_saved(tmp_path, model, name):
    with pytest.raises(ModelError, match="Windows keeps it for a device"):
        save(name, model, tmp_path / "weights")
    assert list(tmp_path.iterdir()) == []
    save(f"{name}-1", model, tmp_path / "weights")


def test_saving_removes_what_was_stored_about_another_model_of_this_name(weights, small_model):
    folder = weights / "tiny"
    for name in "metrics.json", "README.md", "manifold.png", "notes.txt":
        (folder / name).touch()
    save("tiny", small_model(seed=1), weights)
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["config.json", "decoder.safetensors", "encoder.safetensors", "notes.txt"]


def test_installed_the_library_reads_its_own_models_and_writes_elsewhere(tmp_path):
    """Run from a copy, with and without the folder that a wheel adds."""
    (tmp_path / "place").mkdir()
    shutil.copytree(Path(pretrained.__file__).parent, tmp_path / "place" / "vae_core")
    script = "from vae_core.pretrained import *; from vae_core import pretrained as p; "
    script += "print(p.WEIGHTS_DIR, p.OUTPUT_DIR, sep='\\n')"

    def places():
        command = [sys.executable, "-c", script]
        env = os.environ | {"PYTHONPATH": str(tmp_path / "place")}
        run = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
        return run.stdout.split()

    assert places() == [str(tmp_path / "place" / "weights")] * 2
    (tmp_path / "place" / "vae_core" / "weights").mkdir()
    assert places() == [str(tmp_path / "place" / "vae_core" / "weights"), "weights"]


# Bad files: one error, which names the file


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_model_that_is_not_finite_is_neither_saved_nor_loaded(weights, model, value):
    before = {path.name: path.read_bytes() for path in (weights / "tiny").iterdir()}
    with torch.no_grad():
        model.decoder[-1].bias[3] = value
    with pytest.raises(ModelError, match=r"tiny is not saved: '\d\.bias' of the decoder is not"):
        save("tiny", model, weights)
    assert {path.name: path.read_bytes() for path in (weights / "tiny").iterdir()} == before
    path = weights / "tiny" / "decoder.safetensors"
    pretrained.write_tensors(path, {k: v.half() for k, v in model.decoder.state_dict().items()})
    with pytest.raises(
        ModelError,
        match=r"decoder\.safetensors: tensor '\d\.bias' holds values that are not finite",
    ):
        load("tiny", weights)


def test_a_model_too_large_for_half_precision_is_not_saved(tmp_path, model):
    with torch.no_grad():
        model.encoder[-1].weight[0, 0] = 7e4  # half precision ends at 65,504
    with pytest.raises(ModelError, match="of the encoder is not finite in half precision"):
        save("large", model, tmp_path)
    assert list_models(tmp_path) == []


def test_a_model_is_loaded_on_the_cpu_whatever_the_default_device_is(weights):
    with torch.device("meta"):
        tensors = [*load("tiny", weights).parameters(), *load_encodings("tiny", weights)]
    assert {tensor.device.type for tensor in tensors} == {"cpu"}


def test_a_file_that_was_read_is_not_kept_open(weights):
    """Windows would not let it be replaced."""
    kept = load("tiny", weights), load_encodings("tiny", weights)
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("needs /proc")
    assert str(weights) not in maps.read_text()
    assert kept


def test_a_disk_that_is_full_is_a_sentence(weights, model, monkeypatch):
    def fill(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", fill)
    for write in (
        lambda: save("tiny", model, weights),
        lambda: pretrained.write_text(weights / "tiny" / "metrics.json", "{}"),
    ):
        with pytest.raises(ModelError, match=r"cannot be written \(No space left on device\)"):
            write()


@pytest.mark.parametrize("name", FILES[1:])
def test_a_missing_file_is_named(weights, name):
    (weights / "tiny" / name).unlink()
    with pytest.raises(ModelError, match=f"{name}: the file is missing"):
        load_all(weights)


def test_a_folder_without_configuration_is_not_a_model(weights):
    (weights / "tiny" / "config.json").unlink()
    with pytest.raises(ModelError, match="no model named 'tiny'"):
        load("tiny", weights)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0, 0.001, 0.01, 0.2, 0.5, 0.9, 1])
def test_a_truncated_file_is_named(weights, name, share):
    path = weights / "tiny" / name
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * (len(whole) - 2))])
    with pytest.raises(ModelError, match=name):
        load_all(weights)


@pytest.mark.parametrize(("name", "found", "expected"), [(PARTS[0], 9, 8), (PARTS[1], 13, 12)])
def test_weights_of_another_width_are_named(weights, small_model, name, found, expected):
    save("wide", small_model(width=9), weights)
    shutil.copy(weights / "wide" / name, weights / "tiny" / name)
    words = rf"{name}: does not match the model: .*\({found},\), expected \({expected},\)"
    with pytest.raises(ModelError, match=words):
        load("tiny", weights)


@pytest.mark.parametrize("name", FILES[1:])
@pytest.mark.parametrize("source", FILES)
def test_files_that_changed_places_are_named(weights, name, source):
    if name == source:
        return
    shutil.copy(weights / "tiny" / source, weights / "tiny" / name)
    with pytest.raises(ModelError, match=name):
        load_all(weights)


@pytest.mark.parametrize("key", Encodings._fields)
@pytest.mark.parametrize("wrong", [torch.zeros(3), torch.tensor(1), torch.zeros(7, 3), None])
def test_encodings_of_another_shape_are_named(weights, encodings, key, wrong):
    tensors = {**encodings._asdict(), key: wrong}
    if wrong is None:
        del tensors[key]
    pretrained.write_tensors(weights / "tiny" / "encodings.safetensors", tensors)
    with pytest.raises(ModelError, match=r"encodings\.safetensors"):
        load_encodings("tiny", weights)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"just text\n" * 50, b"\x00" * 500, b"\xff" * 500])
def test_a_file_of_another_kind_is_named(weights, name, content):
    (weights / "tiny" / name).write_bytes(content)
    with pytest.raises(ModelError, match=name):
        load_all(weights)


@pytest.mark.parametrize("text", ["{", "[]", "null", "3", '"text"', "{}"])
def test_a_broken_configuration_is_named(weights, text):
    (weights / "tiny" / "config.json").write_text(text)
    with pytest.raises(ModelError, match=r"config\.json"):
        load("tiny", weights)


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"likelihood": "poisson"},
        {"likelihood": 3},
        {"dataset": 3},
        {"preparation": 3},
        {"preparation": "nonsense"},
        {"objective": "poisson"},
        {"beta": "4"},
        {"classes": "0123456789"},
        {"classes": list(range(10))},
        {"classes": None},
        {"shape": 30},
        {"shape": [6, 5]},
        {"shape": [1, 6, "5"]},
        {"shape": [1, 6, 5.0]},
        {"shape": [1, -6, -5]},
        {"encoder_width": "8"},
        {"encoder_width": 8.0},
        {"encoder_width": -8},
        {"encoder_blocks": None},
        {"decoder_blocks": "1"},
        {"decoder_blocks": -1},
    ],
    ids=str,
)
def test_a_wrong_field_is_named(weights, change):
    path = weights / "tiny" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match=r"config\.json"):
        load("tiny", weights)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("zipped", [False, True], ids=["pickle", "torch.save"])
def test_a_pickle_is_not_executed(weights, tmp_path, name, zipped):
    marker = tmp_path / "executed"

    class Bomb:
        def __reduce__(self):
            return Path.touch, (marker,)

    bomb = pickle.dumps(Bomb())
    pickle.loads(bomb)
    assert marker.exists()  # it would work
    marker.unlink()
    path = weights / "tiny" / name
    path.write_bytes(bomb)
    if zipped:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", bomb)
    with pytest.raises(ModelError, match=name):
        load_all(weights)
    assert not marker.exists()


# A kill while writing


def half_a_file(path, content):
    with path.open("wb") as file:
        file.write(content[: len(content) // 2])
    raise KeyboardInterrupt


def no_rename(partial, path):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("name", "stop"),
    [("pathlib.Path.write_bytes", half_a_file), ("os.replace", no_rename)],
    ids=["half a file", "no rename"],
)
def test_an_interrupted_save_leaves_the_old_files(
    weights, small_model, encodings, monkeypatch, name, stop
):
    before = {file: (weights / "tiny" / file).read_bytes() for file in FILES}
    monkeypatch.setattr(name, stop)
    with pytest.raises(KeyboardInterrupt):
        save("tiny", small_model(seed=1), weights)
    with pytest.raises(KeyboardInterrupt):
        save_encodings("tiny", encodings._replace(rate=torch.zeros(7)), weights)
    monkeypatch.setattr("os.replace", no_rename)
    with pytest.raises(KeyboardInterrupt):
        pretrained.write_text(weights / "tiny" / "config.json", "{}")
    monkeypatch.undo()
    assert {file: (weights / "tiny" / file).read_bytes() for file in FILES} == before
    save("tiny", small_model(seed=1), weights)  # and what lies about is in nobody's way
    save_encodings("tiny", encodings, weights)
    load_all(weights)


def test_an_interrupted_first_save_leaves_no_model(tmp_path, model, monkeypatch):
    monkeypatch.setattr("vae_core.pretrained.write_text", no_rename)
    with pytest.raises(KeyboardInterrupt):
        save("tiny", model, tmp_path)
    assert list_models(tmp_path) == []
