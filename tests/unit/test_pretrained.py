"""Models on disk: what is saved is loaded, and nothing else is."""

import json
import pickle
import shutil
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.distributions import Normal, kl_divergence

from tests.proofs import CORE
from vae_core import (
    Encodings,
    ModelError,
    VAEConfig,
    list_models,
    load,
    load_encodings,
    pretrained,
    save,
    save_encodings,
)
from vae_core.datasets import load_images

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


# Bad files: one error, which names the file


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
    load_all(weights)


def test_an_interrupted_first_save_leaves_no_model(tmp_path, model, monkeypatch):
    monkeypatch.setattr("vae_core.pretrained.write_text", no_rename)
    with pytest.raises(KeyboardInterrupt):
        save("tiny", model, tmp_path)
    assert list_models(tmp_path) == []


# The model shipped

needs_weights = pytest.mark.skipif(
    "mnist-vae" not in list_models(), reason="needs weights/mnist-vae, which is not trained yet"
)


@needs_weights
def test_the_shipped_model_loads():
    model, stored = load("mnist-vae"), load_encodings("mnist-vae")
    assert model.config.dataset == "mnist"
    assert model.config.shape == (1, 28, 28)
    assert model.config.classes == tuple("0123456789")
    assert isinstance(model.config, VAEConfig)
    assert len(stored.label) == 10_000
    assert stored.label.unique().tolist() == list(range(10))
    assert all(values.isfinite().all() for values in stored)
    prior = Normal(0.0, 1.0)
    rate = kl_divergence(Normal(stored.mean, (stored.logvar / 2).exp()), prior).sum(1)
    torch.testing.assert_close(stored.rate, rate, rtol=1e-4, atol=1e-4)
    for path in (pretrained.WEIGHTS_DIR / "mnist-vae").iterdir():
        assert path.stat().st_size < 10e6, path


@needs_weights
@pytest.mark.slow
@pytest.mark.proof("weights/mnist-vae/*.[js]*", *CORE)
def test_the_shipped_encodings_are_those_of_the_test_images(data_dir):
    model, stored = load("mnist-vae"), load_encodings("mnist-vae")
    images = load_images("mnist", False, data_dir, download=False)
    assert torch.equal(stored.label, images.labels)
    x = images.batch(slice(None))
    q = model.encode(x)
    torch.testing.assert_close(stored.mean, q.mean, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(stored.logvar, q.logvar, rtol=1e-4, atol=1e-3)
    drawn = torch.stack([-model.log_likelihood(x, q.sample()) for _ in range(4)]).mean(0)
    difference = drawn - stored.distortion
    assert difference.mean().abs() < 4 * difference.std() / 100
    assert difference.abs().median() < 1
