"""Whatever the endpoints are asked, a sentence comes back, and soon; asked without HTTP.

tests/api/test_bad_input.py asks each of them over HTTP.
"""

import pytest

from tests.api.bad_input import (
    BAD_COORDINATES,
    BAD_FILES,
    BAD_MASKS,
    BAD_NAMES,
    BAD_STEPS,
    COORDINATE,
    MODEL,
    PATHS,
    PNG,
    STEPS,
    check_name,
    check_sentence,
    half_mask,
    soon,
)
from tests.api.calls import Direct
from tests.api.pictures import encoded
from ui.endpoints import Lab
from vae_core.pretrained import WEIGHTS_DIR

MASK = encoded(half_mask(), "PNG")
BAD_COUNTS = [bad for bad in BAD_STEPS if bad is not None]  # which leaves the choice to the lab


def shown(value: object) -> str:
    return repr(value)[:20]


@pytest.fixture(scope="module")
def direct() -> Direct:
    return Direct(Lab(WEIGHTS_DIR))


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_pictures(direct: Direct, name: str) -> None:
    make, wrong, accepted = BAD_FILES[name]
    content = make()
    for endpoint, after in (
        ("/encode", (MODEL,)),
        ("/reconstruct", (MODEL,)),
        ("/posterior", (MODEL,)),
        ("/compare", (MODEL, MODEL)),
        ("/analogies", (None, "mnist-cvae")),
        ("/complete", (MASK, MODEL)),
    ):
        answer = soon(lambda endpoint=endpoint, after=after: direct.call(endpoint, content, *after))
        check_sentence(answer.error, wrong, accepted)


@pytest.mark.parametrize("bad", BAD_COORDINATES, ids=shown)
def test_bad_coordinates(direct: Direct, bad: object) -> None:
    for name, arguments in (("z1", (bad, 0)), ("z2", (0, bad))):
        check_sentence(direct.call("/decode", *arguments, MODEL).error, name, COORDINATE)
        for ends in ((*arguments, 0, 0), (0, 0, *arguments)):
            for path in PATHS:
                answer = soon(lambda path=path, ends=ends: direct.call(path, *ends, 5, MODEL))
                check_sentence(answer.error, name, COORDINATE)


@pytest.mark.parametrize("bad", BAD_STEPS, ids=shown)
def test_bad_steps(direct: Direct, bad: object) -> None:
    for path in PATHS:
        answer = soon(lambda path=path: direct.call(path, 0, 0, 1, 1, bad, MODEL))
        check_sentence(answer.error, "number of steps", STEPS)


@pytest.mark.parametrize("bad", BAD_NAMES, ids=shown)
def test_bad_model_names(direct: Direct, bad: object) -> None:
    for endpoint, arguments in (
        ("/encode", (PNG,)),
        ("/reconstruct", (PNG,)),
        ("/compare", (PNG,)),
        ("/compare", (PNG, MODEL)),
        ("/posterior", (PNG,)),
        ("/decode", (0, 0)),
        ("/interpolate", (0, 0, 1, 1, 5)),
        ("/geodesic", (0, 0, 1, 1, 5)),
        ("/analogies", (PNG, None)),
        ("/complete", (PNG, MASK)),
        ("/encodings", ()),
        ("/features", ()),
    ):
        check_name(direct.call(endpoint, *arguments, bad).error)


@pytest.mark.parametrize("name", BAD_MASKS)
def test_bad_masks(direct: Direct, name: str) -> None:
    make, wrong, accepted = BAD_MASKS[name]
    answer = soon(lambda: direct.call("/complete", PNG, make(), MODEL))
    check_sentence(answer.error, wrong, accepted)


def test_a_mask_or_a_picture_is_missing(direct: Direct) -> None:
    for given, missing in (((None, MASK), "no picture"), ((PNG, None), "no mask")):
        check_sentence(direct.call("/complete", *given, MODEL).error, missing, "Upload")


@pytest.mark.parametrize("bad", BAD_COUNTS, ids=shown)
def test_bad_numbers_of_samples_and_of_groups(direct: Direct, bad: object) -> None:
    if bad != 1 or bad is True:  # as few samples as there may be
        answer = soon(lambda: direct.call("/complete", PNG, MASK, MODEL, bad))
        check_sentence(answer.error, "number of samples", "a whole number from 1 to 32")
    answer = soon(lambda: direct.call("/features", MODEL, bad))
    check_sentence(answer.error, "number of groups", "a whole number from 2 to 10")
