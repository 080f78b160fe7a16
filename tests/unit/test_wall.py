"""The class wall: who may do what, what is refused, and that it keeps what a class sends."""

import heapq
import json
import random
import re
import tracemalloc
from contextlib import suppress
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.benchmarks.wall import teachers_address
from tests.live import running_app
from ui.export import WEIGHTS
from ui.files import Files
from ui.shell import launch_options
from ui.wall import (
    ADDRESS_BURST,
    ADDRESS_RATE,
    EXPECTED,
    KEY,
    LONGEST,
    MOST,
    MOST_ADDRESSES,
    MOST_AT_ONCE,
    MOST_BYTES,
    NO_CLASS,
    NO_CODE,
    NO_KEY,
    NO_NUMBER,
    TOO_MANY,
    WALL,
    WHOLE_BURST,
    WHOLE_RATE,
    ClassWall,
    Wall,
)

STUDENTS, EACH = 300, 10
LONG = "é" * LONGEST
DIGITS = [*map(str, range(10)), LONG, "x" * (LONGEST + 1)]
SCHOOL = "192.0.2.1"  # the one address of all who are in it
PIN = {"z": [0.5, -1.25], "label": "7"}


def written(value: object) -> bytes:
    """JSON as a browser writes it."""
    return json.dumps(value, ensure_ascii=False).encode()


class Lesson:
    """A wall, and a clock that goes when it is told to."""

    now = 0.0
    passed_on = 0

    def __init__(self) -> None:
        self.wall = Wall(DIGITS)
        self.app = ClassWall(self.other, self.wall, lambda: self.now)

    async def other(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.passed_on += 1

    def ask(
        self,
        asked: str,
        body: bytes | list[bytes] = b"",
        key: str | None = None,
        client: str = SCHOOL,
        prefix: str = "",
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, JSON and headers of an answer; all of it runs without waiting."""
        method, _, name = asked.partition(" ")
        name, _, query = name.partition("?")
        sent: list[Message] = []
        parts = [body] if isinstance(body, bytes) else [*body]

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        headers = [] if key is None else [(KEY.encode(), key.encode("latin-1"))]
        scope = {
            "type": "http", "method": method, "path": f"{prefix}/{WALL}{name}", "headers": headers,
            "query_string": query.encode(), "client": (client, 1), "root_path": prefix,
        }  # fmt: skip
        with suppress(StopIteration):
            self.app(scope, receive, send).__await__().send(None)
        start, end = sent
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], json.loads(end["body"]), found

    def send(self, pin: object = PIN, client: str = SCHOOL) -> int:
        """The status of a pin's answer."""
        return self.ask("POST send", written(pin), client=client)[0]

    def since(self, number: object = 0) -> dict[str, Any]:
        """What the teacher's page is told."""
        status, answer, _ = self.ask(f"GET since?number={number}", key=self.wall.key)
        assert status == 200
        return dict(answer)


def test_what_a_student_sends_the_teacher_sees_once() -> None:
    lesson = Lesson()
    status, answer, headers = lesson.ask("POST send", written(PIN))
    assert (status, answer, headers["cache-control"]) == (200, {"sent": 1}, "no-store")
    assert lesson.send({"z": [-6, 6.0], "label": None}) == 200
    first = lesson.since()
    assert first == {"pins": [[0.5, -1.25, "7"], [-6, 6, None]], "next": 2, "cleared": 0}
    assert lesson.since(first["next"]) == {"pins": [], "next": 2, "cleared": 0}
    lesson.send({"z": [1, 2], "label": LONG})
    assert lesson.since(2)["pins"] == [[1, 2, LONG]]
    assert lesson.since(99) == {"pins": [], "next": 3, "cleared": 0}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", EXPECTED),
        (b"no JSON", EXPECTED),
        (b"\xff\xfe", EXPECTED),
        (b"[" * MOST_BYTES, EXPECTED),
        (b"[1, 2]", EXPECTED),
        (b"null", EXPECTED),
        (b"{}", EXPECTED),
        (b'{"z": [1, 2]}', EXPECTED),
        (b'{"z": [1, 2], "label": "7", "name": "Ada"}', EXPECTED),
        (b'{"z": [1, 2], "label": "7"' + b" " * MOST_BYTES + b"}", EXPECTED),
        ([b'{"z": [1, 2], "label": "7"', *[b" " * 50] * 4, b"}"], EXPECTED),
        (b'{"z": 1, "label": "7"}', NO_CODE),
        (b'{"z": [1], "label": "7"}', NO_CODE),
        (b'{"z": [1, 2, 3], "label": "7"}', NO_CODE),
        (b'{"z": {"0": 1, "1": 2}, "label": "7"}', NO_CODE),
        (b'{"z": ["1", "2"], "label": "7"}', NO_CODE),
        (b'{"z": [true, false], "label": "7"}', NO_CODE),
        (b'{"z": [null, 1], "label": "7"}', NO_CODE),
        (b'{"z": [NaN, 1], "label": "7"}', NO_CODE),
        (b'{"z": [Infinity, 1], "label": "7"}', NO_CODE),
        (b'{"z": [1, -1e999], "label": "7"}', NO_CODE),
        (b'{"z": [6.001, 1], "label": "7"}', NO_CODE),
        (b'{"z": [1, ' + b"9" * 150 + b'], "label": "7"}', NO_CODE),
        (b'{"z": [1, 2], "label": "Ada Lovelace"}', NO_CLASS),
        (written({"z": [1, 2], "label": DIGITS[-1]}), NO_CLASS),
        (b'{"z": [1, 2], "label": 7}', NO_CLASS),
        (b'{"z": [1, 2], "label": ["7"]}', NO_CLASS),
        (b'{"z": [1, 2], "label": {}}', NO_CLASS),
        (b'{"z": [1, 2], "label": "\\ud800"}', NO_CLASS),
    ],
)
def test_what_is_no_pin_is_refused_with_a_sentence(
    body: bytes | list[bytes], sentence: str
) -> None:
    lesson = Lesson()
    assert lesson.ask("POST send", body)[:2] == (400, {"error": sentence})
    assert lesson.since() == {"pins": [], "next": 0, "cleared": 0}


