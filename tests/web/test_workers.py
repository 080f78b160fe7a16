"""Workers that die and storage that is full: nothing hangs, nothing is lost."""

from playwright.sync_api import Page

from tests.live import ROOT
from tests.web.expected import painted


def test_a_worker_that_dies_is_begun_anew(page: Page) -> None:
    pixels = painted("mnist-vae", 1).flatten().tolist()
    page.route("**/plane-worker.js", lambda route: route.fulfill(body="throw new Error('gone');"))
    ask = "(x) => latentLab.posterior(x).then((p) => p.log_prob, (error) => error.message)"
    assert "stopped" in page.evaluate(ask, pixels)
    page.unroute("**/plane-worker.js")
    assert isinstance(page.evaluate(ask, pixels), float)


def test_a_full_storage_keeps_nothing_from_working(page: Page) -> None:
    pixels = painted("mnist-vae", 1).flatten().tolist()
    page.route(
        "**/plane-worker.js",
        lambda route: route.fulfill(
            body="self.caches.open = () => Promise.reject(new Error('full'));"
            + (ROOT / "ui/web/core/plane-worker.js").read_text("utf-8"),
            content_type="text/javascript",
        ),
    )
    assert isinstance(
        page.evaluate("(x) => latentLab.posterior(x).then((p) => p.log_prob)", pixels), float
    )
    page.unroute("**/plane-worker.js")
