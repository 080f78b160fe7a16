"""The page's own files, as the Gradio host serves them: modules, one style sheet, the models.

They lie under an address that changes with them, so that browsers may keep them for ever. What is
text is compressed once, not for every visitor.
"""

import gzip
import hashlib
import mimetypes
import re
from pathlib import Path

import brotli
from starlette.datastructures import Headers
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.bundle import WEB, bundle_module, modules
from ui.descriptions import FILES
from ui.export import CORE, SOURCES, styles

KEEP = "public, max-age=31536000, immutable"
TYPES = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
STYLE, SCRIPT = "lab.css", "lab.js"
TEXT = (".js", ".css")
NAME = re.compile(r"[a-z0-9_-]{1,64}")  # of a model, as vae_core.pretrained has it


def _version() -> str:
    """Of all that the browser runs, and of what the lesson quotes."""
    files = [WEB / name for name in modules()] + styles() + [CORE / name for name in SOURCES]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


ADDRESS = f"lab/{_version()}/"  # relative to the app's root


class Files:
    """Middleware: answers what lies under `ADDRESS`, wherever a proxy puts the app.

    Args:
        app: what answers all else.
        weights_dir: a folder for each model.
    """

    def __init__(self, app: ASGIApp, weights_dir: Path) -> None:
        self.app = app
        self.known = {f"web/{name}": WEB / name for name in modules()}
        self.known |= {f"source/{name}.txt": CORE / name for name in SOURCES}
        self.weights_dir = weights_dir
        self.packed: dict[tuple[str, str], bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        _, found, name = scope.get("path", "").partition(f"/{ADDRESS}")
        if scope["type"] != "http" or not found:
            await self.app(scope, receive, send)
            return
        await self._answer(name, Headers(scope=scope))(scope, receive, send)

    def _answer(self, name: str, headers: Headers) -> Response:
        if name in (STYLE, SCRIPT) or (name.endswith(TEXT) and name in self.known):
            return self._text(name, headers.get("accept-encoding", ""))
        path = self.known.get(name) or self._of_a_model(name)
        if path is None or not path.is_file():
            return PlainTextResponse(f"There is no file {name[:80]!r} here.", 404)
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return FileResponse(path, media_type=kind, headers={"cache-control": KEEP})

    def _of_a_model(self, name: str) -> Path | None:
        """A file of a model, which may be newer than the lab."""
        folder, _, rest = name.partition("/")
        model, _, file = rest.partition("/")
        if folder != "models" or file not in FILES.values() or not NAME.fullmatch(model):
            return None
        return self.weights_dir / model / file

    def _text(self, name: str, accepted: str) -> Response:
        encoding = next((one for one in ("br", "gzip") if one in accepted), "")
        if (name, encoding) not in self.packed:
            body = self._read(name)
            if encoding:
                body = brotli.compress(body) if encoding == "br" else gzip.compress(body)
            self.packed[name, encoding] = body
        sent = {"cache-control": KEEP, "vary": "accept-encoding"}
        if encoding:
            sent["content-encoding"] = encoding
        kind = TYPES[Path(name).suffix]
        return Response(self.packed[name, encoding], media_type=kind, headers=sent)

    def _read(self, name: str) -> bytes:
        if name == SCRIPT:
            return bundle_module("host/gradio.js").encode()
        sheets = styles() if name == STYLE else [self.known[name]]
        return b"\n".join(path.read_bytes() for path in sheets)
