"""The endpoints with every kind of model, with and without a label."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from tests.api.calls import Caller
from tests.api.kinds import KINDS, photograph, write_kinds
from tests.api.pictures import encoded
from tests.api.test_bad_input import check_sentence, half_mask
from tests.live import Server, running_app

CONDITIONAL = [name for name, kind in KINDS.items() if kind.config.conditional]
A, B = (-1.25, 0.5), (1.5, -0.75)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("kinds")
    write_kinds(folder)
    with running_app("--weights-dir", str(folder)) as app:
        yield app


@pytest.fixture(scope="module")
def picture_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "picture.png"
    photograph().save(path)
    return path


def levels(file: str) -> np.ndarray:
    with Image.open(file) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_answers_every_endpoint(client: Client, picture_file: Path, name: str) -> None:
    kind = KINDS[name]
    width, height = kind.size
    numbers = client.predict(handle_file(picture_file), name, api_name="/encode")
    *pictures, same = client.predict(handle_file(picture_file), name, api_name="/reconstruct")
    assert numbers == same
    plain = not kind.config.probabilistic
    assert [numbers[key] is None for key in ("std", "rate", "elbo")] == [plain] * 3
    assert all(isinstance(value, float) for value in (*numbers["mean"], numbers["distortion"]))
    assert ("label" in numbers) == kind.config.conditional
    pictures.append(client.predict(*A, name, api_name="/decode"))
    for file in pictures:
        with Image.open(file) as picture:
            assert (picture.mode, picture.size) == (kind.mode, (width, height))
    strip = levels(client.predict(*A, *B, 3, name, api_name="/interpolate"))
    assert strip.shape[:2] == (height, 3 * width)
    assert np.array_equal(strip[:, :width], levels(pictures[-1]))
    exact = client.predict(handle_file(picture_file), name, api_name="/posterior")
    assert [exact[key] is None for key in ("elbo", "kl_q_p")] == [plain] * 2
    assert exact.get("label") == numbers.get("label")
    file, numbers = client.predict(*A, *B, 3, name, api_name="/geodesic")
    assert levels(file).shape == strip.shape
    assert np.array_equal(levels(file)[:, :width], strip[:, :width])
    assert 0 < numbers["length"] <= numbers["straight_length"]
    test_set = client.predict(name, api_name="/encodings")
    assert len(test_set["mean"]) == len(test_set["label"]) == kind.n


def test_every_kind_has_features_or_says_why_not(caller: Caller) -> None:
    for name, kind in KINDS.items():
        answer = caller.call("/features", name, 2)
        if kind.n == 1:
            check_sentence(answer.error, "one test image", "nothing to group")
            continue
        (found,) = answer.data
        assert len(found["groups"]) == kind.n
        assert (found["ari"] is None) == (len(kind.config.classes) < 2)
        assert found["note"].endswith(".") or "vae_core.evaluate" in found["note"]


@pytest.mark.parametrize("name", CONDITIONAL)
def test_a_conditional_model_is_told_the_label(
    client: Client, picture_file: Path, name: str
) -> None:
    classes = KINDS[name].config.classes
    width = KINDS[name].size[0]
    image = handle_file(picture_file)
    decoded = [
        levels(client.predict(*A, name, *label, api_name="/decode"))
        for label in ((), (None,), ("",), (classes[0],), (classes[3],))
    ]
    assert all(np.array_equal(decoded[0], other) for other in decoded[1:4])
    assert not np.array_equal(decoded[0], decoded[4])
    named = {"z1_a": A[0], "z2_a": A[1], "z1_b": B[0], "z2_b": B[1], "steps": 2, "model": name}
    strip = levels(client.predict(**named, label=classes[3], api_name="/interpolate"))
    assert np.array_equal(strip[:, :width], decoded[4])
    file, numbers = client.predict(**named, label=classes[3], api_name="/geodesic")
    assert np.array_equal(levels(file), strip)
    assert numbers != client.predict(**named, api_name="/geodesic")[1]

    best = client.predict(image, name, api_name="/encode")
    assert best["label"] in classes
    told = client.predict(image, name, best["label"], api_name="/encode")
    assert told["label"] == best["label"]
    for key in ("mean", "distortion"):
        assert told[key] == pytest.approx(best[key], rel=1e-4)
    *_, numbers = client.predict(image, name, label=classes[3], api_name="/reconstruct")
    assert numbers["label"] == classes[3]


@pytest.mark.parametrize("name", KINDS)
def test_only_models_told_the_class_have_analogies(caller: Caller, name: str) -> None:
    kind = KINDS[name]
    image = caller.upload(encoded(photograph(), "PNG"))
    answer = caller.call("/analogies", image, None, name)
    if not kind.config.conditional:
        check_sentence(answer.error, "not told the class", "mnist-cvae")
        return
    with Image.open(io.BytesIO(caller.download(answer.data[0]))) as strip:
        assert strip.size == (kind.size[0] * len(kind.config.classes), kind.size[1])
    wrong = caller.call("/analogies", image, "cow", name)
    check_sentence(wrong.error, "There is no class", kind.config.classes[0])


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_completes(
    client: Client, picture_file: Path, tmp_path: Path, name: str
) -> None:
    kind = KINDS[name]
    width, height = kind.size
    path = tmp_path / "mask.png"
    half_mask(width, height).save(path)
    given = handle_file(picture_file), handle_file(path)
    completion, samples, numbers = client.predict(*given, name, 3, api_name="/complete")
    seen, *_ = client.predict(given[0], name, api_name="/reconstruct")
    with Image.open(completion) as picture, Image.open(samples) as strip:
        assert (picture.mode, picture.size) == (kind.mode, kind.size)
        assert (strip.mode, strip.size) == (kind.mode, (3 * width, height))
    observed = np.asarray(half_mask(width, height)) > 0
    assert np.array_equal(levels(completion)[observed], levels(seen)[observed])
    assert not np.array_equal(levels(completion)[~observed], levels(seen)[~observed])
    assert all(isinstance(value, float) for key, value in numbers.items() if key != "label")
    assert ("label" in numbers) == kind.config.conditional
    if kind.config.conditional:
        classes = kind.config.classes
        assert numbers["label"] in classes
        told = client.predict(*given, name, 3, classes[3], api_name="/complete")[2]
        assert told["label"] == classes[3]
        if len(classes) <= 16:  # all are tried
            assert told["log_prob"] <= numbers["log_prob"] + 0.05


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_refuses_a_mask_that_is_none(caller: Caller, name: str) -> None:
    kind = KINDS[name]
    width, height = kind.size
    image = caller.upload(encoded(photograph(), "PNG"))
    for mask, wrong, accepted in (
        (Image.new("L", kind.size), "mask is empty", "observed"),
        (Image.new("L", kind.size, 255), "mask is full", "hidden"),
        (half_mask(width, height + 1), "another size", f"{width} x {height} pixels"),
    ):
        uploaded = caller.upload(encoded(mask, "PNG"))
        check_sentence(caller.call("/complete", image, uploaded, name).error, wrong, accepted)
    if name not in CONDITIONAL:
        mask = caller.upload(encoded(half_mask(width, height), "PNG"))
        answer = caller.call("/complete", image, mask, name, 2, "0")
        check_sentence(answer.error, "label", "Leave the label out.")


# Told the class or not; with classes, with many, with none.
@pytest.mark.parametrize("name", ["mnist-vae", "mnist-cvae", "folder-tiny", "folder-told"])
def test_a_wrong_label_gets_a_sentence(caller: Caller, name: str) -> None:
    image = caller.upload(encoded(photograph(), "PNG"))
    wrong, accepted = "label|class", "Leave the label out."
    if name in CONDITIONAL:
        wrong, accepted = "There is no class", KINDS[name].config.classes[0]
    for endpoint, arguments in (
        ("/encode", (image,)),
        ("/reconstruct", (image,)),
        ("/posterior", (image,)),
        ("/decode", A),
        ("/interpolate", (*A, *B, 5)),
        ("/geodesic", (*A, *B, 5)),
    ):
        for label in ("cow", "x" * 10_000, "-1", 3.5, ["0"], {"label": "0"}, True):
            answer = caller.call(endpoint, *arguments, name, label)
            check_sentence(answer.error, wrong, accepted)
        assert caller.call(endpoint, *arguments, name, None).data


def test_arguments_left_out_are_missed(caller: Caller, server: Server) -> None:
    for endpoint, arguments in (("/decode", (0.5, 1)), ("/decode", ()), ("/encode", ())):
        check_sentence(caller.call(endpoint, *arguments).error, "no model", "mnist-vae")
    assert "Traceback" not in server.output()


def test_pictures_keep_their_shape_and_colour(caller: Caller) -> None:
    for name, kind in KINDS.items():
        answer = caller.call("/decode", *A, name)
        with Image.open(io.BytesIO(caller.download(answer.data[0]))) as picture:
            assert (picture.mode, picture.size) == (kind.mode, kind.size)
