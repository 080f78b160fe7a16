"""Firefox and WebKit, each driven by the protocol it has itself: for a smoke test, no more.

WebDriver (W3C Recommendation, 2018) is requests with JSON; WebDriver BiDi (W3C Working Draft) goes
over a WebSocket. Both take pointer actions in the same form.
"""

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

PATIENCE = 60.0  # seconds for a browser to start, or for what a test waits for


class Engine(Protocol):
    """A browser with one page."""

    def go(self, url: str) -> None:
        """Open an address and wait for its load event."""

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript, or of the promise that it is; JSON."""

    def drag(self, points: Sequence[tuple[float, float]]) -> None:
        """Press the mouse at the first place of the window, move to the others, and let go."""


def wait_for(engine: Engine, expression: str) -> Any:
    """Until an expression is true: its value."""
    until = time.monotonic() + PATIENCE
    while True:
        value = engine.evaluate(expression)
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"this never became true: {expression}")
        time.sleep(0.05)


@contextmanager
def firefox() -> Iterator[Engine]:
    """Firefox by BiDi; a new profile, gone afterwards."""
    port = free_port()
    command = ["firefox-esr", "--headless", "--no-remote", f"--remote-debugging-port={port}"]
    with (
        tempfile.TemporaryDirectory() as profile,
        running([*command, "--profile", profile, "about:blank"]),
        _connected(f"ws://127.0.0.1:{port}/session") as channel,
    ):
        yield Bidi(channel)


@contextmanager
def webkit() -> Iterator[Engine]:
    """WebKitGTK's MiniBrowser by WebDriver, on a screen of its own if there is none."""
    port = free_port()
    with running(["xvfb-run", "-a", "WebKitWebDriver", f"--port={port}"]):
        yield from _sessions(f"http://127.0.0.1:{port}")


class Bidi:
    """See `Engine`."""

    def __init__(self, channel: Any) -> None:
        self.channel, self.numbers = channel, itertools.count(1)
        self.ask("session.new", capabilities={})
        tree = self.ask("browsingContext.getTree")
        self.page = tree["contexts"][0]["context"]
        self.ask(
            "browsingContext.setViewport",
            context=self.page,
            viewport={"width": 1280, "height": 900},
        )

    def ask(self, method: str, **params: Any) -> Any:
        number = next(self.numbers)
        self.channel.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.channel.recv(timeout=PATIENCE))
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def go(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self.page, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        result = self.ask(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then((x) => JSON.stringify(x ?? null))",
            target={"context": self.page},
            awaitPromise=True,
        )
        assert result["type"] == "success", result
        return json.loads(result["result"]["value"])

    def drag(self, points: Sequence[tuple[float, float]]) -> None:
        self.ask("input.performActions", context=self.page, actions=[_dragging(points)])


class WebDriver:
    """See `Engine`."""

    def __init__(self, session: httpx.Client) -> None:
        self.session = session

    def ask(self, path: str, **params: Any) -> Any:
        answer = self.session.post(path, json=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    def go(self, url: str) -> None:
        self.ask("url", url=url)

    def evaluate(self, expression: str) -> Any:
        script = (
            f"const done = arguments[0]; Promise.resolve().then(() => ({expression}))"
            ".then((x) => done([JSON.stringify(x ?? null)]), (error) => done(String(error)));"
        )
        value = self.ask("execute/async", script=script, args=[])
        assert isinstance(value, list), value
        return json.loads(value[0])

    def drag(self, points: Sequence[tuple[float, float]]) -> None:
        self.ask("actions", actions=[_dragging(points)])


def _dragging(points: Sequence[tuple[float, float]]) -> dict[str, Any]:
    moves = [
        {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 30} for x, y in points
    ]
    actions = [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:]]
    return {
        "type": "pointer",
        "id": "mouse",
        "parameters": {"pointerType": "mouse"},
        "actions": [*actions, {"type": "pointerUp", "button": 0}],
    }


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str]) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # In a container, as in CI, WebKit can neither make a sandbox nor use a graphics card.
        env=os.environ
        | {
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
        },
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # xvfb-run ends without its children
        process.wait(PATIENCE)


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            channel = connect(url, max_size=None)
            break
        except (OSError, WebSocketException):  # it has not started yet
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
    with channel:
        yield channel


def _sessions(address: str) -> Iterator[Engine]:
    options = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": {"args": ["--automation"]}}
    until = time.monotonic() + PATIENCE
    while True:
        try:
            wanted = {"capabilities": {"alwaysMatch": options}}
            answer = httpx.post(f"{address}/session", json=wanted, timeout=PATIENCE)
            break
        except httpx.TransportError:  # it has not started yet
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
    assert answer.status_code == 200, answer.text
    name = answer.json()["value"]["sessionId"]
    with httpx.Client(base_url=f"{address}/session/{name}/", timeout=PATIENCE) as session:
        session.post("timeouts", json={"script": int(1000 * PATIENCE)})
        try:
            yield WebDriver(session)
        finally:
            session.delete("")


def installed(engine: str) -> bool:
    """Whether a function of this module finds its browser."""
    needs = {"firefox": ["firefox-esr"], "webkit": ["WebKitWebDriver", "xvfb-run"]}
    return all(map(shutil.which, needs[engine]))
