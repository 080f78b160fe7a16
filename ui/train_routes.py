"""What a page asks of `ui.training` over HTTP, under the address of the page's files.

The state is for everybody; what changes it asks for the key that `app.py --train` printed.
"""

import json
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.archives import MOST_BYTES
from ui.files import ADDRESS
from ui.training import Trainings

TRAIN = f"{ADDRESS}train/"  # relative to the app's root
KEY = "x-train-key"  # the header: addresses stand in the logs of proxies
MOST_QUESTION = 10_000  # bytes
NO_KEY = "Only who started the lab may do this: open the address that app.py printed."
NOT_JSON = "The question is no JSON object of at most 10 kB."
TOO_LARGE = "The ZIP is larger than 200 MB. Send fewer or smaller pictures."


class TrainRoutes:
    """Middleware: answers under `TRAIN`.

    Args:
        app: what answers all else.
        trainings: what is asked.
    """

    def __init__(self, app: ASGIApp, trainings: Trainings) -> None:
        self.app, self.trainings = app, trainings
        self.changes: dict[str, Callable[[dict[str, Any]], Any]] = {
            "start": trainings.start,
            "go_on": trainings.go_on,
            "cancel": trainings.cancel,
            "forget": trainings.forget,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        _, found, name = scope.get("path", "").partition(f"/{TRAIN}")
        if scope["type"] != "http" or not found:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(name, request)
        except ClientDisconnect:
            return
        response.headers["cache-control"] = "no-store"
        await response(scope, receive, send)

    async def _answer(self, name: str, request: Request) -> Response:
        if name == "state" and request.method == "GET":
            return JSONResponse(await run_in_threadpool(self.trainings.state))
        if request.method != "POST" or name not in (*self.changes, "upload"):
            return JSONResponse({"error": f"There is nothing at {name[:80]!r}."}, 404)
        key = request.headers.get(KEY, "")
        if not secrets.compare_digest(key.encode(), self.trainings.key.encode()):
            return JSONResponse({"error": NO_KEY}, 403)
        try:
            if name == "upload":
                return JSONResponse(await self._upload(request))
            body = await request.body()
            try:
                details = json.loads(body) if len(body) <= MOST_QUESTION else None
            except ValueError:
                details = None
            if not isinstance(details, dict):
                return JSONResponse({"error": NOT_JSON}, 400)
            return JSONResponse(await run_in_threadpool(self.changes[name], details))
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)

    async def _upload(self, request: Request) -> dict[str, Any]:
        """The body, written to a file as it comes; what is too large is not read to its end."""
        with tempfile.TemporaryDirectory() as folder:
            path, length = Path(folder) / "upload.zip", 0
            with path.open("wb") as file:
                async for part in request.stream():
                    length += len(part)
                    if length > MOST_BYTES:
                        raise ValueError(TOO_LARGE)
                    file.write(part)
            return await run_in_threadpool(self.trainings.receive, path)
