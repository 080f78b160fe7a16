"""The lab under a path of a site, behind nginx, which speaks HTTPS."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.api.calls import Caller
from tests.api.pictures import digit, encoded
from tests.live import Server, free_port, running_app, wait_for
from ui.files import ADDRESS

MODEL = "mnist-vae"
PREFIX = "/class/lab"
CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/certificate.pem;
    ssl_certificate_key {folder}/key.pem;
    client_max_body_size 11m;
    location {prefix}/ {{
      proxy_pass {app};
      proxy_buffering off;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
"""


@contextmanager
def running_nginx(folder: Path, app: Server) -> Iterator[str]:
    """The address under which it offers an app."""
    nginx, openssl = shutil.which("nginx", path="/usr/sbin:/usr/bin"), shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("needs nginx and openssl")
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-keyout", folder / "key.pem"),
            *("-out", folder / "certificate.pem"),
        ],
        check=True,
        capture_output=True,
    )
    port = free_port()
    settings = {"folder": folder, "port": port, "prefix": PREFIX, "app": app.url}
    (folder / "nginx.conf").write_text(CONFIGURATION.format(**settings))
    process = subprocess.Popen([nginx, "-p", folder, "-c", folder / "nginx.conf"])
    try:
        url = f"https://127.0.0.1:{port}{PREFIX}/"
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        wait_for(url, process, trusting)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with (
        running_app("--root-path", PREFIX) as app,
        running_nginx(tmp_path_factory.mktemp("nginx"), app) as url,
    ):
        yield url


def test_page_modules_endpoints_and_uploads_are_under_the_prefix(address: str) -> None:
    with Caller(address) as caller:
        page = caller.http.get(address)
        assert page.status_code == 200
        origin = "https://" + urlsplit(address).netloc
        assert caller.http.get(f"{address}config").json()["root"] == origin + PREFIX
        answer = caller.http.get(f"{address}{ADDRESS}web/parts/draw-pad.js")
        assert answer.status_code == 200
        assert "export function mount" in answer.text
        weights = f"{address}{ADDRESS}models/{MODEL}/decoder.safetensors"
        assert caller.http.get(weights).status_code == 200
        question = f"{address}{ADDRESS}ask/has_originals"
        assert "answer" in caller.http.post(question, json={"model": MODEL}).json()
        assert caller.call("/models").data
        seen, decoded, numbers = caller.call(
            "/reconstruct", caller.upload(encoded(digit("3"), "PNG")), MODEL
        ).data
        assert len(numbers["mean"]) == 2
        for picture in (seen, decoded):
            assert picture["url"].startswith(address)
            assert caller.download(picture).startswith(b"\x89PNG")


def test_the_page_works_under_the_prefix(browser: Browser, address: str) -> None:
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(address)
    page.wait_for_selector("[data-testid=latent-map][data-ready=true]:visible")
    assert page.evaluate("latentLab.decode(0, 0).length") == 784
    page.wait_for_function("() => latentLab.seen")  # the example
    before = page.evaluate("latentLab.seen.mean")
    seven = {"name": "7.png", "mimeType": "image/png", "buffer": encoded(digit("7"), "PNG")}
    page.locator("input[type=file]").first.set_input_files([seven])
    page.wait_for_function(
        "(before) => String(latentLab.seen?.mean) !== String(before)", arg=before
    )
    context.close()
    within = (address, "data:", "blob:", f"https://{urlsplit(address).netloc}/favicon.ico")
    assert [url for url in requested if not url.startswith(within)] == []
