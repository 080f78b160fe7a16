"""The endpoints with every kind of model, with and without a label; with three kinds over HTTP."""

import numpy as np
import pytest
from PIL import Image

from tests.api.bad_input import check_sentence, half_mask
from tests.api.calls import Caller, Endpoints
from tests.api.kinds import KINDS, photograph
from tests.api.pictures import encoded
from tests.live import Server

CONDITIONAL = [name for name, kind in KINDS.items() if kind.config.conditional]
# In colour, a plain autoencoder and told one of many classes; without labels; of one class.
OVER_HTTP = ("folder-told", "frey-vae", "folder-one")
A, B = (-1.25, 0.5), (1.5, -0.75)
PICTURE = encoded(photograph(), "PNG")


@pytest.fixture(scope="module")
def server(kinds_server: Server) -> Server:
    return kinds_server


@pytest.fixture
def asked(request: pytest.FixtureRequest) -> Endpoints:
    """The functions behind the endpoints, or the endpoints over HTTP."""
    return request.getfixturevalue(request.param)


every_kind = pytest.mark.parametrize(
    ("asked", "name"),
    [
        *(("direct_kinds", name) for name in KINDS),
        *(("caller", name) for name in OVER_HTTP),
    ],
    indirect=["asked"],
)


def levels(asked: Endpoints, file: object) -> np.ndarray:
    return np.asarray(asked.picture(file))


@every_kind
def test_every_kind_answers_every_endpoint(asked: Endpoints, name: str) -> None:
    kind = KINDS[name]
    width, height = kind.size
    (numbers,) = asked.get("/encode", asked.upload(PICTURE), name)
    *files, same = asked.get("/reconstruct", asked.upload(PICTURE), name)
    assert numbers == same
    plain = not kind.config.probabilistic
    assert [numbers[key] is None for key in ("std", "rate", "elbo")] == [plain] * 3
    assert all(isinstance(value, float) for value in (*numbers["mean"], numbers["distortion"]))
    assert ("label" in numbers) == kind.config.conditional
    files += asked.get("/decode", *A, name)
    pictures = [asked.picture(file) for file in files]
    assert [(picture.mode, picture.size) for picture in pictures] == [(kind.mode, kind.size)] * 3
    strip = levels(asked, asked.get("/interpolate", *A, *B, 3, name)[0])
    assert strip.shape[:2] == (height, 3 * width)
    assert np.array_equal(strip[:, :width], np.asarray(pictures[-1]))
    (exact,) = asked.get("/posterior", asked.upload(PICTURE), name)
    assert [exact[key] is None for key in ("elbo", "kl_q_p")] == [plain] * 2
    assert exact.get("label") == numbers.get("label")
    file, numbers = asked.get("/geodesic", *A, *B, 3, name)
    assert levels(asked, file).shape == strip.shape
    assert np.array_equal(levels(asked, file)[:, :width], strip[:, :width])
    assert 0 < numbers["length"] <= numbers["straight_length"]
    (test_set,) = asked.get("/encodings", name)
    assert len(test_set["mean"]) == len(test_set["label"]) == kind.n


@every_kind
def test_every_kind_has_features_or_says_why_not(asked: Endpoints, name: str) -> None:
    kind, answer = KINDS[name], asked.call("/features", name, 2)
    if kind.n == 1:
        check_sentence(answer.error, "one test image", "nothing to group")
        return
    (found,) = answer.data
    assert len(found["groups"]) == kind.n
    assert (found["ari"] is None) == (len(kind.config.classes) < 2)
    assert found["note"].endswith(".") or "vae_core.evaluate" in found["note"]


@pytest.mark.parametrize(
    ("asked", "name"),
    [*(("direct_kinds", name) for name in CONDITIONAL), ("caller", CONDITIONAL[-1])],
    indirect=["asked"],
)
def test_a_conditional_model_is_told_the_label(asked: Endpoints, name: str) -> None:
    classes, width = KINDS[name].config.classes, KINDS[name].size[0]
    decoded = [
        levels(asked, asked.get("/decode", *A, name, *label)[0])
        for label in ((), (None,), ("",), (classes[0],), (classes[3],))
    ]
    assert all(np.array_equal(decoded[0], other) for other in decoded[1:4])
    assert not np.array_equal(decoded[0], decoded[4])
    path = (*A, *B, 2, name)
    strip = levels(asked, asked.get("/interpolate", *path, classes[3])[0])
    assert np.array_equal(strip[:, :width], decoded[4])
    file, numbers = asked.get("/geodesic", *path, classes[3])
    assert np.array_equal(levels(asked, file), strip)
    assert numbers != asked.get("/geodesic", *path)[1]

    image = asked.upload(PICTURE)
    (best,) = asked.get("/encode", image, name)
    assert best["label"] in classes
    (told,) = asked.get("/encode", image, name, best["label"])
    assert told["label"] == best["label"]
    for key in ("mean", "distortion"):
        assert told[key] == pytest.approx(best[key], rel=1e-4)
    *_, numbers = asked.get("/reconstruct", image, name, classes[3])
    assert numbers["label"] == classes[3]


