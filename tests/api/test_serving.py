"""Only what is meant to be public is served, and no picture of the server's own is read."""

import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import gradio
import httpx
import pytest

from tests.api.calls import FILE, Caller
from tests.live import ROOT, Server
from ui.files import ADDRESS

MODEL = "mnist-vae"
SECRETS = [
    *("requirements.txt", "app.py", "vae_core/model.py", "ui/files.py"),
    *("tests/live.py", "weights/mnist-vae/config.json", ".git/config", "/etc/passwd"),
]
PUBLIC = {
    "models/mnist-vae/encodings.safetensors": "weights/mnist-vae/encodings.safetensors",
    "models/mnist-vae/history.safetensors": "weights/mnist-vae/history.safetensors",
    "models/mnist-vae/metrics.json": "weights/mnist-vae/metrics.json",
    "web/parts/latent-map.js": "ui/web/parts/latent-map.js",
    "web/core/plane-worker.js": "ui/web/core/plane-worker.js",
}
ROUTES = [
    *(f"/{ADDRESS}", f"/{ADDRESS}web/", f"/{ADDRESS}models/"),
    *("/gradio_api/file=", "/gradio_api/file/", "/file=", "/file/", "/", "/static/", "/assets/"),
    *("/gradio_api/static/", "/gradio_api/stream/", "/gradio_api/proxy=file://", "/svelte/"),
]


def spellings(path: str) -> Iterator[str]:
    """Ways to ask for one file of the repository, or of the whole disk."""
    absolute = str(ROOT / path)
    climb = "../" * 12 + absolute.lstrip("/")
    plain = [
        *(path, absolute, climb, f"./{path}", f"/{absolute}", f"/proc/self/cwd/{path}"),
        *(f"weights/../{path}", f"{ROOT}/weights/mnist-vae/../../{path}", f"file://{absolute}"),
        *(f"{ROOT}/weights/mnist-vae/{climb}", f"{absolute}\0.js", f"{absolute}/."),
    ]
    for way in plain:
        once = quote(way)
        every_character = "".join(f"%{byte:02x}" for byte in way.encode())
        dots = once.replace(".", "%2e").replace("/", "%2f")
        yield from (once, quote(once), dots, quote(dots), every_character)
        yield once.replace("/", "%5c")
        yield once.replace("../", "..%c0%af").replace("/", "%ef%bc%8f")
        yield once.replace("../", "....//")


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    """Sends paths as they are: httpx and urllib tidy them up."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    yield connection
    connection.close()


def get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    try:
        connection.request("GET", path)
        response = connection.getresponse()
    except ConnectionError:  # the server hangs up after an answer of 500
        connection.close()
        connection.request("GET", path)
        response = connection.getresponse()
    return response.status, response.read()


@pytest.mark.parametrize("secret", SECRETS)
def test_no_other_file_is_served(connection: http.client.HTTPConnection, secret: str) -> None:
    file = ROOT / secret
    if not file.is_file():
        pytest.skip(f"there is no {secret} here")
    longest_line = max(file.read_bytes().splitlines(), key=len)
    assert len(longest_line) > 10
    tried = sorted(set(spellings(secret)))
    # Every spelling where files are served, every route for a few.
    asked = [ROUTES[0] + way for way in tried]
    asked += [route + way for route in ROUTES[1:] for way in tried[::5]]
    for path in asked:
        _, content = get(connection, path)
        assert longest_line not in content, path


@pytest.mark.parametrize("file", PUBLIC)
def test_public_files_are_served(connection: http.client.HTTPConnection, file: str) -> None:
    expected = (ROOT / PUBLIC[file]).read_bytes()
    assert get(connection, f"/{ADDRESS}{file}") == (200, expected)


def disguises(path: Path) -> Iterator[dict[str, object]]:
    """A file of the server in place of an upload, in the ways a hostile client can write it."""
    for way in (
        f"{path}",
        f"file://{path}",
        f"../../../../../..{path}",
        f"/tmp/gradio/../..{path}",
    ):
        yield {"path": way}
        yield {"path": way, "is_stream": True}
        yield {"path": way, "url": way}
        for meta in (FILE, {}, {"_type": "other"}, None):
            yield {"path": way, "meta": meta}


@pytest.mark.parametrize("endpoint", ["/encode", "/reconstruct"])
def test_no_picture_of_the_server_is_read(caller: Caller, digit_file: Path, endpoint: str) -> None:
    for image in disguises(digit_file):
        assert caller.call(endpoint, image, MODEL).failed, image


def test_files_of_the_server_are_not_told_apart(caller: Caller, digit_file: Path) -> None:
    """Existing, missing, secret or endless: the answer is the same."""
    paths = ("/etc/passwd", "/etc/shadow", "/nowhere", "/dev/zero", "/etc", str(digit_file))
    answers = [caller.call("/encode", {"path": path}, MODEL) for path in paths]
    assert all(answer.failed for answer in answers)
    assert len({answer.error for answer in answers}) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/picture.png",
        "http://localhost:1/picture.png",
        "http://[::1]:1/picture.png",
        "http://169.254.169.254/latest/meta-data",
        "ftp://127.0.0.1:1/picture.png",
        "data:image/png;base64,aaaa",
    ],
)
def test_addresses_are_not_fetched(caller: Caller, address: str) -> None:
    """Of the server's own network least of all."""
    for image in (
        {"path": address, "meta": FILE},
        {"path": address},
        {"path": "", "url": address, "meta": FILE},
    ):
        assert caller.call("/encode", image, MODEL).failed
    assert caller.call("/models").data


def test_the_app_does_not_fetch_from_itself(
    caller: Caller, server: Server, digit_file: Path
) -> None:
    upload = caller.upload(digit_file.read_bytes())
    address = f"{server.url}gradio_api/file={upload['path']}"
    assert caller.call("/encode", {"path": address, "meta": FILE}, MODEL).failed
    assert caller.call("/encode", upload, MODEL).data


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
def test_the_front_end_comes_whole_the_first_time_and_from_memory(
    server: Server, encoding: str
) -> None:
    asked = {"Accept-Encoding": encoding}
    with httpx.Client(base_url=server.url, headers=asked) as client:
        page = client.get("/")
        names = sorted(set(re.findall(r"assets/[\w-]+\.(?:js|css)", page.text)))
        assert names
        frontend = Path(gradio.__file__).parent / "templates/frontend"
        files = {name: frontend / name for name in names[:5]}
        modules = ("core/model.js", "parts/latent-map.js")
        files |= {f"{ADDRESS}web/{name}": ROOT / "ui/web" / name for name in modules}
        for name, file in files.items():
            for _ in range(2):
                answer = client.get(name)
                assert answer.content == file.read_bytes()
                assert answer.headers.get("content-encoding", "identity") == encoding
                assert re.search("javascript|css", answer.headers["content-type"])
        assert client.get("assets/nothing.js").status_code == 404
        assert client.get("assets/..%2f..%2f..%2froutes.py").status_code in (403, 404)
    if encoding == "gzip":  # which every browser accepts
        assert page.num_bytes_downloaded < len(page.content) / 3
