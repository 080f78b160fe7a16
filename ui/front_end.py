"""How the page and Gradio's own files reach a browser: compressed, and the files once."""

import gzip
import re
from collections.abc import Callable

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Of Gradio's front end, whose new versions have new names; and the lab's own modules.
FILE = re.compile(r"/assets/[\w.-]+|/gradio_api/file=.*/ui/(components|static|web/core)/\w+\.js")
TEXT = ("text/", "application/javascript", "application/json", "image/svg")
# The best first. Browsers accept Brotli from localhost and over HTTPS only, not in a classroom.
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, 6),
}
CONDITIONS = ("range", "if-none-match", "if-modified-since")


class FrontEnd:
    """Middleware. Gradio sends the page, which has no name, as it is, and compresses each of the
    hundred files after it anew for every visitor: a class would wait a minute for one core.

    The page's body begins with the `splash` of the Blocks, if they have one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.kept: dict[tuple[str, str], tuple[Message, bytes]] = {}  # a few MB at most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the page and the files; everything else is passed on."""
        if scope["type"] == "http" and scope["method"] == "GET":
            headers, path = Headers(scope=scope), scope["path"]
            if path == "/" or (FILE.fullmatch(path) and not set(CONDITIONS) & {*headers}):
                await self._answer(scope, receive, send, headers.get("accept-encoding", ""))
                return
        await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, accepted: str) -> None:
        encoding = next((name for name in ENCODINGS if name in accepted), "")
        page, key = scope["path"] == "/", (scope["path"], encoding)
        splash = getattr(scope["app"].get_blocks(), "splash", "") if page else ""
        start, body = self.kept.get(key) or await self._read(scope, receive, encoding, splash)
        if start["status"] == 200 and not page:
            self.kept[key] = start, body
        await send({**start, "headers": list(start["headers"])})  # others may change theirs
        await send({"type": "http.response.body", "body": body})

    async def _read(
        self, scope: Scope, receive: Receive, encoding: str, splash: str
    ) -> tuple[Message, bytes]:
        """Gradio's answer, with the splash in it, its body compressed if it is text."""
        start: Message = {}
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            body += message.get("body", b"")

        await self.app(scope, receive, collect)
        headers = MutableHeaders(raw=start["headers"])
        if splash:
            body = body.replace(b"<gradio-app", splash.encode() + b"<gradio-app", 1)
            headers["content-length"] = str(len(body))
        if encoding and headers.get("content-type", "").startswith(TEXT):
            body = ENCODINGS[encoding](body)
            headers["content-encoding"] = encoding
            headers["content-length"] = str(len(body))
            headers.add_vary_header("accept-encoding")
        return start, body
