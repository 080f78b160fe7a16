"""One browser, and one page for each file of tests, which goes to the lab anew for every test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
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

expect.set_options(timeout=30_000)  # a busy machine is no failure
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
EMPTY = "http://lab.test/"  # an address that is nowhere
READY = "[data-testid=latent-map][data-ready=true]:visible"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_app() as app:
        yield app


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


# A context keeps what it has fetched and compiled of Gradio's scripts: a page that opens the lab
# again takes a third of the time of one in a new context.


@pytest.fixture(scope="session")
def desktop(browser: Browser) -> Iterator[BrowserContext]:
    with new_context(browser, viewport={"width": 1400, "height": 900}) as context:
        yield context


@pytest.fixture(scope="session")
def handheld(browser: Browser) -> Iterator[BrowserContext]:
    viewport = {"width": 390, "height": 844}
    with new_context(browser, viewport=viewport, has_touch=True, is_mobile=True) as context:
        yield context


@pytest.fixture(scope="module")
def desktop_page(desktop: BrowserContext) -> Iterator[Page]:
    page = desktop.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def handheld_page(handheld: BrowserContext) -> Iterator[Page]:
    page = handheld.new_page()
    yield page
    page.close()


@pytest.fixture
def page(desktop_page: Page, server: Server) -> Iterator[Page]:
    """The lab on a desktop, ready, as on a first visit; ends in failure if the page complained."""
    with fresh(desktop_page, server.url) as page:
        yield page


@pytest.fixture
def phone(handheld_page: Page, server: Server) -> Iterator[Page]:
    """The lab on a phone 390 wide."""
    with fresh(handheld_page, server.url) as page:
        yield page


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


@contextmanager
def fresh(page: Page, url: str) -> Iterator[Page]:
    """The lab in a page that another test may have used, as if nobody had been there before.

    The document is a new one, and with it all that the lab keeps in the browser and, for this
    visit, on the server; what a test may have changed of the page itself is set back.
    """
    leave(page)
    page.mouse.move(0, 0)
    page.unroute_all()
    page.context.clear_permissions()
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    with without_complaints(page):
        open_lab(page, url)
        yield page


def open_lab(page: Page, url: str) -> None:
    """Open an address of the lab in a page, and wait until it can be used."""
    leave(page)
    page.goto(url)
    page.wait_for_selector(READY)


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