def test_of_a_long_body_only_the_beginning_is_read() -> None:
    lesson, asked = Lesson(), 0

    async def receive() -> Message:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b" " * 150, "more_body": True}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": f"/{WALL}send", "headers": []}
    with suppress(StopIteration):
        lesson.app(scope, receive, send).__await__().send(None)
    assert (sent[0]["status"], asked) == (400, 2)


def test_who_leaves_in_the_middle_is_no_error() -> None:
    lesson = Lesson()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": f"/{WALL}send", "headers": []}
    with suppress(StopIteration):
        lesson.app(scope, receive, send).__await__().send(None)
    assert lesson.since()["pins"] == []


@pytest.mark.parametrize("number", ["", "-1", "1.5", "x", "²", "9" * 16])
def test_what_is_no_number_is_refused(number: str) -> None:
    lesson = Lesson()
    asked = httpx.QueryParams({"number": number})
    answer = lesson.ask(f"GET since?{asked}", key=lesson.wall.key)
    assert answer[:2] == (400, {"error": NO_NUMBER})


@pytest.mark.parametrize("key", [None, "", "x", "é", "KEY", "key "])
@pytest.mark.parametrize("asked", ["GET since?number=0", "POST clear"])
def test_only_the_teacher_sees_and_clears(asked: str, key: str | None) -> None:
    lesson = Lesson()
    lesson.send()
    key = key and key.replace("KEY", lesson.wall.key.swapcase()).replace("key", lesson.wall.key)
    assert lesson.ask(asked, key=key)[:2] == (403, {"error": NO_KEY})
    assert len(lesson.since()["pins"]) == 1


def test_keys_cannot_be_guessed() -> None:
    assert len({Wall([]).key for _ in range(100)}) == 100
    assert len(Wall([]).key) >= 22  # 128 bits


def test_the_teacher_clears() -> None:
    lesson = Lesson()
    for _ in range(3):
        lesson.send()
    assert lesson.ask("POST clear", key=lesson.wall.key)[:2] == (200, {"cleared": 3})
    assert lesson.since(2) == {"pins": [], "next": 3, "cleared": 3}
    lesson.send({"z": [1, 1], "label": None})
    assert lesson.since(2) == {"pins": [[1, 1, None]], "next": 4, "cleared": 3}


@pytest.mark.parametrize("asked", ["GET send", "POST since", "GET clear", "GET ", "PUT send"])
def test_other_questions_are_not_answered(asked: str) -> None:
    lesson = Lesson()
    assert lesson.ask(asked, key=lesson.wall.key)[0] == 404


def test_a_proxys_prefix_may_stand_before_the_path() -> None:
    lesson = Lesson()
    body = written(PIN)
    assert lesson.ask("POST send", body, prefix="/some/lab")[0] == 200
    assert len(lesson.since()["pins"]) == 1


def test_all_else_is_passed_on() -> None:
    lesson = Lesson()
    for kind, path in (("http", "/"), ("http", "/lab/wall/send"), ("lifespan", "")):
        scope = {"type": kind, "method": "POST", "path": path, "headers": []}
        with suppress(StopIteration):
            lesson.app(scope, None, None).__await__().send(None)  # type: ignore[arg-type]
    assert lesson.passed_on == 3


def test_the_oldest_are_forgotten() -> None:
    wall = Wall(DIGITS)
    for k in range(MOST + 5):
        wall.send(written({"z": [k / MOST, 0], "label": None}))
    found = wall.since("0")
    assert [one[0] for one in found["pins"]] == [k / MOST for k in range(5, 5 + MOST_AT_ONCE)]
    assert found["next"] == 5 + MOST_AT_ONCE
    seen = found["pins"]
    while found["pins"]:
        found = wall.since(str(found["next"]))
        assert len(found["pins"]) <= MOST_AT_ONCE
        seen = seen + found["pins"]
    assert [one[0] for one in seen] == [k / MOST for k in range(5, 5 + MOST)]
    assert found["next"] == MOST + 5


