"""Requests to the named endpoints: in this process, as Gradio runs them, and over HTTP."""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import gradio as gr
from gradio.state_holder import SessionState

from tests.api.calls import FILE, Caller
from tests.api.kinds import KINDS
from tests.api.pictures import digit, encoded
from tests.fuzz.cases import Case, check_sentence
from tests.fuzz.damage import damaged
from tests.fuzz.pictures import damaged_file
from tests.fuzz.values import nasty
from tests.fuzz.worker import SERVED
from ui.endpoints.models import GRID_BYTES
from ui.shell import build

PATIENCE = 20  # seconds, for the first word of an answer over HTTP
Upload = Callable[[bytes, str], Any]


class App(NamedTuple):
    """The app that requests are sent to over HTTP, see `tests.live.Server`."""

    url: str
    process: int
    log: Path


class Place(NamedTuple):
    """What this process needs of the one that started it."""

    weights: Path  # of the models in `SERVED`
    app: App | None


place = Place(Path(), None)  # set once, by the worker


@cache
def _blocks() -> gr.Blocks:
    blocks = build(place.weights)
    blocks.has_launched = True  # else Gradio does not check where a file lies
    return blocks


@cache
def _client() -> tuple[asyncio.AbstractEventLoop, SessionState]:
    """Where all requests in this process come from, one after the other."""
    return asyncio.new_event_loop(), SessionState(_blocks())


@cache
def _endpoints() -> dict[str, tuple[Any, list[str]]]:
    """Of each named endpoint Gradio's function and the names of its arguments."""
    found = {}
    for function in _blocks().fns.values():
        if function.api_visibility == "public":
            found[str(function.api_name)] = function, [block.label for block in function.inputs]
    return found


def _mask(chance: Random, kind: str) -> bytes:
    width, height = KINDS[kind].size
    page = digit("1", 280).resize((width, height))
    return encoded(page.point(lambda level: 255 * (level > chance.choice((100, 150)))), "PNG")


def _picture(chance: Random, label: str, kind: str, upload: Upload) -> Any:
    """A picture or a mask as a client sends it, or nearly so."""
    content = _mask(chance, kind) if label == "mask" else encoded(digit("4", 60), "PNG")
    name = "picture.png"
    if chance.random() < 0.4:
        content = damaged_file(chance)[1]
        name = chance.choice((name, "a.svg", "é.gif", "x" * 150, ".png", "a b%2f.jpg", "..", "\n"))
    sent = upload(content, name)
    if chance.random() < 0.2 and isinstance(sent, dict):
        key = chance.choice(("path", "meta", "url", "orig_name", "size", "is_stream", "mime_type"))
        sent[key] = chance.choice((nasty(chance), "/etc/passwd", f"{sent['path']}/../../x"))
    return sent


def _argument(chance: Random, label: str, kind: str, upload: Upload) -> Any:
    """What an endpoint expects as an argument of this name."""
    classes = KINDS[kind].config.classes
    expected: dict[str, Callable[[], Any]] = {
        "image": lambda: _picture(chance, label, kind, upload),
        "mask": lambda: _picture(chance, label, kind, upload),
        "model": lambda: kind,
        "model_a": lambda: kind,
        "model_b": lambda: chance.choice(SERVED),
        "label": lambda: chance.choice((None, None, "", *classes[:3])),
        "steps": lambda: chance.choice((2, 5, 32)),
        "samples": lambda: chance.choice((None, 1, 32)),
        "k": lambda: chance.choice((None, 2, 10)),
        "n": lambda: chance.choice((1, 16, 1000)),
        "source": lambda: chance.choice((None, "prior", "aggregate", "around", "class")),
        "radius": lambda: chance.uniform(0, 10),
        "temperature": lambda: chance.choice((None, 0, 3)),
        "seed": lambda: chance.choice((None, 0, 2**31 - 1)),
        "crop": lambda: chance.choice((None, [0.2, 0.1, 0.9, 0.8])),
    }
    return expected.get(label, lambda: chance.choice((0, chance.uniform(-10, 10))))()


def _request(chance: Random, upload: Upload) -> tuple[str, list[Any]]:
    """The name of an endpoint and arguments, some of which it does not expect."""
    name = chance.choice(sorted(_endpoints()))
    labels = _endpoints()[name][1]
    kind = chance.choice(SERVED)
    arguments = [_argument(chance, label, kind, upload) for label in labels]
    for _ in range(chance.choice((0, 1, 1, 2))):
        if arguments:
            arguments[chance.randrange(len(arguments))] = nasty(chance)
    if chance.random() < 0.1:  # some are missing, or too many
        arguments = chance.choice((arguments[:-1], arguments[1:], [*arguments, nasty(chance)]))
    return name, arguments


