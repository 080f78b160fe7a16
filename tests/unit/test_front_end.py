"""The front end's memory: what visitors ask for, however they spell it, does not fill it."""

import random
import tracemalloc
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from ui.gradio_fixes.front_end import MOST_KEPT, FrontEnd

BODY = b"x" * 10_000
MODULE = "/assets/index.js"


class Upstream:
    """An app that gives the same text for every path, as Gradio does for each spelling of one."""

    asked = 0

    def __init__(self, body: bytes = BODY, kind: bytes = b"text/plain") -> None:
        self.body, self.kind = body, kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        headers = [(b"content-type", self.kind)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body + scope["path"].encode()})

    def get_blocks(self) -> object:
        return SimpleNamespace()


def get(front_end: FrontEnd, path: str, root_path: str = "") -> bytes:
    """The body of an answer."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("a GET has no body")

    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": path, "root_path": root_path, "headers": [],
        "app": front_end.app,
    }  # fmt: skip
    with suppress(StopIteration):
        front_end(scope, receive, send).send(None)  # nothing in it waits, so it runs to its end
    assert sent[0]["status"] == 200
    return b"".join(message.get("body", b"") for message in sent[1:])


def odd_spellings(path: str, n: int) -> set[str]:
    """Other paths that lead to the same file."""
    chance, found = random.Random(0), set()
    while len(found) < n:
        parts = path.split("/")
        for _ in range(chance.randrange(1, 9)):
            odd = chance.choice([["."], [""], ["x", ".."], ["ui", "..", "."]])
            at = chance.randrange(2, len(parts))
            parts[at:at] = odd
        found.add("/".join(parts))
    return found


def test_ten_thousand_spellings_of_a_path_leave_the_memory_as_it_was() -> None:
    upstream = Upstream()
    front_end = FrontEnd(upstream)
    assert get(front_end, MODULE) == get(front_end, MODULE)
    assert upstream.asked == 1
    spelled = odd_spellings(MODULE, 10_000)
    assert MODULE not in spelled
    tracemalloc.start()
    for path in spelled:
        assert get(front_end, path)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 100 * len(BODY)
    assert upstream.asked == 1 + len(spelled)
    get(front_end, MODULE)
    assert upstream.asked == 1 + len(spelled)


def test_files_used_longest_ago_make_room() -> None:
    upstream = Upstream()
    front_end = FrontEnd(upstream)
    get(front_end, MODULE)
    many = 2 * MOST_KEPT // len(BODY)
    for number in range(many):
        get(front_end, f"/assets/{number}.js")
        get(front_end, MODULE)
    assert upstream.asked == 1 + many
    assert sum(len(body) for _, body in front_end.kept.values()) <= MOST_KEPT
    get(front_end, "/assets/0.js")
    assert upstream.asked == 2 + many


def test_a_proxys_prefix_may_stand_before_the_path() -> None:
    upstream = Upstream()
    front_end = FrontEnd(upstream)
    for path in (MODULE, f"/lab{MODULE}"):
        assert get(front_end, path, "/lab") == BODY + MODULE.encode()
    assert upstream.asked == 1


def test_the_head_comes_before_gradios_own_once_and_in_pages_only() -> None:
    page = b'<head><base href="./" /><meta property="og:title" content="Gradio" /></head>'
    own = '<meta property="og:title" content="Latent Lab">'
    front_end = FrontEnd(
        Upstream(page, b"text/html; charset=utf-8"), lambda: own, "<style></style>"
    )
    expected = page.replace(b"<meta", own.encode() + b"<meta", 1)
    assert get(front_end, "/") == expected.replace(b"</head>", b"<style></style></head>") + b"/"
    assert (
        get(FrontEnd(Upstream(page, b"text/javascript"), lambda: own), MODULE)
        == page + MODULE.encode()
    )