def test_one_address_may_send_so_much_and_says_when_to_come_again() -> None:
    lesson = Lesson()
    assert [lesson.send() for _ in range(ADDRESS_BURST)] == [200] * ADDRESS_BURST
    status, answer, headers = lesson.ask("POST send", written(PIN))
    assert (status, answer, headers["retry-after"]) == (429, {"error": TOO_MANY}, "1")
    assert lesson.send(client="198.51.100.1") == 200  # the others go on
    lesson.now += 1
    assert sum(lesson.send() == 200 for _ in range(2 * ADDRESS_RATE)) == ADDRESS_RATE
    lesson.now += 3600  # a pause saves no more than the burst
    assert sum(lesson.send() == 200 for _ in range(2 * ADDRESS_BURST)) == ADDRESS_BURST


def test_bad_input_counts_too() -> None:
    lesson = Lesson()
    for _ in range(ADDRESS_BURST):
        assert lesson.send("bad") == 400
    assert lesson.send() == 429


def test_all_addresses_together_may_send_so_much() -> None:
    lesson = Lesson()
    found = [lesson.send(client=f"2001:db8::{k:x}") for k in range(2 * WHOLE_BURST)]
    assert found == [200] * WHOLE_BURST + [429] * WHOLE_BURST
    lesson.now += 1
    found = [lesson.send(client=f"2001:db8::{k:x}") for k in range(2 * WHOLE_RATE)]
    assert found.count(200) == WHOLE_RATE
    assert len(lesson.app.limiter.addresses) == MOST_ADDRESSES


def test_a_school_behind_one_address_loses_nothing() -> None:
    """300 students send ten each in a minute, at any time; some press together."""
    lesson, chance = Lesson(), random.Random(0)
    due = [(chance.uniform(0, 60), k, 0.5) for k in range(STUDENTS * (EACH - 1))]
    due += [(30.0, STUDENTS * (EACH - 1) + k, 0.5) for k in range(STUDENTS)]
    heapq.heapify(due)
    codes = {k: [k / (STUDENTS * EACH), 0] for _, k, _ in due}
    refused = 0
    while due:
        lesson.now, k, pause = heapq.heappop(due)
        if lesson.send({"z": codes[k], "label": "7"}) != 200:  # the page tries again
            refused += 1
            later = lesson.now + pause * chance.uniform(0.5, 1.5)
            heapq.heappush(due, (later, k, min(2 * pause, 8)))
    seen, number = [], 0
    while answer := lesson.since(number)["pins"]:
        seen += answer
        number += len(answer)
    assert sorted(one[:2] for one in seen) == sorted(codes.values())
    assert (refused < STUDENTS, lesson.now < 65) == (True, True)


def test_the_memory_is_bounded() -> None:
    """However many addresses send, and whatever."""
    lesson = Lesson()

    def send_many(first: int) -> None:
        for k in range(first, first + MOST):
            lesson.now += 0.01
            lesson.send({"z": [k / 1e5, -k / 1e5], "label": LONG}, client=f"2001:db8::{k:x}")

    tracemalloc.start()
    send_many(0)
    full, _ = tracemalloc.get_traced_memory()
    send_many(MOST)
    send_many(2 * MOST)
    later, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(lesson.wall.pins) == MOST
    assert lesson.wall.sent == 3 * MOST
    assert full < 5_000_000
    assert later < full + 100_000


def middlewares(wall: Wall | None) -> dict[str, dict[str, Any]]:
    """Those of the app by their names, with their options."""
    found = launch_options(WEIGHTS, wall=wall)["app_kwargs"]["middleware"]
    return {one.cls.__name__: one.kwargs for one in found}


def test_without_the_option_there_is_no_wall() -> None:
    found = middlewares(None)
    assert "ClassWall" not in found
    assert 'id="wall"' not in found["FrontEnd"]["head"]()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": f"/{WALL}send", "headers": []}
    with suppress(StopIteration):
        Files(None, WEIGHTS)(scope, None, send).__await__().send(None)  # type: ignore[arg-type]
    assert sent[0]["status"] == 404


def test_with_the_option_the_page_is_told_where_it_is() -> None:
    wall = Wall.of(WEIGHTS)
    assert {None, "7", "bag"} <= wall.labels
    found = middlewares(wall)
    assert found["ClassWall"] == {"wall": wall}
    told = re.search(r'<script [^>]*id="wall">(.*?)</script>', found["FrontEnd"]["head"]())
    assert told
    assert json.loads(told[1]) == {"address": WALL}
    assert wall.key not in found["FrontEnd"]["head"]()


def test_the_app_prints_the_teachers_address() -> None:
    with running_app("--class") as server:
        address, key = teachers_address(server)
        said = server.output()
        assert httpx.post(f"{address}{WALL}send", json=PIN).json() == {"sent": 1}
        seen = httpx.get(f"{address}{WALL}since?number=0", headers={KEY: key}).json()
        assert seen == {"pins": [[0.5, -1.25, "7"]], "next": 1, "cleared": 0}
        assert httpx.get(f"{address}{WALL}since?number=0").status_code == 403
        assert httpx.get(address).text.count('id="wall"') == 1
        assert server.output() == said  # nothing is logged
