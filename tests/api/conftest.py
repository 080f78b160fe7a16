from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client

from tests.api.calls import Caller, Direct
from tests.api.kinds import write_kinds
from tests.api.pictures import digit
from tests.live import Server, running_app
from ui.endpoints import Lab
from vae_core import VAE, Encodings, load, load_encodings


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_app() as app:
        yield app


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A lab of a small model of every kind."""
    folder = tmp_path_factory.mktemp("kinds")
    write_kinds(folder)
    return Lab(folder)


@pytest.fixture(scope="session")
def kinds_server(kinds: Lab) -> Iterator[Server]:
    """The app that serves them."""
    with running_app("--weights-dir", str(kinds.weights_dir)) as app:
        yield app


@pytest.fixture(scope="session")
def direct_kinds(kinds: Lab) -> Direct:
    """The same without HTTP."""
    return Direct(kinds)


# Of one module, because a module may have a server of its own.


@pytest.fixture(scope="module")
def client(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(server.url, verbose=False, download_files=tmp_path_factory.mktemp("downloads"))


@pytest.fixture(scope="module")
def caller(server: Server) -> Iterator[Caller]:
    with Caller(server.url) as caller:
        yield caller


@pytest.fixture(scope="session")
def shipped() -> VAE:
    return load("mnist-vae")


@pytest.fixture(scope="session")
def encodings() -> Encodings:
    return load_encodings("mnist-vae")


@pytest.fixture(scope="session")
def digit_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A three: dark on light paper, not framed as MNIST is."""
    path = tmp_path_factory.mktemp("pictures") / "three.png"
    digit("3").save(path)
    return path
