"""The class wall: students send the code of a drawing, the teacher's map shows it as a pin.

It exists with `python app.py --class` alone. A pin is two numbers and the class that was meant.
Pins are kept in memory, and nothing of who sent them.
"""

import json
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.descriptions import describe, names_in
from ui.files import ADDRESS

WALL = f"{ADDRESS}wall/"  # relative to the app's root
KEY = "x-wall-key"  # the header with the teacher's key: addresses stand in the logs of proxies
MOST = 10_000  # pins
MOST_AT_ONCE = 3000  # pins in an answer
MOST_BYTES = 200  # of what is sent
LIMIT = 6  # of a coordinate, as ui/web/store.js has it
LONGEST = 40  # characters of a class
# Pins a second, and how many more at once after a pause. A school is often one address: of it 300
# students who press at once pass; but one address alone cannot keep all others from sending.
ADDRESS_RATE, ADDRESS_BURST = 100, 300
WHOLE_RATE, WHOLE_BURST = 200, 600
MOST_ADDRESSES = 1000  # that are counted; of more, those that sent longest ago are forgotten

EXPECTED = f"""Send {{"z": [z1, z2], "label": class}} in at most {MOST_BYTES} bytes of JSON."""
NO_CODE = f"z must be two numbers from {-LIMIT} to {LIMIT}."
NO_CLASS = (
    f"label must be null or a class of one of the lab's models, of at most {LONGEST} characters."
)
NO_NUMBER = "number must be that of the last pin you know, 0 for none."
NO_KEY = "Only the teacher may do this: open the address that app.py printed when it was started."
TOO_MANY = "Too many codes come at once. Send it again in a second."


class Wall:
    """The pins, numbered from 1 on as they come; those beyond the newest `MOST` are forgotten.

    Args:
        classes: what a student may have meant; those longer than `LONGEST` are left out.
    """

    def __init__(self, classes: Iterable[str]) -> None:
        self.key = secrets.token_urlsafe(16)  # the teacher's
        self.labels: set[str | None] = {None, *(one for one in classes if len(one) <= LONGEST)}
        self.pins: deque[tuple[float, float, str | None]] = deque(maxlen=MOST)
        self.sent = self.cleared = 0  # numbers of the last pin of all, and of the last cleared one

    @classmethod
    def of(cls, weights_dir: Path) -> "Wall":
        """An empty wall for the models of a directory."""
        described = [describe(weights_dir / name, str) for name in names_in(weights_dir)]
        return cls(label for one in described for label in one.get("classes", ()))

    def send(self, body: bytes) -> dict[str, int]:
        """Add a pin.

        Args:
            body: JSON, {"z": [z1, z2], "label": a class or null} and nothing else.
        Returns:
            {"sent": the pin's number}.
        Raises:
            ValueError: it is something else; the message says what is accepted.
        """
        try:
            details = json.loads(body) if len(body) <= MOST_BYTES else None
        except ValueError:
            details = None
        if not isinstance(details, dict) or details.keys() != {"z", "label"}:
            raise ValueError(EXPECTED)
        z, label = details["z"], details["label"]
        if not (isinstance(z, list) and len(z) == 2 and all(map(_is_coordinate, z))):
            raise ValueError(NO_CODE)
        if not (label is None or isinstance(label, str)) or label not in self.labels:
            raise ValueError(NO_CLASS)
        self.pins.append((float(z[0]), float(z[1]), label))
        self.sent += 1
        return {"sent": self.sent}

    def since(self, number: str) -> dict[str, Any]:
        """What is new after a pin.

        Args:
            number: that of the last pin known, "0" for none.
        Returns:
            "pins": [z1, z2, label] of each, at most `MOST_AT_ONCE`; "next": the number to ask with
            the next time; "cleared": the number of the last pin that was cleared, all up to it with
            it.
        Raises:
            ValueError: it is no number.
        """
        if not (number.isascii() and number.isdecimal() and len(number) <= 15):
            raise ValueError(NO_NUMBER)
        forgotten = self.sent - len(self.pins)
        start = min(max(int(number), forgotten), self.sent) - forgotten
        pins = list(islice(self.pins, start, start + MOST_AT_ONCE))
        return {"pins": pins, "next": forgotten + start + len(pins), "cleared": self.cleared}

    def clear(self) -> dict[str, int]:
        """Forget all pins. Numbers go on, so that a map that shows older ones notices."""
        self.pins.clear()
        self.cleared = self.sent
        return {"cleared": self.cleared}


def _is_coordinate(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and -LIMIT <= value <= LIMIT  # type: ignore[operator]  # false of NaN


class Bucket:
    """How much may pass: `rate` a second, and after a pause `burst` at once."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate, self.burst, self.level, self.at = rate, burst, burst, now

    def has(self, now: float) -> bool:
        """Whether one more may pass now, in seconds of any clock that does not go back."""
        self.level = min(self.level + self.rate * (now - self.at), self.burst)
        self.at = now
        return self.level >= 1


class Limiter:
    """The rates of `ClassWall`, of each address and of all together.

    Args:
        clock: seconds; tests bring their own.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.whole = Bucket(WHOLE_RATE, WHOLE_BURST, clock())
        self.addresses: OrderedDict[str, Bucket] = OrderedDict()

    def passes(self, address: str) -> bool:
        """Count one more from an address, if it may pass."""
        now = self.clock()
        own = self.addresses.setdefault(address, Bucket(ADDRESS_RATE, ADDRESS_BURST, now))
        self.addresses.move_to_end(address)
        if len(self.addresses) > MOST_ADDRESSES:
            self.addresses.popitem(last=False)
        if not (own.has(now) and self.whole.has(now)):
            return False
        own.level -= 1
        self.whole.level -= 1
        return True


class ClassWall:
    """Middleware: answers what lies under `WALL`, wherever a proxy puts the app.

    POST send, with the JSON of `Wall.send`, is for everybody; GET since?number=N and POST clear are
    for who sends the teacher's key in the header `KEY`. Failures are {"error": a sentence}.

    Args:
        app: what answers all else.
        wall: the pins.
        clock: for the limits, in seconds.
    """

    def __init__(
        self, app: ASGIApp, wall: Wall, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.app, self.wall, self.limiter = app, wall, Limiter(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        _, found, name = scope.get("path", "").partition(f"/{WALL}")
        if scope["type"] != "http" or not found:
            await self.app(scope, receive, send)
            return
        try:
            answer = await self._answer(f"{scope['method']} {name}", Request(scope, receive))
        except ValueError as error:
            answer = _failed(400, str(error))
        except ClientDisconnect:  # in the middle of sending
            return
        answer.headers["cache-control"] = "no-store"
        await answer(scope, receive, send)

    async def _answer(self, asked: str, request: Request) -> Response:
        if asked == "POST send":
            if not self.limiter.passes(request.client.host if request.client else ""):
                return _failed(429, TOO_MANY, {"retry-after": "1"})
            return JSONResponse(self.wall.send(await _beginning(request)))
        if asked not in ("GET since", "POST clear"):
            return _failed(404, "The class wall answers POST send, GET since and POST clear.")
        key = request.headers.get(KEY, "").encode()
        if not secrets.compare_digest(key, self.wall.key.encode()):
            return _failed(403, NO_KEY)
        if asked == "POST clear":
            return JSONResponse(self.wall.clear())
        return JSONResponse(self.wall.since(request.query_params.get("number", "")))


async def _beginning(request: Request) -> bytes:
    """The body; of one that is too long, only so much that this can be told."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            break
    return body


def _failed(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": sentence}, status, headers)
