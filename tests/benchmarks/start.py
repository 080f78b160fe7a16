"""How the Gradio host starts: python -m tests.benchmarks.start [--pairs N]

The start, the memory and the first picture beside those of an empty Gradio app, in turns, in the
same run; and how long Gradio takes to run a line of a script in the first of seven empty tabs.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from playwright.sync_api import Browser, sync_playwright

from tests.live import Server, running_app, running_code, running_empty_app
from tests.web.conftest import QUIET, find_chromium

PICTURE = """() => {
  const canvas = document.querySelector("[data-testid=reconstruction] canvas");
  if (!canvas?.width) return false;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((level, i) => i % 4 < 3 && level > 0);
}"""
TABS = """
import sys
import gradio as gr
with gr.Blocks() as blocks:
    gr.HTML()
    with gr.Tabs():
        for name in "1234567":
            with gr.Tab(name):
                gr.HTML("", html_template="<b></b>", js_on_load="window.shown = true")
blocks.launch(server_port=int(sys.argv[1]), ssr_mode=False)
"""
FOOTER = "() => document.querySelector('footer')?.clientHeight > 0"


def opened(browser: Browser, url: str, there: str) -> float:
    """Seconds from asking for a page until a condition holds, in a new context."""
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        page = context.new_page()
        start = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.wait_for_function(there)
        return time.perf_counter() - start


def measured(
    browser: Browser, app: Callable[[], AbstractContextManager[Server]], there: str
) -> tuple[float, float, float]:
    """Seconds of the start, MB at rest, and seconds until the first picture, the second time."""
    start = time.perf_counter()
    with app() as server:
        begun = time.perf_counter() - start
        memory = server.memory() / 1e6
        opened(browser, server.url, there)  # once, for what is compressed once
        return begun, memory, opened(browser, server.url, there)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=3, help="starts of each")
    pairs = parser.parse_args().pairs
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=QUIET)
        lab, empty, tabs = [], [], []
        for _ in range(pairs):
            lab.append(measured(browser, running_app, PICTURE))
            empty.append(measured(browser, running_empty_app, FOOTER))
            tabs.append(measured(browser, lambda: running_code(TABS), "() => window.shown"))
        browser.close()
    ours = [statistics.median(values) for values in zip(*lab, strict=True)]
    theirs = [statistics.median(values) for values in zip(*empty, strict=True)]
    floor = statistics.median(seconds for _, _, seconds in tabs)
    print("| figure | the lab | an empty Gradio app | ratio | target |\n|---|---|---|---|---|")
    names = (
        "`python app.py` to HTTP 200, s",
        "memory at rest, MB",
        "page open to first picture, s",
    )
    for name, a, b, target in zip(
        names, ours, theirs, ("≤ 1.15", "≤ 400 MB", "≤ 1.5"), strict=True
    ):
        print(f"| {name} | {a:.3g} | {b:.3g} | {a / b:.2f} | {target} |")
    print(f"\nA script in the first of seven empty tabs runs after {floor:.3g} s.")


if __name__ == "__main__":
    main()
