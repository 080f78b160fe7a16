"""The page by itself: exported into a folder that a plain web server offers under a path."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import browser, leave, new_context, without_complaints  # noqa: F401
from ui.descriptions import names_in
from ui.export import WEIGHTS, export_folder


class Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}  # noqa: RUF012

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the exported folder, in a sub-path."""
    root = tmp_path_factory.mktemp("www")
    export_folder(root / "some" / "path", WEIGHTS, names_in(WEIGHTS))
    handler = functools.partial(Quiet, directory=str(root))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/some/path/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:  # noqa: F811
    with new_context(browser, viewport={"width": 1400, "height": 900}) as context:
        yield context


@pytest.fixture(scope="module")
def shared_page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def page(shared_page: Page, site: str) -> Iterator[Page]:
    """The lab on a desktop, ready, as on a first visit; ends in failure if the page complained."""
    with without_complaints(shared_page):
        open_lab(shared_page, site)
        yield shared_page


def open_lab(page: Page, url: str) -> None:
    """Open an address of the lab in a page, and wait until the model is there."""
    leave(page)
    page.goto(url)
    page.wait_for_function("() => window.latentLab?.model")
    page.evaluate("latentLab.ready")


def open_tab(page: Page, name: str) -> None:
    """Open a tab by its name in the address."""
    page.locator(f"#tab-{name}").click()
    page.wait_for_function(
        "name => document.querySelector('#tab-' + name).ariaSelected === 'true'", arg=name
    )
