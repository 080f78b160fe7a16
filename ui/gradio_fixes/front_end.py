"""How Gradio's page and its own files reach a browser: compressed, and the files once.

Seen with Gradio 6.31, which compresses each file anew for every visitor, and writes the head of
`launch(head=...)` with a script when its own has begun: half a second later, and unseen by what
previews links. It can go when Gradio keeps its files compressed, and writes the head itself.
"""

import gzip
import re
from collections import OrderedDict
from collections.abc import Callable

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASSET = re.compile(r"/assets/[\w.-]+")  # of Gradio's front end, whose new versions have new names
MOST_KEPT = 32 * 10**6  # bytes: the files of a visit, in three encodings, are about 20 MB
BASE = re.compile(rb"<base [^>]*>")  # addresses in the head are relative to it
END = b"</head>"
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

    Args:
        app: what comes next.
        head: makes HTML for the head of the page, before what previews links finds there of
            Gradio's; asked for each visit, because the models may have become more.
        styles: the same at the head's end, where rules of the same weight win over Gradio's.
    """

    def __init__(
        self, app: ASGIApp, head: Callable[[], str] = lambda: "", styles: str = ""
    ) -> None:
        self.app, self.head, self.styles = app, head, styles.encode()
        self.kept: OrderedDict[tuple[str, str], tuple[Message, bytes]] = OrderedDict()
        self.bytes_kept = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the page and the files; everything else is passed on."""
        if scope["type"] == "http" and scope["method"] == "GET":
            headers, path = Headers(scope=scope), _path(scope)
            file = ASSET.fullmatch(path)
            if path == "/" or (file and not set(CONDITIONS) & {*headers}):
                await self._answer(scope, receive, send, headers.get("accept-encoding", ""))
                return
        await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, accepted: str) -> None:
        encoding = next((name for name in ENCODINGS if name in accepted), "")
        key = _path(scope), encoding
        page = key[0] == "/"
        start, body = self.kept.get(key) or await self._read(scope, receive, encoding)
        if start["status"] == 200 and not page:
            self._keep(key, start, body)
        await send({**start, "headers": list(start["headers"])})  # others may change theirs
        await send({"type": "http.response.body", "body": body})

    def _keep(self, key: tuple[str, str], start: Message, body: bytes) -> None:
        """Remember an answer, and forget those used longest ago if they are too many."""
        if key not in self.kept:
            self.kept[key] = start, body
            self.bytes_kept += len(body)
        self.kept.move_to_end(key)
        while self.bytes_kept > MOST_KEPT:
            _, (_, forgotten) = self.kept.popitem(last=False)
            self.bytes_kept -= len(forgotten)

    async def _read(self, scope: Scope, receive: Receive, encoding: str) -> tuple[Message, bytes]:
        """Gradio's answer, its body compressed if it is text."""
        start: Message = {}
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            body += message.get("body", b"")

        await self.app(scope, receive, collect)
        headers = MutableHeaders(raw=start["headers"])
        if headers.get("content-type", "").startswith("text/html"):
            head = self.head().encode()
            body = BASE.sub(lambda base: base[0] + head, body, count=1)
            body = body.replace(END, self.styles + END, 1)
            headers["content-length"] = str(len(body))
        if encoding and headers.get("content-type", "").startswith(TEXT):
            body = ENCODINGS[encoding](body)
            headers["content-encoding"] = encoding
            headers["content-length"] = str(len(body))
            headers.add_vary_header("accept-encoding")
        return start, body


def _path(scope: Scope) -> str:
    """The path within the app: a proxy may leave its prefix in front of it."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
