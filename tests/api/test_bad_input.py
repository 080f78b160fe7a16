"""Whatever is sent, a sentence comes back: soon, without tracebacks, and the next request works.

All that is refused is asked of each endpoint in tests/unit/test_bad_input.py; here each is asked
over HTTP, with what may get lost or changed on the way.
"""

import base64
import io
import re
import sys
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from tests.api.bad_input import (
    BAD_COORDINATES,
    BAD_FILES,
    BAD_MASKS,
    BAD_NAMES,
    BAD_STEPS,
    COORDINATE,
    FORMATS,
    MODEL,
    PATHS,
    PNG,
    STEPS,
    check_name,
    check_sentence,
    half_mask,
    soon,
)
from tests.api.calls import FILE, Caller
from tests.api.pictures import digit, encoded
from tests.live import ROOT, Server

GROWTH = 300e6  # bytes of resident memory


@pytest.fixture(autouse=True)
def next_request_works(caller: Caller, server: Server):
    """After each test."""
    before = len(server.output())
    yield
    assert caller.call("/decode", 0, 0, MODEL).data
    assert "Traceback" not in server.output()[before:]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of the app from /proc")
def test_bad_pictures_and_memory_stays_small(caller: Caller, server: Server) -> None:
    process = Path(f"/proc/{server.process.pid}")

    def peak() -> int:
        found = re.search(r"VmHWM:\s*(\d+) kB", (process / "status").read_text())
        assert found
        return int(found[1]) * 1024

    caller.call("/encode", caller.upload(PNG), MODEL)
    (process / "clear_refs").write_text("5")  # the peak starts anew
    before = server.memory()
    for make, wrong, accepted in BAD_FILES.values():
        image = caller.upload(make())
        answer = soon(lambda image=image: caller.call("/encode", image, MODEL))
        check_sentence(answer.error, wrong, accepted)
    largest = encoded(digit("3", 5000).convert("RGB"), "PNG")  # 25 million pixels are accepted
    assert caller.call("/encode", caller.upload(largest), MODEL).data
    assert peak() - before < GROWTH


def test_every_endpoint_says_what_is_wrong_with_a_picture(caller: Caller) -> None:
    make, wrong, accepted = BAD_FILES["text"]
    image, mask = caller.upload(make()), caller.upload(encoded(half_mask(), "PNG"))
    for endpoint, after in (
        ("/reconstruct", (MODEL,)),
        ("/posterior", (MODEL,)),
        ("/compare", (MODEL, MODEL)),
        ("/analogies", (None, "mnist-cvae")),
        ("/complete", (mask, MODEL)),
    ):
        answer = soon(lambda endpoint=endpoint, after=after: caller.call(endpoint, image, *after))
        check_sentence(answer.error, wrong, accepted)


def test_animation_is_its_first_frame(caller: Caller) -> None:
    first, second = digit("3").convert("P"), digit("8").convert("P")
    animation = encoded(first, "GIF", save_all=True, append_images=[second], duration=100)
    assert Image.open(io.BytesIO(animation)).n_frames == 2
    answers = [
        caller.call("/encode", caller.upload(content, "picture.gif"), MODEL).data
        for content in (animation, encoded(first, "GIF"), encoded(second, "GIF"))
    ]
    assert answers[0] == answers[1] != answers[2]


def test_client_gets_the_sentence(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_text("not a picture")
    with pytest.raises(AppError) as caught:
        client.predict(handle_file(path), MODEL, api_name="/encode")
    check_sentence(str(caught.value), "not a picture", FORMATS)


def test_bad_numbers(caller: Caller) -> None:
    """Each as JSON, which has no NaN, and in which some have more digits than a float."""
    for bad in BAD_COORDINATES:
        answer = soon(lambda bad=bad: caller.call("/decode", bad, 0, MODEL))
        check_sentence(answer.error, "z1", COORDINATE)
    for bad in BAD_STEPS:
        answer = soon(lambda bad=bad: caller.call("/interpolate", 0, 0, 1, 1, bad, MODEL))
        check_sentence(answer.error, "number of steps", STEPS)


@pytest.mark.parametrize("bad", [float("nan"), 10**400, "1", {}], ids=lambda bad: repr(bad)[:20])
def test_every_endpoint_says_what_is_wrong_with_a_number(caller: Caller, bad: object) -> None:
    image, mask = caller.upload(PNG), caller.upload(encoded(half_mask(), "PNG"))
    for endpoint, arguments, wrong, accepted in (
        ("/decode", (0, bad, MODEL), "z2", COORDINATE),
        *((path, (0, 0, bad, 0, 5, MODEL), "z1", COORDINATE) for path in PATHS),
        *((path, (0, 0, 1, 1, bad, MODEL), "number of steps", STEPS) for path in PATHS),
        ("/complete", (image, mask, MODEL, bad), "number of samples", "from 1 to 32"),
        ("/features", (MODEL, bad), "number of groups", "from 2 to 10"),
        ("/generate", (MODEL, bad), "number of pictures", "from 1 to 1000"),
    ):
        answer = soon(
            lambda endpoint=endpoint, arguments=arguments: caller.call(endpoint, *arguments)
        )
        check_sentence(answer.error, wrong, accepted)


def test_bad_model_names(caller: Caller) -> None:
    for bad in BAD_NAMES:
        check_name(caller.call("/decode", 0, 0, bad).error)


def test_every_endpoint_says_which_models_there_are(caller: Caller) -> None:
    image, bad = caller.upload(PNG), f"../{MODEL}"
    for endpoint, arguments in (
        ("/encode", (image,)),
        ("/reconstruct", (image,)),
        ("/compare", (image,)),
        ("/compare", (image, MODEL)),
        ("/posterior", (image,)),
        ("/interpolate", (0, 0, 1, 1, 5)),
        ("/geodesic", (0, 0, 1, 1, 5)),
        ("/analogies", (image, None)),
        ("/complete", (image, image)),
        ("/encodings", ()),
        ("/features", ()),
    ):
        check_name(caller.call(endpoint, *arguments, bad).error)


def test_uploads_over_10_mb_are_refused(client: Client, caller: Caller, tmp_path: Path) -> None:
    content = PNG + bytes(10 * 1024**2)
    posted = caller.http.post("upload", files={"files": ("picture.png", content)})
    assert posted.status_code == 413
    assert "size" in posted.text
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="size"):
        client.predict(handle_file(path), MODEL, api_name="/encode")


