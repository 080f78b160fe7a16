"""What the page may ask of a host with Python: JSON in, JSON out, each with a sentence on failure.

`ui/web/host/gradio.js` asks them over HTTP, under the address of the page's files.
"""

import base64
import io
import json
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.files import ADDRESS

ASK = f"/{ADDRESS}ask/"
MOST_BYTES = 10_000  # of a question
NOT_JSON = "The question is no JSON object of at most 10 kB."


class Questions:
    """Middleware: answers POST requests under `ASK`.

    Args:
        app: what answers all else.
        lab: makes the `ui.endpoints.Lab` when it is first needed.
    """

    def __init__(self, app: ASGIApp, lab: Callable[[], Any]) -> None:
        self.app, self.lab = app, lab
        self.fetching = threading.Lock()  # one download at a time
        self.answers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "original": self._original,
            "has_originals": self._has_originals,
            "fetch_originals": self._fetch_originals,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        _, found, name = scope.get("path", "").partition(ASK)
        if scope["type"] != "http" or not found or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        status, answer = await run_in_threadpool(self._answer, name, body)
        await JSONResponse(answer, status)(scope, receive, send)

    def _answer(self, name: str, body: bytes) -> tuple[int, Any]:
        from ui.endpoints import EXPECTED_ERRORS

        if name not in self.answers:
            return 404, {"error": f"There is no question {name[:80]!r}."}
        try:
            details = json.loads(body) if len(body) <= MOST_BYTES else None
        except ValueError:
            details = None
        if not isinstance(details, dict):
            return 400, {"error": NOT_JSON}
        try:
            return 200, {"answer": self.answers[name](details)}
        except EXPECTED_ERRORS as error:
            return 400, {"error": str(error)}

    def _original(self, asked: dict[str, Any]) -> str:
        """A test image as a data URL, "" where the dataset is not on disk."""
        lab = self.lab()
        picture = lab.original(asked.get("index"), lab.model_name(asked.get("model")))
        if picture is None:
            return ""
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()

    def _has_originals(self, asked: dict[str, Any]) -> bool:
        """False where the test images are not on disk but can be downloaded."""
        lab = self.lab()
        return not lab.can_fetch(lab.model_name(asked.get("model")))

    def _fetch_originals(self, asked: dict[str, Any]) -> bool:
        """Download a model's dataset."""
        lab = self.lab()
        with self.fetching:
            lab.fetch(lab.model_name(asked.get("model")))
        return True


@cache
def lazily(weights_dir: Path, data_dir: Path | None) -> Callable[[], Any]:
    """The `Lab` of a directory, made once, and only when somebody asks for it."""
    lock, made = threading.Lock(), list[Any]()

    def lab() -> Any:
        with lock:
            if not made:
                from ui.endpoints import Lab  # torch is behind it

                made.append(Lab(weights_dir, data_dir))
        return made[0]

    return lab
