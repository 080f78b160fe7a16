"""The page in both of its hosts: an exported folder on a plain web server, and the Gradio app.

A test that takes `page` runs in the folder; marked `both`, in the Gradio app as well; marked
`gradio`, only there. `--hosts static gradio` runs all of them in both.
"""

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    Request,
    Route,
    expect,
    sync_playwright,
)

from tests.live import ROOT, Server, running_app
from ui.components import TABS
from ui.descriptions import names_in
from ui.export import WEIGHTS, export_folder

expect.set_options(timeout=30_000)  # a busy machine is no failure
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
FOLDS = {
    "complete": "reconstruct",
    "manifold": "decode",
    "style": "generate",
}  # in which tab each stands
# Delete the models that an earlier test has left in the browser; whether there were some.
FORGET = """async () => {
  const there = (await indexedDB.databases()).some(({ name }) => name === "latent-lab");
  if (there) {
    await new Promise((done) => {
      const deleting = indexedDB.deleteDatabase("latent-lab");
      deleting.onsuccess = deleting.onblocked = done;
    });
  }
  return there;
}"""
EMPTY = "http://lab.test/"  # an address that is nowhere


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--hosts", nargs="+", choices=("static", "gradio"), help="of the page's tests")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "host" in metafunc.fixturenames:
        marked = {mark.name for mark in metafunc.definition.iter_markers()}
        hosts = ["static", "gradio"] if "both" in marked else ["static"]
        hosts = ["gradio"] if "gradio" in marked else metafunc.config.getoption("hosts") or hosts
        metafunc.parametrize("host", hosts, scope="module")


class Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}  # noqa: RUF012

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the exported folder, in a sub-path."""
    root = tmp_path_factory.mktemp("www")
    export_folder(root / "some" / "path", WEIGHTS, names_in(WEIGHTS))
    with served(root) as address:
        yield f"{address}some/path/"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder on a plain web server."""
    handler = functools.partial(Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_app() as app:
        yield app


@pytest.fixture(scope="module")
def address(host: str, request: pytest.FixtureRequest) -> str:
    """Where the page is."""
    if host == "static":
        return str(request.getfixturevalue("site"))
    return str(request.getfixturevalue("server").url)


def find_chromium(playwright: Playwright) -> str | None:
    """The system's browser, or the one that `playwright install chromium` got."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    candidates = [*map(shutil.which, names), playwright.chromium.executable_path]
    return next((path for path in candidates if path and os.path.exists(path)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            stop = pytest.fail if os.environ.get("CI") else pytest.skip
            stop("no Chromium: install one, or run `playwright install chromium`")
        browser = playwright.chromium.launch(executable_path=path, args=QUIET + CAMERA)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    size = {"width": 1400, "height": 900}
    with new_context(browser, viewport=size, service_workers="block") as context:
        yield context


@pytest.fixture(scope="session")
def handheld(browser: Browser) -> Iterator[BrowserContext]:
    viewport = {"width": 390, "height": 844}
    with new_context(browser, viewport=viewport, has_touch=True, is_mobile=True) as context:
        yield context


@pytest.fixture(scope="module")
def shared_page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def page(shared_page: Page, address: str) -> Iterator[Page]:
    """The lab on a desktop, ready, as on a first visit; ends in failure if the page complained."""
    shared_page.mouse.move(0, 0)
    with without_complaints(shared_page):
        open_lab(shared_page, address)
        if shared_page.evaluate(FORGET):
            open_lab(shared_page, address)
        yield shared_page


@pytest.fixture
def phone(handheld: BrowserContext, address: str) -> Iterator[Page]:
    """The lab on a phone 390 wide."""
    page = handheld.new_page()
    with without_complaints(page):
        open_lab(page, address)
        yield page
    page.close()


@pytest.fixture(scope="module")
def empty_page(browser: Browser) -> Iterator[Page]:
    """A page without the lab, beside the files of ui/static and weights, for modules alone."""
    folders = {"ui": ROOT / "ui", "weights": ROOT / "weights"}
    kinds = {".js": "text/javascript", ".safetensors": "application/octet-stream"}

    def serve(route: Route) -> None:
        folder, _, name = urlsplit(route.request.url).path.lstrip("/").partition("/")
        if not folder:
            return route.fulfill(body="", content_type="text/html")
        path = folders[folder] / name
        return route.fulfill(path=path, content_type=kinds[path.suffix])

    with new_context(browser) as context:
        context.route(f"{EMPTY}**", serve)
        page = context.new_page()
        with without_complaints(page):
            page.goto(EMPTY)
            yield page


@contextmanager
def new_context(browser: Browser, **options: object) -> Iterator[BrowserContext]:
    context = browser.new_context(**options)
    context.set_default_timeout(30_000)
    yield context
    context.close()


def open_lab(page: Page, url: str) -> None:
    """Open an address of the lab in a page, and wait until the model is there."""
    leave(page)
    page.goto(url)
    page.wait_for_function("() => window.latentLab?.model")
    page.evaluate("latentLab.ready")
    page.wait_for_selector("[role=tab]")  # Gradio may still be at it


def open_tab(page: Page, name: str) -> None:
    """Open a tab, or a fold of one, by its name in the address."""
    tab = page.get_by_role("tab", name=TABS[FOLDS.get(name, name)], exact=True)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    if name in FOLDS:
        fold = page.locator(f"[data-fold={name}]")
        if fold.get_attribute("open") is None:
            fold.locator("summary").first.click()


def use(page: Page, model: str, label: str | None = None) -> None:
    """Another model, and wait until it is loaded."""
    page.evaluate(
        "([model, label]) => latentLab.use(model, label ?? undefined).then(() => latentLab.ready)",
        [model, label],
    )


leaving: set[Page] = set()  # pages whose scripts are told that what they wait for never comes


def leave(page: Page) -> None:
    """Go where there is no lab."""
    leaving.add(page)
    page.goto("about:blank")
    leaving.remove(page)


@contextmanager
def without_complaints(page: Page) -> Iterator[None]:
    """Ends in failure if a script failed, the console has an error, or another host was asked."""
    complaints: list[str] = []

    def complain(words: str) -> None:
        if page not in leaving:
            complaints.append(words)

    def on_request(request: Request) -> None:
        here = page.url.partition("?")[0]
        opened = here == "about:blank" and request.is_navigation_request()
        if not opened and not request.url.startswith((here, "data:", "blob:")):
            complain(f"request to another host: {request.url}")

    listeners = {
        "pageerror": lambda error: complain(str(error)),
        "console": lambda said: complain(said.text) if said.type == "error" else None,
        "request": on_request,
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    try:
        yield
    finally:
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
    assert complaints == []
