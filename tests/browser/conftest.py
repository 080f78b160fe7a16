import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.live import Server, running_app

expect.set_options(timeout=30_000)  # a busy machine is no failure
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


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


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The lab on a desktop, ready; ends in failure if the page complained."""
    yield from open_lab(browser, server.url, viewport={"width": 1400, "height": 900})


@pytest.fixture
def phone(browser: Browser, server: Server) -> Iterator[Page]:
    """The lab on a phone 390 wide."""
    yield from open_lab(
        browser, server.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )


def open_lab(browser: Browser, url: str, **options: object) -> Iterator[Page]:
    context = browser.new_context(**options)
    context.set_default_timeout(30_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((url.partition("?")[0], "data:", "blob:"))
            else complaints.append(f"request to another host: {request.url}")
        ),
    )
    page.goto(url)
    page.wait_for_selector("[data-testid=latent-map][data-ready=true]:visible")
    yield page
    context.close()
    assert complaints == []