@every_kind
def test_only_models_told_the_class_have_analogies(asked: Endpoints, name: str) -> None:
    kind, image = KINDS[name], asked.upload(PICTURE)
    answer = asked.call("/analogies", image, None, name)
    if not kind.config.conditional:
        check_sentence(answer.error, "not told the class", "mnist-cvae")
        return
    strip = asked.picture(answer.data[0])
    assert strip.size == (kind.size[0] * len(kind.config.classes), kind.size[1])
    wrong = asked.call("/analogies", image, "cow", name)
    check_sentence(wrong.error, "There is no class", kind.config.classes[0])


@every_kind
def test_every_kind_completes(asked: Endpoints, name: str) -> None:
    kind = KINDS[name]
    width, height = kind.size
    half = half_mask(width, height)
    given = asked.upload(PICTURE), asked.upload(encoded(half, "PNG"))
    *files, numbers = asked.get("/complete", *given, name, 3)
    completion, samples = map(asked.picture, files)
    seen, *_ = asked.get("/reconstruct", given[0], name)
    assert (completion.mode, completion.size) == (kind.mode, kind.size)
    assert (samples.mode, samples.size) == (kind.mode, (3 * width, height))
    observed, filled = np.asarray(half) > 0, np.asarray(completion)
    assert np.array_equal(filled[observed], levels(asked, seen)[observed])
    assert not np.array_equal(filled[~observed], levels(asked, seen)[~observed])
    assert all(isinstance(value, float) for key, value in numbers.items() if key != "label")
    assert ("label" in numbers) == kind.config.conditional
    if kind.config.conditional:
        classes = kind.config.classes
        assert numbers["label"] in classes
        told = asked.get("/complete", *given, name, 3, classes[3])[2]
        assert told["label"] == classes[3]
        if len(classes) <= 16:  # all are tried
            assert told["log_prob"] <= numbers["log_prob"] + 0.05


@every_kind
def test_every_kind_refuses_a_mask_that_is_none(asked: Endpoints, name: str) -> None:
    kind, image = KINDS[name], asked.upload(PICTURE)
    width, height = kind.size
    for mask, wrong, accepted in (
        (Image.new("L", kind.size), "mask is empty", "observed"),
        (Image.new("L", kind.size, 255), "mask is full", "hidden"),
        (half_mask(width, height + 1), "another size", f"{width} x {height} pixels"),
    ):
        answer = asked.call("/complete", image, asked.upload(encoded(mask, "PNG")), name)
        check_sentence(answer.error, wrong, accepted)
    if name not in CONDITIONAL:
        mask = asked.upload(encoded(half_mask(width, height), "PNG"))
        answer = asked.call("/complete", image, mask, name, 2, "0")
        check_sentence(answer.error, "label", "Leave the label out.")


# Told the class or not; with classes, with many, with none.
WRONG_LABELS = ("cow", "x" * 10_000, "-1", 3.5, ["0"], {"label": "0"}, True)


@pytest.mark.parametrize(
    ("asked", "name", "labels"),
    [
        *(
            ("direct_kinds", name, WRONG_LABELS)
            for name in ("mnist-vae", "mnist-cvae", "folder-tiny", "folder-told")
        ),
        *(("caller", name, WRONG_LABELS[-2:]) for name in ("frey-vae", "folder-told")),
    ],
    indirect=["asked"],
)
def test_a_wrong_label_gets_a_sentence(
    asked: Endpoints, name: str, labels: tuple[object, ...]
) -> None:
    image = asked.upload(PICTURE)
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
        for label in labels:
            check_sentence(asked.call(endpoint, *arguments, name, label).error, wrong, accepted)
        assert asked.get(endpoint, *arguments, name, None)


def test_arguments_left_out_are_missed(caller: Caller, server: Server) -> None:
    for endpoint, arguments in (("/decode", (0.5, 1)), ("/decode", ()), ("/encode", ())):
        check_sentence(caller.call(endpoint, *arguments).error, "no model", "mnist-vae")
    assert "Traceback" not in server.output()
