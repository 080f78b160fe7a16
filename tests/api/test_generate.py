"""/generate with every kind of model: the same request, the same pictures; files that open.

Over HTTP with three kinds.
"""

import io

import numpy as np
import pytest
import torch

from tests.api.bad_input import check_sentence
from tests.api.calls import Caller, Direct, Endpoints
from tests.api.kinds import KINDS
from tests.live import Server
from ui.endpoints import Lab
from ui.endpoints.codes import SAME, SOURCES
from vae_core.images import to_pil

Z = {"z1": 0.5, "z2": -1.0, "radius": 0.3}
ARGUMENTS = ("source", "label", "z1", "z2", "radius", "temperature", "seed")  # after model and n


@pytest.fixture(scope="module")
def lab(kinds: Lab) -> Lab:
    return kinds


@pytest.fixture(scope="module")
def server(kinds_server: Server) -> Server:
    return kinds_server


@pytest.fixture
def asked(request: pytest.FixtureRequest) -> Endpoints:
    """The functions behind the endpoints, or the endpoints over HTTP."""
    return request.getfixturevalue(request.param)


def arrays(content: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content), allow_pickle=False) as opened:
        return dict(opened)


def given(source: str, name: str) -> dict[str, object]:
    """What a request of a source needs besides the model and the number of pictures."""
    return {
        "around": {"source": source, **Z},
        "class": {"source": source, "label": KINDS[name].config.classes[-1:] and
                  KINDS[name].config.classes[-1]},
    }.get(source, {"source": source})  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        *(("direct_kinds", name) for name in KINDS),
        *(("caller", name) for name in ("folder-told", "frey-vae", "folder-one")),
    ],
    indirect=["asked"],
)
def test_every_kind_generates_from_every_source(asked: Endpoints, lab: Lab, name: str) -> None:
    kind = KINDS[name]
    width, height = kind.size
    for source in SOURCES[: None if kind.config.classes else 3]:
        request = {"seed": 7, **given(source, name)}
        arguments = [request.get(argument) for argument in ARGUMENTS]
        picture, file = asked.get("/generate", name, 5, *arguments)
        grid = asked.picture(picture)
        assert (grid.mode, grid.size) == (kind.mode, (3 * width, 2 * height))
        shown = np.asarray(grid)
        found = arrays(asked.download(file))
        told = source == "class" or kind.config.conditional
        assert sorted(found) == sorted(["images", "z", *["classes", "label"] * told])
        index = (len(kind.config.classes) - 1) * (source == "class")
        if told:
            assert found["label"].tolist() == [index] * 5
            assert found["classes"].tolist() == list(kind.config.classes)
        assert found["z"].shape == (5, 2)
        for k, z in enumerate(torch.tensor(found["z"])):
            decoded = lab.model(name).decode(z[None], torch.tensor([index]))
            levels = np.asarray(to_pil(decoded), dtype=int)
            assert abs(levels - found["images"][k]).max() <= 1
            row, column = divmod(k, 3)
            tile = shown[row * height :, column * width :][:height, :width]
            assert np.array_equal(tile, found["images"][k])


def test_the_same_request_gives_the_same_files(caller: Caller) -> None:
    def files(*request: object) -> list[bytes]:
        return [caller.download(file) for file in caller.call("/generate", *request).data]

    short = files("mnist-vae", 30)
    assert files("mnist-vae", 30) == short
    assert files("mnist-vae", 30, "prior", None, None, None, None, 1, 0) == short
    for other in ((1, 1), (0.5, 0)):
        changed = files("mnist-vae", 30, "prior", None, None, None, None, *other)
        assert all(a != b for a, b in zip(changed, short, strict=True))


@pytest.mark.parametrize(
    ("request_", "wrong", "accepted"),
    [
        *(((n,), "number of pictures", "from 1 to 1000") for n in (0, 1001, 2.5, None, "9", True)),
        ((4, "posterior"), "no source", "prior, aggregate, around, class"),
        ((4, "class"), "Which class", "trousers"),
        ((4, "class", "cow"), "no class", "trousers"),
        ((4, "prior", "dress"), "not told", "Leave the label out"),
        ((4, "around"), "z1 is missing", "from -10 to 10"),
        ((4, "around", None, 1, 11, 1), "z2", "from -10 to 10"),
        ((4, "around", None, 1, 1), "radius is missing", "from 0 to 10"),
        ((4, "around", None, 1, 1, -0.1), "radius", "from 0 to 10"),
        ((4, None, None, None, None, None, 3.1), "temperature", "from 0 to 3"),
        ((4, None, None, None, None, None, float("nan")), "temperature", "from 0 to 3"),
        ((4, None, None, None, None, None, 1, 2**31), "seed", "from 0 to 2147483647"),
        ((4, None, None, None, None, None, 1, 0.5), "seed", "from 0 to 2147483647"),
    ],
    ids=str,
)
def test_a_wrong_request_gets_a_sentence(
    direct_kinds: Direct, request_: tuple[object, ...], wrong: str, accepted: str
) -> None:
    answer = direct_kinds.call("/generate", "fashion-vae", *request_)
    check_sentence(answer.error, wrong, accepted)


def test_a_wrong_request_gets_a_sentence_over_http(caller: Caller) -> None:
    for request, wrong, accepted in (
        ((4, "posterior"), "no source", "prior, aggregate, around, class"),
        ((4, "class", "cow"), "no class", "trousers"),
        ((4, "around", None, 1, 1), "radius is missing", "from 0 to 10"),
        ((4, None, None, None, None, None, float("nan")), "temperature", "from 0 to 3"),
        ((4, None, None, None, None, None, 1, 2**31), "seed", "from 0 to 2147483647"),
    ):
        answer = caller.call("/generate", "fashion-vae", *request)
        check_sentence(answer.error, wrong, accepted)


def test_models_that_are_not_there_get_a_sentence(caller: Caller) -> None:
    for name in ("nothing", "", None, 5, "../mnist-vae"):
        check_sentence(caller.call("/generate", name, 4).error, "no model named", "mnist-vae")


def test_why_a_model_cannot_draw_from_a_class(direct_kinds: Direct) -> None:
    answer = direct_kinds.call("/generate", "frey-vae", 4, "class", "0")
    check_sentence(answer.error, "no labels", "prior, aggregate, around")
    answer = direct_kinds.call("/generate", "folder-many", 4, "class", "person 7")
    check_sentence(answer.error, "no image of the class", "person 7")


def test_duplicates_are_found(lab: Lab) -> None:
    def known(name: str, *request: object) -> list[int]:
        found = lab.generate(name, 20, *request)
        return [int(found.known.sum()), int(found.repeated.sum())]

    assert known("mnist-ae", "aggregate")[0] == 20  # a plain autoencoder has but its codes
    assert known("mnist-vae", "aggregate", None, None, None, None, 0)[0] == 20
    assert known("mnist-vae", "prior", None, None, None, None, 0)[1] == 20
    assert known("mnist-vae", "around", None, 9, 9, 0) == [0, 20]
    assert known("mnist-vae", "around", None, 9, 9, 1) == [0, 0]
    z = lab.encodings("mnist-cvae").mean[3].tolist()
    same_code = ("around", "3", *z, SAME / 2)
    assert lab.encodings("mnist-cvae").label[3] == 3
    assert known("mnist-cvae", *same_code)[0] == 20
    assert known("mnist-cvae", "around", "4", *same_code[2:])[0] == 0  # another class's
