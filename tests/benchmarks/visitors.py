"""A class opens the lab at once: python -m tests.benchmarks.visitors

Hundreds of browsers do not fit on one machine. So each visitor is one `curl`, which fetches over
six connections what Chromium fetched on a first visit, with Chromium's Accept-Encoding, until the
page had decoded its first picture; it keeps nothing and shares nothing. They arrive evenly within
some seconds. Fetching for them costs this machine's cores too, so the times are upper bounds.

The folder is served by nginx with gzip for text; the Gradio hosts, the lab and an empty app beside
it, by Gradio itself.
"""

import argparse
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.live import Server, free_port, running_app, running_empty_app, wait_for
from tests.web.conftest import QUIET, find_chromium
from ui.descriptions import names_in
from ui.export import WEIGHTS, export_folder

OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
CONNECTIONS = 6  # that a browser opens to one host
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
worker_processes auto;
events {{ worker_connections 4096; }}
http {{
  include /etc/nginx/mime.types;
  access_log off;
  sendfile on;
  gzip on;
  gzip_types text/css application/javascript application/json;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""
DECODED = """async () => {
  while (!window.latentLab?.ready) await new Promise(requestAnimationFrame);
  await latentLab.ready;
  latentLab.decode(0, 0);
}"""
FOOTER = "() => document.querySelector('footer')?.clientHeight"


@contextmanager
def served_folder() -> Iterator[str]:
    """The exported lab behind nginx: its address."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert nginx, "this benchmark needs nginx"
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)  # nginx's workers are another user
        export_folder(folder / "lab", WEIGHTS, names_in(WEIGHTS))
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
        process = subprocess.Popen([nginx, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}/lab/"
            wait_for(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(30)


def fetched(context: BrowserContext, url: str, sign: str) -> tuple[list[str], float]:
    """What a visit fetches until a sign: the addresses, and the bytes over the network."""
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    addresses: list[str] = []
    posted: list[str] = []

    def note(request: object) -> None:
        (addresses if request.method == "GET" else posted).append(request.url)  # type: ignore[attr-defined]

    page.on("request", note)
    page.goto(url)
    page.wait_for_function(sign)
    found = [one for one in addresses if one.startswith(url) and "heartbeat" not in one]
    page.close()
    assert posted == [], posted
    return found, sum(sizes)


def visitor(addresses: Sequence[str], delay: float) -> tuple[float, bool]:
    """Seconds that a visitor waited, and whether all went well."""
    time.sleep(delay)
    start = time.monotonic()
    command = ["curl", "--silent", "--fail", "--parallel"]
    command += [
        "--parallel-max",
        str(CONNECTIONS),
        "--header",
        "Accept-Encoding: gzip, deflate, br, zstd",
    ]
    for address in addresses:
        command += ["--output", "/dev/null", address]
    done = subprocess.run(command, check=False, stderr=subprocess.DEVNULL)
    return time.monotonic() - start, done.returncode == 0


def arrive(name: str, addresses: Sequence[str], visitors: int, within: float) -> None:
    """So many visitors: prints how long it took."""
    start = time.monotonic()
    with ThreadPoolExecutor(visitors) as pool:
        delays = [within * k / visitors for k in range(visitors)]
        waits, well = zip(*pool.map(visitor, [addresses] * visitors, delays), strict=True)
    taken = time.monotonic() - start
    cells = [name, visitors, len(addresses), f"{taken:.1f} s", f"{statistics.median(waits):.2f} s"]
    cells += [f"{max(waits):.2f} s", well.count(False)]
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def cpu_of_a_visit(browser: Browser, server: Server, sign: str, times: int = 5) -> float:
    """Milliseconds of the server's CPU for a first visit, median."""
    taken = []
    for _ in range(times + 1):
        context = browser.new_context()
        before = server.cpu_seconds()
        fetched(context, server.url, sign)
        time.sleep(0.5)
        taken.append(1000 * (server.cpu_seconds() - before))
        context.close()
    return statistics.median(taken[1:])


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--within", type=float, default=2, help="seconds in which all arrive")
    within = parser.parse_args().within
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, OFFLINE])
        print("| host | visitors | files | until all had it | median | slowest | errors |")
        print("|---|---|---|---|---|---|---|")
        with served_folder() as url:
            context = browser.new_context()
            addresses, size = fetched(context, url, DECODED)
            context.close()
            arrive("the folder behind nginx", addresses, 300, within)
        with running_app() as app:
            context = browser.new_context()
            addresses, by_gradio = fetched(context, app.url, DECODED)
            context.close()
            arrive("the Gradio host", addresses, 100, within)
            cpu = cpu_of_a_visit(browser, app, DECODED)
        with running_empty_app() as empty:
            context = browser.new_context()
            addresses, _ = fetched(context, empty.url, FOOTER)
            context.close()
            arrive("an empty Gradio app", addresses, 100, within)
            floor = cpu_of_a_visit(browser, empty, FOOTER)
        print(
            f"\nA first visit to the folder fetches {size / 1e6:.2f} MB until a picture is decoded,"
        )
        print(
            f"to the Gradio host {by_gradio / 1e6:.2f} MB. It costs the Gradio host {cpu:.0f} ms of"
        )
        print(f"CPU, an empty app {floor:.0f} ms.")
        browser.close()


if __name__ == "__main__":
    main()
