"""The endpoints without gradio_client, which refuses to send what a hostile client would."""

import json
import time
from types import TracebackType
from typing import Any, NamedTuple

import httpx

FILE = {"_type": "gradio.FileData"}


class Answer(NamedTuple):
    """What an endpoint said: its outputs, or the message of an error."""

    data: list[Any]
    error: str | None
    seconds: float

    @property
    def failed(self) -> bool:
        return not self.data


class Caller:
    """One client with one connection kept open."""

    def __init__(self, url: str) -> None:
        # Without certificates and proxies, which take longer to read than many an answer.
        self.http = httpx.Client(
            base_url=f"{url}gradio_api/", timeout=60, verify=False, trust_env=False
        )

    def __enter__(self) -> "Caller":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.http.close()

    def call(self, endpoint: str, *data: Any) -> Answer:
        """Call an endpoint. NaN and Infinity go out as such, which is not standard JSON."""
        start = time.monotonic()
        body = json.dumps({"data": data}).encode()
        headers = {"Content-Type": "application/json"}
        posted = self.http.post(f"call{endpoint}", content=body, headers=headers)
        posted.raise_for_status()
        event = self.http.get(f"call{endpoint}/{posted.json()['event_id']}").text
        seconds = time.monotonic() - start
        kind, _, rest = event.partition("\n")
        content = json.loads(rest.partition("data: ")[2])
        if kind == "event: complete":
            return Answer(content, None, seconds)
        assert kind == "event: error", event
        return Answer([], content["error"], seconds)

    def upload(self, content: bytes, name: str = "picture.png") -> dict[str, Any]:
        """Upload a file; what comes back stands for it in `call`."""
        posted = self.http.post("upload", files={"files": (name, content)})
        posted.raise_for_status()
        return {"path": posted.json()[0], "meta": FILE}

    def download(self, file: dict[str, Any]) -> bytes:
        """The bytes of a file that an endpoint answered with."""
        fetched = self.http.get(file["url"])
        fetched.raise_for_status()
        return fetched.content
