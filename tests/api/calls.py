"""The endpoints without gradio_client, which refuses to send what a hostile client would."""

import asyncio
import io
import json
import time
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, NamedTuple

import gradio as gr
import httpx
from PIL import Image

from ui import api
from ui.endpoints import Lab
from ui.exports import File

FILE = {"_type": "gradio.FileData"}


class Answer(NamedTuple):
    """What an endpoint said: its outputs, or the message of an error."""

    data: list[Any]
    error: str | None
    seconds: float

    @property
    def failed(self) -> bool:
        return not self.data


class Endpoints(ABC):
    """The named endpoints, to be asked over HTTP or in this process: the answers are the same."""

    @abstractmethod
    def call(self, endpoint: str, *data: Any) -> Answer:
        """Call an endpoint; arguments at the end may be left out."""

    @abstractmethod
    def upload(self, content: bytes) -> Any:
        """Hand over a file; what comes back stands for it in `call`."""

    @abstractmethod
    def download(self, file: Any) -> bytes:
        """The bytes of a file that an endpoint answered with."""

    @abstractmethod
    def picture(self, file: Any) -> Image.Image:
        """A picture that an endpoint answered with."""

    def get(self, endpoint: str, *data: Any) -> list[Any]:
        """Call an endpoint that has to answer: its outputs."""
        answer = self.call(endpoint, *data)
        assert answer.error is None, answer.error
        return answer.data


class Direct(Endpoints):
    """The functions behind the endpoints, without Gradio's queue, HTTP and files."""

    def __init__(self, lab: Lab) -> None:
        with ThreadPoolExecutor(1) as pool:  # Playwright has an event loop in this thread
            blocks = pool.submit(asyncio.run, _build(lab)).result()
        self.functions = {f"/{function.api_name}": function for function in blocks.fns.values()}

    def call(self, endpoint: str, *data: Any) -> Answer:
        function = self.functions[endpoint]
        left_out = [None] * (len(function.inputs) - len(data))
        start = time.monotonic()
        try:
            found = function.fn(*data, *left_out)
        except gr.Error as error:
            return Answer([], error.message, time.monotonic() - start)
        outputs = [found] if len(function.outputs) == 1 else [*found]
        return Answer(outputs, None, time.monotonic() - start)

    def upload(self, content: bytes) -> bytes:
        return content

    def download(self, file: File) -> bytes:
        return file.content

    def picture(self, file: Image.Image) -> Image.Image:
        return file


async def _build(lab: Lab) -> gr.Blocks:
    """Blocks of the endpoints alone; where no event loop is running they would leave one open."""
    with gr.Blocks() as blocks:
        api.build(lambda: lab, lab.weights_dir)
    return blocks


class Caller(Endpoints):
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
        events = self.http.get(f"call{endpoint}/{posted.json()['event_id']}").text
        seconds = time.monotonic() - start
        event = events.strip().rpartition("\n\n")[2]  # after a heartbeat every 15 seconds
        kind, _, rest = event.partition("\n")
        content = json.loads(rest.partition("data: ")[2])
        if kind == "event: complete":
            return Answer(content, None, seconds)
        assert kind == "event: error", event
        return Answer([], content["error"], seconds)

    def upload(self, content: bytes, name: str = "picture.png") -> dict[str, Any]:
        posted = self.http.post("upload", files={"files": (name, content)})
        posted.raise_for_status()
        return {"path": posted.json()[0], "meta": FILE}

    def download(self, file: dict[str, Any]) -> bytes:
        fetched = self.http.get(file["url"])
        fetched.raise_for_status()
        return fetched.content

    def picture(self, file: dict[str, Any]) -> Image.Image:
        return Image.open(io.BytesIO(self.download(file)))