def _shown(name: str, arguments: Sequence[Any]) -> str:
    return f"/{name} {str(arguments)[:300]!r}"


def case(chance: Random) -> Case:
    """A request that is answered in this process."""
    name, arguments = _request(chance, _upload_here)
    function = _endpoints()[name][0]

    def ask() -> None:
        loop, state = _client()
        answer = _blocks().process_api(function, list(arguments), state=state)
        try:
            data = loop.run_until_complete(answer)["data"]
        except gr.Error as error:
            check_sentence(error.message)
        else:
            json.dumps(data, allow_nan=False, default=lambda model: model.model_dump())

    return Case(_shown(name, arguments), ask, kept=_kept(name))


def _kept(name: str) -> int:
    """What the lab keeps of a model's plane for the endpoints that infer from it."""
    return GRID_BYTES if name in ("posterior", "complete") else 0


def _upload_here(content: bytes, name: str) -> dict[str, Any]:
    folder = Path(os.environ["GRADIO_TEMP_DIR"]) / "fuzz"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"picture{len(content)}"
    path.write_bytes(content)
    return {"path": str(path), "orig_name": name, "meta": FILE}


# Over HTTP


@cache
def _caller() -> Caller:
    assert place.app
    caller = Caller(place.app.url)
    caller.http.headers["Connection"] = "close"  # no request suffers from the one before
    return caller


def _upload_there(content: bytes, name: str) -> Any:
    """Upload a file; a name that is refused gives nothing to send."""
    posted = _caller().http.post("upload", files={"files": (name, content)})
    assert posted.status_code < 500, f"upload of {name!r}: {posted.status_code}"
    return {"path": posted.json()[0], "meta": FILE} if posted.status_code == 200 else None


def _body(chance: Random, name: str, arguments: list[Any]) -> tuple[str, bytes]:
    """Where a request goes, and its body: JSON, or nearly so."""
    path, fields = f"call/{name}", dict[str, Any](data=arguments)
    kind = chance.randrange(10)
    if kind == 0:
        fields["data"] = nasty(chance)
    elif kind == 1:
        extra = ("session_hash", "fn_index", "event_data", "trigger_id", "simple_format", "request")
        fields[chance.choice(extra)] = nasty(chance)
    elif kind == 2:
        labels = _endpoints()[name][1]
        path, fields = f"call/v2/{name}", dict(zip(labels, arguments, strict=False))
        if chance.random() < 0.3:
            fields[str(nasty(chance))[:20]] = nasty(chance)
    elif kind == 3:
        path = chance.choice(
            (f"{path}/", f"call/{name.upper()}", "call/v2/½", "call/" + "x" * 3000)
        )
    text = json.dumps(fields)
    if kind == 4:
        depth = chance.choice((100, 900, 3000, 100_000))
        text = '{"data": ' + "[" * depth + "]" * depth + "}"
    if kind == 5:
        return path, damaged(text.encode(), chance)
    return path, text.encode(chance.choice(("utf-8", "utf-8", "utf-8", "utf-16", "utf-8-sig")))


def warm_up() -> None:
    """Have the app import what the first request of all needs."""
    if place.app:
        assert _caller().call("/models").data


def case_over_http(chance: Random) -> Case:
    """A request to the running app."""
    app, http = place.app, _caller().http
    assert app
    name, arguments = _request(chance, _upload_there)
    path, body = _body(chance, name, arguments)
    kinds = ("application/json", "application/json", "application/json", "text/plain", "", "a/é")
    headers = {"Content-Type": chance.choice(kinds).encode()}

    def ask() -> None:
        written = app.log.stat().st_size
        posted = http.post(path, content=body, headers=headers, timeout=PATIENCE)
        if posted.status_code == 200:
            _check_event(f"{path.rstrip('/')}/{posted.json()['event_id']}")
        with app.log.open("rb") as log:
            log.seek(written)
            said = log.read().decode(errors="replace")
        assert "Traceback" not in said, f"the app printed {said[-3000:]}"
        if posted.status_code != 200:
            assert 400 <= posted.status_code < 500, f"{posted.status_code}: {posted.text[:300]}"

    return Case(f"{path[:60]} {body[:300]!r}", ask, app.process, _kept(name))


def _check_event(path: str) -> None:
    """What became of a request: its result is JSON without NaN, its error a sentence."""
    answered = _caller().http.get(path.replace("/v2/", "/"), timeout=PATIENCE)
    kind, _, rest = answered.text.partition("\n")
    data = json.loads(rest.partition("data: ")[2], parse_constant=_no_number)
    if kind == "event: error":
        check_sentence(data and data["error"])
    else:
        assert kind == "event: complete", answered.text[:300]
        assert isinstance(data, list), data


def _no_number(text: str) -> None:
    raise AssertionError(f"the answer has {text} in it")