def test_a_bad_mask(caller: Caller) -> None:
    make, wrong, accepted = BAD_MASKS["turned"]
    image, mask = caller.upload(PNG), caller.upload(make())
    answer = soon(lambda: caller.call("/complete", image, mask, MODEL))
    check_sentence(answer.error, wrong, accepted)


def test_a_mask_or_a_picture_is_missing(caller: Caller) -> None:
    image, mask = caller.upload(PNG), caller.upload(encoded(half_mask(), "PNG"))
    for given, missing in (((None, mask), "no picture"), ((image, None), "no mask")):
        check_sentence(caller.call("/complete", *given, MODEL).error, missing, "Upload")
    for nothing in (None, {}, {"path": None, "meta": FILE}):
        check_sentence(caller.call("/encode", nothing, MODEL).error, "no picture", "Upload")


def test_what_may_be_left_out(caller: Caller) -> None:
    image, mask = caller.upload(PNG), caller.upload(encoded(half_mask(), "PNG"))
    for samples in (None, 1):
        assert caller.get("/complete", image, mask, MODEL, samples)
    assert caller.get("/features", MODEL, None)


HERE = str(ROOT / "weights" / MODEL / "manifold.png")
NO_PICTURES = {
    "a path": (HERE, "not an uploaded picture", "handle_file"),
    "a path as a file": ({"path": HERE}, "not an uploaded picture", "data URL"),
    "base64": (base64.b64encode(PNG).decode(), "not an uploaded picture", "data URL"),
    "an address": ("https://example.com/a.png", "fetches nothing", "Upload the file"),
    "an address in handle_file": (
        {"path": "https://example.com/a.png", "meta": FILE, "url": "https://example.com/a.png"},
        "fetches nothing",
        "data URL",
    ),
    "a number": (5, "not an uploaded picture", "Upload"),
    "a list": ([1], "not an uploaded picture", "Upload"),
    "a path that is none": ({"path": ["a"], "meta": FILE}, "not an uploaded picture", "Upload"),
    "a name with a null": ({"path": "a\0b", "meta": FILE}, "not an uploaded picture", "Upload"),
    "a data URL of text": ("data:text/plain,three", "holds no file", "data:image/png;base64"),
    "a data URL of no picture": ("data:image/png;base64,aaaa", "not a picture", FORMATS),
}


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_upload_is_refused_in_a_sentence(caller: Caller, name: str) -> None:
    sent, wrong, accepted = NO_PICTURES[name]
    check_sentence(caller.call("/encode", sent, MODEL).error, wrong, accepted)
    picture = caller.upload(PNG)
    check_sentence(caller.call("/complete", picture, sent, MODEL).error, wrong, accepted)


def test_a_data_url_is_the_picture_in_it(caller: Caller, client: Client) -> None:
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    uploaded = caller.call("/encode", caller.upload(PNG), MODEL).data
    assert uploaded
    for sent in (url, {"url": url}, {"path": url, "meta": FILE}):
        assert caller.call("/encode", sent, MODEL).data == uploaded
    assert client.predict(url, MODEL, api_name="/encode") == uploaded[0]


def test_the_examples_of_the_api_page_work(caller: Caller) -> None:
    described = caller.http.get("info").json()["named_endpoints"]
    assert len(described) == 13
    for endpoint, about in described.items():
        examples = [parameter["example_input"] for parameter in about["parameters"]]
        answer = caller.call(endpoint, *examples)
        assert answer.data, (endpoint, answer.error)
